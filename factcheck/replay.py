"""Replays the history against the records, and keeps its head: one number that shows a tail that vanished.

What is outside the history and follows from what is inside, a claim's status, the addresses given out and the texts of
articles, is held against that.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from itertools import batched, groupby
from typing import Any, cast

from django.apps import apps
from django.db import connection
from django.db.models import Exists, Field, OuterRef

from factcheck import door, history, states, workflow
from factcheck.models import (
    ONCE_PUBLISHED,
    ArticleText,
    Change,
    Claim,
    Origin,
    PublicAddress,
    Rating,
    Review,
    ReviewState,
    StatusBasis,
    Tracked,
    Whole,
)

Advance = Callable[[int], Any]

WHOLES_AT_ONCE = 500
TEXTS_AT_ONCE = 10  # each may have megabytes
# A block dates what it writes by when it began, and its Change by when it ends. None takes a day.
LONGEST_BLOCK = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Head:
    """The history up to one moment: its last id, how many Changes, and one SHA-256 over all their hashes by id."""

    last_id: int
    count: int
    sha256: str

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2) + "\n"

    @classmethod
    def from_json(cls, text: bytes) -> "Head":
        """Raises ValueError, which says what a head is, if the text is none."""
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict) and found.keys() == {field.name for field in fields(cls)}:
            head = cls(**found)
            numbers = (head.last_id, head.count)
            if all(type(number) is int and 0 <= number < 2**63 for number in numbers) and _is_sha256(head.sha256):
                return head
        raise ValueError(
            "a head is one JSON object with last_id and count, two whole numbers, and sha256, 64 hexadecimal digits"
        )


def _is_sha256(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


def lock_history() -> None:
    """Keeps new Changes out until the transaction ends: on PostgreSQL their ids commit out of order."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {connection.ops.quote_name(Change._meta.db_table)} IN SHARE MODE")


def head(up_to: int | None = None) -> Head:
    """The head of the history, or of its part up to an id."""
    rows = Change.objects.order_by("id")
    if up_to is not None:
        rows = rows.filter(id__lte=up_to)
    digest, count, last = hashlib.sha256(), 0, 0
    for pk, value in rows.values_list("id", "hash").iterator(chunk_size=10_000):
        digest.update(value.encode())
        count, last = count + 1, pk
    return Head(last, count, digest.hexdigest())


def compare_head(kept: Head) -> str:
    """What differs from a head kept elsewhere; empty if nothing does."""
    now = head(kept.last_id)
    if now == kept:
        return ""
    if now.count != kept.count:
        return (
            f"Up to change {kept.last_id} the history had {kept.count:,} changes and has {now.count:,}: "
            "some vanished or were put in."
        )
    return f"Up to change {kept.last_id} the history is not what it was: its hashes differ."


def breaks(advance: Advance = lambda number: None) -> Iterator[str]:
    """Every place where history, records and what is derived from them do not fit together, one sentence each."""
    models = {cast(str, model._meta.model_name): model for model in apps.get_models() if issubclass(model, Whole)}
    rows = Change.objects.order_by("whole_type", "whole_id", "sequence").iterator(chunk_size=5_000)
    for name, of_type in groupby(rows, lambda change: change.whole_type):
        if not (model := models.get(name)):
            yield f"The history speaks of “{name}”, and there is no such kind of record."
            continue
        chains = (_Chain(pk).follow(changes) for pk, changes in groupby(of_type, lambda change: change.whole_id))
        for chunk in batched(chains, WHOLES_AT_ONCE):
            yield from _compare(model, list(chunk))
            advance(sum(chain.count for chain in chunk))
    for name, model in models.items():
        recorded = Change.objects.filter(whole_type=name, whole_id=OuterRef("pk"))
        for pk in model._base_manager.exclude(Exists(recorded)).values_list("pk", flat=True).iterator():
            yield f"{name} {pk}: the record is there, and nothing of it is in the history."
    yield from _statuses()
    yield from _addresses()
    yield from _texts()


