"""The one writer of history: who changed what, when and why, in chains that show any later tampering.

    with history.change(claim, actor=user, reason="Typing error", seen=claim.version):
        claim.text = "…"
        claim.save()

The block is the transaction, the test of the version and the record of what changed, all in one.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from factcheck import door, states
from factcheck.models.history import (
    Change,
    Conflict,
    NotRecorded,
    OpenWholes,
    Tracked,
    Whole,
    guard,
    open_blocks,
    opened,
)
from factcheck.models.text import normalised
from factcheck.states import CHUNK, State

if TYPE_CHECKING:
    from factcheck.models.users import User


@dataclass(frozen=True, slots=True)
class System:
    """An actor that is no person: a command, named with what it worked from."""

    name: str


type Actor = "User | System"


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
                "at": states.plain(change.at),
                "before": change.before_sha256,
                "after": change.after_sha256,
                "previous": change.previous_hash,
            }
        )
    )


# Reading


def state_at(whole: Whole, version: int, now: State) -> State | None:
    """What a record of which the state is `now` held in an earlier version.

    None where the history cannot tell: there was no such version, or what changed since was erased.
    """
    state, reached = now, whole.version
    since = Change.objects.of(whole).filter(sequence__gt=version).order_by("-sequence")
    for sequence, before in since.values_list("sequence", "before"):
        if not isinstance(old := payload(before), dict):
            return None
        state, reached = states.applied(state, old), sequence - 1
    return state if reached == version else None


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
            public_before = door.public_ids(stored)
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
        found.update({(model, pk): state for pk, state in states.read(model, ids).items()})
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
        old, new = states.difference(before.get(key), after.get(key))
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
    for key, old, new, _ in differing:
        if states.is_public_difference(key[0], old) or states.is_public_difference(key[0], new):
            edition.differs(key, before.get(key), old, new, was_public=key in public_before)


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
            actor_name=normalised(person.username if person else actor.name),  # type: ignore[union-attr]
            action=action or ("created" if old is None else "deleted" if new is None else "changed"),
            reason=normalised(reason),
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
    """Replaces the payload of a Change by a visible mark, once, where law requires it. The chain still verifies."""
    mark = canonical({ERASED: why})
    models.QuerySet.update(Change._base_manager.filter(pk=change.pk), before=mark, after=mark)


def payload(text: str) -> Any:
    """What a Change's before or after says; None where it says nothing, or was erased."""
    value = json.loads(text)
    return None if isinstance(value, dict) and ERASED in value else value
