"""The environment, read strictly: a typing error stops the start instead of leaving a door open."""

import os
from collections.abc import Collection

from django.core.exceptions import ImproperlyConfigured


def switch(name: str) -> bool:
    """Off unless set. Raises ImproperlyConfigured for what is neither on nor off."""
    value = os.environ.get(name, "").lower()
    if value not in {"", "0", "false", "no", "1", "true", "yes"}:
        raise ImproperlyConfigured(f"{name} is 1 or 0 (also true, yes, false, no or empty).")
    return value in {"1", "true", "yes"}


def number(name: str, default: int, least: int = 1) -> int:
    """A whole number of at most six digits. Raises ImproperlyConfigured for anything else, or less than `least`."""
    value = os.environ.get(name, "").strip() or str(default)
    if not (value.isascii() and value.isdigit() and len(value) <= 6 and int(value) >= least):
        raise ImproperlyConfigured(f"{name} is a whole number from {least} to 999999.")
    return int(value)


def names(name: str, allowed: Collection[str]) -> list[str]:
    """Some of the allowed names, separated by commas. Raises ImproperlyConfigured naming what is not allowed."""
    given = [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]
    if unknown := [part for part in given if part not in allowed]:
        raise ImproperlyConfigured(f"{name}: there is no {', '.join(unknown)}; allowed are {', '.join(allowed)}.")
    return given
