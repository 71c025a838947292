"""Forms that carry the version that was read and the reason for a change, and keep what was not touched as it is."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget, AdminURLFieldWidget, AutocompleteSelect
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.forms.models import BaseInlineFormSet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from factcheck.admin.requests import number_in
from factcheck.models import Conflict, User, Whole
from factcheck.models.text import TextField, UrlField, normalised, validate_text

SAVED_MEANWHILE = _("This was saved by somebody else meanwhile.")


class TextBox(forms.CharField):
    """Text of several lines. A browser sends them with CRLF, which is no change by itself."""

    def to_python(self, value: Any) -> Any:
        return normalised(text) if isinstance(text := super().to_python(value), str) else text

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(normalised(str(initial or "")).strip() != self.to_python(data))


class Chooser(AutocompleteSelect):
    """A box that completes a record's name, and leaves empty what can be the id of none."""

    known: models.Model | None = None  # the one that the form has read already

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> list[Any]:
        options = [] if self.is_required else [self.create_option(name, "", "", False, 0)]
        pk = number_in(value[0] if value else "")
        if self.known and self.known.pk == pk:
            found = [self.known]
        else:
            found = [] if pk is None else self.choices.queryset.filter(pk=pk)
        for record in found:
            label = self.choices.field.label_from_instance(record)
            options.append(self.create_option(name, record.pk, label, True, len(options)))
        return [(None, options, 0)]


FIELD_OVERRIDES: dict[type[models.Field], dict[str, Any]] = {
    TextField: {"form_class": TextBox, "widget": AdminTextareaWidget(attrs={"rows": 4})},
    UrlField: {"widget": AdminURLFieldWidget},
}


class RecordForm(forms.ModelForm):
    """What a box cannot show, the spaces at the ends and the microseconds, stays as stored unless the rest changed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            box = getattr(field.widget, "widget", field.widget)  # beside which the admin puts links
            if isinstance(box, Chooser) and box.field.is_cached(self.instance):
                box.known = getattr(self.instance, name)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        cleaned = self.cleaned_data if cleaned is None else cleaned
        for name, value in cleaned.items():
            stored = getattr(self.instance, name, None)
            unseen = isinstance(value, datetime) and isinstance(stored, datetime) and name not in self.changed_data
            if unseen or (isinstance(value, str) and isinstance(stored, str) and value == stored.strip()):
                cleaned[name] = stored
        return cleaned


class DeskForm(RecordForm):
    """The form of a whole, or of a part that has a page of its own."""

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Why this change?"),
        required=False,
        max_length=1000,
        validators=[validate_text],
        help_text=_("Stands in the history beside what you change. You may leave it empty."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    # Set by DeskAdmin.get_form, for one request.
    actor: ClassVar[User]
    whole_of: ClassVar[Callable[[models.Model], Whole]]
    prepare: ClassVar[Callable[[models.Model, dict[str, Any]], None]]
    refusal: ClassVar[ValidationError | None] = None
    overtaken: ClassVar[bool] = False  # the form is shown with both versions, and not saved

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            del self.fields["seen"], self.fields["reason"]
        else:
            self.initial["seen"] = self.whole.version

    @property
    def whole(self) -> Whole:
        return type(self).whole_of(self.instance)

    @property
    def in_conflict(self) -> bool:
        return self.is_bound and self.overtaken

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.instance._state.adding:
            type(self).prepare(self.instance, cleaned)
        if self.refusal:
            self.add_error(None, self.refusal)
        elif self.overtaken:
            self.add_error(None, SAVED_MEANWHILE)
        elif "seen" in self.fields and cleaned.get("seen") != self.whole.version:
            raise Conflict(self.whole)
        return cleaned

    def validate_constraints(self) -> None:
        """Checks also the constraints that name a field which the form does not show: Django's own form skips them."""
        try:
            self.instance.validate_constraints(exclude=self.errors.keys() - {NON_FIELD_ERRORS})
        except ValidationError as error:
            for name, messages in error.error_dict.items():
                self.add_error(name if name in self.fields else None, messages)


class DeskInlineFormSet(BaseInlineFormSet):
    """Shows the typed text of a row also when somebody else has removed the stored one meanwhile."""

    def get_queryset(self) -> Any:
        """The admin pairs the forms shown with these rows, so after a refusal each form brings its own."""
        if self.is_bound and "forms" in self.__dict__:
            return [form.instance for form in self.initial_forms]
        return super().get_queryset()

    def add_fields(self, form: Any, index: Any) -> None:
        """The box to tick has no label in a table."""
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].widget.attrs["aria-label"] = gettext("Delete")
