"""The statuses that we gave a claim as a picture: one bar from the first of them to the end of the page's day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Self

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from factcheck.views.events import Standing
from factcheck.views.pictures import WIDTH, wrapped

BAR = 26  # the height of the bar; a line for the dates, and one for each status, stand below it
ROW = 21
NARROWEST = 6  # so that a status of an hour is seen beside one of a year
COLUMNS = 32  # of a status in words


@dataclass(frozen=True, slots=True)
class Stretch:
    """One status while it stood, or none of ours; `kind` is its class, x and width are as SVG writes them."""

    words: str
    kind: str
    since: str
    x: str
    width: str
    y: int

    @property
    def swatch(self) -> int:
        """Where the square with its colour stands, beside its words."""
        return self.y - 11


@dataclass(frozen=True, slots=True)
class Timeline:
    stretches: list[Stretch]
    begin: str
    end: str

    @classmethod
    def of(cls, standings: Sequence[Standing], until: datetime) -> Self | None:
        """The standings are as `events.standings` gives them, and `until` is the first moment after the page's day.

        Fewer than two statuses make no picture.
        """
        if len(standings) < 2:
            return None
        spans = list(_spans(standings, until))
        stretches: list[Stretch] = []
        x = 0.0
        for number, ((words, kind, since), width) in enumerate(zip(spans, _widths(spans, until), strict=True)):
            y = BAR + ROW + ROW * (number + 1)
            line = wrapped(words, COLUMNS, 1)[0]
            stretches.append(Stretch(line, kind, date_format(since), f"{x:.2f}", f"{width:.2f}", y))
            x += width
        return cls(stretches, stretches[0].since, date_format(until - timedelta(microseconds=1)))

    @property
    def height(self) -> int:
        return self.stretches[-1].y + ROW // 2

    @property
    def description(self) -> str:
        return "; ".join(f"{one.since}: {one.words}" for one in self.stretches)


type Span = tuple[str, str, datetime]


def _spans(standings: Sequence[Standing], until: datetime) -> list[Span]:
    """Each status in the order of time, and between two of them, where one was withdrawn, that there was none."""
    spans: list[Span] = []
    ordered = sorted(standings, key=lambda one: one.since)
    for one, following in [*pairwise(ordered), (ordered[-1], None)]:
        rating = one.shown.review.rating
        spans.append((one.shown.verdict, f"rating-{rating.colour if rating else 'none'} basis-reviewed", one.since))
        if one.until and one.until < (following.since if following else until):
            spans.append((_("No review of ours stood"), "rating-none basis-none", one.until))
    return spans


def _widths(spans: Sequence[Span], until: datetime) -> list[float]:
    """Shares of the whole width, by time, and none so narrow that it could not be seen."""
    moments = [since for _, _, since in spans]
    seconds = [(after - before).total_seconds() for before, after in pairwise([*moments, until])]
    room = WIDTH - NARROWEST * len(spans)
    total = sum(seconds) or 1
    return [NARROWEST + room * one / total for one in seconds]
