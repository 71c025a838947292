"""What the state of a record fixes is not in its form."""

import json

from factcheck.models import (
    Correction,
    Page,
    Rating,
    Review,
    ReviewState,
)
from tests import factories
from tests.desk import DeskTestCase


class FixedTests(DeskTestCase):
    def test_the_slug_is_fixed_once_public(self):
        claim = factories.ClaimFactory()
        self.assertIn("slug", self.form(claim))

        self.step(claim, "list_claim")

        self.assertNotIn("slug", self.form(claim))
        self.assertNotIn("slug", self.form(claim.claimant))
        self.assertSaved(self.save(claim, context="More."))

    def test_the_wording_is_fixed_while_a_review_stands(self):
        for review in (factories.submitted_review(), factories.published_review()):
            form = self.form(review.claim)

            self.assertFalse({"text", "claimant", "kind", "made_on"} & form.keys())
            self.assertSaved(self.save(review.claim, context="More."))

        self.assertIn("text", self.form(factories.ReviewFactory().claim))

    def test_a_published_review_cannot_be_edited_or_deleted(self):
        makers = (factories.superseded_review, factories.published_review, factories.withdrawn_review)
        for review in (make() for make in makers):
            with self.subTest(review.state):
                self.client.force_login(self.superuser)
                response = self.client.get(self.address(review))

                self.assertContains(response, review.rationale)
                self.assertNotContains(response, 'name="_save"')
                self.assertNotContains(response, 'name="evidence-0-title"')
                self.assertEqual(self.client.post(self.address(review), {"_save": "x"}).status_code, 403)
                self.assertEqual(self.client.post(self.address(review, "delete"), {"post": "yes"}).status_code, 403)

    def test_a_rating_in_use_is_fixed(self):
        review = factories.published_review()

        form = self.form(review.rating)

        self.assertFalse({"label", "slug", "definition", "value", "rating_class"} & form.keys())
        self.assertSaved(self.save(review.rating, position=77))
        self.assertEqual(Rating.objects.get(pk=review.rating_id).position, 77)

    def test_a_draft_is_edited_with_its_evidence(self):
        review = factories.ReviewFactory()
        evidence = factories.EvidenceFactory(review=review)

        response = self.save(review, **{"summary": "Short.", "evidence-0-origin": "The port"})

        self.assertSaved(response)
        self.assertEqual(
            json.loads(self.last_change(review).after),
            {"summary": "Short.", "evidence": {str(evidence.pk): {"origin": "The port"}}},
        )
        self.assertEqual(Review.objects.get().state, ReviewState.DRAFT)

    def test_an_imported_review_is_read_and_not_rewritten(self):
        review = factories.ImportedReviewFactory()

        self.assertContains(self.client.get(self.address(review)), "Mostly wrong")
        self.assertEqual(self.client.post(self.address(review), {"verdict": "Mostly right"}).status_code, 403)

    def test_a_page_and_a_correction_are_edited(self):
        page, correction = factories.PageFactory(), factories.CorrectionFactory()

        self.assertSaved(self.save(page, body="*New*"))
        self.assertSaved(self.save(correction, note="New."))

        self.assertEqual((Page.objects.get().body, Correction.objects.get().note), ("*New*", "New."))

    def test_what_readers_saw_corrected_is_worded_better_and_never_moved_or_deleted(self):
        correction = factories.CorrectionFactory(claim=factories.ClaimFactory(listed=True))
        other = factories.ClaimFactory(listed=True)

        saved = self.save(correction, note="Better.", claim=other.pk, made_at_0="2020-01-01", made_at_1="00:00:00")

        self.assertSaved(saved)
        stored = Correction.objects.get()
        self.assertEqual((stored.note, stored.claim, stored.made_at), ("Better.", correction.claim, correction.made_at))
        self.assertEqual(self.client.post(self.address(stored, "delete"), {"post": "yes"}).status_code, 403)
        self.assertTrue(Correction.objects.exists())
