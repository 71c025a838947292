"""What text, slugs and web addresses may hold, and the fields that keep to it on both engines."""

import re
import unicodedata
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Length
from django.utils.regex_helper import _lazy_re_compile
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# \Z, since in Python, and so in SQLite, $ would let a line break follow
SLUG_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*\Z"
URL_PATTERN = r"^https?://[^/\s\\]+(/[^\s]*|\?[^\s]*|#[^\s]*)?\Z"
# Named one by one: what \s means depends on the engine, and on the language that its database is set to.
WHITE_SPACE = r"\u0001-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
# What shows nothing by itself (Unicode's Default_Ignorable_Code_Point), and controls.
UNSEEN = (
    r"\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
TEXT_PATTERN = f"[^{WHITE_SPACE}{UNSEEN}]"
SLUG_LENGTH = 80
URL_LENGTH = 2000

# Words that addresses use after /claims/, /articles/ and so on.
RESERVED_SLUGS = (
    "add", "admin", "api", "as-of", "changes", "data", "embed", "feed", "feeds", "history", "new", "search", "similar",
)  # fmt: skip

# C0 and C1 controls except tab and newline, embeddings and isolates, surrogates, noncharacters.
REFUSED = _lazy_re_compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | low) for plane in range(17) for low in (0xFFFE, 0xFFFF))
    + "]"
)

validate_slug = RegexValidator(
    SLUG_PATTERN, _("Use small letters a-z, digits and single hyphens between them."), code="slug"
)
validate_url = RegexValidator(
    URL_PATTERN, _("Give a whole web address that begins with http:// or https://."), code="url"
)

# What ends a line, or is no part of one; the other controls that do are refused in every text.
NOT_IN_A_LINE = {
    "\n": _("line break"),
    "\t": _("tab"),
    "\u2028": _("line separator (U+2028)"),
    "\u2029": _("paragraph separator (U+2029)"),
}
OUT_OF_LINE = _lazy_re_compile(f"[{''.join(NOT_IN_A_LINE)}]")


def normalised(text: str) -> str:
    """The text as NFC with LF line ends: the only form that is stored."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


def refused_character(text: str) -> str:
    """Names the first character that no text may hold and its position, counted from 1; empty if there is none."""
    if not (found := REFUSED.search(text)):
        return ""
    line = text.count("\n", 0, found.start()) + 1
    column = found.start() - (text.rfind("\n", 0, found.start()) + 1) + 1
    code = f"U+{ord(found[0]):04X}"
    where = gettext("character %(code)s at line %(line)d, character %(column)d")
    return where % {"code": code, "line": line, "column": column}


def validate_text(text: str) -> None:
    """Raises ValidationError naming the position of a control, embedding, surrogate or noncharacter."""
    if problem := refused_character(normalised(text)):
        raise ValidationError(
            _(
                "Remove the %(problem)s: control characters, text direction overrides and characters that are no "
                "characters are not allowed."
            ),
            code="refused_character",
            params={"problem": problem},
        )


def validate_line(text: str) -> None:
    """Raises ValidationError naming what keeps a text from being one line, and where."""
    if found := OUT_OF_LINE.search(normalised(text)):
        raise ValidationError(
            _("Write this in one line, without the %(problem)s at character %(position)d."),
            code="line",
            params={"problem": NOT_IN_A_LINE[found[0]], "position": found.start() + 1},
        )


class CleanText:
    """Keeps a text field's value normalised and free of refused characters, whichever way it is written."""

    max_length: int | None
    name: str
    default_validators: Any = [validate_text]

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)  # type: ignore[misc]
        return normalised(value) if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)  # type: ignore[misc]
        return normalised(value) if isinstance(value, str) else value

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        """Checks once more what is stored: the engines disagree on NUL, and SQLite knows no length."""
        value = super().get_db_prep_save(value, connection)  # type: ignore[misc]
        if isinstance(value, str):
            validate_text(value)
            if self.max_length is not None and len(value) > self.max_length:
                words = _("%(field)s: %(length)d characters, at most %(allowed)d are allowed.")
                params = {"field": self.name, "length": len(value), "allowed": self.max_length}
                raise ValidationError(words, params=params)
        return value


