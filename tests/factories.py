"""Records for tests. Each is written inside `history.change`, as everything is.

A part given its whole, as in `AppearanceFactory(claim=claim)`, brings `claim.version` up to date in memory.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import factory
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import connection
from django.utils import timezone
from factory.django import DjangoModelFactory

from factcheck import history, workflow
from factcheck.models import (
    SYMMETRIC_RELATIONS,
    Appearance,
    Article,
    ArticleText,
    Caveat,
    Claim,
    Claimant,
    ClaimantKind,
    ClaimKind,
    ClaimRelation,
    ClaimTopic,
    Colour,
    Correction,
    DirectPermission,
    Evidence,
    EvidenceKind,
    EvidenceStrength,
    Interest,
    Membership,
    Origin,
    Page,
    PageSlug,
    Part,
    Precision,
    Publisher,
    Rating,
    RatingClass,
    RelationKind,
    Relay,
    ReplyRequest,
    Review,
    ReviewState,
    Severity,
    Stance,
    Topic,
    Tracked,
    User,
    Whole,
)

PASSWORD = "pass-word-for-tests"
SYSTEM = history.System("factory")
MIDNIGHT = datetime(2025, 11, 20, tzinfo=UTC)


def whole_of(record: Tracked) -> Whole:
    """The whole that a record is, or is a part of: the same object that the record links to."""
    while isinstance(record, Part):
        record = getattr(record, record.link)
    assert isinstance(record, Whole)
    return record


def write(*records: Tracked, actor: history.Actor = SYSTEM, action: str = "") -> None:
    """Saves a whole or its parts in one block, or in the block that is open already."""
    whole = whole_of(records[0])
    if not whole._state.adding and history.is_open(whole):
        for record in records:
            record.save()
        return
    if records[0]._state.adding and not whole._state.adding:
        whole.refresh_from_db(fields=["version"])
    with history.change(whole, actor=actor, action=action):
        for record in records:
            record.save()


def analyze() -> None:
    """What PostgreSQL does by itself within a minute of a load: without it, it plans as if the tables were small."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def change(record: Tracked, **fields: Any) -> None:
    """Sets these fields and saves, with history. Raises Conflict if the record is not as it was read."""
    for name, value in fields.items():
        setattr(record, name, value)
    write(record)


class RecordFactory[T: Tracked](DjangoModelFactory[T]):
    class Meta:
        abstract = True

    @classmethod
    def _generate(cls, strategy: Any, params: Any) -> T:
        """With all that it brings at once: what readers see of them is worked out once."""
        brings = any(isinstance(one, factory.SubFactory) for one in cls._meta.base_declarations.values())
        if strategy != factory.CREATE_STRATEGY or not brings:
            return super()._generate(strategy, params)
        with history.changes(actor=SYSTEM):
            return super()._generate(strategy, params)

    @classmethod
    def _create(cls, model_class: type[T], *args: Any, **kwargs: Any) -> T:
        record = model_class(*args, **kwargs)
        write(record)
        return record


# People


