"""Feeds: what is new among claims, reviews and corrections, as Atom (RFC 4287) and as JSON Feed 1.1."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import format_html_join
from django.utils.text import Truncator

from factcheck import door
from factcheck.filters import ClaimFilter
from factcheck.models import Claim, Correction, Origin, Publisher, Review, ReviewState
from factcheck.views import updates
from factcheck.views.cached import by_edition
from factcheck.views.corrections import put_right
from factcheck.views.public import Refused, canonical, public_page

ENTRIES = 50  # at most in one feed
LONGEST_TITLE = 200  # characters
JSON_FEED = "https://jsonfeed.org/version/1.1"
NOTHING_YET = datetime(1970, 1, 1, tzinfo=UTC)  # a feed without entries has to say when it changed, too
NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Entry:
    """What a feed says of one thing, whatever its format. `id` stays the same for ever; all texts are plain.

    `language` is that of what it is about, where that is known; the feed has its own.
    """

    id: str
    url: str
    title: str
    paragraphs: tuple[str, ...]
    published: datetime
    updated: datetime
    author: str = ""
    tags: tuple[str, ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """`url` is its own address, `home` that of the page which shows the same."""

    title: str
    description: str
    url: str
    home: str
    entries: list[Entry]

    def as_atom(self) -> HttpResponse:
        feed = _Atom(
            _fit(f"{self.title} – factcheck"),
            self.home,
            self.description,
            subtitle=_fit(self.description),
            language=settings.LANGUAGE_CODE,
            author_name=_fit(_desk()),
            feed_url=self.url,
            feed_guid=self.url,
        )
        for entry in self.entries:
            feed.add_item(
                _fit(entry.title),
                entry.url,
                _fit(format_html_join("\n", "<p>{}</p>", ((text,) for text in entry.paragraphs))),
                pubdate=entry.published,
                updateddate=entry.updated,
                unique_id=entry.id,
                author_name=_fit(entry.author) or None,
                categories=[_fit(tag) for tag in entry.tags],
                language=entry.language,
            )
        return _marked(HttpResponse(feed.writeString("utf-8"), content_type=Atom1Feed.content_type))

    def as_json(self) -> HttpResponse:
        items = [
            {
                "id": entry.id,
                "url": entry.url,
                "title": entry.title,
                "content_text": "\n\n".join(entry.paragraphs),
                "date_published": entry.published.isoformat(),
                "date_modified": entry.updated.isoformat(),
                "tags": list(entry.tags),
                "language": entry.language or settings.LANGUAGE_CODE,
            }
            for entry in self.entries
        ]
        feed = {
            "version": JSON_FEED,
            "title": f"{self.title} – factcheck",
            "home_page_url": self.home,
            "feed_url": self.url,
            "description": self.description,
            "language": settings.LANGUAGE_CODE,
            "authors": [{"name": _desk()}],
            "items": items,
        }
        return _marked(JsonResponse(feed, content_type="application/feed+json", json_dumps_params={"indent": 1}))


class _Atom(Atom1Feed):
    def latest_post_date(self) -> datetime:
        """Django says “now” of a feed without entries, and then it is another one each time."""
        return max((item["updateddate"] for item in self.items), default=NOTHING_YET)

    def item_attributes(self, item: dict[str, Any]) -> dict[str, Any]:
        known = {"xml:lang": item["language"]} if item["language"] else {}
        return {**super().item_attributes(item), **known}


def _fit(text: str) -> str:
    """With a mark in place of each character that XML 1.0 cannot hold."""
    return NOT_IN_XML.sub("\ufffd", text)


def _desk() -> str:
    return Publisher.objects.public().filter(is_desk=True).values_list("name", flat=True).first() or "factcheck"


def _marked(response: HttpResponse) -> HttpResponse:
    if door.site().is_demo:
        response.headers["X-Robots-Tag"] = "noindex"
    return response


@public_page()
def claims_atom(request: HttpRequest) -> HttpResponse:
    return _claims(request, "machine:claims-atom").as_atom()


@public_page()
def claims_json(request: HttpRequest) -> HttpResponse:
    return _claims(request, "machine:claims-json").as_json()


@public_page()
def reviews_atom(request: HttpRequest) -> HttpResponse:
    """Ours alone: what others found is no news of this site."""
    published = Review.objects.public().filter(origin=Origin.DESK)
    rows = published.select_related("claim__claimant", "rating", "author")
    reviews = list(rows.order_by(Coalesce("withdrawn_at", "published_at").desc(), "-id")[:ENTRIES])
    publications: dict[int, list[datetime]] = defaultdict(list)
    dates = published.filter(claim__in={review.claim_id for review in reviews}, published_at__isnull=False)
    for claim_id, at in dates.order_by("published_at").values_list("claim_id", "published_at"):
        publications[claim_id].append(at)
    feed = Feed(
        "Reviews",
        "Our reviews of claims, those that were replaced or withdrawn among them, the latest first.",
        canonical(reverse("machine:reviews-atom")),
        canonical(reverse("factcheck:claim-list"), {"basis": "reviewed"}),
        [_review_entry(review, publications[review.claim_id]) for review in reviews],
    )
    return feed.as_atom()


@public_page()
def corrections_atom(request: HttpRequest) -> HttpResponse:
    """What stands on the page of corrections: three ways to say that something was wrong."""
    as_entry: dict[str, Callable[[Any], Entry]] = {
        "correction": _correction_entry,
        "withdrawal": _withdrawal_entry,
        "unlisting": _unlisting_entry,
    }
    feed = Feed(
        "Corrections",
        "What we corrected, withdrew or took off these pages with a note, and why, the latest first.",
        canonical(reverse("machine:corrections-atom")),
        canonical(reverse("factcheck:correction-list")),
        [as_entry[entry.kind](entry.record) for entry in put_right(size=ENTRIES).rows],
    )
    return feed.as_atom()


def _claims(request: HttpRequest, route: str) -> Feed:
    """The newest claims that the filters of the list of claims find."""
    filters = ClaimFilter(request.GET, Claim.objects.for_list_page(), remember=by_edition)
    if problems := filters.problems:
        raise Refused(*problems)
    claims = list(filters.qs[:ENTRIES])
    updated = updates.latest(updates.of_claims(), ("in", [claim.pk for claim in claims]))
    narrowed = "; ".join(f"{chip.label}: {chip.words}" for chip in filters.chips)
    return Feed(
        f"Claims ({narrowed})" if narrowed else "Claims",
        "Claims that were recorded, the latest listed first. A claim recorded here is not thereby checked.",
        canonical(reverse(route), filters.active),
        canonical(reverse("factcheck:claim-list"), filters.active),
        [_claim_entry(claim, _moment(updated[claim.pk])) for claim in claims],
    )


def _claim_entry(claim: Claim, updated: datetime) -> Entry:
    url = canonical(claim.get_absolute_url())
    claimant = claim.claimant.name if claim.claimant else "nobody who is named"
    return Entry(
        id=url,
        url=url,
        title=_title(claim.text),
        paragraphs=_present(f"{claim.status_line}. Claimed by {claimant}.", claim.context),
        published=_moment(claim.listed_at),
        updated=updated,
        tags=(claim.get_kind_display(),),
        language=claim.language,
    )


def _review_entry(review: Review, publications: Iterable[datetime]) -> Entry:
    published = _moment(review.published_at)
    note, updated = "", published
    if review.state == ReviewState.WITHDRAWN:
        note, updated = "Withdrawn", _moment(review.withdrawn_at)
    elif review.state == ReviewState.SUPERSEDED:
        note, updated = "Replaced", next((at for at in publications if at > published), published)
    verdict = review.verdict or (review.rating.label if review.rating else "")
    explained = {
        "Withdrawn": f"We withdrew this review. {review.withdrawn_note}",
        "Replaced": "A newer review has taken the place of this one.",
    }
    return Entry(
        id=_review_id(review),
        url=canonical(review.claim.get_absolute_url()),
        title=_title(f"{f'{note}: ' if note else ''}{verdict}: {review.claim_reviewed or review.claim.text}"),
        paragraphs=_present(explained.get(note, ""), review.summary, review.update_note),
        published=published,
        updated=updated,
        author=review.author.public_name if review.author else "",
        tags=(verdict,),
        language=review.language,
    )


def _correction_entry(correction: Correction) -> Entry:
    at, url = correction.made_at, canonical(correction.claim.get_absolute_url())
    return Entry(
        id=f"{url}#corrected-{_stamp(at)}",
        url=url,
        title=_title(f"{correction.get_severity_display()}: {correction.claim.text}"),
        paragraphs=_present(
            correction.note,
            correction.before and f"Before: {correction.before}",
            correction.after and f"Now: {correction.after}",
        ),
        published=at,
        updated=at,
        tags=(correction.get_severity_display(),),
    )


def _withdrawal_entry(review: Review) -> Entry:
    at = _moment(review.withdrawn_at)
    return Entry(
        id=f"{_review_id(review)}-withdrawn",
        url=canonical(review.claim.get_absolute_url()),
        title=_title(f"Review withdrawn: {review.claim.text}"),
        paragraphs=_present(review.withdrawn_note),
        published=at,
        updated=at,
        tags=("Withdrawn",),
    )


def _unlisting_entry(claim: Claim) -> Entry:
    """Of a claim that is gone readers have its address, the moment and the note."""
    at, url = _moment(claim.unlisted_at), canonical(claim.get_absolute_url())
    return Entry(
        id=f"{url}#unlisted-{_stamp(at)}",
        url=url,
        title=_title(f"Claim taken off these pages: {url}"),
        paragraphs=_present(claim.unlisted_note),
        published=at,
        updated=at,
        tags=("Taken off",),
    )


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%S.%f}"


def _review_id(review: Review) -> str:
    return f"{canonical(review.claim.get_absolute_url())}#review-{review.number}"


def _title(text: str) -> str:
    return Truncator(text).chars(LONGEST_TITLE)


def _present(*texts: str) -> tuple[str, ...]:
    return tuple(text for text in texts if text)


def _moment(at: Any) -> datetime:
    """A moment that is there: the database's constraints say so, or that the record is listed."""
    assert isinstance(at, datetime)
    return at
