"""One box over claims, articles and claimants."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from factcheck.models import Article, Claim, Claimant, Searched
from factcheck.search.asking import LONGEST, Query, parse
from factcheck.search.finding import Piece, best, highlighted, record_ids, scorer, snippets
from factcheck.search.similar import THRESHOLD, Scorer, similar
from factcheck.views.paging import Count
from factcheck.views.public import address, canonical, page, public_page

NEAR = 5
SHOWN = 10  # of each kind; the rest is in the list of that kind


@dataclass(frozen=True, slots=True)
class Hit:
    record: Any
    title: list[Piece]
    snippet: list[Piece]
    by: list[Piece]  # who made it, of a claim


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of one kind, and the address of all of it."""

    name: str
    count: Count
    hits: list[Hit]
    all: str


# How each kind is called in the template, its public records, what names one, and the list of all.
KINDS: dict[Searched, tuple[str, Callable[[], QuerySet[Any]], str, str]] = {
    Searched.CLAIM: ("claims", lambda: Claim.objects.public().with_status(), "text", "factcheck:claim-list"),
    Searched.ARTICLE: (
        "articles",
        lambda: Article.objects.public().select_related("publisher"),
        "headline",
        "factcheck:article-list",
    ),
    Searched.CLAIMANT: ("claimants", Claimant.objects.public, "name", "factcheck:claimant-list"),
}


@public_page()
def search(request: HttpRequest) -> HttpResponse:
    words = request.GET.get("q", "").replace("\0", " ").strip()[:LONGEST]
    query = parse(words)
    here = reverse("factcheck:search")
    by = scorer(query)
    found = [_found(kind, query, words, by) for kind in KINDS] if query else []
    context = {
        "section": "search",
        "canonical": canonical(here, {"q": words}),
        "words": words,
        "query": query,
        "found": found,
        "near": _near(words) if found and not found[0].hits else [],
    }
    return page("factcheck/search.html", context)


def _found(kind: Searched, query: Query, words: str, by: Scorer) -> Found:
    name, public, title, path = KINDS[kind]
    ids = best(kind, query, public=True, limit=SHOWN, by=by)
    records = public().in_bulk(ids)
    where = snippets(kind, ids, query)
    hits = []
    for record in [records[pk] for pk in ids if pk in records]:
        who = str(getattr(record, "claimant", None) or "")
        named = highlighted(getattr(record, title), query)
        hits.append(Hit(record, named, where.get(record.pk, []), highlighted(who, query)))
    number = len(record_ids(kind, query, public=True)) if len(ids) == SHOWN else len(hits)
    return Found(name, Count(number), hits, address(reverse(path), {"q": words}))


def _near(words: str) -> list[Claim]:
    """Where no claim has all of the words, those that are most like them."""
    ids = [one.claim_id for one in similar(words, limit=NEAR, min_score=THRESHOLD)]
    claims = Claim.objects.public().with_status().in_bulk(ids)
    return [claims[pk] for pk in ids if pk in claims]
