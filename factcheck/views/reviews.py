"""Reviews as the page of a claim shows them."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Self

from django.db.models import F, Prefetch, QuerySet

from factcheck.models import Evidence, Origin, ReplyRequest, Review, ReviewState, Stance
from factcheck.models.evidence import WEIGHING, origins
from factcheck.models.scale import language_of


@dataclass(frozen=True, slots=True)
class ShownReview:
    """A public review with its evidence by stance, and how many first hands that comes from."""

    review: Review
    stances: list[tuple[str, list[Evidence]]]
    weighing: int
    origins: int

    @classmethod
    def of(cls, review: Review) -> Self:
        by_stance: dict[str, list[Evidence]] = defaultdict(list)
        for one in review.evidence.all():
            by_stance[one.stance].append(one)
        weighing = [one for stance in WEIGHING for one in by_stance[stance]]
        stances = [(str(stance.label), by_stance[stance]) for stance in Stance if by_stance[stance]]
        return cls(review, stances, len(weighing), origins(weighing))

    @property
    def is_ours(self) -> bool:
        return self.review.origin == Origin.DESK

    @property
    def is_current(self) -> bool:
        return self.is_ours and self.review.state == ReviewState.PUBLISHED

    @property
    def verdict(self) -> str:
        rating = self.review.rating
        return self.review.verdict or (rating.word if rating else "")

    @property
    def verdict_language(self) -> str:
        """That of the page for a word of our scale; its own for a wording of the review's."""
        rating = self.review.rating
        return self.review.language if self.review.verdict or not rating else language_of(rating.label)


def review_rows(reviews: QuerySet[Review]) -> QuerySet[Review]:
    """With all that a page shows of each, the newest first."""
    rows = reviews.select_related("claim", "publisher", "rating", "author", "approved_by", "reviewed_claimant")
    rows = rows.prefetch_related(
        Prefetch("evidence", Evidence.objects.order_by("position", "id")),
        Prefetch("reply_requests", ReplyRequest.objects.order_by("asked_at", "id")),
    )
    return rows.order_by(F("published_at").desc(nulls_last=True), "-id")


def shown_reviews(reviews: QuerySet[Review]) -> list[ShownReview]:
    """The newest first. Costs three queries where there is a review, one where there is none."""
    rows = reviews.select_related("publisher", "rating", "author", "approved_by").prefetch_related(
        Prefetch("evidence", Evidence.objects.public().order_by("position", "id")),
        Prefetch("reply_requests", ReplyRequest.objects.public().order_by("asked_at", "id")),
    )
    return [ShownReview.of(review) for review in rows.order_by(F("published_at").desc(nulls_last=True), "-id")]
