"""What a review rests on: its evidence, and who was asked for an answer."""

from collections.abc import Iterable
from typing import ClassVar

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from factcheck.models.claims import Claim
from factcheck.models.history import Part, TrackedQuerySet
from factcheck.models.reviews import Review
from factcheck.models.sources import Interest
from factcheck.models.text import (
    LineField,
    TextField,
    UrlField,
    choice_rule,
    has_text,
    sha256_rule,
    text_rule,
    url_rule,
)


class EvidenceKind(models.TextChoices):
    DOCUMENT = "document", _("Document")
    OFFICIAL_STATEMENT = "official-statement", _("Official statement")
    IMAGERY = "imagery", _("Imagery")
    EYEWITNESS = "eyewitness", _("Eyewitness")
    EXPERT = "expert", _("Expert")
    MEDIA_REPORT = "media-report", _("Media report")
    DATASET = "dataset", _("Dataset")


class Stance(models.TextChoices):
    SUPPORTS = "supports", _("Supports the claim")
    REFUTES = "refutes", _("Refutes the claim")
    CONTEXT = "context", _("Gives context")
    INCONCLUSIVE = "inconclusive", _("Inconclusive")


WEIGHING = (Stance.SUPPORTS, Stance.REFUTES)

# The one place of a captured file (factcheck.captures). With a space after the comma Django cannot read the table back.
_FOLDER = Func("capture_sha256", 1, 2, arg_joiner=",", function="SUBSTR", output_field=models.CharField())
_PLACE = Concat(Value("captures/"), _FOLDER, Value("/"), "capture_sha256", output_field=models.CharField())


class OfPublicReviewQuerySet(TrackedQuerySet):
    def public(self) -> "OfPublicReviewQuerySet":
        """What belongs to a public review."""
        return self.filter(review__in=Review.objects.public())


class EvidenceQuerySet(OfPublicReviewQuerySet):
    def captured(self) -> "EvidenceQuerySet":
        """Evidence of which a file is kept."""
        return self.exclude(capture="", capture_sha256="")

    def failing(self) -> "EvidenceQuerySet":
        """Evidence of which the file was found missing or changed, the longest known first."""
        faulty = self.filter(capture_fault__sha256=F("capture_sha256"))
        return faulty.order_by("capture_fault__found_at", "pk")


