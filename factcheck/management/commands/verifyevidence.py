"""Verifies the captures of evidence."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone
from tqdm import tqdm

from factcheck import captures
from factcheck.management.base import DatabaseCommand
from factcheck.models import Evidence


class Command(DatabaseCommand):
    help = "Reads every capture anew. Exits with 1 and names each that is missing or changed; claims enter the queue."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--remove-unused", action="store_true", help="remove files older than a day that were never saved"
        )

    def handle(self, *, remove_unused: bool, **options: Any) -> None:
        total = Evidence.objects.captured().values("capture_sha256").distinct().count()
        faults: list[captures.Fault] = []
        with tqdm(total=total, unit="file", disable=None, leave=False, file=sys.stderr) as bar:
            for fault in captures.faults(bar.update):
                faults.append(fault)
                with bar.external_write_mode():
                    self.stdout.write(self.describe(fault))
        try:
            strays = list(captures.strays())
            captures.record(faults, timezone.now())
            for stray in strays:
                removed = "; removed" if remove_unused and captures.remove(stray) else ""
                self.stdout.write(f"{str(stray.path)!a}: {stray.what}{removed}.")
        except OSError as error:
            raise CommandError(f"{str(error.filename)!a}: {error.strerror}.") from None
        misplaced = sum(not stray.unused for stray in strays)
        if faults or misplaced:
            raise CommandError(f"Captures not as they were stored: {len(faults):,}. Other faulty files: {misplaced:,}.")
        if options["verbosity"] > 0:
            self.stdout.write(f"{total:,} captured files verified.")

    def describe(self, fault: captures.Fault) -> str:
        one = fault.evidence
        number = f"review {one.review.number}" if one.review.number else "another publisher's review"
        return f"{one.review.claim.slug}, {number}, “{one.title}”: {one.capture_sha256}: {fault.detail}."
