"""Reviews: one publisher's check of one claim."""

from typing import TYPE_CHECKING, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from factcheck.models.claims import Claim, ClaimKind
from factcheck.models.dates import PartialDateField, PrecisionField, partial_date_rule
from factcheck.models.history import Change, TrackedQuerySet, Whole
from factcheck.models.ratings import Rating, RatingClass
from factcheck.models.sources import Claimant, Publisher, language_rule
from factcheck.models.text import LineField, TextField, UrlField, choice_rule, has_text, url_rule

if TYPE_CHECKING:
    from factcheck.models.users import User


# What a publisher's reviews are sorted by: others do not always say when they published theirs.
PUBLISHED_OR_RECORDED = Coalesce("published_at", "recorded_at", output_field=models.DateTimeField())


class ReviewState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    PUBLISHED = "published", _("Published")
    SUPERSEDED = "superseded", _("Superseded")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    DISCARDED = "discarded", _("Discarded")


# The actions in the history that are steps, and change nothing of what a review says.
STEPS = ("submitted", "called back", "returned", "published", "superseded", "withdrawn", "discarded")

ONCE_PUBLISHED = (ReviewState.PUBLISHED, ReviewState.SUPERSEDED, ReviewState.WITHDRAWN)


class Origin(models.TextChoices):
    DESK = "desk", _("Ours")
    IMPORTED = "imported", _("Another publisher's")


class EvidenceStrength(models.TextChoices):
    NONE = "none", _("None")
    SINGLE_ORIGIN = "single-origin", _("Single origin")
    SEVERAL_DEPENDENT = "several-dependent", _("Several, dependent on each other")
    INDEPENDENT = "independent-corroboration", _("Independent corroboration")
    PRIMARY_RECORD = "primary-record", _("Primary record")


class AssessedAs(models.TextChoices):
    KNOWN_THEN = "known-then", _("By what was known then")
    KNOWN_NOW = "known-now", _("By what is known now")


class ReviewQuerySet(TrackedQuerySet):
    def public(self) -> "ReviewQuerySet":
        """Reviews of public claims that are or were published, by us or by others."""
        return self.filter(Q(origin=Origin.IMPORTED) | Q(state__in=ONCE_PUBLISHED), claim__listed_at__isnull=False)

    def current(self) -> "ReviewQuerySet":
        """The desk's published reviews in force: at most one a claim."""
        return self.filter(origin=Origin.DESK, state=ReviewState.PUBLISHED)

    def open(self) -> "ReviewQuerySet":
        """The desk's reviews in work: at most one a claim."""
        return self.filter(origin=Origin.DESK, state__in=[ReviewState.DRAFT, ReviewState.SUBMITTED])

    def drafts_of(self, user: "User") -> "ReviewQuerySet":
        return self.filter(origin=Origin.DESK, state=ReviewState.DRAFT, author=user, returned_at__isnull=True)

    def returned_to(self, user: "User") -> "ReviewQuerySet":
        return self.filter(origin=Origin.DESK, state=ReviewState.DRAFT, author=user, returned_at__isnull=False)

    def written_by(self, user: "User") -> "ReviewQuerySet":
        """Reviews of which the person wrote anything: the author, and who changed them or what they rest on."""
        changes = Change.objects.filter(whole_type="review", whole_id=OuterRef("pk"), actor=user)
        return self.filter(Q(author=user) | Q(submitted_by=user) | Exists(changes.exclude(action__in=STEPS)))

    def waiting_for(self, user: "User") -> "ReviewQuerySet":
        """Submitted reviews that this person may approve, as far as having written none of them goes."""
        written = Review.objects.written_by(user).filter(pk=OuterRef("pk"))
        return self.filter(~Exists(written), origin=Origin.DESK, state=ReviewState.SUBMITTED)


