"""Where claims were made, and how they travelled there."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from factcheck import rights, workflow
from factcheck.admin.base import DeskInline, actor_of, asked
from factcheck.admin.corrections import AskingAdmin, AskingFormSet
from factcheck.admin.display import date_shown, link, shortened
from factcheck.admin.forms import DeskInlineFormSet, RecordForm
from factcheck.models import Appearance, Relay, Searched, Whole

OUT_OF_THE_WAY = 10_000  # positions that no station has while the others move


def with_stations(rows: QuerySet) -> QuerySet:
    """Appearances with what their name and their way show."""
    stations = Relay.objects.select_related("by_claimant", "by_publisher")
    return rows.select_related("claim", "article", "claimant").prefetch_related(Prefetch("relays", stations))


class AppearanceInline(DeskInline, admin.StackedInline):
    model = Appearance
    formset = AskingFormSet
    same_when = ["article", "address", "paragraph", "claimant"]
    autocomplete_fields = ["article", "claimant"]
    readonly_fields = ["stations"]
    fields = [
        ("article", "address"),
        ("claimant", "said_on"),
        ("wording", "caveat"),
        "caveat_note",
        ("paragraph", "quote"),
        "stations",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return with_stations(super().get_queryset(request))

    @admin.display(description=_("stations"))
    def stations(self, appearance: Appearance) -> Any:
        """The way to the source, with the page on which it is edited."""
        if not appearance.pk:
            return gettext("Save the claim first; then say here how the claim travelled.")
        way = " → ".join(str(relay.by) for relay in appearance.relays.all())
        page = reverse("admin:factcheck_appearance_change", args=[appearance.pk])
        return link(page, way or gettext("None: the reporter had it first hand."))


class NewAppearanceInline(AppearanceInline):
    """On the page of a claim that readers see, for who may add to it and change nothing of it."""

    readonly_fields = []
    fields = AppearanceInline.fields[:-1]
    verbose_name_plural = _("new appearances")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).none()

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is not None and asked(request, rights.may_add_to, obj)


class RelayForm(RecordForm):
    def _get_validation_exclusions(self) -> set[str]:
        """Two stations may change places: the formset looks at all positions together."""
        return {*super()._get_validation_exclusions(), "appearance"}  # type: ignore[misc]


class RelayFormSet(DeskInlineFormSet):
    def clean(self) -> None:
        super().clean()
        staying = [form for form in self.forms if form not in self.deleted_forms]
        taken = [form.cleaned_data["position"] for form in staying if form.cleaned_data.get("position")]
        if len(taken) != len(set(taken)):
            raise ValidationError(gettext("Two stations have the same position."))

    def save(self, commit: bool = True) -> Any:
        """Moves what leaves its place out of the way first, since each row is saved on its own."""
        leaving = [f.instance.pk for f in self.initial_forms if "position" in f.changed_data or f in self.deleted_forms]
        for relay in Relay.objects.filter(pk__in=[pk for pk in leaving if pk]):
            relay.position += OUT_OF_THE_WAY
            relay.save()
        return super().save(commit)


class RelayInline(DeskInline, admin.StackedInline):
    model = Relay
    form = RelayForm
    formset = RelayFormSet
    fields = [("position", "by_claimant", "by_publisher"), ("article", "note")]
    autocomplete_fields = ["by_claimant", "by_publisher", "article"]
    verbose_name = _("station")
    verbose_name_plural = _("stations, from who said it first up to the last before the source above")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("by_claimant", "by_publisher", "article")


@admin.register(Appearance)
class AppearanceAdmin(AskingAdmin):
    list_display = [
        "place", "short_claim", "claimant", "wording", "caveat", date_shown(Appearance, "said_on"), "way",
    ]  # fmt: skip
    list_filter = ["wording", "caveat"]
    list_select_related = ["claim", "article", "claimant"]
    search_fields = ["=claim__slug", "=address"]
    searched_through = [
        (Searched.CLAIM, "claim__pk"),
        (Searched.ARTICLE, "article__pk"),
        (Searched.CLAIMANT, "claimant__pk"),
    ]
    autocomplete_fields = ["claim", "article", "claimant"]
    readonly_fields = ["claim_page"]
    inlines = [RelayInline]
    fieldsets = [
        (
            None,
            {
                "description": _(
                    "Somebody asserting the claim at a place in a source. It stands in an article or, for a post or an "
                    "import, at an address. Saving this page saves the claim, and stands in its history."
                ),
                "fields": ["claim", ("article", "address"), "claimant", ("paragraph", "said_on"), "wording"],
            },
        ),
        (
            _("What the reporter says of its verification"),
            {"description": _("This is never our verdict."), "fields": ["caveat", "caveat_note"]},
        ),
        (
            _("The place in the text"),
            {
                "description": _("At most six words are quoted: the text belongs to its publisher."),
                "fields": ["quote", ("start_offset", "end_offset"), "text_sha256"],
            },
        ),
    ]

    def whole(self, obj: Any) -> Whole:
        claim: Whole = obj.claim
        return claim

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return with_stations(super().get_queryset(request))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj:
            name, options = fieldsets[0]
            fields = ["claim_page" if field == "claim" else field for field in options["fields"]]
            fieldsets[0] = (name, {**options, "fields": fields})
        return fieldsets

    def fixed_fields(self, request: HttpRequest, obj: Any) -> Iterable[str]:
        """A part stays with its whole."""
        return ["claim"] if obj else []

    def prepare(self, request: HttpRequest, obj: Any, cleaned: dict[str, Any]) -> None:
        claim = cleaned.get("claim")
        if claim and not rights.may_add_to(actor_of(request), claim):
            raise ValidationError({"claim": gettext("Readers see this claim: a reviewer or an editor adds to it.")})

    def finish(self, request: HttpRequest, whole: Any) -> None:
        workflow.refresh_status([whole])

    @admin.display(description=_("claim"))
    def claim_page(self, appearance: Appearance) -> Any:
        return link(reverse("admin:factcheck_claim_change", args=[appearance.claim_id]), appearance.claim)

    @admin.display(description=_("place"), ordering="article__headline")
    def place(self, appearance: Appearance) -> str:
        return str(appearance)

    @admin.display(description=_("claim"), ordering="claim__text")
    def short_claim(self, appearance: Appearance) -> str:
        return shortened(appearance.claim.text, 80)

    @admin.display(description=_("stations"))
    def way(self, appearance: Appearance) -> str:
        return " → ".join(str(relay.by) for relay in appearance.relays.all())
