"""The list of claims, and the page of one."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.text import get_text_list
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from factcheck import past
from factcheck.models import (
    Appearance,
    Article,
    Caveat,
    Claim,
    ClaimRelation,
    Correction,
    RatingClass,
    RelationKind,
    Relay,
    Review,
    StatusBasis,
    Topic,
)
from factcheck.models.appearances import AppearanceQuerySet
from factcheck.search.similar import THRESHOLD, similar
from factcheck.views import as_of
from factcheck.views.citation import Citation
from factcheck.views.claim_lists import claims_context
from factcheck.views.events import events, standings, statuses
from factcheck.views.pictures import RelayPath
from factcheck.views.public import Gone, NotListedThen, address, canonical, page, public_page
from factcheck.views.reviews import ShownReview, shown_reviews
from factcheck.views.timeline import Timeline

SIMILAR = 5  # claims that nobody has linked yet
SHOWN = 200  # appearances, and relations, at most on one page

# How a relation reads on the page of the claim that it goes from, and on the page of the one that it goes to.
RELATION_WORDS: dict[RelationKind, tuple[str | Promise, str | Promise]] = {
    RelationKind.CONTRADICTS: (_("It contradicts"), _("It contradicts")),
    RelationKind.SAME_AS: (_("It is the same claim as"), _("It is the same claim as")),
    RelationKind.REPEATS: (_("It repeats"), _("It is repeated by")),
    RelationKind.NARROWER_THAN: (_("It is narrower than"), _("It is wider than")),
    RelationKind.DEPENDS_ON: (_("It depends on"), _("What depends on it")),
}


@public_page()
def claim_list(request: HttpRequest) -> HttpResponse:
    context = claims_context(request, reverse("factcheck:claim-list"), Claim.objects.for_list_page())
    return page("factcheck/claim_list.html", {"section": "claims", **context})


@dataclass(frozen=True, slots=True)
class Related:
    """The claims that stand to this one in the same way."""

    words: str
    relations: list[tuple[Claim, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Rows:
    """What the page of a claim is made of: for readers what is public, for a preview what would be."""

    appearances: AppearanceQuerySet
    relays: QuerySet[Relay]
    relations: QuerySet[ClaimRelation]
    topics: QuerySet[Topic]
    corrections: QuerySet[Correction]
    reviews: list[ShownReview]


def public_rows(claim: Claim) -> Rows:
    return Rows(
        Appearance.objects.public(),
        Relay.objects.public(),
        ClaimRelation.objects.public(),
        Topic.objects.public(),
        Correction.objects.public(),
        shown_reviews(Review.objects.public().filter(claim=claim)),
    )


@dataclass(frozen=True, slots=True)
class Content:
    """The rows of the page of one claim, of now or of a past day; SHOWN + 1 appearances and relations at most."""

    appearances: list[Appearance]
    relations: list[ClaimRelation]
    topics: list[Topic]
    corrections: list[Correction]
    reviews: list[ShownReview]

    @classmethod
    def of(cls, claim: Claim, rows: Rows) -> Self:
        return cls(
            list(_appearances(claim, rows)[: SHOWN + 1]),
            list(_relations(claim, rows)[: SHOWN + 1]),
            list(rows.topics.filter(claims=claim)),
            list(rows.corrections.filter(claim=claim)),
            rows.reviews,
        )

    @classmethod
    def at(cls, then: past.ClaimThen, day: date) -> Self:
        return cls(
            then.appearances,
            past.relations_at(then.claim, day, SHOWN + 1),
            past.topics_of(then),
            past.corrections_at(then.claim, then.reviews, day),
            [ShownReview.of(review) for review in then.reviews],
        )


@public_page(daily=True)
def claim_detail(request: HttpRequest, slug: str) -> HttpResponse:
    day = as_of.day_asked(request)
    claim = Claim.objects.public().select_related("claimant", "status").filter(slug=slug).first()
    if claim is None:
        raise absence(slug)
    if day is not None:
        return _past_page(claim, day)
    content = Content.of(claim, public_rows(claim))
    return claim_page(claim, content, similar=_similar(claim, content))


def _similar(claim: Claim, content: Content) -> list[Claim]:
    """Claims that say nearly the same, for readers of one that nobody has reviewed: computed, never stored."""
    if content.reviews:
        return []
    beside = {claim.pk, *(pk for one in content.relations for pk in (one.from_claim_id, one.to_claim_id))}
    ids = [one.claim_id for one in similar(claim.text, limit=SIMILAR, min_score=THRESHOLD, besides=beside)]
    claims = Claim.objects.public().with_status().in_bulk(ids)
    return [claims[pk] for pk in ids if pk in claims]


def _past_page(claim: Claim, day: date) -> HttpResponse:
    try:
        then = past.claims_at([claim.pk], day).get(claim.pk)
    except past.NotKnown:
        raise as_of.erased() from None
    if then is None:
        if was := past.unlisted_at(claim, day):
            raise Gone(unlisted_at=was[0], unlisted_note=was[1], today=claim.get_absolute_url())
        raise NotListedThen(day, claim.get_absolute_url(), yet=True)
    # Which today's claim tells, where its status is still that one
    if then.claim.status_basis == claim.status_basis == StatusBasis.REPORTED and claim.status_since:
        then.claim.status_since = claim.status_since if claim.status_since < past.end_of(day) else None
    more = as_of.context(claim.get_absolute_url(), day, [claim.pk])
    return claim_page(then.claim, Content.at(then, day), day, **more)


def claim_page(claim: Claim, content: Content, day: date | None = None, **more: Any) -> HttpResponse:
    """`day` is that whose page it is, where that is a past one."""
    today, ended = day or timezone.now().date(), past.end_of(day) if day else None
    appearances, relations, reviews = content.appearances, content.relations, content.reviews
    current = next((review for review in reviews if review.is_current), None)
    ours = standings(reviews)
    withdrawn = next((one.shown.review for one in ours), None) if current is None else None
    basis = basis_sentence(claim, appearances, current)
    here = more.pop("canonical", canonical(claim.get_absolute_url()))
    context = {
        "section": "claims",
        "canonical": here,
        "claim": claim,
        "oembed": address(reverse("machine:oembed"), {"url": canonical(claim.get_absolute_url())}),
        "basis": basis,
        "topics": content.topics,
        "appearances": appearances[:SHOWN],
        "more_appearances": len(appearances) > SHOWN,
        "travelled": [(one, RelayPath.of(one)) for one in appearances[:SHOWN] if one.relays.all()],
        "first_hand": any(not one.relays.all() for one in appearances),
        "caveats": [one for one in appearances if one.caveat != Caveat.NONE],
        "related": _grouped(claim, relations[:SHOWN]),
        "more_related": len(relations) > SHOWN,
        "current": current,
        "earlier": [review for review in reviews if review.is_ours and not review.is_current],
        "imported": [review for review in reviews if not review.is_ours],
        "corrections": content.corrections,
        "withdrawn": withdrawn,
        "statuses": statuses(claim, ours),
        "timeline": Timeline.of(ours, ended or past.end_of(today)),
        "events": events(claim, ours, content.corrections, ended),
        "citation": Citation.of(claim, basis, here, today, current.review.publisher.name if current else ""),
        "is_overdue": claim.due_on is not None and claim.due_on < today,
        "outcome": _outcome(current),
    }
    return page("factcheck/claim_detail.html", context | more)


def _outcome(current: ShownReview | None) -> ShownReview | None:
    """Our review in force, if it says what became of a prediction."""
    rating = current.review.rating if current else None
    return current if rating and rating.rating_class == RatingClass.OUTCOME else None


def absence(slug: str, template: str = "410.html") -> Http404 | Gone:
    """A claim that was never listed is not found; one that was is gone, with the date and the public note."""
    gone = Claim.objects.once_listed().filter(slug=slug).values("slug", "unlisted_at", "unlisted_note").first()
    return Gone(template, **gone) if gone else Http404()


def _appearances(claim: Claim, rows: Rows) -> QuerySet[Appearance]:
    in_public = Exists(Article.objects.public().filter(pk=OuterRef("article")))
    relays = rows.relays.select_related("by_claimant", "by_publisher", "article")
    return (
        rows.appearances.filter(claim=claim)
        .select_related("article__publisher", "claimant")
        .prefetch_related(Prefetch("relays", relays.annotate(is_article_public=in_public).order_by("position")))
        .in_reading_order()
    )


def _relations(claim: Claim, rows: Rows) -> QuerySet[ClaimRelation]:
    ends = [f"{end}__{name}" for end in ("from_claim", "to_claim") for name in ("claimant", "status")]
    involving = rows.relations.filter(Q(from_claim=claim) | Q(to_claim=claim))
    return involving.select_related(*ends).order_by("id")


def _grouped(claim: Claim, relations: Iterable[ClaimRelation]) -> list[Related]:
    """In the order of RELATION_WORDS."""
    groups: dict[str, list[tuple[Claim, str]]] = defaultdict(list)
    for relation in relations:
        outward, inward = map(str, RELATION_WORDS[RelationKind(relation.kind)])
        if relation.from_claim_id == claim.pk:
            groups[outward].append((relation.to_claim, relation.note))
        else:
            groups[inward].append((relation.from_claim, relation.note))
    order = dict.fromkeys(str(words) for pair in RELATION_WORDS.values() for words in pair)
    return [Related(words, groups[words]) for words in order if words in groups]


def basis_sentence(claim: Claim, appearances: Iterable[Appearance], current: ShownReview | None) -> str:
    """What the status rests on, and who says so. `current` is our review in force."""
    if claim.status_since and claim.status_basis == StatusBasis.REVIEWED:
        published = (current and current.review.published_at) or claim.status_since
        return gettext("Reviewed by us on %(day)s.") % {"day": date_format(published)}
    is_reported = claim.status_basis == StatusBasis.REPORTED
    sentences = [_reported(appearances) if is_reported else f"{StatusBasis.NONE.label}."]
    if claim.listed_at:
        sentences.append(gettext("Listed here since %(day)s.") % {"day": date_format(claim.listed_at)})
    return " ".join(sentences)


def _reported(appearances: Iterable[Appearance]) -> str:
    doubted = [one for one in appearances if one.caveat == Caveat.NOT_VERIFIED]
    named = list(dict.fromkeys(one.article.publisher.name for one in doubted if one.article))
    if not named or not all(one.article for one in doubted):
        named.append(gettext("the source"))
    return gettext("Reported by %(reporters)s as not independently verified; not reviewed by us.") % {
        "reporters": get_text_list(named, gettext("and"))
    }
