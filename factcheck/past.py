"""What the public site showed at the end of a day, from the history.

Listing, wording, places, stations, status, reviews and corrections are those of then. What is not public today is not
shown of then either; names, and the scale, are today's.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast

from django.db.models import Model, Q, QuerySet

from factcheck import history, states
from factcheck.models import (
    ONCE_PUBLISHED,
    Appearance,
    Article,
    Caveat,
    Change,
    Claim,
    Claimant,
    ClaimRelation,
    Correction,
    Evidence,
    FormerReference,
    Origin,
    Publisher,
    Rating,
    Relay,
    ReplyRequest,
    Review,
    ReviewState,
    StatusBasis,
    Topic,
    Tracked,
    User,
    Whole,
)
from factcheck.states import State
from factcheck.workflow import REPORTED_STATUS

CHANGES = 2000  # at most that are looked at for the days on which something changed


class NotKnown(Exception):
    """The history cannot tell: what changed since was erased."""


@dataclass(frozen=True, slots=True)
class ClaimThen:
    """A claim as it was shown: its record, appearances with their relays, ids of its topics, and public reviews."""

    claim: Claim
    appearances: list[Appearance]
    topics: list[int]
    reviews: list[Review]


def end_of(day: date) -> datetime:
    """The first moment after the day, in UTC."""
    return datetime.combine(day + timedelta(days=1), time(), UTC)


def states_at(model: type[Whole], ids: Iterable[Any], moment: datetime) -> dict[Any, State | None]:
    """What the records of these ids held before this moment, by id; None where that was erased.

    A record that was not there yet, or is not any more, has no entry.

    Goes back from what they hold now. That is read first: a change that comes in between is then taken back from a
    state that does not have it yet, which changes nothing.
    """
    found: dict[Any, State | None] = dict(states.read(model, ids))
    since = Change.objects.filter(whole_type=model._meta.model_name, whole_id__in=list(found), at__gte=moment)
    for pk, before in since.order_by("-sequence").values_list("whole_id", "before"):
        state = found.get(pk)
        if state is None:
            continue
        old = json.loads(before)
        if old is None:
            del found[pk]
        elif history.ERASED in old:
            found[pk] = None
        else:
            found[pk] = states.applied(state, old)
    return found


def claims_at(claims: Collection[int], day: date) -> dict[int, ClaimThen]:
    """Those of these claims, which are public today, that were listed at the end of the day, by id and in that order.

    Costs a fixed number of queries. Raises NotKnown for a claim of which the history was erased.
    """
    moment = end_of(day)
    found = states_at(Claim, claims, moment)
    if None in found.values():
        raise NotKnown
    listed = {pk: state for pk, state in found.items() if state and state["listed_at"]}
    reviews = _reviews_at(listed, moment)
    records = {pk: _claim(pk, state) for pk, state in sorted(listed.items())}
    appearances = {pk: _appearances(records[pk], listed[pk]["appearances"]) for pk in records}
    _name(records.values(), (one for of_claim in appearances.values() for one in of_claim))
    for of_claim in appearances.values():
        of_claim.sort(key=_reading_order)
    unverified = Rating.objects.in_force().filter(slug=REPORTED_STATUS).first()
    for pk, claim in records.items():
        _rate(claim, appearances[pk], reviews[pk], unverified)
    return {
        pk: ClaimThen(
            claim,
            appearances[pk],
            [held["topic"][0] for held in listed[pk]["claim_topics"].values()],
            reviews[pk],
        )
        for pk, claim in records.items()
    }


def unlisted_at(claim: Claim, day: date) -> tuple[datetime, str] | None:
    """When and why a claim that had been listed was not at the end of the day; None where it never had been."""
    state = states_at(Claim, [claim.pk], end_of(day)).get(claim.pk)
    if not state or not state["unlisted_at"]:
        return None
    return datetime.fromisoformat(state["unlisted_at"]), state["unlisted_note"]


def _ids(rows: QuerySet[Any]) -> list[int]:
    return list(rows.order_by().values_list("pk", flat=True))


def _claim(pk: int, state: State) -> Claim:
    claim = states.as_record(Claim, state, pk=pk)
    claim.status, claim.status_basis, claim.status_since = None, StatusBasis.NONE, None
    return claim


def _appearances(claim: Claim, held: dict[str, State]) -> list[Appearance]:
    found = []
    for pk, state in held.items():
        one = states.as_record(Appearance, state, pk=int(pk))
        one.claim = claim
        relays = [states.as_record(Relay, relay, pk=int(key)) for key, relay in state["relays"].items()]
        _hold(one, "relays", sorted(relays, key=lambda relay: relay.position))
        found.append(one)
    return found


def _reading_order(one: Appearance) -> tuple[Any, ...]:
    """The order of `Appearance.objects.in_reading_order()`."""
    published = one.article.published_on if one.article else None
    return (
        -published.toordinal() if published else 0,
        -one.article_id if one.article_id else 0,
        one.paragraph is None,
        one.paragraph or 0,
        one.pk,
    )


def _hold(record: Model, accessor: str, rows: list[Any]) -> None:
    """Makes these the rows of a reverse relation, as a prefetch does."""
    cast(Any, record)._prefetched_objects_cache = {
        **getattr(record, "_prefetched_objects_cache", {}),
        accessor: rows,
    }


def _point(records: Collection[Model], name: str, public: QuerySet[Any]) -> None:
    """Makes a reference of the records lead to the row of today, or nowhere if readers do not see that."""
    rows = public.in_bulk({pk for record in records if (pk := getattr(record, f"{name}_id")) is not None})
    for record in records:
        setattr(record, name, rows.get(getattr(record, f"{name}_id")))


def _name(claims: Collection[Claim], appearances: Iterable[Appearance]) -> None:
    places = list(appearances)
    relays = [relay for one in places for relay in one.relays.all()]
    claimants = Claimant.objects.public()
    articles = Article.objects.public().select_related("publisher")
    _point(claims, "claimant", claimants)
    _point(places, "claimant", claimants)
    _point(places, "article", articles)
    _point(relays, "by_claimant", claimants)
    _point(relays, "by_publisher", Publisher.objects.public())
    _point(relays, "article", articles)
    for relay in relays:
        cast(Any, relay).is_article_public = relay.article is not None


def _rate(claim: Claim, appearances: list[Appearance], reviews: list[Review], unverified: Rating | None) -> None:
    """The status by the rules of `workflow.refresh_status`, from what was there then.

    Since when it was what a source says of its own verification, the history does not tell.
    """
    current = next((one for one in reviews if one.origin == Origin.DESK and one.state == ReviewState.PUBLISHED), None)
    if current:
        claim.status, claim.status_basis = current.rating, StatusBasis.REVIEWED
        claim.status_since = current.published_at
    elif unverified and any(one.caveat == Caveat.NOT_VERIFIED for one in appearances):
        claim.status, claim.status_basis = unverified, StatusBasis.REPORTED


def _reviews_at(claims: Collection[int], moment: datetime) -> dict[int, list[Review]]:
    """The reviews that were public, by claim, the newest first."""
    found = states_at(Review, _ids(Review.objects.public().filter(claim__in=claims)), moment)
    reviews = []
    for pk, state in found.items():
        if state is None:
            raise NotKnown
        if state["origin"] == Origin.DESK and state["state"] not in ONCE_PUBLISHED:
            continue
        review = states.as_record(Review, state, pk=pk)
        for accessor, part in (("evidence", Evidence), ("reply_requests", ReplyRequest)):
            rows = [states.as_record(part, held, pk=int(key)) for key, held in state[accessor].items()]
            _hold(review, accessor, sorted(rows, key=_place))
        reviews.append(review)
    people = User.objects.all()
    _point(reviews, "publisher", Publisher.objects.public())
    _point(reviews, "rating", Rating.objects.public())
    _point(reviews, "author", people)
    _point(reviews, "approved_by", people)
    by_claim: dict[int, list[Review]] = defaultdict(list)
    earliest = datetime.min.replace(tzinfo=UTC)
    for review in sorted(reviews, key=lambda one: (one.published_at or earliest, one.pk), reverse=True):
        by_claim[review.claim_id].append(review)
    return by_claim


def _place(part: Evidence | ReplyRequest) -> tuple[Any, int]:
    return (part.position if isinstance(part, Evidence) else part.asked_at), part.pk


def corrections_at(claim: Claim, reviews: Iterable[Review], day: date) -> list[Correction]:
    """Those that readers saw, the newest first. `reviews` are the claim's that were public."""
    shown = {None, *(review.pk for review in reviews)}
    found = states_at(Correction, _ids(Correction.objects.public().filter(claim=claim)), end_of(day))
    records = [states.as_record(Correction, state, pk=pk) for pk, state in found.items() if state]
    records = [one for one in records if one.claim_id == claim.pk and one.review_id in shown]
    return sorted(records, key=lambda one: (one.made_at, one.pk), reverse=True)


