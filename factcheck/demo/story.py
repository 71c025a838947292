"""Takes three of the invented claims through the workflow: one verdict corrected, one withdrawn, one standing."""

from pathlib import Path
from typing import Any

from django.db import transaction

from factcheck import history, workflow
from factcheck.models import Claim, Evidence, Rating, Review, Severity, User
from factcheck.workflow import Corrected

ARTICLE = Path(__file__).with_name("article.json")
LOST, INSPECTED, KEPT = "holm-ferry-lost-two-million", "holm-ferries-not-inspected", "holm-council-kept-the-line-before"

ACCOUNTS = {
    "title": "The accounts of the Holm Ferry Company for 2024 (invented)",
    "url": "https://registry.example/holm-ferry-2024",
    "archived_url": "https://archive.example/holm-ferry-2024",
    "source": "Company registry",
    "origin": "Holm Ferry Company",
    "kind": "document",
    "stance": "supports",
    "interest": "party",
}
AUDIT = {
    "title": "The town's audit of the line (invented)",
    "url": "https://town.example/audit",
    "archived_url": "https://archive.example/audit",
    "source": "Town of Holm",
    "origin": "Town auditor",
    "kind": "document",
    "stance": "refutes",
    "interest": "state-body",
}


@transaction.atomic
def play(reviewer: User, editor: User) -> bool:
    """Whether there was anything to do: a claim with a review of its own is left as it is."""
    claims = {claim.slug: claim for claim in Claim.objects.filter(slug__in=(LOST, INSPECTED, KEPT))}
    if len(claims) < 3 or Review.objects.filter(claim__in=claims.values()).exists():
        return False
    _publish(
        claims[LOST],
        reviewer,
        editor,
        [ACCOUNTS],
        rating="true",
        title="Yes, the accounts show the loss",
        summary="The company's own accounts show a loss of two million crowns.",
        rationale="The accounts for 2024 were filed in February 2025. They show a loss of 2.0 million crowns.",
        evidence_strength="primary-record",
        origins_exception="The accounts are the primary record.",
    )
    _publish(
        claims[LOST],
        reviewer,
        editor,
        [AUDIT],
        about_former=Corrected(
            Severity.VERDICT_CHANGED,
            "We had taken the company's accounts as they are. The town's audit shows that 0.9 million of the loss "
            "belong to another line.",
        ),
        rating="half-true",
        title="A loss there was, but half of it was another line's",
        summary="The accounts show two million; an audit finds that 0.9 million of it belong to another line.",
        rationale="The accounts show 2.0 million crowns. The town's audit books 0.9 million of them to a freight line.",
        evidence_strength="independent-corroboration",
        origins_exception="",
    )
    _publish(
        claims[INSPECTED],
        reviewer,
        editor,
        [AUDIT, {**ACCOUNTS, "title": "Inspection fees in the accounts (invented)", "stance": "refutes"}],
        rating="false",
        title="Both ships were inspected",
        summary="The audit names two inspections in 2024, and the accounts show the fees that were paid for them.",
        rationale="The audit gives the days of both inspections. The fees stand in the accounts of the company.",
        evidence_strength="independent-corroboration",
    )
    kept = _publish(
        claims[KEPT],
        reviewer,
        editor,
        [{**AUDIT, "title": "Minutes of the council (invented)", "stance": "supports"}],
        rating="true",
        title="It did, in 2011",
        summary="The council's minutes of 2011 have the decision.",
        rationale="The minutes of 4 May 2011 have the decision and the sum.",
        evidence_strength="single-origin",
    )
    workflow.withdraw(
        kept,
        actor=editor,
        note="The minutes that we cite are those of another town of that name. We check the claim again.",
        reason="A reader pointed it out.",
    )
    return True


def _publish(
    claim: Claim,
    reviewer: User,
    editor: User,
    evidence: list[dict[str, str]],
    *,
    rating: str,
    about_former: Corrected | None = None,
    **fields: Any,
) -> Review:
    review = workflow.start_review(claim, actor=reviewer)
    with history.change(review, actor=reviewer, reason="Written"):
        review.rating = Rating.objects.in_force().get(slug=rating)
        review.no_reply_reason = "Nobody in this story exists."
        review.how_to_check = "Look up what we cite, if it existed."
        for name, value in fields.items():
            setattr(review, name, value)
        review.save()
        there = review.evidence.count()
        for position, one in enumerate(evidence, there + 1):
            Evidence(review=review, position=position, **one).save()
    review = workflow.submit(review, actor=reviewer)
    seen = review.version
    return workflow.approve_and_publish(review, actor=editor, seen=seen, about_former=about_former)
