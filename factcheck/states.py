"""What a whole holds, as the history sees it: its own columns and those of its parts, and how two states differ.

A state is a dictionary: `{"text": "…", "claimant": [3, "slug"], "appearances": {"7": {…, "relays": {"9": {…}}}}}`. A
date with precision is one partial ISO value, such as "2025-11".
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import cache
from typing import Any, cast

from django.db import connection, models
from django.utils import timezone

from factcheck.models.dates import PartialDate, PartialDateField, PrecisionField
from factcheck.models.history import Part, Tracked

State = dict[str, Any]

CHUNK = 1000  # rows in one statement; SQLite allows 32,766 parameters in one


@cache
def recorded_fields(model: type[Tracked]) -> dict[str, str | None]:
    """The columns of a record that the history holds.

    For a reference with the path to the name of what it points at; for a date with precision with that column.
    """
    skipped = {*model.derived, *model.unrecorded, "version", getattr(model, "link", "")}
    names: dict[str, str | None] = {}
    for field in model._meta.concrete_fields:
        if field.primary_key or field.name in skipped or isinstance(field, PrecisionField):
            continue
        label = None
        if isinstance(field, PartialDateField):
            label = f"{field.name}_precision"
        elif field.is_relation:
            target = {f.name for f in cast(type[models.Model], field.related_model)._meta.concrete_fields}
            label = next((f"{field.name}__{name}" for name in ("slug", "username", "name") if name in target), "")
        names[field.name] = label
    return names


@cache
def parts_of(model: type[Tracked]) -> dict[str, type[Part]]:
    """The kinds of part that belong to a record, by the name under which its state holds them."""
    return {
        relation.get_accessor_name() or "": relation.related_model
        for relation in model._meta.related_objects
        if issubclass(relation.related_model, Part) and relation.field.name == relation.related_model.link
    }


def plain(value: Any) -> Any:
    """A column's value as JSON can hold it: null, a boolean, a whole number or text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, datetime):
        return timezone.localtime(value, timezone.get_default_timezone()).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value)} has no place in the history")


@cache
def _reading(model: type[Tracked], link: str) -> tuple[str, dict[str, list[Any]]]:
    """SQL for all that `_rows` reads, up to the ids, and by column what makes of its value what Python knows.

    Put together once, as every save reads a whole twice. Each name is asked for by itself: how to join all the users of
    a review, PostgreSQL would ponder longer than the rest takes.
    """
    quoted, table = connection.ops.quote_name, model._meta.db_table
    labels = filter(None, recorded_fields(model).values())
    columns, conversions = {}, {}
    for path in dict.fromkeys(["pk", link, *recorded_fields(model), *labels]):
        name, _, named = path.partition("__")
        field: Any = model._meta.pk if name == "pk" else model._meta.get_field(name)
        column = f"{quoted(table)}.{quoted(field.column)}"
        if named:
            target = field.related_model._meta
            of_it = f"named.{quoted(target.pk.column)} = {column}"
            field = target.get_field(named)
            column = f"(SELECT named.{quoted(field.column)} FROM {quoted(target.db_table)} AS named WHERE {of_it})"
        columns[path] = column
        conversions[path] = [
            *connection.ops.get_db_converters(field.cached_col),
            *field.cached_col.get_db_converters(connection),
        ]
    return f"SELECT {', '.join(columns.values())} FROM {quoted(table)} WHERE {columns[link]} IN", conversions


def _stored(model: type[Tracked], link: str, ids: list[Any]) -> Iterator[dict[str, Any]]:
    """The rows as `values()` has them."""
    sql, conversions = _reading(model, link)
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} ({', '.join(['%s'] * len(ids))})", ids)
        for values in cursor.fetchall():
            row = dict(zip(conversions, values, strict=True))
            for name, converters in conversions.items():
                for converter in converters:
                    row[name] = converter(row[name], None, connection)
            yield row


def read(model: type[Tracked], ids: Iterable[Any]) -> dict[Any, State]:
    """What the records of these ids hold in the database now, with their parts, by id."""
    return {pk: state for pk, _, state in _rows(model, "pk", list(ids))}


