"""The scale, the reviews with what they rest on, and what was corrected."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from factcheck.models.claims import Claim, ClaimKind
from factcheck.models.dates import PartialDateField, PrecisionField, partial_date_rule
from factcheck.models.history import Part, TrackedQuerySet, Whole
from factcheck.models.sources import Claimant, Interest, Publisher, language_rule
from factcheck.models.text import (
    LineField,
    SlugField,
    TextField,
    UrlField,
    choice_rule,
    sha256_rule,
    slug_rules,
    url_rule,
)


class RatingClass(models.TextChoices):
    TRUTH = "truth", "Degree of truth"
    OUTCOME = "outcome", "Outcome of a prediction"
    OPEN = "open", "Open"


class Colour(models.TextChoices):
    """What the stylesheet knows. A status is never shown by its colour alone."""

    GREEN = "green", "Green"
    LIME = "lime", "Lime"
    AMBER = "amber", "Amber"
    ORANGE = "orange", "Orange"
    RED = "red", "Red"
    BLUE = "blue", "Blue"
    VIOLET = "violet", "Violet"
    GREY = "grey", "Grey"
    SLATE = "slate", "Slate"


class RatingQuerySet(TrackedQuerySet):
    def public(self) -> "RatingQuerySet":
        """The whole scale is public."""
        return self.all()

    def in_force(self) -> "RatingQuerySet":
        return self.filter(retired_on__isnull=True)


class Rating(Whole):
    """One step of the desk's scale (schema.org `Rating`). Only degrees of truth have a number."""

    slug = SlugField()
    label = LineField(max_length=60, help_text="The verdict as readers see it, such as Mostly false.")
    definition = TextField(help_text="What the rating means. Readers see it on the methodology page.")
    position = models.PositiveSmallIntegerField(help_text="The order in which the scale is shown.")
    colour = models.CharField(max_length=10, choices=Colour, default=Colour.GREY)
    rating_class = models.CharField("class", max_length=10, choices=RatingClass)
    value = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="1 (false) to 5 (true), for degrees of truth only: unknown is not half true.",
    )
    retired_on = models.DateField(
        null=True, blank=True, help_text="Not in force from this day on. Another rating may take its slug."
    )

    objects = RatingQuerySet.as_manager()

    class Meta(Whole.Meta):
        ordering = ["position", "id"]
        constraints = [
            *slug_rules("rating", where=Q(retired_on__isnull=True)),
            models.UniqueConstraint(
                fields=["slug", "retired_on"],
                name="rating_retired_slug_unique",
                violation_error_message="A rating of this slug was retired on that day already.",
            ),
            choice_rule("rating", "colour", Colour),
            choice_rule("rating", "rating_class", RatingClass),
            models.CheckConstraint(
                name="rating_value_of_truth_alone",
                condition=Q(rating_class=RatingClass.TRUTH, value__gte=1, value__lte=5, value__isnull=False)
                | (~Q(rating_class=RatingClass.TRUTH) & Q(value__isnull=True)),
                violation_error_message="A degree of truth has a value from 1 to 5; no other rating has one.",
            ),
        ]

    def __str__(self) -> str:
        return self.label if self.retired_on is None else f"{self.label} (until {self.retired_on})"


class ReviewState(models.TextChoices):
    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Submitted"
    PUBLISHED = "published", "Published"
    SUPERSEDED = "superseded", "Superseded"
    WITHDRAWN = "withdrawn", "Withdrawn"
    DISCARDED = "discarded", "Discarded"


ONCE_PUBLISHED = (ReviewState.PUBLISHED, ReviewState.SUPERSEDED, ReviewState.WITHDRAWN)


class Origin(models.TextChoices):
    DESK = "desk", "Ours"
    IMPORTED = "imported", "Another publisher's"


