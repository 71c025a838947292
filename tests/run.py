"""`python -m tests.run [pytest arguments]`: every test on SQLite and on PostgreSQL, at the same time.

Exits non-zero unless both engines ran the same tests, at least one, skipped none and failed none.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from tests import engines


@dataclass
class Outcome:
    """What one engine's run came to; the sets hold names of tests."""

    seconds: float
    exit_code: int
    passed: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    skipped: set[str] = field(default_factory=set)

    @classmethod
    def read(cls, report: Path, exit_code: int, seconds: float) -> "Outcome":
        """From the XML that pytest writes; all sets are empty where it wrote none."""
        outcome = cls(seconds, exit_code)
        if not report.exists():
            return outcome
        for case in ElementTree.parse(report).iter("testcase"):
            name = f"{case.get('classname')}.{case.get('name')}"
            marks = {(mark.tag, mark.get("type")) for mark in case}
            if any(tag in {"failure", "error"} for tag, _ in marks):
                outcome.failed.add(name)
            elif ("skipped", "pytest.skip") in marks:
                outcome.skipped.add(name)
            else:
                outcome.passed.add(name)
        outcome.passed -= outcome.failed  # passed, then failed to tear down
        return outcome

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
    os.environ["TEST_POSTGRES_URL"] = engines.postgres_url()
    names = {engine: engines.version(engine) for engine in engines.ENGINES}
    print(f"Testing on {' and '.join(names.values())}, both at once. {names['sqlite']}:", flush=True)

    with tempfile.TemporaryDirectory(prefix="factcheck-run-") as folder:
        outcomes = run_both(Path(folder), arguments, names)

    print()
    for engine, outcome in outcomes.items():
        print(f"{names[engine]}: {outcome}")
    first, second = outcomes.values()
    if one_sided := first.collected ^ second.collected:
        print("Only one engine ran:", *sorted(one_sided)[:20], sep="\n  ")
    return 0 if first.good and second.good and not one_sided else 1


def run_both(folder: Path, arguments: list[str], names: dict[str, str]) -> dict[str, Outcome]:
    """SQLite's output is shown as it comes, PostgreSQL's after it."""
    reports = {engine: folder / f"{engine}.xml" for engine in engines.ENGINES}
    later = folder / "postgresql.txt"
    began = time.monotonic()
    processes: dict[str, subprocess.Popen] = {}
    try:
        with later.open("wb") as held_back:
            for engine, output in [("sqlite", None), ("postgresql", held_back)]:
                reporting = [*arguments, f"--junitxml={reports[engine]}"]
                processes[engine] = start_pytest(engine, reporting, folder, output)
        finished = follow(processes, later, f"\n{names['postgresql']}:")
    finally:
        for process in processes.values():
            stop(process)
    return {
        engine: Outcome.read(reports[engine], process.returncode, finished[engine] - began)
        for engine, process in processes.items()
    }


def start_pytest(engine: str, arguments: list[str], folder: Path, output) -> subprocess.Popen:
    """Its temporary files lie in `folder`, so that they go even if it has to be killed."""
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "-o", f"cache_dir=.pytest_cache/{engine}", *arguments],
        env=os.environ | {"TEST_ENGINE": engine, "TMPDIR": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
    )


def follow(processes: dict[str, subprocess.Popen], later: Path, heading: str) -> dict[str, float]:
    """Waits for both; prints the output held back once the first is silent. Returns when each ended."""
    finished: dict[str, float] = {}
    with later.open("rb") as text:
        while len(finished) < len(processes):
            time.sleep(0.1)
            for engine, process in processes.items():
                if engine not in finished and process.poll() is not None:
                    finished[engine] = time.monotonic()
            if "sqlite" in finished:
                if text.tell() == 0:
                    print(heading, flush=True)
                sys.stdout.buffer.write(text.read())
                sys.stdout.flush()
    return finished


def stop(process: subprocess.Popen) -> None:
    """As Ctrl-C would, so that pytest removes what it made; does nothing to a process that has ended."""
    if process.poll() is None:
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
