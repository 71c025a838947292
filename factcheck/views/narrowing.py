"""A list that readers narrow and sort: the page of it that was asked for, and the addresses of others."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext

from factcheck.filters import ListFilter
from factcheck.views.facets import is_numbered, number_options
from factcheck.views.paging import Count, Keyset, count
from factcheck.views.public import Refused, address, canonical

# How `?sort=` names an order, and how readers read it; the first one is that of an address without it.
type Orders = Mapping[str, tuple[str | Promise, Keyset]]


def narrowed(request: HttpRequest, filters: ListFilter, here: str, orders: Orders) -> dict[str, Any]:
    """What the template of a list at the address `here` shows. Raises Refused."""
    if problems := [*filters.problems, *_sort_problems(request.GET, orders)]:
        raise Refused(*problems)
    usual = next(iter(orders))
    sort, after = request.GET.get("sort", "").strip() or usual, request.GET.get("after", "")
    words, keyset = orders[sort]
    order = str(words)
    kept = {"sort": "" if sort == usual else sort}
    active = filters.active | kept
    page = keyset.rows(filters.rows, after)
    found = count(filters.rows) if filters.found is None else Count(len(filters.found))
    number_options(filters, here, found)
    return {
        "canonical": canonical(here, active | {"after": after}),
        "filter": filters,
        "is_numbered": is_numbered(filters),
        "chips": [(chip, address(here, chip.others | kept)) for chip in filters.chips],
        "orders": [(name, words) for name, (words, _) in orders.items()],
        "sort": sort,
        "order": f"{order[0].lower()}{order[1:]}",
        "page": page,
        "count": found,
        "here": here,
        "unfiltered": address(here, kept),
        "first": address(here, active),
        "next": address(here, active | {"after": page.after}),
    }


def _sort_problems(data: QueryDict, orders: Orders) -> list[str]:
    given = data.getlist("sort")
    if len(set(given)) > 1:
        return [gettext("sort: give it once.")]
    return [
        gettext("sort: “%(name)s” is not known here. Allowed are: %(allowed)s.")
        % {"name": name, "allowed": ", ".join(orders)}
        for name in given[:1]
        if name.strip() and name.strip() not in orders
    ]
