"""Who publishes, who speaks, and the articles in which claims are found."""

import hashlib
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from factcheck.models.dates import PartialDateField, PrecisionField, or_first, partial_date_rule
from factcheck.models.history import TrackedQuerySet, Whole
from factcheck.models.text import (
    LineField,
    SlugField,
    TextField,
    UrlField,
    choice_rule,
    sha256_rule,
    slug_rules,
    text_rule,
    url_rule,
)

PUBLISHED_OR_FIRST = or_first("published_on")

LANGUAGE_PATTERN = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z"
COUNTRY_PATTERN = r"^[A-Z]{2}\Z"


def language_rule(record: str) -> models.CheckConstraint:
    """The named constraint of a language tag (BCP 47), or empty."""
    return models.CheckConstraint(
        name=f"{record}_language_is_tag",
        condition=Q(language="") | Q(language__regex=LANGUAGE_PATTERN, language__length__lte=35),
        violation_error_message=_("Give a language tag such as en, uk or pt-BR."),
    )


class PublisherQuerySet(TrackedQuerySet):
    def public(self) -> "PublisherQuerySet":
        """The desk, and whoever published a public article or review or relayed a public claim."""
        return self.filter(
            Q(is_desk=True)
            | self.named_publicly("articles")
            | self.named_publicly("relays")
            | self.named_publicly("reviews")
        )


