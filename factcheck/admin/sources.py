"""Publishers, claimants, articles and their texts."""

import hashlib
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from factcheck.admin.base import DeskAdmin, actor_of
from factcheck.admin.display import date_shown, link
from factcheck.admin.forms import DeskForm
from factcheck.admin.stories import sees_identity
from factcheck.models import Article, ArticleText, Claimant, Publisher, Searched


@admin.register(Publisher)
class PublisherAdmin(DeskAdmin):
    list_display = ["name", "slug", "homepage", "country", "is_desk"]
    list_filter = ["is_desk"]
    search_fields = ["name", "slug"]
    prepopulated_from = "name"
    fieldsets = [
        (
            None,
            {
                "description": _("An organisation that publishes articles or reviews. One of them is the desk: us."),
                "fields": ["name", "slug", "homepage", "country", "is_desk"],
            },
        ),
    ]


@admin.register(Claimant)
class ClaimantAdmin(DeskAdmin):
    list_display = ["name", "kind", "role", "interest", "publisher"]
    list_filter = ["kind", "interest"]
    list_select_related = ["publisher"]
    search_fields = ["=slug"]
    searched_through = [(Searched.CLAIMANT, "pk")]
    autocomplete_fields = ["publisher"]
    prepopulated_from = "name"

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        protected = ["protected_identity_note"] if sees_identity(request) else []
        return [
            (
                None,
                {
                    "description": _(
                        "Who makes claims: a person, an organisation, a group or an unnamed source. An unnamed source "
                        "is one record per article, and its name says which article."
                    ),
                    "fields": ["name", "slug", "kind", "role", "interest", "publisher", "same_as", *protected],
                },
            ),
        ]


@admin.register(Article)
class ArticleAdmin(DeskAdmin):
    list_display = ["headline", "publisher", date_shown(Article, "published_on"), "language", "byline"]
    list_select_related = ["publisher"]
    list_filter = ["published_on"]
    search_fields = ["=slug", "=url"]
    searched_through = [(Searched.ARTICLE, "pk")]
    autocomplete_fields = ["publisher"]
    readonly_fields = ["claims"]
    prepopulated_from = "headline"
    fieldsets = [
        (
            None,
            {
                "description": _(
                    "Facts about a published text, in our own words: its sentences belong to its publisher."
                ),
                "fields": ["headline", "slug", "publisher", "byline", "published_on", "language", "summary"],
            },
        ),
        (_("Where it stands"), {"fields": ["url", "archived_url", "accessed_on", "text_sha256"]}),
        (_("What it holds"), {"fields": ["claims"]}),
    ]

    @admin.display(description=_("claims"))
    def claims(self, article: Article) -> str:
        """The number of claims that appear in the article, with a link to them."""
        if not article.pk:
            return gettext("Save the article first.")
        count = article.appearances.aggregate(count=Count("claim", distinct=True))["count"]
        address = f"{reverse('admin:factcheck_claim_changelist')}?appearances__article__id__exact={article.pk}"
        if not count:
            return gettext("None yet.")
        return link(address, ngettext("%(count)s claim", "%(count)s claims", count) % {"count": count})


class ArticleTextForm(DeskForm):
    """Takes the text from a file, byte by byte, or from the box."""

    file = forms.FileField(
        label=_("File"),
        required=False,
        help_text=_(
            "The text as a file in UTF-8: kept byte by byte. Or paste the text below; its line ends then become LF, "
            "since browsers do not send them as they were."
        ),
    )
    text = forms.CharField(
        label=_("Text"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 20, "class": "vLargeTextField"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.instance._state.adding:
            return cleaned
        file, pasted = cleaned.get("file"), cleaned.get("text") or ""
        if bool(file) == bool(pasted):
            raise ValidationError(gettext("Give the text as a file or paste it: one of both."))
        text = pasted.replace("\r\n", "\n")
        if file:
            file.seek(0)
            try:
                text = file.read().decode()
            except UnicodeDecodeError as error:
                problem = gettext("Byte %(position)s of the file is not UTF-8.") % {"position": error.start + 1}
                raise ValidationError({"file": problem}) from None
        if "\0" in text:
            problem = gettext("Character %(position)s of the text is NUL, which cannot be stored.")
            raise ValidationError(problem % {"position": text.index("\0") + 1})
        cleaned["text"] = text
        self.instance.sha256 = hashlib.sha256(text.encode()).hexdigest()
        return cleaned


class WithoutTexts(ChangeList):
    """A list does not read the texts."""

    def get_queryset(self, *args: Any, **kwargs: Any) -> QuerySet:
        return super().get_queryset(*args, **kwargs).defer("text")


@admin.register(ArticleText)
class ArticleTextAdmin(DeskAdmin):
    form = ArticleTextForm
    list_display = ["article", "short_sha256", date_shown(ArticleText, "received_at"), "received_by"]
    list_filter = ["received_at"]
    list_select_related = ["article", "received_by"]
    search_fields = ["=article__slug", "=sha256"]
    searched_through = [(Searched.ARTICLE, "article__pk")]
    autocomplete_fields = ["article"]
    readonly_fields = ["sha256", "received_at", "received_by"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return WithoutTexts

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = ["article", "text", "sha256", "received_at", "received_by"] if obj else ["article", "file", "text"]
        description = gettext(
            "The text of an article exactly as received. Readers never see it. It stays as it is: a text that was "
            "received again is another record."
        )
        return [(None, {"description": description, "fields": fields})]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def prepare(self, request: HttpRequest, obj: Any, cleaned: dict[str, Any]) -> None:
        obj.received_at, obj.received_by = timezone.now(), actor_of(request)

    @admin.display(description=_("SHA-256"))
    def short_sha256(self, held: ArticleText) -> str:
        return held.sha256[:12]
