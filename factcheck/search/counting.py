"""In how many claims each word stands: what makes a word rare, and so worth something in a comparison.

Only public claims count, so that no private one changes what readers see. Counted after loads that changed much; a word
that came since counts as the rarest.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from factcheck.models import Claim
from factcheck.models.search import Searched, SearchRow, SearchWord
from factcheck.search.rows import BREAK
from factcheck.search.words import stem

TOTAL = ""  # the word of the row that counts the claims themselves
GROWN = 0.01  # of the claims: with fewer new ones the old counts still do
CHUNK = 5_000  # rows at a time


@dataclass(frozen=True, slots=True)
class Counts:
    """Of these words, in how many of how many claims each stands, and how long a claim is."""

    claims: int
    average_length: float  # tokens
    with_word: dict[str, int]

    @classmethod
    def of(cls, words: Iterable[str]) -> "Counts":
        rows = {row.word: row for row in SearchWord.objects.filter(word__in=[TOTAL, *words])}
        total = rows.pop(TOTAL, None)
        claims, tokens = (total.claims, total.tokens) if total else (0, 0)
        return cls(claims, tokens / claims if claims else 20.0, {word: row.claims for word, row in rows.items()})


def are_outdated() -> bool:
    """Whether enough claims came or went since the last count to count anew."""
    total = SearchWord.objects.filter(word=TOTAL).first()
    counted = total.claims if total else 0
    return abs(Claim.objects.public().count() - counted) > GROWN * counted


def count_words(progress: Callable[[int], Any] = lambda done: None) -> None:
    """Counts anew; `progress` is told how many claims each step has done."""
    with_word: Counter[str] = Counter()
    claims = tokens = 0
    rows = SearchRow.objects.filter(kind=Searched.CLAIM, is_public=True).order_by("pk")
    with transaction.atomic():
        for heading in rows.values_list("heading", flat=True).iterator(chunk_size=CHUNK):
            words = heading.split()
            with_word.update({stem(word) for word in words})
            claims, tokens = claims + 1, tokens + len(words)
            if claims % CHUNK == 0:
                progress(CHUNK)
        progress(claims % CHUNK)
        del with_word[BREAK]
        SearchWord.objects.all().delete()
        SearchWord.objects.create(word=TOTAL, claims=claims, tokens=tokens)
        SearchWord.objects.bulk_create(
            (SearchWord(word=word, claims=number) for word, number in sorted(with_word.items())), batch_size=CHUNK
        )
