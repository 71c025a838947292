"""What is to be done with each row: compared with what is stored, and with what loaders wrote last."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

from django.db import models

from factcheck import history, states, workflow
from factcheck.models import Change, Part, Rating, Tracked, Whole
from factcheck.seeding.checking import Row
from factcheck.seeding.comparing import (
    Ids,
    compare,
    identity,
    is_loader,
    loaded_states,
    names_deleted,
    untouched,
    write,
)
from factcheck.seeding.format import LISTED, LISTS, RATINGS, RECORDS, RELATIONS, Parts, Record
from factcheck.seeding.reading import Problem
from factcheck.seeding.values import shown, shown_apart
from factcheck.states import State

OUTCOMES = ("created", "updated", "removed", "unchanged", "kept")


@dataclass
class Summary:
    """How many records and parts of each kind were created, updated, removed, left, or kept as a person left them."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    kept: list[Problem] = field(default_factory=list)

    @classmethod
    def of_all(cls) -> "Summary":
        """With every kind of record that files hold, in their order."""
        records = [part for record in RECORDS.values() for part in record.with_parts()]
        return cls({_plural(record): Counter() for record in records})

    def count(self, record: Record, outcome: str) -> None:
        self.counts[_plural(record)][outcome] += 1

    def total(self) -> Counter[str]:
        return sum(self.counts.values(), Counter())

    def copy(self) -> "Summary":
        return Summary({name: counts.copy() for name, counts in self.counts.items()}, list(self.kept))


def _plural(record: Record) -> str:
    return str(record.model._meta.verbose_name_plural)


