"""A record's history as people read it: who changed what, when and why, field by field."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.text import capfirst

from factcheck import history, states
from factcheck.models import Change, Part, Tracked, Whole

if TYPE_CHECKING:
    from factcheck.admin.base import DeskAdmin

PER_PAGE = 25
HIDDEN = "changed"

Names = dict[tuple[type[Tracked], str], str]


@dataclass(frozen=True, slots=True)
class Line:
    """One field, as it was and as it is."""

    label: str
    old: str
    new: str


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


def passages(change: Change, *, identity: bool, names: Names | None = None) -> list[Passage]:
    """What differs, ready to print; a protected identity only as the fact that it changed."""
    before, after = json.loads(change.before), json.loads(change.after)
    if isinstance(after, dict) and history.ERASED in after:
        return [Passage("", [Line("Erased", "", str(after[history.ERASED]))])]
    model = model_of(change)
    if model is None:
        return [Passage("", [Line("Record", history.canonical(before), history.canonical(after))])]
    return list(_passages(model, "", "", before or {}, after or {}, identity, names or {}))


def difference(model: type[Tracked], then: states.State, now: states.State) -> list[Passage]:
    """Between two states of records of a kind, ready to print."""
    old, new = states.difference(then, now)
    return list(_passages(model, "", "", old or {}, new or {}, identity=False, names={}))


def _passages(
    model: type[Tracked],
    path: str,
    what: str,
    old: dict[str, Any],
    new: dict[str, Any],
    identity: bool,
    names: Names,
) -> Iterator[Passage]:
    parts = states.parts_of(model)
    keys = [key for key in (*states.recorded_fields(model), *sorted(old.keys() | new.keys())) if key not in parts]
    passage = Passage(f"{path} {what}" if path else "")
    for key in dict.fromkeys(keys):
        if key not in old and key not in new:
            continue
        line = Line(_label(model, key), _value(model, key, old), _value(model, key, new))
        if not (line.old or line.new):
            continue
        if key == "protected_identity_note" and not identity:
            line = Line(line.label, "", HIDDEN)
        passage.lines.append(line)
    if passage.lines or what in ("added", "removed"):
        yield passage
    for key, part in parts.items():
        ones, others = old.get(key) or {}, new.get(key) or {}
        for pk in sorted(ones.keys() | others.keys(), key=lambda pk: (int(pk) if pk.isdigit() else 0, pk)):
            one, other = ones.get(pk), others.get(pk)
            kind = capfirst(part._meta.verbose_name)
            name = f"{kind} “{names[part, pk]}”" if (part, pk) in names else f"{kind} {pk}"
            step = "added" if one is None else "removed" if other is None else "changed"
            inner = f"{path} › {name}" if path else name
            yield from _passages(part, inner, step, one or {}, other or {}, identity, names)


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
        return "Yes" if value else "No"
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


def names_of_parts(whole: Tracked) -> Names:
    """What the parts that are there now are called, in one query for each kind of part."""
    found: Names = {}

    def collect(model: type[Tracked], owners: list[Any]) -> None:
        for part in states.parts_of(model).values():
            others = [f.name for f in part._meta.concrete_fields if f.many_to_one and f.name != part.link]
            rows = part._base_manager.filter(**{f"{part.link}__in": owners})
            here: list[Part] = list(rows.select_related(*others) if others else rows)
            found.update({(part, str(row.pk)): str(row) for row in here})
            if here:
                collect(part, [row.pk for row in here])

    collect(type(whole), [whole.pk])
    return found


def story(desk: "DeskAdmin", request: HttpRequest, obj: Any, whole: Whole) -> HttpResponse:
    """The page behind the "History" button: our Changes of the record, the newest first. Raises PermissionDenied."""
    if not desk.has_view_or_change_permission(request, obj):
        raise PermissionDenied
    paginator = Paginator(Change.objects.of(whole).order_by("-sequence"), PER_PAGE)
    page = paginator.get_page(request.GET.get("p", 1))
    names, identity = names_of_parts(whole), sees_identity(request)
    context = {
        **desk.admin_site.each_context(request),
        "title": f"History of this {whole._meta.verbose_name}",
        "subtitle": str(whole),
        "page": page,
        "page_range": paginator.get_elided_page_range(page.number),
        "entries": [(change, passages(change, identity=identity, names=names)) for change in page],
        "module_name": capfirst(desk.opts.verbose_name_plural),
        "object": obj,
        "opts": desk.opts,
    }
    request.current_app = desk.admin_site.name
    return TemplateResponse(request, "admin/factcheck/object_history.html", context)
