"""From JSON values to rows that the loader may trust: every rule that needs no database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any, cast

from django.db import models

from factcheck.models import SYMMETRIC_RELATIONS
from factcheck.rules import broken_rules, columns_of
from factcheck.seeding.format import LISTED, RECORDS, RELATIONS, RELAYS, Key, Record
from factcheck.seeding.reading import Doubled, NotJson, Problem, Route, SeedFile, values
from factcheck.seeding.values import BadValue, shown


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a file: a value for each of its keys, a reference as the other record's slug.

    `unread` are the keys of which it is not known what they were to hold. With something wrong in it or in one of its
    parts it is broken: it takes part in all that is checked, and is not loaded.
    """

    record: Record
    file: SeedFile
    route: Route
    name: str
    values: dict[str, Any]
    parts: dict[str, tuple["Row", ...]] = field(default_factory=dict)
    listed: bool = False
    unread: frozenset[str] = frozenset()
    is_broken: bool = False

    @property
    def is_identified(self) -> bool:
        return self.unread.isdisjoint(self.record.identity)

    @property
    def identity(self) -> tuple[Any, ...]:
        """What no other row of the run may share. A relation that holds both ways has its claims in order."""
        identity = tuple(self.values[key] for key in self.record.identity)
        if self.record is RELATIONS and self.values["kind"] in SYMMETRIC_RELATIONS:
            one, kind, other = identity
            return (min(one, other), kind, max(one, other))
        return identity

    def problem(self, message: str, *keys: str) -> Problem:
        """Of the record, or of these keys of it: at the line of the last of them that the file has."""
        line = self.file.line(self.route)
        for key in keys:
            if self.file.has(place := (*self.route, key)):
                line = self.file.line(place)
        return Problem(self.file.name, line, self.name, _fields(keys), message)

    def problem_of(self, rule: models.CheckConstraint) -> Problem:
        """That it breaks a rule of its model, at the keys that the rule looks at."""
        asked = columns_of(cast(models.Q, rule.condition))
        keys = [key.name for key in self.record.keys.values() if key.columns(None).keys() & asked]
        return self.problem(str(rule.violation_error_message), *keys)

    def broken_rules(self) -> list[models.CheckConstraint]:
        """The rules of its model that it breaks, of those that look at nothing unread."""
        unread = {column for name in self.unread for column in self.record.keys[name].columns(None)}
        broken = broken_rules(self.record.model, self.columns())
        return [rule for rule in broken if unread.isdisjoint(columns_of(cast(models.Q, rule.condition)))]

    def repeated(self) -> "Row":
        """As what is there a second time: of what the first one says, nothing is said again."""
        return replace(self, values=self.values | dict.fromkeys(self.record.identity), is_broken=True)

    def with_parts(self) -> Iterator["Row"]:
        yield self
        for parts in self.parts.values():
            for part in parts:
                yield from part.with_parts()

    def columns(self) -> dict[str, Any]:
        """The values by column of the table."""
        return {
            column: value
            for key in self.record.keys.values()
            for column, value in key.columns(self.values[key.name]).items()
        }


@dataclass(frozen=True, slots=True)
class Checked:
    """The rows of a run, those with something wrong apart, and all that is wrong."""

    rows: list[Row]
    broken: list[Row]
    problems: list[Problem]


def check_files(files: list[SeedFile]) -> Checked:
    """All rows of all files, each defined once."""
    found = Checked([], [], [])
    defined: dict[tuple[str, tuple[Any, ...]], Row] = {}
    for file in files:
        check = _Check(file, found)
        for route, value in values(file, found.problems):
            for row in check.line(route, value) if file.is_lines else check.document(value):
                if row.is_identified:
                    first = defined.setdefault((row.record.name, row.identity), row)
                    if first is not row:
                        where = f"{first.file.name}, line {first.file.line(first.route)}"
                        message = f"is defined already at {where}. Allowed: one definition in a run."
                        found.problems.append(row.problem(message, *row.record.identity))
                        row = row.repeated()
                (found.broken if row.is_broken else found.rows).append(row)
    return found


def _fields(keys: Sequence[str]) -> str:
    return f"{'field' if len(keys) == 1 else 'fields'} {', '.join(keys)}" if keys else ""


