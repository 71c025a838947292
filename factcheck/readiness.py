"""What a review still lacks before it can be submitted: what is essential blocks, the rest warns."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from factcheck.models import ClaimKind, RatingClass, Review
from factcheck.models.evidence import origins

TWO_ORIGINS = 2


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that a review lacks.

    `field` names where it is given: a field of the review, a list of its parts, "claim", or a field of the claim.
    `row` is the place of one part in that list, from 0.
    """

    field: str
    message: str
    is_essential: bool = False
    row: int | None = None


def missing(review: Review) -> list[Missing]:
    """What the review lacks, the essentials first. Costs two queries, where evidence and replies are not prefetched."""
    claim, evidence = review.claim, list(review.evidence.all())
    is_outcome = review.rating is not None and review.rating.rating_class == RatingClass.OUTCOME
    checks = [
        (review.rating is None, Missing("rating", _("Choose a rating."), True)),
        (
            review.rating is not None and review.rating.retired_on is not None,
            Missing("rating", _("The rating is retired: choose one that is in force."), True),
        ),
        (
            is_outcome and review.rated_kind != ClaimKind.PREDICTION,
            Missing("rating", _("Only a prediction has an outcome: choose another rating."), True),
        ),
        (review.author is None, Missing("author", _("Say who wrote it."), True)),
        (not review.summary.strip(), Missing("summary", _("Write the summary."), True)),
        (not review.rationale.strip(), Missing("rationale", _("Give the reasons for the verdict."), True)),
        (not evidence, Missing("evidence", _("Cite at least one piece of evidence."), True)),
        (
            origins(evidence) < TWO_ORIGINS and not review.origins_exception.strip(),
            Missing(
                "origins_exception", _("Fewer than two independent origins: find another, or say why it is enough.")
            ),
        ),
        *(
            (
                bool(one.url and not (one.archived_url or one.capture_sha256)),
                Missing(
                    "evidence",
                    _("“%(title)s” is not archived: give an address, or attach a capture.") % {"title": one.title},
                    row=row,
                ),
            )
            for row, one in enumerate(evidence)
        ),
        (
            claim.claimant is not None and not review.no_reply_reason.strip() and not review.reply_requests.all(),
            Missing("no_reply_reason", _("Nobody was asked for a reply: record whom you asked, or say why not.")),
        ),
        (not review.how_to_check.strip(), Missing("how_to_check", _("Say how a reader can check this."))),
        (
            claim.kind == ClaimKind.PREDICTION and not claim.resolution.strip(),
            Missing("resolution", _("The prediction has no resolution rule: what would count as fulfilled?")),
        ),
        (not claim.is_public, Missing("claim", _("The claim is private: readers see the review once it is listed."))),
    ]
    return [item for is_missing, item in checks if is_missing]
