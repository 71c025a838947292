"""What a query finds, and where in a text it finds it."""

import json
import re
from collections.abc import Sequence
from typing import Any

from django.db import connection, models
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from factcheck.models.search import Searched, SearchRow
from factcheck.search.asking import Query, Term
from factcheck.search.counting import Counts
from factcheck.search.engines import engine
from factcheck.search.rows import TEXTS
from factcheck.search.similar import Scorer, Word
from factcheck.search.words import stem, tokens

LOOKED_AT = 10_000  # matches at most that a list is narrowed to, the newest: what is counted ends there too
RANKED = 500  # matches that are ranked, the newest
SNIPPET = 240  # characters around the first match in a long text


def matching[Q: QuerySet[Any]](records: Q, kind: Searched, query: Query, *, public: bool) -> Q:
    """Of these records those that the query finds, as a part of their own query; of more than LOOKED_AT the newest.

    `public`: among those that readers see, so that no other can take a place. One that asks for nothing finds none.
    """
    return records.filter(pk__in=RawSQL(*_found(kind, query, public=public))) if query else records.none()


def record_ids(kind: Searched, query: Query, *, public: bool) -> list[int]:
    """The ids of what `matching` would leave of all records, to compare with `among`, and more than once."""
    if not query:
        return []
    with connection.cursor() as cursor:
        cursor.execute(*_found(kind, query, public=public))
        return [pk for [pk] in cursor.fetchall()]


def _found(kind: Searched, query: Query, *, public: bool) -> tuple[str, list[Any]]:
    found, parameters = _ids(kind, query, public=public, limit=LOOKED_AT + 1)
    return f"SELECT id / 8 FROM ({found}) AS found", parameters


@models.BigAutoField.register_lookup
class Among(models.Lookup):
    """As `in`, for thousands of ids: they are one parameter."""

    lookup_name = "among"
    prepare_rhs = False
    rhs: list[int]

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} IN (SELECT value FROM json_each(%s))", [*parameters, json.dumps(self.rhs)]

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s::bigint[])", [*parameters, self.rhs]


def best(kind: Searched, query: Query, *, public: bool, limit: int, by: Scorer | None = None) -> list[int]:
    """The ids of the records that fit best: by the words in what they are called or say, then the newer first.

    `by`: the `scorer` of the query, for whoever asks for several kinds.
    """
    if not query:
        return []
    found, parameters = _ids(kind, query, public=public, limit=RANKED)
    rows = SearchRow.objects.filter(pk__in=RawSQL(f"SELECT id FROM ({found}) AS found", parameters))
    by = by or scorer(query)
    scored = [by.scored(pk, heading) for pk, heading in rows.values_list("record_id", "heading")]
    scored.sort(key=lambda one: (-one.score, -one.claim_id))
    return [one.claim_id for one in scored[:limit]]


def _ids(kind: Searched, query: Query, *, public: bool, limit: int) -> tuple[str, list[Any]]:
    return engine().asked(query, kind, public=public, limit=limit)


def scorer(query: Query) -> Scorer:
    forms = {stem(token): (token,) for term in query.terms for token in term.tokens}
    counts = Counts.of(forms)
    return Scorer([Word.of(word, seen, counts) for word, seen in forms.items()], counts.average_length)


# Where

type Piece = tuple[str, bool]  # a part of a text, and whether the query found it

BETWEEN = " \t\n-‐‑–"  # words with nothing else between them are marked as one
SPAN = re.compile(r"\w+(?:['’ʼ]\w+)*")


def highlighted(text: str, query: Query) -> list[Piece]:
    """The whole text in pieces."""
    pieces: list[Piece] = []
    at = 0
    for start, end in _spans(text, query):
        if start > at:
            pieces.append((text[at:start], False))
        pieces.append((text[start:end], True))
        at = end
    return [*pieces, (text[at:], False)] if text[at:] else pieces


def _spans(text: str, query: Query) -> list[tuple[int, int]]:
    """Where the words stand that the query asks for; neighbours are one place."""
    exact, endings = set(), []
    for term in query.terms:
        *words, last = term.tokens
        exact.update(words)
        if term.kind is Term.PREFIX:
            endings.append(last)
        else:
            exact.update(term.forms if term.kind is Term.WORD else (last,))
    spans: list[tuple[int, int]] = []
    for found in SPAN.finditer(text):
        words = tokens(found[0])
        if any(word in exact or stem(word) in exact or word.startswith(tuple(endings)) for word in words):
            if spans and not text[spans[-1][1] : found.start()].strip(BETWEEN):
                spans[-1] = (spans[-1][0], found.end())
            else:
                spans.append(found.span())
    return spans


def snippets(kind: Searched, ids: Sequence[int], query: Query) -> dict[int, list[Piece]]:
    """Of each record the part of its further texts where most of the words stand; none where there are none."""
    found = {}
    for texts in TEXTS[kind](ids):
        pieces = [highlighted(text, query) for text in [*texts.heading[1:], *texts.body]]
        most = max(pieces, key=_matches, default=[])
        if any(is_match for _, is_match in most):
            found[texts.pk] = shortened(most)
    return found


def _matches(pieces: Sequence[Piece]) -> tuple[int, int]:
    """How many different words were found, and in how many places."""
    found = [text for text, is_match in pieces if is_match]
    return len({stem(word) for text in found for word in tokens(text)}), len(found)


def shortened(pieces: Sequence[Piece]) -> list[Piece]:
    """No more of a long text than what stands around the first match."""
    first = next((number for number, (_, is_match) in enumerate(pieces) if is_match), 0)
    lead = "".join(text for text, _ in pieces[:first])
    if len(lead) > SNIPPET // 3:
        lead = f"… {lead[-SNIPPET // 3 :].partition(' ')[2]}"
    kept: list[Piece] = [(lead, False)] if lead else []
    room = SNIPPET - len(lead)
    for text, is_match in pieces[first:]:
        if len(text) > room:
            return [*kept, (f"{text[:room].rpartition(' ')[0]} …", is_match)]
        kept.append((text, is_match))
        room -= len(text)
    return kept
