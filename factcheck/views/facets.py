"""How many claims each option of a filter would leave, while the other filters stay as they are."""

import json
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any, cast

from django.db.models import Count as CountOf
from django.db.models import DateTimeField, F, QuerySet, Subquery, Value
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThanOrEqual
from django.db.models.functions import Coalesce
from django.utils.formats import number_format

from factcheck.filters import ClaimFilter, appears
from factcheck.models import Caveat, Claim
from factcheck.views.cached import by_edition
from factcheck.views.paging import COUNTED, Count

BEFORE_ALL = datetime(1, 1, 1, tzinfo=UTC)

type Numbers = dict[str, dict[str, int]]


def number_options(filters: ClaimFilter, here: str, found: Count) -> None:
    """Puts the number behind each option, over the newest COUNTED claims at most. One query, in each edition once.

    `found` is how many claims the filters in use leave.
    """
    key = json.dumps(["facets", here, sorted(filters.active.items())])
    numbers = by_edition(key, lambda: counted(filters, found))
    for name, by_value in numbers.items():
        options = filters.form.fields[name].widget
        options.choices = [
            (value, f"{label} ({number_format(by_value.get(value, 0), force_grouping=True)})" if value else label)
            for value, label in options.choices
        ]


def counted(filters: ClaimFilter, found: Count) -> Numbers:
    """By filter and by the value that an address gives."""
    branches = [branch for name in filters.filters if name in FACETS for branch in _branches(filters, name, found)]
    numbers: Numbers = {name: defaultdict(int) for name in filters.filters if name in FACETS}
    for name, value, number in branches[0].union(*branches[1:], all=True).order_by():
        if value:
            numbers[name][value] += number
    return {name: dict(by_value) for name, by_value in numbers.items()}


FACETS = ("status", "basis", "kind", "publisher", "topic", "caveat")


def _branches(filters: ClaimFilter, name: str, found: Count) -> list[QuerySet[Any, Any]]:
    claims = filters.leaving(name).order_by()
    if name in filters.active or found.number > COUNTED:
        claims = _newest(claims)
    match name:
        case "status":
            return [_by(claims, name, "status__slug")]
        case "basis":
            return [_by(claims, name, "status_basis")]
        case "kind":
            return [_by(claims, name, "kind")]
        case "topic":
            return [_by(claims, name, "claim_topics__topic__slug")]
        case "publisher":
            return [_by(claims, name, "appearances__article__publisher__slug")]
    doubted = [caveat for caveat in Caveat if caveat != Caveat.NONE]
    quiet = claims.exclude(appears(caveat__in=doubted))
    nothing = quiet.values("kind").annotate(number=CountOf("pk"))
    return [
        _by(claims.filter(appearances__caveat__in=doubted), name, "appearances__caveat"),
        nothing.values_list(Value(name), Value(str(Caveat.NONE)), "number"),
    ]


def _newest(claims: QuerySet[Claim]) -> QuerySet[Claim]:
    """The newest COUNTED of them: those from the last of these on.

    One comparison, and not `pk__in` so many: a planner without statistics takes that for a handful, and goes through
    all of it for each row of another table.
    """
    last = claims.order_by("-listed_at", "-id")[COUNTED - 1 : COUNTED]
    place = (
        Coalesce(Subquery(last.values("listed_at")), Value(BEFORE_ALL, DateTimeField())),
        Coalesce(Subquery(last.values("pk")), Value(0)),
    )
    return claims.filter(TupleGreaterThanOrEqual(Tuple(F("listed_at"), F("pk")), place))


def _by(claims: QuerySet[Claim], name: str, column: str) -> QuerySet[Any, Any]:
    grouped = claims.values(column).annotate(number=CountOf("pk", distinct="__" in column))
    return cast(QuerySet[Any, Any], grouped.values_list(Value(name), column, "number"))