class EvidenceStrength(models.TextChoices):
    NONE = "none", "None"
    SINGLE_ORIGIN = "single-origin", "Single origin"
    SEVERAL_DEPENDENT = "several-dependent", "Several, dependent on each other"
    INDEPENDENT = "independent-corroboration", "Independent corroboration"
    PRIMARY_RECORD = "primary-record", "Primary record"


class AssessedAs(models.TextChoices):
    KNOWN_THEN = "known-then", "By what was known then"
    KNOWN_NOW = "known-now", "By what is known now"


class ReviewQuerySet(TrackedQuerySet):
    def public(self) -> "ReviewQuerySet":
        """Reviews of public claims that are or were published, by us or by others."""
        return self.filter(Q(origin=Origin.IMPORTED) | Q(state__in=ONCE_PUBLISHED), claim__listed_at__isnull=False)

    def current(self) -> "ReviewQuerySet":
        """The desk's published reviews in force: at most one a claim."""
        return self.filter(origin=Origin.DESK, state=ReviewState.PUBLISHED)


class Review(Whole):
    """One publisher's check of one claim (schema.org `ClaimReview`), published or not yet."""

    private: ClassVar[frozenset[str]] = frozenset({"submitted_by", "submitted_at", "submitted_version", "withdrawn_by"})

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="reviews")
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.DESK, editable=False)
    publisher = models.ForeignKey(Publisher, on_delete=models.PROTECT, related_name="reviews")
    number = models.PositiveIntegerField(null=True, editable=False, help_text="1, 2, 3 … for each claim.")
    title = LineField(max_length=300, blank=True)
    rating = models.ForeignKey(Rating, on_delete=models.PROTECT, null=True, blank=True, related_name="reviews")
    verdict = TextField(blank=True, help_text="The verdict's wording as published, where it is not the rating's label.")
    rating_value = LineField(max_length=100, blank=True, help_text="As another publisher gave it.")
    best_rating = LineField(max_length=100, blank=True)
    worst_rating = LineField(max_length=100, blank=True)
    claim_reviewed = TextField(blank=True, help_text="The claim as it was worded when it was reviewed.")
    claimant_reviewed = LineField(max_length=500, blank=True, help_text="The claimant as named when it was reviewed.")
    reviewed_claimant = models.ForeignKey(
        Claimant, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    reviewed_kind = models.CharField(max_length=20, choices=ClaimKind, blank=True, editable=False)
    reviewed_made_on = PartialDateField(editable=False)
    reviewed_made_on_precision = PrecisionField()
    summary = TextField(blank=True, help_text="At most 300 characters: what a reader needs to know.")
    rationale = TextField(blank=True, help_text="How we came to the verdict.")
    how_to_check = TextField("how to check this yourself", blank=True)
    evidence_strength = models.CharField(max_length=30, choices=EvidenceStrength, default=EvidenceStrength.NONE)
    assessed_as = models.CharField(max_length=10, choices=AssessedAs, default=AssessedAs.KNOWN_NOW)
    language = LineField(max_length=35, blank=True)
    author = models.ForeignKey(
        "factcheck.User", on_delete=models.PROTECT, null=True, blank=True, related_name="reviews_written"
    )
    submitted_by = models.ForeignKey(
        "factcheck.User", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    submitted_at = models.DateTimeField(null=True, blank=True, editable=False)
    submitted_version = models.PositiveIntegerField(null=True, blank=True, editable=False)
    approved_by = models.ForeignKey(
        "factcheck.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="reviews_approved",
    )
    approved_version = models.PositiveIntegerField(null=True, blank=True, editable=False)
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)
    withdrawn_by = models.ForeignKey(
        "factcheck.User", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    withdrawn_note = TextField(blank=True, editable=False, help_text="Shown to readers.")
    state = models.CharField(max_length=10, choices=ReviewState, default=ReviewState.DRAFT, editable=False)
    url = UrlField(help_text="Where another publisher's review stands.")
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects = ReviewQuerySet.as_manager()

    class Meta(Whole.Meta):
        ordering = ["claim", "origin", "-number", "-id"]
        permissions = [
            ("submit_review", "Can submit a review for approval"),
            ("approve_review", "Can approve and publish a review"),
            ("withdraw_review", "Can withdraw or correct a published review"),
        ]
        indexes = [models.Index(fields=["state", "published_at"], name="review_state_published")]
        constraints = [
            choice_rule("review", "origin", Origin),
            choice_rule("review", "state", ReviewState),
            choice_rule("review", "evidence_strength", EvidenceStrength),
            choice_rule("review", "assessed_as", AssessedAs),
            choice_rule("review", "reviewed_kind", ClaimKind, empty=True),
            language_rule("review"),
            url_rule("review", "url"),
            partial_date_rule("review", "reviewed_made_on"),
            models.CheckConstraint(
                name="review_summary_short",
                condition=Q(summary__length__lte=300),
                violation_error_message="The summary has at most 300 characters.",
            ),
            models.CheckConstraint(
                name="review_number_of_desk_alone",
                condition=Q(origin=Origin.DESK, number__gte=1, number__isnull=False)
                | Q(origin=Origin.IMPORTED, number__isnull=True),
                violation_error_message="The desk's reviews of a claim are numbered from 1; others' are not.",
            ),
            models.CheckConstraint(
                name="review_given_numbers_imported",
                condition=Q(origin=Origin.IMPORTED) | Q(rating_value="", best_rating="", worst_rating=""),
                violation_error_message="Only another publisher's review keeps rating numbers as given.",
            ),
            models.CheckConstraint(
                name="review_imported_has_no_steps",
                condition=Q(origin=Origin.DESK)
                | Q(
                    state=ReviewState.PUBLISHED,
                    author__isnull=True,
                    submitted_by__isnull=True,
                    approved_by__isnull=True,
                    rating__isnull=True,
                ),
                violation_error_message="Another publisher's review is neither rated on our scale nor approved by us.",
            ),
            models.CheckConstraint(
                name="review_submitted_complete",
                condition=~Q(origin=Origin.DESK, state__in=[ReviewState.SUBMITTED, *ONCE_PUBLISHED])
                | (
                    Q(
                        rating__isnull=False,
                        author__isnull=False,
                        submitted_by__isnull=False,
                        submitted_at__isnull=False,
                        submitted_version__isnull=False,
                    )
                    & ~Q(claim_reviewed="")
                    & ~Q(reviewed_kind="")
                ),
                violation_error_message="A submitted review needs a rating, an author, the wording reviewed, and who "
                "submitted which version of it and when.",
            ),
            models.CheckConstraint(
                name="review_published_complete",
                condition=~Q(origin=Origin.DESK, state__in=ONCE_PUBLISHED)
                | Q(approved_by__isnull=False, approved_version__isnull=False, published_at__isnull=False),
                violation_error_message="A published review needs a date and somebody who approved a version of it.",
            ),
            models.CheckConstraint(
                name="review_approved_as_submitted",
                condition=Q(approved_version__isnull=True)
                | Q(submitted_version__isnull=False, approved_version=F("submitted_version")),
                violation_error_message="What is approved has to be exactly what was submitted.",
            ),
            models.CheckConstraint(
                name="review_approver_is_not_author",
                condition=Q(approved_by__isnull=True) | Q(author__isnull=True) | ~Q(approved_by=F("author")),
                violation_error_message="Somebody other than the author has to approve this.",
            ),
            models.CheckConstraint(
                name="review_approver_is_not_submitter",
                condition=Q(approved_by__isnull=True)
                | Q(submitted_by__isnull=True)
                | ~Q(approved_by=F("submitted_by")),
                violation_error_message="Somebody other than who submitted this has to approve it.",
            ),
            models.CheckConstraint(
                name="review_withdrawn_explained",
                condition=~Q(state=ReviewState.WITHDRAWN)
                | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_note="")),
                violation_error_message="A withdrawn review says when, by whom and why.",
            ),
            models.UniqueConstraint(
                fields=["claim", "number"],
                condition=Q(origin=Origin.DESK),
                name="review_number_unique",
                violation_error_message="The claim has a review of this number already.",
            ),
            models.UniqueConstraint(
                fields=["claim"],
                condition=Q(origin=Origin.DESK, state__in=[ReviewState.DRAFT, ReviewState.SUBMITTED]),
                name="review_one_open",
                violation_error_message="A review of this claim is open already; continue that one.",
            ),
            models.UniqueConstraint(
                fields=["claim"],
                condition=Q(origin=Origin.DESK, state=ReviewState.PUBLISHED),
                name="review_one_published",
                violation_error_message="A review of this claim is published already; it has to be superseded.",
            ),
        ]

    def __str__(self) -> str:
        number = f" {self.number}" if self.number else ""
        return f"Review{number} of “{self.claim}” by {self.publisher}"

    @property
    def history_name(self) -> str:
        return f"{self.claim.slug} {self.number or self.publisher.slug}"

    def clean(self) -> None:
        """The rules that look at other records."""
        errors = {}
        if self.rating and self.rating.rating_class == RatingClass.OUTCOME and self.claim.kind != ClaimKind.PREDICTION:
            errors["rating"] = "Only a prediction has an outcome."
        if self.publisher_id and self.publisher.is_desk != (self.origin == Origin.DESK):
            errors["publisher"] = "Our reviews are the desk's; another publisher's review is imported."
        if errors:
            raise ValidationError(errors)

    @property
    def was_published(self) -> bool:
        return self.origin == Origin.DESK and self.state in ONCE_PUBLISHED


