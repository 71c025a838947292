"""`python -m tests.run [pytest arguments]`: every test on SQLite and on PostgreSQL, at the same time.

Exits non-zero unless both engines ran the same tests, at least one, skipped none and failed none.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from tests import engines

CORES = max(2, os.cpu_count() or 1)
SLOTS = CORES + 1  # processes at a time: the last one runs while others wait for a server, a lock or a moment
GENTLY = 5  # how nice it is to them
NO_TESTS = 5  # what pytest exits with where a share is empty; that all are is seen by what passed


@dataclass
class Outcome:
    """What one engine's run came to; the sets hold names of tests."""

    seconds: float = 0
    exit_code: int = 0
    passed: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    skipped: set[str] = field(default_factory=set)

    def add(self, report: Path, exit_code: int, seconds: float) -> None:
        """From the XML that pytest writes of a share; adds no test where it wrote none."""
        self.seconds += seconds
        self.exit_code = self.exit_code or (exit_code if exit_code != NO_TESTS else 0)
        if not report.exists():
            return
        for case in ElementTree.parse(report).iter("testcase"):
            name = f"{case.get('classname')}.{case.get('name')}"
            marks = {(mark.tag, mark.get("type")) for mark in case}
            if any(tag in {"failure", "error"} for tag, _ in marks):
                self.failed.add(name)
            elif ("skipped", "pytest.skip") in marks:
                self.skipped.add(name)
            else:
                self.passed.add(name)
        self.passed -= self.failed  # passed, then failed to tear down

    @property
    def collected(self) -> set[str]:
        return self.passed | self.failed | self.skipped

    @property
    def good(self) -> bool:
        return self.exit_code == 0 and bool(self.passed) and not self.failed and not self.skipped

    def __str__(self) -> str:
        parts = [f"{len(self.failed)} failed"] if self.failed else []
        parts.append(f"{len(self.passed)} passed")
        if self.skipped:
            parts.append(f"{len(self.skipped)} skipped, which no test may be")
        if self.exit_code and not self.failed:
            parts.append(f"pytest ended with {self.exit_code}")
        return f"{', '.join(parts)} in {self.seconds:.0f} s"


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # a shell starts its background jobs deaf to this one, and pytest would inherit that
    signal.signal(signal.SIGINT, signal.default_int_handler)
    asked, arguments = parsed(arguments)
    if "postgresql" in asked.engines:
        os.environ["TEST_POSTGRES_URL"] = engines.postgres_url()
    names = {engine: engines.version(engine) for engine in asked.engines}
    print(f"Testing on {' and '.join(names.values())}, at once.", flush=True)

    with tempfile.TemporaryDirectory(prefix="factcheck-run-") as folder:
        shares = [
            Share(engine, number, asked.shares, Path(folder))
            for number in range(1, asked.shares + 1)
            for engine in reversed(asked.engines)  # PostgreSQL takes longer: what is short comes last and fills the gap
        ]
        outcomes = run(shares, arguments, names)

    print()
    for engine, outcome in outcomes.items():
        print(f"{names[engine]}: {outcome}")
    collected = [outcome.collected for outcome in outcomes.values()]
    if one_sided := set.union(*collected) - set.intersection(*collected):
        print("Only one engine ran:", *sorted(one_sided)[:20], sep="\n  ")
    return 0 if all(outcome.good for outcome in outcomes.values()) and not one_sided else 1


def parsed(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Our own options, and what is left for pytest."""
    parser = argparse.ArgumentParser(prog="python -m tests.run", epilog="All else goes to pytest.")
    parser.add_argument("--engines", nargs="+", choices=engines.ENGINES, default=engines.ENGINES)
    parser.add_argument("--shares", type=int, default=max(2, CORES // 2), help="processes for each engine's tests")
    return parser.parse_known_args(arguments)


@dataclass
class Share:
    """A part of an engine's tests, in a process of its own."""

    engine: str
    number: int
    of: int
    folder: Path
    process: subprocess.Popen | None = None
    began: float = 0
    finished: float = 0

    @property
    def report(self) -> Path:
        return self.folder / f"{self.engine}-{self.number}.xml"

    @property
    def output(self) -> Path:
        return self.folder / f"{self.engine}-{self.number}.txt"

    @property
    def is_running(self) -> bool:
        return self.process is not None and not self.finished

    def look(self) -> None:
        """Notes the moment at which it ended."""
        if self.process and not self.finished and self.process.poll() is not None:
            self.finished = time.monotonic()

    def start(self, arguments: list[str], niceness: int) -> None:
        """Its temporary files lie in the run's folder, so that they go even if it has to be killed."""
        share = {"TEST_ENGINE": self.engine, "TEST_SHARE": f"{self.number}/{self.of}", "TMPDIR": str(self.folder)}
        self.began = time.monotonic()
        cache = f"cache_dir=.pytest_cache/{self.engine}-{self.number}"
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "pytest", "-o", cache, *arguments, f"--junitxml={self.report}"],
                env=os.environ | share,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=lambda: os.nice(niceness),
            )


def run(shares: list[Share], arguments: list[str], names: dict[str, str]) -> dict[str, Outcome]:
    """What each engine's shares came to."""
    try:
        for _ in follow(shares, names):
            running = sum(share.is_running for share in shares)
            waiting = [share for share in shares if not share.process]
            for number, share in enumerate(waiting[: SLOTS - running], start=running + 1):
                share.start(arguments, niceness=GENTLY if number > CORES else 0)
    finally:
        for share in shares:
            stop(share.process)
    outcomes = {engine: Outcome() for engine in names}
    for share in shares:
        outcomes[share.engine].add(share.report, share.process.returncode, share.finished - share.began)
    return outcomes


def follow(shares: list[Share], names: dict[str, str]) -> Iterator[None]:
    """Prints what they say, one after the other, and notes when each ended; lets the caller start those that can."""
    for shown in shares:
        print(f"\n{names[shown.engine]}, {shown.number} of {shown.of}:", flush=True)
        shown.output.touch()
        with shown.output.open("rb") as text:
            while not shown.finished:
                yield
                time.sleep(0.1)
                for share in shares:
                    share.look()
                sys.stdout.buffer.write(text.read())
                sys.stdout.flush()
            sys.stdout.buffer.write(text.read())
            sys.stdout.flush()


def stop(process: subprocess.Popen | None) -> None:
    """As Ctrl-C would, so that pytest removes what it made; does nothing to a process that has ended."""
    if process and process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except engines.NoServer as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Interrupted.")
