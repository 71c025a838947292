"""The public door, seen from the writing side: which records readers see, the edition, and the addresses given out."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection, models, transaction
from django.db.models import Exists, F, OuterRef, Q, Value
from django.utils import timezone
from django.utils.translation import gettext

from factcheck.models.history import Whole
from factcheck.models.public import Edition, FormerReference, PublicAddress
from factcheck.search import rows
from factcheck.states import CHUNK, references
from factcheck.trigger_rules import SLUG_FIXED

Key = tuple[type[Whole], Any]

# The records that have an address of their own, or whose slug stands in one.
ADDRESSED = ("claim", "article", "claimant", "publisher", "topic")

# Whose slugs readers have from when a record of the kind is public: the kind of what is named, the record that does it,
# the path from there to the public one, and the name.
NAMED_BY = {
    "claim": (
        ("claim", "claim", "pk", "pk"),
        ("topic", "claimtopic", "claim", "topic"),
        ("article", "appearance", "claim", "article"),
        ("claimant", "claim", "pk", "claimant"),
        ("claimant", "appearance", "claim", "claimant"),
        ("claimant", "relay", "appearance__claim", "by_claimant"),
        ("publisher", "appearance", "claim", "article__publisher"),
        ("publisher", "relay", "appearance__claim", "by_publisher"),
        ("publisher", "review", "claim", "publisher"),
    ),
    "article": (("publisher", "article", "pk", "publisher"),),
    "review": (("publisher", "review", "pk", "publisher"),),
    "publisher": (("publisher", "publisher", "pk", "pk"),),
}

# What of a record decides whom it names. A public one of which nothing of this differs has named them before.
NAMES = {"slug", "listed_at", "claimant", "claim_topics", "appearances", "publisher", "claim"}


class OpenEdition:
    """Collects, until the outermost block ends, the records of which something differs that readers may see."""

    def __init__(self) -> None:
        self._was_public: dict[Key, bool] = {}
        self._began_public: dict[Key, bool] = {}  # before the first of these differences
        self._naming: set[Key] = set()
        self._restated: set[Key] = set()
        self._renamed: set[Key] = set()
        self._left: list[set[Key]] = []
        self._former: set[tuple[Any, str, Any]] = set()
        self._searched = rows.Touched()

    def differs(self, key: Key, stored: Any, old: Any, new: Any, *, was_public: bool) -> None:
        """`stored` is the whole state before the block, `old` and `new` are the difference."""
        self._was_public[key] = was_public or self._was_public.get(key, False)
        self._began_public.setdefault(key, was_public)
        if not was_public or new is None or NAMES & new.keys():
            self._naming.add(key)
        if old is not None and new is not None and "slug" in new:
            self._renamed.add(key)
        if was_public and key[0]._meta.model_name == "claim":
            self._former.update((key[1], *reference) for reference in references(old))
        self._searched.note(key[0]._meta.model_name or "", key[1], stored, old, new)
        if old is not None and not was_public and (left := _left(key[0], stored, old)):
            self._left.append(left)

    def restated(self, keys: Iterable[Key]) -> None:
        """The status of these claims differs, which is no part of their history."""
        self._restated.update(keys)

    def close(self) -> None:
        """Gives out the addresses that are new, and raises the edition if readers will see a difference.

        On PostgreSQL two transactions may go on at once, each of which sees the other's records as they were: one lists
        a claim while another edits an article in which it appears. So whoever changes what readers may see, also of a
        record that is private as far as it can tell, locks the edition, and only then asks what is public. Of two
        the second sees what the first has committed: if their changes make something public together, it says so.

        What was public before was asked at the start of the block, when the records were locked: that is so still for
        claims, which are public by a column of their own. Sources, topics and people are public while others name them,
        and whoever takes such a name away changes a record that is public itself. A review, relation or correction
        is public under claims that may have been listed since, which matters where it does not stay there: `_left`.
        """
        if not (self._was_public or self._restated):
            return
        _lock()
        seen, searched = {*self._was_public, *self._restated}, self._searched.keys()
        public = public_ids(seen | searched)
        rows.refresh(searched, public)
        public &= seen
        _refuse_renamed(self._renamed)
        give_out(public & self._naming)
        remember(self._former)
        _date_changes(key for key in public if self._began_public.get(key))
        if public or any(self._was_public.values()) or any(left == public_ids(left) for left in self._left):
            Edition.objects.update(number=F("number") + 1)


_current: ContextVar[OpenEdition | None] = ContextVar("open_edition", default=None)


@contextmanager
def edition() -> Iterator[OpenEdition]:
    """Raises the edition once, as the last statement before the commit, if readers will see what differs inside.

    Open it inside the transaction. An inner one is part of the outer.
    """
    if outer := _current.get():
        yield outer
        return
    open_edition = OpenEdition()
    token = _current.set(open_edition)
    try:
        yield open_edition
    finally:
        _current.reset(token)
    open_edition.close()


def _lock() -> None:
    """The last of all locks that a transaction takes: with it in hand, none waits for a record that another holds."""
    if connection.vendor == "postgresql":
        connection.check_constraints()  # which locks what is referred to, and else at the commit
    rows = Edition.objects.select_for_update()
    if rows.first() is None:
        Edition.objects.bulk_create([Edition(id=1)], ignore_conflicts=True)
        rows.first()


@dataclass(frozen=True, slots=True)
class Site:
    """What readers see now: the edition, and whether all of it is a demo."""

    number: int = 1
    is_demo: bool = False


_looked_at: ContextVar[Site | None] = ContextVar("site", default=None)


def site() -> Site:
    """The site now, or as it was when `looking` began."""
    if found := _looked_at.get():
        return found
    row = Edition.objects.values_list("number", "is_demo").first()
    return Site(*row) if row else Site()


@contextmanager
def looking() -> Iterator[None]:
    """One look at the site for all of a page."""
    token = _looked_at.set(site())
    try:
        yield
    finally:
        _looked_at.reset(token)


def number() -> int:
    """The edition that readers see now: it rises with every change that they could see, and with no other."""
    return site().number


@transaction.atomic
def mark_as_demo() -> None:
    """From now on every page says that what it shows is invented; there is no way back."""
    _lock()
    Edition.objects.filter(is_demo=False).update(is_demo=True, number=F("number") + 1)


@transaction.atomic
def refresh_search(progress: Callable[[int], Any] = lambda done: None) -> None:
    """Makes all that search looks at anew. Readers may then find what they did not, and in another order."""
    _lock()
    rows.rebuild(progress)
    Edition.objects.update(number=F("number") + 1)


def _date_changes(keys: Iterable[Key]) -> None:
    """Notes when readers saw a claim change. That it was listed, or has another status, is dated elsewhere."""
    for model, ids in _in_chunks(keys):
        if model._meta.model_name == "claim":
            models.QuerySet.update(model._base_manager.filter(pk__in=ids), changed_at=timezone.now())


def _in_chunks(keys: Iterable[Key]) -> Iterator[tuple[type[Whole], list[Any]]]:
    by_type: dict[type[Whole], list[Any]] = defaultdict(list)
    for model, pk in keys:
        by_type[model].append(pk)
    for model, ids in by_type.items():
        for start in range(0, len(ids), CHUNK):
            yield model, ids[start : start + CHUNK]


def public_ids(keys: Iterable[Key]) -> set[Key]:
    """Which of these records the public site shows."""
    found: set[Key] = set()
    for model, ids in _in_chunks(keys):
        if (public := _public(model)) is not None:
            found.update((model, pk) for pk in public.filter(pk__in=ids))
    return found


@cache
def _public(model: type[Whole]) -> "models.QuerySet[Any, Any] | None":
    """The ids of all. Made once: every save asks."""
    manager: Any = model._default_manager
    return manager.public().order_by().values_list("pk", flat=True) if hasattr(manager, "public") else None


def remember(former: Iterable[tuple[Any, str, Any]], table: type[models.Model] = FormerReference) -> None:
    """Keeps what claims named that readers saw: id of the claim, type and id of the record."""
    rows = [table(claim_id=claim, record_type=kind, record_id=pk) for claim, kind, pk in sorted(former)]
    if rows:
        table._base_manager.bulk_create(rows, ignore_conflicts=True, batch_size=1000)


@cache
def _named_through(model: type[Whole]) -> list[tuple[str, Any]]:
    """The references to what a record stands under, and is public with: a claim, a review."""
    under = [apps.get_model("factcheck", name) for name in ("claim", "review")]
    return [(field.name, field.related_model) for field in model._meta.concrete_fields if field.related_model in under]


def _left(model: type[Whole], stored: Any, old: Any) -> set[Key]:
    """All that a record stood under which was moved or deleted, if it may have been public there."""
    through = _named_through(model)
    if not any(name in old for name, _ in through) or stored.get("origin") == "desk":
        return set()  # a review of ours stays where it is from its publication on
    return {(under, stored[name][0]) for name, under in through if stored[name]}


def _refuse_renamed(keys: Iterable[Key]) -> None:
    """The trigger has not seen an address that another transaction gave out since. Raises ValidationError."""
    for model, ids in _in_chunks(keys):
        given = PublicAddress.objects.filter(record_type=model._meta.model_name, record_id=OuterRef("pk"))
        if model._base_manager.filter(Exists(given.exclude(slug=OuterRef("slug"))), pk__in=ids).exists():
            raise ValidationError(gettext(SLUG_FIXED))


def give_out(keys: Iterable[Key]) -> None:
    """Remembers the slugs under which these public records, and those that they name, are public from now on."""
    for model, ids in _in_chunks(keys):
        named = sorted(_named(model, ids))
        for start in range(0, len(named), CHUNK):
            _remember(named[start : start + CHUNK])


def _named(model: type[Whole], ids: Sequence[Any]) -> set[tuple[str, Any]]:
    """Kind and id of all that these records name, which may be themselves. One statement."""
    rows = [
        apps.get_model("factcheck", by)
        ._base_manager.filter(**{f"{path}__in": ids, f"{name}__isnull": False})
        .order_by()
        .values_list(Value(kind, output_field=models.CharField()), name)
        for kind, by, path, name in NAMED_BY.get(model._meta.model_name or "", ())
    ]
    return set(rows[0].union(*rows[1:]) if rows else ())


def _remember(named: Iterable[tuple[str, Any]]) -> None:
    """The slugs of these, by kind and id, that are not known yet."""
    by_kind: dict[str, set[Any]] = defaultdict(set)
    for kind, pk in named:
        by_kind[kind].add(pk)
    known = Q(*(Q(record_type=kind, record_id__in=ids) for kind, ids in by_kind.items()), _connector=Q.OR)
    for kind, pk in PublicAddress.objects.filter(known).values_list("record_type", "record_id"):
        by_kind[kind].discard(pk)
    for kind, ids in by_kind.items():
        if ids:
            new = apps.get_model("factcheck", kind)._base_manager.filter(pk__in=ids).order_by("pk")
            PublicAddress.objects.bulk_create(
                PublicAddress(record_type=kind, slug=slug, record_id=pk, since=timezone.now())
                for pk, slug in new.values_list("pk", "slug")
            )
