"""What the commands share: no traceback reaches the person who runs them."""

import logging
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError


class DatabaseCommand(BaseCommand):
    """A command that changes all that it says or nothing, and says in one line why the database would not have it."""

    def execute(self, *args: Any, **options: Any) -> Any:
        logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # its warnings of the same would come first
        try:
            return super().execute(*args, **options)
        except (DatabaseError, InterfaceError) as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            hint = "Nothing was changed."
            if "no such" in reason or "does not exist" in reason:
                hint = "It is not as this release needs it: run manage.py migrate."
            raise CommandError(f"The database says: {reason}. {hint}") from None
        except KeyboardInterrupt:
            raise CommandError("Stopped. Nothing was changed.", returncode=130) from None
