"""The list of topics, and the claims of one."""

from django.db.models import OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from factcheck.filters import about
from factcheck.models import Claim, ClaimTopic, Topic
from factcheck.views.claim_lists import claims_context
from factcheck.views.paging import Keyset, capped_count, count
from factcheck.views.public import address, canonical, page, public_page

BY_NAME = Keyset(("name", "id"))


@public_page()
def topic_list(request: HttpRequest) -> HttpResponse:
    claims = ClaimTopic.objects.public().filter(topic=OuterRef("pk"))
    topics = Topic.objects.public().annotate(claim_count=capped_count(claims.values("pk")))
    after = request.GET.get("after", "")
    page_of_topics = BY_NAME.rows(topics, after)
    here = reverse("factcheck:topic-list")
    context = {
        "section": "topics",
        "canonical": canonical(here, {"after": after}),
        "page": page_of_topics,
        "count": count(Topic.objects.public()),
        "first": here,
        "next": address(here, {"after": page_of_topics.after}),
    }
    return page("factcheck/topic_list.html", context)


@public_page()
def topic_detail(request: HttpRequest, slug: str) -> HttpResponse:
    topic = Topic.objects.public().filter(slug=slug).first()
    if topic is None:
        raise Http404
    claims = Claim.objects.for_list_page().filter(about([topic.pk]))
    context = claims_context(request, topic.get_absolute_url(), claims, {"topic": topic.slug})
    return page("factcheck/topic_detail.html", {"section": "topics", "topic": topic, **context})
