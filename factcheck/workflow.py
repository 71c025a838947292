"""The editorial steps: the only code that changes a claim's status or listing, or a review's state.

Each step names who takes it and why, checks its rule, and writes its rows and their history in one transaction. It
knows nothing of requests: a button, a command and the loader call the same function.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from factcheck import door, history, readiness, states
from factcheck.models import (
    ONCE_PUBLISHED,
    Caveat,
    Claim,
    Conflict,
    Correction,
    Origin,
    Publisher,
    Rating,
    Review,
    ReviewState,
    Severity,
    StatusBasis,
    User,
    Whole,
)
from factcheck.models.appearances import Appearance
from factcheck.models.text import is_blank

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

NO_DESK = _("No publisher is the desk yet: run loadseeds.")
NO_SCALE = _("The rating scale is not there yet: run loadseeds seeds/scale.json.")

REPORTED_STATUS = "unverified"


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may take a step, and with which record: `check` raises for any other."""

    permission: str
    what: "StrOrPromise"
    check: Callable[[Any, User], None]

    @property
    def refusal(self) -> str:
        return gettext("Your role does not allow you to %(what)s.") % {"what": self.what}


def _check_right(step: str, actor: history.Actor) -> User | None:
    """The person with the rights that they have now, not with those at the time of signing in; None for a command."""
    if not isinstance(actor, User):
        return None
    rule = RULES[step]
    person: User = User.objects.get(pk=actor.pk)
    if not person.has_perm(f"factcheck.{rule.permission}"):
        raise PermissionDenied(rule.refusal)
    return person


def _check(step: str, record: Whole, actor: history.Actor) -> None:
    """Raises PermissionDenied or ValidationError where this step is not for this actor or this record now."""
    if person := _check_right(step, actor):
        RULES[step].check(record, person)


def refusal(step: str, record: Whole, actor: User) -> str:
    """Why this person, as signed in, cannot take this step with the record as it is now; empty if they can."""
    rule = RULES[step]
    if not actor.has_perm(f"factcheck.{rule.permission}"):
        return rule.refusal
    try:
        rule.check(record, actor)
    except PermissionDenied as error:
        return str(error)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


def _reread[W: Whole](step: str, record: W, actor: history.Actor, seen: int | None) -> W:
    """The record as it is stored, for who has the right. Raises Conflict if it is not the version that was seen."""
    _check_right(step, actor)
    stored: W | None = type(record)._base_manager.filter(pk=record.pk).first()
    if stored is None or stored.version != (record.version if seen is None else seen):
        raise Conflict(record)
    return stored


def _lock(claim: Any) -> Claim:
    """The claim of this id as it is now, which nobody else changes until the transaction ends.

    No key: whoever only saves a record that names the claim does not wait.
    """
    return Claim.objects.select_for_update(no_key=True).get(pk=claim)


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
    _check_right("list_claim", actor)
    with history.change(claim, actor=actor, reason=reason, seen=seen, action="listed"):
        _check("list_claim", claim, actor)
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
    _check_right("unlist_claim", actor)
    with history.change(claim, actor=actor, reason=reason, seen=seen, action="unlisted"):
        _check("unlist_claim", claim, actor)
        if is_blank(note) and had_published_review([claim.pk]):
            raise ValidationError(_("We published a review of this claim: say in a public note why it is unlisted."))
        mark_unlisted(claim, at or timezone.now(), note)
        claim.save(update_fields=LISTING)
    return claim


def decline(claim: Claim, *, actor: history.Actor, reason: str, seen: int | None = None) -> Claim:
    """Takes the claim out of the queue, for a reason that stays on the desk. Neither listing nor status changes."""
    claim = _reread("decline", claim, actor, seen)
    if not reason.strip():
        raise ValidationError(_("Say why we do not check this claim."))
    with history.change(claim, actor=actor, reason=reason, action="declined"):
        _check("decline", claim, actor)
        claim.declined_reason = reason
        claim.save(update_fields=["declined_reason"])
    return claim


