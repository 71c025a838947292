"""`?as_of=YYYY-MM-DD`: the page as it was at the end of that day in UTC."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from factcheck import past
from factcheck.models import Article, Claim, Claimant
from factcheck.past import ClaimThen
from factcheck.views.public import Refused, address, canonical

CLAIMS = 200  # at most that the past page of an article or a claimant looks at


@dataclass(frozen=True, slots=True)
class AsOf:
    """The day whose page is shown, and the addresses of the page before and after the changes around it."""

    day: date
    today: str
    before: tuple[date, str] | None
    after: tuple[date, str] | None


def day_asked(request: HttpRequest) -> date | None:
    """The day that the address names. Raises Refused for what is none, or has not come yet."""
    given = request.GET.get("as_of")
    if given is None:
        return None
    today = timezone.now().astimezone(UTC).date()
    try:
        day = date.fromisoformat(given) if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", given, re.ASCII) else None
    except ValueError:
        day = None
    if day is None:
        raise Refused(_("as_of: give one day as year, month and day, such as 2025-11-14."))
    if day > today:
        words = _("as_of: this day has not come yet. The latest is today in UTC, %(today)s.")
        raise Refused(words % {"today": today.isoformat()})
    return min(day, date(9999, 12, 30))


def claims_naming(record: Article | Claimant, day: date) -> tuple[list[ClaimThen], bool]:
    """The claims listed at the end of the day that named the record then or at another time, and whether some are left.

    Of the CLAIMS that were recorded last.
    """
    claims = Claim.objects.public().filter(past.naming(record), first_listed_at__lt=past.end_of(day))
    ids = list(claims.order_by("-id").values_list("pk", flat=True)[: CLAIMS + 1])
    try:
        then = past.claims_at(ids[:CLAIMS], day)
    except past.NotKnown:
        raise erased() from None
    return list(then.values()), len(ids) > CLAIMS


def context(path: str, day: date, claims: Collection[int]) -> dict[str, Any]:
    """What the templates need of the day; the changes are those of these claims."""
    days = past.days_of_change(claims)
    before = max((one for one in days if one < day), default=None)
    after = min((one for one in days if one > day), default=None)

    def at(one: date | None) -> tuple[date, str] | None:
        return (one, address(path, {"as_of": one.isoformat()})) if one else None

    return {
        "as_of": AsOf(day, path, at(before), at(after)),
        "canonical": canonical(path, {"as_of": day.isoformat()}),
        "feeds": [],  # which tell of today
    }


def erased() -> Refused:
    return Refused(_("as_of: what this page showed on that day was removed from our history, as law can require."))
