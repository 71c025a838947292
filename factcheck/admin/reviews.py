"""The scale, the desk's reviews with what they rest on, and corrections."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.db.models import Field
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from factcheck import history, workflow
from factcheck.admin.base import DeskAdmin, DeskInline, actor_of
from factcheck.admin.display import date_shown, shortened
from factcheck.admin.evidence import CapturesInline
from factcheck.admin.queues import InQueue, QueueAdmin
from factcheck.admin.steps import StepsAdmin
from factcheck.admin.work import work_on
from factcheck.models import (
    ONCE_PUBLISHED,
    Correction,
    Evidence,
    Origin,
    Rating,
    ReplyRequest,
    Review,
    ReviewState,
    Searched,
)


@admin.register(Rating)
class RatingAdmin(DeskAdmin):
    list_display = ["label", "slug", "rating_class", "value", "position", "colour", "retired_on"]
    list_filter = ["rating_class", ("retired_on", admin.EmptyFieldListFilter)]
    search_fields = ["label", "slug"]
    prepopulated_from = "label"
    fieldsets = [
        (
            None,
            {
                "description": _(
                    "One step of our scale. Once a published review uses a rating its label, definition and value are "
                    "fixed: retire it, and make a new one under the same slug."
                ),
                "fields": ["label", "slug", "definition", "rating_class", "value"],
            },
        ),
        (_("How it is shown"), {"fields": ["position", "colour"]}),
        (None, {"fields": ["retired_on"]}),
    ]

    def finish(self, request: HttpRequest, whole: Any) -> None:
        """Claims that are reported as unverified carry the rating in force."""
        if whole.slug == workflow.REPORTED_STATUS:
            workflow.refresh_reported()

    def fixed_fields(self, request: HttpRequest, obj: Any) -> Iterable[str]:
        if obj and obj.reviews.filter(origin=Origin.DESK, state__in=ONCE_PUBLISHED).exists():
            return ["label", "slug", "definition", "rating_class", "value"]
        return []


WORKED_ON = (ReviewState.DRAFT, ReviewState.SUBMITTED)


class OfDraft:
    """What belongs to a review is edited while the review itself is."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) and is_open_to_edits(obj)  # type: ignore[misc]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and is_open_to_edits(obj)  # type: ignore[misc]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and is_open_to_edits(obj)  # type: ignore[misc]


def is_open_to_edits(review: Review | None) -> bool:
    """Ours until it is published: an edit makes a draft of what was submitted. Others' words stay theirs."""
    return review is None or (review.origin == Origin.DESK and review.state in WORKED_ON)


class EvidenceInline(OfDraft, CapturesInline, admin.StackedInline):
    model = Evidence
    fields = [
        ("position", "title"),
        ("url", "archived_url"),
        ("source", "origin"),
        ("kind", "stance", "interest", "accessed_on"),
        ("excerpt", "note"),
    ]
    verbose_name_plural = _("evidence")


class ReplyRequestInline(OfDraft, DeskInline, admin.StackedInline):
    model = ReplyRequest
    fields = [("asked_whom", "asked_how"), ("asked_at", "answered_at"), "answer"]


