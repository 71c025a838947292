"""What a loader may change: a field is updated only where the stored value is the one that a loader wrote last."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, cast

from django.db import models

from factcheck import history, states
from factcheck.models import SYMMETRIC_RELATIONS, Change, Tracked, Whole
from factcheck.models.dates import PartialDate, PartialDateField
from factcheck.rules import broken_rules, columns_of
from factcheck.seeding.checking import Row
from factcheck.seeding.format import RELATIONS, Key, Record
from factcheck.seeding.reading import LOADER
from factcheck.states import State

NOT_STORED = 0  # the id of what the files define and a person has deleted


@dataclass
class Ids:
    """The ids of the records that rows refer to, by list and slug."""

    by_slug: dict[str, dict[str, Any]] = field(default_factory=dict)

    def find(self, listname: str, slugs: Iterable[str], model: type[models.Model]) -> None:
        """Looks up those of the slugs that are stored."""
        known = self.by_slug.setdefault(listname, {})
        wanted = sorted(set(slugs) - known.keys())
        for start in range(0, len(wanted), states.CHUNK):
            rows = model._base_manager.filter(slug__in=wanted[start : start + states.CHUNK])
            known.update(rows.values_list("slug", "pk"))

    def state(self, row: Row) -> State:
        """The row's columns as the history would hold them: a reference as [id, slug]."""
        state: State = {}
        for key in row.record.keys.values():
            value = row.values[key.name]
            state[key.column] = str(value) if isinstance(value, PartialDate) else value
        for name, listname in row.record.references.items():
            slug = row.values[name]
            pk = self.by_slug.get(listname, {}).get(slug, NOT_STORED)
            state[row.record.keys[name].column] = [pk, slug] if slug else None
        if row.record is RELATIONS and state["kind"] in SYMMETRIC_RELATIONS:
            ends = sorted((state["from_claim"], state["to_claim"]))
            state["from_claim"], state["to_claim"] = ends
        return state


def loaded_states(model: type[Whole], stored: dict[Any, State]) -> dict[Any, State]:
    """For each record, what loaders wrote last of it: fields and parts as in its state, those never loaded missing.

    Most records were touched by nobody else, and then it is the state itself.
    """
    found = dict(stored)
    ids = list(stored)
    rows = Change.objects.filter(whole_type=model._meta.model_name)
    by_others = rows.exclude(actor__isnull=True, actor_name__startswith=LOADER)
    for start in range(0, len(ids), states.CHUNK):
        touched = set(
            by_others.filter(whole_id__in=ids[start : start + states.CHUNK]).values_list("whole_id", flat=True)
        )
        found |= {pk: {} for pk in touched}
        for change in rows.filter(whole_id__in=touched).order_by("whole_id", "sequence"):
            if is_loader(change):
                found[change.whole_id] = states.applied(found[change.whole_id], history.payload(change.after)) or {}
    return found


def is_loader(change: Change) -> bool:
    return change.actor_id is None and change.actor_name.startswith(LOADER)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one stored record or part: the keys to update, and those kept as somebody else left them."""

    update: tuple[Key, ...]
    kept: tuple[Key, ...]


def compare(row: Row, wanted: State, stored: State, loaded: State, overwrite: bool) -> Verdict:
    """Field by field: equal, to be updated (stored is what a loader wrote), or kept."""
    update, kept = [], []
    for key in row.record.keys.values():
        name = key.column
        if states.same(stored[name], wanted[name]):
            continue
        if overwrite or (name in loaded and states.same(stored[name], loaded[name])):
            update.append(key)
        else:
            kept.append(key)
    # What does not go together with what a person left is not loaded either.
    while kept and (clash := _clash(row.record, stored, wanted, update)):
        update, kept = [key for key in update if key not in clash], [*kept, *clash]
    return Verdict(tuple(update), tuple(kept))


def _clash(record: Record, stored: State, wanted: State, update: list[Key]) -> list[Key]:
    """Those of the keys to update whose values would break a rule together with what stays stored."""
    merged: dict[str, Any] = {}
    for key in record.keys.values():
        merged |= key.columns((wanted if key in update else stored)[key.column])
    asked: set[str] = set()
    for rule in broken_rules(record.model, merged):
        asked |= columns_of(cast(models.Q, rule.condition))
    return [key for key in update if key.columns(None).keys() & asked]


def untouched(stored: Any, loaded: Any) -> bool:
    """Whether a stored part is exactly as a loader left it, parts of its own included."""
    return states.difference(stored, loaded) == (None, None)


def write(record: Tracked, state: State, columns: Iterable[str]) -> None:
    """Puts values of a state into the attributes of a record."""
    for column in columns:
        model_field = cast(models.Field, record._meta.get_field(column))
        value = state[column]
        if isinstance(model_field, models.ForeignKey):
            setattr(record, model_field.attname, value[0] if value else None)
        elif isinstance(model_field, PartialDateField):
            model_field.save_form_data(record, PartialDate.parse(value) if value else None)
        else:
            setattr(record, column, model_field.to_python(value))


def names_deleted(state: State) -> str:
    """The slug of something that a row refers to and that is not stored; empty if all is."""
    return next((cell[1] for cell in state.values() if isinstance(cell, list) and cell[0] == NOT_STORED), "")


def identity(record: Record, state: State) -> tuple[Any, ...]:
    """What identifies a record, or a part inside its record, as its state holds it: references by id."""
    cells = [state.get(record.keys[name].column) for name in record.identity]
    return tuple(cell[0] if isinstance(cell, list) else cell for cell in cells)