class Review(Whole):
    """One publisher's check of one claim (schema.org `ClaimReview`), published or not yet."""

    private: ClassVar[frozenset[str]] = frozenset(
        {
            "submitted_by", "submitted_at", "submitted_version", "returned_by", "returned_at", "returned_note",
            "withdrawn_by",
        }
    )  # fmt: skip

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="reviews", verbose_name=_("claim"))
    origin = models.CharField(
        pgettext_lazy("whose review it is", "origin"),
        max_length=10,
        choices=Origin,
        default=Origin.DESK,
        editable=False,
    )
    publisher = models.ForeignKey(
        Publisher, on_delete=models.PROTECT, related_name="reviews", verbose_name=_("publisher")
    )
    number = models.PositiveIntegerField(
        _("number"), null=True, editable=False, help_text=_("1, 2, 3 … for each claim.")
    )
    title = LineField(_("title"), max_length=300, blank=True)
    rating = models.ForeignKey(
        Rating, on_delete=models.PROTECT, null=True, blank=True, related_name="reviews", verbose_name=_("rating")
    )
    verdict = TextField(
        _("verdict"), blank=True, help_text=_("The verdict's wording as published, where it is not the rating's label.")
    )
    rating_value = LineField(
        _("rating value"), max_length=100, blank=True, help_text=_("As another publisher gave it.")
    )
    best_rating = LineField(_("best rating"), max_length=100, blank=True)
    worst_rating = LineField(_("worst rating"), max_length=100, blank=True)
    claim_reviewed = TextField(
        _("claim reviewed"), blank=True, help_text=_("The claim as it was worded when it was reviewed.")
    )
    claimant_reviewed = LineField(
        _("claimant reviewed"), max_length=500, blank=True, help_text=_("The claimant as named when it was reviewed.")
    )
    reviewed_claimant = models.ForeignKey(
        Claimant, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("claimant")
    )
    reviewed_kind = models.CharField(_("kind"), max_length=20, choices=ClaimKind, blank=True)
    reviewed_made_on = PartialDateField(_("made on"))
    reviewed_made_on_precision = PrecisionField()
    summary = TextField(_("summary"), blank=True, help_text=_("At most 300 characters: what a reader needs to know."))
    rationale = TextField(_("rationale"), blank=True, help_text=_("How we came to the verdict."))
    how_to_check = TextField(_("how to check this yourself"), blank=True)
    evidence_strength = models.CharField(
        _("evidence strength"), max_length=30, choices=EvidenceStrength, default=EvidenceStrength.NONE
    )
    assessed_as = models.CharField(_("assessed as"), max_length=10, choices=AssessedAs, default=AssessedAs.KNOWN_NOW)
    origins_exception = TextField(
        _("why fewer than two origins are enough"),
        blank=True,
        help_text=_("Where the evidence does not come from two first hands: why it is enough all the same."),
    )
    no_reply_reason = TextField(
        _("why nobody was asked for a reply"), blank=True, help_text=_("Where no reply request is recorded: why not.")
    )
    language = LineField(_("language"), max_length=35, blank=True)
    author = models.ForeignKey(
        "factcheck.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reviews_written",
        verbose_name=_("author"),
    )
    submitted_by = models.ForeignKey(
        "factcheck.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("submitted by"),
    )
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True, editable=False)
    submitted_version = models.PositiveIntegerField(_("submitted version"), null=True, blank=True, editable=False)
    returned_by = models.ForeignKey(
        "factcheck.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("returned by"),
    )
    returned_at = models.DateTimeField(_("returned at"), null=True, blank=True, editable=False)
    returned_note = TextField(
        _("returned note"), blank=True, editable=False, help_text=_("What has to change before it is approved.")
    )
    approved_by = models.ForeignKey(
        "factcheck.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="reviews_approved",
        verbose_name=_("approved by"),
    )
    approved_version = models.PositiveIntegerField(_("approved version"), null=True, blank=True, editable=False)
    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)
    update_note = TextField(
        _("update note"),
        blank=True,
        editable=False,
        help_text=_("What is new since the review before, in which nothing was wrong. Readers see it."),
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True, editable=False)
    withdrawn_by = models.ForeignKey(
        "factcheck.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("withdrawn by"),
    )
    withdrawn_note = TextField(_("withdrawn note"), blank=True, editable=False, help_text=_("Shown to readers."))
    state = models.CharField(_("state"), max_length=10, choices=ReviewState, default=ReviewState.DRAFT, editable=False)
    url = UrlField(_("url"), help_text=_("Where another publisher's review stands."))
    recorded_at = models.DateTimeField(_("recorded at"), auto_now_add=True)

    objects = ReviewQuerySet.as_manager()

    class Meta(Whole.Meta):
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        ordering = ["claim", "origin", "-number", "-id"]
        permissions = [
            ("submit_review", "Can submit a review for approval"),
            ("approve_review", "Can approve and publish a review"),
            ("withdraw_review", "Can withdraw or correct a published review"),
        ]
        indexes = [
            models.Index(fields=["state", "published_at"], name="review_state_published"),
            models.Index(
                fields=["published_at", "id"], name="review_published", condition=Q(published_at__isnull=False)
            ),
            models.Index(F("publisher"), PUBLISHED_OR_RECORDED, F("id"), name="review_of_publisher"),
            models.Index(
                fields=["withdrawn_at", "id"], name="review_withdrawn", condition=Q(withdrawn_at__isnull=False)
            ),
        ]
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
                violation_error_message=_("The summary has at most 300 characters."),
            ),
            models.CheckConstraint(
                name="review_number_of_desk_alone",
                condition=Q(origin=Origin.DESK, number__gte=1, number__isnull=False)
                | Q(origin=Origin.IMPORTED, number__isnull=True),
                violation_error_message=_("The desk's reviews of a claim are numbered from 1; others' are not."),
            ),
            models.CheckConstraint(
                name="review_given_numbers_imported",
                condition=Q(origin=Origin.IMPORTED) | Q(rating_value="", best_rating="", worst_rating=""),
                violation_error_message=_("Only another publisher's review keeps rating numbers as given."),
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
                violation_error_message=_(
                    "Another publisher's review is neither rated on our scale nor approved by us."
                ),
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
                    & has_text("claim_reviewed")
                    & ~Q(reviewed_kind="")
                ),
                violation_error_message=_(
                    "A submitted review needs a rating, an author, the wording reviewed, and who "
                    "submitted which version of it and when."
                ),
            ),
            models.CheckConstraint(
                name="review_published_complete",
                condition=~Q(origin=Origin.DESK, state__in=ONCE_PUBLISHED)
                | Q(approved_by__isnull=False, approved_version__isnull=False, published_at__isnull=False),
                violation_error_message=_("A published review needs a date and somebody who approved a version of it."),
            ),
            models.CheckConstraint(
                name="review_approved_as_submitted",
                condition=Q(approved_version__isnull=True)
                | Q(submitted_version__isnull=False, approved_version=F("submitted_version")),
                violation_error_message=_("What is approved has to be exactly what was submitted."),
            ),
            models.CheckConstraint(
                name="review_approver_is_not_author",
                condition=Q(approved_by__isnull=True) | Q(author__isnull=True) | ~Q(approved_by=F("author")),
                violation_error_message=_("Somebody other than the author has to approve this."),
            ),
            models.CheckConstraint(
                name="review_approver_is_not_submitter",
                condition=Q(approved_by__isnull=True)
                | Q(submitted_by__isnull=True)
                | ~Q(approved_by=F("submitted_by")),
                violation_error_message=_("Somebody other than who submitted this has to approve it."),
            ),
            models.CheckConstraint(
                name="review_returned_explained",
                condition=Q(returned_at__isnull=True, returned_by__isnull=True, returned_note="")
                | (
                    Q(state=ReviewState.DRAFT, returned_at__isnull=False, returned_by__isnull=False)
                    & has_text("returned_note")
                )
                | Q(state=ReviewState.DISCARDED),
                violation_error_message=_("A returned draft says when, by whom and what has to change."),
            ),
            models.CheckConstraint(
                name="review_withdrawn_explained",
                condition=~Q(state=ReviewState.WITHDRAWN)
                | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & has_text("withdrawn_note")),
                violation_error_message=_("A withdrawn review says when, by whom and why."),
            ),
            models.UniqueConstraint(
                fields=["claim", "number"],
                condition=Q(origin=Origin.DESK),
                name="review_number_unique",
                violation_error_message=_("The claim has a review of this number already."),
            ),
            models.UniqueConstraint(
                fields=["claim"],
                condition=Q(origin=Origin.DESK, state__in=[ReviewState.DRAFT, ReviewState.SUBMITTED]),
                name="review_one_open",
                violation_error_message=_("A review of this claim is open already; continue that one."),
            ),
            models.UniqueConstraint(
                fields=["claim"],
                condition=Q(origin=Origin.DESK, state=ReviewState.PUBLISHED),
                name="review_one_published",
                violation_error_message=_("A review of this claim is published already; it has to be superseded."),
            ),
        ]

    def __str__(self) -> str:
        names = {"claim": self.claim, "publisher": self.publisher, "number": self.number}
        if self.number:
            return gettext("Review %(number)d of “%(claim)s” by %(publisher)s") % names
        return gettext("Review of “%(claim)s” by %(publisher)s") % names

    @property
    def history_name(self) -> str:
        return f"{self.claim.slug} {self.number or self.publisher.slug}"

    def clean(self) -> None:
        """The rules that look at other records."""
        errors = {}
        is_outcome = self.rating and self.rating.rating_class == RatingClass.OUTCOME
        if is_outcome and self.claim_id and self.rated_kind != ClaimKind.PREDICTION:
            errors["rating"] = _("Only a prediction has an outcome.")
        if self.publisher_id and self.publisher.is_desk != (self.origin == Origin.DESK):
            errors["publisher"] = _("Our reviews are the desk's; another publisher's review is imported.")
        if errors:
            raise ValidationError(errors)

    @property
    def rated_kind(self) -> str:
        """The kind of the claim as this review rates it: as the claim is, unless this one words it anew."""
        if self.state == ReviewState.DRAFT and not self.claim.reviews.current().exists():
            return self.claim.kind  # which it takes when it is submitted
        return self.reviewed_kind or self.claim.kind

    @property
    def was_published(self) -> bool:
        return self.origin == Origin.DESK and self.state in ONCE_PUBLISHED
