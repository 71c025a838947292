"""Where the claims stood over time: how many were not reviewed by us, and how many had which of our ratings."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Self

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from factcheck.models import Claim, Origin, Review, StatusBasis
from factcheck.past import end_of
from factcheck.views.cached import by_edition
from factcheck.views.paging import COUNTED
from factcheck.views.statuses import Status

DAYS = 14  # at most; a longer time is shown by weeks
WEEKS = 26  # and a still longer one by months
MONTHS = 60  # at most, the newest
HEIGHT, BAR, STEP = 100, 8, 10  # of the picture, which is stretched to its place: only shares matter

UNREVIEWED = Status(StatusBasis.NONE, label="")

type Interval = tuple[datetime, datetime | None, Status]


@dataclass(frozen=True, slots=True)
class Point:
    """How many claims had which status at the end of a day (UTC)."""

    day: date
    numbers: dict[Status, int]

    @property
    def total(self) -> int:
        return sum(self.numbers.values())


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar, as SVG writes it."""

    status: Status
    y: str
    height: str


@dataclass(frozen=True, slots=True)
class Bar:
    x: int
    parts: list[Part]


@dataclass(frozen=True, slots=True)
class OverTime:
    """The chart and the table behind it; the statuses are in the order of the scale."""

    points: list[Point]
    statuses: list[Status]
    is_capped: bool

    @classmethod
    def of(cls, points: Sequence[Point], *, is_capped: bool) -> Self | None:
        """Fewer than two points make no picture."""
        if len(points) < 2:
            return None
        found = {status for point in points for status in point.numbers}
        ordered = sorted(found, key=lambda one: (one.basis == StatusBasis.NONE, one.position))
        return cls(list(points), ordered, is_capped)

    @property
    def width(self) -> int:
        return STEP * len(self.points) - (STEP - BAR)

    @property
    def most(self) -> int:
        return max(point.total for point in self.points)

    @property
    def bars(self) -> list[Bar]:
        return [Bar(number * STEP, self._parts(point)) for number, point in enumerate(self.points)]

    def _parts(self, point: Point) -> list[Part]:
        parts, y = [], float(HEIGHT)
        for status in self.statuses:
            if number := point.numbers.get(status):
                height = HEIGHT * number / self.most
                y -= height
                parts.append(Part(status, f"{y:.3f}", f"{height:.3f}"))
        return parts

    @property
    def rows(self) -> list[tuple[date, list[int]]]:
        """The newest first, with a number for each of the statuses."""
        return [(point.day, [point.numbers.get(one, 0) for one in self.statuses]) for point in reversed(self.points)]

    @property
    def description(self) -> str:
        first, last = (
            _("%(day)s: %(claims)s claims, reviewed by us: %(reviewed)s")
            % {
                "day": date_format(point.day),
                "claims": number_format(point.total, force_grouping=True),
                "reviewed": number_format(point.total - point.numbers.get(UNREVIEWED, 0), force_grouping=True),
            }
            for point in (self.points[0], self.points[-1])
        )
        return f"{first}; {last}"


def over_time(today: date) -> OverTime | None:
    """Of the claims listed now, the newest COUNTED; two queries, in each edition and day once."""
    points, is_capped = by_edition(f"over time {today.isoformat()}", lambda: _counted(today))
    return OverTime.of(points, is_capped=is_capped)


def _counted(today: date) -> tuple[list[Point], bool]:
    newest = Claim.objects.public().order_by("-listed_at", "-id").values_list("pk", "listed_at")[:COUNTED]
    listed = {pk: at for pk, at in newest if at}
    ours = (
        Review.objects.public().filter(origin=Origin.DESK, published_at__isnull=False).order_by("-published_at", "-id")
    )
    columns = ("rating__slug", "rating__label", "rating__colour", "rating__position", "rating__rating_class")
    reviews: dict[int, list[tuple[datetime, datetime | None, Status]]] = defaultdict(list)
    rows = ours.values_list("claim_id", "published_at", "withdrawn_at", *columns)[:COUNTED]
    for claim, published, withdrawn, *rating in rows:
        if claim in listed and published:
            reviews[claim].append((published, withdrawn, Status(StatusBasis.REVIEWED, *rating)))
    intervals = [one for pk, at in listed.items() for one in _intervals(at, reviews.get(pk, ()))]
    first = min(listed.values(), default=None)
    return _points(intervals, _days(first.astimezone(UTC).date(), today) if first else []), len(listed) == COUNTED


def _intervals(listed: datetime, reviews: Iterable[Interval]) -> Iterable[Interval]:
    """From the listing on: the rating of each review while it stood, and between them that there was none."""
    at = listed
    ordered = sorted(reviews, key=lambda one: one[0])
    for (published, withdrawn, status), following in [*pairwise(ordered), *((one, None) for one in ordered[-1:])]:
        ends = [moment for moment in (withdrawn, following[0] if following else None) if moment]
        end = min(ends, default=None)
        begin = max(published, listed)
        if end is not None and end <= begin:
            continue
        if begin > at:
            yield at, begin, UNREVIEWED
        yield begin, end, status
        if end is None:
            return
        at = end
    yield at, None, UNREVIEWED


def _days(first: date, today: date) -> list[date]:
    """The days from the one before the first, a week at least; or last days of weeks (Sundays) or months, and today."""
    found = []
    if today - first <= timedelta(days=DAYS):
        before = max(6, (today - first).days + 1)
        found = [today - timedelta(days=number) for number in range(before, 0, -1)]
    elif today - first <= timedelta(weeks=WEEKS):
        day = first + timedelta(days=6 - first.weekday())
        while day < today:
            found.append(day)
            day += timedelta(weeks=1)
    else:
        month = date(first.year, first.month, 1)
        while (following := (month + timedelta(days=31)).replace(day=1)) <= today:
            found.append(following - timedelta(days=1))
            month = following
        found = [day for day in found if day < today][-(MONTHS - 1) :]
    return [*found, today]


def _points(intervals: Sequence[Interval], days: Sequence[date]) -> list[Point]:
    """One walk over all that begins and ends."""
    changes = sorted(
        (at, number, index)
        for index, (begin, end, _status) in enumerate(intervals)
        for at, number in ((begin, 1), (end, -1))
        if at is not None
    )
    numbers: Counter[Status] = Counter()
    points, next_change = [], 0
    for day in days:
        while next_change < len(changes) and changes[next_change][0] < end_of(day):
            _at, number, index = changes[next_change]
            numbers[intervals[index][2]] += number
            next_change += 1
        points.append(Point(day, {status: number for status, number in numbers.items() if number}))
    return points
