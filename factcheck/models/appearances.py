"""Where a claim was made, and how it travelled there."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from factcheck.models.claims import Claim
from factcheck.models.dates import PartialDateField, PrecisionField, partial_date_rule
from factcheck.models.history import Part, TrackedQuerySet
from factcheck.models.sources import Article, Claimant, Publisher
from factcheck.models.text import WHITE_SPACE, LineField, TextField, UrlField, choice_rule, sha256_rule, url_rule

# The text belongs to its publisher: this is how much of it stands here.
SIX_WORDS_PATTERN = rf"^[{WHITE_SPACE}]*([^{WHITE_SPACE}]+([{WHITE_SPACE}]+|\Z)){{0,6}}\Z"


class Wording(models.TextChoices):
    """How the source puts the claim."""

    ASSERTED = "asserted", _("Asserted")
    ATTRIBUTED = "attributed", _("Attributed")
    ESTIMATED = "estimated", _("Estimated")
    ALLEGED = "alleged", _("Alleged")
    DENIED = "denied", _("Denied")
    CONDITIONAL = "conditional", _("Conditional")
    FORECAST = "forecast", _("Forecast")


class Caveat(models.TextChoices):
    """What the reporter says of the claim's verification. Never our verdict."""

    NONE = "none", _("None")
    NOT_VERIFIED = "not-independently-verified", _("Not independently verified")
    DISPUTED = "disputed", _("Disputed")
    DENIED = "denied-by-other-side", _("Denied by the other side")
    ANONYMOUS = "anonymous-source", _("Anonymous source")


class AppearanceQuerySet(TrackedQuerySet):
    def public(self) -> "AppearanceQuerySet":
        """Appearances of public claims."""
        return self.filter(claim__listed_at__isnull=False)

    def in_reading_order(self) -> "AppearanceQuerySet":
        """The latest article first, each from its beginning; then places that are no articles."""
        return self.order_by(
            F("article__published_on").desc(nulls_last=True),
            F("article").desc(nulls_last=True),
            F("paragraph").asc(nulls_last=True),
            "id",
        )


