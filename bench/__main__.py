"""`python -m bench [sizes]`: how good and how fast search is on both engines, as tables and in bench.json."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
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
            list(run(environment, "manage.py", "migrate", "--verbosity", "0"))
            list(run(environment, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"))  # pages name these
            yield environment
        finally:
            if engine == "postgresql":
                query(engines.postgres_url(), f"DROP DATABASE {name} WITH (FORCE)")


def run(environment: dict[str, str], *arguments: str) -> Iterator[dict[str, Any]]:
    """The lines of JSON that a process of Python prints, as it prints them. Raises CalledProcessError if it fails."""
    command = [sys.executable, *arguments]
    with subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield from map(json.loads, process.stdout)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)


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
    found: dict[str, Any] = {"quality": {}, "speed": {}}
    for engine in engines.ENGINES:
        name = engines.version(engine)
        print(f"Measuring on {name}, with {', '.join(f'{size:,}' for size in sizes)} claims.", flush=True)
        with database(engine, "bench_quality") as environment:
            list(run(environment, "manage.py", "loadseeds", "--verbosity", "0"))
            [found["quality"][name]] = run(environment, "-c", SET_UP + "from bench import quality; quality.main()")
        found["speed"][name] = []
        with database(engine, "bench_speed") as environment:
            measure = f"from bench import measure; measure.main({', '.join(map(str, sizes))})"
            for figures in run(environment, "-c", SET_UP + measure):
                found["speed"][name].append(figures)
                print(f"  {figures['size']:,} claims: done, in bench.json", flush=True)
                (PROJECT / "bench.json").write_text(json.dumps(found, indent=1))
    speed = [(name, figures) for name, rows in found["speed"].items() for figures in rows]
    print(f"\nSimilar claims, on bench/paraphrases.tsv and unrelated.txt:\n\n{table(list(found['quality'].items()))}")
    print(f"\nMilliseconds, median / 95th percentile:\n\n{table(speed)}\n\nAlso in bench.json.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench", description="How good and how fast search is.")
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES, help="numbers of claims, the smallest first")
    main(sorted(parser.parse_args().sizes))
