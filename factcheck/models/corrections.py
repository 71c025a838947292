"""What was corrected, and why."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from factcheck.models.claims import Claim
from factcheck.models.history import TrackedQuerySet, Whole
from factcheck.models.reviews import ONCE_PUBLISHED, Origin, Review
from factcheck.models.text import TextField, choice_rule, text_rule


class Severity(models.TextChoices):
    VERDICT_CHANGED = "verdict-changed", _("Verdict changed")
    DETAIL = "detail", _("Detail")
    CLARIFICATION = "clarification", _("Clarification")


class CorrectionQuerySet(TrackedQuerySet):
    def public(self) -> "CorrectionQuerySet":
        """Corrections of public claims and public reviews."""
        return self.filter(
            Q(review__isnull=True) | Q(review__in=Review.objects.public()), claim__listed_at__isnull=False
        )


class Correction(Whole):
    """A dated public note that something published changed, and why."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="corrections", verbose_name=_("claim"))
    review = models.ForeignKey(
        Review,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="corrections",
        help_text=_("The new review. Empty when the record of the claim itself was wrong."),
        verbose_name=_("review"),
    )
    severity = models.CharField(_("severity"), max_length=20, choices=Severity)
    note = TextField(_("note"), help_text=_("What was wrong and what is right now. Readers see it."))
    before = TextField(_("before"), blank=True)
    after = TextField(_("after"), blank=True)
    made_at = models.DateTimeField(_("made at"))

    objects = CorrectionQuerySet.as_manager()

    class Meta(Whole.Meta):
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ["-made_at", "-id"]
        indexes = [models.Index(fields=["made_at", "id"], name="correction_made")]
        constraints = [
            choice_rule("correction", "severity", Severity),
            text_rule("correction", "note", _("Say what was wrong and what is right now.")),
            models.CheckConstraint(
                name="correction_of_verdict_names_review",
                condition=~Q(severity=Severity.VERDICT_CHANGED) | Q(review__isnull=False),
                violation_error_message=_("A changed verdict names the new review."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_severity_display()}: {self.note}"

    @property
    def history_name(self) -> str:
        return f"{self.claim.slug} {self.made_at:%Y-%m-%d}"

    @property
    def was_seen(self) -> bool:
        """Whether readers have seen it; a trigger keeps it then."""
        review = self.review
        is_of_published = review is None or review.origin != Origin.DESK or review.state in ONCE_PUBLISHED
        return is_of_published and self.claim.first_listed_at is not None

    def clean(self) -> None:
        if self.review and self.claim_id and self.review.claim_id != self.claim_id:
            raise ValidationError({"review": _("This is a review of another claim.")})
