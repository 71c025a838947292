"""Where search engines find every public page, and what they are asked to leave alone (sitemaps.org, RFC 9309)."""

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from factcheck import door
from factcheck.models import Article, Claim, Claimant, Publisher, Topic
from factcheck.views import updates
from factcheck.views.public import canonical, public_page

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
PART = 50_000  # ids in one part, each of at most so many public records: what a sitemap may hold
PAGES = (
    "front",
    "claim-list",
    "article-list",
    "claimant-list",
    "topic-list",
    "publisher-list",
    "correction-list",
    "methodology",
    "about",
)

# What has a part of its own: the records, and where their moments come from.
KINDS: dict[str, tuple[Any, Callable[[], list[updates.Source]]]] = {
    "claims": (Claim, updates.of_claims),
    "articles": (Article, updates.of_articles),
    "claimants": (Claimant, updates.of_claimants),
    "topics": (Topic, updates.of_topics),
    "publishers": (Publisher, updates.of_publishers),
}


@public_page()
def index(request: HttpRequest) -> HttpResponse:
    parts: list[tuple[str, datetime | None]] = [(canonical(reverse("machine:sitemap-pages")), None)]
    for kind, (_, sources) in KINDS.items():
        for number, at in sorted(updates.latest(sources(), every=PART).items()):
            parts.append((canonical(reverse("machine:sitemap-part", args=[kind, number])), at))
    return _xml("sitemapindex", "sitemap", parts)


@public_page()
def pages(request: HttpRequest) -> HttpResponse:
    return _xml("urlset", "url", [(canonical(reverse(f"factcheck:{name}")), None) for name in PAGES])


@public_page()
def part(request: HttpRequest, kind: str, number: int) -> HttpResponse:
    """The public ones among the records of these ids."""
    if kind not in KINDS or number > 2**63 // PART - 1:
        raise Http404
    model, sources = KINDS[kind]
    first, last = number * PART, number * PART + PART - 1
    moments = updates.latest(sources(), ("gte", first), ("lte", last))
    records = model.objects.public().filter(pk__gte=first, pk__lte=last).only("slug").order_by("pk")
    urls = [(canonical(record.get_absolute_url()), moments.get(record.pk)) for record in records]
    if not urls:
        raise Http404
    return _xml("urlset", "url", urls)


@public_page()
def robots(request: HttpRequest) -> HttpResponse:
    """A demo is for nobody to find: what it shows is invented."""
    closed = "/" if door.site().is_demo else reverse("admin:index")
    lines = ["User-agent: *", f"Disallow: {closed}", "", f"Sitemap: {settings.SITE_URL}{reverse('machine:sitemap')}"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def _xml(root: str, item: str, rows: list[tuple[str, datetime | None]]) -> HttpResponse:
    tree = ElementTree.Element(root, xmlns=NAMESPACE)
    for address, at in rows:
        element = ElementTree.SubElement(tree, item)
        ElementTree.SubElement(element, "loc").text = address
        if at:
            ElementTree.SubElement(element, "lastmod").text = at.isoformat(timespec="seconds")
    out = BytesIO()
    ElementTree.ElementTree(tree).write(out, encoding="utf-8", xml_declaration=True)
    return HttpResponse(out.getvalue(), content_type="application/xml; charset=utf-8")
