"""GET /api/v1/claims/similar: has this been checked already?"""

import math
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _

from factcheck.models import Claim
from factcheck.search.similar import THRESHOLD, similar
from factcheck.views.public import Refused, canonical, public_page

LIMIT = 10
MOST = 100


@public_page()
def similar_claims(request: HttpRequest) -> JsonResponse:
    """The public claims most like `text`, best first.

    Of `limit` (1 to 100, by default 10) those with at least `min_score` (by default the measured threshold; 0 for all).
    A question that has no answer is refused as JSON too.
    """
    try:
        return JsonResponse({"results": _results(request)}, json_dumps_params={"ensure_ascii": False})
    except Refused as refused:
        return JsonResponse({"errors": [str(problem) for problem in refused.problems]}, status=400)


def _results(request: HttpRequest) -> list[dict[str, Any]]:
    """Raises Refused."""
    text = request.GET.get("text")
    if text is None:
        raise Refused(_("text: give the sentence, post or paragraph to compare."))
    limit, min_score = _limit(request.GET.get("limit", "")), _score(request.GET.get("min_score", ""))
    found = similar(text, limit=limit, min_score=min_score)
    claims = Claim.objects.public().select_related("status").in_bulk([one.claim_id for one in found])
    return [
        {
            "slug": claim.slug,
            "text": claim.text,
            "url": canonical(claim.get_absolute_url()),
            "status": claim.status.slug if claim.status else None,
            "score": round(one.score, 4),
            "matched": one.matched,
        }
        for one in found
        if (claim := claims.get(one.claim_id))
    ]


def _limit(value: str) -> int:
    if not value:
        return LIMIT
    if not (value.isascii() and value.isdigit() and 0 < int(value[:9]) <= MOST and len(value) < 9):
        allowed = _("limit: “%(value)s” is not known here. Allowed is a whole number from 1 to %(most)s.")
        raise Refused(allowed % {"value": value[:100], "most": MOST})
    return int(value)


def _score(value: str) -> float:
    if not value:
        return THRESHOLD
    try:
        score = float(value)
    except ValueError:
        score = math.nan
    if not 0 <= score <= 100:
        raise Refused(
            _("min_score: “%(value)s” is not known here. Allowed is a number from 0 on.") % {"value": value[:100]}
        )
    return score
