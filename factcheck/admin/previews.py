"""The public page of a claim as it would be with the review that is in work. Nothing of it is written."""

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone

from factcheck.admin.base import DeskAdmin
from factcheck.models import (
    Appearance,
    Claim,
    ClaimRelation,
    Correction,
    Relay,
    Review,
    ReviewState,
    StatusBasis,
    Topic,
)
from factcheck.views.claims import Content, Rows, claim_page
from factcheck.views.reviews import ShownReview, review_rows

NOT_SHOWN = (ReviewState.DISCARDED, ReviewState.DRAFT, ReviewState.SUBMITTED)


class PreviewAdmin(DeskAdmin):
    """Adds the preview to the page of a claim, under the desk's rules: signed in, never kept by a cache."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.preview)
        return [path("<path:object_id>/preview/", view, name="factcheck_claim_preview"), *super().get_urls()]

    @admin.display
    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        claim = self.get_object(request, object_id)
        if claim is None or not self.has_view_or_change_permission(request, claim):
            raise Http404
        claim, rows = as_published(claim)
        response = claim_page(claim, Content.of(claim, rows), preview=True)
        response.headers["Cache-Control"] = "no-store"
        return response


def as_published(claim: Claim) -> tuple[Claim, Rows]:
    """The claim as its review in work words and rates it, were it published now, and listed."""
    now = timezone.now()
    reviews = [ShownReview.of(review) for review in review_rows(Review.objects.filter(claim=claim))]
    begun = next((one.review for one in reviews if one.is_ours and one.review.state in NOT_SHOWN[1:]), None)
    if begun:
        for one in reviews:
            if one.is_current:
                one.review.state = ReviewState.SUPERSEDED
        begun.state, begun.published_at = ReviewState.PUBLISHED, now
        if begun.claim_reviewed:
            claim.text, claim.claimant, claim.kind = begun.claim_reviewed, begun.reviewed_claimant, begun.reviewed_kind
            claim.made_on, claim.made_on_precision = begun.reviewed_made_on, begun.reviewed_made_on_precision
        if begun.rating:
            claim.status, claim.status_basis, claim.status_since = begun.rating, StatusBasis.REVIEWED, now
    listed = Q(from_claim=claim, to_claim__listed_at__isnull=False) | Q(
        to_claim=claim, from_claim__listed_at__isnull=False
    )
    return claim, Rows(
        Appearance.objects.all(),
        Relay.objects.all(),
        ClaimRelation.objects.filter(listed),
        Topic.objects.all(),
        Correction.objects.all(),
        [one for one in reviews if one.review.state not in NOT_SHOWN],
    )
