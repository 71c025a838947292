"""Makes the database's triggers anew."""

from typing import Any

from django.db import connection

from factcheck import triggers
from factcheck.management.base import DatabaseCommand


class Command(DatabaseCommand):
    help = "Makes all triggers anew: for a database whose triggers were dropped, disabled or altered."

    def handle(self, **options: Any) -> None:
        wrong = sorted({*triggers.missing(connection), *triggers.outdated(connection)})
        with connection.schema_editor() as editor:
            triggers.install(editor)
        if options["verbosity"] > 0:
            self.stdout.write(f"{len(triggers.expected(connection))} triggers are in place.")
            if wrong:
                self.stdout.write(f"Missing or altered were: {', '.join(wrong)}.")
