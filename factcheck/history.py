"""The one writer of history: who changed what, when and why, in chains that show any later tampering.

    with history.change(claim, actor=user, reason="Typing error", seen=claim.version):
        claim.text = "…"
        claim.save()

The block is the transaction, the test of the version and the record of what changed, all in one.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from factcheck import door
from factcheck.models.history import (
    Change,
    Conflict,
    NotRecorded,
    OpenWholes,
    Part,
    Tracked,
    Whole,
    guard,
    open_blocks,
    opened,
)

if TYPE_CHECKING:
    from factcheck.models.users import User

State = dict[str, Any]

CHUNK = 1000  # rows in one statement; SQLite allows 32,766 parameters in one


@dataclass(frozen=True, slots=True)
class System:
    """An actor that is no person: a command, named with what it worked from."""

    name: str


type Actor = "User | System"


# What a whole holds, as the history sees it


@cache
def recorded_fields(model: type[Tracked]) -> dict[str, str | None]:
    """The columns of a record that the history holds; for a reference, the path to the name of what it points at."""
    skipped = {*model.derived, *model.unrecorded, "version", getattr(model, "link", "")}
    names: dict[str, str | None] = {}
    for field in model._meta.concrete_fields:
        if field.primary_key or field.name in skipped:
            continue
        label = None
        if field.is_relation:
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


def states(model: type[Tracked], ids: Iterable[Any]) -> dict[Any, State]:
    """What the records of these ids hold in the database now, with their parts, by id."""
    fields = recorded_fields(model)
    columns = ["pk", *fields, *(label for label in fields.values() if label)]
    found: dict[Any, State] = {}
    wanted = list(ids)
    for start in range(0, len(wanted), CHUNK):
        for row in model._base_manager.filter(pk__in=wanted[start : start + CHUNK]).values(*columns):
            found[row["pk"]] = {name: _cell(row, name, label) for name, label in fields.items()}
    for name, part in parts_of(model).items():
        for state in found.values():
            state[name] = {}
        owners: dict[Any, Any] = {}
        for start in range(0, len(wanted), CHUNK):
            links = part._base_manager.filter(**{f"{part.link}__in": wanted[start : start + CHUNK]})
            owners.update(links.values_list("pk", part.link))
        for pk, state in states(part, owners).items():
            found[owners[pk]][name][str(pk)] = state
    return found


def _cell(row: dict[str, Any], name: str, label: str | None) -> Any:
    if label is None or row[name] is None:
        return plain(row[name])
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


def canonical(value: Any) -> str:
    """Canonical JSON: sorted keys, no spaces, no floats; the same bytes on every engine."""

    def refuse_floats(item: Any) -> None:
        if isinstance(item, float):
            raise TypeError("History holds no floats.")
        for inner in item.values() if isinstance(item, dict) else item if isinstance(item, list) else ():
            refuse_floats(inner)

    refuse_floats(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def chained_hash(change: Change) -> str:
    """The hash that a Change must have: over all its fields but the id, before and after as their own SHA-256."""
    return sha256(
        canonical(
            {
                "whole_type": change.whole_type,
                "whole_id": change.whole_id,
                "slug": change.slug,
                "sequence": change.sequence,
                "actor": change.actor_id,
                "actor_name": change.actor_name,
                "action": change.action,
                "reason": change.reason,
                "at": plain(change.at),
                "before": change.before_sha256,
                "after": change.after_sha256,
                "previous": change.previous_hash,
            }
        )
    )


# Writing


def is_open(whole: Whole) -> bool:
    """Whether the record is inside a block that may write it."""
    try:
        guard(whole)
    except NotRecorded:
        return False
    return True


class Block:
    """What an open block can do beside saving records one by one."""

    def __init__(self, wholes: Sequence[Whole], open_wholes: OpenWholes) -> None:
        self.wholes = list(wholes)
        self._open = open_wholes

    def insert(self, records: Sequence[Tracked]) -> None:
        """Inserts many new records of one kind in few statements: new wholes, or new parts of the block's wholes."""
        if not records:
            return
        new = [record for record in records if isinstance(record, Whole)]
        for whole in new:
            whole.version = 1
            self._open.admit(whole)
        for record in records:
            guard(record)
            record.reset_derived()
        models.QuerySet.bulk_create(type(records[0])._base_manager.all(), records, batch_size=CHUNK)
        self._open.stored.update((type(whole), whole.pk) for whole in new)
        self.wholes += new


