"""Long lists: pages by keyset, each beginning after the last row of the one before, and counts that stop counting."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import itemgetter, methodcaller
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, QuerySet, Subquery
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from factcheck.views.public import Refused

PAGE_SIZE = 25
COUNTED = 10_000  # rows at most that a count looks at


@dataclass(frozen=True, slots=True)
class Rows[M]:
    """One page of a list. `after` is where the next one begins, empty on the last."""

    rows: list[M]
    after: str
    is_first: bool


@dataclass(frozen=True, slots=True)
class Keyset:
    """The columns that order a list: all in one direction, none ever null, the last one unique."""

    columns: tuple[str, ...]
    descending: bool = False

    computed: Mapping[str, Any] = field(default_factory=dict)  # by name, those of the columns that are expressions

    def rows[M: models.Model](self, queryset: QuerySet[M], after: str | None) -> Rows[M]:
        """The page after this cursor. Raises Refused if it is none that this list gave out."""
        names = [f"-{name}" if self.descending else name for name in self.columns]
        ordered = queryset.annotate(**self.computed).order_by(*names)
        if after:
            beyond = TupleLessThan if self.descending else TupleGreaterThan
            place = _read(self._fields(queryset.model), after)
            ordered = ordered.filter(beyond(Tuple(*[F(name) for name in self.columns]), place))
            if self.computed:  # the planner of SQLite finds the place in an index of an expression by this alone
                nearest = f"{self.columns[0]}__{'lte' if self.descending else 'gte'}"
                ordered = ordered.filter(**{nearest: place[0]})
        found = list(ordered[: PAGE_SIZE + 1])
        rows = found[:PAGE_SIZE]
        last = [getattr(rows[-1], name) for name in self.columns] if len(found) > PAGE_SIZE else None
        return Rows(rows, _cursor(last) if last else "", is_first=not after)

    def _fields(self, model: type[models.Model]) -> list[Any]:
        stored = {one.name: one for one in model._meta.concrete_fields}
        return [self.computed[name].output_field if name in self.computed else stored[name] for name in self.columns]


@dataclass(frozen=True, slots=True)
class Source:
    """Rows that stand in one list with those of other sources, each at a moment of its own that is never null."""

    queryset: QuerySet[Any]
    column: str


def merged(sources: Sequence[Source], after: str | None = None, size: int = PAGE_SIZE) -> Rows[Any]:
    """A page of several lists as one, the newest first: one bounded query for each. Raises Refused like `Keyset`."""
    place = _read(MERGED, after) if after else None
    if place and not 0 <= place[1] < len(sources):
        raise NOWHERE
    found = []
    for number, source in enumerate(sources):
        rows = source.queryset.order_by(f"-{source.column}", "-id")
        if place:
            at, here, pk = place
            if number == here:
                rows = rows.filter(TupleLessThan(Tuple(F(source.column), F("id")), (at, pk)))
            else:
                rows = rows.filter(**{f"{source.column}__{'lte' if number < here else 'lt'}": at})
        found += [((getattr(row, source.column), number, row.pk), row) for row in rows[: size + 1]]
    found.sort(key=itemgetter(0), reverse=True)
    last = found[size - 1][0] if len(found) > size else None
    return Rows([row for _, row in found[:size]], _cursor(last) if last else "", is_first=not after)


NOWHERE = Refused(_("after: this is no place in this list. Follow its links, or leave it out."))
MERGED = (models.DateTimeField(), models.IntegerField(), models.BigIntegerField())  # moment, number of the source, id


def _cursor(values: Sequence[Any]) -> str:
    text = json.dumps(values, default=methodcaller("isoformat"), ensure_ascii=False, separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(fields: Sequence[Any], cursor: str) -> tuple[Any, ...]:
    try:
        values = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list) or not all(isinstance(value, int | str) for value in values):
            raise ValueError
        return tuple(_in_utc(one.clean(value, None)) for one, value in zip(fields, values, strict=True))
    except (ValueError, TypeError, OverflowError, RecursionError, ValidationError):
        raise NOWHERE from None


def _in_utc(value: Any) -> Any:
    """Raises ValueError for a moment without a time zone."""
    if not isinstance(value, datetime):
        return value
    if value.tzinfo is None:
        raise ValueError
    return value.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are, as far as that was counted."""

    number: int

    @property
    def is_capped(self) -> bool:
        return self.number > COUNTED

    def __str__(self) -> str:
        shown = number_format(min(self.number, COUNTED), force_grouping=True)
        return f"{shown}+" if self.is_capped else shown


def count(queryset: QuerySet[Any]) -> Count:
    """Of rows alone: what a page shows of each is not computed for it."""
    return Count(queryset.order_by().values("pk")[: COUNTED + 1].count())


class CappedCount(Subquery):
    """In a row of a list: how many rows of another table belong to it. Give it no more than COUNTED + 1 of them."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = models.IntegerField()


def capped_count(queryset: QuerySet[Any]) -> CappedCount:
    return CappedCount(queryset.order_by()[: COUNTED + 1])
