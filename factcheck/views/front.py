"""The front page."""

from datetime import UTC
from operator import attrgetter

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from factcheck.models import Claim, Origin, Review
from factcheck.views.articles import articles_with_counts
from factcheck.views.corrections import Entry, put_right
from factcheck.views.following import site_feeds
from factcheck.views.over_time import over_time
from factcheck.views.public import canonical, page, public_page
from factcheck.views.statuses import count_by_status

EVENTS = 8
CORRECTIONS = 3
AWAITED = 4
ARTICLES = 4


@public_page(daily=True)
def front(request: HttpRequest) -> HttpResponse:
    corrections = put_right(size=EVENTS).rows
    happened = [*_listed(), *_published(), *corrections]
    happened += _changed({entry.claim_id for entry in happened})
    context = {
        "canonical": canonical(reverse("factcheck:front")),
        "feeds": site_feeds(),
        "events": sorted(happened, key=attrgetter("at"), reverse=True)[:EVENTS],
        "corrections": corrections[:CORRECTIONS],
        "awaited": Claim.objects.public().with_status().awaiting_outcome()[:AWAITED],
        "articles": articles_with_counts().order_by("-id")[:ARTICLES],
        "over_time": over_time(timezone.now().astimezone(UTC).date()),
        "statuses": count_by_status(Claim.objects.public()),
    }
    return page("factcheck/front.html", context)


def _listed() -> list[Entry]:
    claims = Claim.objects.for_list_page()[:EVENTS]
    return [Entry("listing", claim.listed_at, claim) for claim in claims if claim.listed_at]


def _published() -> list[Entry]:
    ours = Review.objects.public().filter(origin=Origin.DESK, published_at__isnull=False)
    reviews = ours.select_related("claim", "rating").order_by("-published_at", "-id")[:EVENTS]
    return [Entry("publication", review.published_at, review) for review in reviews if review.published_at]


def _changed(told: set[int]) -> list[Entry]:
    """Claims of which a wording or a place changed, but for those of which there is something greater to tell."""
    claims = Claim.objects.public().with_status().filter(changed_at__isnull=False).order_by("-changed_at", "-id")
    found = [claim for claim in claims[: EVENTS + len(told)] if claim.pk not in told]
    return [Entry("change", claim.changed_at, claim) for claim in found if claim.changed_at][:EVENTS]
