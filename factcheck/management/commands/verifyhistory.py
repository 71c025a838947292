"""Verifies the history."""

import sys
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.db import connection, transaction
from tqdm import tqdm

from factcheck import replay, triggers
from factcheck.management.base import DatabaseCommand
from factcheck.models import Change
from factcheck.snapshots import snapshot


class Command(DatabaseCommand):
    help = (
        "Replays the history against the records, and these against statuses and addresses. "
        "Exits with 1 and names the first break if they do not fit."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--write-head", type=Path, metavar="FILE", help="write the head of the history, to keep elsewhere"
        )
        parser.add_argument("--head", type=Path, metavar="FILE", help="compare with a head that was kept elsewhere")

    def handle(self, *, write_head: Path | None, head: Path | None, **options: Any) -> None:
        kept = self.read_head(head) if head else None
        if names := [*triggers.missing(connection), *triggers.outdated(connection)]:
            raise CommandError(f"Triggers that protect the history are missing or altered: {', '.join(names)}.")
        with ExitStack() as stack:
            if write_head:
                stack.enter_context(transaction.atomic())
                replay.lock_history()
            else:
                stack.enter_context(snapshot())
            total = Change.objects.count()
            bar = stack.enter_context(tqdm(total=total, unit="change", disable=None, leave=False, file=sys.stderr))
            if first := next(replay.breaks(bar.update), ""):
                raise CommandError(f"The history is broken. {first}")
            if kept and (problem := replay.compare_head(kept)):
                raise CommandError(f"The history is broken. {problem}")
            now = replay.head()
        erased = Change.objects.filter(before__startswith='{"erased":').count()
        if write_head:
            self.write_head(write_head, now)
        if options["verbosity"] > 0:
            self.stdout.write(f"{total:,} changes verified, {erased:,} of them erased. Head: {now.sha256}")

    def read_head(self, path: Path) -> replay.Head:
        try:
            return replay.Head.from_json(path.read_bytes())
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
        except ValueError as error:
            raise CommandError(f"{path} is not a head as --write-head writes it: {error}.") from None

    def write_head(self, path: Path, now: replay.Head) -> None:
        try:
            path.write_text(now.to_json(), encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.") from None