def relations_at(claim: Claim, day: date, at_most: int) -> list[ClaimRelation]:
    """The relations to claims that were listed, each end as it was."""
    involving = ClaimRelation.objects.public().filter(Q(from_claim=claim) | Q(to_claim=claim)).order_by("id")
    found = states_at(ClaimRelation, involving.values_list("pk", flat=True)[:at_most], end_of(day))
    records = [states.as_record(ClaimRelation, state, pk=pk) for pk, state in sorted(found.items()) if state]
    ends = {pk for one in records for pk in (one.from_claim_id, one.to_claim_id)}
    then = claims_at(_ids(Claim.objects.public().filter(pk__in=ends)), day) if records else {}
    shown = []
    for one in records:
        if claim.pk in (one.from_claim_id, one.to_claim_id) and {one.from_claim_id, one.to_claim_id} <= then.keys():
            one.from_claim, one.to_claim = then[one.from_claim_id].claim, then[one.to_claim_id].claim
            shown.append(one)
    return shown


def topics_of(then: ClaimThen) -> list[Topic]:
    return list(Topic.objects.public().filter(pk__in=then.topics))


def naming(record: Article | Claimant) -> Q:
    """The claims that name the record, in an appearance or otherwise, or did so once while readers saw it."""
    former = FormerReference.objects.filter(record_type=record._meta.model_name, record_id=record.pk)
    once = Q(pk__in=former.values("claim"))
    if isinstance(record, Article):
        return once | Q(pk__in=Appearance.objects.filter(article=record).values("claim"))
    return (
        once
        | Q(claimant=record)
        | Q(pk__in=Appearance.objects.filter(claimant=record).values("claim"))
        | Q(pk__in=Relay.objects.filter(by_claimant=record).values("appearance__claim"))
    )


