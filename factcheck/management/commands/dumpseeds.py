"""Writes seed files."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from tqdm import tqdm

from factcheck.management.base import DatabaseCommand
from factcheck.seeding.dumping import DumpError, dump


class Command(DatabaseCommand):
    help = "Writes all that seed files can hold into a new or empty directory. Loading them again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path, metavar="DIR")

    def handle(self, *, directory: Path, **options: Any) -> None:
        with tqdm(unit="record", disable=None, leave=False, file=sys.stderr) as bar:
            try:
                files = dump(directory, bar.update)
            except DumpError as error:
                raise CommandError(str(error)) from None
        if options["verbosity"] > 0:
            self.stdout.write(f"Written to {directory}: {len(files)} {'file' if len(files) == 1 else 'files'}.")
