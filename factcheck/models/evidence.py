"""What a review rests on: its evidence, and who was asked for an answer."""

from collections.abc import Iterable
from typing import ClassVar

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q

from factcheck.models.history import Part, TrackedQuerySet
from factcheck.models.reviews import Review
from factcheck.models.sources import Interest
from factcheck.models.text import LineField, TextField, UrlField, choice_rule, sha256_rule, text_rule, url_rule


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


WEIGHING = (Stance.SUPPORTS, Stance.REFUTES)


class OfPublicReviewQuerySet(TrackedQuerySet):
    def public(self) -> "OfPublicReviewQuerySet":
        """What belongs to a public review."""
        return self.filter(review__in=Review.objects.public())


class Evidence(Part):
    """A source that a verdict rests on, with what it shows."""

    link = "review"
    private: ClassVar[frozenset[str]] = frozenset({"note", "capture", "captured_by"})

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="evidence")
    position = models.PositiveSmallIntegerField(default=1, validators=[MaxValueValidator(10_000)])
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
            text_rule("evidence", "title", "Give the evidence a title."),
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


def origins(evidence: Iterable[Evidence]) -> int:
    """From how many first hands the evidence comes that supports or refutes; an empty origin counts as its own."""
    return len({one.origin.casefold() or one.pk for one in evidence if one.stance in WEIGHING})


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
            text_rule("replyrequest", "asked_whom", "Say who was asked."),
            models.CheckConstraint(
                name="replyrequest_answered_after_asked",
                condition=Q(answered_at__isnull=True, answer="")
                | Q(answered_at__isnull=False, answered_at__gte=F("asked_at")),
                violation_error_message="An answer has a date, not before the question.",
            ),
        ]

    def __str__(self) -> str:
        return f"Asked {self.asked_whom}"
