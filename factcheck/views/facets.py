"""How many records each option of a filter would leave, while the other filters stay as they are."""

import json
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any, cast

from django.db.models import Count as CountOf
from django.db.models import DateTimeField, F, QuerySet, Subquery, Value
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThanOrEqual
from django.db.models.functions import Coalesce
from django.utils.formats import number_format

from factcheck.filters import ArticleFilter, ClaimantFilter, ClaimFilter, ListFilter, PublisherFilter, appears
from factcheck.models import Caveat, Claim
from factcheck.views.cached import by_edition
from factcheck.views.paging import COUNTED, Count

BEFORE_ALL = datetime(1, 1, 1, tzinfo=UTC)

# The filters whose options have numbers, and the column that says to which option a record belongs.
FACETS: dict[type[ListFilter], dict[str, str]] = {
    ClaimFilter: {
        "status": "status__slug",
        "basis": "status_basis",
        "kind": "kind",
        "claimant": "claimant__slug",
        "publisher": "appearances__article__publisher__slug",
        "topic": "claim_topics__topic__slug",
        "caveat": "appearances__caveat",
    },
    ArticleFilter: {"publisher": "publisher__slug", "language": "language"},
    ClaimantFilter: {"kind": "kind", "interest": "interest"},
    PublisherFilter: {"country": "country"},
}

type Numbers = dict[str, dict[str, int]]


def is_numbered(filters: ListFilter) -> bool:
    return type(filters) in FACETS


def number_options(filters: ListFilter, here: str, found: Count) -> None:
    """Puts the number behind each option, over the newest COUNTED records at most. One query, in each edition once.

    `found` is how many records the filters in use leave.
    """
    if not is_numbered(filters):
        return
    key = json.dumps(["facets", here, sorted(filters.active.items())])
    numbers = by_edition(key, lambda: counted(filters, found))
    for name, by_value in numbers.items():
        options = filters.form.fields[name].widget
        options.choices = [
            (value, f"{label} ({number_format(by_value.get(value, 0), force_grouping=True)})" if value else label)
            for value, label in options.choices
        ]


def counted(filters: ListFilter, found: Count) -> Numbers:
    """By filter and by the value that an address gives, of those values that the filter offers."""
    columns = {name: column for name, column in FACETS[type(filters)].items() if name in filters.filters}
    branches = [branch for name, column in columns.items() for branch in _branches(filters, name, column, found)]
    offered = {name: dict(filters.filters[name].extra["choices"]) for name in columns}
    numbers: Numbers = {name: defaultdict(int) for name in columns}
    for name, value, number in branches[0].union(*branches[1:], all=True).order_by():
        if value in offered[name]:
            numbers[name][value] += number
    return {name: dict(by_value) for name, by_value in numbers.items()}


def _branches(filters: ListFilter, name: str, column: str, found: Count) -> list[QuerySet[Any, Any]]:
    records = filters.leaving(name).order_by()
    if name in filters.active or found.number > COUNTED:
        records = _newest(records)
    if name != "caveat":
        return [_by(records, name, column)]
    doubted = [caveat for caveat in Caveat if caveat != Caveat.NONE]
    quiet = records.exclude(appears(caveat__in=doubted))
    nothing = quiet.values("kind").annotate(number=CountOf("pk"))
    return [
        _by(records.filter(appearances__caveat__in=doubted), name, column),
        nothing.values_list(Value(name), Value(str(Caveat.NONE)), "number"),
    ]


def _newest(records: QuerySet[Any]) -> QuerySet[Any]:
    """The newest COUNTED of them, claims by when they were listed: those from the last of these on.

    One comparison, and not `pk__in` so many: a planner without statistics takes that for a handful, and goes through
    all of it for each row of another table.
    """
    if records.model is not Claim:
        last = records.order_by("-id")[COUNTED - 1 : COUNTED]
        return records.filter(pk__gte=Coalesce(Subquery(last.values("pk")), Value(0)))
    last = records.order_by("-listed_at", "-id")[COUNTED - 1 : COUNTED]
    place = (
        Coalesce(Subquery(last.values("listed_at")), Value(BEFORE_ALL, DateTimeField())),
        Coalesce(Subquery(last.values("pk")), Value(0)),
    )
    return records.filter(TupleGreaterThanOrEqual(Tuple(F("listed_at"), F("pk")), place))


def _by(records: QuerySet[Any], name: str, column: str) -> QuerySet[Any, Any]:
    grouped = records.values(column).annotate(number=CountOf("pk", distinct="__" in column))
    return cast(QuerySet[Any, Any], grouped.values_list(Value(name), column, "number"))