class _Check:
    def __init__(self, file: SeedFile, found: Checked) -> None:
        self.file = file
        self.problems = found.problems

    def report(self, route: Route, record: str, message: str, key: str = "") -> None:
        place = self.file.name, self.file.line(route)
        self.problems.append(Problem(*place, record, _fields([key] if key else []), message))

    def document(self, value: Any) -> Iterator[Row]:
        if self.refuse_odd((), "", value):
            return
        if not isinstance(value, dict):
            self.report(
                (), "", f"{shown(value)} is not allowed here. Allowed: an object of lists: {', '.join(RECORDS)}."
            )
            return
        for name, items in value.items():
            if not (record := RECORDS.get(name)):
                self.report((name,), "", f"{_unknown('list', name, RECORDS)}")
            elif not isinstance(items, list):
                if not self.refuse_odd((name,), name, items):
                    self.report((name,), name, f"{shown(items)} is not allowed here. Allowed: a list of {name}.")
            else:
                for index, item in enumerate(items):
                    if row := self.row(record, (name, index), item, f"{name}[{index + 1}]"):
                        yield row

    def line(self, route: Route, value: Any) -> Iterator[Row]:
        if self.refuse_odd(route, "", value):
            return
        if not isinstance(value, dict) or len(value) != 1:
            kinds = ", ".join(RECORDS)
            message = f'a line holds one record, as {{"claims": {{…}}}}. Allowed before the colon: {kinds}.'
            self.report(route, "", message)
            return
        [(name, item)] = value.items()
        if not (record := RECORDS.get(name)):
            self.report(route, "", _unknown("kind", name, RECORDS))
        elif row := self.row(record, route, item, name):
            yield row

    def refuse_odd(self, route: Route, record: str, value: Any, key: str = "") -> bool:
        if isinstance(value, Doubled):
            for name in value.keys:
                message = f"the key {shown(name)} stands twice in one object. Allowed: each key once."
                self.report((*route, name), record, message, key or name)
        elif isinstance(value, NotJson):
            self.report(route, record, f"{value.word} is not allowed. Allowed: what JSON knows.", key)
        else:
            return False
        return True

    def row(self, record: Record, route: Route, item: Any, place: str) -> Row | None:
        """One record with its parts, what is wrong with them among the problems; None where there is no record."""
        before = len(self.problems)
        twice: tuple[str, ...] = ()
        if self.refuse_odd(route, place, item):
            if not isinstance(item, Doubled):
                return None
            twice, item = item.keys, item.others
        if not isinstance(item, dict):
            self.report(route, place, f"{shown(item)} is not allowed here. Allowed: an object.")
            return None
        label = item.get(record.identity[0])
        name = f"{place} {shown(label)}" if isinstance(label, str) and label else place
        allowed = [*record.keys, *record.parts, *([LISTED] if record.is_listed else [])]
        unread = set(twice)
        for key in (*twice, *item):
            if key not in allowed:
                self.report((*route, key), name, _unknown("key", key, allowed), key)
                unread.update(meant for meant in _close(key, allowed) if meant not in item)
        if record is RELAYS and isinstance(place_in_list := route[-1], int):
            item = {"position": place_in_list + 1, **item}
        found = {}
        for key in record.keys.values():
            count = len(self.problems)
            found[key.name] = None if key.name in twice else self.value(key, route, name, item)
            if len(self.problems) > count:
                unread.add(key.name)
        parts = {
            part: self.parts(part, inner.record, (*route, part), name, item.get(part, []))
            for part, inner in record.parts.items()
        }
        listed = item.get(LISTED, False)
        odd = self.refuse_odd((*route, LISTED), name, listed, LISTED)
        if record.is_listed and not odd and not isinstance(listed, bool):
            self.report((*route, LISTED), name, f"{shown(listed)} is not allowed. Allowed: true or false.", LISTED)
        known = frozenset(unread & record.keys.keys())
        row = Row(record, self.file, route, name, found, parts, listed is True, known)
        self.problems += map(row.problem_of, row.broken_rules())
        return replace(row, is_broken=True) if len(self.problems) > before else row

    def value(self, key: Key, route: Route, name: str, item: dict[str, Any]) -> Any:
        if key.name not in item:
            if key.required:
                self.report(route, name, f"is missing. Allowed: {key.kind.allowed}.", key.name)
            return key.default
        value = item[key.name]
        if self.refuse_odd((*route, key.name), name, value, key.name):
            return None
        try:
            if value is None:
                raise BadValue(f"null is not allowed. Allowed: {key.kind.allowed}, or no such key.")
            return key.kind.read(value)
        except BadValue as error:
            self.report((*route, key.name), name, str(error), key.name)
            return None

    def parts(self, key: str, record: Record, route: Route, name: str, items: Any) -> tuple[Row, ...]:
        if not isinstance(items, list):
            if not self.refuse_odd(route, name, items, key):
                self.report(route, name, f"{shown(items)} is not allowed. Allowed: a list.", key)
            return ()
        rows: list[Row] = []
        seen: set[tuple[Any, ...]] = set()
        for index, item in enumerate(items):
            # A list of topics is a list of slugs: the one key of the part stands for the part.
            plain = len(record.keys) == 1 and not isinstance(item, dict)
            inner = {record.identity[0]: item} if plain else item
            row = self.row(record, (*route, index), inner, f"{name}, {key}[{index + 1}]")
            if row and row.is_identified:
                if row.identity in seen:
                    message = f"stands twice in this list. Allowed: each {_list_key(record)} once."
                    self.problems.append(row.problem(message, *record.identity))
                    row = row.repeated()
                else:
                    seen.add(row.identity)
            if row:
                rows.append(row)
        return tuple(rows)


def _list_key(record: Record) -> str:
    return " and ".join([", ".join(record.identity[:-1]), record.identity[-1]]).removeprefix(" and ")


def _close(name: str, allowed: Any) -> list[str]:
    """What was probably meant, if anything was."""
    return get_close_matches(name, list(allowed), 1)


def _unknown(what: str, name: str, allowed: Any) -> str:
    hint = "".join(f" Did you mean {meant}?" for meant in _close(name, allowed))
    return f"there is no {what} {shown(name)}.{hint} Allowed: {', '.join(allowed)}."
