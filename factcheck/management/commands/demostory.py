"""Fills a demo database with something to look at."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import CommandError

from factcheck import door
from factcheck.demo import story
from factcheck.management.base import DatabaseCommand
from factcheck.models import User


class Command(DatabaseCommand):
    help = (
        "For a demo database alone: loads an invented article and takes three of its claims through the workflow, "
        "with the accounts that demoaccounts makes. Every page then says that it is a demo."
    )

    def handle(self, **options: Any) -> None:
        people = {user.username: user for user in User.objects.filter(username__in=("reviewer", "editor"))}
        if len(people) < 2:
            raise CommandError("The demo accounts are not there yet: run manage.py demoaccounts.")
        door.mark_as_demo()
        call_command("loadseeds", story.ARTICLE, verbosity=0)
        done = story.play(people["reviewer"], people["editor"])
        if options["verbosity"] > 0:
            self.stdout.write(
                "An invented article is there, with reviews that the demo accounts published, corrected and withdrew."
                if done
                else "The invented article and its reviews are there already."
            )