class LineField(CleanText, models.CharField):
    """One line of text."""

    default_validators: Any = [validate_text, validate_line]

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        value = super().get_db_prep_save(value, connection)
        if isinstance(value, str):
            validate_line(value)
        return value


class TextField(CleanText, models.TextField):
    """Text of any number of lines."""

    default_validators: Any = [validate_text]


class SlugField(CleanText, models.CharField):
    """The part of a public address that names a record."""

    default_validators: Any = [validate_slug]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", SLUG_LENGTH)
        super().__init__(*args, **kwargs)


class UrlField(CleanText, models.CharField):
    """A web address, http or https."""

    default_validators: Any = [validate_text, validate_url]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", URL_LENGTH)
        kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)


for _field in (models.CharField, models.TextField):
    _field.register_lookup(Length)


def slug_rules(record: str, *, where: models.Q | None = None) -> list[models.BaseConstraint]:
    """The named constraints of a record's slug: its form, the words that addresses use, and uniqueness."""
    return [
        models.CheckConstraint(
            name=f"{record}_slug_form",
            condition=models.Q(slug__regex=SLUG_PATTERN, slug__length__lte=SLUG_LENGTH),
            violation_error_message=format_lazy(
                _("A slug has at most {length} small letters a-z, digits and single hyphens."), length=SLUG_LENGTH
            ),
        ),
        models.CheckConstraint(
            name=f"{record}_slug_not_reserved",
            condition=~models.Q(slug__in=RESERVED_SLUGS),
            violation_error_message=format_lazy(
                _("Choose another slug: the site's own addresses use {reserved}."), reserved=", ".join(RESERVED_SLUGS)
            ),
        ),
        models.UniqueConstraint(
            fields=["slug"],
            name=f"{record}_slug_unique",
            condition=where,
            violation_error_message=_("Another record has this slug already; choose another."),
        ),
    ]


def has_text(field: str) -> models.Q:
    """That a text column holds more than white space."""
    return models.Q(**{f"{field}__regex": TEXT_PATTERN})


def is_blank(text: str) -> bool:
    """Whether a text shows nothing, as the rule above has it."""
    return re.search(TEXT_PATTERN, text) is None


def text_rule(record: str, field: str, message: "StrOrPromise") -> models.CheckConstraint:
    """The named constraint of a text that a record cannot be without."""
    return models.CheckConstraint(
        name=f"{record}_{field}_given", condition=has_text(field), violation_error_message=message
    )


def url_rule(record: str, field: str) -> models.CheckConstraint:
    """The named constraint of a web address that may be empty."""
    return models.CheckConstraint(
        name=f"{record}_{field}_is_web_address",
        condition=models.Q(**{field: ""})
        | models.Q(**{f"{field}__regex": URL_PATTERN, f"{field}__length__lte": URL_LENGTH}),
        violation_error_message=format_lazy(
            _("Give a web address of at most {length} characters, with http or https."),
            length=f"{URL_LENGTH:,}",
        ),
    )


def choice_rule(
    record: str, field: str, choices: type[models.Choices], *, empty: bool = False
) -> models.CheckConstraint:
    """The named constraint that a column holds one of its choices, or nothing where that is allowed."""
    allowed = [*([""] if empty else []), *choices.values]
    return models.CheckConstraint(
        name=f"{record}_{field}_known",
        condition=models.Q(**{f"{field}__in": allowed}),
        violation_error_message=format_lazy(
            _("Choose one of: {allowed}."), allowed=", ".join(map(str, choices.values))
        ),
    )


def sha256_rule(record: str, field: str) -> models.CheckConstraint:
    """The named constraint of a SHA-256 in small hexadecimal digits, or empty."""
    return models.CheckConstraint(
        name=f"{record}_{field}_is_sha256",
        condition=models.Q(**{f"{field}__regex": r"^([0-9a-f]{64})?\Z"}),
        violation_error_message=_("A SHA-256 has 64 small hexadecimal digits."),
    )
