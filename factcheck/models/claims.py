"""Claims, their topics, and how claims stand to each other."""

from datetime import date
from typing import Any, ClassVar, cast

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from factcheck.models.dates import PartialDateField, PrecisionField, or_first, partial_date_rule
from factcheck.models.history import Part, TrackedQuerySet, Whole
from factcheck.models.sources import Claimant, language_rule
from factcheck.models.text import LineField, SlugField, TextField, choice_rule, slug_rules, text_rule


class TopicQuerySet(TrackedQuerySet):
    def public(self) -> "TopicQuerySet":
        """Topics of public claims."""
        return self.filter(self.named_publicly("claim_topics"))


class Topic(Whole):
    """What claims are about."""

    slug = SlugField(_("slug"), help_text=_("Names the topic in addresses. Fixed once it has been public."))
    name = LineField(pgettext_lazy("of a thing", "name"), max_length=120)
    description = TextField(_("description"), blank=True)

    objects = TopicQuerySet.as_manager()

    class Meta(Whole.Meta):
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        ordering = ["name", "id"]
        indexes = [models.Index(fields=["name", "id"], name="topic_name")]
        constraints = [*slug_rules("topic"), text_rule("topic", "name", _("Give the topic a name."))]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("factcheck:topic-detail", args=[self.slug])


class ClaimKind(models.TextChoices):
    FACT = "fact", _("Factual claim")  # that a claim is about facts does not make it a fact
    FIGURE = "figure", _("Figure")
    ALLEGATION = "allegation", _("Allegation")
    PREDICTION = "prediction", _("Prediction")
    OPINION = "opinion", _("Opinion")


class StatusBasis(models.TextChoices):
    """Where a claim's status comes from."""

    REVIEWED = "reviewed", _("Reviewed by us")
    REPORTED = "reported", _("Reported by the source, not reviewed by us")
    NONE = "none", _("Recorded, not yet reviewed")


class Priority(models.IntegerChoices):
    LOW = 1, _("Low")
    NORMAL = 2, _("Normal")
    HIGH = 3, _("High")
    URGENT = 4, _("Urgent")


# What lists are sorted by is never null: a claim that never had a status stands as it does since it was listed.
MADE_OR_FIRST = or_first("made_on")
STANDING_SINCE = Coalesce("status_since", "listed_at", output_field=models.DateTimeField())


class ClaimQuerySet(TrackedQuerySet):
    def public(self) -> "ClaimQuerySet":
        """Listed claims. Everything else that is public is so through one of these."""
        return self.filter(listed_at__isnull=False)

    def with_status(self) -> "ClaimQuerySet":
        """With what a row of a list or an admin page shows of each claim."""
        return self.select_related("claimant", "status")

    def for_list_page(self) -> "ClaimQuerySet":
        """Public claims with what a row of a list shows, the newest first."""
        return self.public().with_status().order_by("-listed_at", "-id")

    def to_check(self) -> "ClaimQuerySet":
        """Claims that nobody has declined, of which we have neither published a review nor begun one."""
        reviews = cast(models.ForeignObjectRel, self.model._meta.get_field("reviews")).related_model
        begun = cast(Any, reviews).objects.open().filter(claim=OuterRef("pk"))
        return self.filter(~Exists(begun), declined_reason="").exclude(status_basis=StatusBasis.REVIEWED)

    def unassigned(self) -> "ClaimQuerySet":
        """Claims to check that nobody has taken, the most urgent first."""
        return self.to_check().filter(assigned_to__isnull=True).order_by("-priority", "id")

    def awaiting_outcome(self) -> "ClaimQuerySet":
        """Predictions with a last day of which the outcome is not published, the soonest first."""
        outcome = Q(status__isnull=False, status__rating_class="outcome")
        return self.filter(~outcome, kind=ClaimKind.PREDICTION, due_on__isnull=False).order_by("due_on", "id")

    def past_due(self, today: date) -> "ClaimQuerySet":
        """Predictions of which the last day is over and the outcome not published."""
        return self.awaiting_outcome().filter(due_on__lt=today)

    def to_recheck(self, today: date) -> "ClaimQuerySet":
        """Claims of which somebody said that they should be looked at again, from that day on."""
        return self.filter(recheck_on__lte=today).order_by("recheck_on", "id")

    def with_capture_faults(self) -> "ClaimQuerySet":
        """Claims of which a captured file of the evidence is missing or changed."""
        reviews = cast(models.ForeignObjectRel, self.model._meta.get_field("reviews")).related_model
        faulty = Q(evidence__capture_fault__sha256=F("evidence__capture_sha256"))
        return self.filter(pk__in=cast(Any, reviews)._base_manager.filter(faulty).values("claim")).order_by("id")

    def once_listed(self) -> "ClaimQuerySet":
        """Claims that were public and are not any more: of these, readers see when and why, and nothing else."""
        return self.filter(listed_at__isnull=True, first_listed_at__isnull=False)


