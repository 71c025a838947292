"""Makes the three accounts with which somebody can try the desk."""

import secrets
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management.base import CommandError

from factcheck import history
from factcheck.management.base import DatabaseCommand
from factcheck.models import Membership, User

ACCOUNTS = {
    "researcher": ("Demo Researcher", "Researcher"),
    "reviewer": ("Demo Reviewer", "Reviewer"),
    "editor": ("Demo Editor", "Editor"),
}
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike


def new_password() -> str:
    """Sixteen letters and digits in groups of four: 79 bits."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))


class Command(DatabaseCommand):
    help = "Makes the demo accounts researcher, reviewer and editor with random passwords, and prints them once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--url",
            default=settings.SITE_URL,
            help="where the site is served, for the printed address (SITE_URL); empty for none",
        )
        parser.add_argument(
            "--new-passwords", action="store_true", help="give the accounts that are there new passwords, too"
        )

    def handle(self, *, url: str, new_passwords: bool, **options: Any) -> None:
        roles = {role.name: role for role in Group.objects.all()}
        stored = {user.username: user for user in User.objects.filter(username__in=ACCOUNTS)}
        if missing := {role for _, role in ACCOUNTS.values()} - roles.keys():
            raise CommandError(f"There is no role {', '.join(sorted(missing))} yet: run migrate.")

        passwords: dict[str, str] = {}
        accounts: list[User] = []
        for name, (public_name, _) in ACCOUNTS.items():
            if name in stored and not new_passwords:
                continue
            account = stored.get(name) or User(username=name, public_name=public_name, is_staff=True)
            passwords[name] = new_password()
            account.set_password(passwords[name])
            accounts.append(account)
        with history.changes(accounts, actor=history.System("demoaccounts"), reason="To try the desk"):
            for account in accounts:
                account.save()
                if account.username not in stored:
                    Membership(user=account, group=roles[ACCOUNTS[account.username][1]]).save()

        at = f" for {url.rstrip('/')}/admin/" if url else ""
        self.report(at, passwords, [name for name in ACCOUNTS if name not in passwords])

    def report(self, at: str, passwords: dict[str, str], kept: list[str]) -> None:
        if passwords:
            self.stdout.write(f"Demo accounts{at} (the passwords are not shown again; new ones: make demo-passwords):")
            for name, password in passwords.items():
                self.stdout.write(f"  {name:<12}{password}")
        if kept:
            self.stdout.write(f"Kept with their passwords: {', '.join(kept)}. For new ones: make demo-passwords")
