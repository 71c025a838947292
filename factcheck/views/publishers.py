"""The list of publishers, and the claims that appeared in the articles of one."""

from django.db.models import OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from factcheck.filters import published_by
from factcheck.models import Article, Claim, Publisher, Review
from factcheck.models.sources import PublisherQuerySet
from factcheck.views.claim_lists import claims_context
from factcheck.views.paging import Keyset, capped_count, count
from factcheck.views.public import address, canonical, page, public_page

BY_NAME = Keyset(("name", "id"))


def publishers_with_counts() -> PublisherQuerySet:
    """Public publishers with how many articles and reviews of theirs readers see."""
    articles = Article.objects.public().filter(publisher=OuterRef("pk"))
    reviews = Review.objects.public().filter(publisher=OuterRef("pk"))
    return Publisher.objects.public().annotate(
        article_count=capped_count(articles.values("pk")), review_count=capped_count(reviews.values("pk"))
    )


@public_page()
def publisher_list(request: HttpRequest) -> HttpResponse:
    after = request.GET.get("after", "")
    page_of_publishers = BY_NAME.rows(publishers_with_counts(), after)
    here = reverse("factcheck:publisher-list")
    context = {
        "section": "publishers",
        "canonical": canonical(here, {"after": after}),
        "page": page_of_publishers,
        "count": count(Publisher.objects.public()),
        "first": here,
        "next": address(here, {"after": page_of_publishers.after}),
    }
    return page("factcheck/publisher_list.html", context)


@public_page()
def publisher_detail(request: HttpRequest, slug: str) -> HttpResponse:
    publisher = publishers_with_counts().filter(slug=slug).first()
    if publisher is None:
        raise Http404
    claims = Claim.objects.for_list_page().filter(published_by([publisher.pk]))
    context = claims_context(request, publisher.get_absolute_url(), claims, {"publisher": publisher.slug})
    return page("factcheck/publisher_detail.html", {"section": "publishers", "publisher": publisher, **context})