class Claim(Whole):
    """A statement that can be checked, in one neutral sentence (schema.org `Claim`)."""

    derived: ClassVar[frozenset[str]] = frozenset({"status", "status_basis", "status_since", "changed_at"})
    private: ClassVar[frozenset[str]] = frozenset({"assigned_to", "priority", "recheck_on", "declined_reason"})

    slug = SlugField(_("slug"), help_text=_("Names the claim in addresses. Fixed once the claim has been listed."))
    text = LineField(
        _("text"), max_length=1000, help_text=_("What is asserted: one neutral sentence in our own words.")
    )
    claimant = models.ForeignKey(
        Claimant,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="claims",
        help_text=_("Who is first known to have made the claim. Empty where nobody is named."),
        verbose_name=_("claimant"),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=ClaimKind)
    made_on = PartialDateField(
        _("made on"), help_text=_("When it was first made: 2025, 2025-11 or 2025-11-14, no more than is known.")
    )
    made_on_precision = PrecisionField()
    language = LineField(
        _("language"), max_length=35, blank=True, help_text=_("Language of the claim's wording here, such as en.")
    )
    topics = models.ManyToManyField(
        Topic, through="ClaimTopic", related_name="claims", blank=True, verbose_name=_("topics")
    )
    context = TextField(_("context"), blank=True, help_text=_("What a reader needs to know to understand the claim."))
    selection_reason = TextField(
        _("selection reason"), blank=True, help_text=_("Why the claim is worth recording and checking.")
    )

    listed_at = models.DateTimeField(
        _("listed at"), null=True, blank=True, editable=False, help_text=_("Public since; empty is private.")
    )
    first_listed_at = models.DateTimeField(_("first listed at"), null=True, blank=True, editable=False)
    unlisted_at = models.DateTimeField(_("unlisted at"), null=True, blank=True, editable=False)
    unlisted_note = TextField(
        _("unlisted note"), blank=True, editable=False, help_text=_("Shown to readers at the claim's old address.")
    )

    declined_reason = TextField(
        _("declined reason"), blank=True, help_text=_("Why we do not check the claim. Takes it out of the queue.")
    )
    assigned_to = models.ForeignKey(
        "factcheck.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="assigned_claims",
        verbose_name=_("assigned to"),
    )
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority, default=Priority.NORMAL)
    recheck_on = models.DateField(
        _("recheck on"), null=True, blank=True, help_text=_("The claim returns to the queue on this day.")
    )
    due_on = models.DateField(
        _("due on"),
        null=True,
        blank=True,
        help_text=_("Predictions only: the last day on which it may still come true."),
    )
    resolution = TextField(
        _("resolution"),
        blank=True,
        help_text=_("Predictions only: what would count as fulfilled. Write it before the day comes."),
    )

    status = models.ForeignKey(
        "factcheck.Rating",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="claims",
        verbose_name=_("status"),
    )
    status_basis = models.CharField(
        _("status basis"), max_length=10, choices=StatusBasis, default=StatusBasis.NONE, editable=False
    )
    status_since = models.DateTimeField(_("status since"), null=True, blank=True, editable=False)
    changed_at = models.DateTimeField(
        _("changed at"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("When something of a listed claim or its places last changed that readers see; `door.py` sets it."),
    )

    objects = ClaimQuerySet.as_manager()

    class Meta(Whole.Meta):
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        ordering = ["-id"]
        permissions = [
            ("list_claim", "Can list and unlist claims"),
            ("decline_claim", "Can decline claims"),
            ("change_public", "Can change what readers see"),
            ("add_to_public", "Can add appearances to claims that readers see"),
        ]
        indexes = [
            models.Index(fields=["listed_at", "id"], name="claim_listed"),
            models.Index(fields=["status", "listed_at", "id"], name="claim_status_listed"),
            models.Index(fields=["status_basis", "listed_at", "id"], name="claim_basis_listed"),
            models.Index(fields=["kind", "listed_at", "id"], name="claim_kind_listed"),
            models.Index(fields=["claimant", "listed_at", "id"], name="claim_claimant_listed"),
            models.Index(MADE_OR_FIRST, F("id"), name="claim_made_or_first", condition=Q(listed_at__isnull=False)),
            models.Index(STANDING_SINCE, F("id"), name="claim_standing", condition=Q(listed_at__isnull=False)),
            models.Index(fields=["due_on", "id"], name="claim_due", condition=Q(due_on__isnull=False)),
            models.Index(fields=["unlisted_at", "id"], name="claim_unlisted", condition=Q(unlisted_at__isnull=False)),
            models.Index(fields=["changed_at", "id"], name="claim_changed", condition=Q(changed_at__isnull=False)),
        ]
        constraints = [
            *slug_rules("claim"),
            choice_rule("claim", "kind", ClaimKind),
            choice_rule("claim", "priority", Priority),
            choice_rule("claim", "status_basis", StatusBasis),
            language_rule("claim"),
            partial_date_rule("claim", "made_on"),
            text_rule("claim", "text", _("Write what is claimed in one sentence.")),
            models.CheckConstraint(
                name="claim_listing_dated",
                condition=Q(listed_at__isnull=True, first_listed_at__isnull=True, unlisted_at__isnull=True)
                | Q(
                    listed_at__isnull=False,
                    first_listed_at__isnull=False,
                    first_listed_at__lte=F("listed_at"),
                    unlisted_at__isnull=True,
                )
                | Q(
                    listed_at__isnull=True,
                    first_listed_at__isnull=False,
                    unlisted_at__isnull=False,
                    unlisted_at__gte=F("first_listed_at"),
                ),
                violation_error_message=_("A claim is private, listed since a moment, or unlisted at a later one."),
            ),
            models.CheckConstraint(
                name="claim_unlisted_note_when_unlisted",
                condition=Q(unlisted_note="") | Q(unlisted_at__isnull=False),
                violation_error_message=_("Only an unlisted claim has a note saying why."),
            ),
            models.CheckConstraint(
                name="claim_outcome_rule_of_prediction",
                condition=Q(kind=ClaimKind.PREDICTION) | Q(due_on__isnull=True, resolution=""),
                violation_error_message=_("Only a prediction has a due date and a resolution rule."),
            ),
            models.CheckConstraint(
                name="claim_status_fits_basis",
                condition=Q(status_basis=StatusBasis.NONE, status__isnull=True)
                | (~Q(status_basis=StatusBasis.NONE) & Q(status__isnull=False, status_since__isnull=False)),
                violation_error_message=_("A claim has a status where it was reviewed or reported, and only there."),
            ),
        ]

    def __str__(self) -> str:
        return self.text

    def get_absolute_url(self) -> str:
        return reverse("factcheck:claim-detail", args=[self.slug])

    @property
    def is_public(self) -> bool:
        return self.listed_at is not None

    @property
    def status_line(self) -> str:
        """The status in words, never without its basis."""
        if self.status is None:
            return str(StatusBasis.NONE.label)
        basis = str(StatusBasis(self.status_basis).label)
        return f"{self.status.word}: {basis[0].lower()}{basis[1:]}"


class ClaimTopicQuerySet(TrackedQuerySet):
    def public(self) -> "ClaimTopicQuerySet":
        return self.filter(claim__listed_at__isnull=False)


class ClaimTopic(Part):
    """A topic of a claim."""

    link = "claim"

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="claim_topics", verbose_name=_("claim"))
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="claim_topics", verbose_name=_("topic"))

    objects = ClaimTopicQuerySet.as_manager()

    class Meta(Part.Meta):
        verbose_name = _("topic of the claim")
        verbose_name_plural = _("topics of claims")
        constraints = [
            models.UniqueConstraint(
                fields=["claim", "topic"],
                name="claimtopic_unique",
                violation_error_message=_("The claim has this topic already."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.topic) if self.topic_id else ""


class RelationKind(models.TextChoices):
    SAME_AS = "same-as", _("Is the same as")
    CONTRADICTS = "contradicts", _("Contradicts")
    REPEATS = "repeats", _("Repeats")
    NARROWER_THAN = "narrower-than", _("Is narrower than")
    DEPENDS_ON = "depends-on", _("Depends on")


SYMMETRIC_RELATIONS = (RelationKind.SAME_AS, RelationKind.CONTRADICTS)


class ClaimRelationQuerySet(TrackedQuerySet):
    def public(self) -> "ClaimRelationQuerySet":
        """Relations between two public claims."""
        return self.filter(from_claim__listed_at__isnull=False, to_claim__listed_at__isnull=False)


class ClaimRelation(Whole):
    """How one claim stands to another, as a person or a seed file has confirmed it."""

    private: ClassVar[frozenset[str]] = frozenset({"confirmed_by"})

    from_claim = models.ForeignKey(
        Claim, on_delete=models.PROTECT, related_name="relations_from", verbose_name=_("from claim")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=RelationKind)
    to_claim = models.ForeignKey(
        Claim, on_delete=models.PROTECT, related_name="relations_to", verbose_name=_("to claim")
    )
    note = TextField(_("note"), blank=True, help_text=_("Why, where it is not plain."))
    confirmed_by = models.ForeignKey(
        "factcheck.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        help_text=_("Empty: a seed file."),
        verbose_name=_("confirmed by"),
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), editable=False)

    objects = ClaimRelationQuerySet.as_manager()

    class Meta(Whole.Meta):
        verbose_name = _("relation")
        verbose_name_plural = _("relations")
        ordering = ["from_claim", "kind", "to_claim"]
        constraints = [
            choice_rule("claimrelation", "kind", RelationKind),
            models.CheckConstraint(
                name="claimrelation_not_to_itself",
                condition=~Q(from_claim=F("to_claim")),
                violation_error_message=_("A claim has no relation to itself."),
            ),
            models.CheckConstraint(
                name="claimrelation_symmetric_in_order",
                condition=~Q(kind__in=SYMMETRIC_RELATIONS) | Q(from_claim__lt=F("to_claim")),
                violation_error_message=_("This relation holds both ways and is stored once, the older claim first."),
            ),
            models.UniqueConstraint(
                fields=["from_claim", "kind", "to_claim"],
                name="claimrelation_unique",
                violation_error_message=_("This relation is recorded already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_claim} — {self.get_kind_display().lower()} — {self.to_claim}"

    @property
    def history_name(self) -> str:
        return f"{self.from_claim.slug} {self.kind} {self.to_claim.slug}"

    def clean(self) -> None:
        """Puts a relation that holds both ways in the order in which it is stored."""
        if not (self.from_claim_id and self.to_claim_id):
            return
        if self.from_claim_id == self.to_claim_id:
            raise ValidationError(_("A claim has no relation to itself."))
        if self.kind in SYMMETRIC_RELATIONS and self.from_claim_id > self.to_claim_id:
            self.from_claim, self.to_claim = self.to_claim, self.from_claim
