import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import SimpleTestCase, TestCase
from django.utils.csp import build_policy
from packaging.requirements import Requirement

from tests import engines

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
READ_BACK = """
import json, config.settings as s
print(json.dumps({name: getattr(s, name) for name in dir(s) if name.isupper()}, default=str))
"""


def run_python(*arguments, **environment):
    """Runs in an environment of its own, in which only `environment` is set."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=engines.PROJECT,
        env={"PATH": os.defpath, **environment},
        capture_output=True,
        text=True,
    )


def settings_with(**environment):
    result = run_python("-c", READ_BACK, **{"SECRET_KEY": "x", **environment})
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


class TestEnvironment:
    def test_a_secret_key_is_required(self):
        result = run_python("manage.py", "check")

        assert result.returncode == 1
        assert result.stderr.strip().startswith("Settings: SECRET_KEY is not set")
        assert "Traceback" not in result.stderr

    def test_debugging_needs_no_secret_key_and_is_off_unless_asked_for(self):
        assert settings_with()["DEBUG"] is False
        assert settings_with(SECRET_KEY="", DEBUG="1")["DEBUG"] is True

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("DEBUG", "maybe"),
            ("SITE_URL", "example.org"),
            ("SITE_URL", "ftp://example.org"),
            ("SITE_URL", "https://example.org/facts"),
            ("SITE_URL", "http://[x"),
            ("ALLOWED_HOSTS", ",,"),
            ("SIMILARITY_BACKEND", "nope.x"),
            ("DATABASE_URL", "facts.sqlite3"),
            ("MAX_CAPTURE_MB", "0"),
            ("MAX_CAPTURE_MB", "1e3"),
            ("MAX_CAPTURE_MB", "٥"),
            ("MAX_CAPTURE_MB", "9" * 5000),
            ("REQUIRE_SECOND_FACTOR", "Editors"),
            ("SESSION_IDLE_MINUTES", "0"),
            ("SIGN_IN_FAILURES_PER_ACCOUNT", "none"),
            ("TRUSTED_PROXIES", "yes"),
        ],
    )
    def test_a_value_that_makes_no_sense_stops_the_start(self, name, value):
        result = run_python("manage.py", "check", **{"SECRET_KEY": "x", name: value})

        assert result.returncode == 1
        assert name in result.stderr
        assert "Traceback" not in result.stderr

    def test_what_is_not_set_has_a_default(self):
        values = settings_with()

        assert values["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]
        assert values["DATABASES"]["default"]["NAME"] == str(engines.PROJECT / "factcheck.sqlite3")
        assert values["MEDIA_ROOT"] == str(engines.PROJECT / "media")
        assert values["MAX_CAPTURE_MB"] == 50
        assert values["TIME_ZONE"] == "UTC"
        assert values["REQUIRE_SECOND_FACTOR"] == []
        assert (values["SESSION_IDLE"], values["SESSION_COOKIE_AGE"]) == (2 * 3600, 12 * 3600)
        assert values["SIGN_IN_FAILURES"] == {"account": 10, "address": 50}
        assert (values["SIGN_IN_LOCK"], values["TRUSTED_PROXIES"]) == (15 * 60, 0)

    def test_hosts_site_and_media_are_read(self):
        values = settings_with(
            ALLOWED_HOSTS="a.example, b.example", SITE_URL="http://a.example/", MEDIA_ROOT="/srv/media",
            MAX_CAPTURE_MB="200",
        )  # fmt: skip

        assert values["ALLOWED_HOSTS"] == ["a.example", "b.example"]
        assert values["SITE_URL"] == "http://a.example"
        assert values["MEDIA_ROOT"] == "/srv/media"
        assert values["MAX_CAPTURE_MB"] == 200

    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_only_an_https_site_insists_on_tls(self, scheme):
        values = settings_with(SITE_URL=f"{scheme}://example.org")

        insists = scheme == "https"
        assert values["SECURE_SSL_REDIRECT"] is insists
        assert values["SESSION_COOKIE_SECURE"] is insists
        assert values["CSRF_COOKIE_SECURE"] is insists
        assert bool(values["SECURE_HSTS_SECONDS"]) is insists

    def test_django_finds_nothing_to_warn_of_in_production(self):
        result = run_python(
            *["manage.py", "check", "--deploy", "--fail-level", "ERROR"],
            SECRET_KEY="kT3vZ8qL1xN6wB9mC4rD7yF2hG5jK0pSuEiOaXbVnMsQzWtRgYd",
            SITE_URL="https://example.org",
            DATABASE_URL="sqlite:///:none.sqlite3",
        )

        assert result.returncode == 0, result.stderr
        # subdomains and preloading are for the owner of the domain to decide
        assert set(re.findall(r"\w+\.W\d+", result.stderr)) <= {"security.W005", "security.W021"}


class TestFiles:
    def test_settings_stay_one_short_file(self):
        lines = (engines.PROJECT / "config/settings.py").read_text().splitlines()

        assert len(lines) < 120

    def test_the_locks_hold_what_pyproject_asks_for_and_name_no_address(self):
        import tomllib

        project = tomllib.loads((engines.PROJECT / "pyproject.toml").read_text())["project"]
        wanted = {"requirements.txt": project["dependencies"]}
        wanted["requirements-dev.txt"] = project["dependencies"] + project["optional-dependencies"]["dev"]

        for name, requirements in wanted.items():
            lock = (engines.PROJECT / name).read_text()
            locked = dict(re.findall(r"^([\w.-]+)==(\S+)", lock, re.MULTILINE))
            for requirement in map(Requirement, requirements):
                assert requirement.specifier.contains(locked[requirement.name]), requirement
            assert not re.search(r"://|^-", lock, re.MULTILINE)
            assert all("--hash=sha256:" in block for block in re.split(r"\n(?=\w)", lock)[1:])

    def test_both_locks_agree(self):
        runtime, development = (
            set(re.findall(r"^\S+==\S+", (engines.PROJECT / name).read_text(), re.MULTILINE))
            for name in ["requirements.txt", "requirements-dev.txt"]
        )

        assert runtime <= development


class PolicyTests(SimpleTestCase):
    def test_the_policy_is_the_one_that_was_tried(self):
        self.assertEqual(build_policy(settings.SECURE_CSP), POLICY)


class HeaderTests(TestCase):
    def test_every_answer_carries_the_protecting_headers(self):
        answer = self.client.get("/admin/login/")

        self.assertEqual(answer["Content-Security-Policy"], POLICY)
        self.assertEqual(answer["X-Content-Type-Options"], "nosniff")
        self.assertEqual(answer["X-Frame-Options"], "DENY")
        self.assertEqual(answer["Referrer-Policy"], "same-origin")


class EngineTests(TestCase):
    def test_the_engine_is_the_one_that_was_chosen(self):
        self.assertEqual(connection.vendor, engines.chosen())

    def test_no_test_sees_a_database_that_outlives_it(self):
        name = str(connection.settings_dict["NAME"])

        if connection.vendor == "sqlite":
            self.assertTrue(Path(name).is_file())
            self.assertNotIn(engines.PROJECT, Path(name).parents)
        else:
            self.assertTrue(name.startswith("test_"))

    def test_the_connection_is_set_up_as_the_settings_say(self):
        expected = {"PRAGMA journal_mode": "wal", "PRAGMA synchronous": 2, "PRAGMA foreign_keys": 1}
        if connection.vendor == "postgresql":
            expected = {"SHOW TimeZone": "UTC", "SHOW client_encoding": "UTF8"}

        with connection.cursor() as cursor:
            found = {query: cursor.execute(query).fetchone()[0] for query in expected}

        self.assertEqual(found, expected)

    def test_another_process_reaches_the_same_database(self):
        result = run_python(
            "-c",
            "import config.settings as s; print(s.DATABASES['default']['NAME'])",
            SECRET_KEY="x",
            DATABASE_URL=engines.url_of(connection),
        )

        self.assertEqual(result.stdout.strip(), str(connection.settings_dict["NAME"]))
