"""What is dear to count, remembered while readers see the same: until the edition rises."""

import hashlib
from collections.abc import Callable
from typing import Any, cast

from django.core.cache import cache

from factcheck import door
from factcheck.views.public import RELEASE

SECONDS = 3600


def by_edition[Result](key: str, make: Callable[[], Result]) -> Result:
    """What `make` returned for this key in this edition. The cache has its own bounds; what it dropped is made anew."""
    digest = hashlib.sha256(f"{RELEASE} {door.number()} {key}".encode()).hexdigest()
    return cast(Result, cache.get_or_set(digest, cast(Any, make), SECONDS))