@contextmanager
def change(
    whole: Whole, *, actor: Actor, reason: str = "", seen: int | None = None, action: str = ""
) -> Iterator[Block]:
    """Opens one record, new or stored, for writing; writes one Change if anything of it or its parts differs.

    `seen` is the version that the actor read, by default that of `whole`. Raises Conflict if it is no longer the stored
    one. Let the Conflict leave the block: the transaction is lost.
    """
    if seen is not None and not whole._state.adding and seen != whole.version:
        raise Conflict(whole)
    with changes([whole], actor=actor, reason=reason, action=action) as block:
        yield block


@contextmanager
def changes(wholes: Sequence[Whole] = (), *, actor: Actor, reason: str = "", action: str = "") -> Iterator[Block]:
    """The bulk form: opens many records at once, writes one Change for each that differs.

    An empty outer block holds others together as one transaction with one step of the edition.
    """
    given: set[Any] = set()
    for whole in wholes:
        if "version" in whole.get_deferred_fields():
            raise ValueError("Read the version together with the record: it says which version was read.")
        key = id(whole) if whole._state.adding else (type(whole), whole.pk)
        if key in given or (not whole._state.adding and is_open(whole)):
            raise NotRecorded(f"{whole._meta.label} is open already: save it in the block that opened it.")
        given.add(key)
    versions = [(whole, whole.version) for whole in wholes]
    stored = {(type(whole), whole.pk): whole for whole in wholes if not whole._state.adding}
    open_wholes = OpenWholes(wholes)
    try:
        with ExitStack() as stack:
            stack.enter_context(transaction.atomic())
            edition = stack.enter_context(door.edition())
            _take(list(stored.values()))
            before = _states_by_type(list(stored.values()))
            public_before = door.public_ids(list(stored.values()))
            block = Block(wholes, open_wholes)
            stack.enter_context(opened(open_wholes))
            yield block
            written = [whole for whole in block.wholes if whole.pk is not None]
            _record(stored, written, before, public_before, actor, reason, action, edition)
    except BaseException:
        for whole, version in reversed([*versions, *open_wholes.earlier]):
            whole.version = version
        raise
    if outer := open_blocks():
        outer[-1].earlier += [*versions, *open_wholes.earlier]  # an error out there undoes this block too


def _take(wholes: Sequence[Whole]) -> None:
    """Moves each record to its next version, which locks its row. Raises Conflict if one is not as it was read."""
    by_type: dict[type[Whole], list[Whole]] = defaultdict(list)
    for whole in wholes:
        by_type[type(whole)].append(whole)
    for model, group in by_type.items():
        for start in range(0, len(group), CHUNK):
            chunk = {whole.pk: whole for whole in group[start : start + CHUNK]}
            rows = model._base_manager.filter(pk__in=chunk)
            models.QuerySet.update(rows, version=F("version") + 1)
            now = dict(rows.values_list("pk", "version"))
            for pk, whole in chunk.items():
                if now.get(pk) != whole.version + 1:
                    raise Conflict(whole)
                whole.version += 1


def _states_by_type(wholes: Sequence[Whole]) -> dict[tuple[type[Whole], Any], State]:
    by_type: dict[type[Whole], list[Any]] = defaultdict(list)
    for whole in wholes:
        by_type[type(whole)].append(whole.pk)
    found: dict[tuple[type[Whole], Any], State] = {}
    for model, ids in by_type.items():
        found.update({(model, pk): state for pk, state in states(model, ids).items()})
    return found


