"""A record's history as people read it: who changed what, when and why, field by field."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib import messages
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from factcheck import history, rights, states
from factcheck.admin import chronicle
from factcheck.admin.display import named
from factcheck.admin.narrowing import Narrowing
from factcheck.differences import Differences, Piece
from factcheck.models import Change, Claim, Part, Tracked, Whole

if TYPE_CHECKING:
    from factcheck.admin.base import DeskAdmin

PER_PAGE = 25
PARTS = {"added": _("%(part)s added"), "removed": _("%(part)s removed"), "changed": _("%(part)s changed")}
LONG = 60  # characters of a text from which on the words that changed are marked in it

Names = dict[tuple[type[Tracked], str], str]


@dataclass(frozen=True, slots=True)
class Line:
    """One field, as it was and as it is; of a long text, of which some stayed, also what changed word by word."""

    label: str
    old: str
    new: str
    pieces: list[Piece] = field(default_factory=list)


@dataclass(slots=True)
class Passage:
    """What happened to the record itself (no title), or to one part of it."""

    title: str
    lines: list[Line] = field(default_factory=list)


def sees_identity(request: HttpRequest) -> bool:
    """Whether a person may read who a protected source is."""
    return request.user.has_perm("factcheck.see_protected_identity")


def model_of(change: Change) -> type[Tracked] | None:
    """The kind of record that a Change is about; None for one that is no more."""
    try:
        return apps.get_model("factcheck", change.whole_type)
    except LookupError:
        return None


@dataclass(frozen=True, slots=True)
class Reading:
    """How the changes on one page are read.

    Whether it says who a protected source is, what parts are called by now, and the comparison of texts, whose time
    has a bound for the page.
    """

    identity: bool = False
    names: Names = field(default_factory=dict)
    texts: Differences = field(default_factory=Differences)

    def passages(self, change: Change) -> list[Passage]:
        """What differs, ready to print; a protected identity only as the fact that it changed."""
        before, after = json.loads(change.before), json.loads(change.after)
        if isinstance(after, dict) and history.ERASED in after:
            return [Passage("", [Line(gettext("Erased"), "", str(after[history.ERASED]))])]
        model = model_of(change)
        if model is None:
            return [Passage("", [Line(gettext("Record"), history.canonical(before), history.canonical(after))])]
        return list(self._passages(model, "", "", before or {}, after or {}))

    def between(self, model: type[Tracked], then: states.State, now: states.State) -> list[Passage]:
        """How two states of records of a kind differ, ready to print."""
        old, new = states.difference(then, now)
        return list(self._passages(model, "", "", old or {}, new or {}))

    def _passages(
        self, model: type[Tracked], path: str, what: str, old: dict[str, Any], new: dict[str, Any]
    ) -> Iterator[Passage]:
        parts = states.parts_of(model)
        keys = [key for key in (*states.recorded_fields(model), *sorted(old.keys() | new.keys())) if key not in parts]
        passage = Passage(PARTS[what] % {"part": path} if path else "")
        for key in dict.fromkeys(keys):
            if key in old or key in new:
                line = self._line(model, key, old, new)
                if line.old or line.new:
                    passage.lines.append(line)
        if passage.lines or what in ("added", "removed"):
            yield passage
        for key, part in parts.items():
            ones, others = old.get(key) or {}, new.get(key) or {}
            for pk in sorted(ones.keys() | others.keys(), key=lambda pk: (int(pk) if pk.isdigit() else 0, pk)):
                one, other = ones.get(pk), others.get(pk)
                kind = capfirst(part._meta.verbose_name)
                name = named(kind, self.names[part, pk]) if (part, pk) in self.names else f"{kind} {pk}"
                inner = f"{path} › {name}" if path else name
                step = "added" if one is None else "removed" if other is None else "changed"
                yield from self._passages(part, inner, step, one or {}, other or {})

    def _line(self, model: type[Tracked], key: str, before: dict[str, Any], after: dict[str, Any]) -> Line:
        label, old, new = _label(model, key), _value(model, key, before), _value(model, key, after)
        if key == "protected_identity_note" and not self.identity:
            return Line(label, "", pgettext("a value that is not shown", "changed") if old or new else "")
        pieces = []
        if old and new and max(len(old), len(new)) > LONG and _is_text(model, key):
            pieces = self.texts.between(old, new)
            stayed = sum(len(piece.text) for piece in pieces if piece.kind == "same")
            pieces = pieces if stayed * 4 > max(len(old), len(new)) else []
        return Line(label, old, new, pieces)


def difference(model: type[Tracked], then: states.State, now: states.State) -> list[Passage]:
    """Between two states of records of a kind, for whoever may read those."""
    return Reading().between(model, then, now)


def _is_text(model: type[Tracked], key: str) -> bool:
    try:
        column = model._meta.get_field(key)
    except FieldDoesNotExist:
        return False
    return isinstance(column, models.CharField | models.TextField) and not column.choices


def _label(model: type[Tracked], key: str) -> str:
    try:
        label = str(getattr(model._meta.get_field(key), "verbose_name", key))
    except FieldDoesNotExist:
        label = key.replace("_", " ")
    return label[:1].upper() + label[1:]


def _value(model: type[Tracked], key: str, state: dict[str, Any]) -> str:
    value = state.get(key)
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if isinstance(value, list):
        return str(value[1] or f"#{value[0]}")
    try:
        column = model._meta.get_field(key)
    except FieldDoesNotExist:
        return str(value)
    if isinstance(column, models.DateTimeField):
        return f"{datetime.fromisoformat(value).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if isinstance(column, models.Field) and column.choices:
        return str(dict(column.flatchoices).get(value, value))
    return str(value)


def names_of_parts(ids: dict[type[Tracked], set[Any]]) -> Names:
    """What the parts that records have now are called, in one query for each kind of part."""
    found: Names = {}

    def collect(model: type[Tracked], owners: Iterable[Any]) -> None:
        for part in states.parts_of(model).values():
            others = [f.name for f in part._meta.concrete_fields if f.many_to_one and f.name != part.link]
            rows = part._base_manager.filter(**{f"{part.link}__in": owners})
            here: list[Part] = list(rows.select_related(*others) if others else rows)
            found.update({(part, str(row.pk)): str(row) for row in here})
            if here:
                collect(part, [row.pk for row in here])

    for model, owners in ids.items():
        collect(model, owners)
    return found


@dataclass(frozen=True, slots=True)
class Subject:
    """A record of which the history is read, with the name that it has there; `obj` is what the page leads back to."""

    kind: type[Whole]
    pk: int
    name: str
    title: str
    obj: Any = None

    @classmethod
    def of(cls, whole: Whole, obj: Any) -> "Subject":
        return cls(type(whole), whole.pk, whole.history_name, str(whole), obj)

    @classmethod
    def deleted(cls, kind: type[models.Model], pk: int | None) -> "Subject | None":
        """A record that is not there any more; None where there never was one."""
        if pk is None or not issubclass(kind, Whole) or kind._base_manager.filter(pk=pk).exists():
            return None
        last = Change.objects.filter(whole_type=kind._meta.model_name, whole_id=pk).order_by("-sequence").first()
        return cls(kind, pk, last.slug, gettext("%(name)s (deleted)") % {"name": last.slug}) if last else None


@dataclass(slots=True)
class Entry:
    """One change on the page; where that is about several records, with its own, which may be gone."""

    change: Change
    passages: list[Passage]
    record: str = ""
    address: str = ""
    is_deleted: bool = False


def story(desk: "DeskAdmin", request: HttpRequest, subject: Subject) -> HttpResponse:
    """The page behind the "History" button: our Changes of the record, the newest first. Raises PermissionDenied.

    Of a claim, with those of what is about it, as far as the person may see that.
    """
    if not desk.has_view_or_change_permission(request, subject.obj):
        raise PermissionDenied
    seen = rights.kinds_seen_by(request.user)  # type: ignore[arg-type]
    told = chronicle.of_record(subject.kind, subject.pk, seen)
    narrowing = Narrowing(request.GET, seen, told.kinds)
    paginator = Paginator(narrowing.narrowed(told.changes).order_by("-id"), PER_PAGE)
    page = paginator.get_page(request.GET.get("p", 1))
    for problem in narrowing.problems:
        messages.error(request, problem)
    context = {
        **desk.admin_site.each_context(request),
        "title": gettext("History of this %(kind)s") % {"kind": subject.kind._meta.verbose_name},
        "subtitle": subject.title,
        "page": page,
        "page_range": paginator.get_elided_page_range(page.number),
        "entries": _entries(page.object_list, subject, told, request),
        "spec": {"form": narrowing},
        "module_name": capfirst(desk.opts.verbose_name_plural),
        "object": subject.obj,
        "opts": desk.opts,
    }
    request.current_app = desk.admin_site.name
    status = 400 if narrowing.errors else 200
    return TemplateResponse(request, "admin/factcheck/object_history.html", context, status=status)


def _entries(
    changes: Iterable[Change], subject: Subject, told: chronicle.Chronicle, request: HttpRequest
) -> list[Entry]:
    """In a number of queries that does not depend on how many changes there are."""
    rows = list(changes)
    ids: dict[type[Tracked], set[Any]] = defaultdict(set)
    for change in rows:
        if model := model_of(change):
            ids[model].add(change.whole_id)
    reading = Reading(sees_identity(request), names_of_parts(ids))
    entries = [Entry(change, reading.passages(change)) for change in rows]
    if subject.kind is Claim:
        for entry in entries:
            change = entry.change
            entry.record = _name(change, subject)
            is_claim = model_of(change) is Claim
            entry.is_deleted = (change.whole_type, change.whole_id) in told.deleted or (is_claim and not subject.obj)
            if not entry.is_deleted:
                entry.address = reverse(f"admin:factcheck_{change.whole_type}_change", args=[change.whole_id])
    return entries


def _name(change: Change, claim: Subject) -> str:
    """What the history calls the record, without the claim's own name, which the page is under."""
    model = model_of(change)
    kind = str(capfirst(model._meta.verbose_name)) if model else change.whole_type
    return kind if model is Claim else f"{kind} {change.slug.removeprefix(f'{claim.name} ')}"