def days_of_change(claims: Collection[int]) -> list[date]:
    """The days, in UTC, on which readers could see something of these public claims change, the latest first.

    Of their newest CHANGES changes. Facts that readers do not see make no day.
    """
    reviews = Review.objects.public().filter(claim__in=claims)
    corrections = Correction.objects.public().filter(claim__in=claims)
    of = (
        Q(whole_type="claim", whole_id__in=claims)
        | Q(whole_type="review", whole_id__in=_ids(reviews))
        | Q(whole_type="correction", whole_id__in=_ids(corrections))
    )
    rows = Change.objects.filter(of).order_by("-id").values_list("whole_type", "whole_id", "at", "before", "after")
    seen: dict[tuple[str, int], bool] = {}
    days: dict[date, None] = {}
    for kind, pk, at, before, after in rows[:CHANGES]:
        old, new = history.payload(before), history.payload(after)
        after_it = seen.get((kind, pk), True)
        before_it = seen[kind, pk] = _was_seen(kind, old, after_it)
        model = _MODELS[kind]
        differs = states.is_public_difference(model, old) or states.is_public_difference(model, new)
        if differs and (before_it or after_it):
            days[at.astimezone(UTC).date()] = None
    return list(days)


_MODELS: dict[str, type[Tracked]] = {"claim": Claim, "review": Review, "correction": Correction}


def _was_seen(kind: str, old: Any, after: bool) -> bool:
    """Whether readers saw the record before a change, which they did after it or not; `old` is what differed."""
    if not isinstance(old, dict):
        return False
    if kind == "claim" and "listed_at" in old:
        return old["listed_at"] is not None
    if kind == "review" and "state" in old:
        return old["state"] in ONCE_PUBLISHED
    return after
