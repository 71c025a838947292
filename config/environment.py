"""The environment, read strictly: a typing error stops the start instead of leaving a door open."""

import os
import re
from collections.abc import Collection
from ipaddress import IPv6Address

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


def site(name: str, default: str) -> str:
    """A web address without a path. Raises ImproperlyConfigured for anything else, and never quotes a password."""
    value = (os.environ.get(name, "").strip() or default).rstrip("/").lower()
    found = re.fullmatch(r"https?://(\[.*\]|[^:]*)(?::([0-9]{1,5}))?", value)
    if not (found and _is_host(found[1]) and 0 < int(found[2] or 80) < 65536):
        raise ImproperlyConfigured(
            f"{name} is http:// or https:// and a host, as in https://example.org or http://127.0.0.1:8000: "
            "no account and no path, a port from 1 to 65535, and a name in other letters as xn--…."
        )
    return value


def hosts(name: str, default: str) -> list[str]:
    """Hosts, separated by commas, as Django compares them. Raises ImproperlyConfigured naming what is none."""
    value = os.environ.get(name, "").strip() or default
    given = [part.strip() for part in value.split(",") if part.strip()]
    unknown = [part for part in given if part != "*" and not _is_host(part.lower().removeprefix("."))]
    if unknown or not given:
        raise ImproperlyConfigured(
            f"{name}: {', '.join(unknown) or 'a comma alone'} cannot be used; allowed are hosts separated by commas, "
            "without http:// and port: example.org, .example.org (all that end so), 127.0.0.1, [::1], or * for any."
        )
    return given


def _is_host(text: str) -> bool:
    """Whether a request could be for it: a name, an IPv4 address, or an IPv6 address in brackets."""
    if text.startswith("["):
        try:
            return IPv6Address(text[1:].removesuffix("]")).scope_id is None and text.endswith("]")
        except ValueError:
            return False
    return len(text) <= 253 and all(re.fullmatch("[a-z0-9]([a-z0-9-]*[a-z0-9])?", part) for part in text.split("."))
