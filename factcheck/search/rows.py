"""What of a record can be found, and the rows that hold it."""

from collections import defaultdict
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, models
from django.db.models import Q

from factcheck.models import ONCE_PUBLISHED, Appearance, Article, Claim, Claimant, Origin, Review, ReviewState
from factcheck.models.history import Whole
from factcheck.models.search import Searched, SearchRow, SearchVector
from factcheck.search.backends import chosen
from factcheck.search.counting import Difference, count_words
from factcheck.search.engines import engine
from factcheck.search.words import BREAK, stems, tokens
from factcheck.states import references

CHUNK = 1_000  # records at a time
MOST_TOKENS = 8_000  # of a text; PostgreSQL keeps no place beyond 16,383

KINDS: dict[type[Whole], Searched] = {
    Claim: Searched.CLAIM,
    Article: Searched.ARTICLE,
    Claimant: Searched.CLAIMANT,
}
MODELS = {model._meta.model_name: model for model in KINDS}

type Key = tuple[type[Whole], Any]


@dataclass(frozen=True, slots=True)
class Texts:
    """What of one record can be found, as it stands there: what it is called or says, all else, and whose it is."""

    pk: int
    language: str
    heading: list[str]
    body: list[str]
    by: str = ""


def _row(kind: Searched, texts: Texts, is_public: bool) -> SearchRow:
    heading, body = _joined(texts.heading), _joined([texts.by, *texts.body])
    is_english = not texts.language or texts.language.partition("-")[0] == "en"
    return SearchRow(
        id=SearchRow.id_of(kind, texts.pk, is_public),
        kind=kind,
        record_id=texts.pk,
        is_public=is_public,
        language=texts.language,
        heading=" ".join(heading),
        heading_stems=" ".join(stems(heading)) if is_english else "",
        body=" ".join(body),
        body_stems=" ".join(stems(body)) if is_english else "",
    )


def _joined(texts: Iterable[str]) -> list[str]:
    found: list[str] = []
    for text in texts:
        if words := tokens(text):
            found += [BREAK, *words] if found else words
    return found[:MOST_TOKENS]


def _of_claims(ids: Sequence[int]) -> Iterator[Texts]:
    """A claim and the titles of its published reviews; its context, who made it, quotes, and the reviews' summaries."""
    quotes: dict[int, list[str]] = defaultdict(list)
    places = Appearance.objects.filter(claim__in=ids).exclude(quote="").order_by("id")
    for claim, quote in places.values_list("claim", "quote"):
        quotes[claim].append(quote)
    titles: dict[int, list[str]] = defaultdict(list)
    summaries: dict[int, list[str]] = defaultdict(list)
    published = Q(origin=Origin.IMPORTED) | Q(state=ReviewState.PUBLISHED)
    reviews = Review.objects.filter(published, claim__in=ids).order_by("id")
    for claim, title, summary in reviews.values_list("claim", "title", "summary"):
        titles[claim].append(title)
        summaries[claim].append(summary)
    claims = Claim.objects.filter(pk__in=ids).order_by("pk")
    for pk, text, context, language, name in claims.values_list("pk", "text", "context", "language", "claimant__name"):
        body = [context, *quotes[pk], *summaries[pk]]
        yield Texts(pk, language, [text, *titles[pk]], body, name or "")


def _of_articles(ids: Sequence[int]) -> Iterator[Texts]:
    articles = Article.objects.filter(pk__in=ids).order_by("pk")
    for pk, headline, summary, language in articles.values_list("pk", "headline", "summary", "language"):
        yield Texts(pk, language, [headline], [summary])


def _of_claimants(ids: Sequence[int]) -> Iterator[Texts]:
    claimants = Claimant.objects.filter(pk__in=ids).order_by("pk")
    for pk, name, role in claimants.values_list("pk", "name", "role"):
        yield Texts(pk, "", [name], [role])


TEXTS: dict[Searched, Callable[[Sequence[int]], Iterator[Texts]]] = {
    Searched.CLAIM: _of_claims,
    Searched.ARTICLE: _of_articles,
    Searched.CLAIMANT: _of_claimants,
}
WORDS = ("language", "heading", "heading_stems", "body", "body_stems")


def refresh(keys: Collection[Key], public: Container[Key]) -> None:
    """Makes the rows of these records say what the records say now; those of records that are gone go.

    Call it inside the transaction that changes them, with whatever lock keeps others from changing them meanwhile.
    """
    for model, kind in KINDS.items():
        ids = sorted(pk for of, pk in keys if of is model)
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start : start + CHUNK]
            _refresh(kind, chunk, {pk for pk in chunk if (model, pk) in public})


