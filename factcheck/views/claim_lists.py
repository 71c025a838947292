"""A list of claims with its filters and orders: all of them, or those of one topic or publisher."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from factcheck.filters import ClaimFilter
from factcheck.models import Claim
from factcheck.models.claims import MADE_OR_FIRST, STANDING_SINCE
from factcheck.views.facets import number_options
from factcheck.views.following import claim_feeds
from factcheck.views.narrowing import narrowed
from factcheck.views.paging import Keyset, count
from factcheck.views.public import Refused, address, canonical

NEWEST_FIRST = Keyset(("listed_at", "id"), descending=True)

# How `?sort=` names an order, and how readers read it; the first one is that of an address without it.
ORDERS: dict[str, tuple[str | Promise, Keyset]] = {
    "newest": (_("Latest listed first"), NEWEST_FIRST),
    "oldest": (_("First listed first"), Keyset(("listed_at", "id"))),
    "made": (_("Latest said first"), Keyset(("made", "id"), descending=True, computed={"made": MADE_OR_FIRST})),
    "status": (_("Latest change of status first"), Keyset(("since", "id"), True, {"since": STANDING_SINCE})),
}


def claims_context(
    request: HttpRequest, here: str, claims: QuerySet[Claim], fixed: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Any]:
    """What `_claim_list.html` shows; `fixed` is the filter that the address `here` says, with its value.

    Raises Refused.
    """
    filters = ClaimFilter(request.GET, claims, *fixed)
    if problems := [*filters.problems, *_sort_problems(request.GET)]:
        raise Refused(*problems)
    found = count(filters.qs)
    number_options(filters, here, found)
    sort, after = request.GET.get("sort", "").strip() or "newest", request.GET.get("after", "")
    words, keyset = ORDERS[sort]
    order = str(words)
    page_of_claims = keyset.rows(filters.qs, after)
    kept = {"sort": "" if sort == "newest" else sort}
    active = filters.active | kept
    return narrowed(filters, here, kept) | {
        "canonical": canonical(here, active | {"after": after}),
        "feeds": claim_feeds({**filters.active, **fixed}),
        "orders": [(name, words) for name, (words, _) in ORDERS.items()],
        "sort": sort,
        "order": f"{order[0].lower()}{order[1:]}",
        "page": page_of_claims,
        "count": found,
        "next": address(here, active | {"after": page_of_claims.after}),
    }


def _sort_problems(data: QueryDict) -> list[str]:
    given = data.getlist("sort")
    if len(set(given)) > 1:
        return [gettext("sort: give it once.")]
    return [
        gettext("sort: “%(name)s” is not known here. Allowed are: %(allowed)s.")
        % {"name": name, "allowed": ", ".join(ORDERS)}
        for name in given[:1]
        if name.strip() and name.strip() not in ORDERS
    ]