class Appearance(Part):
    """Somebody asserting a claim at a place in a source (schema.org `Claim.appearance`)."""

    link = "claim"
    private: ClassVar[frozenset[str]] = frozenset()

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="appearances", verbose_name=_("claim"))
    article = models.ForeignKey(
        Article, on_delete=models.PROTECT, null=True, blank=True, related_name="appearances", verbose_name=_("article")
    )
    address = UrlField(_("address"), help_text=_("Instead of an article: where a post or an imported claim stands."))
    claimant = models.ForeignKey(
        Claimant,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="appearances",
        help_text=_("Who says it here."),
        verbose_name=_("claimant"),
    )
    paragraph = models.PositiveIntegerField(
        _("paragraph"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(1_000_000)],
        help_text=_("Counted from 1: the headline and sub-headings count, blank lines do not. Empty if unknown."),
    )
    start_offset = models.PositiveIntegerField(
        _("start offset"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(1_000_000_000)],
        help_text=_("First character of the place in the text, counted from 0."),
    )
    end_offset = models.PositiveIntegerField(
        _("end offset"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(1_000_000_000)],
        help_text=_("The character after its last."),
    )
    text_sha256 = LineField(
        _("SHA-256 of the text"),
        max_length=64,
        blank=True,
        help_text=_("Of the text in which the characters are counted."),
    )
    quote = LineField(
        _("quote"), max_length=300, blank=True, help_text=_("At most six words of the source, as they stand there.")
    )
    wording = models.CharField(_("wording"), max_length=20, choices=Wording, default=Wording.ASSERTED)
    caveat = models.CharField(
        _("caveat"),
        max_length=30,
        choices=Caveat,
        default=Caveat.NONE,
        help_text=_("What the reporter says of the claim's verification. This is never our verdict."),
    )
    caveat_note = TextField(
        _("caveat note"), blank=True, help_text=_("What exactly the reporter says, in our own words.")
    )
    said_on = PartialDateField(
        _("said on"), help_text=_("When it was said here: 2025, 2025-11 or 2025-11-14, no more than is known.")
    )
    said_on_precision = PrecisionField()

    objects = AppearanceQuerySet.as_manager()

    class Meta(Part.Meta):
        verbose_name = _("appearance")
        verbose_name_plural = _("appearances")
        ordering = ["article", "paragraph", "id"]
        constraints = [
            models.CheckConstraint(
                name="appearance_article_or_address",
                condition=Q(article__isnull=False, address="") | (Q(article__isnull=True) & ~Q(address="")),
                violation_error_message=_("An appearance stands in an article or at an address: give exactly one."),
            ),
            models.CheckConstraint(
                name="appearance_paragraph_from_one",
                condition=Q(paragraph__isnull=True) | Q(paragraph__gte=1),
                violation_error_message=_("Paragraphs are counted from 1."),
            ),
            models.CheckConstraint(
                name="appearance_offsets_whole",
                condition=Q(start_offset__isnull=True, end_offset__isnull=True, text_sha256="")
                | (
                    Q(start_offset__isnull=False, end_offset__isnull=False, end_offset__gt=F("start_offset"))
                    & ~Q(text_sha256="")
                ),
                violation_error_message=_("Give first and last character and the text's SHA-256 together, or none."),
            ),
            models.CheckConstraint(
                name="appearance_quote_six_words",
                condition=Q(quote__regex=SIX_WORDS_PATTERN),
                violation_error_message=_("Quote at most six words: the text belongs to its publisher."),
            ),
            models.UniqueConstraint(
                "claim",
                Coalesce("article", 0),
                "address",
                Coalesce("paragraph", 0),
                Coalesce("claimant", 0),
                name="appearance_unique",
                violation_error_message=_("The claim has an appearance at this place by this claimant already."),
            ),
            choice_rule("appearance", "wording", Wording),
            choice_rule("appearance", "caveat", Caveat),
            url_rule("appearance", "address"),
            sha256_rule("appearance", "text_sha256"),
            partial_date_rule("appearance", "said_on"),
        ]

    def __str__(self) -> str:
        place = str(self.article) if self.article else self.address
        if not self.paragraph:
            return place
        return gettext("%(place)s, paragraph %(number)d") % {"place": place, "number": self.paragraph}

    def clean(self) -> None:
        if bool(self.article_id) == bool(self.address):
            raise ValidationError(_("An appearance stands in an article or at an address: give exactly one."))


class RelayQuerySet(TrackedQuerySet):
    def public(self) -> "RelayQuerySet":
        """Relays of public appearances."""
        return self.filter(appearance__claim__listed_at__isnull=False)


class Relay(Part):
    """One station on the way of a claim from who said it to the source that we read."""

    link = "appearance"

    appearance = models.ForeignKey(
        Appearance, on_delete=models.CASCADE, related_name="relays", verbose_name=_("appearance")
    )
    position = models.PositiveSmallIntegerField(
        _("position"), validators=[MaxValueValidator(10_000)], help_text=_("1 is who said it first.")
    )
    by_claimant = models.ForeignKey(
        Claimant,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="relays",
        verbose_name=_("by (claimant)"),
    )
    by_publisher = models.ForeignKey(
        Publisher,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="relays",
        verbose_name=_("by (publisher)"),
    )
    article = models.ForeignKey(
        Article,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="relays",
        help_text=_("If known."),
        verbose_name=_("article"),
    )
    note = TextField(_("note"), blank=True)

    objects = RelayQuerySet.as_manager()

    class Meta(Part.Meta):
        verbose_name = _("relay")
        verbose_name_plural = _("relays")
        ordering = ["appearance", "position"]
        constraints = [
            models.CheckConstraint(
                name="relay_by_one",
                condition=Q(by_claimant__isnull=False, by_publisher__isnull=True)
                | Q(by_claimant__isnull=True, by_publisher__isnull=False),
                violation_error_message=_("A station is a claimant or a publisher: give exactly one."),
            ),
            models.CheckConstraint(
                name="relay_position_from_one",
                condition=Q(position__gte=1),
                violation_error_message=_("Stations are counted from 1."),
            ),
            models.UniqueConstraint(
                fields=["appearance", "position"],
                name="relay_position_unique",
                violation_error_message=_("Two stations have the same position."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.by_claimant or self.by_publisher}"

    @property
    def by(self) -> Claimant | Publisher | None:
        return self.by_claimant or self.by_publisher
