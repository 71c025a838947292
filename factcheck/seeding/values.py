"""The kinds of value that a seed file may hold: what each allows, and how it is read."""

import re
from dataclasses import dataclass
from datetime import date
from os.path import commonprefix
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models

from factcheck.models.dates import PartialDate, PartialDateField
from factcheck.models.text import SLUG_LENGTH, SLUG_PATTERN, SlugField, UrlField, normalised, refused_character

LARGEST = {"PositiveSmallIntegerField": 32_767, "PositiveIntegerField": 2_147_483_647}


SHOWN = 57  # characters of a text that a message quotes
SHOWN_BEFORE = 15  # of them, those before the first difference


class BadValue(ValueError):
    """A value that is not allowed; the message says what is."""


def shown(value: Any) -> str:
    """A value of a file as an error message quotes it, cut short."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value, 0)
    text = str(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def shown_apart(one: Any, other: Any) -> tuple[str, str]:
    """Two values that differ, as a message quotes them: of long texts the part where they do."""
    if not (isinstance(one, str) and isinstance(other, str)):
        return shown(one), shown(other)
    same = len(commonprefix([one, other]))
    start = same - SHOWN_BEFORE if same > SHOWN // 2 and max(len(one), len(other)) > SHOWN else 0
    return _quoted(one, start), _quoted(other, start)


def _quoted(text: str, start: int) -> str:
    end = start + SHOWN
    return f"“{'…' if start else ''}{text[start:end]}{'…' if len(text) > end else ''}”"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of value. `allowed` says in words what is; `read` returns it as the history would hold it."""

    allowed: str

    def read(self, value: Any) -> Any:
        raise NotImplementedError

    def refuse(self, value: Any) -> BadValue:
        return BadValue(f"{shown(value)} is not allowed. Allowed: {self.allowed}.")


@dataclass(frozen=True, slots=True)
class Text(Kind):
    column: models.Field
    required: bool

    def read(self, value: Any) -> str:
        if not isinstance(value, str):
            raise self.refuse(value)
        text = normalised(value)
        if problem := refused_character(text):
            raise BadValue(f"{problem} is not allowed. Allowed: text without control or direction characters.")
        limit = self.column.max_length
        if limit is not None and len(text) > limit:
            raise BadValue(f"the text has {len(text):,} characters. Allowed: at most {limit:,}.")
        if not text.strip():
            if self.required or text:
                raise BadValue(f"the text is empty. Allowed: {self.allowed}.")
            return text
        for check in self.column.validators:
            try:
                check(text)
            except ValidationError as error:
                raise BadValue(f"{shown(text)} is not allowed. {' '.join(error.messages)}") from None
        return text


@dataclass(frozen=True, slots=True)
class Choice(Kind):
    choices: tuple[Any, ...]

    def read(self, value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, str | int) or value not in self.choices:
            raise self.refuse(value)
        return value


@dataclass(frozen=True, slots=True)
class Number(Kind):
    smallest: int
    largest: int

    def read(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not self.smallest <= value <= self.largest:
            raise self.refuse(value)
        return value


@dataclass(frozen=True, slots=True)
class Flag(Kind):
    def read(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise self.refuse(value)
        return value


@dataclass(frozen=True, slots=True)
class Day(Kind):
    def read(self, value: Any) -> str:
        try:
            if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
                raise self.refuse(value)
            return date.fromisoformat(value).isoformat()
        except (TypeError, ValueError):
            raise self.refuse(value) from None


@dataclass(frozen=True, slots=True)
class Partial(Kind):
    def read(self, value: Any) -> PartialDate:
        try:
            return PartialDate.parse(value)
        except (TypeError, ValueError):
            raise self.refuse(value) from None


@dataclass(frozen=True, slots=True)
class Reference(Kind):
    """The slug of another record; `to` is the list in which seed files define it."""

    to: str

    def read(self, value: Any) -> str:
        if not isinstance(value, str) or len(value) > SLUG_LENGTH or not re.fullmatch(SLUG_PATTERN, value):
            raise self.refuse(value)
        return value


def kind_of(column: models.Field, lists: dict[str, str]) -> Kind:
    """The kind of value that a model's column takes. `lists` names the list of each model that is referred to."""
    required = is_required(column)
    if isinstance(column, models.ForeignKey):
        to = lists[column.related_model._meta.model_name or ""]
        return Reference(f"the slug of one of the {to}", to)
    if column.choices:
        choices = tuple(value for value, _ in column.flatchoices)
        return Choice(f"one of {', '.join(map(str, choices))}", choices)
    if isinstance(column, PartialDateField):
        return Partial("a date as “2025”, “2025-11” or “2025-11-14”, no more than is known")
    if isinstance(column, models.DateField):
        return Day("a day as “2025-11-14”")
    if isinstance(column, models.BooleanField):
        return Flag("true or false")
    if isinstance(column, models.IntegerField):
        limits = [check.limit_value for check in column.validators if isinstance(check, MaxValueValidator)]
        # Among the validators is the range of the engine, which is wider on SQLite.
        largest = min([LARGEST[column.get_internal_type()], *limits])
        return Number(f"a whole number from 0 to {largest:,}", 0, largest)
    if isinstance(column, SlugField):
        return Text(f"small letters a-z, digits and single hyphens, at most {column.max_length}", column, required)
    if isinstance(column, UrlField):
        return Text(f"a web address, http or https, of at most {column.max_length:,} characters", column, required)
    limit = f"of at most {column.max_length:,} characters" if column.max_length else "of any length"
    return Text(f"text {limit}", column, required)


def is_required(column: models.Field) -> bool:
    """Whether a record cannot be without it."""
    return not column.blank and not column.has_default() and not column.null
