"""Topics, claims and how claims stand to each other."""

from collections.abc import Iterable
from typing import Any, cast

from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db.models import Field, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from factcheck import rights, workflow
from factcheck.admin.appearances import AppearanceInline, NewAppearanceInline
from factcheck.admin.base import DeskAdmin, DeskInline, actor_of, asked
from factcheck.admin.corrections import AskingAdmin
from factcheck.admin.display import date_shown, shortened
from factcheck.admin.listing import Listing
from factcheck.admin.previews import PreviewAdmin
from factcheck.admin.queues import InQueue, QueueAdmin
from factcheck.admin.similar import SimilarAdmin
from factcheck.admin.steps import Step, StepsAdmin
from factcheck.admin.work import work_on
from factcheck.models import Claim, ClaimRelation, ClaimTopic, Origin, Review, ReviewState, Searched, Topic, User, Whole


@admin.register(Topic)
class TopicAdmin(DeskAdmin):
    list_display = ["name", "slug", "short_description"]
    search_fields = ["name", "slug"]
    prepopulated_from = "name"
    fieldsets = [(None, {"description": _("What claims are about."), "fields": ["name", "slug", "description"]})]

    @admin.display(description=_("description"))
    def short_description(self, topic: Topic) -> str:
        return shortened(topic.description)


class TopicInline(DeskInline, admin.TabularInline):
    model = ClaimTopic
    same_when = ["topic"]
    fields = ["topic"]
    autocomplete_fields = ["topic"]
    verbose_name = _("topic")
    verbose_name_plural = _("topics")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("topic")


