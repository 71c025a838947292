"""Has this been checked already? The claims that say what a text says, whatever shape it has.

The engine finds candidates by the rarest words of the text, as many as a fixed number of index entries allows, so that
it costs the same in a database of any size. One scorer of ours (BM25 over the words' stems) then ranks the best of them
by all words: so both engines rank alike, and know what is rare.
"""

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from factcheck.models.search import Searched, SearchRow, SearchVector
from factcheck.search.backends import SimilarityBackend, chosen
from factcheck.search.counting import Counts
from factcheck.search.engines import Postings, engine
from factcheck.search.words import BREAK, STOP_WORDS, stem, tokens

LONGEST = 5_000  # characters of a text that are looked at
MOST_WORDS = 100  # different ones
FEWEST_CLAIMS = 300  # as if there were so many: what is rare among a handful says little
BUDGET = 20_000  # index entries that the search for candidates may read
FEWEST_WORDS = 2  # that are looked for, whatever they cost
CANDIDATES = 300  # that are scored
THRESHOLD = 0.35  # of a score, below which nothing is similar: measured by `make bench`
K1, B = 1.2, 0.75  # of BM25: how soon a repeated word says no more, and how much a long claim loses

LINK = re.compile(r"(?:https?://|www\.)\S+|\bpic\.twitter\.com/\S+|\bt\.co/\S+", re.IGNORECASE)
TAG = re.compile(r"[#@](\w+)")
HUMP = re.compile(r"(?<=[a-zа-яіїєґ])(?=[A-ZА-ЯІЇЄҐ])|(?<=[A-Z])(?=[A-Z][a-z])|_")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the text: its stem, the forms in which it stands there, and how rare it is."""

    stem: str
    forms: tuple[str, ...]
    rarity: float
    claims: int

    @classmethod
    def of(cls, word: str, forms: Iterable[str], counts: Counts) -> "Word":
        claims = min(counts.with_word.get(word, 0), counts.claims)
        of = max(counts.claims, FEWEST_CLAIMS)
        return cls(word, tuple(forms), math.log(1 + (of - claims + 0.5) / (claims + 0.5)), claims)


@dataclass(frozen=True, slots=True)
class Similar:
    claim_id: int
    score: float
    matched: list[str]


def plain(text: str) -> str:
    """Without links; the words of a hashtag or a handle by themselves."""
    return TAG.sub(lambda tag: HUMP.sub(" ", tag[1]), LINK.sub(" ", text[:LONGEST]))


def words_of(text: str) -> tuple[list[Word], float]:
    """What the text is about, the rarest first; and how many tokens an average claim has."""
    forms: dict[str, dict[str, None]] = {}
    for token in tokens(plain(text)):
        if token not in STOP_WORDS:
            forms.setdefault(stem(token), {})[token] = None
    counts = Counts.of(forms)
    found = [Word.of(word, seen, counts) for word, seen in forms.items()]
    found.sort(key=lambda word: (word.claims, word.stem))
    return found[:MOST_WORDS], counts.average_length


def affordable(words: Sequence[Word]) -> list[Word]:
    """The rarest, until the budget is spent."""
    chosen: list[Word] = []
    spent = 0
    for word in words:
        spent += max(word.claims, 1)
        if spent > BUDGET and len(chosen) >= FEWEST_WORDS:
            break
        chosen.append(word)
    return chosen


def similar(
    text: str, *, limit: int = 10, public: bool = True, min_score: float = 0.0, besides: Collection[int] = ()
) -> list[Similar]:
    """The most similar claims, best first, but for those with the ids `besides`."""
    words, average_length = words_of(text)
    if not words:
        return []
    candidates = dict(
        engine().candidates(
            [Postings((word.stem, *word.forms), word.rarity, word.claims > BUDGET) for word in affordable(words)],
            Searched.CLAIM,
            public=public,
            limit=CANDIDATES,
            each=BUDGET,
        )
    )
    scorer, backend = Scorer(words, average_length), chosen()
    if backend:
        candidates |= _named_by(backend, text, public=public)
    found = [scorer.scored(pk, heading) for pk, heading in candidates.items() if pk not in besides]
    if backend:
        found = _blended(backend, text, found)
    found.sort(key=lambda one: (-one.score, -one.claim_id))
    return [one for one in found[:limit] if one.score >= min_score]


def _named_by(backend: SimilarityBackend, text: str, *, public: bool) -> dict[int, str]:
    """The claims that the backend names, with their headings; never more than readers may see."""
    ids = list(backend.candidates(text, public=public, limit=CANDIDATES))[:CANDIDATES]
    rows = SearchRow.objects.filter(kind=Searched.CLAIM, record_id__in=ids)
    return dict((rows.filter(is_public=True) if public else rows).values_list("record_id", "heading"))


def _blended(backend: SimilarityBackend, text: str, found: Sequence[Similar]) -> list[Similar]:
    """With the backend's scores in theirs; a claim of which it has kept nothing has none from it."""
    kept = SearchVector.objects.filter(
        backend=backend.name, row__kind=Searched.CLAIM, row__record_id__in=[one.claim_id for one in found]
    ).values_list("row__record_id", "vector")
    vectors = {pk: bytes(vector) for pk, vector in kept}
    theirs = dict(zip(vectors, backend.scores(text, list(vectors.values())), strict=True))
    return [
        replace(one, score=(1 - backend.share) * one.score + backend.share * theirs.get(one.claim_id, 0.0))
        for one in found
    ]


class Scorer:
    """BM25 of claims for the words of one text, as a share of what a claim with all of them would have."""

    def __init__(self, words: Sequence[Word], average_length: float) -> None:
        self._rarities = {word.stem: word.rarity for word in words}
        self._forms = {word.stem: word.forms[0] for word in words}
        self._average_length = average_length
        self._whole = sum(self._rarities.values())

    def scored(self, claim_id: int, heading: str) -> Similar:
        found = [stem(token) for token in heading.split() if token != BREAK]
        times = Counter(word for word in found if word in self._rarities)
        length = 1 - B + B * len(found) / self._average_length
        score = sum(self._rarities[word] * number * (K1 + 1) / (number + K1 * length) for word, number in times.items())
        matched = sorted(times, key=lambda word: (-self._rarities[word], word))
        return Similar(claim_id, score / self._whole, [self._forms[word] for word in matched])
