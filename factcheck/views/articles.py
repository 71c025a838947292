"""The list of articles, and the page of one with its claims in the article's order."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import F, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from factcheck.filters import ArticleFilter
from factcheck.models import Appearance, Article, Caveat, Claim, Claimant, Interest, StatusBasis
from factcheck.models.sources import PUBLISHED_OR_FIRST, ArticleQuerySet
from factcheck.views import as_of
from factcheck.views.cached import by_edition
from factcheck.views.following import claim_feeds
from factcheck.views.narrowing import Orders, narrowed
from factcheck.views.paging import Keyset, capped_count
from factcheck.views.public import NotListedThen, canonical, page, public_page
from factcheck.views.statuses import StatusBar

ORDERS: Orders = {
    "newest": (_("Latest recorded first"), Keyset(("id",), descending=True)),
    "published": (
        _("Latest published first"),
        Keyset(("published", "id"), descending=True, computed={"published": PUBLISHED_OR_FIRST}),
    ),
    "headline": (_("By headline"), Keyset(("headline", "id"))),
}
SHOWN = 1000  # places at most on one page


def articles_with_counts() -> ArticleQuerySet:
    """Public articles with what a row of a list shows of each."""
    places = Appearance.objects.public().filter(article=OuterRef("pk"))
    return (
        Article.objects.public()
        .select_related("publisher")
        .annotate(claim_count=capped_count(places.values("claim").distinct()))
    )


def _languages() -> list[str]:
    spoken = Article.objects.public().exclude(language="").order_by("language")
    return list(spoken.values_list("language", flat=True).distinct())


@public_page()
def article_list(request: HttpRequest) -> HttpResponse:
    filters = ArticleFilter(request.GET, articles_with_counts(), by_edition("languages", _languages))
    context = narrowed(request, filters, reverse("factcheck:article-list"), ORDERS)
    return page("factcheck/article_list.html", {"section": "articles", **context})


@dataclass(frozen=True, slots=True)
class Mention:
    """One who makes a claim in the article, and in which paragraphs."""

    claimant: Claimant | None
    appearances: list[Appearance] = field(default_factory=list)

    @property
    def paragraphs(self) -> list[int]:
        return [one.paragraph for one in self.appearances if one.paragraph]


@dataclass(frozen=True, slots=True)
class ClaimOfArticle:
    """A claim where the article first makes it."""

    claim: Claim
    paragraph: int | None
    mentions: dict[int | None, Mention] = field(default_factory=dict)
    caveats: dict[str, None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Side:
    """Who speaks in the article with the same interest in the matter, and how many claims each makes there."""

    interest: str
    claimants: list[tuple[Claimant, int]]


@public_page(daily=True)
def article_detail(request: HttpRequest, slug: str) -> HttpResponse:
    day = as_of.day_asked(request)
    article = Article.objects.public().select_related("publisher").filter(slug=slug).first()
    if article is None:
        raise Http404
    if day is not None:
        return _past_page(article, day)
    places = (
        Appearance.objects.public()
        .filter(article=article)
        .select_related("claim__status", "claim__claimant", "claimant")
        .order_by(F("paragraph").asc(nulls_last=True), "id")
    )
    appearances = list(places[: SHOWN + 1])
    return _page(article, appearances[:SHOWN], more=len(appearances) > SHOWN)


def _past_page(article: Article, day: date) -> HttpResponse:
    claims, more = as_of.claims_naming(article, day)
    appearances = [one for then in claims for one in then.appearances if one.article_id == article.pk]
    if not appearances:
        raise NotListedThen(day, article.get_absolute_url(), yet=not claims)
    appearances.sort(key=lambda one: (one.paragraph is None, one.paragraph or 0, one.pk))
    path = article.get_absolute_url()
    return _page(article, appearances, more=more, **as_of.context(path, day, [then.claim.pk for then in claims]))


def _page(article: Article, appearances: list[Appearance], **more: Any) -> HttpResponse:
    claims = _in_order(appearances)
    context = {
        "section": "articles",
        "canonical": canonical(article.get_absolute_url()),
        "article": article,
        "feeds": claim_feeds({"article": article.slug}),
        "claims": claims,
        "sides": _sides(claims),
        "reviewed": sum(one.claim.status_basis == StatusBasis.REVIEWED for one in claims),
        "coverage": StatusBar.of_claims(one.claim for one in claims),
    }
    return page("factcheck/article_detail.html", context | more)


def _in_order(appearances: list[Appearance]) -> list[ClaimOfArticle]:
    claims: dict[int, ClaimOfArticle] = {}
    for one in appearances:
        shown = claims.setdefault(one.claim_id, ClaimOfArticle(one.claim, one.paragraph))
        shown.mentions.setdefault(one.claimant_id, Mention(one.claimant)).appearances.append(one)
        if one.caveat != Caveat.NONE:
            shown.caveats[one.get_caveat_display()] = None
    return list(claims.values())


def _sides(claims: list[ClaimOfArticle]) -> list[Side]:
    """In the order of Interest; in each, who makes most claims first."""
    numbers = Counter(mention.claimant for one in claims for mention in one.mentions.values() if mention.claimant)
    return [
        Side(str(interest.label), speaking)
        for interest in Interest
        if (speaking := [(who, number) for who, number in numbers.most_common() if who.interest == interest])
    ]
