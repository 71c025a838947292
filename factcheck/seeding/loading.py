"""Checked rows into the database: one transaction, one Change for each record that differs, nobody's edit lost."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import batched, groupby
from pathlib import Path
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from factcheck import history, refusals, states, workflow
from factcheck.models import Claim, ClaimRelation, Conflict, Part, Tracked
from factcheck.seeding.checking import Checked, Row, check_files
from factcheck.seeding.comparing import names_deleted, write
from factcheck.seeding.format import LISTS, PUBLISHERS, RATINGS, RECORDS, Parts, Record
from factcheck.seeding.planning import NotThere, Plan, Planner, Summary
from factcheck.seeding.reading import Problem, SeedError, SeedFile, find_files, read_file
from factcheck.seeding.values import shown

WAIT_MILLISECONDS = 600_000
TRIES = 5
LOCK = 0x66616374  # any number; other programs on this database must not use it

Progress = Callable[[int], Any]


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
    found, problems = find_files(list(paths))
    files: list[SeedFile] = []
    for path in found:
        try:
            files.append(read_file(path, max_size))
        except SeedError as error:
            problems += error.problems
    checked = check_files(files)
    checked.problems[:0] = problems
    if not (checked.rows or checked.broken) and checked.problems:
        raise SeedError(checked.problems)
    advance = progress(len(checked.rows)) if progress else _unseen
    for _ in range(TRIES):
        try:
            return _Load(checked, overwrite, advance).run(dry_run)
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


class _Load:
    """One try. What only the database knows is found by writing what nothing else is wrong with, and taking it back."""

    def __init__(self, checked: Checked, overwrite: bool, advance: Progress) -> None:
        self.checked = checked
        self.problems = list(checked.problems)
        self.planner = Planner(overwrite)
        self.advance = advance
        # By list, the slugs of records of which a problem is named already, or that are not there at all.
        self.failed: dict[str, set[str]] = defaultdict(set)
        self.at: datetime

    def run(self, dry_run: bool) -> Summary:
        with one_at_a_time():
            self.at = timezone.now()  # after the wait for another load
            self.check_references()
            with history.changes(actor=history.System("loadseeds")):
                for record in RECORDS.values():
                    rows = [row for row in self.checked.rows if row.record is record]
                    if record is PUBLISHERS:
                        # There is one desk: who is it no longer comes before who is it now.
                        rows.sort(key=lambda row: row.values["is_desk"])
                    for _, of_file in groupby(rows, lambda row: id(row.file)):
                        for chunk in batched(of_file, states.CHUNK):
                            self.load_rows(record, list(chunk))
                            self.advance(len(chunk))
                if self.problems:
                    raise SeedError(in_order(self.problems))
            if dry_run:
                transaction.set_rollback(True)
        return self.planner.summary

    def check_references(self) -> None:
        """Every slug that a row refers to is defined in this run or stored."""
        defined: dict[str, set[str]] = defaultdict(set)
        named: dict[str, list[tuple[Row, str, str]]] = defaultdict(list)
        for row in (*self.checked.rows, *self.checked.broken):
            if row.record.identity == ("slug",) and (slug := row.values["slug"]):
                defined[row.record.name].add(slug)
            for part in row.with_parts():
                for name, listname in part.record.references.items():
                    if slug := part.values[name]:
                        named[listname].append((part, name, slug))
        for listname, uses in named.items():
            self.planner.ids.find(listname, (slug for _, _, slug in uses), RECORDS[listname].model)
            known = defined[listname] | self.planner.ids.by_slug[listname].keys()
            for row, name, slug in uses:
                if slug not in known:
                    message = f"{shown(slug)} is not one of the {listname}. Allowed: a slug that the files or the "
                    self.problems.append(row.problem(f"{message}database define.", name))
                    self.failed[listname].add(slug)
        for row in self.checked.broken:
            self.fail(row)

    def fail(self, row: Row) -> None:
        if row.record.identity == ("slug",) and (slug := row.values["slug"]):
            self.failed[row.record.name].add(slug)

    def names_failed(self, row: Row) -> bool:
        return any(
            part.values[name] in self.failed[listname]
            for part in row.with_parts()
            for name, listname in part.record.references.items()
        )

    def load_rows(self, record: Record, rows: list[Row]) -> None:
        """Where the database refuses some, halves them until it is known which; the others are tried all the same."""
        for row in rows:
            if self.names_failed(row):
                self.fail(row)
        rows = [row for row in rows if not self.names_failed(row)]
        summary = self.planner.summary.copy()
        try:
            with transaction.atomic():
                self.attempt(record, rows)
        except (IntegrityError, ValidationError, NotThere) as error:
            self.planner.summary = summary
            known = self.planner.ids.by_slug.get(record.name, {})
            for row in rows:
                known.pop(row.values.get("slug", ""), None)
            if len(rows) > 1:
                middle = len(rows) // 2
                self.load_rows(record, rows[:middle])
                self.load_rows(record, rows[middle:])
            else:
                self.fail(rows[0])
                self.problems.append(_refused(rows[0], error))

    def attempt(self, record: Record, rows: list[Row]) -> None:
        plans = self.planner.plan(record, rows) if rows else []
        for listing, action in ((None, ""), (True, "listed"), (False, "unlisted")):
            group = [plan for plan in plans if (None if plan.is_new else plan.listing) is listing]
            if group:
                stored = [plan.whole for plan in group if not plan.is_new]
                actor = history.System(rows[0].file.actor_name)
                with history.changes(stored, actor=actor, action=action) as block:
                    self.write(block, record, group)
        if record is RATINGS and any(plan.whole.history_name == workflow.REPORTED_STATUS for plan in plans):
            workflow.refresh_reported()

    def write(self, block: history.Block, record: Record, plans: list[Plan]) -> None:
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
            known = self.planner.ids.by_slug.setdefault(record.name, {})
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
                    state = self.planner.ids.state(row)
                    if slug := names_deleted(state):
                        raise NotThere(row, slug)
                    write(part, state, [key.column for key in parts.record.keys.values()])
                    made.append(part)
                    self.planner.summary.count(parts.record, "created")
                    below += [
                        (part, inner, child) for key, inner in parts.record.parts.items() for child in row.parts[key]
                    ]
                block.insert(made)
            items = below


def _refused(row: Row, error: IntegrityError | ValidationError | NotThere) -> Problem:
    if isinstance(error, NotThere):
        return error.problem
    columns = refusals.columns(error)
    keys = [name for name, key in row.record.keys.items() if key.column in columns]
    return row.problem(refusals.explain(error), *keys)


def in_order(problems: list[Problem]) -> list[Problem]:
    """Each once, file by file as they were first named, and line by line."""
    place = {name: number for number, name in enumerate(dict.fromkeys(problem.file for problem in problems))}
    return sorted(dict.fromkeys(problems), key=lambda problem: (place[problem.file], problem.line or 0))
