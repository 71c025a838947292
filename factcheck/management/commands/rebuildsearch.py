"""Makes anew what search looks at."""

import sys
from typing import Any

from tqdm import tqdm

from factcheck import door
from factcheck.management.base import DatabaseCommand
from factcheck.models import Claim
from factcheck.search import rows


class Command(DatabaseCommand):
    help = (
        "Makes anew all that search looks at: the words of claims, articles and claimants, and how rare each word is. "
        "Edits wait meanwhile. Needed after a restore of single tables, or with a new release that says so."
    )

    def handle(self, **options: Any) -> None:
        records, public = rows.total(), Claim.objects.public().count()
        with tqdm(total=records + public, unit="record", disable=None, leave=False, file=sys.stderr) as bar:
            door.refresh_search(bar.update)
        if options["verbosity"] > 0:
            found = f"{records:,} record{'' if records == 1 else 's'} can be found"
            counted = f"the words of {public:,} public claim{'' if public == 1 else 's'} are counted"
            self.stdout.write(f"{found}; {counted}.")
