"""The list of publishers, and the claims that appeared in the articles of one."""

from django.db.models import OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from factcheck.filters import PublisherFilter, published_by
from factcheck.models import Article, Claim, Publisher, Review
from factcheck.models.reviews import PUBLISHED_OR_RECORDED
from factcheck.models.sources import PublisherQuerySet
from factcheck.views.cached import by_edition
from factcheck.views.claim_lists import claims_context
from factcheck.views.names import BY_NAME
from factcheck.views.narrowing import narrowed
from factcheck.views.paging import capped_count
from factcheck.views.public import page, public_page

REVIEWS = 10  # of a publisher's, the newest, that its page shows


def publishers_with_counts() -> PublisherQuerySet:
    """Public publishers with how many articles and reviews of theirs readers see."""
    articles = Article.objects.public().filter(publisher=OuterRef("pk"))
    reviews = Review.objects.public().filter(publisher=OuterRef("pk"))
    return Publisher.objects.public().annotate(
        article_count=capped_count(articles.values("pk")), review_count=capped_count(reviews.values("pk"))
    )


def _countries() -> list[str]:
    named = Publisher.objects.public().exclude(country="").order_by("country")
    return list(named.values_list("country", flat=True).distinct())


@public_page()
def publisher_list(request: HttpRequest) -> HttpResponse:
    filters = PublisherFilter(request.GET, publishers_with_counts(), by_edition("countries", _countries))
    context = narrowed(request, filters, reverse("factcheck:publisher-list"), BY_NAME)
    return page("factcheck/publisher_list.html", {"section": "publishers", **context})


@public_page()
def publisher_detail(request: HttpRequest, slug: str) -> HttpResponse:
    publisher = publishers_with_counts().filter(slug=slug).first()
    if publisher is None:
        raise Http404
    claims = Claim.objects.for_list_page().filter(published_by([publisher.pk]))
    context = claims_context(request, publisher.get_absolute_url(), claims, {"publisher": publisher.slug})
    is_whole = context["page"].is_first and not context["chips"]
    reviews = _reviews(publisher) if publisher.review_count and is_whole else []
    context |= {"section": "publishers", "publisher": publisher, "reviews": reviews}
    return page("factcheck/publisher_detail.html", context)


def _reviews(publisher: Publisher) -> list[Review]:
    """The newest, each with the claim that it leads to."""
    reviews = Review.objects.public().filter(publisher=publisher).select_related("claim", "rating")
    return list(reviews.order_by(PUBLISHED_OR_RECORDED.desc(), "-id")[:REVIEWS])