@admin.register(Review)
class ReviewAdmin(StepsAdmin, QueueAdmin):
    list_display = [
        "short_claim",
        "number",
        "publisher",
        "rating",
        "state",
        "author",
        date_shown(Review, "published_at"),
    ]
    list_filter = [InQueue, "state", "origin", "rating", "evidence_strength"]
    list_select_related = ["claim", "publisher", "rating", "author"]
    search_fields = ["=claim__slug"]
    searched_through = [(Searched.CLAIM, "claim__pk")]
    ordering = ["-id"]
    autocomplete_fields = ["claim"]
    readonly_fields = [
        "claim", "author", "state", "origin", "number", "publisher", "claimant_reviewed", "submitted_by",
        "submitted_at", "submitted_version", "returned_by", "returned_at", "returned_note", "approved_by",
        "approved_version", "published_at", "update_note", "withdrawn_at", "withdrawn_by", "withdrawn_note",
        "recorded_at", "rating_value", "best_rating", "worst_rating", "url",
    ]  # fmt: skip
    inlines = [EvidenceInline, ReplyRequestInline]
    steps = (
        "submit", "approve_and_publish", "return_for_changes", "call_back", "take_over", "withdraw", "discard_review",
    )  # fmt: skip
    verdict = [
        (
            None,
            {
                "description": _("Our check of one claim. There is one draft for each claim at a time."),
                "fields": ["claim", "title", "language"],
            },
        ),
        (
            _("Verdict"),
            {
                "description": _("A rating judges the claim as it is worded. An outcome is only for predictions."),
                "fields": ["rating", "verdict", "evidence_strength", "assessed_as"],
            },
        ),
        (_("Reasons"), {"fields": ["summary", "rationale", "how_to_check"]}),
        (
            _("Where something is missing"),
            {"classes": ["collapse"], "fields": ["origins_exception", "no_reply_reason"]},
        ),
    ]
    wording = (
        _("The claim as this review rates it"),
        {
            "description": _(
                "A review of this claim is published, so its wording is fixed. A new wording is written here, and the "
                "claim takes it when this review is published."
            ),
            "fields": ["claim_reviewed", "reviewed_claimant", "reviewed_kind", "reviewed_made_on"],
        },
    )
    what_happened = (
        _("Steps"),
        {
            "classes": ["collapse"],
            "description": _("What happened to this review. What was published is never edited or deleted."),
            "fields": [
                ("state", "number", "publisher"),
                ("submitted_by", "submitted_at", "submitted_version"),
                ("returned_by", "returned_at", "returned_note"),
                ("approved_by", "approved_version", "published_at"),
                "update_note",
                ("claim_reviewed", "claimant_reviewed"),
                ("withdrawn_by", "withdrawn_at", "withdrawn_note"),
            ],
        },
    )
    given = (
        _("As another publisher gave it"),
        {"fields": ["url", ("rating_value", "best_rating", "worst_rating"), "claim_reviewed", "claimant_reviewed"]},
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj and obj.origin == Origin.IMPORTED:
            fields = ["claim", "publisher", "title", "verdict", "summary", "language", "published_at", "recorded_at"]
            return [(None, {"fields": fields}), self.given]
        return [*self.verdict, *([self.wording] if self.may_reword(obj) else []), self.what_happened]

    def may_reword(self, review: Review | None) -> bool:
        return review is not None and is_open_to_edits(review) and review.claim.reviews.current().exists()

    def fixed_fields(self, request: HttpRequest, obj: Any) -> Iterable[str]:
        return [] if self.may_reword(obj) else ["claim_reviewed"]

    def formfield_for_dbfield(self, db_field: Field, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "rating":
            kwargs["queryset"] = Rating.objects.in_force()
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A review is started on its claim's page, by the step that numbers it and takes over what is published."""
        return False

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """An edit makes a draft of what was submitted."""
        review = form.instance
        edited = set(form.changed_data) - {"seen", "reason"} or any(formset.has_changed() for formset in formsets)
        was_submitted = review.state == ReviewState.SUBMITTED
        with history.change(
            review,
            actor=actor_of(request),
            reason=form.cleaned_data.get("reason", ""),
            seen=form.cleaned_data.get("seen"),
        ):
            if edited:
                workflow.back_to_draft(review)
            self.save_whole(request, form, formsets, change)
        if edited and was_submitted:
            words = gettext("It was submitted: your edit made it a draft again.")
            self.message_user(request, words, messages.WARNING)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        review = context.get("original")
        if review and review.origin == Origin.DESK:
            context["work"] = work_on(review.claim, request)
        return super().render_change_form(request, context, *args, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and is_open_to_edits(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A draft is discarded by a step, which leaves it in the history."""
        return False

    @admin.display(description=_("claim"), ordering="claim__text")
    def short_claim(self, review: Review) -> str:
        return shortened(review.claim.text, 80)


@admin.register(Correction)
class CorrectionAdmin(DeskAdmin):
    list_display = ["short_claim", "severity", "short_note", date_shown(Correction, "made_at")]
    list_filter = ["severity", "made_at"]
    list_select_related = ["claim"]
    search_fields = ["=claim__slug", "note"]
    searched_through = [(Searched.CLAIM, "claim__pk")]
    autocomplete_fields = ["claim", "review"]
    fieldsets = [
        (
            None,
            {
                "description": _(
                    "A dated public note that something we published changed, and why. Readers see all of it as soon "
                    "as the claim is listed."
                ),
                "fields": ["claim", "review", "severity", "note", "before", "after", "made_at"],
            },
        ),
    ]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"made_at": timezone.now(), **super().get_changeform_initial_data(request)}

    def fixed_fields(self, request: HttpRequest, obj: Any) -> Iterable[str]:
        if not obj:
            return []
        return ["claim", "review", "made_at"] if obj.was_seen else ["claim"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.was_seen)

    @admin.display(description=_("claim"), ordering="claim__text")
    def short_claim(self, correction: Correction) -> str:
        return shortened(correction.claim.text, 80)

    @admin.display(description=_("note"))
    def short_note(self, correction: Correction) -> str:
        return shortened(correction.note)
