"""What the database refuses, said as its rule says it."""

import re
from typing import cast

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models import BaseConstraint, Field, UniqueConstraint
from django.utils.translation import gettext


def explain(error: IntegrityError | ValidationError) -> str:
    """The message of the constraint or trigger that refused a write, fit for an editor."""
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    if rule := _broken_rule(error):
        return str(rule.violation_error_message)
    text = str(error)
    if match := re.match(r"[a-z_]+: (.+)", text):
        return gettext(match[1].splitlines()[0])  # a trigger's
    if "foreign key" in text.lower():
        return gettext("Something that it refers to is not there any more.")
    return text.splitlines()[0]


def columns(error: IntegrityError | ValidationError) -> set[str]:
    """The fields that the refusal is about, where it tells them."""
    if isinstance(error, ValidationError):
        return set(getattr(error, "error_dict", {}))
    rule = _broken_rule(error)
    if isinstance(rule, UniqueConstraint):
        return set(rule.fields)
    return {"slug"} if re.match(r"[a-z]+_slug_", str(error)) else set()


def _broken_rule(error: IntegrityError) -> BaseConstraint | None:
    text = str(error)
    for model in apps.get_app_config("factcheck").get_models():
        for rule in model._meta.constraints:
            columns = ""
            if isinstance(rule, UniqueConstraint) and rule.fields:
                # SQLite names the columns of a unique constraint, not the constraint.
                names = [cast(Field, model._meta.get_field(name)).column for name in rule.fields]
                columns = ", ".join(f"{model._meta.db_table}.{name}" for name in names)
            if re.search(rf"\b{rule.name}\b", text) or (columns and text.endswith(f"failed: {columns}")):
                return rule
    return None
