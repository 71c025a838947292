"""How many claims each option of a filter would leave, while the other filters stay as they are."""

import json
from collections import defaultdict
from typing import Any, cast

from django.db.models import Count, QuerySet, Value

from factcheck.filters import ClaimFilter, appears
from factcheck.models import Appearance, Caveat, Claim, ClaimTopic
from factcheck.views.cached import by_edition
from factcheck.views.paging import COUNTED

type Numbers = dict[str, dict[str, int]]


def number_options(filters: ClaimFilter, here: str) -> None:
    """Puts the number behind each option, over the newest COUNTED claims at most. One query, in each edition once."""
    key = json.dumps(["facets", here, sorted(filters.active.items())])
    numbers = by_edition(key, lambda: counted(filters))
    for name, by_value in numbers.items():
        options = filters.form.fields[name].widget
        options.choices = [
            (value, f"{label} ({by_value.get(value, 0):,})" if value else label) for value, label in options.choices
        ]


def counted(filters: ClaimFilter) -> Numbers:
    """By filter and by the value that an address gives."""
    branches = [branch for name in filters.filters if name in FACETS for branch in _branches(filters, name)]
    numbers: Numbers = {name: defaultdict(int) for name in filters.filters if name in FACETS}
    for name, value, number in branches[0].union(*branches[1:], all=True).order_by():
        if value:
            numbers[name][value] += number
    return {name: dict(by_value) for name, by_value in numbers.items()}


FACETS = ("status", "basis", "kind", "publisher", "topic", "caveat")


def _branches(filters: ClaimFilter, name: str) -> list[QuerySet[Any, Any]]:
    newest = filters.leaving(name).order_by("-listed_at", "-id").values("pk")[:COUNTED]
    claims = Claim.objects.public().filter(pk__in=newest)
    places = Appearance.objects.public().filter(claim__in=newest)
    match name:
        case "status":
            return [_by(claims, name, "status__slug")]
        case "basis":
            return [_by(claims, name, "status_basis")]
        case "kind":
            return [_by(claims, name, "kind")]
        case "topic":
            return [_by(ClaimTopic.objects.public().filter(claim__in=newest), name, "topic__slug", "claim")]
        case "publisher":
            return [_by(places, name, "article__publisher__slug", "claim")]
    doubted = places.exclude(caveat=Caveat.NONE)
    quiet = claims.exclude(appears(caveat__in=[caveat for caveat in Caveat if caveat != Caveat.NONE]))
    nothing = quiet.order_by().values("kind").annotate(number=Count("pk"))
    return [_by(doubted, name, "caveat", "claim"), nothing.values_list(Value(name), Value(str(Caveat.NONE)), "number")]


def _by(rows: QuerySet[Any], name: str, column: str, counted: str = "pk") -> QuerySet[Any, Any]:
    grouped = rows.order_by().values(column).annotate(number=Count(counted, distinct=counted != "pk"))
    return cast(QuerySet[Any, Any], grouped.values_list(Value(name), column, "number"))
