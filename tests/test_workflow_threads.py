"""Two people who take a step at the same moment: one wins, the other is told, and nothing is half done."""

import io
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.db import connection, models
from django.db.models import F
from django.test import TransactionTestCase
from django.utils import timezone

from factcheck import history, workflow
from factcheck.models import Claim, Conflict, Evidence, Review, ReviewState, User
from factcheck.workflow import Updated
from tests import factories

ROUNDS = {"postgresql": 200, "sqlite": 50}
# By how many milliseconds the second of two is late, or, where negative, the first. How long each looks around before
# it locks depends on the step and the machine: mostly the two are close, and in the last two each is surely the first.
LATE = (0, 1, -1, 2, -2, 4, -4, 10, -10, 0, 60, -60)
PATIENCE = 60  # seconds, for what takes that long only if it is broken
STALE = "was saved by somebody else meanwhile"
DRAFT, SUBMITTED, PUBLISHED, SUPERSEDED, WITHDRAWN, _ = ReviewState

Side = Callable[[int], object]  # takes the step of a round


class StepRaceTests(TransactionTestCase):
    """Each round has a claim of its own, made together with those of all others."""

    def setUp(self):
        self.rounds = ROUNDS[connection.vendor]
        self.desk, self.rating = factories.desk(), factories.rating("false")
        # superusers: the same rules, and no query for their rights
        people = [factories.UserFactory(is_superuser=True) for _ in range(4)]
        self.reviewer, self.colleague, self.editor, self.chief = people

    def race(self, one: Side, other: Side, *, told: str = STALE) -> list[bool]:
        """Whether `one` won, round by round; who did not was told so: that it is stale, or in these words.

        Each side has a thread and a connection for all rounds, and both are let go at once, but for what is in LATE.
        """
        both = threading.Barrier(2, timeout=PATIENCE)

        def run(side: Side, sign: int) -> list[str]:
            ends = []
            try:
                for number in range(self.rounds):
                    both.wait()
                    time.sleep(max(0, sign * LATE[number % len(LATE)]) / 1000)
                    try:
                        side(number)
                        ends.append("won")
                    except (Conflict, ValidationError, PermissionDenied) as error:
                        ends.append(" ".join(error.messages) if isinstance(error, ValidationError) else str(error))
            except BaseException:
                both.abort()
                raise
            finally:
                connection.close()
            return ends

        with ThreadPoolExecutor(2) as pool:
            runs = [pool.submit(run, one, -1), pool.submit(run, other, 1)]
        errors = [error for end in runs if (error := end.exception())]
        for error in sorted(errors, key=lambda error: isinstance(error, threading.BrokenBarrierError)):
            raise error
        ends = list(zip(*(end.result() for end in runs), strict=True))
        odd = [
            (number, *both)
            for number, both in enumerate(ends)
            if both.count("won") != 1 or not any(words in " ".join(both) for words in (STALE, told))
        ]
        self.assertEqual(odd, [])
        won = [first == "won" for first, _ in ends]
        self.assertEqual({*won}, {True, False}, "no race: one side was always the first")
        return won

    def claims(self) -> list[Claim]:
        claims = [factories.ClaimFactory.build(claimant=None) for _ in range(self.rounds)]
        with history.changes(actor=factories.SYSTEM) as block:
            block.insert(claims)
        return claims

    def submitted(self, claims: list[Claim], number: int = 1) -> list[Review]:
        """A review of each that waits for approval."""
        reviews = [
            Review(
                claim=claim, publisher=self.desk, number=number, author=self.reviewer, rating=self.rating,
                summary="It was open.", rationale="The log says so.", claim_reviewed=claim.text,
                reviewed_kind=claim.kind, reviewed_made_on=claim.made_on,
                reviewed_made_on_precision=claim.made_on_precision,
            )
            for claim in claims
        ]  # fmt: skip
        with history.changes(actor=self.reviewer, action="started") as block:
            block.insert(reviews)
            block.insert([Evidence(review=one, title="Log", kind="document", stance="refutes") for one in reviews])
        submission = {"submitted_by": self.reviewer, "submitted_at": timezone.now(), "submitted_version": F("version")}
        self.step(reviews, "submitted", self.reviewer, state=SUBMITTED, **submission)
        return reviews

    def published(self, claims: list[Claim]) -> list[Review]:
        reviews = self.submitted(claims)
        approval = {
            "approved_by": self.editor,
            "approved_version": F("submitted_version"),
            "published_at": timezone.now(),
        }
        self.step(reviews, "published", self.editor, state=PUBLISHED, **approval)
        return reviews

    def step(self, reviews: list[Review], action: str, actor: User, **columns: object) -> None:
        """Takes a step with all of them in one statement."""
        with history.changes(reviews, actor=actor, action=action):
            rows = Review._base_manager.filter(pk__in=[review.pk for review in reviews])
            models.QuerySet.update(rows, **columns)
            workflow.refresh_status([review.claim for review in reviews], columns.get("published_at"))

    def read(self, reviews: list[Review]) -> list[Review]:
        """As one of the two has them on the screen."""
        rows = Review.objects.filter(pk__in=[review.pk for review in reviews])
        return list(rows.select_related("claim", "publisher").order_by("pk"))

    def approval(self, reviews: list[Review], editor: User, about_former: Updated | None = None) -> Side:
        seen = self.read(reviews)
        return lambda number: workflow.approve_and_publish(
            seen[number], actor=editor, seen=seen[number].version, about_former=about_former
        )

    def edit(self, reviews: list[Review], actor: User) -> Side:
        """As the desk saves it."""
        seen = self.read(reviews)

        def edit(number: int) -> None:
            review = seen[number]
            with history.change(review, actor=actor, seen=review.version):
                workflow.back_to_draft(review)
                review.summary = f"As {actor} says."
                review.save()

        return edit

    def withdrawal(self, reviews: list[Review], editor: User) -> Side:
        seen = self.read(reviews)
        return lambda number: workflow.withdraw(
            seen[number], actor=editor, seen=seen[number].version, note="The log was forged."
        )

    def assertStored(self, reviews: list[Review], names: list[str], expected: list[tuple]) -> None:
        """What the reviews are now, in the order of the rounds; and that the history tells how they became so."""
        rows = Review.objects.filter(pk__in=[review.pk for review in reviews]).order_by("pk")
        self.assertEqual(list(rows.values_list(*names)), expected)
        call_command("verifyhistory", stdout=io.StringIO())

    def test_of_two_approvals_one_publishes(self):
        reviews = self.submitted(self.claims())

        won = self.race(self.approval(reviews, self.editor), self.approval(reviews, self.chief))

        winners = [self.editor.pk if first else self.chief.pk for first in won]
        expected = [(PUBLISHED, winner, "reviewed") for winner in winners]
        self.assertStored(reviews, ["state", "approved_by", "claim__status_basis"], expected)

    def test_of_an_approval_and_an_edit_one_wins(self):
        reviews = self.submitted(self.claims())

        won = self.race(self.approval(reviews, self.editor), self.edit(reviews, self.reviewer))

        expected = [(PUBLISHED, "It was open.") if first else (DRAFT, f"As {self.reviewer} says.") for first in won]
        self.assertStored(reviews, ["state", "summary"], expected)

    def test_of_publishing_a_successor_and_withdrawing_one_wins(self):
        claims = self.claims()
        former, reviews = self.published(claims), self.submitted(claims, number=2)

        won = self.race(
            self.approval(reviews, self.editor, about_former=Updated("Another log.")),
            self.withdrawal(former, self.chief),
            told="there is nothing to correct",
        )

        self.assertStored(former, ["state"], [(SUPERSEDED if first else WITHDRAWN,) for first in won])
        expected = [(PUBLISHED, "reviewed") if first else (SUBMITTED, "none") for first in won]
        self.assertStored(reviews, ["state", "claim__status_basis"], expected)

    def test_of_two_who_save_the_same_version_one_wins(self):
        reviews = self.submitted(self.claims())
        version = reviews[0].version

        won = self.race(self.edit(reviews, self.reviewer), self.edit(reviews, self.colleague))

        winners = [self.reviewer if first else self.colleague for first in won]
        expected = [(DRAFT, f"As {winner} says.", version + 1) for winner in winners]
        self.assertStored(reviews, ["state", "summary", "version"], expected)
