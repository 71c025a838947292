"""A claim and its review as readable text: what the page on which the work happens shows above its form."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from factcheck import history, readiness, states
from factcheck.admin.base import actor_of
from factcheck.admin.display import moment
from factcheck.admin.stories import Passage, difference
from factcheck.models import Appearance, Change, Claim, Relay, Review, ReviewState, User
from factcheck.readiness import Missing
from factcheck.states import State
from factcheck.views.reviews import ShownReview, review_rows

OPEN = (ReviewState.DRAFT, ReviewState.SUBMITTED)
SHOWN = 50  # appearances, and reviews by others, at most


@dataclass(frozen=True, slots=True)
class Lacking:
    """Something that the review lacks, with the place where it is given."""

    item: Missing
    address: str


@dataclass(frozen=True, slots=True)
class Event:
    """A moment of the claim's timeline."""

    at: datetime
    words: str
    who: str


@dataclass(frozen=True, slots=True)
class Compared:
    """What the review says otherwise than something that the reader knows."""

    title: str
    passages: list[Passage]


@dataclass(frozen=True, slots=True)
class Work:
    """What a person has to see of a claim to take the next step."""

    claim: Claim
    review: ShownReview | None
    appearances: list[Appearance]
    more_appearances: bool
    imported: list[ShownReview]
    timeline: list[Event]
    lacking: list[Lacking]
    compared: list[Compared]

    @property
    def essentials(self) -> list[Lacking]:
        return [one for one in self.lacking if one.item.is_essential]


def work_on(claim: Claim, request: HttpRequest) -> Work:
    """All of it, in a number of queries that does not depend on how much there is."""
    reviews = [ShownReview.of(review) for review in review_rows(Review.objects.filter(claim=claim))]
    ours = [one for one in reviews if one.is_ours]
    review = next((one for one in ours if one.review.state in OPEN), None)
    current = next((one for one in ours if one.is_current), None)
    stations = Relay.objects.select_related("by_claimant", "by_publisher").order_by("position")
    appearances = list(
        claim.appearances.select_related("article", "claimant")
        .prefetch_related(Prefetch("relays", stations))
        .order_by("article", "paragraph", "id")[: SHOWN + 1]
    )
    return Work(
        claim=claim,
        review=review or current,
        appearances=appearances[:SHOWN],
        more_appearances=len(appearances) > SHOWN,
        imported=[one for one in reviews if not one.is_ours][:SHOWN],
        timeline=_timeline(claim, ours),
        lacking=_lacking(review.review) if review else [],
        compared=_compared(review, current, actor_of(request)) if review else [],
    )


def _timeline(claim: Claim, ours: list[ShownReview]) -> list[Event]:
    unlisted = gettext("unlisted: %(note)s") if claim.unlisted_note else gettext("unlisted")
    events = [
        Event(at, words, "")
        for at, words in (
            (claim.first_listed_at, gettext("listed for the first time")),
            (claim.listed_at if claim.listed_at != claim.first_listed_at else None, gettext("listed again")),
            (claim.unlisted_at, unlisted % {"note": claim.unlisted_note}),
        )
        if at
    ]
    for shown in ours:
        review = shown.review
        number = {"number": review.number}
        if review.submitted_at and review.state == ReviewState.SUBMITTED:
            words = gettext("review %(number)s submitted") % number
            events.append(Event(review.submitted_at, words, str(review.author or "")))
        if review.published_at:
            words = gettext("review %(number)s published: %(verdict)s") % {**number, "verdict": shown.verdict}
            people = {"author": review.author, "approver": review.approved_by}
            names = gettext("%(author)s, approved by %(approver)s") % people
            events.append(Event(review.published_at, words, names))
        if review.withdrawn_at:
            words = gettext("review %(number)s withdrawn: %(note)s") % {**number, "note": review.withdrawn_note}
            events.append(Event(review.withdrawn_at, words, ""))
    return sorted(events, key=lambda event: event.at)


def _lacking(review: Review) -> list[Lacking]:
    page = reverse("admin:factcheck_review_change", args=[review.pk])
    claim = reverse("admin:factcheck_claim_change", args=[review.claim_id])
    elsewhere = {"evidence": f"{page}#evidence-group", "claim": claim, "resolution": f"{claim}#id_resolution"}

    def address(item: Missing) -> str:
        if item.row is not None:
            return f"{page}#{item.field}-{item.row}"  # as Django calls the row of a part in its form
        return elsewhere.get(item.field, f"{page}#id_{item.field}")

    return [Lacking(item, address(item)) for item in readiness.missing(review)]


def _compared(review: ShownReview, current: ShownReview | None, reader: User) -> list[Compared]:
    """Against what is published, and against what this person last had in hands."""
    now = states.read(Review, [review.review.pk])[review.review.pk]
    found = []
    if current and current.review.pk != review.review.pk:
        then = states.read(Review, [current.review.pk])[current.review.pk]
        title = gettext("What is new against the published review")
        found.append(Compared(title, difference(Review, _said(then), _said(now))))
    last = Change.objects.of(review.review).filter(actor=reader).last()
    had = history.state_at(review.review, last.sequence, now) if last else None
    if last and had is not None and last.sequence < review.review.version:
        title = gettext("What changed since you last had it (%(at)s)") % {"at": moment(last.at)}
        found.append(Compared(title, difference(Review, _said(had), _said(now))))
    return [one for one in found if one.passages]


NOT_SAID = {
    "number", "state", "author", "published_at", "approved_by", "approved_version", "submitted_by", "submitted_at",
    "submitted_version", "returned_by", "returned_at", "returned_note", "recorded_at", "withdrawn_at", "withdrawn_by",
    "withdrawn_note", "update_note",
}  # fmt: skip


def _said(state: State) -> State:
    """What a review says, without its steps; its parts by what they cite, since a copy of evidence has another id."""
    said: dict[str, Any] = {name: value for name, value in state.items() if name not in NOT_SAID}
    for name, keys in (("evidence", ("title", "url")), ("reply_requests", ("asked_whom", "asked_at"))):
        parts = {" ".join(str(part.get(key, "")) for key in keys): part for part in state.get(name, {}).values()}
        said[name] = parts
    return said
