"""What the commands share: no traceback reaches the person who runs them."""

import re
from pathlib import Path
from typing import Any, cast

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError, connection

UNREADABLE = ("unable to open database file", "file is not a database")
OUTDATED = re.compile("no such (table|column)|(relation|column) .* does not exist")


class DatabaseCommand(BaseCommand):
    """A command that changes all that it says or nothing, and says in one line why the database would not have it."""

    def execute(self, *args: Any, **options: Any) -> Any:
        try:
            return super().execute(*args, **options)
        except (DatabaseError, InterfaceError) as error:
            said = reason(error)
            hint = "It is not as this release needs it: run manage.py migrate."
            raise CommandError(
                f"The database says: {said} {hint if OUTDATED.search(said) else 'Nothing was changed.'}"
            ) from None
        except KeyboardInterrupt:
            raise CommandError("Stopped. Nothing was changed.", returncode=130) from None


def reason(error: BaseException) -> str:
    """What the database says, as one sentence. No password is in it: what connects names none."""
    said = str(error).strip()
    if type(error.__cause__).__name__ == "PoolTimeout":
        said = _refusal() or said
    elif connection.vendor == "sqlite" and said in UNREADABLE:
        file = Path(connection.settings_dict["NAME"])
        said += f": {file}" if file.parent.is_dir() else f": there is no directory {file.parent}"
    first = (said or type(error).__name__).splitlines()[0]
    return f"{first.rstrip('.')}."


def _refusal() -> str:
    """Why the server takes no connection, where the pool says only that it has none; empty if it takes one now."""
    driver = cast(Any, connection).Database
    try:
        driver.connect(**{"connect_timeout": 5, **connection.get_connection_params()}).close()
    except driver.Error as error:
        return str(error).strip()
    return ""
