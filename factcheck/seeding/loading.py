"""Checked rows into the database: one transaction, one Change for each record that differs, nobody's edit lost."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched, groupby
from pathlib import Path
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from factcheck import history, refusals, states, workflow
from factcheck.models import Change, Claim, ClaimRelation, Conflict, Part, Tracked, Whole
from factcheck.seeding.checking import Row, check_files
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
from factcheck.seeding.reading import Problem, SeedError, SeedFile, find_files, read_file
from factcheck.seeding.values import shown
from factcheck.states import State

OUTCOMES = ("created", "updated", "removed", "unchanged", "kept")
WAIT_MILLISECONDS = 600_000
TRIES = 5
LOCK = 0x66616374  # any number; other programs on this database must not use it

Progress = Callable[[int], Any]


@dataclass
class Summary:
    """How many records and parts of each kind were created, updated, removed, left, or kept as a person left them."""

    counts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    kept: list[str] = field(default_factory=list)

    def count(self, record: Record, outcome: str) -> None:
        self.counts[str(record.model._meta.verbose_name_plural)][outcome] += 1

    def total(self) -> Counter[str]:
        return sum(self.counts.values(), Counter())


def load(
    paths: Sequence[Path],
    *,
    max_size: int,
    overwrite: bool = False,
    dry_run: bool = False,
    progress: Callable[[int], Progress] | None = None,
) -> Summary:
    """Loads seed files, all or nothing. Raises SeedError with every problem that was found; then nothing is written.

    `progress` is called with the number of records, and gives what is called with each number that is done.
    """
    problems: list[Problem] = []
    files: list[SeedFile] = []
    for path in find_files(list(paths)):
        try:
            files.append(read_file(path, max_size))
        except SeedError as error:
            problems += error.problems
    try:
        rows = check_files(files)
    except SeedError as error:
        problems += error.problems
    if problems:
        raise SeedError(problems)
    advance = progress(len(rows)) if progress else _unseen
    chunk = states.CHUNK
    for _ in range(TRIES):
        try:
            return _Load(rows, overwrite, chunk, advance).run(dry_run)
        except _Refused:
            # The database refused something that only it can know. One record at a time names the record.
            chunk = 1
        except Conflict as error:
            conflict = error
        advance = _unseen
    raise SeedError([Problem("", None, "", "", f"{conflict} Load again when the desk is quieter.")])


def _unseen(number: int) -> None:
    """Progress that nobody watches, or that has been shown once."""


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """The transaction of a load: a second one waits for the first to end."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {WAIT_MILLISECONDS}")
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        yield


class _Refused(Exception):
    """The database refused a write of many records."""


@dataclass
class _Plan:
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


