"""What pages with a filtered list show of their filters."""

from typing import Any

from factcheck.filters import ListFilter
from factcheck.views.public import Refused, address


def narrowed(filters: ListFilter, here: str, kept: dict[str, str] | None = None) -> dict[str, Any]:
    """Chips and addresses; `kept` are parameters that stay whatever the filters are. Raises Refused."""
    if problems := filters.problems:
        raise Refused(*problems)
    kept = kept or {}
    return {
        "filter": filters,
        "chips": [(chip, address(here, chip.others | kept)) for chip in filters.chips],
        "here": here,
        "unfiltered": address(here, kept),
        "first": address(here, filters.active | kept),
    }