def _refresh(kind: Searched, ids: Sequence[int], public: Container[int]) -> None:
    stored = {row.pk: row for row in SearchRow.objects.filter(kind=kind, record_id__in=ids)}
    wanted = {row.pk: (row, texts) for row, texts in _rows(kind, ids, public)}
    gone = [pk for pk, row in stored.items() if pk not in wanted or _differs(row, wanted[pk][0])]
    difference = Difference()
    for pk in gone:
        difference.add(stored[pk], -1)
    if gone:
        engine().take(gone)
        for rows in (SearchVector.objects.filter(pk__in=gone), SearchRow.objects.filter(pk__in=gone)):
            rows._raw_delete(connection.alias)
    if new := [found for pk, found in wanted.items() if pk not in stored or pk in gone]:
        _insert(kind, new)
        engine().add([row.pk for row, _ in new])
        for row, _ in new:
            difference.add(row)
    difference.write()


def _rows(kind: Searched, ids: Sequence[int], public: Container[int]) -> Iterator[tuple[SearchRow, Texts]]:
    return ((_row(kind, texts, texts.pk in public), texts) for texts in TEXTS[kind](ids))


def _insert(kind: Searched, found: Sequence[tuple[SearchRow, Texts]]) -> None:
    """The rows, with what a backend wants to keep of claims."""
    SearchRow.objects.bulk_create(row for row, _ in found)
    if kind == Searched.CLAIM and (backend := chosen()):
        vectors = backend.kept([" ".join(texts.heading) for _, texts in found])
        SearchVector.objects.bulk_create(
            SearchVector(row=row, backend=backend.name, vector=vector)
            for (row, _), vector in zip(found, vectors, strict=True)
            if vector is not None
        )


def _differs(one: SearchRow, other: SearchRow) -> bool:
    return any(getattr(one, name) != getattr(other, name) for name in WORDS)


def rebuild(progress: Callable[[int], Any] = lambda done: None) -> None:
    """Makes all rows anew; `progress` is told how many records each step has done.

    Call it inside a transaction that keeps others from changing them meanwhile.
    """
    with engine().rebuilding():
        for table in (SearchVector, SearchRow):
            table._base_manager.all()._raw_delete(connection.alias)
        for model, kind in KINDS.items():
            for ids in _in_chunks(model._base_manager.order_by("pk").values_list("pk", flat=True)):
                public = model._default_manager.public().filter(pk__in=ids)  # type: ignore[attr-defined]
                _insert(kind, list(_rows(kind, ids, set(public.values_list("pk", flat=True)))))
                progress(len(ids))
    count_words(progress)


def total() -> int:
    """How many records have a row."""
    return sum(model._base_manager.count() for model in KINDS)


def _in_chunks(ids: models.QuerySet[Any, int]) -> Iterator[list[int]]:
    last = 0
    while chunk := list(ids.filter(pk__gt=last)[:CHUNK]):
        yield chunk
        last = chunk[-1]


class Touched:
    """Collects, while records change, the rows that do not say any more what their records say."""

    # What of each kind stands in a row, or decides whether readers see one
    OF_CLAIM = frozenset({"text", "context", "language", "claimant", "listed_at", "appearances"})
    OF_REVIEW = frozenset({"state", "title", "summary", "claim"})
    OF_ARTICLE = frozenset({"headline", "summary", "language"})
    OF_CLAIMANT = frozenset({"name", "role"})

    def __init__(self) -> None:
        self._keys: set[Key] = set()
        self._renamed: set[int] = set()  # claimants, who are named in the rows of their claims

    def note(self, name: str, pk: int, stored: Any, old: Any, new: Any) -> None:
        """That a record of this kind differs; the arguments are those of `door.OpenEdition.differs`."""
        states = [state for state in (stored, old, new) if isinstance(state, dict)]
        changed = {*(old or ()), *(new or ())}
        match name:
            case "claim" if changed & self.OF_CLAIM:
                self._keys.add((Claim, pk))
                if any(state.get("listed_at") for state in states):
                    named = states if "listed_at" in changed else [old, new]
                    self._keys.update((MODELS[kind], of) for state in named for kind, of in references(state))
            case "article" if changed & self.OF_ARTICLE:
                self._keys.add((Article, pk))
            case "claimant" if changed & self.OF_CLAIMANT:
                self._keys.add((Claimant, pk))
                if old is not None and "name" in changed:
                    self._renamed.add(pk)
            case "review" if changed & self.OF_REVIEW and any(map(_is_published, states)):
                self._keys.update((Claim, state["claim"][0]) for state in states if state.get("claim"))

    def keys(self) -> set[Key]:
        """The records whose rows `refresh` has to make anew. Ask under the lock that it needs."""
        claims = Claim.objects.filter(claimant__in=self._renamed).values_list("pk", flat=True)
        return self._keys | {(Claim, pk) for pk in (claims if self._renamed else ())}


def _is_published(review: dict[str, Any]) -> bool:
    return review.get("origin") == Origin.IMPORTED or review.get("state") in ONCE_PUBLISHED
