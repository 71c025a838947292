"""The editorial steps that change a claim's status and listing."""

from datetime import UTC, datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.test import TestCase

from factcheck import history, workflow
from factcheck.models import Caveat, Change, Claim, Conflict, StatusBasis
from tests.factories import (
    MIDNIGHT,
    SYSTEM,
    AppearanceFactory,
    ClaimFactory,
    ImportedReviewFactory,
    ReviewFactory,
    UserFactory,
    change,
    discarded_review,
    published_review,
    rating,
    submitted_review,
    superseded_review,
    withdrawn_review,
)

LATER = MIDNIGHT + timedelta(days=1)


class StatusTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.unverified = rating("unverified")

    def assert_status(self, claim, slug, basis):
        stored = Claim.objects.get(pk=claim.pk)
        self.assertEqual((stored.status.slug if stored.status else None, stored.status_basis), (slug, basis))
        self.assertEqual(
            (claim.status, claim.status_basis, claim.status_since),
            (stored.status, stored.status_basis, stored.status_since),
        )

    def test_nothing_is_known_of_a_new_claim(self):
        claim = ClaimFactory()
        AppearanceFactory(claim=claim)

        self.assert_status(claim, None, StatusBasis.NONE)
        self.assertIsNone(claim.status_since)

    def test_reported_as_not_verified(self):
        claim = ClaimFactory()
        AppearanceFactory(claim=claim)

        AppearanceFactory(claim=claim, caveat=Caveat.NOT_VERIFIED)

        self.assert_status(claim, "unverified", StatusBasis.REPORTED)

    def test_other_caveats_are_no_status(self):
        for caveat in set(Caveat) - {Caveat.NOT_VERIFIED}:
            with self.subTest(caveat):
                claim = ClaimFactory()

                AppearanceFactory(claim=claim, caveat=caveat)

                self.assert_status(claim, None, StatusBasis.NONE)

    def test_our_published_review(self):
        review = published_review(rating=rating("half-true"))

        self.assert_status(review.claim, "half-true", StatusBasis.REVIEWED)

    def test_our_review_comes_before_what_was_reported(self):
        claim = ClaimFactory()
        AppearanceFactory(claim=claim, caveat=Caveat.NOT_VERIFIED)

        published_review(claim, rating=rating("true"))

        self.assert_status(claim, "true", StatusBasis.REVIEWED)

    def test_our_review_may_find_it_unverified_too(self):
        claim = ClaimFactory()
        AppearanceFactory(claim=claim, caveat=Caveat.NOT_VERIFIED)

        published_review(claim, rating=self.unverified)

        self.assert_status(claim, "unverified", StatusBasis.REVIEWED)

    def test_reviews_that_are_not_in_force_give_none(self):
        for make in (ReviewFactory, submitted_review, discarded_review, withdrawn_review, ImportedReviewFactory):
            with self.subTest(make.__name__):
                claim = make().claim
                workflow.refresh_status([claim])

                self.assert_status(claim, None, StatusBasis.NONE)

    def test_newest_review_counts(self):
        claim = superseded_review(rating=rating("true")).claim

        self.assert_status(claim, "false", StatusBasis.REVIEWED)

    def test_withdrawal_brings_back_what_was_reported(self):
        claim = ClaimFactory()
        AppearanceFactory(claim=claim, caveat=Caveat.NOT_VERIFIED)

        withdrawn_review(claim)

        self.assert_status(claim, "unverified", StatusBasis.REPORTED)

    def test_caveat_that_goes_takes_the_status_with_it(self):
        claim = ClaimFactory()
        appearance = AppearanceFactory(claim=claim, caveat=Caveat.NOT_VERIFIED)

        with history.change(claim, actor=SYSTEM):
            appearance.delete()
            workflow.refresh_status([claim])

        self.assert_status(claim, None, StatusBasis.NONE)

    def test_moment_stays_while_the_status_does(self):
        claim = ClaimFactory()
        AppearanceFactory(claim=claim, caveat=Caveat.NOT_VERIFIED)
        since = claim.status_since

        workflow.refresh_status([claim], LATER)
        AppearanceFactory(claim=claim, caveat=Caveat.NOT_VERIFIED)

        self.assertEqual(Claim.objects.get(pk=claim.pk).status_since, since)

    def test_moment_is_that_of_the_change(self):
        claim = published_review(rating=rating("true")).claim
        withdrawn = claim.reviews.current().get()
        change(
            withdrawn,
            state="withdrawn",
            withdrawn_at=MIDNIGHT,
            withdrawn_by=withdrawn.approved_by,
            withdrawn_note="A forgery.",
        )

        workflow.refresh_status([claim], LATER)

        self.assertEqual(Claim.objects.get(pk=claim.pk).status_since, LATER)
        self.assertEqual(claim.status_since, LATER)

    def test_many_claims_need_as_many_statements_as_few(self):
        def claims(number):
            made = [ClaimFactory() for _ in range(number)]
            for claim in made[::2]:
                AppearanceFactory(claim=claim, caveat=Caveat.NOT_VERIFIED)
            return made

        few, many = claims(2), claims(10)
        # a savepoint's two, the statuses as they are, caveats, the rating, reviews
        with self.assertNumQueries(6):
            workflow.refresh_status(few)
        with self.assertNumQueries(6):
            workflow.refresh_status(many)

    def test_rating_that_is_retired_is_not_given_to_what_was_reported(self):
        change(self.unverified, retired_on="2025-11-30")
        successor = rating("unverified")
        claim = ClaimFactory()

        AppearanceFactory(claim=claim, caveat=Caveat.NOT_VERIFIED)

        self.assertEqual(Claim.objects.get(pk=claim.pk).status, successor)

    def test_missing_scale_is_named(self):
        claim = ClaimFactory()
        AppearanceFactory(claim=claim, caveat=Caveat.NOT_VERIFIED)
        change(self.unverified, slug="unproven")

        with self.assertRaisesMessage(ValidationError, "run loadseeds"):
            workflow.refresh_status([claim])

    def test_missing_scale_does_not_matter_where_none_is_needed(self):
        change(self.unverified, slug="unproven")

        workflow.refresh_status([ClaimFactory()])

    def test_missing_scale_does_not_matter_where_we_have_a_review(self):
        claim = published_review(rating=rating("true")).claim
        AppearanceFactory(claim=claim, caveat=Caveat.NOT_VERIFIED)
        change(self.unverified, slug="unproven")

        workflow.refresh_status([claim])

        self.assert_status(claim, "true", StatusBasis.REVIEWED)

    def test_status_is_shown_with_its_basis(self):
        claim = ClaimFactory()
        self.assertEqual(claim.status_line, "Recorded, not yet reviewed")

        AppearanceFactory(claim=claim, caveat=Caveat.NOT_VERIFIED)
        self.assertEqual(claim.status_line, "Unverified: reported by the source, not reviewed by us")

        published_review(claim, rating=rating("mostly-false"))
        self.assertEqual(claim.status_line, "Mostly false: reviewed by us")


class ListingTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.editor = UserFactory(roles=["Editor"])
        cls.claim = ClaimFactory()

    def stored(self):
        return Claim.objects.get(pk=self.claim.pk)

    def test_listing_makes_public(self):
        workflow.list_claim(self.claim, actor=self.editor, reason="Of interest", at=MIDNIGHT)

        stored = self.stored()
        self.assertEqual((stored.listed_at, stored.first_listed_at), (MIDNIGHT, MIDNIGHT))
        self.assertTrue(stored.is_public)
        self.assertIn(stored, Claim.objects.public())
        last = Change.objects.of(self.claim).last()
        self.assertEqual((last.action, last.reason, last.actor), ("listed", "Of interest", self.editor))

    def test_moment_is_now_unless_given(self):
        workflow.list_claim(self.claim, actor=self.editor)

        self.assertLess(datetime.now(UTC) - self.stored().listed_at, timedelta(minutes=1))

    def test_only_editors_list_and_unlist(self):
        listed = ClaimFactory(listed=True)
        for role in ("Viewer", "Researcher", "Reviewer", "Administrator"):
            person = UserFactory(roles=[role])
            with self.subTest(role):
                with self.assertRaisesMessage(PermissionDenied, "list claims"):
                    workflow.list_claim(self.claim, actor=person)
                with self.assertRaisesMessage(PermissionDenied, "unlist claims"):
                    workflow.unlist_claim(listed, actor=person, note="A mistake.")

        self.assertFalse(self.stored().is_public)
        self.assertTrue(Claim.objects.get(pk=listed.pk).is_public)

    def test_person_without_a_role_does_not_list(self):
        with self.assertRaises(PermissionDenied):
            workflow.list_claim(self.claim, actor=UserFactory())

    def test_editor_who_left_does_not_list(self):
        change(self.editor, is_active=False)

        with self.assertRaises(PermissionDenied):
            workflow.list_claim(self.claim, actor=self.editor)

    def test_command_lists(self):
        workflow.list_claim(self.claim, actor=SYSTEM)

        self.assertTrue(self.stored().is_public)

    def test_listed_twice_is_refused(self):
        workflow.list_claim(self.claim, actor=self.editor)

        with self.assertRaisesMessage(ValidationError, "listed already"):
            workflow.list_claim(self.claim, actor=self.editor)

    def test_older_version_seen_is_a_conflict(self):
        change(self.claim, text="Reworded.")

        for step in (workflow.list_claim, workflow.unlist_claim):
            with self.assertRaises(Conflict):
                step(self.claim, actor=self.editor, seen=1)

        self.assertFalse(self.stored().is_public)

    def test_unlisting_makes_private_with_date_and_note(self):
        workflow.list_claim(self.claim, actor=self.editor, at=MIDNIGHT)

        workflow.unlist_claim(self.claim, actor=self.editor, reason="Court", note="It was a mistake.", at=LATER)

        stored = self.stored()
        self.assertEqual(
            (stored.listed_at, stored.first_listed_at, stored.unlisted_at, stored.unlisted_note),
            (None, MIDNIGHT, LATER, "It was a mistake."),
        )
        self.assertNotIn(stored, Claim.objects.public())
        self.assertEqual(Change.objects.of(self.claim).last().action, "unlisted")

    def test_unlisting_what_is_not_listed_is_refused(self):
        with self.assertRaisesMessage(ValidationError, "not listed"):
            workflow.unlist_claim(self.claim, actor=self.editor, note="A mistake.")

    def test_unlisting_without_a_note_where_nothing_was_published(self):
        workflow.list_claim(self.claim, actor=self.editor)
        submitted_review(self.claim)
        ImportedReviewFactory(claim=self.claim)

        workflow.unlist_claim(self.claim, actor=self.editor)

        self.assertFalse(self.stored().is_public)

    def test_unlisting_what_we_ever_published_a_review_of_needs_a_note(self):
        for make in (published_review, withdrawn_review):
            claim = ClaimFactory(listed=True)
            make(claim)
            for note in ("", "   "):
                with self.subTest(f"{make.__name__} {note!r}"):
                    with self.assertRaisesMessage(ValidationError, "public note"):
                        workflow.unlist_claim(claim, actor=self.editor, note=note)

                    self.assertTrue(Claim.objects.get(pk=claim.pk).is_public)

            workflow.unlist_claim(claim, actor=self.editor, note="A court forbade it.")

            self.assertFalse(Claim.objects.get(pk=claim.pk).is_public)

    def test_listing_again_keeps_the_first_moment_and_drops_the_note(self):
        workflow.list_claim(self.claim, actor=self.editor, at=MIDNIGHT)
        workflow.unlist_claim(self.claim, actor=self.editor, note="A mistake.", at=LATER)

        workflow.list_claim(self.claim, actor=self.editor, at=LATER + timedelta(days=1))

        stored = self.stored()
        self.assertEqual((stored.first_listed_at, stored.listed_at), (MIDNIGHT, LATER + timedelta(days=1)))
        self.assertEqual((stored.unlisted_at, stored.unlisted_note), (None, ""))

    def test_refused_step_leaves_the_record_in_memory_as_it_was(self):
        published_review(self.claim)
        workflow.list_claim(self.claim, actor=self.editor)
        version = self.claim.version

        with self.assertRaises(ValidationError):
            workflow.unlist_claim(self.claim, actor=self.editor)

        self.assertEqual(self.claim.version, version)
        workflow.unlist_claim(self.claim, actor=self.editor, note="A mistake.")

    def test_step_works_on_the_row_as_it_is(self):
        """What was set in memory and not saved is no part of a step."""
        self.claim.text = "Not saved."

        workflow.list_claim(self.claim, actor=self.editor)

        self.assertNotEqual(self.stored().text, "Not saved.")


class NumberTests(TestCase):
    def test_reviews_of_a_claim_are_numbered_from_one(self):
        claim = ClaimFactory()
        ImportedReviewFactory(claim=claim)
        self.assertEqual(workflow.number_of_next_review(claim), 1)

        discarded_review(claim)
        published_review(claim)

        self.assertEqual(workflow.number_of_next_review(claim), 3)
        self.assertEqual(workflow.number_of_next_review(ClaimFactory()), 1)

    def test_claims_we_ever_published_a_review_of(self):
        published, withdrawn, superseded = published_review(), withdrawn_review(), superseded_review()
        others = [ReviewFactory(), submitted_review(), discarded_review(), ImportedReviewFactory()]
        claims = [review.claim_id for review in (published, withdrawn, superseded, *others)]

        had = workflow.had_published_review(claims)

        self.assertEqual(had, {published.claim_id, withdrawn.claim_id, superseded.claim_id})
