"""A review's way from draft to published, and what comes after."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import TestCase

from factcheck import history, readiness, workflow
from factcheck.models import (
    Change,
    Claim,
    Conflict,
    Correction,
    Membership,
    Review,
    ReviewState,
    Severity,
    Stance,
    StatusBasis,
)
from factcheck.workflow import Corrected, Updated
from tests.factories import (
    MIDNIGHT,
    ClaimFactory,
    EvidenceFactory,
    PredictionFactory,
    ReplyRequestFactory,
    UserFactory,
    change,
    desk,
    rating,
    scale,
)

LATER = MIDNIGHT + timedelta(days=1)


class StepTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        scale()
        desk()
        cls.reviewer = UserFactory(roles=["Reviewer"])
        cls.colleague = UserFactory(roles=["Reviewer"])
        cls.editor = UserFactory(roles=["Editor"])
        cls.chief = UserFactory(roles=["Editor"])
        cls.claim = ClaimFactory(text="The harbour was closed.", listed=True)

    def draft(self, claim=None, actor=None) -> Review:
        review = workflow.start_review(claim or self.claim, actor=actor or self.reviewer)
        change(review, rating=rating("false"), summary="It was open.", rationale="The log says so.")
        EvidenceFactory(review=review, note="")
        return review

    def submitted(self, **draft) -> Review:
        return workflow.submit(self.draft(**draft), actor=self.reviewer)

    def published(self, **draft) -> Review:
        review = self.submitted(**draft)
        return workflow.approve_and_publish(review, actor=self.editor, seen=review.version)

    def actions(self, review) -> list[str]:
        return [one.action for one in Change.objects.of(review)]


class StartTests(StepTests):
    def test_a_review_begins_as_a_draft_of_the_actor_with_the_claims_wording(self):
        review = workflow.start_review(self.claim, actor=self.reviewer)

        review.refresh_from_db()
        self.assertEqual((review.state, review.number, review.author), (ReviewState.DRAFT, 1, self.reviewer))
        self.assertEqual(review.claim_reviewed, "The harbour was closed.")
        self.assertEqual(self.actions(review), ["started"])

    def test_there_is_one_open_review_at_a_time(self):
        workflow.start_review(self.claim, actor=self.reviewer)

        with self.assertRaisesMessage(ValidationError, "A review of this claim is open already"):
            workflow.start_review(self.claim, actor=self.colleague)

    def test_the_next_one_begins_with_what_is_published_and_its_evidence(self):
        former = self.published()

        review = workflow.start_review(self.claim, actor=self.colleague)

        self.assertEqual((review.number, review.rating, review.rationale), (2, former.rating, "The log says so."))
        [copy], [original] = review.evidence.all(), former.evidence.all()
        self.assertNotEqual(copy.pk, original.pk)
        self.assertEqual((copy.title, copy.url, copy.origin), (original.title, original.url, original.origin))

    def test_a_retired_rating_is_exchanged_for_the_one_in_force(self):
        self.published()
        change(rating("false"), retired_on="2025-01-01")
        wanted = rating("false")

        self.assertEqual(workflow.start_review(self.claim, actor=self.reviewer).rating, wanted)

    def test_a_claim_that_changed_since_it_was_seen_is_a_conflict(self):
        with self.assertRaises(Conflict):
            workflow.start_review(self.claim, actor=self.reviewer, seen=self.claim.version - 1)


class SubmitTests(StepTests):
    def test_what_is_submitted_is_the_version_with_the_wording_of_now(self):
        review = self.draft()
        change(Claim.objects.get(pk=self.claim.pk), text="The harbour was closed in May.")

        review = workflow.submit(review, actor=self.reviewer, at=LATER)

        self.assertEqual((review.state, review.submitted_by), (ReviewState.SUBMITTED, self.reviewer))
        self.assertEqual((review.submitted_at, review.submitted_version), (LATER, review.version))
        self.assertEqual(review.claim_reviewed, "The harbour was closed in May.")

    def test_essentials_that_are_missing_are_named_together(self):
        review = workflow.start_review(self.claim, actor=self.reviewer)

        with self.assertRaises(ValidationError) as refused:
            workflow.submit(review, actor=self.reviewer)

        self.assertEqual(
            refused.exception.messages,
            [
                "Choose a rating.",
                "Write the summary.",
                "Give the reasons for the verdict.",
                "Cite at least one piece of evidence.",
            ],
        )

    def test_a_stale_version_is_refused(self):
        review = self.draft()

        with self.assertRaises(Conflict):
            workflow.submit(review, actor=self.reviewer, seen=review.version - 1)

        self.assertEqual(Review.objects.get(pk=review.pk).state, ReviewState.DRAFT)

    def test_an_outcome_is_for_predictions(self):
        review = self.draft()
        change(review, rating=rating("fulfilled"))

        with self.assertRaisesMessage(ValidationError, "Only a prediction has an outcome"):
            workflow.submit(review, actor=self.reviewer)

    def test_a_draft_rates_the_claim_as_it_is_worded_by_then(self):
        review = self.draft()
        change(Claim.objects.get(pk=self.claim.pk), kind="prediction")
        review = Review.objects.get(pk=review.pk)
        change(review, rating=rating("fulfilled"))

        review.clean()
        self.assertEqual(workflow.submit(review, actor=self.reviewer).reviewed_kind, "prediction")


class BackTests(StepTests):
    def test_an_edit_makes_a_draft_of_what_was_submitted(self):
        review = self.submitted()

        with history.change(review, actor=self.colleague):
            workflow.back_to_draft(review)
            review.summary = "It was open all the time."
            review.save()

        self.assertEqual(Review.objects.get(pk=review.pk).state, ReviewState.DRAFT)

    def test_author_and_submitter_call_it_back_and_nobody_else(self):
        review = self.submitted()

        with self.assertRaisesMessage(PermissionDenied, "Only its author or who submitted it"):
            workflow.call_back(review, actor=self.colleague)
        review = workflow.call_back(review, actor=self.reviewer)

        self.assertEqual(review.state, ReviewState.DRAFT)

    def test_a_returned_review_says_what_has_to_change_until_it_is_submitted_again(self):
        review = workflow.return_for_changes(self.submitted(), actor=self.editor, reason="Name the log.", at=LATER)

        self.assertEqual((review.state, review.returned_note), (ReviewState.DRAFT, "Name the log."))
        self.assertIn(review, Review.objects.returned_to(self.reviewer))
        self.assertNotIn(review, Review.objects.drafts_of(self.reviewer))

        review = workflow.submit(review, actor=self.reviewer)
        self.assertEqual((review.returned_at, review.returned_by, review.returned_note), (None, None, ""))

    def test_returning_needs_a_reason(self):
        with self.assertRaisesMessage(ValidationError, "Say what has to change."):
            workflow.return_for_changes(self.submitted(), actor=self.editor, reason="  ")

    def test_who_returned_it_may_approve_it_later(self):
        review = workflow.return_for_changes(self.submitted(), actor=self.editor, reason="Name the log.")
        review = workflow.submit(review, actor=self.reviewer)

        review = workflow.approve_and_publish(review, actor=self.editor, seen=review.version)

        self.assertEqual(review.state, ReviewState.PUBLISHED)

    def test_who_takes_over_is_the_author_and_the_one_before_still_wrote_it(self):
        review = workflow.take_over(self.draft(), actor=self.colleague)

        self.assertEqual(review.author, self.colleague)
        self.assertTrue(workflow.wrote(review, self.reviewer))

    def test_a_discarded_draft_makes_room_for_another(self):
        review = self.draft()

        with self.assertRaises(PermissionDenied):
            workflow.discard_review(review, actor=self.colleague)
        workflow.discard_review(review, actor=self.reviewer)

        self.assertEqual(workflow.start_review(self.claim, actor=self.colleague).number, 2)


class PublishTests(StepTests):
    def test_a_colleague_publishes_what_they_read(self):
        review = self.submitted()

        review = workflow.approve_and_publish(review, actor=self.editor, seen=review.version, at=LATER)

        self.assertEqual((review.state, review.approved_by), (ReviewState.PUBLISHED, self.editor))
        self.assertEqual((review.approved_version, review.published_at), (review.submitted_version, LATER))
        claim = Claim.objects.get(pk=self.claim.pk)
        self.assertEqual((claim.status.slug, claim.status_basis), ("false", StatusBasis.REVIEWED))

    def test_nobody_publishes_what_they_wrote_any_of(self):
        superuser = UserFactory(is_superuser=True)
        author, submitter, worded = self.editor, self.chief, UserFactory(roles=["Editor"])
        evidence, took_over = UserFactory(roles=["Editor"]), UserFactory(roles=["Editor"])
        review = workflow.start_review(self.claim, actor=took_over)
        review = workflow.take_over(review, actor=author)
        for actor in (worded, superuser):
            with history.change(review, actor=actor):
                review.rating, review.summary = rating("false"), f"As {actor} says."
                review.rationale = "The log."
                review.save()
        with history.change(review, actor=evidence):
            EvidenceFactory(review=review)
        review = workflow.submit(review, actor=submitter)

        for actor in (author, submitter, worded, evidence, took_over, superuser):
            with self.subTest(actor), self.assertRaisesMessage(PermissionDenied, "You wrote some of this review"):
                workflow.approve_and_publish(review, actor=actor, seen=review.version)

        self.assertEqual(Review.objects.get(pk=review.pk).state, ReviewState.SUBMITTED)

    def test_the_right_is_the_one_of_now(self):
        review = self.submitted()
        self.assertTrue(self.editor.has_perm("factcheck.approve_review"))
        membership = self.editor.memberships.get()
        with history.change(self.editor, actor=history.System("test")):
            membership.delete()

        with self.assertRaisesMessage(PermissionDenied, "Your role does not allow you to approve reviews."):
            workflow.approve_and_publish(review, actor=self.editor, seen=review.version)

    def test_so_is_the_right_by_which_an_editor_discards_what_others_wrote(self):
        review = self.draft()
        self.assertTrue(self.editor.has_perm("factcheck.approve_review"))
        with history.change(self.editor, actor=history.System("test")):
            self.editor.memberships.get().delete()
            Membership(user=self.editor, group=Group.objects.get(name="Reviewer")).save()

        with self.assertRaisesMessage(PermissionDenied, "Only its author or an editor discards a draft."):
            workflow.discard_review(review, actor=self.editor)

    def test_a_new_role_does_not_let_an_author_approve(self):
        review = self.submitted()
        with history.change(self.reviewer, actor=history.System("test")):
            Membership(user=self.reviewer, group=Group.objects.get(name="Editor")).save()

        with self.assertRaisesMessage(PermissionDenied, "You wrote some of this review"):
            workflow.approve_and_publish(review, actor=self.reviewer, seen=review.version)

    def test_a_version_that_was_not_submitted_is_a_conflict(self):
        review = self.submitted()

        with self.assertRaises(Conflict):
            workflow.approve_and_publish(review, actor=self.editor, seen=review.version - 1)

    def test_what_was_published_is_superseded_with_a_correction(self):
        former = self.published()
        review = workflow.start_review(self.claim, actor=self.reviewer)
        change(review, rating=rating("half-true"))
        review = workflow.submit(review, actor=self.reviewer)

        review = workflow.approve_and_publish(
            review,
            actor=self.editor,
            seen=review.version,
            about_former=Corrected(Severity.VERDICT_CHANGED, "The log was of another harbour."),
        )

        former.refresh_from_db()
        self.assertEqual((former.state, review.state), (ReviewState.SUPERSEDED, ReviewState.PUBLISHED))
        correction = Correction.objects.get()
        self.assertEqual((correction.review, correction.claim), (review, self.claim))
        self.assertEqual((correction.before, correction.after), (former.rating.label, review.rating.label))
        self.assertEqual(Claim.objects.get(pk=self.claim.pk).status.slug, "half-true")

    def test_superseding_without_a_word_about_the_former_is_refused(self):
        self.published()
        review = workflow.submit(workflow.start_review(self.claim, actor=self.reviewer), actor=self.reviewer)

        for about_former, message in (
            (None, "say what was wrong with it, or what is new"),
            (Updated(" "), "say what was wrong with it, or what is new"),
            (Corrected(Severity.VERDICT_CHANGED, "Wrong."), "The verdict is the same as before."),
        ):
            with self.subTest(about_former), self.assertRaisesMessage(ValidationError, message):
                workflow.approve_and_publish(review, actor=self.editor, seen=review.version, about_former=about_former)
        self.assertFalse(Correction.objects.exists())

    def test_an_update_says_what_is_new_and_corrects_nothing(self):
        self.published()
        review = workflow.submit(workflow.start_review(self.claim, actor=self.reviewer), actor=self.reviewer)

        review = workflow.approve_and_publish(
            review, actor=self.editor, seen=review.version, about_former=Updated("A second log was found.")
        )

        self.assertEqual(Review.objects.get(pk=review.pk).update_note, "A second log was found.")
        self.assertFalse(Correction.objects.exists())

    def test_a_new_wording_comes_with_the_review_that_rates_it(self):
        self.published()
        review = workflow.start_review(self.claim, actor=self.reviewer)
        change(review, claim_reviewed="The harbour was closed in May.", reviewed_kind="figure")
        review = workflow.submit(review, actor=self.reviewer)
        self.assertEqual(Claim.objects.get(pk=self.claim.pk).text, "The harbour was closed.")

        workflow.approve_and_publish(
            review, actor=self.editor, seen=review.version, about_former=Corrected(Severity.DETAIL, "When it was.")
        )

        claim = Claim.objects.get(pk=self.claim.pk)
        self.assertEqual((claim.text, claim.kind), ("The harbour was closed in May.", "figure"))
        self.assertEqual(json.loads(Change.objects.of(claim).last().after)["kind"], "figure")

    def test_an_outcome_is_for_what_the_review_itself_words_as_a_prediction(self):
        self.published()
        review = workflow.start_review(self.claim, actor=self.reviewer)
        change(review, rating=rating("fulfilled"), reviewed_kind="prediction")
        review.clean()
        review = workflow.submit(review, actor=self.reviewer)
        about_former = Corrected(Severity.VERDICT_CHANGED, "It was a forecast.")
        workflow.approve_and_publish(review, actor=self.editor, seen=review.version, about_former=about_former)
        claim = Claim.objects.get(pk=self.claim.pk)
        self.assertEqual((claim.kind, claim.status.slug), ("prediction", "fulfilled"))

        review = workflow.start_review(claim, actor=self.reviewer)
        change(review, reviewed_kind="fact")

        with self.assertRaisesMessage(ValidationError, "Only a prediction has an outcome"):
            workflow.submit(review, actor=self.reviewer)
        with self.assertRaisesMessage(ValidationError, "Only a prediction has an outcome"):
            review.clean()


class WithdrawTests(StepTests):
    def test_the_claim_is_no_longer_rated_and_the_review_stays(self):
        review = workflow.withdraw(self.published(), actor=self.editor, note="The log was forged.", at=LATER)

        self.assertEqual((review.state, review.withdrawn_at), (ReviewState.WITHDRAWN, LATER))
        claim = Claim.objects.get(pk=self.claim.pk)
        self.assertEqual((claim.status, claim.status_basis), (None, StatusBasis.NONE))
        self.assertIn(review, Review.objects.public())

    def test_readers_are_told_why(self):
        with self.assertRaisesMessage(ValidationError, "Tell readers why it is withdrawn."):
            workflow.withdraw(self.published(), actor=self.editor, note=" ")

    def test_only_what_is_published_is_withdrawn(self):
        with self.assertRaisesMessage(ValidationError, "This review is submitted, not published."):
            workflow.withdraw(self.submitted(), actor=self.editor, note="Wrong.")


class DeclineTests(StepTests):
    def test_a_declined_claim_leaves_the_queue_and_keeps_its_listing(self):
        self.assertIn(self.claim, Claim.objects.unassigned())

        claim = workflow.decline(self.claim, actor=self.reviewer, reason="A matter of taste.")

        self.assertNotIn(claim, Claim.objects.unassigned())
        self.assertEqual((claim.is_public, claim.declined_reason), (True, "A matter of taste."))

    def test_declining_twice_or_without_a_reason_is_refused(self):
        with self.assertRaises(ValidationError):
            workflow.decline(self.claim, actor=self.reviewer, reason="")
        claim = workflow.decline(self.claim, actor=self.reviewer, reason="Taste.")
        with self.assertRaisesMessage(ValidationError, "declined already"):
            workflow.decline(claim, actor=self.reviewer, reason="Taste.")


class CorrectTests(StepTests):
    def test_the_record_of_a_claim_is_corrected_for_readers(self):
        correction = workflow.correct(
            self.claim, actor=self.editor, severity=Severity.DETAIL, note="The month was wrong.", at=LATER
        )

        self.assertIn(correction, Correction.objects.public())
        self.assertEqual(correction.made_at, LATER)

    def test_what_readers_never_saw_is_not_corrected(self):
        with self.assertRaisesMessage(ValidationError, "Readers have never seen this claim"):
            workflow.correct(ClaimFactory(), actor=self.editor, severity=Severity.DETAIL, note="Wrong.")

    def test_readers_are_told_what_was_wrong_and_a_changed_verdict_by_a_review(self):
        for severity, note, message in (
            (Severity.DETAIL, "", "Say what was wrong and what is right now."),
            (Severity.DETAIL, " ", "Say what was wrong and what is right now."),
            (Severity.VERDICT_CHANGED, "Wrong.", "A changed verdict names the new review."),
        ):
            with self.subTest(note=note), self.assertRaisesMessage(ValidationError, message):
                workflow.correct(self.claim, actor=self.editor, severity=severity, note=note)

        self.assertFalse(Correction.objects.exists())


class QueueTests(StepTests):
    def test_what_waits_for_approval_waits_for_who_wrote_none_of_it(self):
        review = self.draft()
        with history.change(review, actor=self.chief):
            review.title = "Was it?"
            review.save()
        review = workflow.submit(review, actor=self.reviewer)

        self.assertIn(review, Review.objects.waiting_for(self.editor))
        self.assertNotIn(review, Review.objects.waiting_for(self.chief))
        self.assertNotIn(review, Review.objects.waiting_for(self.reviewer))

    def test_a_claim_with_a_review_begun_or_published_is_not_to_check(self):
        begun, done, fresh = (ClaimFactory() for _ in range(3))
        workflow.start_review(begun, actor=self.reviewer)
        self.published(claim=done)

        self.assertEqual(set(Claim.objects.to_check()), {fresh, self.claim})

    def test_predictions_are_past_due_until_their_outcome_is_published(self):
        today = LATER.date()
        prediction = PredictionFactory(due_on=MIDNIGHT.date())
        PredictionFactory(due_on=today)
        self.assertEqual(list(Claim.objects.past_due(today)), [prediction])

        review = self.draft(claim=prediction)
        change(review, rating=rating("fulfilled"))
        review = workflow.submit(review, actor=self.reviewer)
        workflow.approve_and_publish(review, actor=self.editor, seen=review.version)

        self.assertEqual(list(Claim.objects.past_due(today)), [])

    def test_a_claim_returns_on_the_day_that_was_set(self):
        claim = ClaimFactory(recheck_on=MIDNIGHT.date())

        self.assertEqual(list(Claim.objects.to_recheck(MIDNIGHT.date())), [claim])
        self.assertEqual(list(Claim.objects.to_recheck((MIDNIGHT - timedelta(days=1)).date())), [])


class ReadinessTests(StepTests):
    def fields(self, review) -> set[str]:
        return {item.field for item in readiness.missing(Review.objects.get(pk=review.pk))}

    def test_two_origins_or_a_stated_exception(self):
        review = self.draft()
        EvidenceFactory(review=review, origin="Port authority")
        EvidenceFactory(review=review, origin="PORT AUTHORITY", stance=Stance.SUPPORTS)
        EvidenceFactory(review=review, origin="Another", stance=Stance.CONTEXT)
        self.assertNotIn("origins_exception", self.fields(review))  # one without a named origin counts as its own

        change(review.evidence.first(), origin="port authority")
        self.assertIn("origins_exception", self.fields(review))
        change(Review.objects.get(pk=review.pk), origins_exception="The log is the primary record.")
        self.assertNotIn("origins_exception", self.fields(review))

    def test_a_reply_asked_for_or_the_reason_why_not(self):
        review = self.draft()
        self.assertIn("no_reply_reason", self.fields(review))

        ReplyRequestFactory(review=review)

        self.assertNotIn("no_reply_reason", self.fields(review))

    def test_what_only_warns_does_not_block(self):
        review = self.draft()
        self.assertTrue(any(not item.is_essential for item in readiness.missing(review)))

        self.assertEqual(workflow.submit(review, actor=self.reviewer).state, ReviewState.SUBMITTED)


@pytest.mark.parametrize(
    ("step", "role"),
    [
        ("start_review", "Viewer"),
        ("submit", "Researcher"),
        ("approve_and_publish", "Reviewer"),
        ("return_for_changes", "Reviewer"),
        ("withdraw", "Reviewer"),
        ("decline", "Researcher"),
        ("correct", "Reviewer"),
    ],
)
def test_a_step_is_for_who_has_the_right(step, role, db):
    desk()
    scale()
    actor, claim = UserFactory(roles=[role]), ClaimFactory(listed=True)
    review = workflow.start_review(claim, actor=UserFactory(roles=["Editor"]))
    arguments = {
        "start_review": (ClaimFactory(), {}),
        "submit": (review, {}),
        "approve_and_publish": (review, {"seen": review.version}),
        "return_for_changes": (review, {"reason": "Why."}),
        "withdraw": (review, {"note": "Why."}),
        "decline": (claim, {"reason": "Why."}),
        "correct": (claim, {"severity": Severity.DETAIL, "note": "Why."}),
    }
    record, more = arguments[step]

    with pytest.raises(PermissionDenied, match="Your role does not allow you to "):
        getattr(workflow, step)(record, actor=actor, **more)
