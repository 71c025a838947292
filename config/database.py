"""DATABASE_URL, read strictly: a typing error stops the start instead of opening another database."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

ALLOWED = (
    "Allowed are sqlite:///FILE (relative to the project), sqlite:////FILE (absolute) and "
    "postgresql://USER:PASSWORD@HOST:PORT/NAME?OPTIONS, where / ? # @ : and % inside a part are "
    "percent-encoded."
)

POSTGRESQL_OPTIONS = {
    "application_name",
    "connect_timeout",
    "host",  # the directory of a Unix socket, or the server's name
    "options",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "target_session_attrs",
}


def read_database_url(url: str, project: Path) -> dict[str, Any]:
    """The entry for Django's DATABASES. Raises ImproperlyConfigured, and never quotes the password."""
    if any(character.isspace() or not character.isprintable() for character in url):
        raise _refusal("it contains a space or a control character")
    scheme, separator, _ = url.partition("://")
    if not separator:
        raise _refusal("it does not begin with sqlite:// or postgresql://")
    if scheme == "sqlite":
        return _sqlite(url, project)
    if scheme == "postgresql":
        return _postgresql(url)
    raise _refusal(f"it begins with {scheme}://")


def _sqlite(url: str, project: Path) -> dict[str, Any]:
    authority, slash, rest = url.removeprefix("sqlite://").partition("/")
    if authority or not slash:
        raise _refusal("after sqlite: there must be three slashes, or four for an absolute path")
    if "?" in rest or "#" in rest:
        raise _refusal("a SQLite address has no options")
    file = _decoded(rest)
    if not file or file.endswith("/") or file == ":memory:":
        raise _refusal("it names no file")
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": project / file,
        "OPTIONS": {
            "timeout": 20,  # seconds that a writer waits for another
            # a transaction that reads, then writes cannot wait for its lock: it would fail at once
            "transaction_mode": "IMMEDIATE",
            # WAL: readers never wait; FULL: what was committed survives a power cut
            # recursive triggers: a row that REPLACE removes is asked for like any other deletion
            "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA recursive_triggers = ON",
        },
    }


def _postgresql(url: str) -> dict[str, Any]:
    try:
        parts = urlsplit(url)
        port = parts.port
        query = parts.query.replace("+", "%2B")  # a plus is a plus here, not a space
        options = dict(given := parse_qsl(query, True, strict_parsing=bool(query), errors="strict"))
    except ValueError:
        raise _refusal("its host, port or options cannot be read") from None
    if parts.netloc.count("@") > 1 or parts.netloc.rpartition("@")[0].count(":") > 1 or "#" in url:
        raise _refusal("a character in it has to be percent-encoded")
    _decoded(parts.query)
    name = _decoded(parts.path.removeprefix("/"))
    if not name or "/" in parts.path.removeprefix("/"):
        raise _refusal("it names no database, or more than one")
    if len(options) < len(given):
        raise _refusal("it gives an option twice")
    if unknown := options.keys() - POSTGRESQL_OPTIONS:
        raise _refusal(
            f"unknown option {', '.join(sorted(unknown))}; known are {', '.join(sorted(POSTGRESQL_OPTIONS))}"
        )
    if parts.hostname and "host" in options:
        raise _refusal("it names two hosts")
    # on a disk without a moving arm: a search reads single rows of a large table, and not all of it
    planned = f"-c random_page_cost=1.1 {options.pop('options', '')}".strip()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": _decoded(parts.username or ""),
        "PASSWORD": _decoded(parts.password or ""),
        "HOST": options.pop("host", None) or _decoded(parts.hostname or ""),
        "PORT": "" if port is None else str(port),
        "CONN_MAX_AGE": 0,  # the pool keeps connections, not Django's threads
        "CONN_HEALTH_CHECKS": True,  # so that a restarted server costs no reader an error page
        # per process: as many connections as `make serve` has threads, with room for a few more
        "OPTIONS": {**options, "options": planned, "pool": {"min_size": 1, "max_size": 12, "timeout": 5}},
    }


def _decoded(part: str) -> str:
    """The percent-decoded part; the standard library would let a lone % and broken UTF-8 pass."""
    for escape in part.split("%")[1:]:
        if len(escape) < 2 or not set(escape[:2]) <= set("0123456789abcdefABCDEF"):
            raise _refusal("a % in it is not followed by two hexadecimal digits")
    try:
        text = unquote(part, errors="strict")
    except UnicodeDecodeError:
        raise _refusal("its percent-encoding is not UTF-8") from None
    if "\0" in text:
        raise _refusal("it contains a NUL character")
    return text


def _refusal(why: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"DATABASE_URL cannot be used: {why}. {ALLOWED}")