class Assignment(admin.SimpleListFilter):
    title = _("assignment")
    parameter_name = "assigned"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("me", gettext("To me")), ("nobody", gettext("To nobody"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        match self.value():
            case "me":
                return queryset.filter(assigned_to=actor_of(request))
            case "nobody":
                return queryset.filter(assigned_to__isnull=True)
        return queryset


def _in_work(claim: Claim) -> list[Review]:
    """The claim's open review and the published one, looked up once for a claim as it was read."""
    if "in_work" not in claim.__dict__:
        in_work = [ReviewState.DRAFT, ReviewState.SUBMITTED, ReviewState.PUBLISHED]
        reviews = Review.objects.filter(claim=claim, origin=Origin.DESK, state__in=in_work)
        claim.__dict__["in_work"] = list(reviews.select_related("claim", "author", "submitted_by"))
    return cast(list[Review], claim.__dict__["in_work"])


@admin.register(Claim)
class ClaimAdmin(AskingAdmin, StepsAdmin, QueueAdmin, PreviewAdmin, SimilarAdmin):
    list_display = ["short_text", "claimant", "kind", "status_line", "short_listing", "priority", "assigned_to"]
    list_filter = [InQueue, Listing, "status_basis", "status", "kind", Assignment, "priority"]
    list_select_related = ["claimant", "status", "assigned_to"]
    search_fields = ["=slug"]
    searched_through = [(Searched.CLAIM, "pk")]
    ordering = ["-id"]
    autocomplete_fields = ["claimant"]
    readonly_fields = ["status_line", "status_since", "listing"]
    prepopulated_from = "text"
    inlines = [TopicInline, AppearanceInline]
    steps = (
        "assign_to_me", "start_review", "submit", "approve_and_publish", "return_for_changes", "call_back", "take_over",
        "list_claim", "unlist_claim", "correct", "withdraw", "assign", "set_topic", "set_priority", "decline",
        "reconsider", "discard_review",
    )  # fmt: skip
    fieldsets = [
        (
            None,
            {
                "description": _(
                    "What somebody said, in one neutral sentence of ours. Another sense, scope or time is another "
                    "claim. The wording is fixed while a review of it is submitted or published."
                ),
                "fields": ["text", "slug", "claimant", ("kind", "language"), "made_on"],
            },
        ),
        (
            _("Status and listing"),
            {
                "description": _(
                    "Both follow from other steps: the status from reviews and from what sources say of their own "
                    "verification, the listing from the actions above."
                ),
                "fields": [("status_line", "status_since"), "listing"],
            },
        ),
        (_("What readers should know"), {"fields": ["context", "selection_reason"]}),
        (
            _("Prediction"),
            {
                "description": _(
                    "Only a prediction has these. Write down what would count as fulfilled before the day comes."
                ),
                "fields": ["due_on", "resolution"],
            },
        ),
        (
            _("For the desk"),
            {
                "description": _("Readers never see this."),
                "fields": [("priority", "assigned_to"), "recheck_on", "declined_reason"],
            },
        ),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj else [one for one in fieldsets if "listing" not in one[1]["fields"]]

    def formfield_for_dbfield(self, db_field: Field, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "text":
            kwargs["widget"] = AdminTextareaWidget(attrs={"rows": 3})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "assigned_to":
            kwargs["queryset"] = User.objects.filter(is_staff=True, is_active=True).order_by("username")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def fixed_fields(self, request: HttpRequest, obj: Any) -> Iterable[str]:
        """A review rates the claim as it is worded."""
        fixed = list(super().fixed_fields(request, obj))
        standing = [ReviewState.SUBMITTED, ReviewState.PUBLISHED]
        if obj and obj.reviews.filter(origin=Origin.DESK, state__in=standing).exists():
            fixed += ["text", "claimant", "kind", "made_on"]
        if obj and not asked(request, rights.is_open_to, obj):
            fixed += [field.name for field in Claim._meta.fields if field.name not in Claim.private]
        if not request.user.has_perm("factcheck.decline_claim"):
            fixed.append("declined_reason")
        return fixed

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        """Where somebody may add appearances and change none, the new ones are a list of their own."""
        inlines = list(super().get_inlines(request, obj))
        if obj and not asked(request, rights.is_open_to, obj) and asked(request, rights.may_add_to, obj):
            inlines.append(NewAppearanceInline)
        return inlines

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The page of a public claim also has what readers never see: its fields and lists ask for themselves."""
        return super().has_change_permission(request)

    def why_fixed(self, request: HttpRequest, obj: Any) -> str:
        why = super().why_fixed(request, obj)
        if why and asked(request, rights.may_add_to, obj):
            return " ".join((why, gettext("You may add appearances to it.")))
        return why

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """An article's page and a claimant's link to their claims."""
        linked = ("appearances__article__id__exact", "claimant__id__exact", "claim_topics__topic__id__exact")
        return lookup in linked or super().lookup_allowed(lookup, value, request)

    def record_of(self, step: Step, obj: Any) -> Whole | None:
        """The steps of its review are taken from the claim's page too."""
        if step.model is Claim:
            return cast(Claim, obj)
        reviews = _in_work(cast(Claim, obj))
        return next((one for one in reviews if (one.state == ReviewState.PUBLISHED) is (step.name == "withdraw")), None)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if claim := context.get("original"):
            context["work"] = work_on(claim, request)
        return super().render_change_form(request, context, *args, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A claim that was listed is unlisted, never deleted."""
        return super().has_delete_permission(request, obj) and not (obj and obj.first_listed_at)

    def finish(self, request: HttpRequest, whole: Claim) -> None:
        workflow.refresh_status([whole])

    @admin.display(description=_("claim"), ordering="text")
    def short_text(self, claim: Claim) -> str:
        return shortened(claim.text)

    @admin.display(description=_("status"), ordering="status_basis")
    def status_line(self, claim: Claim) -> str:
        return claim.status_line

    @admin.display(description=_("listing"), ordering="listed_at")
    def short_listing(self, claim: Claim) -> str:
        if claim.listed_at:
            return gettext("Listed")
        return gettext("Unlisted") if claim.unlisted_at else gettext("Private")

    @admin.display(description=_("listing"))
    def listing(self, claim: Claim) -> str:
        if claim.listed_at:
            return gettext("Listed since %(day)s") % {"day": f"{claim.listed_at:%Y-%m-%d}"}
        if claim.unlisted_at:
            given = {"day": f"{claim.unlisted_at:%Y-%m-%d}", "note": shortened(claim.unlisted_note)}
            if claim.unlisted_note:
                return gettext("Unlisted since %(day)s: %(note)s") % given
            return gettext("Unlisted since %(day)s") % given
        return gettext("Private")


@admin.register(ClaimRelation)
class ClaimRelationAdmin(DeskAdmin):
    list_display = ["short_from", "kind", "short_to", "confirmed_by", date_shown(ClaimRelation, "confirmed_at")]
    list_display_links = ["short_from", "kind"]
    list_filter = ["kind"]
    list_select_related = ["from_claim", "to_claim", "confirmed_by"]
    search_fields = ["=from_claim__slug", "=to_claim__slug"]
    searched_through = [(Searched.CLAIM, "from_claim__pk"), (Searched.CLAIM, "to_claim__pk")]
    autocomplete_fields = ["from_claim", "to_claim"]
    readonly_fields = ["confirmed_by", "confirmed_at"]
    fieldsets = [
        (
            None,
            {
                "description": _(
                    "How one claim stands to another. “Is the same as” and “contradicts” hold both ways and are stored "
                    "once, the older claim first."
                ),
                "fields": ["from_claim", "kind", "to_claim", "note"],
            },
        ),
        (_("Confirmed"), {"fields": ["confirmed_by", "confirmed_at"]}),
    ]

    def prepare(self, request: HttpRequest, obj: Any, cleaned: dict[str, Any]) -> None:
        obj.confirmed_by, obj.confirmed_at = actor_of(request), timezone.now()

    @admin.display(description=_("from claim"), ordering="from_claim__text")
    def short_from(self, relation: ClaimRelation) -> str:
        return shortened(relation.from_claim.text, 80)

    @admin.display(description=_("to claim"), ordering="to_claim__text")
    def short_to(self, relation: ClaimRelation) -> str:
        return shortened(relation.to_claim.text, 80)
