"""A code from somebody's phone, beside their password: setting it up, asking for it, taking it away.

django-otp keeps the secret, lets no code in twice, and doubles the wait after every wrong one.
"""

import re

import segno
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from factcheck import history
from factcheck.attempts import CODES, Locked
from factcheck.history import Actor
from factcheck.models import User

PROVEN = "second_factor"  # in a session: which second factor was shown in it
RECOVERY_CODES = 10


def missing_step(request: HttpRequest) -> str | None:
    """The page on which somebody who signed in still has to show their second factor, or to set one up."""
    user = request.user
    assert isinstance(user, User)
    if user.second_factor_at:
        return None if request.session.get(PROVEN) == user.second_factor_at.isoformat() else "admin:code"
    return "admin:second_factor" if is_required_of(user) else None


def is_required_of(user: User) -> bool:
    """Whether a role that they have needs one. A superuser has every role."""
    roles = settings.REQUIRE_SECOND_FACTOR
    return bool(roles) and (user.is_superuser or user.groups.filter(name__in=roles).exists())


def proven(request: HttpRequest, user: User) -> None:
    """Remembers in the session that this second factor was shown; a later one has to be shown anew."""
    assert user.second_factor_at
    request.session.cycle_key()
    request.session[PROVEN] = user.second_factor_at.isoformat()
    request.user = user  # as it is stored now


def picture(user: User, key: str) -> str:
    """The secret as a QR code, as an address that an image can have."""
    code = segno.make(TOTPDevice(user=user, key=key).config_url, micro=False)
    return code.svg_data_uri(scale=5, border=4, dark="#000", light="#fff", svgclass=None, lineclass=None)


def set_up(user: User, key: str, code: str) -> list[str]:
    """Keeps the secret that somebody's phone now shows codes of; returns their recovery codes.

    Raises ValidationError if this is not such a code.
    """
    with history.change(user, actor=user, action="second factor set up"):
        if user.second_factor_at:
            raise ValidationError(gettext("You have a second factor already."))
        if not _is_right(TOTPDevice(user=user, name="phone", key=key), code):
            raise ValidationError(
                gettext("This is not the code that belongs to the secret. Is the clock of the phone right?")
            )
        user.second_factor_at = timezone.now()
        user.save()
        return new_recovery_codes(user)


def new_recovery_codes(user: User) -> list[str]:
    """Codes that work once each, in place of all earlier ones."""
    with transaction.atomic():
        StaticDevice.objects.filter(user=user).delete()
        device = StaticDevice.objects.create(user=user, name="recovery codes")
        tokens = [StaticToken(device=device, token=StaticToken.random_token()) for _ in range(RECOVERY_CODES)]
        StaticToken.objects.bulk_create(tokens)
    return [f"{token.token[:4]}-{token.token[4:]}" for token in tokens]


def recovery_codes_left(user: User) -> int:
    return int(StaticToken.objects.filter(device__user=user).count())


def verify(user: User, code: str) -> None:
    """Raises ValidationError if the code is neither one of this half minute nor a recovery code; Locked if it is too
    soon after wrong ones."""
    code = re.sub(r"[\s-]", "", code).lower()
    kind = TOTPDevice if re.fullmatch(r"[0-9]{6}", code) else StaticDevice
    with transaction.atomic():
        # One at a time: no code is taken twice at one moment.
        device = kind.objects.select_for_update().filter(user=user, confirmed=True).first()
        if device:
            allowed, why = device.verify_is_allowed()
            if not allowed:
                raise Locked(CODES, why["locked_until"])
        right = device is not None and _is_right(device, code)
    if not right:
        raise ValidationError(gettext("This code is not right, or was used already."))


def remove(user: User, *, actor: Actor, action: str, reason: str = "", seen: int | None = None) -> None:
    """Forgets the second factor with its recovery codes: the password alone is enough again."""
    with history.change(user, actor=actor, action=action, reason=reason, seen=seen):
        user.second_factor_at = None
        user.save()
        TOTPDevice.objects.filter(user=user).delete()
        StaticDevice.objects.filter(user=user).delete()


def _is_right(device: TOTPDevice | StaticDevice, code: str) -> bool:
    return bool(device.verify_token(code))
