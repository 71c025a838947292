"""The editorial steps: the only code that changes a claim's status or listing, or a review's state.

Each step names who takes it and why, checks its rule, and writes its rows and their history in one transaction. It
knows nothing of requests: a button, a command and the loader call the same function.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from factcheck import door, history, states
from factcheck.models import ONCE_PUBLISHED, Caveat, Claim, Origin, Rating, Review, StatusBasis, User
from factcheck.models.appearances import Appearance

NO_SCALE = "The rating scale is not there yet: run loadseeds seeds/scale.json."

REPORTED_STATUS = "unverified"


def _check_right(actor: history.Actor, permission: str, what: str) -> None:
    if isinstance(actor, User) and not actor.has_perm(f"factcheck.{permission}"):
        raise PermissionDenied(f"Your role does not allow you to {what}.")


def resting_statuses(claims: Iterable[Any]) -> dict[Any, tuple[Any, str]]:
    """Rating and basis of each claim, by id, from what they rest on: our published review, else what was reported.

    Of what is reported as unverified the rating is None where none of that slug is in force.
    """
    ids = list(claims)
    found: dict[Any, tuple[Any, str]] = dict.fromkeys(ids, (None, StatusBasis.NONE))
    unverified_there = Appearance.objects.filter(claim__in=ids, caveat=Caveat.NOT_VERIFIED).order_by()
    if reported := set(unverified_there.values_list("claim", flat=True)):
        in_force = Rating.objects.in_force().filter(slug=REPORTED_STATUS).values_list("pk", flat=True).first()
        found |= dict.fromkeys(reported, (in_force, StatusBasis.REPORTED))
    rated = Review.objects.current().filter(claim__in=ids).order_by().values_list("claim", "rating")
    return found | {claim: (rating, StatusBasis.REVIEWED) for claim, rating in rated}


def refresh_status(claims: Iterable[Claim], at: datetime | None = None) -> None:
    """Writes the status and basis of claims anew, where they differ from what they rest on.

    Call it in the block that changed that. Raises ValidationError where the rating scale is missing.
    """
    by_id = {claim.pk: claim for claim in claims}
    ids = list(by_id)
    at = at or timezone.now()
    with transaction.atomic(), door.edition() as edition:
        for start in range(0, len(ids), states.CHUNK):
            chunk = ids[start : start + states.CHUNK]
            # Locked, so that of two who change what a status rests on the second sees what the first did
            rows = Claim._base_manager.filter(pk__in=chunk).order_by("pk").select_for_update(no_key=True)
            stored = {pk: status for pk, *status in rows.values_list("pk", "status", "status_basis")}
            stale: dict[tuple[Any, str], list[Any]] = defaultdict(list)
            for pk, status in resting_statuses(chunk).items():
                if status == (None, StatusBasis.REPORTED):
                    raise ValidationError(NO_SCALE)
                by_id[pk].status_id, by_id[pk].status_basis = status
                if pk in stored and tuple(stored[pk]) != status:
                    stale[status].append(pk)
                    by_id[pk].status_since = at
            for (rating, basis), pks in stale.items():
                rows = Claim._base_manager.filter(pk__in=pks)
                models.QuerySet.update(rows, status=rating, status_basis=basis, status_since=at)
                edition.restated((Claim, pk) for pk in pks)


def refresh_reported() -> None:
    """After the scale has changed: claims reported as unverified take the rating that is in force under that slug."""
    wanted = Rating.objects.in_force().filter(slug=REPORTED_STATUS).first()
    if wanted is None:
        return
    stale = Claim.objects.filter(status_basis=StatusBasis.REPORTED).exclude(status=wanted).order_by("pk")
    while claims := list(stale[: states.CHUNK]):
        refresh_status(claims)


LISTING = ("listed_at", "first_listed_at", "unlisted_at", "unlisted_note")


def mark_listed(claim: Claim, at: datetime) -> None:
    """What listing writes, without saving it."""
    claim.listed_at, claim.unlisted_at, claim.unlisted_note = at, None, ""
    claim.first_listed_at = claim.first_listed_at or at


def mark_unlisted(claim: Claim, at: datetime, note: str) -> None:
    """What unlisting writes, without saving it."""
    claim.listed_at, claim.unlisted_at, claim.unlisted_note = None, at, note


def list_claim(
    claim: Claim,
    *,
    actor: history.Actor,
    reason: str = "",
    seen: int | None = None,
    at: datetime | None = None,
) -> Claim:
    """Makes the claim public. Raises ValidationError if it is, PermissionDenied, or Conflict if `seen` is stale."""
    _check_right(actor, "list_claim", "list claims")
    with history.change(claim, actor=actor, reason=reason, seen=seen, action="listed"):
        if claim.listed_at:
            raise ValidationError("This claim is listed already.")
        mark_listed(claim, at or timezone.now())
        claim.save(update_fields=LISTING)
        refresh_status([claim], at)
    return claim


def had_published_review(claims: Iterable[Any]) -> set[Any]:
    """The ids of those claims of which the desk ever published a review."""
    rows = Review.objects.filter(origin=Origin.DESK, state__in=ONCE_PUBLISHED, claim__in=claims)
    return set(rows.values_list("claim", flat=True))


def unlist_claim(
    claim: Claim,
    *,
    actor: history.Actor,
    reason: str = "",
    note: str = "",
    seen: int | None = None,
    at: datetime | None = None,
) -> Claim:
    """Takes the claim from the public site; its address then answers 410 with the date and this note.

    Raises ValidationError if it is not listed, or if the note is missing where the desk published a review.
    """
    _check_right(actor, "list_claim", "unlist claims")
    with history.change(claim, actor=actor, reason=reason, seen=seen, action="unlisted"):
        if not claim.listed_at:
            raise ValidationError("This claim is not listed.")
        if not note.strip() and had_published_review([claim.pk]):
            raise ValidationError("We published a review of this claim: say in a public note why it is unlisted.")
        mark_unlisted(claim, at or timezone.now(), note)
        claim.save(update_fields=LISTING)
    return claim


def number_of_next_review(claim: Claim) -> int:
    """The desk's reviews of a claim are numbered 1, 2, 3 …"""
    last = (
        claim.reviews.filter(origin=Origin.DESK).order_by(F("number").desc()).values_list("number", flat=True).first()
    )
    return (last or 0) + 1
