"""In how many claims each word stands: what makes a word rare, and so worth something in a comparison.

Only public claims count, so that no private one changes what readers see. The counts follow each change of a row, under
the lock of the edition.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import F
from django.db.models.functions import Greatest

from factcheck.models.search import Searched, SearchRow, SearchWord
from factcheck.search.words import BREAK, stem

TOTAL = ""  # the word of the row that counts the claims themselves
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


def _words(heading: str) -> list[str]:
    return [word for word in heading.split() if word != BREAK]


class Difference:
    """How the counts change when rows come and go."""

    def __init__(self) -> None:
        self._claims: Counter[str] = Counter()
        self._tokens = 0

    def add(self, row: SearchRow, times: int = 1) -> None:
        """A row that comes, or with -1 one that goes; others than those of public claims count for nothing."""
        if row.kind == Searched.CLAIM and row.is_public:
            words = _words(row.heading)
            for word in {TOTAL, *map(stem, words)}:
                self._claims[word] += times
            self._tokens += times * len(words)

    def write(self) -> None:
        more = [(word, number) for word, number in sorted(self._claims.items()) if number > 0]
        for start in range(0, len(more), CHUNK):
            _increase(more[start : start + CHUNK])
        fewer: dict[int, list[str]] = defaultdict(list)
        for word, number in self._claims.items():
            if number < 0:
                fewer[-number].append(word)
        for number, words in fewer.items():
            for start in range(0, len(words), CHUNK):
                rows = SearchWord.objects.filter(word__in=words[start : start + CHUNK])
                rows.update(claims=Greatest(F("claims") - number, 0))
        if self._tokens:
            SearchWord.objects.filter(word=TOTAL).update(tokens=Greatest(F("tokens") + self._tokens, 0))


def _increase(words: list[tuple[str, int]]) -> None:
    values = ", ".join(["(%s, %s, 0)"] * len(words))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO factcheck_searchword (word, claims, tokens) VALUES {values} ON CONFLICT (word) "
            "DO UPDATE SET claims = factcheck_searchword.claims + excluded.claims",
            [value for pair in words for value in pair],
        )


def count_words(progress: Callable[[int], Any] = lambda done: None) -> None:
    """Counts anew; `progress` is told how many claims each step has done."""
    claims_with: Counter[str] = Counter()
    claims = tokens = 0
    rows = SearchRow.objects.filter(kind=Searched.CLAIM, is_public=True).order_by("pk")
    for heading in rows.values_list("heading", flat=True).iterator(chunk_size=CHUNK):
        words = _words(heading)
        claims_with.update(set(map(stem, words)))
        claims, tokens = claims + 1, tokens + len(words)
        if claims % CHUNK == 0:
            progress(CHUNK)
    progress(claims % CHUNK)
    SearchWord.objects.all().delete()
    SearchWord.objects.create(word=TOTAL, claims=claims, tokens=tokens)
    SearchWord.objects.bulk_create(
        (SearchWord(word=word, claims=number) for word, number in sorted(claims_with.items())), batch_size=CHUNK
    )
