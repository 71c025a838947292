"""Starts processes of manage.py with the libraries imported already, which is more than half of what a short one does.

`python -m tests.launcher` forks each from itself. It has set nothing up and read no settings: what is in a process's
environment, the process finds there itself. Asked by lines of JSON with `arguments`, `environment`, `output` and
`errors`; answers `pid` when one has started, and `pid` with `code` when it has ended.
"""

import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests import engines

# All that can be imported where there are no settings
LIBRARIES = [
    "asyncio", "django.contrib.admin", "django.contrib.auth.hashers", "django.core.cache", "django.core.management",
    "django.core.paginator", "django.db.backends.postgresql.psycopg_any", "django.db.models.sql.compiler",
    "django.forms.models", "django.middleware.csrf", "django.middleware.locale", "django.template.backends.django",
    "django.urls", "django.utils.feedgenerator", "django.views.generic", "markdown_it", "psycopg", "psycopg_pool",
    "snowballstemmer", "tqdm.auto",
]  # fmt: skip


class Process:
    """A process of manage.py, as `subprocess.Popen` has them."""

    def __init__(self, arguments: list[str], environment: dict[str, str]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="factcheck-process-")
        self._said = [Path(self._folder.name) / name for name in ("output", "errors")]
        self._launcher = _launcher()
        output, errors = map(str, self._said)
        self.pid = self._launcher.start(
            {"arguments": arguments, "environment": environment, "output": output, "errors": errors}
        )
        self.returncode: int | None = None

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def communicate(self, timeout: float) -> tuple[str, str]:
        """All that it said, once it has ended. Raises `subprocess.TimeoutExpired`."""
        self.returncode = self._launcher.wait(self.pid, timeout)
        output, errors = (text.read_text() for text in self._said)
        self._folder.cleanup()
        return output, errors


class Launcher:
    """The one of this run."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.launcher"],
            cwd=engines.PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the run, at whose end it goes
        )
        self._lines = _Lines(self._process.stdout.fileno())
        self._codes: dict[int, int] = {}

    def start(self, wanted: dict[str, Any]) -> int:
        self._process.stdin.write(json.dumps(wanted).encode() + b"\n")
        self._process.stdin.flush()
        while True:
            answer = self._next(60)
            if "code" not in answer:
                return answer["pid"]

    def wait(self, pid: int, timeout: float) -> int:
        deadline = time.monotonic() + timeout
        while pid not in self._codes:
            try:
                self._next(deadline - time.monotonic())
            except TimeoutError:
                raise subprocess.TimeoutExpired("manage.py", timeout) from None
        return self._codes.pop(pid)

    def _next(self, timeout: float) -> dict[str, int]:
        answer = json.loads(self._lines.next(timeout))
        if "code" in answer:
            self._codes[answer["pid"]] = answer["code"]
        return answer

    def stop(self) -> None:
        self._process.stdin.close()
        self._process.wait(timeout=20)
        self._process.stdout.close()


class _Lines:
    """Lines from a pipe, with patience."""

    def __init__(self, source: int, *watched: int) -> None:
        self.source, self.watched, self._read = source, watched, b""

    def next(self, timeout: float | None = None) -> bytes:
        """Raises TimeoutError, EOFError, or InterruptedError when something else that is watched can be read."""
        while b"\n" not in self._read:
            ready, _, _ = select.select([self.source, *self.watched], [], [], timeout and max(0, timeout))
            if not ready:
                raise TimeoutError
            if self.source not in ready:
                raise InterruptedError
            if not (more := os.read(self.source, 65_536)):
                raise EOFError
            self._read += more
        line, _, self._read = self._read.partition(b"\n")
        return line


_started: list[Launcher] = []


def _launcher() -> Launcher:
    if not _started:
        _started.append(Launcher())
    return _started[0]


def stop() -> None:
    """At the end of the run."""
    while _started:
        _started.pop().stop()


# What follows runs in the launcher's own process


def launch() -> dict[str, Any] | None:
    """Answers until nobody asks any more. Returns in each process that it starts, with what that was asked for."""
    ended, noted = os.pipe()
    os.set_blocking(noted, False)
    os.set_blocking(ended, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(noted, warn_on_full_buffer=False)
    lines = _Lines(sys.stdin.fileno(), ended)
    living: set[int] = set()
    while True:
        try:
            wanted = json.loads(lines.next())
        except InterruptedError:
            os.read(ended, 4096)
            for pid, code in _ended():
                living.remove(pid)
                _answer(pid=pid, code=code)
            continue
        except EOFError:
            for pid in living:
                os.kill(pid, signal.SIGTERM)
            return None
        if pid := os.fork():
            living.add(pid)
            _answer(pid=pid)
            continue
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.close(ended)
        os.close(noted)
        return wanted


def _ended() -> list[tuple[int, int]]:
    found = []
    with contextlib.suppress(ChildProcessError):
        while (end := os.waitpid(-1, os.WNOHANG))[0]:
            found.append((end[0], os.waitstatus_to_exitcode(end[1])))
    return found


def _answer(**said: int) -> None:
    os.write(sys.stdout.fileno(), json.dumps(said).encode() + b"\n")


def become(wanted: dict[str, Any]) -> None:
    """Makes this process what a shell would have started: its streams, environment, folder and arguments."""
    writing = os.O_WRONLY | os.O_CREAT
    for number, (path, flags) in enumerate(
        [(os.devnull, os.O_RDONLY), (wanted["output"], writing), (wanted["errors"], writing)]
    ):
        os.dup2(os.open(path, flags), number)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    os.environ.clear()
    os.environ.update(wanted["environment"])
    os.chdir(engines.PROJECT)
    sys.argv = ["manage.py", *wanted["arguments"]]


if __name__ == "__main__":
    for name in LIBRARIES:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # or each process would write to all of what it shares, and so copy it
    if asked := launch():
        become(asked)
        runpy.run_path("manage.py", run_name="__main__")
