"""Records with a version, and the history that nobody can change (DESIGN: no lost edits).

A whole is a record that is saved as one, with the parts that belong to it. Every write to a whole or a part happens
inside `factcheck.history.change`; here stand the base classes that refuse any other.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, NoReturn, cast

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from factcheck.models.text import TextField, sha256_rule, text_rule
from factcheck.rules import is_kept


class NotRecorded(Exception):
    """A write that would have left no trace in the history."""


class Conflict(Exception):
    """Somebody else saved the record since it was read. `whole` is the one that could not be saved."""

    def __init__(self, whole: models.Model) -> None:
        words = gettext("%(kind)s “%(name)s” was saved by somebody else meanwhile.")
        super().__init__(words % {"kind": whole._meta.verbose_name, "name": whole})
        self.whole = whole


class OpenWholes:
    """The wholes that may be written now: the stored ones by type and id, the new ones by identity."""

    def __init__(self, wholes: Iterable["Whole"]) -> None:
        self.stored = {(type(whole), whole.pk) for whole in wholes if not whole._state.adding}
        self.new = {id(whole): whole for whole in wholes if whole._state.adding}
        # Versions in memory before the inner blocks that ended well
        self.earlier: list[tuple[Whole, int]] = []

    def admit(self, whole: "Whole") -> None:
        self.new[id(whole)] = whole

    def holds(self, model: type["Whole"], pk: Any, instance: "Whole | None" = None) -> bool:
        if (model, pk) in self.stored or id(instance) in self.new:
            return True
        return any(type(whole) is model and whole.pk == pk is not None for whole in self.new.values())


_open: ContextVar[tuple[OpenWholes, ...]] = ContextVar("open_wholes", default=())
# Whether a record that `guard` let through is being deleted, and with it its parts.
_deleting: ContextVar[bool] = ContextVar("deleting", default=False)


def open_blocks() -> tuple[OpenWholes, ...]:
    """The blocks of `history.change` around this code, the outermost first."""
    return _open.get()


@contextmanager
def opened(block: OpenWholes) -> Iterator[None]:
    """Lets the wholes of the block be written. Only `factcheck.history` calls this."""
    token = _open.set((*_open.get(), block))
    try:
        yield
    finally:
        _open.reset(token)


def guard(record: "Tracked") -> None:
    """Raises NotRecorded unless the record's whole is open for writing."""
    model, pk = record.whole_key()
    instance = record if isinstance(record, Whole) else None
    if not any(block.holds(model, pk, instance) for block in _open.get()):
        raise NotRecorded(f"{record._meta.label}: write inside factcheck.history.change")


class TrackedQuerySet(models.QuerySet):
    """Reads as any queryset does, and refuses to write."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotRecorded(f"{self.model._meta.label}: write inside factcheck.history.change")

    update = delete = bulk_create = bulk_update = _refuse

    def named_publicly(self, relation: str) -> Exists:
        """Whether a public record names the row through the reverse relation."""
        reverse = cast(models.ForeignObjectRel, self.model._meta.get_field(relation))
        rows = cast(Any, reverse.related_model)._default_manager.public()
        return Exists(rows.filter(**{reverse.field.name: OuterRef("pk")}))

    def _raw_delete(self, using: str | None) -> int:
        """Django's own cascades come this way, from a record that is being deleted; nobody else does."""
        if not (issubclass(self.model, Part) and _deleting.get()):
            self._refuse()
        return super()._raw_delete(using)


class Tracked(models.Model):
    """A record of which every write is in the history."""

    # Columns that are computed from others, which `save` never writes, and the history does not hold.
    derived: ClassVar[frozenset[str]] = frozenset()
    # Columns outside the history for a reason of their own (secrets, long texts that are named by their hash).
    unrecorded: ClassVar[frozenset[str]] = frozenset()
    # Columns that no reader of the public site may see.
    private: ClassVar[frozenset[str]] = frozenset()

    class Meta:
        # Each model names its queryset, a TrackedQuerySet, as `objects`: a system check asks for it.
        abstract = True
        base_manager_name = "objects"

    def whole_key(self) -> tuple[type["Whole"], Any]:
        """The type and id of the whole that this record is, or is a part of."""
        raise TypeError(f"{type(self)} is neither a Whole nor a Part")

    def get_constraints(self) -> list[tuple[type[models.Model], Sequence[models.BaseConstraint]]]:
        """Those that `validate_constraints` asks the database about."""
        return [
            (model, [rule for rule in constraints if not is_kept(rule, self)])
            for model, constraints in super().get_constraints()
        ]

    def reset_derived(self) -> None:
        """A new record does not bring values of its own for what is computed."""
        for name in self.derived:
            field = cast(models.Field, self._meta.get_field(name))
            setattr(self, field.attname, field.get_default())

    def _save_table(self, *args: Any, **kwargs: Any) -> bool:
        """Fixtures and other callers of `save_base` come through here too, unlike through `save`."""
        guard(self)
        if self._state.adding:
            self.reset_derived()
        return bool(super()._save_table(*args, **kwargs))  # type: ignore[misc]

    def _do_update(self, base_qs: Any, using: Any, pk_val: Any, values: Any, *rest: Any) -> Any:
        if self._state.adding:
            return []  # a taken id must fail on INSERT, never overwrite the record that has it
        values = [value for value in values if value[0].name not in self.derived]
        if not (done := super()._do_update(self._as_read(base_qs), using, pk_val, values, *rest)):
            raise Conflict(self)
        return done

    def _as_read(self, rows: Any) -> Any:
        """Narrows an UPDATE to the row as it was read."""
        return rows

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        guard(self)
        token = _deleting.set(True)
        try:
            return super().delete(*args, **kwargs)
        finally:
            _deleting.reset(token)


class Whole(Tracked):
    """A record that is saved as one with its parts; `version` counts its saves and numbers its Changes."""

    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    class Meta(Tracked.Meta):
        abstract = True

    def whole_key(self) -> tuple[type["Whole"], Any]:
        return type(self), self.pk

    def _as_read(self, rows: Any) -> Any:
        return rows.filter(version=self.version)

    @property
    def history_name(self) -> str:
        """What a Change calls the record: its slug, where it has one."""
        return str(getattr(self, "slug", self.pk))


class Part(Tracked):
    """A record that belongs to a whole, or to another part; `link` names the foreign key by which it does."""

    link: ClassVar[str]

    class Meta(Tracked.Meta):
        abstract = True

    def whole_key(self) -> tuple[type["Whole"], Any]:
        target = cast(type[Tracked], self._meta.get_field(self.link).related_model)
        if issubclass(target, Whole):
            return target, getattr(self, f"{self.link}_id")
        owner: Tracked = getattr(self, self.link)
        return owner.whole_key()

    def _as_read(self, rows: Any) -> Any:
        """A part stays with its whole: moved, it would vanish from the old one unrecorded."""
        return rows.filter(**{self.link: getattr(self, f"{self.link}_id")})


class ChangeQuerySet(models.QuerySet):
    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotRecorded("History is written by factcheck.history alone, and never changed.")

    update = delete = bulk_create = bulk_update = _raw_delete = _refuse

    def of(self, whole: Whole) -> "ChangeQuerySet":
        """The changes of one record, the first first."""
        return self.filter(whole_type=whole._meta.model_name, whole_id=whole.pk).order_by("sequence")

    def unlistings_undone(self) -> "ChangeQuerySet":
        """How claims were taken off the public pages with a note, and listed again later: readers were told both."""
        # No condition on the kind, which only claims have anyway: SQLite would take the index by kind for it.
        later = Change.objects.filter(
            whole_type=OuterRef("whole_type"),
            whole_id=OuterRef("whole_id"),
            sequence__gt=OuterRef("sequence"),
            action="listed",
        )
        # In JSON a quotation mark inside a text has its backslash, so this is the field, with something in it.
        return self.filter(Exists(later), action="unlisted", after__contains='"unlisted_note":"')

    def of_kinds(self, kinds: Iterable[type[Whole]]) -> "ChangeQuerySet":
        """The changes of records of these kinds."""
        # In a form that no index serves: SQLite would take the one by kind, and then sort nearly all that there is.
        return self.alias(kind=Lower("whole_type")).filter(kind__in=[kind._meta.model_name for kind in kinds])


class Change(models.Model):
    """One saved change of a whole: who, why, when, and what differs. The database lets none be changed or removed.

    `before` and `after` are canonical JSON texts of what differs, field by field and part by part (parts by id, a
    reference as [id, name]); null before a creation and after a removal. `hash` is the SHA-256 of the canonical JSON
    of all other fields but the id, in which before and after stand as their own SHA-256, and of the previous hash.
    """

    whole_type = models.CharField(_("whole type"), max_length=40)
    whole_id = models.BigIntegerField(_("whole id"))
    slug = models.TextField(_("slug"))
    sequence = models.PositiveIntegerField(_("sequence"))
    actor = models.ForeignKey(
        "factcheck.User", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("actor")
    )
    actor_name = TextField(_("actor name"))
    action = models.CharField(_("action"), max_length=40)
    reason = TextField(_("reason"), blank=True)
    at = models.DateTimeField(_("at"))
    before = models.TextField(_("before"))
    after = models.TextField(_("after"))
    before_sha256 = models.CharField(_("before sha256"), max_length=64)
    after_sha256 = models.CharField(_("after sha256"), max_length=64)
    previous_hash = models.CharField(_("previous hash"), max_length=64, blank=True)
    hash = models.CharField(_("hash"), max_length=64)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        base_manager_name = "objects"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["at", "id"], name="change_at"),
            models.Index(fields=["actor", "at"], name="change_actor_at"),
            models.Index(fields=["whole_type", "at", "id"], name="change_kind_at"),
            models.Index(fields=["action", "at", "id"], name="change_action_at"),
            models.Index(fields=["whole_type", "slug"], name="change_slug"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["whole_type", "whole_id", "sequence"],
                name="change_sequence_unique",
                violation_error_message=_("This change of the record is in the history already."),
            ),
            models.CheckConstraint(
                name="change_sequence_from_one",
                condition=Q(sequence__gte=1),
                violation_error_message=_("The changes of a record are counted from 1."),
            ),
            text_rule("change", "actor_name", _("Every change names who made it.")),
            sha256_rule("change", "before_sha256"),
            sha256_rule("change", "after_sha256"),
            sha256_rule("change", "previous_hash"),
            sha256_rule("change", "hash"),
        ]

    def __str__(self) -> str:
        names = {"type": self.whole_type, "slug": self.slug, "number": self.sequence}
        return gettext("%(type)s %(slug)s, change %(number)d") % names

    def _save_table(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotRecorded("History is written by factcheck.history alone.")

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotRecorded("History is never removed.")
