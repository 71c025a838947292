"""Loads seed files."""

import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections import Counter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.db import DatabaseError, InterfaceError
from tqdm import tqdm

from factcheck.management.base import DatabaseCommand, reason
from factcheck.planner import count_tables
from factcheck.seeding.documenting import documentation
from factcheck.seeding.loading import Progress, load
from factcheck.seeding.planning import OUTCOMES, Summary
from factcheck.seeding.reading import MEGABYTE, SeedError

SHOWN_IN_FULL = 20


def megabytes(text: str) -> float:
    """A size for --max-size. Raises ArgumentTypeError saying what is allowed."""
    try:
        if 1 / MEGABYTE <= (size := float(text)) <= 1_000_000:
            return size
    except ValueError:
        pass
    raise ArgumentTypeError(f"{text!r} is no size. Allowed: megabytes, from 0.000001 (one byte) to 1,000,000.")


class Command(DatabaseCommand):
    help = "Loads seed files (.json, .jsonl): all of them or, if anything is wrong with one, none. See seeds/README.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="files or directories; default: seeds/")
        parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
        parser.add_argument("--overwrite", action="store_true", help="also overwrite what a person has changed")
        parser.add_argument(
            "--max-size", type=megabytes, default=50, metavar="MB", help="largest file read; default: 50"
        )
        parser.add_argument("--format", action="store_true", help="print what seed files may hold (seeds/README.md)")

    def handle(
        self, *, paths: list[Path], dry_run: bool, overwrite: bool, max_size: float, format: bool, **options: Any
    ) -> None:
        if format:
            self.stdout.write(documentation(), ending="")
            return
        bars: list[tqdm] = []
        try:
            summary = load(
                paths or [settings.BASE_DIR / "seeds"],
                max_size=round(max_size * MEGABYTE),
                overwrite=overwrite,
                dry_run=dry_run,
                progress=None if options["verbosity"] == 0 else lambda total: self.bar(bars, total),
            )
        except SeedError as error:
            raise CommandError(problem_list(error)) from None
        finally:
            for bar in bars:
                bar.close()
        if options["verbosity"] > 0:
            self.report(summary, dry_run)
        if not dry_run and any(summary.total()[outcome] for outcome in ("created", "updated", "removed")):
            self.count_tables()

    def count_tables(self) -> None:
        """Everything is loaded and stays loaded, whatever comes of this."""
        try:
            count_tables()
        except (DatabaseError, InterfaceError, KeyboardInterrupt) as error:
            self.stderr.write(f"Loaded, but the tables were not counted for the planner of queries: {reason(error)}")

    def bar(self, bars: list[tqdm], total: int) -> Progress:
        """A progress bar on a terminal, nothing in a pipe."""
        bars.append(tqdm(total=total, unit="record", disable=None, leave=False, file=sys.stderr))
        return bars[-1].update

    def report(self, summary: Summary, dry_run: bool) -> None:
        if dry_run:
            self.stdout.write("Dry run: this is what would have been done.")
        touched = {name: counts for name, counts in summary.counts.items() if counts}
        width = max([len(name) for name in touched], default=0)
        for name, counts in touched.items():
            self.stdout.write(f"{name:<{width}}  {_in_words(counts)}")
        self.stdout.write(f"{'all':<{width}}  {_in_words(summary.total())}")
        if summary.kept:
            self.stdout.write("Kept as people left it (--overwrite loads the file's value):")
        for line in summary.kept:
            self.stdout.write(f"  {line}")


def _in_words(counts: Counter[str]) -> str:
    return ", ".join(f"{counts[outcome]:>5} {outcome}" for outcome in OUTCOMES)


def problem_list(error: SeedError) -> str:
    """The first problems in full, and how many more there are."""
    lines = [str(problem) for problem in error.problems[:SHOWN_IN_FULL]]
    if (more := len(error.problems) - SHOWN_IN_FULL) > 0:
        lines.append(f"… and {more:,} more.")
    count = len(error.problems)
    return "\n".join([f"Nothing was loaded: {count:,} problem{'s' if count > 1 else ''}.", *lines])
