"""What a reader typed into a search box, as a small tree: no query language of an engine is ever seen by a reader.

    drones "in Pokrovsk" -video OR film deser*

All words must be there: as they are or in another English form. Quotes keep words together, a minus leaves out, OR
joins the two around it, a star stands for any ending. Anything may be typed, and nothing is an error.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from factcheck.search.words import stem, tokens

LONGEST = 1_000  # characters of a query that are looked at
MOST_TERMS = 32
MOST_PREFIXES = 3  # after which a star says nothing: one behind two letters stands for thousands of words
SHORTEST_PREFIX = 2  # characters; with fewer a star is no help, and every word would have to be looked at

# A clause, with what stands before it; a quote that is not closed ends with the text.
CLAUSE = re.compile(r'(?P<minus>-?)(?:["“”„«»](?P<phrase>[^"“”„«»]*)["“”„«»]?|(?P<word>[^\s"“”„«»]+))')


class Term(Enum):
    """How the words of a term have to be in a text."""

    WORD = "word"
    PHRASE = "phrase"
    PREFIX = "prefix"  # as a phrase, of which the last word may go on


@dataclass(frozen=True, slots=True)
class Wanted:
    kind: Term
    tokens: tuple[str, ...]

    @property
    def forms(self) -> tuple[str, ...]:
        """Of a word: as it is, and its stem."""
        [word] = self.tokens
        return (word,) if stem(word) == word else (word, stem(word))


@dataclass(frozen=True, slots=True)
class Query:
    """Of each group one term has to be there, and none of the excluded ones."""

    groups: tuple[tuple[Wanted, ...], ...] = ()
    excluded: tuple[Wanted, ...] = ()

    def __bool__(self) -> bool:
        """Whether it asks for anything: what is only left out leaves no question."""
        return bool(self.groups)

    @property
    def terms(self) -> list[Wanted]:
        return [term for group in self.groups for term in group]


def parse(text: str, *, typing: bool = False) -> Query:
    """`typing`: the last word may not be all typed yet, so that it stands for its endings too."""
    groups: list[list[Wanted]] = []
    excluded: list[Wanted] = []
    joins, prefixes = False, 0
    clauses = list(_clauses(text[:LONGEST]))
    for number, (minus, kind, words) in enumerate(clauses[:MOST_TERMS]):
        if kind is None:
            joins = bool(groups)
            continue
        if typing and number == len(clauses) - 1 and kind is Term.WORD and not text[-1:].isspace():
            kind = Term.PREFIX
        if kind is Term.PREFIX and prefixes == MOST_PREFIXES:
            kind = Term.WORD
        term = _term(kind, words)
        if term is None:
            continue
        prefixes += term.kind is Term.PREFIX
        if minus:
            excluded.append(term)
        elif joins:
            groups[-1].append(term)
        else:
            groups.append([term])
        joins = False
    return Query(tuple(map(tuple, groups)), tuple(excluded))


def _clauses(text: str) -> Iterator[tuple[bool, Term | None, str]]:
    """Whether it is to be left out, what it is (None: the word OR), and its words."""
    for found in CLAUSE.finditer(text):
        word = found["word"]
        if word is None:
            yield bool(found["minus"]), Term.PHRASE, found["phrase"]
        elif word == "OR" and not found["minus"]:
            yield False, None, ""
        else:
            yield bool(found["minus"]), Term.PREFIX if word.endswith("*") else Term.WORD, word


def _term(kind: Term, text: str) -> Wanted | None:
    words = tuple(tokens(text)[:MOST_TERMS])
    if not words:
        return None
    if kind is Term.PREFIX and len(words[-1]) < SHORTEST_PREFIX:
        kind = Term.WORD
    if kind is Term.WORD and len(words) > 1:
        kind = Term.PHRASE
    return Wanted(kind, words)
