"""How often somebody may try to sign in: per account and per address, counted in the database.

An attempt is counted before it is checked and taken back when it succeeds, so that of many at one moment, in however
many processes, no more are checked than the limit allows.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from factcheck.models import FailedAttempts

ACCOUNT, ADDRESS, CODES = "account", "address", "codes"
TOO_MANY = {
    ACCOUNT: _(
        "Too many attempts for this account have failed, and no other is accepted for %(wait)s, until %(until)s UTC. "
        "An administrator can help sooner."
    ),
    ADDRESS: _(
        "Too many attempts from this address have failed, and no other is accepted for %(wait)s, until %(until)s UTC. "
        "An administrator can help sooner."
    ),
    CODES: _(
        "Too many attempts with codes have failed, and no other is accepted for %(wait)s, until %(until)s UTC. "
        "An administrator can help sooner."
    ),
}


class Locked(ValidationError):
    """Too many attempts have failed: none is checked until `until`."""

    def __init__(self, where: str, until: datetime) -> None:
        self.until = until
        self.seconds = max(1, math.ceil((until - timezone.now()).total_seconds()))
        minutes = math.ceil(self.seconds / 60)
        if minutes > 2:
            wait = ngettext("%(number)d minute", "%(number)d minutes", minutes) % {"number": minutes}
        else:
            wait = ngettext("%(number)d second", "%(number)d seconds", self.seconds) % {"number": self.seconds}
        super().__init__(TOO_MANY[where] % {"wait": wait, "until": f"{until:%H:%M:%S}"}, code="locked")


def address_of(request: HttpRequest) -> str:
    """Where a request comes from, as the outermost trusted proxy saw it."""
    stations = [*request.META.get("HTTP_X_FORWARDED_FOR", "").split(","), request.META.get("REMOTE_ADDR", "")]
    stations = [station for station in stations if station.strip()] or [""]
    # What stands further to the left than the proxies that we run, anybody may have written.
    return normal_address(stations[max(0, len(stations) - 1 - settings.TRUSTED_PROXIES)])


def normal_address(text: str) -> str:
    """One spelling of an address; an IPv6 address stands for its /64, which is what one line has."""
    try:
        address = ip_address(text.strip())
    except ValueError:
        return text.strip()
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or IPv6Network((int(address), 64), strict=False))
    return str(address)


@contextmanager
def attempt(account: str, request: HttpRequest | None = None) -> Iterator[None]:
    """Around a check that raises ValidationError if it fails.

    Raises Locked in place of checking while too many have failed, and in place of the error of the last one allowed.
    """
    counted = [(ADDRESS, address_of(request))] if request else []
    counted.append((ACCOUNT, account))
    locked = [where for where, name in counted if _count(where, name) >= settings.SIGN_IN_FAILURES[where]]
    try:
        yield
    except ValidationError as error:
        if locked:
            raise Locked(locked[-1], timezone.now() + _while()) from error
        raise
    _rows(ACCOUNT, account).delete()
    if request:  # others' failures from there remain
        _rows(ADDRESS, address_of(request)).filter(number__gt=0).update(number=F("number") - 1)
    FailedAttempts.objects.filter(Q(number__lt=1) | Q(last_at__lte=timezone.now() - _while())).delete()


def locked_until(account: str) -> datetime | None:
    """Until when nobody can sign in to the account; None if somebody can."""
    row = _rows(ACCOUNT, account).filter(number__gte=settings.SIGN_IN_FAILURES[ACCOUNT]).first()
    return row.last_at + _while() if row and row.last_at + _while() > timezone.now() else None


def lift(*, account: str | None = None, address: str | None = None) -> bool:
    """Forgets what failed for an account or from an address. False if nothing had."""
    where, name = (ACCOUNT, account) if account is not None else (ADDRESS, normal_address(address or ""))
    return bool(_rows(where, name).delete()[0])


def _count(where: str, name: str) -> int:
    """Counts one more. Raises Locked, and counts nothing, if there were too many of late."""
    now = timezone.now()
    with transaction.atomic():
        rows = FailedAttempts.objects.select_for_update()
        row, _ = rows.get_or_create(key=_key(where, name), defaults={"last_at": now})
        until = row.last_at + _while()
        if until <= now:
            row.number = 0
        if row.number >= settings.SIGN_IN_FAILURES[where]:
            raise Locked(where, until)
        row.number, row.last_at = row.number + 1, now
        row.save()
    return row.number


def _rows(where: str, name: str) -> QuerySet:
    return FailedAttempts.objects.filter(key=_key(where, name))


def _key(where: str, name: str) -> str:
    """Not the name itself: people type their password in the wrong box, and addresses are personal data."""
    return salted_hmac(f"factcheck.attempts.{where}", name.casefold(), algorithm="sha256").hexdigest()


def _while() -> timedelta:
    return timedelta(seconds=settings.SIGN_IN_LOCK)