def _record(
    stored: dict[tuple[type[Whole], Any], Whole],
    written: list[Whole],
    before: dict[tuple[type[Whole], Any], State],
    public_before: set[tuple[type[Whole], Any]],
    actor: Actor,
    reason: str,
    action: str,
    edition: "door.OpenEdition",
) -> None:
    deleted = before.keys() - {(type(whole), whole.pk) for whole in written}
    after = _states_by_type(written)
    names = {(type(whole), whole.pk): whole.history_name for whole in written}
    differing: list[tuple[tuple[type[Whole], Any], Any, Any, int]] = []
    unchanged: list[Whole] = []
    for whole in written:
        key = (type(whole), whole.pk)
        old, new = difference(before.get(key), after.get(key))
        if old is None and new is None:
            if key in before:
                unchanged.append(whole)
        else:
            differing.append((key, old, new, whole.version))
    for model, pk in deleted:
        whole = stored[model, pk]
        names[model, pk] = whole.history_name
        differing.append(((model, pk), before[model, pk], None, whole.version))
    _put_back(unchanged)
    _insert_changes(differing, names, actor, reason, action)
    public_after = door.public_ids([whole for whole in written if (type(whole), whole.pk) in after])
    visible = {
        key
        for key, old, new, _ in differing
        if key in public_before | public_after
        and (is_public_difference(key[0], old) or is_public_difference(key[0], new))
    }
    if visible:
        edition.touch()
        door.give_out([key for key in visible if key in public_after])


def _put_back(wholes: Sequence[Whole]) -> None:
    """A save that changed nothing is no new version."""
    by_type: dict[type[Whole], list[Any]] = defaultdict(list)
    for whole in wholes:
        by_type[type(whole)].append(whole.pk)
        whole.version -= 1
    for model, ids in by_type.items():
        for start in range(0, len(ids), CHUNK):
            rows = model._base_manager.filter(pk__in=ids[start : start + CHUNK])
            models.QuerySet.update(rows, version=F("version") - 1)


def _insert_changes(
    differing: Sequence[tuple[tuple[type[Whole], Any], Any, Any, int]],
    names: dict[tuple[type[Whole], Any], str],
    actor: Actor,
    reason: str,
    action: str,
) -> None:
    at = timezone.now()
    person = None if isinstance(actor, System) else actor
    previous = _last_hashes([key for key, old, _, _ in differing if old is not None])
    rows = []
    for (model, pk), old, new, sequence in differing:
        row = Change(
            whole_type=model._meta.model_name or "",
            whole_id=pk,
            slug=names[model, pk],
            sequence=sequence,
            actor=person,
            actor_name=person.username if person else actor.name,  # type: ignore[union-attr]
            action=action or ("created" if old is None else "deleted" if new is None else "changed"),
            reason=reason,
            at=at,
            before=canonical(old),
            after=canonical(new),
            previous_hash=previous.get((model, pk), ""),
        )
        row.before_sha256, row.after_sha256 = sha256(row.before), sha256(row.after)
        row.hash = chained_hash(row)
        rows.append(row)
    models.QuerySet.bulk_create(Change._base_manager.all(), rows, batch_size=CHUNK)


def _last_hashes(keys: Sequence[tuple[type[Whole], Any]]) -> dict[tuple[type[Whole], Any], str]:
    by_type: dict[type[Whole], list[Any]] = defaultdict(list)
    for model, pk in keys:
        by_type[model].append(pk)
    found = {}
    for model, ids in by_type.items():
        for start in range(0, len(ids), CHUNK):
            chunk = Change.objects.filter(whole_type=model._meta.model_name, whole_id__in=ids[start : start + CHUNK])
            # Ordered by sequence, the last one of each record stays.
            for pk, value in chunk.order_by("sequence").values_list("whole_id", "hash"):
                found[model, pk] = value
    return found


ERASED = "erased"


def erase(change: Change, why: str) -> None:
    """Replaces the payload of a Change by a visible mark, where law requires it. The chain still verifies."""
    mark = canonical({ERASED: why})
    models.QuerySet.update(Change._base_manager.filter(pk=change.pk), before=mark, after=mark)


def payload(text: str) -> Any:
    """What a Change's before or after says; None where it says nothing, or was erased."""
    value = json.loads(text)
    return None if isinstance(value, dict) and ERASED in value else value
