"""Which changes make up the history of a record: its own; of a claim, also those of the records that are about it."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from factcheck.models import Change, Claim, ClaimRelation, Correction, Review, Whole

# Beside the claim with its parts: what is about it, and the fields that name it.
ABOUT: dict[type[Whole], tuple[str, ...]] = {
    Review: ("claim",),
    Correction: ("claim",),
    ClaimRelation: ("from_claim", "to_claim"),
}

type Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Chronicle:
    """Changes that belong together, the kinds of record that they can be of, and what is deleted beside the record."""

    changes: QuerySet[Change]
    kinds: list[type[Whole]]
    deleted: set[Key]


def of_record(kind: type[Whole], pk: int, seen: Collection[type[Whole]]) -> Chronicle:
    """All that records of the kinds `seen` have to tell of this one, whether they and it are still there or not."""
    kinds = [one for one in (kind, *(ABOUT if kind is Claim else ())) if one in seen]
    about = [one for one in kinds if one is not kind]
    keys = {(_name(kind), pk)} if kind in kinds else set()
    for one in about:
        named = Q(*[(field, pk) for field in ABOUT[one]], _connector=Q.OR)
        keys |= {(_name(one), found) for found in one._base_manager.filter(named).values_list("pk", flat=True)}
    if ClaimRelation in about:
        keys |= _moved(pk)
    deleted = _deleted(pk, about) if about else set()
    return Chronicle(_changes_of(keys | deleted), kinds, deleted)


def _name(kind: type[Whole]) -> str:
    return str(kind._meta.model_name)


def _changes_of(keys: set[Key]) -> QuerySet[Change]:
    ids: dict[str, list[int]] = defaultdict(list)
    for name, pk in keys:
        ids[name].append(pk)
    theirs = Q(*[Q(whole_type=name, whole_id__in=pks) for name, pks in ids.items()], _connector=Q.OR)
    found = Change.objects.filter(theirs) if keys else Change.objects.none()
    # As a condition of its own: SQLite would go by any other that is added, through the whole history.
    return Change.objects.filter(pk__in=found.order_by().values("pk"))


def _says(side: str, fields: Collection[str], pk: int) -> Q:
    """That a payload names the claim in such a field. No text can: in one, JSON puts a backslash before each quote."""
    return Q(*[(f"{side}__contains", f'"{field}":[{pk},') for field in fields], _connector=Q.OR)


def _deleted(pk: int, kinds: Collection[type[Whole]]) -> set[Key]:
    """Records that were about the claim, as any of their changes says: that of the deletion may be erased."""
    fields = {field for kind in kinds for field in ABOUT[kind]}
    named = _says("before", fields, pk) | _says("after", fields, pk)
    told = Change.objects.filter(named, whole_type=OuterRef("whole_type"), whole_id=OuterRef("whole_id"))
    rows = Change.objects.filter(Exists(told), action="deleted", whole_type__in=[_name(kind) for kind in kinds])
    return set(rows.values_list("whole_type", "whole_id"))


def _moved(pk: int) -> set[Key]:
    """Relations that were the claim's until somebody changed which claims they are between."""
    once = Change.objects.filter(_says("before", ABOUT[ClaimRelation], pk), whole_type="claimrelation", sequence__gt=1)
    return set(once.order_by("whole_id", "sequence").values_list("whole_type", "whole_id"))
