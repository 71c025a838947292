"""Dates known to the day, the month or the year: two columns, and one partial ISO 8601 value outside the database."""

import calendar
import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

ALLOWED = _("Give a date as 2025, 2025-11 or 2025-11-14, no more than is known.")


class Precision(models.TextChoices):
    DAY = "day", _("Day")
    MONTH = "month", _("Month")
    YEAR = "year", _("Year")


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A day, a month or a year. `first` is the first day of it."""

    first: date
    precision: str = Precision.DAY

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads "2025", "2025-11" or "2025-11-14". Raises ValueError saying what is allowed."""
        if not re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", text, re.ASCII):
            raise ValueError(str(ALLOWED))
        parts = [int(part) for part in text.split("-")]
        try:
            first = date(*[*parts, 1, 1][:3])
        except ValueError:
            raise ValueError(" ".join((gettext("There is no such day."), str(ALLOWED)))) from None
        return cls(first, (Precision.YEAR, Precision.MONTH, Precision.DAY)[len(parts) - 1])

    @classmethod
    def of(cls, record: models.Model, name: str) -> Self | None:
        """What a record's two columns `name` and `name_precision` hold; None when nothing is known."""
        first, precision = getattr(record, name), getattr(record, f"{name}_precision")
        return cls(first, precision) if first else None

    def __str__(self) -> str:
        return self.first.isoformat()[: {Precision.YEAR: 4, Precision.MONTH: 7}.get(Precision(self.precision), 10)]

    @property
    def last(self) -> date:
        """The last day that it covers."""
        if self.precision == Precision.YEAR:
            return date(self.first.year, 12, 31)
        if self.precision == Precision.MONTH:
            return self.first.replace(day=calendar.monthrange(self.first.year, self.first.month)[1])
        return self.first

    @property
    def words(self) -> str:
        """As a page prints it: no more than is known."""
        if self.precision != Precision.MONTH:
            return date_format(self.first, "Y" if self.precision == Precision.YEAR else "DATE_FORMAT")
        # Django writes a month alone as a heading would; a language that has it small beside a day has it small here.
        words = date_format(self.first, "YEAR_MONTH_FORMAT")
        return words.lower() if date_format(self.first, "E").islower() else words


class PartialDateFormField(forms.CharField):
    """A text box that takes a partial ISO date."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 10)
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("placeholder", _("YYYY-MM-DD"))

    def to_python(self, value: Any) -> Any:
        if isinstance(value, PartialDate):
            return value
        try:
            return PartialDate.parse(text) if (text := super().to_python(value)) else None
        except ValueError as error:
            raise ValidationError(str(error), code="partial_date") from None

    def validate(self, value: Any) -> None:
        if value is None and self.required:
            raise ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value: Any) -> None:
        """The validators of CharField are for text; `to_python` has checked the rest."""

    def prepare_value(self, value: Any) -> Any:
        return str(value) if isinstance(value, PartialDate) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(initial or "") != str(data or "").strip()


class PartialDateField(models.DateField):
    """Holds the first day; the column `<name>_precision` beside it says how much of it is known.

    Forms see one partial ISO value. Declare a PrecisionField and `partial_date_rule` with it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("null", True)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def contribute_to_class(self, cls: type[models.Model], name: str) -> None:  # type: ignore[override]
        super().contribute_to_class(cls, name)
        setattr(cls, f"{name}_partial", property(lambda record: PartialDate.of(record, name)))

    def formfield(self, **kwargs: Any) -> forms.Field:
        kwargs.pop("widget", None)
        kwargs.pop("form_class", None)
        return PartialDateFormField(
            label=capfirst(self.verbose_name),
            help_text=self.help_text or ALLOWED,
            required=not self.blank,
        )

    def value_from_object(self, obj: models.Model) -> Any:
        partial = PartialDate.of(obj, self.name)
        return str(partial) if partial else None

    def value_to_string(self, obj: models.Model) -> str:
        """For Django's serializers: the first day, as the column holds it."""
        first = getattr(obj, self.attname)
        return first.isoformat() if first else ""

    def save_form_data(self, instance: models.Model, data: PartialDate | None) -> None:
        setattr(instance, self.name, data.first if data else None)
        setattr(instance, f"{self.name}_precision", data.precision if data else "")

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        return value if isinstance(value, PartialDate) else super().clean(value, model_instance)


class PrecisionField(models.CharField):
    """How much of the date beside it is known; empty when nothing is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 5)
        kwargs.setdefault("blank", True)
        kwargs.setdefault("choices", Precision.choices)
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)


def partial_date_rule(record: str, field: str) -> models.CheckConstraint:
    """The named constraint that ties the two columns: month and year hold the first day, unknown holds null."""
    precision = f"{field}_precision"
    return models.CheckConstraint(
        name=f"{record}_{field}_fits_precision",
        condition=Q(**{f"{field}__isnull": True, precision: ""})
        | Q(**{f"{field}__isnull": False, precision: Precision.DAY})
        | Q(**{f"{field}__isnull": False, precision: Precision.MONTH, f"{field}__day": 1})
        | Q(**{f"{field}__isnull": False, precision: Precision.YEAR, f"{field}__day": 1, f"{field}__month": 1}),
        violation_error_message=ALLOWED,
    )


def or_first(column: str) -> models.Func:
    """A date to sort by, which is never null: one that is not known comes before all that are.

    The text of the first day stands in the SQL: SQLite finds no index of an expression by a parameter.
    """
    return models.Func(F(column), template="COALESCE(%(expressions)s, '0001-01-01')", output_field=models.DateField())
