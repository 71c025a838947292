"""When readers last got to see something new of a record. Only what they see counts, so no private edit shows."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Case, DateTimeField, F, Max, QuerySet, Value, When
from django.db.models.functions import Coalesce, Greatest

from factcheck.models import Appearance, Claim, ClaimTopic, Correction, Origin, Publisher, Relay, Review

# Each source: public rows, the path to the record that they tell of, and the moment. A source in which every public
# record has a row of its own also says which records are public.
type Source = tuple[QuerySet[Any], str, Any]


def _since(claim: str = "") -> Greatest:
    """When a claim was listed, got its status, or last changed in what readers see."""
    listed = F(f"{claim}listed_at")
    return Greatest(listed, *(Coalesce(F(f"{claim}{name}"), listed) for name in ("status_since", "changed_at")))


def _reviewed() -> Case:
    """When a review was last seen to change; others published theirs elsewhere."""
    return Case(When(origin=Origin.DESK, then=Coalesce("withdrawn_at", "published_at")), default="recorded_at")


def of_claims() -> list[Source]:
    return [
        (Claim.objects.public(), "id", _since()),
        (Review.objects.public(), "claim_id", Greatest("claim__listed_at", _reviewed())),
        (Correction.objects.public(), "claim_id", F("made_at")),
    ]


def of_articles() -> list[Source]:
    return [(Appearance.objects.public().filter(article__isnull=False), "article_id", _since("claim__"))]


def of_claimants() -> list[Source]:
    said = Appearance.objects.public().filter(claimant__isnull=False)
    relayed = Relay.objects.public().filter(by_claimant__isnull=False)
    return [
        (Claim.objects.public().filter(claimant__isnull=False), "claimant_id", _since()),
        (said, "claimant_id", _since("claim__")),
        (relayed, "by_claimant_id", _since("appearance__claim__")),
    ]


def of_topics() -> list[Source]:
    return [(ClaimTopic.objects.public(), "topic_id", _since("claim__"))]


def of_publishers() -> list[Source]:
    """The desk is public whatever there is of it to read, so it may have no moment."""
    relayed = Relay.objects.public().filter(by_publisher__isnull=False)
    return [
        (Publisher.objects.filter(is_desk=True), "id", Value(None, DateTimeField())),
        (Appearance.objects.public().filter(article__isnull=False), "article__publisher_id", _since("claim__")),
        (relayed, "by_publisher_id", _since("appearance__claim__")),
        (Review.objects.public(), "publisher_id", Greatest("claim__listed_at", _reviewed())),
    ]


def latest(sources: Iterable[Source], *ids: tuple[str, Any], every: int = 1) -> dict[int, datetime | None]:
    """By id: the latest moment of each record, or of `every` so many ids together. One query for each source.

    `ids` narrows it to some: lookups with their values, such as `("in", [1, 2])`.
    """
    found: dict[int, datetime | None] = {}
    for rows, path, moment in sources:
        narrowed = rows.order_by().filter(**{f"{path}__{lookup}": value for lookup, value in ids})
        groups = narrowed.values(group=F(path) / every).annotate(latest=Max(moment))
        for group, at in groups.values_list("group", "latest"):
            found[group] = max(filter(None, (at, found.get(group))), default=None)
    return found