def reconsider(claim: Claim, *, actor: history.Actor, reason: str = "", seen: int | None = None) -> Claim:
    """Puts a claim that was declined back into the queue."""
    claim = _reread("reconsider", claim, actor, seen)
    with history.change(claim, actor=actor, reason=reason, action="reconsidered"):
        _check("reconsider", claim, actor)
        claim.declined_reason = ""
        claim.save(update_fields=["declined_reason"])
    return claim


def assign(claim: Claim, to: User | None, *, actor: User, reason: str = "", seen: int | None = None) -> Claim:
    """Gives the claim to somebody of the desk, or to nobody."""
    claim = _reread("assign", claim, actor, seen)
    with history.change(claim, actor=actor, reason=reason, action="assigned"):
        _check("assign", claim, actor)
        if to is not None and not (to.is_active and to.is_staff):
            raise ValidationError(_("A claim is assigned to an active account of the desk."))
        claim.assigned_to = to
        claim.save(update_fields=["assigned_to"])
    return claim


# What of a claim or of its appearances asks, when it changes and readers know it: was something wrong?
ASKS = frozenset({"text", "claimant", "caveat"})


def correct(
    claim: Claim,
    *,
    actor: history.Actor,
    severity: str,
    note: str,
    before: str = "",
    after: str = "",
    review: Review | None = None,
    seen: int | None = None,
    at: datetime | None = None,
) -> Correction:
    """Tells readers what was wrong with the record of a claim, or with the review before `review`.

    Raises ValidationError where readers never saw the claim.
    """
    claim = _reread("correct", claim, actor, seen)
    if review is None:
        _check("correct", claim, actor)
    correction = Correction(
        claim=claim,
        review=review,
        severity=severity,
        note=note,
        before=before,
        after=after,
        made_at=at or timezone.now(),
    )
    with history.change(correction, actor=actor, action="corrected", reason=note[:1000]):
        correction.clean()
        correction.validate_constraints()
        correction.save()
    return correction


# Reviews


@dataclass(frozen=True, slots=True)
class Corrected:
    """Something in the published review was wrong: how grave that is, and what readers are told."""

    severity: str
    note: str


@dataclass(frozen=True, slots=True)
class Updated:
    """Nothing in the published review was wrong; readers are told what is new."""

    note: str


def number_of_next_review(claim: Claim) -> int:
    """The desk's reviews of a claim are numbered 1, 2, 3 …"""
    last = (
        claim.reviews.filter(origin=Origin.DESK).order_by(F("number").desc()).values_list("number", flat=True).first()
    )
    return (last or 0) + 1


# What a new review takes over from the one that it is to supersede.
CARRIED = (
    "title", "rating", "verdict", "summary", "rationale", "how_to_check", "evidence_strength", "assessed_as",
    "origins_exception", "no_reply_reason", "language",
)  # fmt: skip


@contextmanager
def _change_with_claim(review: Review, *, actor: User, reason: str, action: str) -> Iterator[Claim]:
    """Opens the review for a step that looks at its claim, or at another review of that.

    The claim is locked before any review of it: of two such steps none waits for what the other holds.
    """
    with transaction.atomic():
        review.claim = _lock(review.claim_id)
        with history.change(review, actor=actor, reason=reason, action=action):
            yield review.claim


def start_review(claim: Claim, *, actor: User, reason: str = "", seen: int | None = None) -> Review:
    """A draft of the desk's next review of the claim, written by the actor.

    Where one is published, the draft begins with what that says and with its evidence. Raises ValidationError if a
    review is open already.
    """
    claim = _reread("start_review", claim, actor, seen)
    desk = Publisher.objects.filter(is_desk=True).first()
    if desk is None:
        raise ValidationError(NO_DESK)
    with transaction.atomic():
        _check("start_review", _lock(claim.pk), actor)
        former = claim.reviews.current().first()
        review = Review(claim=claim, publisher=desk, author=actor, number=number_of_next_review(claim))
        review.language = claim.language
        if former:
            for name in CARRIED:
                setattr(review, name, getattr(former, name))
            if review.rating and review.rating.retired_on:
                review.rating = Rating.objects.in_force().filter(slug=review.rating.slug).first()
        _take_wording(review, claim)
        with history.change(review, actor=actor, reason=reason, action="started"):
            review.save()
            for one in former.evidence.all() if former else ():
                one.pk, one.review, one._state.adding = None, review, True
                one.save()
    return review


