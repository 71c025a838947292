"""Settings for tests: those of config.settings, on an engine and in folders of the run's own."""

import os
import tempfile
from pathlib import Path

from tests import engines

_folder = tempfile.TemporaryDirectory(prefix="factcheck-tests-")  # goes when the run ends

if engines.chosen() == "postgresql":
    _database_url = engines.postgres_url()
else:
    _database_url = f"sqlite:///{_folder.name}/not-used.sqlite3"

for _name in [
    "DEBUG",
    "DATABASE_REPLICA_URL",
    "ALLOWED_HOSTS",
    "MAX_CAPTURE_MB",
    "TRUSTED_PROXIES",
    "REQUIRE_SECOND_FACTOR",
    "SIMILARITY_BACKEND",
]:
    os.environ.pop(_name, None)
for _name in [name for name in os.environ if name.startswith(("SIGN_IN_", "SESSION_"))]:
    os.environ.pop(_name)
os.environ |= {
    "SECRET_KEY": "a key for tests and nothing else",
    "DATABASE_URL": _database_url,
    "SITE_URL": "http://testserver",
    "MEDIA_ROOT": f"{_folder.name}/media",
}

from config.settings import *  # noqa: E402, F403
from config.settings import DATABASES, STORAGES  # noqa: E402

if engines.chosen() == "sqlite":
    # Django would test in memory: other threads and processes could not take part
    DATABASES["default"]["TEST"] = {"NAME": f"{_folder.name}/test.sqlite3"}
else:
    DATABASES["default"]["TEST"] = {"NAME": f"test_{os.getpid()}"}  # several processes share the server

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
STATIC_ROOT = Path(_folder.name) / "static"
STATIC_ROOT.mkdir()

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast
