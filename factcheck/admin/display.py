"""How values are shown where they are not edited."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.contrib import admin
from django.db import models
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from factcheck.models.dates import PartialDateField


@cache
def date_shown(model: type[models.Model], name: str) -> Callable[[Any], str]:
    """The column or read-only field of a date: 2025, 2025-11 or 2025-11-14, as it is known, or 2025-11-14 09:30 UTC."""
    field = model._meta.get_field(name)

    @admin.display(description=field.verbose_name, ordering=name)  # type: ignore[union-attr]
    def shown(record: Any) -> str:
        if isinstance(field, PartialDateField):
            return str(getattr(record, f"{name}_partial") or "–")
        return moment(getattr(record, name))

    shown.__name__ = f"{name}_shown"
    return shown


def moment(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if at else "–"


def shortened(text: str, length: int = 120) -> str:
    """The beginning of a text, whole words, for a column."""
    if len(text) <= length:
        return text
    return text[:length].rsplit(" ", 1)[0] + " …"


def named(kind: Any, name: Any) -> str:
    """A record with the kind that it is of: claim “…”."""
    return gettext("%(kind)s “%(name)s”") % {"kind": kind, "name": name}


def link(address: str, words: Any) -> SafeString:
    return format_html('<a href="{}">{}</a>', address, words)
