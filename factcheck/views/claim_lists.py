"""A list of claims with its filters and orders: all of them, or those of one topic or publisher."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from factcheck.filters import ClaimFilter
from factcheck.models import Claim
from factcheck.models.claims import MADE_OR_FIRST, STANDING_SINCE
from factcheck.views.cached import by_edition
from factcheck.views.following import claim_feeds
from factcheck.views.narrowing import Orders, narrowed
from factcheck.views.paging import Keyset

NEWEST_FIRST = Keyset(("listed_at", "id"), descending=True)

ORDERS: Orders = {
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
    filters = ClaimFilter(request.GET, claims, *fixed, remember=by_edition)
    return narrowed(request, filters, here, ORDERS) | {"feeds": claim_feeds({**filters.active, **fixed})}
