"""Databases of their own for tests that start real processes: migrated once, then copied."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests import engines, launcher

_numbers = itertools.count(1)
_templates: list[str] = []  # the URL of the one, once it is there
_folder = tempfile.TemporaryDirectory(prefix="factcheck-processes-")


def environment(url: str) -> dict[str, str]:
    """What a process of the product needs, and nothing of the tests' own settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    own = {"SECRET_KEY": "for processes of the tests", "DATABASE_URL": url, "MEDIA_ROOT": f"{_folder.name}/media"}
    return {**kept, **own, "PYTHONUNBUFFERED": "1"}


def start(url: str, *arguments: str | Path) -> launcher.Process:
    """A process of manage.py on this database."""
    return launcher.Process([str(argument) for argument in arguments], environment(url))


def run(url: str, *arguments: str | Path) -> str:
    """What manage.py prints. Raises AssertionError with all it said if it fails."""
    process = start(url, *arguments)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, f"{arguments}: {out}{err}"
    return out


def query(url: str, sql: str) -> list[tuple]:
    """Rows, by a connection of their own."""
    if url.startswith("sqlite:"):
        import sqlite3

        from django.db.backends.sqlite3._functions import register

        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=60, isolation_level=None)) as connection:
            register(connection)  # the product's rules ask for functions that Django brings
            return connection.execute(sql).fetchall()
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchall() if cursor.description else []


def _postgresql_url(name: str) -> str:
    return urlsplit(engines.postgres_url())._replace(path=f"/{name}").geturl()


def _checkpoint(url: str) -> Path:
    """The one file in which all of an SQLite database then is."""
    query(url, "PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(url.removeprefix("sqlite:///"))


def _new_template() -> str:
    if engines.chosen() == "sqlite":
        return f"sqlite:///{_folder.name}/template.sqlite3"
    return _postgresql_url(f"template_{os.getpid()}")


def keep_as_template(connection) -> None:
    """Copies the tests' own database, which migrations have just made: they need not be run a second time."""
    _templates.append(url := _new_template())
    if connection.vendor == "sqlite":
        shutil.copy(_checkpoint(f"sqlite:///{connection.settings_dict['NAME']}"), url.removeprefix("sqlite:///"))
        return
    connection.close()
    connection.close_pool()  # PostgreSQL copies only what nobody is connected to
    name = connection.settings_dict["NAME"]
    query(engines.postgres_url(), f"CREATE DATABASE {urlsplit(url).path[1:]} TEMPLATE {name}")


def _template() -> str:
    """The URL of a database that is migrated and otherwise empty."""
    if not _templates:  # where no test of the run has a database of Django's
        _templates.append(url := _new_template())
        if engines.chosen() == "postgresql":
            query(engines.postgres_url(), f"CREATE DATABASE {urlsplit(url).path[1:]}")
        run(url, "migrate", "--verbosity", "0")
    return _templates[0]


@contextmanager
def empty_database() -> Iterator[str]:
    """The DATABASE_URL of a new, migrated database, which goes at the end."""
    template = _template()
    if engines.chosen() == "sqlite":
        file = Path(_folder.name) / f"{next(_numbers)}.sqlite3"
        shutil.copy(_checkpoint(template), file)
        yield f"sqlite:///{file}"
        for path in file.parent.glob(f"{file.name}*"):
            path.unlink()
        return
    name = f"processes_{os.getpid()}_{next(_numbers)}"
    query(engines.postgres_url(), f"CREATE DATABASE {name} TEMPLATE {urlsplit(template).path[1:]}")
    try:
        yield _postgresql_url(name)
    finally:
        query(engines.postgres_url(), f"DROP DATABASE {name} WITH (FORCE)")


def remove_template() -> None:
    """At the end of the run: a server that was lent (TEST_POSTGRES_URL) keeps nothing of ours."""
    if engines.chosen() == "postgresql" and _templates:
        query(engines.postgres_url(), f"DROP DATABASE {urlsplit(_templates[0]).path[1:]} WITH (FORCE)")


def outputs(processes: Sequence[launcher.Process]) -> list[tuple[int, str]]:
    """Exit code and all output of each, once all have ended."""
    found = []
    for process in processes:
        out, err = process.communicate(timeout=300)
        found.append((process.returncode, out + err))
    return found