def _texts() -> Iterator[str]:
    """The text of an article is outside the history, and its SHA-256 inside."""
    held = ArticleText._base_manager.order_by("pk").values_list("pk", "article__slug", "sha256", "text")
    for pk, slug, sha256, text in held.iterator(chunk_size=TEXTS_AT_ONCE):
        if history.sha256(text) != sha256:
            yield f"articletext {slug} {sha256[:12]} (id {pk}): the text does not give this SHA-256."


def _statuses() -> Iterator[str]:
    """A claim's status is derived, and outside the history: what it rests on is inside."""
    claims = Claim._base_manager.order_by("pk").values_list("pk", "slug", "status", "status_basis", "status_since")
    labels = dict(Rating._base_manager.values_list("pk", "label"))
    for chunk in batched(claims.iterator(chunk_size=states.CHUNK), states.CHUNK):
        ids = [pk for pk, *_ in chunk]
        wanted, rated = workflow.resting_statuses(ids), _rated_since(ids)
        first = Change.objects.filter(whole_type="claim", whole_id__in=ids, sequence=1)
        made = dict(first.values_list("whole_id", "at"))
        for pk, slug, rating, basis, since in chunk:
            expected = wanted[pk]
            if expected == (None, StatusBasis.REPORTED):
                expected = rating, StatusBasis.REPORTED  # the rating it had stays while none is in force
            if expected != (rating, basis):
                yield (
                    f"claim {slug} (id {pk}): what its status rests on gives {_shown(labels, *expected)}, "
                    f"and the record has {_shown(labels, rating, basis)}."
                )
            elif basis == StatusBasis.REVIEWED and since != rated[pk]:
                yield (
                    f"claim {slug} (id {pk}): its status is that of the review published at {_moment(rated[pk])}, "
                    f"and the record has had it since {_moment(since)}."
                )
            elif since and pk in made and since < made[pk] - LONGEST_BLOCK:
                yield (
                    f"claim {slug} (id {pk}): the record has had its status since {_moment(since)}, "
                    f"and was made at {_moment(made[pk])}."
                )


def _rated_since(claims: list[Any]) -> dict[Any, datetime | None]:
    """Since when each of these claims has the rating that our review in force gives it: from the first in a row."""
    rows = Review._base_manager.filter(claim__in=claims, origin=Origin.DESK, state__in=ONCE_PUBLISHED)
    since: dict[Any, datetime | None] = {}
    last: dict[Any, Any] = {}
    for claim, rating, state, at in rows.order_by("claim", "number").values_list(
        "claim", "rating", "state", "published_at"
    ):
        if last.get(claim) != rating:
            since[claim] = at
        last[claim] = None if state == ReviewState.WITHDRAWN else rating
    return since


def _moment(at: datetime | None) -> str:
    return str(states.plain(at))


def _shown(labels: dict[Any, str], rating: Any, basis: str) -> str:
    return f"“{labels[rating]}” ({basis})" if rating in labels else f"no rating ({basis})"


def _addresses() -> Iterator[str]:
    """The slugs that readers have are those of the records, and of what is public they have each."""
    for name in door.ADDRESSED:
        model = apps.get_model("factcheck", name)
        given = PublicAddress.objects.filter(record_type=name)
        there = model._base_manager.filter(pk=OuterRef("record_id"), slug=OuterRef("slug"))
        lost = given.exclude(Exists(there)).order_by("pk").values_list("record_id", "slug")
        for pk, slug in lost.iterator():
            yield f"{name} {slug} (id {pk}): readers have had this address, and the record does not have it."
        missing = model._default_manager.public().exclude(Exists(given.filter(record_id=OuterRef("pk"))))
        for pk, slug in missing.order_by("pk").values_list("pk", "slug").iterator():
            yield f"{name} {slug} (id {pk}): the record is public, and nothing says that readers have this address."


