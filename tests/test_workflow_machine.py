"""Random people take random steps in random order: each does what it has to, and what must always be true stays true.

The machine knows of each review who wrote it and in which state it is. From that, and from nothing of the workflow,
follows whether a step has to succeed, and if not, in which words it has to be refused.
"""

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.test import TestCase
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from factcheck import history, replay, workflow
from factcheck.models import (
    Caveat,
    Change,
    Claim,
    ClaimKind,
    Conflict,
    Correction,
    Membership,
    Rating,
    Review,
    ReviewState,
    Severity,
    User,
)
from factcheck.workflow import Corrected, Updated
from tests import factories

DRAFT, SUBMITTED, PUBLISHED, SUPERSEDED, WITHDRAWN, DISCARDED = ReviewState

# Each role may do what those before it may.
LEVELS = ("Researcher", "Reviewer", "Editor", "superuser")
CAST = {
    "reviewer": "Reviewer",
    "editor": "Editor",
    "chief": "Editor",
    "superuser": "superuser",
    "researcher": "Researcher",
    "colleague": "Reviewer",
    "viewer": "Viewer",
    "left": "inactive Editor",
}
# The first role that may take a step; for those with a review also the state in which it has to be.
TURNS = {
    "take_over": ("Researcher", DRAFT),
    "submit": ("Reviewer", DRAFT),
    "discard_review": ("Researcher", DRAFT),
    "call_back": ("Researcher", SUBMITTED),
    "return_for_changes": ("Editor", SUBMITTED),
    "approve_and_publish": ("Editor", SUBMITTED),
    "withdraw": ("Editor", PUBLISHED),
}
ROLES = {step: role for step, (role, _) in TURNS.items()} | {
    "start_review": "Researcher",
    "edit": "Researcher",
    "assign": "Researcher",
    "decline": "Reviewer",
    "reconsider": "Reviewer",
    "correct": "Editor",
    "list_claim": "Editor",
    "unlist_claim": "Editor",
}
# What the history calls the steps that write nothing of a review.
WRITES_NOTHING = ("submitted", "called back", "returned", "published", "superseded", "withdrawn", "discarded")

# Words that refuse
ROLE = "Your role does not allow you to "
STALE = "was saved by somebody else meanwhile"
WROTE = "You wrote some of this review"
ESSENTIALS = NO_RATING, RETIRED, NO_PREDICTION, NO_EVIDENCE = (
    "Choose a rating.",
    "The rating is retired",
    "Only a prediction has an outcome",
    "Cite at least one piece of evidence.",
)
OUT_OF_TURN = "This review is "
OF_OTHERS = "This is another publisher's review."
FIXED = "claim_wording_fixed_while_reviewed"

WORDINGS = [("The harbour was closed.", ClaimKind.FACT), ("The harbour will be closed.", ClaimKind.PREDICTION)]
RATINGS = ["false", "false", "true", "fulfilled"]
TEXT = st.sampled_from(["Because."] * 7 + ["", " "])
BEHIND = st.sampled_from([0] * 14 + [1])
RARELY = st.sampled_from([False] * 7 + [True])

# A walk that never came here proves nothing.
MUST_BE_REACHED = (
    *ROLES, "edit of what was submitted", "superseded, corrected", "superseded, updated", "reported", "reviewed",
    ROLE, STALE, WROTE, OUT_OF_TURN, "submit: lacks an essential", "approve_and_publish: lacks an essential",
)  # fmt: skip


@dataclass
class Known:
    """What the test knows of a review; people stand as their names."""

    pk: int
    number: int | None
    wording: tuple[str, str]
    author: str | None = None
    state: ReviewState = DRAFT
    submitter: str | None = None
    approver: str | None = None
    rating: Rating | None = None
    evidence: int = 0
    writers: set[str] = field(default_factory=set)

    def is_by(self, who: str) -> bool:
        return who in {*self.writers, self.author, self.submitter}

    def lacks(self, retired: set[Rating]) -> str:
        """The first essential that keeps it from being submitted or published."""
        if self.rating is None:
            return NO_RATING
        if self.rating in retired:
            return RETIRED
        if self.rating.slug == "fulfilled" and self.wording[1] != ClaimKind.PREDICTION:
            return NO_PREDICTION
        return "" if self.evidence else NO_EVIDENCE