@dataclass
class Plan:
    """What is to be done with one record."""

    row: Row
    state: State
    whole: Whole
    is_new: bool = False
    columns: list[str] = field(default_factory=list)
    listing: bool | None = None
    remove: list[Part] = field(default_factory=list)
    update: list[tuple[Part, State, list[str]]] = field(default_factory=list)
    create: list[tuple[Tracked, Parts, Row]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        nothing = not (self.columns or self.remove or self.update or self.create)
        return not self.is_new and nothing and self.listing is None


class NotThere(Exception):
    """A row refers to what the files define and a person has deleted."""

    def __init__(self, row: Row, slug: str) -> None:
        super().__init__()
        self.problem = row.problem(
            f"refers to {shown(slug)}, which a person has deleted. Allowed: what is stored; take the reference out, "
            "or load with --overwrite, which makes it again."
        )


@dataclass
class Planner:
    """Plans rows of one kind at a time, counts what becomes of each, and remembers the ids of what they name."""

    overwrite: bool
    ids: Ids = field(default_factory=Ids)
    summary: Summary = field(default_factory=Summary.of_all)

    def plan(self, record: Record, rows: list[Row]) -> list[Plan]:
        """What is to be done with these rows, those of which nothing is to be done left out. Raises NotThere."""
        model = cast(type[Whole], record.model)
        for name, listname in record.references.items():
            self.ids.find(listname, (row.values[name] for row in rows if row.values[name]), RECORDS[listname].model)
        wanted = [(row, self.ids.state(row)) for row in rows]
        stored = self._stored(record, [state for _, state in wanted])
        there = states.read(model, stored.values())
        loaded = loaded_states(model, there)
        wholes = model._base_manager.in_bulk(list(stored.values()))
        plans: list[Plan] = []
        new: list[Plan] = []
        for row, state in wanted:
            if pk := stored.get(identity(record, state)):
                plans.append(self._plan_stored(row, state, wholes[pk], there[pk], loaded[pk]))
            elif slug := names_deleted(state):
                if record is not RELATIONS:
                    raise NotThere(row, slug)
                self._keep(row, "a person has deleted a claim that it names")
            else:
                whole = model()
                write(whole, state, [key.column for key in record.keys.values()])
                new.append(Plan(row, state, whole, is_new=True))
        plans += self._plan_new(record, new, set(stored.values()))
        return [plan for plan in plans if not plan.is_empty]

    def _stored(self, record: Record, wanted: list[State]) -> dict[tuple[Any, ...], Any]:
        """The ids of the stored records that are these rows, by what identifies them."""
        column = record.keys[record.identity[0]].column
        values = {cell[0] if isinstance(cell := state[column], list) else cell for state in wanted}
        columns = [record.keys[name].column for name in record.identity]
        rows = record.model._base_manager.filter(**{f"{column}__in": values}).values_list("pk", *columns)
        asked = {identity(record, state) for state in wanted}
        found = {key: pk for pk, *cells in rows if (key := tuple(map(states.plain, cells))) in asked}
        if record is RATINGS:
            self._retire(wanted, found)
        return found

    def _retire(self, wanted: list[State], stored: dict[tuple[Any, ...], Any]) -> None:
        """A rating that a file has as retired is the one stored as in force, if that says the same."""
        for state in wanted:
            if state["retired_on"] is None or (key := identity(RATINGS, state)) in stored:
                continue
            same = {name: state[name] for name in ("slug", "label", "definition", "rating_class", "value")}
            if pk := Rating.objects.in_force().filter(**same).values_list("pk", flat=True).first():
                stored[key] = pk
                stored.pop((state["slug"], None), None)

    def _plan_new(self, record: Record, plans: list[Plan], matched: set[Any]) -> Iterator[Plan]:
        """New records, but for those that a person has deleted or given another name."""
        if not plans:
            return
        ends = [record.keys[name].column for name in record.identity if name in record.references]
        models.prefetch_related_objects([plan.whole for plan in plans], *ends)
        gone = {} if self.overwrite else self._gone(record, plans, matched)
        for plan in plans:
            if found := gone.get(identity(record, plan.state)):
                why, pk = found
                self._keep(plan.row, why)
                if pk and record.name in LISTS.values():
                    self.ids.by_slug.setdefault(record.name, {})[plan.row.values["slug"]] = pk
                continue
            if plan.row.listed:
                plan.listing = True
            plan.create = [
                (plan.whole, parts, row) for name, parts in record.parts.items() for row in plan.row.parts[name]
            ]
            self.summary.count(record, "created")
            yield plan

    def _gone(self, record: Record, plans: list[Plan], matched: set[Any]) -> dict[tuple[Any, ...], tuple[str, Any]]:
        """What identified records that people deleted, or that loaders made and people renamed: why, and the id."""
        model = cast(type[Whole], record.model)
        names = [plan.whole.history_name for plan in plans]
        rows = Change.objects.filter(whole_type=model._meta.model_name, slug__in=names)
        found: dict[tuple[Any, ...], tuple[str, Any]] = {}
        made: dict[Any, tuple[Any, ...]] = {}
        for change in rows.exclude(whole_id__in=matched).order_by("id"):
            before, after = history.payload(change.before), history.payload(change.after)
            if after is None and isinstance(before, dict) and not is_loader(change):
                found[identity(record, before)] = (f"deleted by {change.actor_name} on {change.at:%Y-%m-%d}", None)
            elif before is None and isinstance(after, dict) and is_loader(change):
                made[change.whole_id] = identity(record, after)
        there = states.read(model, made)
        loaded = loaded_states(model, there)
        for pk, whole in model._base_manager.in_bulk(list(there)).items():
            if identity(record, there[pk]) != identity(record, loaded[pk]):
                found[made[pk]] = (f"a person made it “{whole.history_name}”", pk)
        return found

    def _plan_stored(self, row: Row, state: State, whole: Whole, stored: State, loaded: State) -> Plan:
        plan = Plan(row, state, whole)
        kept = self._compare(row, state, stored, loaded, plan.columns)
        if row.record.is_listed and row.listed is not (is_public := stored["listed_at"] is not None):
            ours = all(name in loaded and loaded[name] == stored[name] for name in ("listed_at", "unlisted_at"))
            if (self.overwrite or ours) and (row.listed or not workflow.had_published_review([whole.pk])):
                plan.listing = row.listed
            else:
                kept = True
                self._keep_value(row, LISTED, is_public, row.listed)
        self._plan_parts(plan, row, whole, stored, loaded)
        changed = plan.columns or plan.listing is not None
        self.summary.count(row.record, "updated" if changed else "kept" if kept else "unchanged")
        return plan

    def _compare(self, row: Row, state: State, stored: State, loaded: State, columns: list[str]) -> bool:
        """Collects the columns to update; says whether any key is kept."""
        verdict = compare(row, state, stored, loaded, self.overwrite)
        columns += [key.column for key in verdict.update]
        for key in verdict.kept:
            self._keep_value(row, key.name, _named(stored[key.column]), _named(state[key.column]))
        return bool(verdict.kept)

    def _keep(self, row: Row, why: str) -> None:
        self.summary.count(row.record, "kept")
        self.summary.kept.append(row.problem(why))

    def _keep_value(self, row: Row, key: str, stored: Any, wanted: Any) -> None:
        ours, theirs = shown_apart(stored, wanted)
        self.summary.kept.append(row.problem(f"stored {ours}, file {theirs}", key))

    def _plan_parts(self, plan: Plan, row: Row, owner: Tracked, stored: State, loaded: State) -> None:
        """The lists of parts of a stored record, which are complete: what the file no longer has goes, if untouched."""
        for name, parts in row.record.parts.items():
            record, model = parts.record, cast(type[Part], parts.record.model)
            there = {int(pk): state for pk, state in stored.get(parts.accessor, {}).items()}
            were = {int(pk): state for pk, state in loaded.get(parts.accessor, {}).items()}
            ids = {identity(record, state): pk for pk, state in there.items()}
            moved = {
                pk for pk in there.keys() & were.keys() if identity(record, there[pk]) != identity(record, were[pk])
            }
            once = {identity(record, state) for pk, state in were.items() if pk not in there or pk in moved}
            mine = {pk: state for pk, state in were.items() if pk not in moved}  # what a person moved is a person's
            wanted = {}
            for child in row.parts[name]:
                if names_deleted(state := self.ids.state(child)):
                    self._keep(child, "a person has deleted what it names")
                else:
                    wanted[identity(record, state)] = (child, state)
            objects = model._base_manager.in_bulk(list(there)) if there else {}
            for key, (child, state) in wanted.items():
                if (pk := ids.get(key)) is not None:
                    columns: list[str] = []
                    kept = self._compare(child, state, there[pk], mine.get(pk, {}), columns)
                    if columns:
                        plan.update.append((objects[pk], state, columns))
                    self.summary.count(record, "updated" if columns else "kept" if kept else "unchanged")
                    self._plan_parts(plan, child, objects[pk], there[pk], mine.get(pk, {}))
                elif key in once and not self.overwrite:
                    self._keep(child, "a person has removed it")
                else:
                    plan.create.append((owner, parts, child))
            for key, pk in ids.items():
                if key in wanted:
                    continue
                if self.overwrite or untouched(there[pk], mine.get(pk)):
                    plan.remove.append(objects[pk])
                    self.summary.count(record, "removed")
                else:
                    self.summary.count(record, "kept")
                    why = f"not in the file, but a person {'changed' if pk in were else 'added'} it"
                    self.summary.kept.append(row.problem(f"{shown(str(objects[pk]))} is {why}", name))


def _named(cell: Any) -> Any:
    return cell[1] if isinstance(cell, list) else cell
