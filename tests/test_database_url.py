from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.database import read_database_url

PROJECT = Path("/srv/factcheck")


def read(url):
    return read_database_url(url, PROJECT)


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite:///demo.sqlite3", "/srv/factcheck/demo.sqlite3"),
        ("sqlite:///data/demo.sqlite3", "/srv/factcheck/data/demo.sqlite3"),
        ("sqlite:////var/lib/demo.sqlite3", "/var/lib/demo.sqlite3"),
        ("sqlite:////var/my%20data/50%25%3F.sqlite3", "/var/my data/50%?.sqlite3"),
        ("sqlite:////var/факти.sqlite3", "/var/факти.sqlite3"),
    ],
)
def test_a_sqlite_address_names_a_file(url, file):
    database = read(url)

    assert database["ENGINE"] == "django.db.backends.sqlite3"
    assert database["NAME"] == Path(file)


def test_sqlite_waits_for_its_turn_and_survives_a_power_cut():
    options = read("sqlite:///demo.sqlite3")["OPTIONS"]

    assert options["timeout"] == 20
    assert options["transaction_mode"] == "IMMEDIATE"
    pragmas = ("journal_mode = WAL", "synchronous = FULL", "recursive_triggers = ON")
    assert options["init_command"] == "; ".join(f"PRAGMA {pragma}" for pragma in pragmas)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "postgresql://ann:secret@db.example:5433/facts",
            {"USER": "ann", "PASSWORD": "secret", "HOST": "db.example", "PORT": "5433", "NAME": "facts"},
        ),
        ("postgresql:///facts", {"USER": "", "PASSWORD": "", "HOST": "", "PORT": "", "NAME": "facts"}),
        (
            "postgresql://a%40b:p%2Fw%3A%23%25%3F+@[::1]/fa%2Fcts",
            {"USER": "a@b", "PASSWORD": "p/w:#%?+", "HOST": "::1", "PORT": "", "NAME": "fa/cts"},
        ),
        ("postgresql://ann@/facts?host=/run/postgresql", {"USER": "ann", "HOST": "/run/postgresql"}),
        ("postgresql://ann@/facts?host=%2Ftmp%2Fa+b%26c", {"HOST": "/tmp/a+b&c"}),
    ],
)
def test_a_postgresql_address_is_taken_apart(url, expected):
    database = read(url)

    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert {key: database[key] for key in expected} == expected


def test_postgresql_options_are_passed_on_beside_a_pool():
    database = read("postgresql://h/facts?sslmode=verify-full&connect_timeout=5")

    assert database["OPTIONS"].pop("pool")["max_size"] >= 8
    assert database["OPTIONS"].pop("options") == "-c random_page_cost=1.1"
    assert database["OPTIONS"] == {"sslmode": "verify-full", "connect_timeout": "5"}
    assert database["CONN_MAX_AGE"] == 0


def test_what_the_address_asks_of_the_server_comes_last_and_holds():
    options = read("postgresql://u@h/name?options=-c%20random_page_cost%3D4")["OPTIONS"]

    assert options["options"] == "-c random_page_cost=1.1 -c random_page_cost=4"


@pytest.mark.parametrize(
    "url",
    [
        "demo.sqlite3",
        "sqlite:demo.sqlite3",
        "sqlite://",
        "sqlite://demo.sqlite3",
        "sqlite://host/demo.sqlite3",
        "sqlite:///",
        "sqlite:///data/",
        "sqlite:///:memory:",
        "sqlite:///demo.sqlite3?mode=ro",
        "sqlite:///demo.sqlite3#x",
        "sqlite:///demo%2.sqlite3",
        "sqlite:///demo%00.sqlite3",
        "sqlite:///demo%FF.sqlite3",
        " sqlite:///demo.sqlite3",
        "sqlite:///demo.sqlite3\n",
        "SQLITE:///demo.sqlite3",
        "mysql://h/facts",
        "postgres://h/facts",
        "postgresql:facts",
        "postgresql://",
        "postgresql://h",
        "postgresql://h/",
        "postgresql://h/facts/more",
        "postgresql://h:port/facts",
        "postgresql://h:99999/facts",
        "postgresql://[::1/facts",
        "postgresql://ann:p@ss@h/facts",
        "postgresql://ann:p:ss@h/facts",
        "postgresql://ann:p#ss@h/facts",
        "postgresql://ann:p%ss@h/facts",
        "postgresql://ann:p%FFss@h/facts",
        "postgresql://h/facts?sslmode",
        "postgresql://h/facts?sslmod=require",
        "postgresql://h/facts?sslmode=require&sslmode=disable",
        "postgresql://h/facts?host=/tmp",
        "postgresql:///facts?host=%zz",
    ],
)
def test_anything_else_is_refused_with_what_is_allowed(url):
    with pytest.raises(ImproperlyConfigured, match="Allowed are sqlite:///FILE") as refusal:
        read(url)

    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("url", ["postgresql://ann:hunter2@h", "postgres://ann:hunter2@h/x", "x hunter2"])
def test_a_refusal_does_not_quote_the_password(url):
    with pytest.raises(ImproperlyConfigured) as refusal:
        read(url)

    assert "hunter2" not in str(refusal.value)
    assert refusal.value.__cause__ is None
