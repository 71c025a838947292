"""Takes the second factor from somebody who lost it, where nobody at the desk can."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from factcheck import history, second_factor
from factcheck.management.base import DatabaseCommand
from factcheck.models import User


class Command(DatabaseCommand):
    help = "Removes an account's second factor and recovery codes: the password alone is enough to sign in again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("account", help="the account's name")
        parser.add_argument("--reason", default="", help="stands in the history")

    def handle(self, *, account: str, reason: str, **options: Any) -> None:
        user = User.objects.filter(username=account).first()
        if user is None:
            raise CommandError(f"There is no account {account}.")
        if not user.second_factor_at:
            raise CommandError(f"{account} has no second factor.")
        actor = history.System("resetsecondfactor")
        second_factor.remove(user, actor=actor, action="second factor reset", reason=reason)
        self.stdout.write(f"{account} signs in with the password alone.")
