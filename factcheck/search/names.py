"""Finding records by what they are called, where they have no search row: there are few of these."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from factcheck.search.words import tokens

LOOKED_AT = 10_000  # records, the newest


def called(records: QuerySet[Any], fields: Sequence[str], text: str) -> list[int]:
    """The ids of those in whose fields each word of the text begins a word."""
    wanted = tokens(text)
    if not wanted:
        return []
    found = []
    for pk, *values in records.order_by("-pk").values_list("pk", *fields)[:LOOKED_AT]:
        words = tokens(" ".join(value or "" for value in values))
        if all(any(word.startswith(start) for word in words) for start in wanted):
            found.append(pk)
    return found
