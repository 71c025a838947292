"""Long lists: pages by keyset, each beginning after the last row of the one before, and counts that stop counting."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, QuerySet, Subquery
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

from factcheck.views.public import Refused

PAGE_SIZE = 25
COUNTED = 10_000  # rows at most that a count looks at


@dataclass(frozen=True, slots=True)
class Rows[M: models.Model]:
    """One page of a list. `after` is where the next one begins, empty on the last."""

    rows: list[M]
    after: str
    is_first: bool


@dataclass(frozen=True, slots=True)
class Keyset:
    """The columns that order a list: all in one direction, none ever null, the last one unique."""

    columns: tuple[str, ...]
    descending: bool = False

    def rows[M: models.Model](self, queryset: QuerySet[M], after: str | None) -> Rows[M]:
        """The page after this cursor. Raises Refused if it is none that this list gave out."""
        ordered = queryset.order_by(*[f"-{name}" if self.descending else name for name in self.columns])
        if after:
            beyond = TupleLessThan if self.descending else TupleGreaterThan
            place = self._read(queryset.model, after)
            ordered = ordered.filter(beyond(Tuple(*[F(name) for name in self.columns]), place))
        found = list(ordered[: PAGE_SIZE + 1])
        rows = found[:PAGE_SIZE]
        return Rows(rows, self._cursor(rows[-1]) if len(found) > PAGE_SIZE else "", is_first=not after)

    def _cursor(self, row: models.Model) -> str:
        values = [getattr(row, name) for name in self.columns]
        text = json.dumps(values, default=datetime.isoformat, ensure_ascii=False, separators=(",", ":"))
        return urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def _read(self, model: type[models.Model], cursor: str) -> tuple[Any, ...]:
        try:
            values = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            if not isinstance(values, list) or not all(isinstance(value, int | str) for value in values):
                raise ValueError
            fields = [field for name in self.columns for field in model._meta.concrete_fields if field.name == name]
            return tuple(_in_utc(field.clean(value, None)) for field, value in zip(fields, values, strict=True))
        except (ValueError, TypeError, OverflowError, RecursionError, ValidationError):
            raise Refused("after: this is no place in this list. Follow its links, or leave it out.") from None


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
        return f"{COUNTED:,}+" if self.is_capped else f"{self.number:,}"


def count(queryset: QuerySet[Any]) -> Count:
    return Count(queryset.order_by()[: COUNTED + 1].count())


class CappedCount(Subquery):
    """In a row of a list: how many rows of another table belong to it. Give it no more than COUNTED + 1 of them."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = models.IntegerField()


def capped_count(queryset: QuerySet[Any]) -> CappedCount:
    return CappedCount(queryset.order_by()[: COUNTED + 1])