class _Load:
    def __init__(self, rows: list[Row], overwrite: bool, chunk: int, advance: Progress) -> None:
        self.rows = rows
        self.overwrite = overwrite
        self.chunk = chunk
        self.advance = advance
        self.ids = Ids()
        self.summary = Summary()
        self.at: datetime

    def run(self, dry_run: bool) -> Summary:
        with one_at_a_time():
            self.at = timezone.now()  # after the wait for another load
            self.check_references()
            with history.changes(actor=history.System("loadseeds")):
                for record in RECORDS.values():
                    rows = [row for row in self.rows if row.record is record]
                    for _, of_file in groupby(rows, lambda row: id(row.file)):
                        for chunk in batched(of_file, self.chunk):
                            self.load_rows(record, list(chunk))
                            self.advance(len(chunk))
            if dry_run:
                transaction.set_rollback(True)
        return self.summary

    def check_references(self) -> None:
        """Every slug that a row refers to is defined in this run or stored."""
        defined: dict[str, set[str]] = defaultdict(set)
        named: dict[str, list[tuple[Row, str, str]]] = defaultdict(list)
        for row in self.rows:
            if row.record.identity == ("slug",):
                defined[row.record.name].add(row.values["slug"])
            for part in _with_parts(row):
                for name, listname in part.record.references.items():
                    if slug := part.values[name]:
                        named[listname].append((part, name, slug))
        problems = []
        for listname, uses in named.items():
            self.ids.find(listname, (slug for _, _, slug in uses), RECORDS[listname].model)
            known = defined[listname] | self.ids.by_slug[listname].keys()
            for row, name, slug in uses:
                if slug not in known:
                    message = f"{shown(slug)} is not one of the {listname}. Allowed: a slug that the files or the "
                    problems.append(row.problem(f"{message}database define.", name))
        if problems:
            raise SeedError(problems)

    def load_rows(self, record: Record, rows: list[Row]) -> None:
        plans = [plan for plan in self.plan(record, rows) if not plan.is_empty]
        if not plans:
            return
        actor = history.System(rows[0].file.actor_name)
        try:
            for listing, action in ((None, ""), (True, "listed"), (False, "unlisted")):
                group = [plan for plan in plans if (None if plan.is_new else plan.listing) is listing]
                stored = [plan.whole for plan in group if not plan.is_new]
                if group:
                    with history.changes(stored, actor=actor, action=action) as block:
                        self.write(block, record, group)
            if record is RATINGS and any(plan.whole.history_name == workflow.REPORTED_STATUS for plan in plans):
                workflow.refresh_reported()
        except (IntegrityError, ValidationError) as error:
            if len(rows) > 1:
                raise _Refused from error
            raise SeedError([rows[0].problem(refusals.explain(error))]) from None

    def plan(self, record: Record, rows: list[Row]) -> Iterator[_Plan]:
        model = cast(type[Whole], record.model)
        for name, listname in record.references.items():
            self.ids.find(listname, (row.values[name] for row in rows if row.values[name]), RECORDS[listname].model)
        wanted = [(row, self.ids.state(row)) for row in rows]
        stored = self.stored(record, [state for _, state in wanted])
        there = states.read(model, stored.values())
        loaded = loaded_states(model, there)
        wholes = model._base_manager.in_bulk(list(stored.values()))
        new: list[_Plan] = []
        for row, state in wanted:
            if pk := stored.get(identity(record, state)):
                yield self.plan_stored(row, state, wholes[pk], there[pk], loaded[pk])
            elif record is RELATIONS and names_deleted(state):
                self.summary.count(record, "kept")
                self.summary.kept.append(f"{row.name}: a person has deleted a claim that it names")
            else:
                self.check_named(row, state)
                whole = model()
                write(whole, state, [key.column for key in record.keys.values()])
                new.append(_Plan(row, state, whole, is_new=True))
        yield from self.plan_new(record, new, set(stored.values()))

    def check_named(self, row: Row, state: State) -> None:
        """A new record cannot refer to what the files define and a person has deleted."""
        if name := names_deleted(state):
            message = (
                f"refers to {shown(name)}, which a person has deleted. Allowed: what is stored; take the reference"
            )
            raise SeedError([row.problem(f"{message} out, or load with --overwrite, which makes it again.")])

    def stored(self, record: Record, wanted: list[State]) -> dict[tuple[Any, ...], Any]:
        """The ids of the stored records that are these rows, by what identifies them."""
        column = record.keys[record.identity[0]].column
        values = {cell[0] if isinstance(cell := state[column], list) else cell for state in wanted}
        columns = [record.keys[name].column for name in record.identity]
        rows = record.model._base_manager.filter(**{f"{column}__in": values}).values_list("pk", *columns)
        asked = {identity(record, state) for state in wanted}
        return {key: pk for pk, *cells in rows if (key := tuple(map(states.plain, cells))) in asked}

    def plan_new(self, record: Record, plans: list[_Plan], matched: set[Any]) -> Iterator[_Plan]:
        """New records, but for those that a person has deleted or given another name."""
        if not plans:
            return
        ends = [record.keys[name].column for name in record.identity if name in record.references]
        models.prefetch_related_objects([plan.whole for plan in plans], *ends)
        gone = {} if self.overwrite else self.gone(record, plans, matched)
        for plan in plans:
            if found := gone.get(identity(record, plan.state)):
                why, pk = found
                self.summary.count(record, "kept")
                self.summary.kept.append(f"{plan.row.name}: {why}")
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

    def gone(self, record: Record, plans: list[_Plan], matched: set[Any]) -> dict[tuple[Any, ...], tuple[str, Any]]:
        """What identified records that people deleted, or that loaders made and people renamed: why, and the id."""
        names = [plan.whole.history_name for plan in plans]
        rows = Change.objects.filter(whole_type=record.model._meta.model_name, slug__in=names)
        found: dict[tuple[Any, ...], tuple[str, Any]] = {}
        made: dict[Any, tuple[Any, ...]] = {}
        for change in rows.exclude(whole_id__in=matched).order_by("id"):
            before, after = history.payload(change.before), history.payload(change.after)
            if after is None and isinstance(before, dict) and not is_loader(change):
                found[identity(record, before)] = (f"deleted by {change.actor_name} on {change.at:%Y-%m-%d}", None)
            elif before is None and isinstance(after, dict) and is_loader(change):
                made[change.whole_id] = identity(record, after)
        for pk, whole in record.model._base_manager.in_bulk(list(made)).items():
            found[made[pk]] = (f"a person made it “{cast(Whole, whole).history_name}”", pk)
        return found

    def plan_stored(self, row: Row, state: State, whole: Whole, stored: State, loaded: State) -> _Plan:
        plan = _Plan(row, state, whole)
        kept = self.compare(row, state, stored, loaded, plan.columns)
        if row.record.is_listed and row.listed is not (is_public := stored["listed_at"] is not None):
            was = loaded["listed_at"] is not None if "listed_at" in loaded else None
            if (self.overwrite or was is is_public) and (row.listed or not workflow.had_published_review([whole.pk])):
                plan.listing = row.listed
            else:
                kept = True
                self.keep(row, LISTED, is_public, row.listed)
        self.plan_parts(plan, row, whole, stored, loaded)
        changed = plan.columns or plan.listing is not None
        self.summary.count(row.record, "updated" if changed else "kept" if kept else "unchanged")
        return plan

    def compare(self, row: Row, state: State, stored: State, loaded: State, columns: list[str]) -> bool:
        """Collects the columns to update; says whether any key is kept."""
        verdict = compare(row, state, stored, loaded, self.overwrite)
        columns += [key.column for key in verdict.update]
        for key in verdict.kept:
            self.keep(row, key.name, _named(stored[key.column]), _named(state[key.column]))
        return bool(verdict.kept)

    def keep(self, row: Row, key: str, stored: Any, wanted: Any) -> None:
        self.summary.kept.append(f"{row.name}, field {key}: stored {shown(stored)}, file {shown(wanted)}")

    def plan_parts(self, plan: _Plan, row: Row, owner: Tracked, stored: State, loaded: State) -> None:
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
            were = {pk: state for pk, state in were.items() if pk not in moved}  # what a person moved is a person's
            wanted = {}
            for child in row.parts[name]:
                if names_deleted(state := self.ids.state(child)):
                    self.summary.count(record, "kept")
                    self.summary.kept.append(f"{child.name}: a person has deleted what it names")
                else:
                    wanted[identity(record, state)] = (child, state)
            objects = model._base_manager.in_bulk(list(there)) if there else {}
            for key, (child, state) in wanted.items():
                if (pk := ids.get(key)) is not None:
                    columns: list[str] = []
                    kept = self.compare(child, state, there[pk], were.get(pk, {}), columns)
                    if columns:
                        plan.update.append((objects[pk], state, columns))
                    self.summary.count(record, "updated" if columns else "kept" if kept else "unchanged")
                    self.plan_parts(plan, child, objects[pk], there[pk], were.get(pk, {}))
                elif key in once and not self.overwrite:
                    self.summary.count(record, "kept")
                    self.summary.kept.append(f"{child.name}: a person has removed it")
                else:
                    plan.create.append((owner, parts, child))
            for key, pk in ids.items():
                if key in wanted:
                    continue
                if self.overwrite or untouched(there[pk], were.get(pk)):
                    plan.remove.append(objects[pk])
                    self.summary.count(record, "removed")
                else:
                    self.summary.count(record, "kept")
                    self.summary.kept.append(f"{row.name}: {objects[pk]} is not in the file, but a person changed it")

    def write(self, block: history.Block, record: Record, plans: list[_Plan]) -> None:
        for plan in plans:
            if plan.listing is True:
                workflow.mark_listed(cast(Claim, plan.whole), self.at)
            elif plan.listing is False:
                workflow.mark_unlisted(cast(Claim, plan.whole), self.at, "")
            if plan.is_new:
                plan.whole.clean()
                if isinstance(plan.whole, ClaimRelation):
                    plan.whole.confirmed_at = self.at
            elif plan.columns or plan.listing is not None:
                write(plan.whole, plan.state, plan.columns)
                plan.whole.clean()
                plan.whole.save()
        block.insert([plan.whole for plan in plans if plan.is_new])
        if record.name in LISTS.values():
            known = self.ids.by_slug.setdefault(record.name, {})
            known.update((plan.row.values["slug"], plan.whole.pk) for plan in plans)
        for plan in plans:
            for part in plan.remove:
                part.delete()
            for part, state, columns in plan.update:
                write(part, state, columns)
                part.save()
        self.create_parts(block, [item for plan in plans for item in plan.create])
        if record.model is Claim:
            workflow.refresh_status([cast(Claim, plan.whole) for plan in plans], self.at)

    def create_parts(self, block: history.Block, items: list[tuple[Tracked, Parts, Row]]) -> None:
        """Inserts new parts level by level, each level in one statement a kind."""
        while items:
            below: list[tuple[Tracked, Parts, Row]] = []
            for name in dict.fromkeys(parts.accessor for _, parts, _ in items):
                made: list[Tracked] = []
                for owner, parts, row in items:
                    if parts.accessor != name:
                        continue
                    model = cast(type[Part], parts.record.model)
                    part = model(**{model.link: owner})
                    state = self.ids.state(row)
                    self.check_named(row, state)
                    write(part, state, [key.column for key in parts.record.keys.values()])
                    made.append(part)
                    self.summary.count(parts.record, "created")
                    below += [
                        (part, inner, child) for key, inner in parts.record.parts.items() for child in row.parts[key]
                    ]
                block.insert(made)
            items = below


def _with_parts(row: Row) -> Iterator[Row]:
    yield row
    for parts in row.parts.values():
        for part in parts:
            yield from _with_parts(part)


def _named(cell: Any) -> Any:
    return cell[1] if isinstance(cell, list) else cell