def take_over(review: Review, *, actor: User, reason: str = "", seen: int | None = None) -> Review:
    """Makes the actor the author of a draft; who wrote any of it before cannot approve it either."""
    review = _reread("take_over", review, actor, seen)
    with history.change(review, actor=actor, reason=reason, action="taken over"):
        _check("take_over", review, actor)
        review.author = actor
        review.save()
    return review


def submit(
    review: Review, *, actor: User, reason: str = "", seen: int | None = None, at: datetime | None = None
) -> Review:
    """Asks for approval of the review as it is now, with the wording that it rates.

    Raises ValidationError naming the essentials that it lacks.
    """
    review = _reread("submit", review, actor, seen)
    with _change_with_claim(review, actor=actor, reason=reason, action="submitted") as claim:
        _check("submit", review, actor)
        if not claim.reviews.current().exists():
            _take_wording(review, claim)
        if lacking := [item.message for item in readiness.missing(review) if item.is_essential]:
            raise ValidationError(lacking)
        review.claimant_reviewed = review.reviewed_claimant.name if review.reviewed_claimant else ""
        review.submitted_by, review.submitted_at = actor, at or timezone.now()
        review.submitted_version = review.version
        review.returned_by, review.returned_at, review.returned_note = None, None, ""
        review.state = ReviewState.SUBMITTED
        review.save()
    return review


def back_to_draft(review: Review) -> None:
    """An edit to what was submitted makes it a draft again. Call it in the block of the edit, before the edit."""
    if review.state == ReviewState.SUBMITTED:
        review.state = ReviewState.DRAFT
        review.save(update_fields=["state"])


def call_back(review: Review, *, actor: User, reason: str = "", seen: int | None = None) -> Review:
    """Takes back what one wrote or submitted oneself, to work on it again."""
    review = _reread("call_back", review, actor, seen)
    with history.change(review, actor=actor, reason=reason, action="called back"):
        _check("call_back", review, actor)
        back_to_draft(review)
    return review


def return_for_changes(
    review: Review, *, actor: User, reason: str, seen: int | None = None, at: datetime | None = None
) -> Review:
    """Gives the review back to its author, saying what has to change."""
    review = _reread("return_for_changes", review, actor, seen)
    if not reason.strip():
        raise ValidationError(_("Say what has to change."))
    with history.change(review, actor=actor, reason=reason, action="returned"):
        _check("return_for_changes", review, actor)
        review.returned_by, review.returned_at, review.returned_note = actor, at or timezone.now(), reason
        review.state = ReviewState.DRAFT
        review.save()
    return review


def wrote(review: Review, user: User) -> bool:
    """Whether the person wrote any of the review: as its author, or by changing it or what it rests on."""
    return Review.objects.written_by(user).filter(pk=review.pk).exists()


def approve_and_publish(
    review: Review,
    *,
    actor: User,
    seen: int,
    reason: str = "",
    about_former: Corrected | Updated | None = None,
    at: datetime | None = None,
) -> Review:
    """Publishes the version `seen`, which the actor has read, in place of the one that was published before.

    `about_former` says whether something in that one was wrong: needed where there is one. The claim takes the wording
    that was reviewed. Raises PermissionDenied for who wrote any of it, Conflict for a version that is not the submitted
    one.
    """
    review = _reread("approve_and_publish", review, actor, seen)
    at = at or timezone.now()
    with _change_with_claim(review, actor=actor, reason=reason, action="published") as claim:
        _check("approve_and_publish", review, actor)
        if seen != review.submitted_version:
            raise Conflict(review)
        if lacking := [item.message for item in readiness.missing(review) if item.is_essential]:
            raise ValidationError(lacking)
        former = claim.reviews.current().first()
        if former:
            _supersede(former, review, about_former, actor)
        elif about_former:
            raise ValidationError(_("No review of this claim is published: there is nothing to correct."))
        _give_wording(claim, review, actor)
        if isinstance(about_former, Updated):
            review.update_note = about_former.note
        review.approved_by, review.approved_version, review.published_at = actor, seen, at
        review.state = ReviewState.PUBLISHED
        review.save()
        refresh_status([claim], at)
        if former and isinstance(about_former, Corrected):
            correct(
                claim,
                actor=actor,
                severity=about_former.severity,
                note=about_former.note,
                before=_verdict(former),
                after=_verdict(review),
                review=review,
                at=at,
            )
    return review


