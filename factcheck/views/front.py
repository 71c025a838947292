"""The front page."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from factcheck.models import Claim
from factcheck.views.articles import articles_with_counts
from factcheck.views.following import claim_feeds
from factcheck.views.public import canonical, page, public_page
from factcheck.views.statuses import count_by_status

CLAIMS = 8
ARTICLES = 5


@public_page()
def front(request: HttpRequest) -> HttpResponse:
    context = {
        "canonical": canonical(reverse("factcheck:front")),
        "feeds": claim_feeds({}),
        "claims": Claim.objects.for_list_page()[:CLAIMS],
        "articles": articles_with_counts().order_by("-id")[:ARTICLES],
        "statuses": count_by_status(Claim.objects.public()),
    }
    return page("factcheck/front.html", context)