class UserFactory(RecordFactory[User]):
    """`roles=["Editor"]` gives roles; whoever has one may sign in to the admin."""

    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"person{n}")
    public_name = factory.LazyAttribute(lambda user: f"Name of {user.username}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.org")
    password = factory.LazyFunction(lambda: make_password(PASSWORD))
    is_staff = factory.LazyAttribute(lambda user: bool(user.roles) or getattr(user, "is_superuser", False))
    roles: Iterable[str] = ()

    @classmethod
    def _build(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        kwargs.pop("roles")
        return model_class(*args, **kwargs)

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        roles = kwargs.pop("roles")
        user = model_class(*args, **kwargs)
        with history.change(user, actor=SYSTEM):
            user.save()
            for name in roles:
                Membership(user=user, group=Group.objects.get(name=name)).save()
        return user


class DirectPermissionFactory(RecordFactory[DirectPermission]):
    """Needs `permission`."""

    class Meta:
        model = DirectPermission

    user = factory.SubFactory(UserFactory)


# Sources


class PublisherFactory(RecordFactory[Publisher]):
    """`desk=True` is the desk: the one that is there, if it is."""

    class Meta:
        model = Publisher

    class Params:
        desk = factory.Trait(slug="desk", name="The Desk", homepage="https://desk.example.org/", is_desk=True)

    slug = factory.Sequence(lambda n: f"publisher-{n}")
    name = factory.Sequence(lambda n: f"Paper {n}")
    homepage = factory.LazyAttribute(lambda publisher: f"https://{publisher.slug}.example.org/")
    country = "GB"
    is_desk = False

    @classmethod
    def _create(cls, model_class: type[Publisher], *args: Any, **kwargs: Any) -> Publisher:
        if kwargs["is_desk"] and (desk := model_class.objects.filter(is_desk=True).first()):
            return desk
        return super()._create(model_class, *args, **kwargs)


def desk() -> Publisher:
    return PublisherFactory(desk=True)


class ClaimantFactory(RecordFactory[Claimant]):
    class Meta:
        model = Claimant

    slug = factory.Sequence(lambda n: f"claimant-{n}")
    name = factory.Sequence(lambda n: f"Speaker {n}")
    kind = ClaimantKind.PERSON
    role = "Analyst"
    interest = Interest.INDEPENDENT


class ArticleFactory(RecordFactory[Article]):
    class Meta:
        model = Article

    slug = factory.Sequence(lambda n: f"article-{n}")
    publisher = factory.SubFactory(PublisherFactory)
    headline = factory.Sequence(lambda n: f"What is known about harbour {n}")
    url = factory.LazyAttribute(lambda article: f"https://news.example.org/{article.slug}")
    published_on = date(2025, 11, 1)
    published_on_precision = Precision.MONTH
    language = "en"
    summary = "A report about a harbour."


class ArticleTextFactory(RecordFactory[ArticleText]):
    class Meta:
        model = ArticleText

    article = factory.SubFactory(ArticleFactory)
    text = factory.Sequence(lambda n: f"The text of the article as received, {n}.\r\n")
    sha256 = factory.LazyAttribute(lambda held: history.sha256(held.text))
    received_at = MIDNIGHT


# Claims


class TopicFactory(RecordFactory[Topic]):
    class Meta:
        model = Topic

    slug = factory.Sequence(lambda n: f"topic-{n}")
    name = factory.Sequence(lambda n: f"Topic {n}")


class ClaimFactory(RecordFactory[Claim]):
    """Private; `listed=True`, or the moment, lists it. `topics=[…]` gives it topics."""

    class Meta:
        model = Claim

    slug = factory.Sequence(lambda n: f"claim-{n}")
    text = factory.Sequence(lambda n: f"Harbour {n} was closed for three days.")
    claimant = factory.SubFactory(ClaimantFactory)
    kind = ClaimKind.FACT
    made_on = date(2025, 11, 14)
    made_on_precision = Precision.DAY
    language = "en"
    listed: bool | datetime = False
    topics: Iterable[Topic] = ()

    @classmethod
    def _build(cls, model_class: type[Claim], *args: Any, **kwargs: Any) -> Claim:
        listed, _ = kwargs.pop("listed"), kwargs.pop("topics")
        claim = model_class(*args, **kwargs)
        if listed:
            workflow.mark_listed(claim, listed if isinstance(listed, datetime) else timezone.now())
        return claim

    @classmethod
    def _create(cls, model_class: type[Claim], *args: Any, **kwargs: Any) -> Claim:
        topics = kwargs["topics"]
        claim = cls._build(model_class, *args, **kwargs)
        with history.change(claim, actor=SYSTEM):
            claim.save()
            for topic in topics:
                ClaimTopic(claim=claim, topic=topic).save()
        return claim


class PredictionFactory(ClaimFactory):
    kind = ClaimKind.PREDICTION
    due_on = date(2026, 3, 31)
    resolution = "The port authority reports it closed on any day until then."


class ClaimTopicFactory(RecordFactory[ClaimTopic]):
    class Meta:
        model = ClaimTopic

    claim = factory.SubFactory(ClaimFactory)
    topic = factory.SubFactory(TopicFactory)


class ClaimRelationFactory(RecordFactory[ClaimRelation]):
    """Puts a symmetric relation in the order in which it is stored."""

    class Meta:
        model = ClaimRelation

    from_claim = factory.SubFactory(ClaimFactory)
    kind = RelationKind.CONTRADICTS
    to_claim = factory.SubFactory(ClaimFactory)
    confirmed_at = MIDNIGHT

    @classmethod
    def _create(cls, model_class: type[ClaimRelation], *args: Any, **kwargs: Any) -> ClaimRelation:
        one, other = kwargs["from_claim"], kwargs["to_claim"]
        if kwargs["kind"] in SYMMETRIC_RELATIONS and one.pk > other.pk:
            kwargs |= {"from_claim": other, "to_claim": one}
        return super()._create(model_class, *args, **kwargs)


class AppearanceFactory(RecordFactory[Appearance]):
    """In an article, unless `article=None, address="https://…"`. Brings the claim's status up to date."""

    class Meta:
        model = Appearance

    claim = factory.SubFactory(ClaimFactory)
    article = factory.SubFactory(ArticleFactory)
    claimant = factory.LazyAttribute(lambda appearance: appearance.claim.claimant)
    paragraph = factory.Sequence(lambda n: n + 1)
    said_on = date(2025, 11, 1)
    said_on_precision = Precision.MONTH

    @classmethod
    def _create(cls, model_class: type[Appearance], *args: Any, **kwargs: Any) -> Appearance:
        appearance = model_class(*args, **kwargs)
        if appearance.caveat == Caveat.NOT_VERIFIED:
            rating(workflow.REPORTED_STATUS)
        if history.is_open(appearance.claim):
            appearance.save()
            workflow.refresh_status([appearance.claim])
            return appearance
        appearance.claim.refresh_from_db(fields=["version"])
        with history.change(appearance.claim, actor=SYSTEM):
            appearance.save()
            workflow.refresh_status([appearance.claim])
        return appearance


class RelayFactory(RecordFactory[Relay]):
    """By a claimant, unless `by_claimant=None, by_publisher=…`."""

    class Meta:
        model = Relay

    appearance = factory.SubFactory(AppearanceFactory)
    position = factory.LazyAttribute(lambda relay: relay.appearance.relays.count() + 1)
    by_claimant = factory.SubFactory(ClaimantFactory)


# The scale


class RatingFactory(RecordFactory[Rating]):
    class Meta:
        model = Rating

    slug = factory.Sequence(lambda n: f"rating-{n}")
    label = factory.LazyAttribute(lambda made: made.slug.replace("-", " ").capitalize())
    definition = factory.LazyAttribute(lambda made: f"What “{made.label}” means.")
    position = factory.Sequence(lambda n: n + 100)
    colour = Colour.GREY
    rating_class = RatingClass.OPEN


_truth, _outcome, _open = RatingClass.TRUTH, RatingClass.OUTCOME, RatingClass.OPEN
SCALE: tuple[tuple[str, RatingClass, int | None, Colour], ...] = (
    ("true", _truth, 5, Colour.GREEN),
    ("mostly-true", _truth, 4, Colour.LIME),
    ("half-true", _truth, 3, Colour.AMBER),
    ("mostly-false", _truth, 2, Colour.ORANGE),
    ("false", _truth, 1, Colour.RED),
    ("fulfilled", _outcome, None, Colour.GREEN),
    ("partly-fulfilled", _outcome, None, Colour.AMBER),
    ("not-fulfilled", _outcome, None, Colour.RED),
    ("unverified", _open, None, Colour.GREY),
    ("disputed", _open, None, Colour.VIOLET),
    ("misleading-context", _open, None, Colour.ORANGE),
    ("not-checkable", _open, None, Colour.SLATE),
    ("too-early", _open, None, Colour.BLUE),
)


def _rating(slug: str) -> Rating:
    position, (_, rating_class, value, colour) = next(
        (position, row) for position, row in enumerate(SCALE, 1) if row[0] == slug
    )
    return RatingFactory.build(slug=slug, position=position, rating_class=rating_class, value=value, colour=colour)


def _ratings(*slugs: str) -> dict[str, Rating]:
    """Those of the desk's scale that are in force, made in one go where they are not there."""
    found = {rating.slug: rating for rating in Rating.objects.in_force().filter(slug__in=slugs)}
    if new := [_rating(slug) for slug in slugs if slug not in found]:
        with history.changes(actor=SYSTEM) as block:
            block.insert(new)
    return {rating.slug: rating for rating in (*found.values(), *new)}


def rating(slug: str) -> Rating:
    return _ratings(slug)[slug]


def scale() -> dict[str, Rating]:
    """The desk's ratings by slug, in the scale's order."""
    made = _ratings(*(slug for slug, *_ in SCALE))
    return {slug: made[slug] for slug, *_ in SCALE}


# Reviews


class ReviewFactory(RecordFactory[Review]):
    """A draft of the desk's next review of its claim. See `submitted_review` and so on for what comes after."""

    class Meta:
        model = Review

    claim = factory.SubFactory(ClaimFactory)
    origin = Origin.DESK
    publisher = factory.LazyFunction(desk)
    number = factory.LazyAttribute(lambda review: workflow.number_of_next_review(review.claim))
    title = "Was the harbour closed?"
    rating = factory.LazyFunction(lambda: rating("false"))
    summary = "The port's own log shows ships on each of these days."
    rationale = "The log of the port authority and two satellite images agree."
    how_to_check = "Open the log and look for the dates."
    evidence_strength = EvidenceStrength.PRIMARY_RECORD
    language = "en"
    author = factory.SubFactory(UserFactory, roles=["Reviewer"])


class ImportedReviewFactory(RecordFactory[Review]):
    """Another publisher's review of a claim."""

    class Meta:
        model = Review

    claim = factory.SubFactory(ClaimFactory)
    origin = Origin.IMPORTED
    publisher = factory.SubFactory(PublisherFactory)
    title = "No, the harbour was open"
    verdict = "Mostly wrong"
    rating_value = "2"
    best_rating = "6"
    worst_rating = "1"
    claim_reviewed = factory.LazyAttribute(lambda review: review.claim.text)
    claimant_reviewed = "A speaker"
    language = "en"
    published_at = MIDNIGHT
    state = ReviewState.PUBLISHED
    url = factory.Sequence(lambda n: f"https://checks.example.org/{n}")


class EvidenceFactory(RecordFactory[Evidence]):
    class Meta:
        model = Evidence

    review = factory.SubFactory(ReviewFactory)
    position = factory.LazyAttribute(lambda evidence: evidence.review.evidence.count() + 1)
    title = factory.Sequence(lambda n: f"Log of the port authority, page {n}")
    url = factory.Sequence(lambda n: f"https://port.example.org/log/{n}")
    source = "Port authority"
    kind = EvidenceKind.DOCUMENT
    stance = Stance.REFUTES
    interest = Interest.STATE_BODY
    accessed_on = date(2025, 11, 21)
    note = "Internal: the clerk was friendly."


class ReplyRequestFactory(RecordFactory[ReplyRequest]):
    class Meta:
        model = ReplyRequest

    review = factory.SubFactory(ReviewFactory)
    asked_whom = "The press office of the port"
    asked_at = MIDNIGHT
    asked_how = "By telephone"


class CorrectionFactory(RecordFactory[Correction]):
    class Meta:
        model = Correction

    claim = factory.SubFactory(ClaimFactory)
    severity = Severity.DETAIL
    note = "The date was wrong; it is right now."
    made_at = MIDNIGHT


class PageFactory(RecordFactory[Page]):
    class Meta:
        model = Page

    slug = PageSlug.ABOUT
    language = "en"
    title = "About"
    body = "Who we *are*."


def submit(review: Review, submitter: User | None = None, at: datetime | None = None) -> None:
    """Submits a draft with the claim as it is worded now; by its author if nobody is named."""
    claim, submitter = review.claim, submitter or review.author
    with history.change(review, actor=submitter, action="submitted"):
        review.claim_reviewed = claim.text
        review.claimant_reviewed = claim.claimant.name if claim.claimant else ""
        review.reviewed_claimant = claim.claimant
        review.reviewed_kind = claim.kind
        review.reviewed_made_on = claim.made_on
        review.reviewed_made_on_precision = claim.made_on_precision
        review.submitted_by, review.submitted_at = submitter, at or timezone.now()
        review.submitted_version = review.version
        review.state = ReviewState.SUBMITTED
        review.save()


def publish(review: Review, editor: User | None = None, at: datetime | None = None) -> None:
    """Approves and publishes what was submitted; one that was published before is superseded by it."""
    editor, at = editor or UserFactory(roles=["Editor"]), at or timezone.now()
    former = list(review.claim.reviews.current())
    with history.changes([*former, review], actor=editor, action="published"):
        for old in former:
            old.state = ReviewState.SUPERSEDED
            old.save()
        review.approved_by, review.approved_version = editor, review.submitted_version
        review.published_at = at
        review.state = ReviewState.PUBLISHED
        review.save()
        workflow.refresh_status([review.claim], at)


def submitted_review(
    claim: Claim | None = None,
    *,
    author: User | None = None,
    submitter: User | None = None,
    evidence: int = 1,
    replies: int = 0,
    at: datetime | None = None,
    **fields: Any,
) -> Review:
    """A review of the claim as it is worded now, waiting for approval."""
    if claim is not None:
        fields["claim"] = claim
    if author is not None:
        fields["author"] = author
    review = ReviewFactory(**fields)
    EvidenceFactory.create_batch(evidence, review=review)
    ReplyRequestFactory.create_batch(replies, review=review)
    submit(review, submitter, at)
    return review


def published_review(
    claim: Claim | None = None, *, editor: User | None = None, at: datetime | None = None, **fields: Any
) -> Review:
    """A review that `editor` has approved and published; what `submitted_review` takes is passed on."""
    with history.changes(actor=SYSTEM):
        review = submitted_review(claim, at=at, **fields)
        publish(review, editor, at)
    return review


def superseded_review(claim: Claim | None = None, **fields: Any) -> Review:
    """A review that was published until a newer one of its claim took its place."""
    old = published_review(claim, **fields)
    published_review(old.claim)
    old.refresh_from_db(fields=["state", "version"])
    return old


def withdrawn_review(
    claim: Claim | None = None, *, note: str = "The log was a forgery.", at: datetime | None = None, **fields: Any
) -> Review:
    """A review that was published and then withdrawn by the editor who had approved it."""
    review = published_review(claim, at=at, **fields)
    with history.change(review, actor=review.approved_by, action="withdrawn"):
        review.state = ReviewState.WITHDRAWN
        review.withdrawn_at, review.withdrawn_by, review.withdrawn_note = at or timezone.now(), review.approved_by, note
        review.save()
        workflow.refresh_status([review.claim])
    return review


def discarded_review(claim: Claim | None = None, **fields: Any) -> Review:
    """A draft that was given up."""
    review = ReviewFactory(**({"claim": claim} if claim else {}), **fields)
    change(review, state=ReviewState.DISCARDED)
    return review