class Evidence(Part):
    """A source that a verdict rests on, with what it shows."""

    link = "review"
    private: ClassVar[frozenset[str]] = frozenset({"note", "capture", "captured_by"})

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="evidence", verbose_name=_("review"))
    position = models.PositiveSmallIntegerField(_("position"), default=1, validators=[MaxValueValidator(10_000)])
    title = LineField(_("title"), max_length=300)
    url = UrlField(_("url"))
    source = LineField(_("source"), max_length=200, blank=True, help_text=_("Who published it."))
    origin = LineField(
        _("origin"),
        max_length=200,
        blank=True,
        help_text=_(
            "The first hand that it comes from. Sources of the same origin count once; empty counts as its own."
        ),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=EvidenceKind)
    stance = models.CharField(_("stance"), max_length=20, choices=Stance)
    interest = models.CharField(_("interest"), max_length=20, choices=Interest, default=Interest.UNKNOWN)
    accessed_on = models.DateField(_("accessed on"), null=True, blank=True)
    archived_url = UrlField(_("archived address"))
    capture = models.FileField(_("capture"), upload_to="captures", blank=True, editable=False)
    capture_sha256 = LineField(_("capture sha256"), max_length=64, blank=True, editable=False)
    captured_at = models.DateTimeField(_("captured at"), null=True, blank=True, editable=False)
    captured_by = models.ForeignKey(
        "factcheck.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("captured by"),
    )
    capture_tool = LineField(_("capture tool"), max_length=200, blank=True, editable=False)
    excerpt = TextField(_("excerpt"), blank=True, help_text=_("The few words or figures that matter."))
    note = TextField(_("internal note"), blank=True, help_text=_("For the desk; readers never see it."))

    objects = EvidenceQuerySet.as_manager()

    class Meta(Part.Meta):
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ["review", "position", "id"]
        indexes = [models.Index(fields=["capture_sha256"], name="evidence_capture")]
        constraints = [
            text_rule("evidence", "title", _("Give the evidence a title.")),
            choice_rule("evidence", "kind", EvidenceKind),
            choice_rule("evidence", "stance", Stance),
            choice_rule("evidence", "interest", Interest),
            url_rule("evidence", "url"),
            url_rule("evidence", "archived_url"),
            sha256_rule("evidence", "capture_sha256"),
            models.CheckConstraint(
                name="evidence_capture_whole",
                condition=Q(
                    capture="", capture_sha256="", captured_at__isnull=True, captured_by__isnull=True, capture_tool=""
                )
                | (
                    Q(captured_at__isnull=False, captured_by__isnull=False, capture=_PLACE)
                    & ~Q(capture_sha256="")
                    & has_text("capture_tool")
                ),
                violation_error_message=_(
                    "A capture is kept under its SHA-256, with when it was made, by whom and with what tool."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class CaptureProblem(models.TextChoices):
    MISSING = "missing", _("The file is missing")
    CHANGED = "changed", _("The file was changed")
    UNREADABLE = "unreadable", _("The file cannot be read")


class CaptureFault(models.Model):
    """What the last verifyevidence found wrong with a capture: a finding about the disk, and no record with a history.

    It is about the file that the evidence had then, and moot for any other.
    """

    evidence = models.OneToOneField(
        Evidence, on_delete=models.CASCADE, related_name="capture_fault", verbose_name=_("evidence")
    )
    sha256 = models.CharField(_("sha256"), max_length=64, blank=True)
    problem = models.CharField(_("problem"), max_length=20, choices=CaptureProblem)
    found_at = models.DateTimeField(_("found at"), help_text=_("When a run found it first."))

    class Meta:
        verbose_name = _("capture fault")
        verbose_name_plural = _("capture faults")
        constraints = [choice_rule("capturefault", "problem", CaptureProblem)]

    def __str__(self) -> str:
        return f"{self.get_problem_display()}: {self.sha256[:12]}"


def origins(evidence: Iterable[Evidence]) -> int:
    """From how many first hands the evidence comes that supports or refutes; an empty origin counts as its own."""
    return len({one.origin.casefold() or one.pk for one in evidence if one.stance in WEIGHING})


def known_origins(claim: Claim) -> list[str]:
    """The first hands that evidence of the claim's reviews names, each in one spelling."""
    rows = Evidence.objects.filter(review__claim=claim).exclude(origin="").order_by("pk")
    spelled: dict[str, str] = {}
    for origin in rows.values_list("origin", flat=True):
        spelled.setdefault(origin.casefold(), origin)
    return sorted(spelled.values(), key=str.casefold)


class ReplyRequest(Part):
    """That somebody was asked for their answer to a claim, and what came back."""

    link = "review"
    private: ClassVar[frozenset[str]] = frozenset({"asked_how"})

    review = models.ForeignKey(
        Review, on_delete=models.CASCADE, related_name="reply_requests", verbose_name=_("review")
    )
    asked_whom = LineField(_("asked whom"), max_length=300)
    asked_at = models.DateTimeField(_("asked at"))
    asked_how = LineField(
        _("asked how"), max_length=300, blank=True, help_text=_("For the desk; readers never see it.")
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    answer = TextField(_("answer"), blank=True)

    objects = OfPublicReviewQuerySet.as_manager()

    class Meta(Part.Meta):
        verbose_name = _("reply request")
        verbose_name_plural = _("reply requests")
        ordering = ["review", "asked_at", "id"]
        constraints = [
            text_rule("replyrequest", "asked_whom", _("Say who was asked.")),
            models.CheckConstraint(
                name="replyrequest_answered_after_asked",
                condition=Q(answered_at__isnull=True, answer="")
                | Q(answered_at__isnull=False, answered_at__gte=F("asked_at")),
                violation_error_message=_("An answer has a date, not before the question."),
            ),
        ]

    def __str__(self) -> str:
        return gettext("Asked: %(whom)s") % {"whom": self.asked_whom}