class Publisher(Whole):
    """An organisation that publishes articles or reviews. One is the desk: us."""

    slug = SlugField(_("slug"), help_text=_("Names the publisher in addresses. Fixed once it has been public."))
    name = LineField(pgettext_lazy("of a thing", "name"), max_length=200)
    homepage = UrlField(_("homepage"))
    country = LineField(
        _("country"), max_length=2, blank=True, help_text=_("Two capital letters (ISO 3166), such as GB or UA.")
    )
    is_desk = models.BooleanField(
        _("is the desk"), default=False, help_text=_("Ours. Exactly one publisher is the desk.")
    )

    objects = PublisherQuerySet.as_manager()

    class Meta(Whole.Meta):
        verbose_name = _("publisher")
        verbose_name_plural = _("publishers")
        ordering = ["name", "id"]
        indexes = [models.Index(fields=["name", "id"], name="publisher_name")]
        constraints = [
            *slug_rules("publisher"),
            text_rule("publisher", "name", _("Give the publisher a name.")),
            url_rule("publisher", "homepage"),
            models.CheckConstraint(
                name="publisher_country_is_code",
                condition=Q(country="") | Q(country__regex=COUNTRY_PATTERN),
                violation_error_message=_("Give the country as two capital letters, such as GB or UA."),
            ),
            models.UniqueConstraint(
                fields=["is_desk"],
                condition=Q(is_desk=True),
                name="publisher_one_desk",
                violation_error_message=_("Another publisher is the desk already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("factcheck:publisher-detail", args=[self.slug])


class ClaimantKind(models.TextChoices):
    PERSON = "person", _("Person")
    ORGANISATION = "organisation", _("Organisation")
    GROUP = "group", _("Group")
    UNNAMED_SOURCE = "unnamed-source", _("Unnamed source")


class Interest(models.TextChoices):
    PARTY = "party", _("Party to the matter")
    STATE_BODY = "state-body", _("State body")
    MONITOR = "monitor", _("Monitor")
    INDEPENDENT = "independent", _("Independent")
    UNKNOWN = "unknown", _("Unknown")


class ClaimantQuerySet(TrackedQuerySet):
    def public(self) -> "ClaimantQuerySet":
        """Whoever a public claim, appearance or relay names."""
        return self.filter(
            self.named_publicly("claims") | self.named_publicly("appearances") | self.named_publicly("relays")
        )


class Claimant(Whole):
    """A person, organisation, group or unnamed source that makes claims (schema.org `Claim.author`).

    An unnamed source is one record per article, and its name says which article.
    """

    private: ClassVar[frozenset[str]] = frozenset({"protected_identity_note"})

    slug = SlugField(_("slug"), help_text=_("Names the claimant in addresses. Fixed once it has been public."))
    name = LineField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=20, choices=ClaimantKind)
    role = LineField(_("role"), max_length=300, blank=True, help_text=_("Office or work, as readers should know it."))
    interest = models.CharField(_("interest"), max_length=20, choices=Interest, default=Interest.UNKNOWN)
    publisher = models.ForeignKey(
        Publisher,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="claimants",
        help_text=_("If this is a publisher that speaks for itself, such as a paper in its own reporting."),
        verbose_name=_("publisher"),
    )
    same_as = UrlField(
        _("same as"), help_text=_("The person's or organisation's entry at Wikidata or another address.")
    )
    protected_identity_note = TextField(
        _("protected identity note"),
        blank=True,
        help_text=_("Who an unnamed source is. Never shown to readers, and on the desk only to editors."),
    )

    objects = ClaimantQuerySet.as_manager()

    class Meta(Whole.Meta):
        verbose_name = _("claimant")
        verbose_name_plural = _("claimants")
        ordering = ["name", "id"]
        indexes = [models.Index(fields=["name", "id"], name="claimant_name")]
        permissions = [("see_protected_identity", "Can see who a protected source is")]
        constraints = [
            *slug_rules("claimant"),
            text_rule("claimant", "name", _("Give the claimant a name.")),
            choice_rule("claimant", "kind", ClaimantKind),
            choice_rule("claimant", "interest", Interest),
            url_rule("claimant", "same_as"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("factcheck:claimant-detail", args=[self.slug])


class ArticleQuerySet(TrackedQuerySet):
    def public(self) -> "ArticleQuerySet":
        """Articles in which a public claim appears."""
        return self.filter(self.named_publicly("appearances"))


class Article(Whole):
    """A published text in which claims appear. Facts about it only: its sentences belong to its publisher."""

    slug = SlugField(_("slug"), help_text=_("Names the article in addresses. Fixed once it has been public."))
    publisher = models.ForeignKey(
        Publisher, on_delete=models.PROTECT, related_name="articles", verbose_name=_("publisher")
    )
    headline = LineField(_("headline"), max_length=500)
    url = UrlField(_("url"), help_text=_("Where it stands on the publisher's site."))
    byline = LineField(_("byline"), max_length=300, blank=True)
    published_on = PartialDateField(_("published on"))
    published_on_precision = PrecisionField()
    accessed_on = models.DateField(_("accessed on"), null=True, blank=True, help_text=_("When we read it."))
    language = LineField(_("language"), max_length=35, blank=True, help_text=_("A language tag, such as en or uk."))
    summary = TextField(_("summary"), blank=True, help_text=_("One to three sentences in our own words."))
    archived_url = UrlField(_("archived address"), help_text=_("An archived copy that stays as it is."))
    text_sha256 = LineField(
        _("SHA-256 of the text"),
        max_length=64,
        blank=True,
        help_text=_("Of the bytes of the text as received; known even where the text itself is not held."),
    )

    objects = ArticleQuerySet.as_manager()

    class Meta(Whole.Meta):
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        ordering = ["-published_on", "-id"]
        indexes = [
            models.Index(fields=["publisher", "published_on"], name="article_publisher_date"),
            models.Index(PUBLISHED_OR_FIRST, F("id"), name="article_published_or_first"),
            models.Index(fields=["headline", "id"], name="article_headline"),
        ]
        constraints = [
            *slug_rules("article"),
            text_rule("article", "headline", _("Give the headline of the article.")),
            url_rule("article", "url"),
            url_rule("article", "archived_url"),
            sha256_rule("article", "text_sha256"),
            language_rule("article"),
            partial_date_rule("article", "published_on"),
        ]

    def __str__(self) -> str:
        return self.headline

    def get_absolute_url(self) -> str:
        return reverse("factcheck:article-detail", args=[self.slug])


class ArticleText(Whole):
    """The text of an article exactly as received. Never public; there may be several over time."""

    unrecorded: ClassVar[frozenset[str]] = frozenset({"text"})

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="texts", verbose_name=_("article"))
    text = models.TextField(_("text"), help_text=_("Exactly as received; not shown to readers."))
    sha256 = LineField(_("SHA-256"), max_length=64)
    received_at = models.DateTimeField(_("received at"))
    received_by = models.ForeignKey(
        "factcheck.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("received by"),
    )

    objects = TrackedQuerySet.as_manager()

    class Meta(Whole.Meta):
        verbose_name = _("article text")
        verbose_name_plural = _("article texts")
        ordering = ["article", "-received_at"]
        constraints = [
            text_rule("articletext", "text", _("Give the text of the article.")),
            models.CheckConstraint(
                name="articletext_sha256_is_sha256",
                condition=Q(sha256__regex=r"^[0-9a-f]{64}\Z"),
                violation_error_message=_("A SHA-256 has 64 small hexadecimal digits."),
            ),
            models.UniqueConstraint(
                fields=["article", "sha256"],
                name="articletext_unique",
                violation_error_message=_("This text of the article is held already."),
            ),
        ]

    def __str__(self) -> str:
        return gettext("Text of “%(article)s”") % {"article": self.article}

    @property
    def history_name(self) -> str:
        return f"{self.article.slug} {self.sha256[:12]}"

    def clean(self) -> None:
        if self.text and self.sha256 != hashlib.sha256(self.text.encode()).hexdigest():
            raise ValidationError({"sha256": _("This is not the SHA-256 of the text.")})
