"""The public door, seen from the writing side: which records readers see, the edition, and the addresses given out."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.apps import apps
from django.db.models import F
from django.utils import timezone

from factcheck.models.history import Whole
from factcheck.models.public import Edition, PublicAddress

Key = tuple[type[Whole], Any]

# The records that have an address of their own, or whose slug stands in one.
ADDRESSED = ("claim", "article", "claimant", "publisher", "topic")


class OpenEdition:
    """Remembers, until the outermost block ends, whether readers will see a difference."""

    touched = False

    def touch(self) -> None:
        self.touched = True


_current: ContextVar[OpenEdition | None] = ContextVar("open_edition", default=None)


@contextmanager
def edition() -> Iterator[OpenEdition]:
    """Raises the edition once, as the last statement before the commit, if anything inside has touched it.

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
    if open_edition.touched and not Edition.objects.update(number=F("number") + 1):
        Edition.objects.bulk_create([Edition(id=1, number=2)], ignore_conflicts=True)


def number() -> int:
    """The edition that readers see now: it rises with every change that they could see, and with no other."""
    return Edition.objects.values_list("number", flat=True).first() or 1


def public_ids(wholes: Sequence[Whole]) -> set[Key]:
    """Which of these records the public site shows."""
    by_type: dict[type[Whole], list[Any]] = defaultdict(list)
    for whole in wholes:
        by_type[type(whole)].append(whole.pk)
    found: set[Key] = set()
    for model, ids in by_type.items():
        if not (public := getattr(model._default_manager, "public", None)):
            continue
        for start in range(0, len(ids), 1000):
            found.update(
                (model, pk) for pk in public().filter(pk__in=ids[start : start + 1000]).values_list("pk", flat=True)
            )
    return found


def give_out(keys: Iterable[Key]) -> None:
    """Remembers the slugs under which these public records, and those that they name, are public from now on."""
    ids: dict[str, list[Any]] = defaultdict(list)
    for model, pk in keys:
        ids[model._meta.model_name or ""].append(pk)
    for start in range(0, len(ids["claim"]), 1000):
        chunk = ids["claim"][start : start + 1000]
        _remember("claim", "pk", chunk)
        _remember("topic", "claim_topics__claim", chunk)
        _remember("article", "appearances__claim", chunk)
        for path in ("claims", "appearances__claim", "relays__appearance__claim"):
            _remember("claimant", path, chunk)
        for path in ("articles__appearances__claim", "relays__appearance__claim", "reviews__claim"):
            _remember("publisher", path, chunk)
    for name, path in (("publisher", "pk"), ("article", "articles"), ("review", "reviews")):
        _remember("publisher", path, ids[name])


def _remember(name: str, path: str, ids: Sequence[Any]) -> None:
    """The slugs of the records of a kind that lead to these ids by this path."""
    if not ids:
        return
    rows = apps.get_model("factcheck", name)._base_manager.filter(**{f"{path}__in": ids})
    found = dict(rows.order_by().values_list("pk", "slug").distinct())
    known = PublicAddress.objects.filter(record_type=name, record_id__in=found).values_list("record_id", flat=True)
    new = sorted(found.keys() - set(known))
    addresses = [PublicAddress(record_type=name, slug=found[pk], record_id=pk, since=timezone.now()) for pk in new]
    PublicAddress.objects.bulk_create(addresses, ignore_conflicts=True)