class _Chain:
    """The Changes of one record, followed from the first to the last."""

    def __init__(self, pk: int) -> None:
        self.pk = pk
        self.state: Any = None
        self.count = 0
        self.last: Change | None = None
        self.erased = False
        self.problems: list[str] = []

    def follow(self, changes: Iterator[Change]) -> "_Chain":
        for change in changes:
            if problem := self._problem(change):
                self.problems.append(f"Change {change.pk} ({change}): {problem}")
            if is_erased(change):
                # What it changed is not known any more: only what later changes say can be compared.
                self.erased, self.state = True, {}
            else:
                after = _read(change.after)
                self.state = after if after is None else states.applied(self.state, after)
            self.count += 1
            self.last = change
        return self

    def _problem(self, change: Change) -> str:
        previous = self.last
        if change.sequence != self.count + 1:
            return f"it should be change {self.count + 1} of its record."
        if change.previous_hash != (previous.hash if previous else ""):
            return "it does not follow from the change before it."
        if history.chained_hash(change) != change.hash:
            return "its fields do not give its hash."
        if not is_erased(change):
            if (
                history.sha256(change.before) != change.before_sha256
                or history.sha256(change.after) != change.after_sha256
            ):
                return "what it says before or after does not give its SHA-256."
            try:
                before = json.loads(change.before)
            except ValueError:
                return "what it says is not JSON."
            if not self.erased and not _contains(self.state, before):
                return "what it says before is not what the changes until then add up to."
        return ""


def is_erased(change: Change) -> bool:
    """Whether law required the payload to be replaced by a mark, which then stands before and after."""
    mark = _read(change.after)
    return change.before == change.after and isinstance(mark, dict) and mark.keys() == {history.ERASED}


def _read(text: str) -> Any:
    """The payload; None where it is not JSON, which is a problem named elsewhere."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def _contains(state: Any, part: Any) -> bool:
    """Whether a difference's `before` is what the state has there; what the state lacks is empty."""
    if isinstance(part, dict):
        return isinstance(state, dict) and all(_contains(state.get(key), value) for key, value in part.items())
    return part is None or states.same(state, part)


def _compare(model: type[Whole], chains: list[_Chain]) -> Iterator[str]:
    ids = [chain.pk for chain in chains]
    there = states.read(model, ids)
    versions = dict(model._base_manager.filter(pk__in=ids).values_list("pk", "version"))
    for chain in chains:
        name = f"{model._meta.model_name} {chain.last.slug if chain.last else chain.pk} (id {chain.pk})"
        yield from chain.problems
        stored = there.get(chain.pk)
        if chain.state is None or stored is None:
            if chain.state is not None:
                yield f"{name}: the record is gone, and the history does not say so."
            elif stored is not None:
                yield f"{name}: the record is there, and the history says that it was deleted."
            continue
        if versions[chain.pk] != chain.count:
            yield f"{name}: the record is in version {versions[chain.pk]}, the history ends with {chain.count}."
        if path := differing(model, chain.state, stored, partial=chain.erased):
            yield f"{name}: {path} is not what the history says."


def differing(model: type[Tracked], replayed: dict[str, Any], stored: dict[str, Any], *, partial: bool = False) -> str:
    """The first field in which a record is not what its history adds up to; a field that came later has its default."""
    for field in states.recorded_fields(model):
        if field not in replayed:
            if partial:
                continue
            expected = states.plain(cast(Field, model._meta.get_field(field)).get_default())
        else:
            expected = replayed[field]
        if not states.same(expected, stored[field]):
            return field
    for name, part in states.parts_of(model).items():
        there, were = stored[name], replayed.get(name, {})
        if not partial and (odd := there.keys() ^ were.keys()):
            return f"{name} {min(odd)}"
        for pk in there.keys() & were.keys():
            if path := differing(part, were[pk], there[pk], partial=partial):
                return f"{name} {pk} {path}"
    return ""
