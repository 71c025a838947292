"""Texts of the site that the desk writes itself."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from factcheck.models.history import TrackedQuerySet, Whole
from factcheck.models.sources import LANGUAGE_PATTERN
from factcheck.models.text import LineField, TextField, text_rule


class PageSlug(models.TextChoices):
    ABOUT = "about", _("About")
    METHODOLOGY = "methodology", _("Methodology")
    CORRECTIONS_POLICY = "corrections-policy", _("Corrections policy")


class PageQuerySet(TrackedQuerySet):
    def public(self) -> "PageQuerySet":
        """The texts of the site in the languages that it has."""
        return self.filter(language__in=[code for code, _ in settings.LANGUAGES])

    def in_language(self, slug: PageSlug, language: str) -> "Page | None":
        """The public text in this language, or else in the site's first one."""
        texts = {page.language: page for page in self.public().filter(slug=slug)}
        return texts.get(language) or texts.get(settings.LANGUAGE_CODE)


class Page(Whole):
    """A text in one language, written in Markdown."""

    slug = models.CharField(_("slug"), max_length=80, choices=PageSlug)
    language = LineField(_("language"), max_length=35, default="en", help_text=_("A language tag, such as en or uk."))
    title = LineField(_("title"), max_length=200)
    body = TextField(_("body"), help_text=_("Markdown. HTML in it is shown as text."))

    objects = PageQuerySet.as_manager()

    class Meta(Whole.Meta):
        verbose_name = _("page")
        verbose_name_plural = _("pages")
        ordering = ["slug", "language"]
        constraints = [
            text_rule("page", "title", _("Give the page a title.")),
            text_rule("page", "body", _("Write the text of the page.")),
            models.CheckConstraint(
                name="page_slug_known",
                condition=Q(slug__in=PageSlug.values),
                violation_error_message=format_lazy(_("Choose one of: {allowed}."), allowed=", ".join(PageSlug.values)),
            ),
            models.CheckConstraint(
                name="page_language_is_tag",
                condition=Q(language__regex=LANGUAGE_PATTERN, language__length__lte=35),
                violation_error_message=_("Give a language tag such as en, uk or pt-BR."),
            ),
            models.UniqueConstraint(
                fields=["slug", "language"],
                name="page_unique",
                violation_error_message=_("There is a page of this name in this language already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.language})"

    @property
    def history_name(self) -> str:
        return f"{self.slug} {self.language}"