def _rows(model: type[Tracked], link: str, ids: list[Any]) -> list[tuple[Any, Any, State]]:
    """Of each record whose `link` is one of these ids: its own id, that of its link, and what it holds."""
    fields = recorded_fields(model)
    rows = []
    for start in range(0, len(ids), CHUNK):
        for row in _stored(model, link, ids[start : start + CHUNK]):
            rows.append((row["pk"], row[link], {name: _cell(row, name, label) for name, label in fields.items()}))
    states = {pk: state for pk, _, state in rows}
    for name, part in parts_of(model).items():
        for state in states.values():
            state[name] = {}
        for pk, owner, held in _rows(part, part.link, list(states)) if states else ():
            states[owner][name][str(pk)] = held
    return rows


def _cell(row: dict[str, Any], name: str, label: str | None) -> Any:
    if label is None or row[name] is None:
        return plain(row[name])
    if isinstance(row[name], date):
        return str(PartialDate(row[name], row[label]))
    return [row[name], row[label] if label else ""]


def same(one: Any, other: Any) -> bool:
    """Equal values; a reference is the same while it points at the same record, however that is named by now."""
    if isinstance(one, list) and isinstance(other, list):
        return bool(one[0] == other[0])
    return bool(one == other)


def difference(before: Any, after: Any) -> tuple[Any, Any]:
    """What of each differs from the other: field by field and part by part. Both are None if nothing does."""
    if not (isinstance(before, dict) and isinstance(after, dict)):
        return (None, None) if same(before, after) else (before, after)
    old, new = {}, {}
    for key in before.keys() | after.keys():
        one, other = difference(before.get(key), after.get(key))
        if one is not None or other is not None:
            old[key], new[key] = one, other
    return (old, new) if old or new else (None, None)


def applied(state: Any, delta: Any) -> Any:
    """The state after a difference: a part whose delta is None is gone, a field whose delta is None is empty."""
    if not (isinstance(state, dict) and isinstance(delta, dict)):
        return delta
    merged = dict(state)
    for key, value in delta.items():
        if value is None and key.isdigit():
            merged.pop(key, None)
        else:
            merged[key] = applied(state.get(key), value)
    return merged


def within(state: State | None, record: Tracked) -> State | None:
    """What the state of a whole says of the whole itself, or of a part of it; None where it has no such part."""
    if not isinstance(record, Part):
        return state
    owner: Tracked = getattr(record, record.link)
    held = within(state, owner)
    name = next(name for name, part in parts_of(type(owner)).items() if part is type(record))
    return held.get(name, {}).get(str(record.pk)) if held else None


def as_record[T: Tracked](model: type[T], state: State, **given: Any) -> T:
    """A record, not to be saved, that holds what the state says; a column that came later has its default."""
    record = model(**given)
    record._state.adding = False
    for name in recorded_fields(model):
        if (value := state.get(name)) is None and name not in state:
            continue
        field = cast(models.Field, model._meta.get_field(name))
        if isinstance(field, PartialDateField):
            field.save_form_data(record, PartialDate.parse(value) if value else None)
        else:
            setattr(record, field.attname, value[0] if isinstance(value, list) else field.to_python(value))
    return record


def references(state: Any) -> set[tuple[str, Any]]:
    """The articles and claimants that a claim's state, or what differs of it, names: type and id."""
    found: set[tuple[str, Any]] = set()
    places = list((state.get("appearances") or {}).values()) if isinstance(state, dict) else []
    relays = [relay for place in places if place for relay in (place.get("relays") or {}).values()]
    for held in (state, *places):
        if isinstance(held, dict):
            found.update((name, held[name][0]) for name in ("claimant", "article") if held.get(name))
    found.update(("claimant", relay["by_claimant"][0]) for relay in relays if relay and relay.get("by_claimant"))
    return found


def is_public_difference(model: type[Tracked], delta: Any) -> bool:
    """Whether a difference touches anything that readers may see."""
    if not isinstance(delta, dict):
        return delta is not None
    parts = parts_of(model)
    return any(
        any(part is None or is_public_difference(parts[name], part) for part in value.values())
        if name in parts and isinstance(value, dict)
        else True
        for name, value in delta.items()
        if name not in model.private
    )
