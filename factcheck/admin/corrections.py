"""The question that a change asks of what readers know: was something wrong, or not?"""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from factcheck import rights, workflow
from factcheck.admin.base import DeskAdmin, actor_of, asked
from factcheck.admin.forms import DeskForm, DeskInlineFormSet, TextBox
from factcheck.models import Severity
from factcheck.models.text import validate_text

CORRECTED, NOTHING_WRONG = "corrected", "nothing-wrong"
QUESTION = ("about_change", "correction_severity", "correction_note")
ASK = _("Readers know this claim: say below whether something in it was wrong.")


class AskingForm(DeskForm):
    """The form of a claim that readers know, or of a place where it appeared."""

    about_change = forms.ChoiceField(
        label=_("Was something wrong?"),
        choices=[
            ("", _("I change neither wording, claimant nor a caveat")),
            (CORRECTED, _("Yes: publish a correction")),
            (NOTHING_WRONG, _("No, nothing was wrong")),
        ],
        required=False,
    )
    correction_severity = forms.ChoiceField(
        label=_("If so, what kind of mistake"),
        choices=[choice for choice in Severity.choices if choice[0] != Severity.VERDICT_CHANGED],
        required=False,
    )
    correction_note = TextBox(
        label=_("What was wrong and what is right now"),
        required=False,
        max_length=5000,
        validators=[validate_text],
        widget=forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
        help_text=_("Readers see it."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding or not self.whole.first_listed_at:  # type: ignore[attr-defined]
            for name in QUESTION:
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "about_change" in self.fields:
            if workflow.ASKS & set(self.changed_data) and not cleaned.get("about_change"):
                self.add_error("about_change", ASK)
            if cleaned.get("about_change") == CORRECTED and not cleaned.get("correction_note", "").strip():
                self.add_error("correction_note", gettext("Tell readers what was wrong."))
        return cleaned


class AskingFormSet(DeskInlineFormSet):
    """The places where a claim appeared: a changed caveat asks, too."""

    def clean(self) -> None:
        super().clean()
        known = getattr(self.instance, "first_listed_at", None)
        changed = [form for form in self.initial_forms if form.has_changed()]
        asks = any(workflow.ASKS & set(form.changed_data) - {"claimant"} for form in changed)
        if known and asks and not self.data.get("about_change"):
            raise ValidationError(ASK)


class AskingAdmin(DeskAdmin):
    """Publishes the correction together with the change, or writes into the history that nothing was wrong."""

    form = AskingForm

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or not self.whole(obj).first_listed_at or not asked(request, rights.may_change, obj):  # type: ignore[attr-defined]
            return fieldsets
        description = gettext(
            "Changing what is claimed, who claims it or what a reporter says of its verification asks this."
        )
        return [*fieldsets, (gettext("Readers know this claim"), {"description": description, "fields": [*QUESTION]})]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        given = form.cleaned_data
        if given.get("about_change") == NOTHING_WRONG:
            given["reason"] = f"Nothing was wrong. {given.get('reason', '')}".strip()
        whole = self.whole(form.instance)
        before = type(whole).objects.get(pk=whole.pk).text if given.get("about_change") == CORRECTED else ""  # type: ignore[attr-defined]
        super().save_related(request, form, formsets, change)
        if given.get("about_change") == CORRECTED:
            after = whole.text  # type: ignore[attr-defined]
            workflow.correct(
                whole,  # type: ignore[arg-type]
                actor=actor_of(request),
                severity=given["correction_severity"],
                note=given["correction_note"],
                before=before if before != after else "",
                after=after if before != after else "",
            )