def edit(review: Review, *, actor: User, seen: int, rating: Rating, text: str, evidence: bool, wording) -> Review:
    """A draft or what was submitted, as the desk saves it."""
    with history.change(review, actor=actor, seen=seen):
        workflow.back_to_draft(review)
        review.rating, review.summary, review.rationale = rating, text, "The log says so."
        review.claim_reviewed, review.reviewed_kind = wording
        review.save()
        for one in review.evidence.all():
            one.delete()
        if evidence:
            factories.EvidenceFactory(review=review, title=text)
    return review


class Desk(RuleBasedStateMachine):
    """One claim, and those who work on it. `reached` counts what happened, and the words that refused something."""

    def __init__(self, claim: Claim, people: dict[str, User], reached: Counter) -> None:
        super().__init__()
        self.people, self.reached = people, reached
        self.roles = dict(CAST)
        self.pk = claim.pk
        self.wording = WORDINGS[0]
        self.is_listed = self.was_listed = self.is_declined = self.is_reported = False
        self.assigned: str | None = None
        self.reviews: list[Known] = []
        self.corrections = self.edits = 0
        self.retired: set[Rating] = set()
        self.said: dict[int, tuple] = {}
        self.walk = transaction.atomic()
        self.walk.__enter__()

    def teardown(self):
        try:
            if sys.exception() is None:  # what stopped the walk is told first
                assert list(replay.breaks()) == []
        finally:
            transaction.set_rollback(True)
            self.walk.__exit__(None, None, None)

    @rule(data=st.data())
    def go_on(self, data):
        """One rule for all: of many, Hypothesis leaves out some for a whole walk, and few walks would get anywhere."""
        self.draw = data.draw
        getattr(self, self.draw(st.sampled_from(self.likely()), "step"))()

    def likely(self) -> list[str]:
        """What may happen next: in half of the cases the step that leads on."""
        known = self.last(DRAFT, SUBMITTED)
        others = [
            "list_or_unlist", "decline_or_reconsider", "decline_or_reconsider", "assign", "correct", "reword",
            "change_the_caveat", "swap_roles", "step_out_of_turn",
        ]  # fmt: skip
        if self.was_listed:
            others += ["correct"] * 2
        if self.last(PUBLISHED):
            others += ["withdraw"] * 2
        if known is None:
            ahead = "start"
            others += ["import_a_review"]
        elif known.state == DRAFT:
            ahead = "edit" if known.lacks(self.retired) else "submit"
            others += ["edit", "submit", "take_over", "discard"] * 2
        else:
            ahead = "edit" if known.lacks(self.retired) and self.draw(st.booleans(), "mend") else "approve"
            others += ["edit", "retire", "call_back", "call_back", "return_for_changes", "return_for_changes"] * 2
        return others + [ahead] * len(others)

    # What is known

    def last(self, *states: ReviewState) -> Known | None:
        return next((known for known in reversed(self.reviews) if known.number and known.state in states), None)

    def may(self, who: str, step: str) -> bool:
        role = self.roles[who]
        return role in LEVELS and LEVELS.index(role) >= LEVELS.index(ROLES[step])

    def somebody(self, step: str, fits: Callable[[str], bool] = lambda who: True) -> str:
        """Mostly a person who may take the step, at times one whom only the role allows it, or anybody."""
        allowed = [who for who in CAST if self.may(who, step)]
        fitting = [who for who in allowed if fits(who)]
        others = [who for who in allowed if who not in fitting]
        choices = [fitting or allowed] * 5 + [others or allowed, [*CAST]]
        return self.draw(st.sampled_from(self.draw(st.sampled_from(choices))), "who")

    # Taking a step

    def attempt(self, step: Callable, record: Claim | Review, who: str, obstacles: dict[str, bool], **arguments):
        """What the step returns; None where it was refused, in the words of the first obstacle that is there."""
        name, behind = step.__name__, self.draw(BEHIND, "versions behind")
        obstacles = {ROLE: not self.may(who, name), STALE: behind > 0, **obstacles}
        due = next((words for words, is_there in obstacles.items() if is_there), "")
        before = Change.objects.aggregate(last=Max("id"))["last"]
        try:
            result = step(record, actor=self.people[who], seen=record.version - behind, **arguments)
        except (PermissionDenied, ValidationError, Conflict) as error:
            told = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
            assert due and due in told, f"{name} by {who}: expected “{due}”, was told “{told}”"
            assert not Change.objects.filter(id__gt=before).exists()
            due = f"{name}: lacks an essential" if due in ESSENTIALS else due
            self.reached[OUT_OF_TURN if due.startswith(OUT_OF_TURN) else due] += 1
            return None
        assert not due, f"{name} by {who} had to be refused: {due}"
        assert {*Change.objects.filter(id__gt=before).values_list("actor", flat=True)} <= {self.people[who].pk}
        self.reached[name] += 1
        return result

    def attempt_with(self, known: Known, step: Callable, who: str, obstacles: dict[str, bool], **arguments):
        return self.attempt(step, Review.objects.get(pk=known.pk), who, obstacles, **arguments)

    def attempt_with_claim(self, step: Callable, who: str, obstacles: dict[str, bool], **arguments):
        return self.attempt(step, Claim.objects.get(pk=self.pk), who, obstacles, **arguments)

    # With the review

    def start(self):
        who, former = self.somebody("start_review"), self.last(PUBLISHED)
        if review := self.attempt_with_claim(workflow.start_review, who, {}):
            number = 1 + sum(known.number is not None for known in self.reviews)
            known = Known(review.pk, number, self.wording, author=who, writers={who})
            if former:
                known.rating, known.evidence = Rating.objects.in_force().filter(slug=former.rating.slug).first(), 1
            self.reviews.append(known)

    def edit(self):
        known = self.last(DRAFT, SUBMITTED)
        who = self.draw(st.sampled_from([who for who in CAST if self.may(who, "edit")]), "who")
        written = {
            "rating": factories.rating(self.draw(st.sampled_from(RATINGS), "rating")),
            "evidence": not self.draw(RARELY, "without evidence"),
            # which the desk lets nobody change unless a review is published
            "wording": self.draw(st.sampled_from(WORDINGS), "wording") if self.last(PUBLISHED) else known.wording,
        }
        self.edits += 1
        if self.attempt_with(known, edit, who, {}, text=f"Edit {self.edits}.", **written):
            self.reached["edit of what was submitted"] += known.state == SUBMITTED
            known.rating, known.wording = written["rating"], written["wording"]
            known.evidence, known.state = int(written["evidence"]), DRAFT
            known.writers.add(who)

    def take_over(self):
        known = self.last(DRAFT)
        who = self.somebody("take_over", lambda who: who != known.author)
        if self.attempt_with(known, workflow.take_over, who, {"You are the author already.": who == known.author}):
            known.author = who
            known.writers.add(who)

    def submit(self):
        known, who = self.last(DRAFT), self.somebody("submit")
        before = known.wording
        if not self.last(PUBLISHED):
            known.wording = self.wording
        lacks = known.lacks(self.retired)
        if self.attempt_with(known, workflow.submit, who, {lacks: lacks != ""}):
            known.state, known.submitter = SUBMITTED, who
        else:
            known.wording = before

    def call_back(self):
        known = self.last(SUBMITTED)
        own = (known.author, known.submitter)
        who = self.somebody("call_back", lambda who: who in own)
        if self.attempt_with(known, workflow.call_back, who, {"Only its author or who submitted it": who not in own}):
            known.state = DRAFT

    def return_for_changes(self):
        known, who, reason = self.last(SUBMITTED), self.somebody("return_for_changes"), self.draw(TEXT, "reason")
        obstacles = {"Say what has to change.": not reason.strip()}
        if self.attempt_with(known, workflow.return_for_changes, who, obstacles, reason=reason):
            known.state = DRAFT

    def approve(self):
        known, former = self.last(SUBMITTED), self.last(PUBLISHED)
        who = self.somebody("approve_and_publish", lambda who: not known.is_by(who))
        is_changed = former is not None and former.rating != known.rating
        severity = Severity.VERDICT_CHANGED if is_changed else Severity.DETAIL
        fitting = [severity, "update"] * 6 if former else ["nothing"] * 12
        about = self.draw(st.sampled_from([*fitting, "nothing", "update", *Severity]), "about the former")
        note = self.draw(TEXT, "note")
        says = {"nothing": None, "update": Updated(note)}.get(about, Corrected(about, note))
        lacks = known.lacks(self.retired)
        obstacles = {
            WROTE: known.is_by(who),
            lacks: lacks != "",
            "say what was wrong with it, or what is new": bool(former and not (says and note.strip())),
            "The verdict changed": bool(former and is_changed and about in ("detail", "clarification")),
            "The verdict is the same": bool(former and not is_changed and about == "verdict-changed"),
            "there is nothing to correct": not former and says is not None,
        }
        if self.attempt_with(known, workflow.approve_and_publish, who, obstacles, about_former=says):
            known.state, known.approver = PUBLISHED, who
            self.reached["reworded"] += self.wording != known.wording
            self.wording = known.wording
            if former:
                former.state = SUPERSEDED
                self.corrections += about != "update"
                self.reached["superseded, updated" if about == "update" else "superseded, corrected"] += 1

    def withdraw(self):
        known, who, note = self.last(PUBLISHED), self.somebody("withdraw"), self.draw(TEXT, "note")
        if self.attempt_with(known, workflow.withdraw, who, {"Tell readers why": not note.strip()}, note=note):
            known.state = WITHDRAWN

    def discard(self):
        known = self.last(DRAFT)

        def fits(who: str) -> bool:
            return who == known.author or self.may(who, "approve_and_publish")

        who = self.somebody("discard_review", fits)
        if self.attempt_with(known, workflow.discard_review, who, {"Only its author or an editor": not fits(who)}):
            known.state = DISCARDED

    def step_out_of_turn(self):
        """A step with a review that is not in the state for it, or with another publisher's."""
        if self.last(DRAFT, SUBMITTED) and self.draw(RARELY, "start another"):
            obstacles = {"A review of this claim is open already": True}
            self.attempt_with_claim(workflow.start_review, self.somebody("start_review"), obstacles)
            return
        wrong = [
            (step, known)
            for known in self.reviews
            for step, (_, state) in TURNS.items()
            if known.state != state or known.number is None
        ]
        if not wrong:
            return
        step, known = self.draw(st.sampled_from(wrong), "step and review")
        words = f"{OUT_OF_TURN}{known.state.label.lower()}, not " if known.number else OF_OTHERS
        more = {"return_for_changes": {"reason": "Because."}, "withdraw": {"note": "Because."}}.get(step, {})
        self.attempt_with(known, getattr(workflow, step), self.somebody(step), {words: True}, **more)

    # With the claim

    def list_or_unlist(self):
        again, who, note = self.draw(RARELY, "again"), self.somebody("list_claim"), self.draw(TEXT, "note")
        if self.is_listed is again:
            obstacles = {"This claim is listed already.": self.is_listed}
            if self.attempt_with_claim(workflow.list_claim, who, obstacles):
                self.is_listed = self.was_listed = True
        else:
            had_review = any(known.approver for known in self.reviews)
            obstacles = {
                "This claim is not listed.": not self.is_listed,
                "say in a public note why it is unlisted": had_review and not note.strip(),
            }
            if self.attempt_with_claim(workflow.unlist_claim, who, obstacles, note=note):
                self.is_listed = False

    def decline_or_reconsider(self):
        again, who, reason = self.draw(RARELY, "again"), self.somebody("decline"), self.draw(TEXT, "reason")
        if self.is_declined is again:
            obstacles = {
                "Say why we do not check this claim.": not reason.strip(),
                "This claim is declined already.": self.is_declined,
            }
            if self.attempt_with_claim(workflow.decline, who, obstacles, reason=reason):
                self.is_declined = True
        else:
            obstacles = {"This claim is not declined.": not self.is_declined}
            if self.attempt_with_claim(workflow.reconsider, who, obstacles):
                self.is_declined = False

    def assign(self):
        who, to = self.somebody("assign"), self.draw(st.sampled_from([None, *CAST]), "to")
        obstacles = {"an active account of the desk": to == "left"}
        if self.attempt_with_claim(workflow.assign, who, obstacles, to=self.people.get(to)):
            self.assigned = to

    def correct(self):
        who, note = self.somebody("correct"), self.draw(TEXT, "note")
        severity = self.draw(st.sampled_from(["detail", "detail", *Severity]), "severity")
        obstacles = {
            "Readers have never seen this claim": not self.was_listed,
            "Say what was wrong and what is right now.": not note.strip(),
            "A changed verdict names the new review.": severity == Severity.VERDICT_CHANGED,
        }
        if self.attempt_with_claim(workflow.correct, who, obstacles, severity=severity, note=note):
            self.corrections += 1

    # Meanwhile

    def reword(self):
        """Past the desk, which asks first: the database fixes what a submitted or published review rates."""
        wording = next(one for one in WORDINGS if one != self.wording)
        reviewed = [known for known in self.reviews if known.number and known.state in (SUBMITTED, PUBLISHED)]
        is_fixed = any(known.wording != wording for known in reviewed)
        claim = Claim.objects.get(pk=self.pk)
        try:
            with history.change(claim, actor=factories.SYSTEM):
                claim.text, claim.kind = wording
                claim.save()
        except IntegrityError as error:
            assert is_fixed and FIXED in str(error)
            self.reached[FIXED] += 1
            return
        assert not is_fixed
        self.wording = wording

    def change_the_caveat(self):
        """A reporter's caveat comes, or goes."""
        claim = Claim.objects.get(pk=self.pk)
        if self.is_reported:
            with history.change(claim, actor=factories.SYSTEM):
                claim.appearances.get().delete()
                workflow.refresh_status([claim])
        else:
            address = "https://post.example.org/"
            factories.AppearanceFactory(claim=claim, article=None, address=address, caveat=Caveat.NOT_VERIFIED)
        self.is_reported = not self.is_reported

    def import_a_review(self):
        review = factories.ImportedReviewFactory(claim_id=self.pk, claim_reviewed="As they word it.")
        self.reviews.append(Known(review.pk, None, self.wording, state=PUBLISHED))

    def retire(self):
        """The rating of what waits for approval."""
        rating = Rating.objects.get(pk=self.last(SUBMITTED).rating.pk)
        if rating not in self.retired:
            factories.change(rating, retired_on=date(2025, 1, 1) + timedelta(days=len(self.retired)))
            self.retired.add(rating)

    def swap_roles(self):
        """An account's rights are those of now, also where the person signed in with others."""
        one, other = "chief", "researcher"
        self.roles[one], self.roles[other] = self.roles[other], self.roles[one]
        for who in (one, other):
            user = User.objects.get(pk=self.people[who].pk)
            with history.change(user, actor=factories.SYSTEM):
                user.memberships.get().delete()
                Membership(user=user, group=Group.objects.get(name=self.roles[who])).save()

    # What must always be true

    @invariant()
    def what_is_stored_is_what_was_done(self):
        claim = Claim.objects.select_related("status").get(pk=self.pk)
        reviews = list(Review.objects.filter(claim=claim).prefetch_related("evidence", "corrections").order_by("pk"))
        self.check_claim(claim)
        self.check_reviews(reviews)
        self.check_rules(claim, [review for review in reviews if review.number])

    def check_claim(self, claim: Claim):
        """Nothing of a step that was refused is there, and all of one that was taken."""
        current = self.last(PUBLISHED)
        status = (current.rating.slug, "reviewed") if current else ("unverified", "reported")
        if not current and not self.is_reported:
            status = (None, "none")
        assert (claim.status and claim.status.slug, claim.status_basis) == status
        self.reached[claim.status_basis] += 1
        assert (claim.text, claim.kind) == self.wording
        assert (claim.is_public, claim.first_listed_at is not None) == (self.is_listed, self.was_listed)
        assert bool(claim.declined_reason) is self.is_declined
        assert claim.assigned_to_id == (self.people[self.assigned].pk if self.assigned else None)
        assert Correction.objects.filter(claim=claim).count() == self.corrections

    def check_reviews(self, reviews: list[Review]):
        names = {user.pk: name for name, user in self.people.items()} | {None: None}
        stored = [
            (one.pk, one.number, one.state, names[one.author_id], names[one.approved_by_id], one.rating_id)
            for one in reviews
        ]
        assert stored == [
            (one.pk, one.number, one.state, one.author, one.approver, one.rating and one.rating.pk)
            for one in self.reviews
        ]
        assert [len(one.evidence.all()) for one in reviews] == [one.evidence for one in self.reviews]

    def check_rules(self, claim: Claim, reviews: list[Review]):
        """What the design says of our reviews, without asking what was done."""
        assert [review.number for review in reviews] == list(range(1, len(reviews) + 1))
        assert sum(review.state in (DRAFT, SUBMITTED) for review in reviews) <= 1
        assert sum(review.state == PUBLISHED for review in reviews) <= 1
        writing = Change.objects.filter(whole_type="review").exclude(action__in=WRITES_NOTHING)
        wrote = set(writing.filter(whole_id__in=[one.pk for one in reviews]).values_list("whole_id", "actor"))
        once_published = [one for one in reviews if one.state in (PUBLISHED, SUPERSEDED, WITHDRAWN)]
        for review in reviews:
            if review.state == SUBMITTED:
                assert review.version == review.submitted_version
            if review.state == PUBLISHED:
                assert (review.claim_reviewed, review.reviewed_kind) == (claim.text, claim.kind)
                assert claim.status.slug != "fulfilled" or claim.kind == ClaimKind.PREDICTION
        for review in once_published:
            assert None not in (review.author_id, review.submitted_by_id, review.approved_by_id, review.published_at)
            assert review.approved_by_id not in (review.author_id, review.submitted_by_id)
            assert (review.pk, review.approved_by_id) not in wrote
            assert review.approved_version == review.submitted_version
            evidence = [one.title for one in review.evidence.all()]
            said = (review.rating_id, review.summary, review.rationale, review.claim_reviewed, evidence)
            assert self.said.setdefault(review.pk, said) == said  # what was published stays as it was
        for review, after in pairwise(once_published):
            if review.state == SUPERSEDED:
                assert after.update_note or after.corrections.all()


class DeskTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        factories.desk()
        for slug in ("unverified", *RATINGS):
            factories.rating(slug)
        given = {"superuser": {"is_superuser": True}, "inactive Editor": {"roles": ["Editor"], "is_active": False}}
        cls.people = {name: factories.UserFactory(**given.get(role, {"roles": [role]})) for name, role in CAST.items()}
        text, kind = WORDINGS[0]
        cls.claim = factories.ClaimFactory(text=text, kind=kind)

    def test_what_must_be_true_stays_true(self):
        reached = Counter()

        run_state_machine_as_test(
            lambda: Desk(self.claim, self.people, reached),
            settings=settings(
                max_examples=8,  # from 10 on, Hypothesis repeats parts of them
                stateful_step_count=45,
                deadline=None,
                derandomize=True,
                phases=[Phase.generate, Phase.shrink],
                suppress_health_check=list(HealthCheck),
            ),
        )

        self.assertEqual([what for what in MUST_BE_REACHED if not reached[what]], [], reached)