def _supersede(former: Review, review: Review, about_former: Corrected | Updated | None, actor: User) -> None:
    if about_former is None or not about_former.note.strip():
        raise ValidationError(_("A review of this claim is published: say what was wrong with it, or what is new."))
    is_changed = (former.rating, former.verdict) != (review.rating, review.verdict)
    if isinstance(about_former, Corrected) and (about_former.severity == Severity.VERDICT_CHANGED) != is_changed:
        raise ValidationError(
            _("The verdict changed: the correction has to say so.")
            if is_changed
            else _("The verdict is the same as before.")
        )
    with history.change(former, actor=actor, action="superseded"):
        former.state = ReviewState.SUPERSEDED
        former.save()


def _verdict(review: Review) -> str:
    return review.verdict or (review.rating.label if review.rating else "")


def withdraw(
    review: Review,
    *,
    actor: User,
    note: str,
    reason: str = "",
    seen: int | None = None,
    at: datetime | None = None,
) -> Review:
    """Takes back a published review. It stays readable under this note, and the claim is no longer rated by us."""
    review = _reread("withdraw", review, actor, seen)
    if not note.strip():
        raise ValidationError(_("Tell readers why it is withdrawn."))
    at = at or timezone.now()
    with _change_with_claim(review, actor=actor, reason=reason, action="withdrawn") as claim:
        _check("withdraw", review, actor)
        review.withdrawn_by, review.withdrawn_at, review.withdrawn_note = actor, at, note
        review.state = ReviewState.WITHDRAWN
        review.save()
        refresh_status([claim], at)
    return review


def discard_review(review: Review, *, actor: User, reason: str = "", seen: int | None = None) -> Review:
    """Gives up a draft; it stays in the history, and another may be started."""
    review = _reread("discard_review", review, actor, seen)
    with history.change(review, actor=actor, reason=reason, action="discarded"):
        _check("discard_review", review, actor)
        review.state = ReviewState.DISCARDED
        review.save()
    return review


def _take_wording(review: Review, claim: Claim) -> None:
    """The review rates the claim as it is worded now."""
    review.claim_reviewed, review.reviewed_claimant, review.reviewed_kind = claim.text, claim.claimant, claim.kind
    review.claimant_reviewed = claim.claimant.name if claim.claimant else ""
    review.reviewed_made_on = claim.made_on
    review.reviewed_made_on_precision = claim.made_on_precision


def _give_wording(claim: Claim, review: Review, actor: User) -> None:
    """The claim is worded as the review that is about to be published rates it."""
    wording = {
        "text": review.claim_reviewed,
        "claimant_id": review.reviewed_claimant_id,
        "kind": review.reviewed_kind,
        "made_on": review.reviewed_made_on,
        "made_on_precision": review.reviewed_made_on_precision,
    }
    if all(getattr(claim, name) == value for name, value in wording.items()):
        return
    with history.change(claim, actor=actor, action="reworded", reason=f"As review {review.number} rates it"):
        for name, value in wording.items():
            setattr(claim, name, value)
        claim.full_clean(validate_unique=False, validate_constraints=False)
        claim.save()


# Who may take which step


def _of_ours(*states: ReviewState) -> Callable[[Review, User], None]:
    def check(review: Review, actor: User) -> None:
        if review.origin != Origin.DESK:
            raise ValidationError(_("This is another publisher's review."))
        if review.state not in states:
            allowed = get_text_list([state.label.lower() for state in states])
            words = _("This review is %(state)s, not %(allowed)s.")
            raise ValidationError(words, params={"state": review.get_state_display().lower(), "allowed": allowed})

    return check


