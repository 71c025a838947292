"""The list of topics, and the claims of one."""

from django.db.models import OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from factcheck.filters import TopicFilter, about
from factcheck.models import Claim, ClaimTopic, Topic
from factcheck.views.claim_lists import claims_context
from factcheck.views.names import BY_NAME
from factcheck.views.narrowing import narrowed
from factcheck.views.paging import capped_count
from factcheck.views.public import page, public_page


@public_page()
def topic_list(request: HttpRequest) -> HttpResponse:
    claims = ClaimTopic.objects.public().filter(topic=OuterRef("pk"))
    topics = Topic.objects.public().annotate(claim_count=capped_count(claims.values("pk")))
    context = narrowed(request, TopicFilter(request.GET, topics), reverse("factcheck:topic-list"), BY_NAME)
    return page("factcheck/topic_list.html", {"section": "topics", **context})


@public_page()
def topic_detail(request: HttpRequest, slug: str) -> HttpResponse:
    topic = Topic.objects.public().filter(slug=slug).first()
    if topic is None:
        raise Http404
    claims = Claim.objects.for_list_page().filter(about([topic.pk]))
    context = claims_context(request, topic.get_absolute_url(), claims, {"topic": topic.slug})
    return page("factcheck/topic_detail.html", {"section": "topics", "topic": topic, **context})
