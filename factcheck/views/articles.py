"""The list of articles, and the page of one with its claims in the article's order."""

from dataclasses import dataclass, field

from django.db.models import F, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from factcheck.models import Appearance, Article, Caveat, Claim, Claimant
from factcheck.models.sources import ArticleQuerySet
from factcheck.views.following import claim_feeds
from factcheck.views.paging import Keyset, capped_count, count
from factcheck.views.public import address, canonical, page, public_page
from factcheck.views.statuses import StatusBar

LATEST_RECORDED_FIRST = Keyset(("id",), descending=True)
SHOWN = 1000  # places at most on one page


def articles_with_counts() -> ArticleQuerySet:
    """Public articles with what a row of a list shows of each."""
    places = Appearance.objects.public().filter(article=OuterRef("pk"))
    return (
        Article.objects.public()
        .select_related("publisher")
        .annotate(claim_count=capped_count(places.values("claim").distinct()))
    )


@public_page()
def article_list(request: HttpRequest) -> HttpResponse:
    articles = articles_with_counts()
    after = request.GET.get("after", "")
    page_of_articles = LATEST_RECORDED_FIRST.rows(articles, after)
    here = reverse("factcheck:article-list")
    context = {
        "section": "articles",
        "canonical": canonical(here, {"after": after}),
        "page": page_of_articles,
        "count": count(Article.objects.public()),
        "first": here,
        "next": address(here, {"after": page_of_articles.after}),
    }
    return page("factcheck/article_list.html", context)


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


@public_page()
def article_detail(request: HttpRequest, slug: str) -> HttpResponse:
    article = Article.objects.public().select_related("publisher").filter(slug=slug).first()
    if article is None:
        raise Http404
    places = (
        Appearance.objects.public()
        .filter(article=article)
        .select_related("claim__status", "claim__claimant", "claimant")
        .order_by(F("paragraph").asc(nulls_last=True), "id")
    )
    appearances = list(places[: SHOWN + 1])
    claims = _in_order(appearances[:SHOWN])
    context = {
        "section": "articles",
        "canonical": canonical(article.get_absolute_url()),
        "article": article,
        "feeds": claim_feeds({"article": article.slug}),
        "claims": claims,
        "coverage": StatusBar.of_claims(one.claim for one in claims),
        "more": len(appearances) > SHOWN,
    }
    return page("factcheck/article_detail.html", context)


def _in_order(appearances: list[Appearance]) -> list[ClaimOfArticle]:
    claims: dict[int, ClaimOfArticle] = {}
    for one in appearances:
        shown = claims.setdefault(one.claim_id, ClaimOfArticle(one.claim, one.paragraph))
        shown.mentions.setdefault(one.claimant_id, Mention(one.claimant)).appearances.append(one)
        if one.caveat != Caveat.NONE:
            shown.caveats[one.get_caveat_display()] = None
    return list(claims.values())
