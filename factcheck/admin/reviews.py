"""The scale, the desk's reviews with what they rest on, and corrections."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Field
from django.http import HttpRequest
from django.utils import timezone

from factcheck import workflow
from factcheck.admin.base import DeskAdmin, DeskInline, actor_of
from factcheck.admin.display import date_shown, shortened
from factcheck.models import (
    ONCE_PUBLISHED,
    Correction,
    Evidence,
    Origin,
    Publisher,
    Rating,
    ReplyRequest,
    Review,
    ReviewState,
    User,
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
                "description": "One step of our scale. Once a published review uses a rating its label, definition and "
                "value are fixed: retire it, and make a new one under the same slug.",
                "fields": ["label", "slug", "definition", "rating_class", "value"],
            },
        ),
        ("How it is shown", {"fields": ["position", "colour"]}),
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


class OfDraft:
    """What belongs to a review is edited while the review itself is."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) and is_open_to_edits(obj)  # type: ignore[misc]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and is_open_to_edits(obj)  # type: ignore[misc]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and is_open_to_edits(obj)  # type: ignore[misc]


def is_open_to_edits(review: Review | None) -> bool:
    """A draft of ours. What was submitted goes back to draft first, by a step of its own; others' words stay theirs."""
    return review is None or (review.origin == Origin.DESK and review.state == ReviewState.DRAFT)


class EvidenceInline(OfDraft, DeskInline, admin.StackedInline):
    model = Evidence
    fields = [
        ("position", "title"),
        ("url", "archived_url"),
        ("source", "origin"),
        ("kind", "stance", "interest", "accessed_on"),
        ("excerpt", "note"),
    ]
    verbose_name_plural = "evidence"


class ReplyRequestInline(OfDraft, DeskInline, admin.StackedInline):
    model = ReplyRequest
    fields = [("asked_whom", "asked_how"), ("asked_at", "answered_at"), "answer"]


@admin.register(Review)
class ReviewAdmin(DeskAdmin):
    list_display = [
        "short_claim",
        "number",
        "publisher",
        "rating",
        "state",
        "author",
        date_shown(Review, "published_at"),
    ]
    list_filter = ["state", "origin", "rating", "evidence_strength"]
    list_select_related = ["claim", "publisher", "rating", "author"]
    search_fields = ["claim__text", "claim__slug", "title"]
    ordering = ["-id"]
    autocomplete_fields = ["claim"]
    readonly_fields = [
        "state", "origin", "number", "publisher", "claim_reviewed", "claimant_reviewed", "submitted_by",
        "submitted_at", "submitted_version", "approved_by", "approved_version", "published_at", "withdrawn_at",
        "withdrawn_by", "withdrawn_note", "recorded_at", "rating_value", "best_rating", "worst_rating", "url",
    ]  # fmt: skip
    inlines = [EvidenceInline, ReplyRequestInline]
    verdict = [
        (
            None,
            {
                "description": "Our check of one claim. There is one draft for each claim at a time.",
                "fields": ["claim", "title", "author", "language"],
            },
        ),
        (
            "Verdict",
            {
                "description": "A rating judges the claim as it is worded. An outcome is only for predictions.",
                "fields": ["rating", "verdict", "evidence_strength", "assessed_as"],
            },
        ),
        ("Reasons", {"fields": ["summary", "rationale", "how_to_check"]}),
    ]
    steps = (
        "Steps",
        {
            "description": "What happened to this review. What was published is never edited or deleted.",
            "fields": [
                ("state", "number", "publisher"),
                ("submitted_by", "submitted_at", "submitted_version"),
                ("approved_by", "approved_version", "published_at"),
                ("claim_reviewed", "claimant_reviewed"),
                ("withdrawn_by", "withdrawn_at", "withdrawn_note"),
            ],
        },
    )
    given = (
        "As another publisher gave it",
        {"fields": ["url", ("rating_value", "best_rating", "worst_rating"), "claim_reviewed", "claimant_reviewed"]},
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return self.verdict
        if obj.origin == Origin.IMPORTED:
            fields = ["claim", "publisher", "title", "verdict", "summary", "language", "published_at", "recorded_at"]
            return [(None, {"fields": fields}), self.given]
        return [*self.verdict, self.steps]

    def fixed_fields(self, request: HttpRequest, obj: Any) -> Iterable[str]:
        return ["claim"] if obj else []

    def formfield_for_dbfield(self, db_field: Field, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "rating":
            kwargs["queryset"] = Rating.objects.in_force()
        elif db_field.name == "author":
            kwargs["queryset"] = User.objects.filter(is_staff=True, is_active=True).order_by("username")
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"author": actor_of(request).pk, **super().get_changeform_initial_data(request)}

    def prepare(self, request: HttpRequest, obj: Any, cleaned: dict[str, Any]) -> None:
        """The next number of the claim, under the desk's name."""
        desk = Publisher.objects.filter(is_desk=True).first()
        if desk is None:
            raise ValidationError("No publisher is the desk yet: run manage.py loadseeds.")
        obj.publisher = desk
        if claim := cleaned.get("claim"):
            obj.number = workflow.number_of_next_review(claim)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and is_open_to_edits(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and is_open_to_edits(obj)

    @admin.display(description="claim", ordering="claim__text")
    def short_claim(self, review: Review) -> str:
        return shortened(review.claim.text, 80)


@admin.register(Correction)
class CorrectionAdmin(DeskAdmin):
    list_display = ["short_claim", "severity", "short_note", date_shown(Correction, "made_at")]
    list_filter = ["severity", "made_at"]
    list_select_related = ["claim"]
    search_fields = ["claim__text", "claim__slug", "note"]
    autocomplete_fields = ["claim", "review"]
    fieldsets = [
        (
            None,
            {
                "description": "A dated public note that something we published changed, and why. Readers see all of "
                "it as soon as the claim is listed.",
                "fields": ["claim", "review", "severity", "note", "before", "after", "made_at"],
            },
        ),
    ]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"made_at": timezone.now(), **super().get_changeform_initial_data(request)}

    def fixed_fields(self, request: HttpRequest, obj: Any) -> Iterable[str]:
        return ["claim"] if obj else []

    @admin.display(description="claim", ordering="claim__text")
    def short_claim(self, correction: Correction) -> str:
        return shortened(correction.claim.text, 80)

    @admin.display(description="note")
    def short_note(self, correction: Correction) -> str:
        return shortened(correction.note)