class EvidenceKind(models.TextChoices):
    DOCUMENT = "document", "Document"
    OFFICIAL_STATEMENT = "official-statement", "Official statement"
    IMAGERY = "imagery", "Imagery"
    EYEWITNESS = "eyewitness", "Eyewitness"
    EXPERT = "expert", "Expert"
    MEDIA_REPORT = "media-report", "Media report"
    DATASET = "dataset", "Dataset"


class Stance(models.TextChoices):
    SUPPORTS = "supports", "Supports the claim"
    REFUTES = "refutes", "Refutes the claim"
    CONTEXT = "context", "Gives context"
    INCONCLUSIVE = "inconclusive", "Inconclusive"


class OfPublicReviewQuerySet(TrackedQuerySet):
    def public(self) -> "OfPublicReviewQuerySet":
        """What belongs to a public review."""
        return self.filter(review__in=Review.objects.public())


class Evidence(Part):
    """A source that a verdict rests on, with what it shows."""

    link = "review"
    private: ClassVar[frozenset[str]] = frozenset({"note", "capture", "captured_by"})

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="evidence")
    position = models.PositiveSmallIntegerField(default=1)
    title = LineField(max_length=300)
    url = UrlField()
    source = LineField(max_length=200, blank=True, help_text="Who published it.")
    origin = LineField(
        max_length=200,
        blank=True,
        help_text="The first hand that it comes from. Sources of the same origin count once; empty counts as its own.",
    )
    kind = models.CharField(max_length=20, choices=EvidenceKind)
    stance = models.CharField(max_length=20, choices=Stance)
    interest = models.CharField(max_length=20, choices=Interest, default=Interest.UNKNOWN)
    accessed_on = models.DateField(null=True, blank=True)
    archived_url = UrlField("archived address")
    capture = models.FileField(upload_to="captures", blank=True, editable=False)
    capture_sha256 = LineField(max_length=64, blank=True, editable=False)
    captured_at = models.DateTimeField(null=True, blank=True, editable=False)
    captured_by = models.ForeignKey(
        "factcheck.User", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    capture_tool = LineField(max_length=200, blank=True, editable=False)
    excerpt = TextField(blank=True, help_text="The few words or figures that matter.")
    note = TextField("internal note", blank=True, help_text="For the desk; readers never see it.")

    objects = OfPublicReviewQuerySet.as_manager()

    class Meta(Part.Meta):
        verbose_name_plural = "evidence"
        ordering = ["review", "position", "id"]
        constraints = [
            models.CheckConstraint(
                name="evidence_title_given",
                condition=~Q(title=""),
                violation_error_message="Give the evidence a title.",
            ),
            choice_rule("evidence", "kind", EvidenceKind),
            choice_rule("evidence", "stance", Stance),
            choice_rule("evidence", "interest", Interest),
            url_rule("evidence", "url"),
            url_rule("evidence", "archived_url"),
            sha256_rule("evidence", "capture_sha256"),
            models.CheckConstraint(
                name="evidence_capture_whole",
                condition=Q(capture="", capture_sha256="", captured_at__isnull=True, captured_by__isnull=True)
                | (Q(captured_at__isnull=False, captured_by__isnull=False) & ~Q(capture="") & ~Q(capture_sha256="")),
                violation_error_message="A capture is kept with its SHA-256, when it was made and by whom.",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ReplyRequest(Part):
    """That somebody was asked for their answer to a claim, and what came back."""

    link = "review"
    private: ClassVar[frozenset[str]] = frozenset({"asked_how"})

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="reply_requests")
    asked_whom = LineField(max_length=300)
    asked_at = models.DateTimeField()
    asked_how = LineField(max_length=300, blank=True, help_text="For the desk; readers never see it.")
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = TextField(blank=True)

    objects = OfPublicReviewQuerySet.as_manager()

    class Meta(Part.Meta):
        ordering = ["review", "asked_at", "id"]
        constraints = [
            models.CheckConstraint(
                name="replyrequest_whom_given",
                condition=~Q(asked_whom=""),
                violation_error_message="Say who was asked.",
            ),
            models.CheckConstraint(
                name="replyrequest_answered_after_asked",
                condition=Q(answered_at__isnull=True, answer="") | Q(answered_at__gte=F("asked_at")),
                violation_error_message="An answer has a date, not before the question.",
            ),
        ]

    def __str__(self) -> str:
        return f"Asked {self.asked_whom}"


class Severity(models.TextChoices):
    VERDICT_CHANGED = "verdict-changed", "Verdict changed"
    DETAIL = "detail", "Detail"
    CLARIFICATION = "clarification", "Clarification"


class CorrectionQuerySet(TrackedQuerySet):
    def public(self) -> "CorrectionQuerySet":
        """Corrections of public claims and public reviews."""
        return self.filter(
            Q(review__isnull=True) | Q(review__in=Review.objects.public()), claim__listed_at__isnull=False
        )


class Correction(Whole):
    """A dated public note that something published changed, and why."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="corrections")
    review = models.ForeignKey(
        Review,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="corrections",
        help_text="The new review. Empty when the record of the claim itself was wrong.",
    )
    severity = models.CharField(max_length=20, choices=Severity)
    note = TextField(help_text="What was wrong and what is right now. Readers see it.")
    before = TextField(blank=True)
    after = TextField(blank=True)
    made_at = models.DateTimeField()

    objects = CorrectionQuerySet.as_manager()

    class Meta(Whole.Meta):
        ordering = ["-made_at", "-id"]
        constraints = [
            choice_rule("correction", "severity", Severity),
            models.CheckConstraint(
                name="correction_note_given",
                condition=~Q(note=""),
                violation_error_message="Say what was wrong and what is right now.",
            ),
            models.CheckConstraint(
                name="correction_of_verdict_names_review",
                condition=~Q(severity=Severity.VERDICT_CHANGED) | Q(review__isnull=False),
                violation_error_message="A changed verdict names the new review.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_severity_display()}: {self.note}"

    @property
    def history_name(self) -> str:
        return f"{self.claim.slug} {self.made_at:%Y-%m-%d}"

    def clean(self) -> None:
        if self.review and self.claim_id and self.review.claim_id != self.claim_id:
            raise ValidationError({"review": "This is a review of another claim."})
