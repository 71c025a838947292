"""`python -m bench [sizes]`: how good and how fast search is on both engines, as tables and in bench.json."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests import engines
from tests.databases import query

PROJECT = Path(__file__).resolve().parent.parent
SIZES = [10_000, 100_000, 1_000_000]
SET_UP = "import django; django.setup(); "


@contextmanager
def database(engine: str, name: str) -> Iterator[dict[str, str]]:
    """The environment of a process that works on a new, migrated database, which goes at the end."""
    with tempfile.TemporaryDirectory(prefix="factcheck-bench-") as folder:
        if engine == "sqlite":
            url = f"sqlite:///{folder}/{name}.sqlite3"
        else:
            query(engines.postgres_url(), f"CREATE DATABASE {name}")
            url = urlsplit(engines.postgres_url())._replace(path=f"/{name}").geturl()
        own = {"DATABASE_URL": url, "MEDIA_ROOT": folder, "SECRET_KEY": "for measuring", "DEBUG": "0"}
        own |= {"ALLOWED_HOSTS": "localhost", "SITE_URL": "http://localhost", "REQUIRE_SECOND_FACTOR": ""}
        environment = {**os.environ, **own, "SIMILARITY_BACKEND": "", "DJANGO_SETTINGS_MODULE": "config.settings"}
        try:
            run(environment, "manage.py", "migrate", "--verbosity", "0")
            run(environment, "manage.py", "collectstatic", "--noinput", "--verbosity", "0")  # pages name these
            yield environment
        finally:
            if engine == "postgresql":
                query(engines.postgres_url(), f"DROP DATABASE {name} WITH (FORCE)")


def run(environment: dict[str, str], *arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], cwd=PROJECT, env=environment, check=True)


class Process:
    """A Python that prints lines of JSON, and may wait for a word before it goes on."""

    def __init__(self, environment: dict[str, str], *arguments: str) -> None:
        self._command = [sys.executable, *arguments]
        self._process = subprocess.Popen(
            self._command, cwd=PROJECT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def answer(self) -> dict[str, Any]:
        """The next line. Raises CalledProcessError if the process has failed instead."""
        assert self._process.stdout
        if line := self._process.stdout.readline():
            return dict(json.loads(line))
        raise subprocess.CalledProcessError(self._process.wait(), self._command)

    def go_on(self) -> None:
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def end(self) -> None:
        """Raises CalledProcessError if it has failed."""
        self._process.communicate()
        if self._process.returncode:
            raise subprocess.CalledProcessError(self._process.returncode, self._command)

    def stop(self) -> None:
        self._process.kill()
        self._process.communicate()


def table(columns: list[tuple[str, dict[str, Any]]]) -> str:
    names = list(columns[0][1])
    width = max(map(len, names)) + 2
    rows = [" " * width + "".join(f"{title:>20}" for title, _ in columns)]
    rows += [f"{name:<{width}}" + "".join(f"{_cell(figures[name]):>20}" for _, figures in columns) for name in names]
    return "\n".join(rows)


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return f"{value['p50']:.1f} / {value['p95']:.1f}"
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"


def main(sizes: list[int]) -> None:
    names = {engine: engines.version(engine) for engine in engines.ENGINES}
    print(f"On {' and '.join(names.values())}, with {', '.join(f'{size:,}' for size in sizes)} claims.", flush=True)
    found = {"quality": {name: quality(engine) for engine, name in names.items()}, "speed": {}}
    for size, engine, figures in speed(sizes):
        found["speed"].setdefault(names[engine], []).append(figures)
        print(f"  {names[engine]}, {size:,} claims: measured, in bench.json", flush=True)
        (PROJECT / "bench.json").write_text(json.dumps(found, indent=1))
    columns = [(name, figures) for name, rows in found["speed"].items() for figures in rows]
    print(f"\nSimilar claims, on bench/paraphrases.tsv and unrelated.txt:\n\n{table(list(found['quality'].items()))}")
    print(f"\nMilliseconds, median / 95th percentile:\n\n{table(columns)}\n\nAlso in bench.json.")


def quality(engine: str) -> dict[str, Any]:
    with database(engine, "bench_quality") as environment:
        run(environment, "manage.py", "loadseeds", "--verbosity", "0")
        process = Process(environment, "-c", SET_UP + "from bench import quality; quality.main()")
        figures = process.answer()
        process.end()
    return figures


def speed(sizes: list[int]) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Both databases are filled at once, since that takes long; each is measured while nothing else goes on."""
    measure = f"from bench import measure; measure.main({', '.join(map(str, sizes))})"
    with ExitStack() as stack:
        processes = {}
        for engine in engines.ENGINES:
            environment = stack.enter_context(database(engine, "bench_speed"))
            processes[engine] = Process(environment, "-c", SET_UP + measure)
            stack.callback(processes[engine].stop)
        for size in sizes:
            for process in processes.values():
                process.answer()
            for engine, process in processes.items():
                process.go_on()
                yield size, engine, process.answer()
                # it goes on to fill the next size when the other one is measured, too
            for process in processes.values():
                process.go_on()
        for process in processes.values():
            process.end()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench", description="How good and how fast search is.")
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES, help="numbers of claims, the smallest first")
    main(sorted(parser.parse_args().sizes))
