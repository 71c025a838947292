"""The history, narrowed: by whom, what, and when. The address says all of it, so that it can be passed on."""

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from factcheck import rights
from factcheck.actions import ACTIONS
from factcheck.admin.display import shortened
from factcheck.models import Change, User, Whole

COMMANDS = "~"  # no name of an account has this character


class Day(forms.DateField):
    widget = forms.DateInput(attrs={"type": "date"})

    def to_python(self, value: Any) -> date | None:
        """Only as the browser's own box writes it, which would show another form of it as empty."""
        day = super().to_python(value)
        if day is not None and day.isoformat() != value:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return day

    def bound_data(self, data: Any, initial: Any) -> Any:
        """The box shows days alone."""
        try:
            self.to_python(data)
        except ValidationError:
            return ""
        return data


class Narrowing(forms.Form):
    """Who, what and when. What it does not know is refused, and shows nothing rather than everything."""

    who = forms.ChoiceField(label=_("Who"), required=False)
    whole_type = forms.ChoiceField(label=_("Record"), required=False)
    action = forms.ChoiceField(label=_("Action"), required=False)
    since = Day(label=pgettext_lazy("first day", "From (UTC)"), required=False, input_formats=["%Y-%m-%d"])
    until = Day(label=pgettext_lazy("last day", "To (UTC)"), required=False, input_formats=["%Y-%m-%d"])

    def __init__(
        self, data: Mapping[str, str], seen: Collection[type[Whole]], kinds: Collection[type[Whole]] | None = None
    ) -> None:
        """For who sees the kinds of record `seen`, on a page of some of them; where that is one, it is not asked which.

        Whose changes one may see is the same on every page.
        """
        super().__init__(data)
        kinds = seen if kinds is None else kinds
        theirs = Change.objects.of_kinds(seen).filter(actor=OuterRef("pk"))
        self.people = dict(User.objects.filter(Exists(theirs)).order_by("username").values_list("username", "pk"))
        names = sorted((str(capfirst(kind._meta.verbose_name)), str(kind._meta.model_name)) for kind in kinds)
        people = [*((name, name) for name in self.people), (COMMANDS, gettext("Commands"))]
        self._offer("who", gettext("Anybody"), people)
        self._offer("whole_type", gettext("Any record"), [(name, label) for label, name in names])
        groups = [(gettext("Any record"), ""), *((label, name) for label, name in names if name in ACTIONS)]
        actions = [(label, [(a, str(capfirst(words))) for a, words in ACTIONS[n].items()]) for label, n in groups]
        self._offer("action", gettext("Any action"), actions)
        if len(kinds) == 1:
            self.fields["whole_type"].widget = forms.HiddenInput()

    def _offer(self, name: str, everything: str, choices: list[Any]) -> None:
        field: Any = self.fields[name]
        field.choices = [("", everything), *choices]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("since") and given.get("until") and given["since"] > given["until"]:
            raise ValidationError(gettext("From (UTC): this day is later than the one up to which it goes."))
        return given

    @property
    def problems(self) -> list[str]:
        """What keeps this from being answered, each naming what is allowed."""
        found = [str(error) for error in self.non_field_errors()]
        for name, field in self.fields.items():
            if name not in self.errors:
                continue
            typed = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in self.data[name])
            given = {"field": field.label, "typed": shortened(typed, 60)}
            if isinstance(field, forms.ChoiceField):
                given["allowed"] = ", ".join(_flat(field.choices))
                problem = gettext("%(field)s: “%(typed)s” is not known here. Allowed are: %(allowed)s.")
            else:
                problem = gettext("%(field)s: “%(typed)s” is not known here. Write a day as 2025-11-14.")
            found.append(problem % given)
        return found

    def narrowed[Q: QuerySet[Any]](self, changes: Q) -> Q:
        if not self.is_valid():
            return changes.none()
        given = self.cleaned_data
        if who := given["who"]:
            changes = changes.filter(actor=self.people.get(who))
        if kind := given["whole_type"]:
            changes = changes.filter(whole_type=kind)
        if action := given["action"]:
            changes = changes.filter(action=action)
        if since := given["since"]:
            changes = changes.filter(at__gte=datetime.combine(since, time.min, UTC))
        if until := given["until"]:
            changes = changes.filter(at__lte=datetime.combine(until, time.max, UTC))
        return changes


def _flat(choices: Any) -> Iterator[str]:
    """What an address may say, with what that is called where it is not the same."""
    for value, label in choices:
        if isinstance(label, list | tuple):
            yield from _flat(label)
        elif value:
            yield value if value.casefold() == label.casefold() else f"{value} ({label.lower()})"


class ByNarrowing(admin.ListFilter):
    """The same form beside the list of all changes."""

    title = _("who, what and when")
    template = "admin/factcheck/narrowing.html"

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        given = {name: params.pop(name)[-1] for name in Narrowing.base_fields if name in params}
        self.form = Narrowing(given, rights.kinds_seen_by(request.user))  # type: ignore[arg-type]

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: Any) -> Iterator[Any]:
        """What else the address says of the list, which the form keeps."""
        yield from ((name, value) for name, value in changelist.params.items() if name not in Narrowing.base_fields)

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return self.form.narrowed(queryset)

    def expected_parameters(self) -> list[str | None]:
        return list(Narrowing.base_fields)
