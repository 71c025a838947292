"""Where search engines find every public page, and what they are asked to leave alone (sitemaps.org, RFC 9309)."""

from collections.abc import Callable, Iterable
from datetime import datetime
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation

from factcheck import door
from factcheck.models import Article, Claim, Claimant, Publisher, Topic
from factcheck.views import updates
from factcheck.views.cached import by_edition
from factcheck.views.corrections import put_right
from factcheck.views.public import canonical, public_page

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
XHTML = "http://www.w3.org/1999/xhtml"
PART = 10_000  # ids in one part: in each language, no more than the 50,000 addresses and 50 MB that a sitemap may hold

# The other pages, and which records are the newest that each shows; none where nothing tells when it changed.
PAGES = {
    "front": "claims",
    "claim-list": "claims",
    "article-list": "articles",
    "claimant-list": "claimants",
    "topic-list": "topics",
    "publisher-list": "publishers",
    "correction-list": "corrections",
    "methodology": "",
    "about": "",
}
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
    parts: list[tuple[str, datetime | None]] = [
        (canonical(reverse("machine:sitemap-pages")), _latest(_moments_of_pages().values()))
    ]
    for kind in KINDS:
        for number, at in sorted(_moments(kind).items()):
            parts.append((canonical(reverse("machine:sitemap-part", args=[kind, number])), at))
    tree = ElementTree.Element("sitemapindex", xmlns=NAMESPACE)
    for address, at in parts:
        _add(tree, "sitemap", address, at)
    return _xml(tree)


@public_page()
def pages(request: HttpRequest) -> HttpResponse:
    moments = _moments_of_pages()
    addresses = _translated(lambda: [canonical(reverse(f"factcheck:{name}")) for name in PAGES])
    return _urls(zip(addresses, [moments[name] for name in PAGES], strict=True))


@public_page()
def part(request: HttpRequest, kind: str, number: int) -> HttpResponse:
    """The public ones among the records of these ids."""
    if kind not in KINDS or number > 2**63 // PART - 1:
        raise Http404
    model, sources = KINDS[kind]
    first, last = number * PART, number * PART + PART - 1
    moments = updates.latest(sources(), ("gte", first), ("lte", last))
    records = list(model.objects.public().filter(pk__gte=first, pk__lte=last).only("slug").order_by("pk"))
    if not records:
        raise Http404
    addresses = _translated(lambda: [canonical(record.get_absolute_url()) for record in records])
    return _urls(zip(addresses, [moments.get(record.pk) for record in records], strict=True))


@public_page()
def robots(request: HttpRequest) -> HttpResponse:
    """A demo is for nobody to find: what it shows is invented."""
    closed = "/" if door.site().is_demo else reverse("admin:index")
    lines = ["User-agent: *", f"Disallow: {closed}", "", f"Sitemap: {settings.SITE_URL}{reverse('machine:sitemap')}"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def _moments(kind: str) -> dict[int, datetime | None]:
    """The latest moment of each part. What it takes is read once in an edition."""
    return by_edition(f"sitemap {kind} {PART}", lambda: updates.latest(KINDS[kind][1](), every=PART))


def _moments_of_pages() -> dict[str, datetime | None]:
    newest = {kind: _latest(_moments(kind).values()) for kind in KINDS}
    newest["corrections"] = _latest(entry.at for entry in put_right(size=1).rows)
    return {name: newest.get(kind) for name, kind in PAGES.items()}


def _latest(moments: Iterable[datetime | None]) -> datetime | None:
    return max(filter(None, moments), default=None)


def _translated(addresses: Callable[[], list[str]]) -> list[dict[str, str]]:
    """What these addresses are in each language of the interface."""
    by_language = {}
    for code, _ in settings.LANGUAGES:
        with translation.override(code):
            by_language[code] = addresses()
    return [dict(zip(by_language, row, strict=True)) for row in zip(*by_language.values(), strict=True)]


def _urls(pages: Iterable[tuple[dict[str, str], datetime | None]]) -> HttpResponse:
    """Each page once in each language, every time with all of its addresses, as search engines ask."""
    tree = ElementTree.Element("urlset", {"xmlns": NAMESPACE, "xmlns:xhtml": XHTML})
    for by_language, at in pages:
        links = {**by_language, "x-default": by_language[settings.LANGUAGE_CODE]}
        for address in by_language.values():
            element = _add(tree, "url", address, at)
            for code, other in links.items():
                ElementTree.SubElement(element, "xhtml:link", rel="alternate", hreflang=code, href=other)
    return _xml(tree)


def _add(tree: ElementTree.Element, item: str, address: str, at: datetime | None) -> ElementTree.Element:
    element = ElementTree.SubElement(tree, item)
    ElementTree.SubElement(element, "loc").text = address
    if at:
        ElementTree.SubElement(element, "lastmod").text = at.isoformat(timespec="seconds")
    return element


def _xml(tree: ElementTree.Element) -> HttpResponse:
    out = BytesIO()
    ElementTree.ElementTree(tree).write(out, encoding="utf-8", xml_declaration=True)
    return HttpResponse(out.getvalue(), content_type="application/xml; charset=utf-8")
