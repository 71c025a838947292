"""Two people changed one form: what became of each of its boxes and rows, and what somebody has to choose.

A box says a text (`""` where it is empty), a row is a set of boxes. Each is there in up to three versions: as the form
was opened (`base`, None where nobody knows), as it is stored now (`theirs`), and as it was typed (`mine`).
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any

Boxes = Mapping[str, str]


class Side(StrEnum):
    """Whose version somebody chose."""

    THEIRS = "theirs"
    MINE = "mine"


class Outcome(Enum):
    SAME = "both say the same"
    KEPT = "only I changed it"
    TAKEN = "only the others changed it"
    DISPUTED = "both changed it, each in another way"


def outcome(base: str | None, theirs: str, mine: str) -> Outcome:
    if mine == theirs:
        return Outcome.SAME
    if base is None:
        return Outcome.DISPUTED
    if mine == base:
        return Outcome.TAKEN
    return Outcome.KEPT if theirs == base else Outcome.DISPUTED


class Fate(Enum):
    """What became of a row as a whole."""

    STAYS = "it is stored, and its boxes are looked at one by one"
    ADDED_BY_THEM = "it is stored, and I have not seen it"
    ADDED_BY_ME = "it is new"
    REMOVED_BY_ME = "I removed what nobody changed"
    REMOVED_BY_THEM = "they removed what I had not changed"
    I_REMOVED_THEY_CHANGED = "I removed what they changed"
    THEY_REMOVED_I_CHANGED = "they removed what I changed"


@dataclass(frozen=True, slots=True)
class TypedRow:
    """A row of the form as it was sent: its place there, the id of its part (empty: new) and what its boxes say.

    `more` is whether it brings anything beside its boxes, such as a file. `was` is the part that it stood for on a page
    that asked what should become of it, and `chosen` the answer.
    """

    place: int
    part: str
    boxes: Boxes
    removed: bool = False
    more: bool = False
    was: str = ""
    chosen: Side | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the merged form: the typed row that it comes from, the stored part that it is about."""

    fate: Fate
    typed: TypedRow | None
    part: str = ""


def rows(
    base: Mapping[str, Boxes] | None,
    theirs: Mapping[str, Boxes],
    mine: Sequence[TypedRow],
    changed: Collection[str] = (),
    same_when: Collection[str] = (),
) -> list[Row]:
    """The rows of the merged form: the stored ones in their order, then the new ones as they were typed.

    `changed` are the parts that they changed, be it in what no box shows. A row that both added is one if the boxes
    `same_when` say the same, or all boxes if it names none.
    """
    found: list[Row] = []
    known = {row.part: row for row in mine if row.part}
    new = [row for row in mine if not row.part]
    for part, boxes in theirs.items():
        was = (base or {}).get(part)
        if row := known.get(part):
            found.append(Row(_of_stored(was is None or part in changed, row), row, part))
        elif was is None and (twin := _twin(boxes, new, same_when)):
            new.remove(twin)
            found.append(Row(Fate.STAYS, twin, part))
        else:
            found.append(Row(Fate.STAYS if was is not None else Fate.ADDED_BY_THEM, None, part))
    for row in mine:
        if row.part and row.part not in theirs:
            found.append(Row(_of_removed((base or {}).get(row.part), row), row, row.part))
        elif not row.part and row in new and (not row.was or row.chosen != Side.THEIRS):
            asks = row.was and row.chosen is None
            found.append(Row(Fate.THEY_REMOVED_I_CHANGED if asks else Fate.ADDED_BY_ME, row, row.was if asks else ""))
    return found


def _of_stored(changed: bool, mine: TypedRow) -> Fate:
    if not mine.removed or mine.chosen == Side.THEIRS:
        return Fate.STAYS
    asked = mine.was and not mine.chosen
    return Fate.I_REMOVED_THEY_CHANGED if changed or asked else Fate.REMOVED_BY_ME


def _of_removed(base: Boxes | None, mine: TypedRow) -> Fate:
    if mine.removed or (base is not None and same(base, mine.boxes) and not mine.more):
        return Fate.REMOVED_BY_THEM
    return Fate.THEY_REMOVED_I_CHANGED


def _twin(theirs: Boxes, new: Sequence[TypedRow], same_when: Collection[str]) -> TypedRow | None:
    def key(boxes: Boxes) -> list[str]:
        return [boxes.get(name, "") for name in same_when or theirs]

    return next((row for row in new if not row.was and key(row.boxes) == key(theirs)), None)


def same(one: Boxes, other: Boxes) -> bool:
    """Whether the boxes that both have say the same: a form sends nothing of what it only shows."""
    return all(one[name] == other[name] for name in one.keys() & other.keys())


def renumbered(sent: Mapping[str, Any], prefix: str, places: Mapping[int, int]) -> dict[str, Any]:
    """What a form sent, with the rows of a formset moved to other places. A row without one is left out."""
    row = re.compile(rf"{re.escape(prefix)}-([0-9]{{1,6}})-(.+)", re.DOTALL)
    moved = {}
    for name, values in sent.items():
        if not (match := row.fullmatch(name)):
            moved[name] = values
        elif (place := places.get(int(match[1]))) is not None:
            moved[f"{prefix}-{place}-{match[2]}"] = values
    return moved