_draft, _submitted = _of_ours(ReviewState.DRAFT), _of_ours(ReviewState.SUBMITTED)


def _not_listed(claim: Claim, actor: User) -> None:
    if claim.listed_at:
        raise ValidationError(_("This claim is listed already."))


def _listed(claim: Claim, actor: User) -> None:
    if not claim.listed_at:
        raise ValidationError(_("This claim is not listed."))


def _not_declined(claim: Claim, actor: User) -> None:
    if claim.declined_reason:
        raise ValidationError(_("This claim is declined already."))


def _declined(claim: Claim, actor: User) -> None:
    if not claim.declined_reason:
        raise ValidationError(_("This claim is not declined."))


def _once_listed(claim: Claim, actor: User) -> None:
    if not claim.first_listed_at:
        raise ValidationError(_("Readers have never seen this claim: there is nothing to correct."))


def _nothing_open(claim: Claim, actor: User) -> None:
    if claim.reviews.open().exists():
        raise ValidationError(_("A review of this claim is open already; continue that one."))


def _by_another(review: Review, actor: User) -> None:
    _draft(review, actor)
    if review.author == actor:
        raise ValidationError(_("You are the author already."))


def _by_oneself(review: Review, actor: User) -> None:
    _submitted(review, actor)
    if actor not in (review.author, review.submitted_by):
        raise PermissionDenied(_("Only its author or who submitted it calls a review back."))


def _wrote_nothing(review: Review, actor: User) -> None:
    _submitted(review, actor)
    if wrote(review, actor):
        raise PermissionDenied(_("You wrote some of this review: somebody who wrote none of it has to approve it."))


def _by_oneself_or_editor(review: Review, actor: User) -> None:
    _draft(review, actor)
    if review.author != actor and not actor.has_perm("factcheck.approve_review"):
        raise PermissionDenied(_("Only its author or an editor discards a draft."))


def _anybody(record: Whole, actor: User) -> None: ...


RULES = {
    "list_claim": Rule("list_claim", pgettext_lazy("your role does not allow you to", "list claims"), _not_listed),
    "unlist_claim": Rule("list_claim", pgettext_lazy("your role does not allow you to", "unlist claims"), _listed),
    "decline": Rule("decline_claim", pgettext_lazy("your role does not allow you to", "decline claims"), _not_declined),
    "reconsider": Rule(
        "decline_claim", pgettext_lazy("your role does not allow you to", "take claims up again"), _declined
    ),
    "assign": Rule("change_claim", pgettext_lazy("your role does not allow you to", "assign claims"), _anybody),
    "correct": Rule(
        "add_correction", pgettext_lazy("your role does not allow you to", "publish corrections"), _once_listed
    ),
    "start_review": Rule(
        "add_review", pgettext_lazy("your role does not allow you to", "write reviews"), _nothing_open
    ),
    "take_over": Rule("change_review", pgettext_lazy("your role does not allow you to", "write reviews"), _by_another),
    "submit": Rule("submit_review", pgettext_lazy("your role does not allow you to", "submit reviews"), _draft),
    "call_back": Rule("change_review", pgettext_lazy("your role does not allow you to", "write reviews"), _by_oneself),
    "return_for_changes": Rule(
        "approve_review", pgettext_lazy("your role does not allow you to", "return reviews"), _submitted
    ),
    "approve_and_publish": Rule(
        "approve_review", pgettext_lazy("your role does not allow you to", "approve reviews"), _wrote_nothing
    ),
    "withdraw": Rule(
        "withdraw_review",
        pgettext_lazy("your role does not allow you to", "withdraw reviews"),
        _of_ours(ReviewState.PUBLISHED),
    ),
    "discard_review": Rule(
        "change_review", pgettext_lazy("your role does not allow you to", "write reviews"), _by_oneself_or_editor
    ),
}
