"""Lets somebody try again whose attempts to sign in failed too often."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from factcheck import attempts
from factcheck.management.base import DatabaseCommand


class Command(DatabaseCommand):
    help = "Forgets the failed attempts to sign in to an account or from an address, so that its lock ends at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", help="the account's name, as it is typed to sign in")
        parser.add_argument("--address", help="the IP address; an IPv6 address stands for its /64")

    def handle(self, *, account: str | None, address: str | None, **options: Any) -> None:
        if account is None and address is None:
            raise CommandError("Name what to lift: --account NAME, --address ADDRESS, or both.")
        if account is not None:
            self.report(f"account {account}", attempts.lift(account=account))
        if address is not None:
            self.report(f"address {address}", attempts.lift(address=address))

    def report(self, what: str, found: bool) -> None:
        self.stdout.write(f"{what}: {'its failed attempts are forgotten' if found else 'nothing had failed of late'}.")
