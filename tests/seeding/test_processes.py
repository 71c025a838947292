"""Loads in real processes: two at once, and killed at any moment."""

import json
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests import databases

CLAIMS = 400
MOMENTS = 20


@pytest.fixture(scope="module")
def seeds(tmp_path_factory) -> Path:
    """Enough claims for a load to take a while, in two files."""
    folder = tmp_path_factory.mktemp("seeds")
    sources = {
        "publishers": [{"slug": "paper", "name": "Paper"}],
        "claimants": [{"slug": "speaker", "name": "Speaker", "kind": "person"}],
        "articles": [{"slug": "report", "publisher": "paper", "headline": "Report"}],
        "ratings": [
            {"slug": "unverified", "label": "Unverified", "definition": "Open.", "position": 1, "class": "open"}
        ],
    }
    (folder / "a.json").write_text(json.dumps(sources))
    with (folder / "b.jsonl").open("w") as file:
        for number in range(CLAIMS):
            appearance = {"article": "report", "paragraph": number + 1, "claimant": "speaker"}
            if number % 3 == 0:
                appearance["caveat"] = "not-independently-verified"
            claim = {
                "slug": f"claim-{number}",
                "text": f"Number {number} is so.",
                "kind": "fact",
                "listed": number % 2 == 0,
                "appearances": [appearance],
            }
            file.write(json.dumps({"claims": claim}) + "\n")
    return folder


def counts(url: str) -> tuple[int, int, int]:
    [row] = databases.query(
        url,
        "SELECT (SELECT COUNT(*) FROM factcheck_claim), (SELECT COUNT(*) FROM factcheck_appearance), "
        "(SELECT COUNT(*) FROM factcheck_change)",
    )
    return row


WHOLE = (CLAIMS, CLAIMS, CLAIMS + 4)


def test_two_loads_at_once_leave_what_one_leaves(seeds, tmp_path):
    with databases.empty_database() as one, databases.empty_database() as two:
        databases.run(one, "loadseeds", seeds)
        databases.run(one, "dumpseeds", tmp_path / "one")

        ends = databases.outputs([databases.start(two, "loadseeds", seeds) for _ in range(2)])

        assert [code for code, _ in ends] == [0, 0], ends
        assert counts(two) == counts(one) == WHOLE
        databases.run(two, "dumpseeds", tmp_path / "two")
        databases.run(two, "verifyhistory")
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert names == sorted(path.name for path in (tmp_path / "two").iterdir())
    assert all((tmp_path / "one" / n).read_bytes() == (tmp_path / "two" / n).read_bytes() for n in names)


def test_a_load_killed_at_any_moment_leaves_all_or_nothing(seeds):
    chance = random.Random()
    with databases.empty_database() as url:
        began = time.monotonic()
        databases.run(url, "loadseeds", seeds)
        whole_time = time.monotonic() - began
    killed, found, attempts = 0, [], 0
    while killed < MOMENTS:
        with databases.empty_database() as url:
            while killed < MOMENTS:
                # Evenly over the whole load, and anywhere between two of these moments.
                delay = whole_time * (killed + chance.random()) / MOMENTS
                attempts += 1
                began = time.monotonic()
                process = databases.start(url, "loadseeds", seeds)
                try:
                    process.communicate(timeout=delay)
                    whole_time = time.monotonic() - began  # the machine has less to do than it had
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    process.communicate(timeout=60)
                killed += process.returncode == -signal.SIGKILL
                found.append(counts(url))
                assert found[-1] in ((0, 0, 0), WHOLE), f"after {delay:.3f} of {whole_time:.3f} seconds: {found[-1]}"
                assert attempts < 4 * MOMENTS, (
                    f"only {killed} of {attempts} loads still ran when they were to be killed"
                )
                if found[-1] == WHOLE:
                    break
            databases.run(url, "loadseeds", seeds)
            assert counts(url) == WHOLE
            databases.run(url, "verifyhistory")
    assert (0, 0, 0) in found


COUNTED = {
    "sqlite": "SELECT tbl, MAX(CAST(stat AS INTEGER)) FROM sqlite_stat1 WHERE tbl = 'factcheck_claim' GROUP BY tbl",
    "postgresql": "SELECT relname, reltuples::int FROM pg_class WHERE relname = 'factcheck_claim' AND reltuples >= 0",
}


def test_the_database_counts_its_tables_after_a_load_that_wrote(seeds):
    with databases.empty_database() as url:
        if url.startswith("sqlite"):
            databases.query(url, "ANALYZE sqlite_schema")  # makes the empty table that it counts into
        counted = COUNTED[url.partition(":")[0]]

        databases.run(url, "loadseeds", "--dry-run", seeds)
        before = databases.query(url, counted)
        databases.run(url, "loadseeds", seeds)
        after = databases.query(url, counted)

    assert before in ([], [("factcheck_claim", 0)])
    assert after == [("factcheck_claim", CLAIMS)]
