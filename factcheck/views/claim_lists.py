"""A list of claims with its filters: all of them, or those of one topic or publisher."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from factcheck.filters import ClaimFilter
from factcheck.models import Claim
from factcheck.views.paging import Keyset, count
from factcheck.views.public import Refused, address, canonical

NEWEST_FIRST = Keyset(("listed_at", "id"), descending=True)


def claims_context(request: HttpRequest, here: str, claims: QuerySet[Claim], without: str = "") -> dict[str, Any]:
    """What `_claim_list.html` shows; `without` is the filter that the address `here` has fixed. Raises Refused."""
    filters = ClaimFilter(request.GET, claims, without)
    if problems := filters.problems:
        raise Refused(*problems)
    after, active = request.GET.get("after", ""), filters.active
    page_of_claims = NEWEST_FIRST.rows(filters.qs, after)
    return {
        "canonical": canonical(here, active | {"after": after}),
        "filter": filters,
        "chips": [(chip, address(here, chip.others)) for chip in filters.chips],
        "page": page_of_claims,
        "count": count(filters.qs),
        "here": here,
        "first": address(here, active),
        "next": address(here, active | {"after": page_of_claims.after}),
    }
