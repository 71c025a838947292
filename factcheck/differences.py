"""How one text became another, word by word, in a time that has a bound."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby, takewhile

# The numbers of words in two texts, multiplied and added up: about a second, were all of them of the worst kind.
COMPARISONS = 1_000_000

WORDS = re.compile(r"\w+|\s+|[^\w\s]")
PARAGRAPHS = re.compile(r"[^\n]*\n+|[^\n]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that stayed ("same"), went ("old") or came ("new")."""

    kind: str
    text: str


class Differences:
    """Compares the texts of one page. Where words would take too long, it compares paragraphs, or the texts as wholes.

    >>> Differences().between("old words", "new words")
    [Piece(kind='old', text='old'), Piece(kind='new', text='new'), Piece(kind='same', text=' words')]
    """

    def __init__(self, comparisons: int = COMPARISONS) -> None:
        self.left = comparisons

    def between(self, old: str, new: str) -> list[Piece]:
        """The pieces in reading order: all but the new ones are the old text, all but the old ones the new text."""
        return list(_gathered(self._by(WORDS, old, new)))

    def _by(self, unit: re.Pattern[str], old: str, new: str) -> Iterator[Piece]:
        one, other = unit.findall(old), unit.findall(new)
        head = _shared(one, other)
        tail = _shared(one[head:][::-1], other[head:][::-1])
        yield Piece("same", "".join(one[:head]))
        yield from self._middle(unit, one[head : len(one) - tail], other[head : len(other) - tail])
        yield Piece("same", "".join(one[len(one) - tail :]))

    def _middle(self, unit: re.Pattern[str], one: list[str], other: list[str]) -> Iterator[Piece]:
        cost = len(one) * len(other)
        if cost > self.left:
            if unit is WORDS and "\n" in "".join(one + other):
                yield from self._by(PARAGRAPHS, "".join(one), "".join(other))
            else:
                yield from _replaced(one, other)
            return
        self.left -= cost
        for step, start, end, other_start, other_end in SequenceMatcher(None, one, other, False).get_opcodes():
            old, new = one[start:end], other[other_start:other_end]
            if step == "equal":
                yield Piece("same", "".join(old))
            elif unit is PARAGRAPHS and old and new and self._affords(old, new):
                yield from self._by(WORDS, "".join(old), "".join(new))
            else:
                yield from _replaced(old, new)

    def _affords(self, old: list[str], new: list[str]) -> bool:
        """Whether these paragraphs can still be compared by words, and not by paragraphs for ever."""
        return len(WORDS.findall("".join(old))) * len(WORDS.findall("".join(new))) <= self.left


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many units the two begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _gathered(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """One piece where several of a kind follow each other. Single spaces between changed words belong to the change."""
    old = new = gap = ""
    for kind, ones in groupby((piece for piece in pieces if piece.text), lambda piece: piece.kind):
        text = "".join(piece.text for piece in ones)
        if kind == "same" and text == " " and old and new:
            gap = text
        elif kind == "same":
            yield from _changed(old, new)
            yield Piece("same", text)
            old = new = ""
        else:
            old, new, gap = old + gap, new + gap, ""
            old, new = (old + text, new) if kind == "old" else (old, new + text)
    yield from _changed(old, new)
    if gap:
        yield Piece("same", gap)


def _changed(old: str, new: str) -> Iterator[Piece]:
    if old:
        yield Piece("old", old)
    if new:
        yield Piece("new", new)


def _replaced(old: list[str], new: list[str]) -> Iterator[Piece]:
    yield Piece("old", "".join(old))
    yield Piece("new", "".join(new))
