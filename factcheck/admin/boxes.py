"""What the boxes of a form say: as stored, as sent by a browser, as a person reads it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext

from factcheck import states
from factcheck.models.text import normalised


def names(form: forms.ModelForm) -> list[str]:
    """The boxes that can be compared: those of recorded fields. A reason or a file has no earlier version."""
    recorded = states.recorded_fields(form._meta.model)  # type: ignore[arg-type]
    return [name for name, box in form.fields.items() if name in recorded and not box.disabled]


def said(box: forms.Field, value: Any) -> str:
    """A value, stored or sent, as text that is the same if a browser shows the same."""
    if value is None or value == "":
        return ""
    if not isinstance(box, forms.ModelChoiceField):
        value = _understood(box, value)
    if isinstance(value, datetime):
        value = value.astimezone(UTC).replace(microsecond=0).isoformat()
    return normalised("" if value is None else str(value)).strip()


def _understood(box: forms.Field, value: Any) -> Any:
    """What the field makes of it; if nothing, what was sent."""
    try:
        return box.clean(value) if isinstance(value, list) else box.to_python(value)
    except ValidationError:
        return " ".join(filter(None, value)) if isinstance(value, list) else value


def initial(form: forms.ModelForm, name: str) -> Any:
    return form.get_initial_for_field(form.fields[name], name)


def stored(form: forms.ModelForm) -> dict[str, str]:
    """What the boxes of an unbound form say."""
    return {name: said(form.fields[name], initial(form, name)) for name in names(form)}


def sent(form: forms.ModelForm, request: HttpRequest, prefix: str, name: str) -> Any:
    return form.fields[name].widget.value_from_datadict(request.POST, request.FILES, prefix + name)


def typed(form: forms.ModelForm, request: HttpRequest, prefix: str) -> dict[str, str]:
    """What was sent. A box that the page of then did not have is not empty, but unseen."""
    found = {}
    for name in names(form):
        box = form.fields[name]
        if not box.widget.value_omitted_from_data(request.POST, request.FILES, prefix + name):
            found[name] = said(box, sent(form, request, prefix, name))
    return found


def more_typed(form: forms.ModelForm, request: HttpRequest, prefix: str) -> bool:
    """Whether anything was given that is no recorded field, such as a file."""
    others = form.fields.keys() - set(names(form))
    return any(form.fields[name].has_changed(initial(form, name), sent(form, request, prefix, name)) for name in others)


def as_sent(box: forms.Field, name: str, value: Any) -> dict[str, str | None]:
    """What a browser sends for a box that holds this value; None where it sends nothing."""
    widget: Any = box.widget
    if isinstance(widget, RelatedFieldWidgetWrapper):
        widget = widget.widget
    value = box.prepare_value(value)
    if isinstance(widget, forms.MultiWidget):
        inner = zip(widget.widgets_names, widget.widgets, widget.decompress(value), strict=True)  # type: ignore[attr-defined,arg-type]
        return {name + suffix: str(one.format_value(part) or "") for suffix, one, part in inner}
    if isinstance(widget, forms.CheckboxInput):
        return {name: "on" if value else None}
    shown = widget.format_value(value)
    if isinstance(shown, list | tuple):
        shown = shown[0] if shown else ""
    return {name: "" if shown is None else str(shown)}


def readable(form: forms.ModelForm, name: str, value: Any) -> str:
    """A value, stored or sent, as a person reads it."""
    box = form.fields[name]
    if value is None or value == "":
        return ""
    if isinstance(box, forms.ModelChoiceField):
        try:
            return str(box.label_from_instance(box.to_python(value)))
        except ValidationError:  # not among what can be chosen
            return f"#{value}"
    if isinstance(box, forms.ChoiceField):
        labels = {str(key): str(words) for key, words in models.Field(choices=box.choices).flatchoices}
        return labels.get(said(box, value), said(box, value))
    understood = _understood(box, value)
    if isinstance(understood, bool):
        return gettext("Yes") if understood else gettext("No")
    if isinstance(understood, datetime):
        return f"{understood.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return said(box, value)


def summary(form: forms.ModelForm) -> str:
    """All that an unbound form says, a line for each box that is not empty."""
    return _lines(form, {name: initial(form, name) for name in names(form)})


def summary_of_typed(form: forms.ModelForm, request: HttpRequest, prefix: str) -> str:
    return _lines(form, {name: sent(form, request, prefix, name) for name in names(form)})


def _lines(form: forms.ModelForm, values: Mapping[str, Any]) -> str:
    texts = {name: readable(form, name, value) for name, value in values.items()}
    return "\n".join(f"{capfirst(label(form, name))}: {text}" for name, text in texts.items() if text)


def label(form: forms.ModelForm, name: str) -> str:
    return str(form.fields[name].label or name)
