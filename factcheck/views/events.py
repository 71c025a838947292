"""What happened to a claim in public: each status that it had from us, and every change that readers could see."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from factcheck import history
from factcheck.models import Change, Claim, Correction, StatusBasis
from factcheck.views.reviews import ShownReview

CHANGES = 500  # of the claim's own, the newest, that are looked at


@dataclass(frozen=True, slots=True)
class Event:
    """One dated fact; `before` and `after` are wordings, where one took the place of the other.

    `language` is that of the note; empty, it is the desk's.
    """

    at: datetime
    words: str
    note: str = ""
    before: str = ""
    after: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """A status that a review of ours gave the claim, and until when it stood."""

    shown: ShownReview
    since: datetime
    until: datetime | None
    end: str

    @property
    def verdict(self) -> str:
        return self.shown.verdict


@dataclass(frozen=True, slots=True)
class Unreviewed:
    """A time in which no review of ours stood; `words` say what the verdict rests on, where there is one."""

    verdict: str
    words: str
    since: datetime | None
    until: datetime | None = None
    shown: None = None
    end: str = ""


def standings(reviews: Iterable[ShownReview]) -> list[Standing]:
    """The newest first, as the reviews are."""
    found: list[Standing] = []
    newer: datetime | None = None
    for shown in reviews:
        review = shown.review
        if not shown.is_ours or review.published_at is None:
            continue
        if review.state == "withdrawn":
            found.append(Standing(shown, review.published_at, review.withdrawn_at, _("withdrawn")))
        elif review.state == "superseded":
            found.append(Standing(shown, review.published_at, newer, _("replaced")))
        else:
            found.append(Standing(shown, review.published_at, None, ""))
        newer = review.published_at
    return found


def statuses(claim: Claim, standings: Sequence[Standing]) -> list[Standing | Unreviewed]:
    """Each status of the claim since it was listed, the newest first; nothing where it never had one.

    When a source's own doubt was recorded is not told for the past: what readers saw on a day, its page says.
    """
    found: list[Standing | Unreviewed] = []
    reached = claim.listed_at
    for one in reversed(standings):
        if reached and reached < one.since:
            found.append(Unreviewed("–", _("not reviewed by us"), reached, one.since))
        found.append(one)
        reached = one.until
    if claim.status and claim.status_basis == StatusBasis.REPORTED:
        since = claim.status_since and max(claim.status_since, reached or claim.status_since)
        found.append(Unreviewed(claim.status.word, _("as the source says; not reviewed by us"), since))
    elif reached and found:
        found.append(Unreviewed("–", _("not reviewed by us"), reached))
    return found[::-1]


def events(
    claim: Claim,
    statuses: Iterable[Standing],
    corrections: Iterable[Correction],
    before: datetime | None = None,
) -> list[Event]:
    """The latest first; `before` ends them at a past day. Costs one query, for listings and wordings."""
    found = list(_of_claim(claim, before))
    for one in statuses:
        review, language = one.shown.review, one.shown.verdict_language
        found.append(Event(one.since, _("Review published"), one.verdict, language=language))
        if review.update_note:
            words = _("Nothing was wrong in the review before")
            found.append(Event(one.since, words, review.update_note, language=review.language))
        if one.until and review.state == "withdrawn":
            found.append(Event(one.until, _("Review withdrawn"), review.withdrawn_note, language=review.language))
        elif one.until:
            found.append(Event(one.until, _("Review replaced by a newer one"), one.verdict, language=language))
    for correction in corrections:
        words = _("Correction: %(severity)s") % {"severity": correction.get_severity_display().lower()}
        found.append(Event(correction.made_at, words, correction.note))
    return sorted(found, key=lambda event: event.at, reverse=True)


def _of_claim(claim: Claim, before: datetime | None) -> Iterable[Event]:
    """Goes back from what the claim is now, or was then: what changed while it was not listed, readers never saw."""
    changes = Change.objects.of(claim).order_by("-sequence")
    if before is not None:
        changes = changes.filter(at__lt=before)
    is_listed = claim.listed_at is not None
    for at, old, new in changes.values_list("at", "before", "after")[:CHANGES]:
        was, became = history.payload(old), history.payload(new)
        if not isinstance(became, dict):
            continue
        was = was if isinstance(was, dict) else {}
        was_listed = was["listed_at"] is not None if "listed_at" in was else is_listed and "listed_at" not in became
        if is_listed and not was_listed:
            again = was.get("first_listed_at") is not None or "first_listed_at" not in became
            yield Event(_moment(became["listed_at"]), _("Listed again") if again else _("Listed here"))
        elif was_listed and not is_listed:
            yield Event(_moment(became["unlisted_at"]), _("Taken off these pages"), became.get("unlisted_note") or "")
        elif is_listed:
            yield from _rewordings(at, was, became)
        is_listed = was_listed


def _rewordings(at: datetime, was: dict[str, Any], became: dict[str, Any]) -> Iterable[Event]:
    if "text" in became:
        yield Event(at, _("Wording changed"), before=was.get("text", ""), after=became["text"])
    if "claimant" in became:
        yield Event(at, _("Named claimant changed"))


def _moment(value: str) -> datetime:
    return datetime.fromisoformat(value)
