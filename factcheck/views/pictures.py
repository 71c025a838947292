"""Pictures in SVG: where everything stands is worked out here, the templates in pictures/ write it down.

A picture is as wide as the smallest phone leaves room for, so that its text is as large as it says at every width. Text
stands in the middle of lines of its own, which reads the same from either side.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from factcheck.models import Appearance, Relay

WIDTH = 288
COLUMNS = 26  # of a line in a box, in characters of the common width
NAME_LINES = 3
STATIONS = 11  # at most before the place where we read it
PADDING, GAP = 10, 26
LINE = {"step": 17, "name": 21, "kind": 17}  # how high a line of each class is


def columns(text: str) -> float:
    """How wide a text is about, in characters of the common width."""
    return sum(map(_columns, text))


def _columns(character: str) -> float:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    if unicodedata.east_asian_width(character) in {"W", "F"}:
        return 2
    if character in "MWmw@%—…ЖМФШЩЮжмфшщюы":
        return 1.6
    return 1.25 if character.isupper() else 1


def wrapped(text: str, width: float = COLUMNS, at_most: int = NAME_LINES) -> list[str]:
    """The text in so many lines at most; words that are wider than a line are cut, and “…” stands for the rest."""
    lines: list[str] = []
    for word in text.split():
        for piece in _pieces(word, width):
            joined = f"{lines[-1]} {piece}" if lines else piece
            if lines and columns(joined) <= width:
                lines[-1] = joined
            else:
                lines.append(piece)
        if len(lines) > at_most:
            last = _pieces(f"{lines[at_most - 1]} {lines[at_most]}", width - columns("…"))[0]
            return [*lines[: at_most - 1], f"{last.rstrip()}…"]
    return lines


def _pieces(word: str, width: float) -> list[str]:
    """The word in pieces that fit into a line; a mark stays with the letter that it belongs to."""
    pieces, wide = [""], 0.0
    for character in word:
        wide += _columns(character)
        is_joined = pieces[-1].endswith("\u200d") or unicodedata.category(character) in {"Mn", "Mc", "Me", "Cf"}
        if wide > width and pieces[-1] and not is_joined:
            pieces.append("")
            wide = _columns(character)
        pieces[-1] += character
    return pieces


def is_right_to_left(text: str) -> bool:
    """By the first letter that has a direction, as `dir="auto"` has it."""
    directions = map(unicodedata.bidirectional, text)
    return next((one != "L" for one in directions if one in {"L", "R", "AL"}), False)


@dataclass(frozen=True, slots=True)
class Text:
    words: str
    y: int
    kind: str
    is_rtl: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    kind: str
    y: int
    height: int
    texts: list[Text]


@dataclass(frozen=True, slots=True)
class Station:
    """What a box says; `kind` is its class."""

    step: str
    name: str
    what: str = ""
    kind: str = "station"

    @classmethod
    def of(cls, relay: Relay, step: str) -> Self:
        if relay.by_claimant:
            return cls(step, relay.by_claimant.name, relay.by_claimant.get_kind_display())
        if relay.by_publisher:
            return cls(step, relay.by_publisher.name, _("Publisher"))
        return cls(step, _("A station that is not listed here any more"), kind="hidden")

    @classmethod
    def where_read(cls, appearance: Appearance) -> Self:
        step = _("Where we read it")
        if article := appearance.article:
            return cls(step, article.headline, article.publisher.name, "end")
        if appearance.address:
            return cls(step, appearance.address, kind="end")
        return cls(step, _("A place that is not listed here any more"), kind="hidden")

    @property
    def words(self) -> str:
        return f"{self.step}: {self.name} ({self.what})" if self.what else f"{self.step}: {self.name}"

    def box(self, y: int) -> Box:
        texts, down = [], y + PADDING
        lines = [("step", [self.step]), ("name", wrapped(self.name)), ("kind", wrapped(self.what, COLUMNS * 1.25, 1))]
        for kind, of_kind in lines:
            direction = is_right_to_left(" ".join(of_kind))
            for line in of_kind:
                down += LINE[kind]
                texts.append(Text(line, down - 5, kind, direction))
        return Box(self.kind, y, down + PADDING - y, texts)


@dataclass(frozen=True, slots=True)
class RelayPath:
    """The way of a claim to one place: a box for each station, one below the other, and an arrow to the next."""

    title: str
    description: str
    boxes: list[Box]

    @classmethod
    def of(cls, appearance: Appearance) -> Self:
        """`appearance` has relays, and what they name, at hand."""
        if appearance.article:
            title = _("How the claim came to %(publisher)s") % {"publisher": appearance.article.publisher.name}
        else:
            title = _("How the claim came to where we read it")
        stations = list(_stations(appearance))
        boxes: list[Box] = []
        for one in stations:
            boxes.append(one.box(boxes[-1].y + boxes[-1].height + GAP if boxes else 1))
        return cls(title, "; ".join(one.words for one in stations), boxes)

    @property
    def height(self) -> int:
        return self.boxes[-1].y + self.boxes[-1].height + 1

    @property
    def arrows(self) -> list[tuple[int, int]]:
        """From where to where each goes down."""
        return [(box.y + box.height, box.y + box.height + GAP) for box in self.boxes[:-1]]


def _stations(appearance: Appearance) -> Iterable[Station]:
    relays = list(appearance.relays.all())
    for number, relay in enumerate(relays[:STATIONS], 1):
        step = _("%(number)s. Said it first") if number == 1 else _("%(number)s. Passed it on")
        yield Station.of(relay, step % {"number": number})
    if more := len(relays[STATIONS:]):
        words = ngettext("%(number)s more station", "%(number)s more stations", more) % {"number": more}
        yield Station(_("In between"), words, kind="more")
    yield Station.where_read(appearance)
