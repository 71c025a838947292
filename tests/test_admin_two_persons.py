"""Nobody approves at the desk what they wrote any of, whatever they send."""

from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import reverse

from factcheck import history, workflow
from factcheck.models import Change, Membership, Review, ReviewState
from tests import factories
from tests.desk import DeskTestCase
from tests.test_roles import STEPS


class TwoPersonsTests(DeskTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        factories.scale()
        factories.desk()
        cls.other = factories.UserFactory(roles=["Editor"])
        cls.forged = {
            "state": "published", "author": cls.other.pk, "submitted_by": cls.other.pk, "submitted_version": 1,
            "submitted_at_0": "2025-11-20", "submitted_at_1": "10:00", "approved_by": cls.other.pk,
            "approved_version": 1, "published_at": "2025-11-20", "published_at_0": "2025-11-20",
            "published_at_1": "10:00", "withdrawn_by": cls.other.pk, "withdrawn_note": "Forged.", "origin": "imported",
            "number": 7, "version": 7, "update_note": "Forged.", "returned_by": cls.other.pk, "publisher": 1,
            "claim_reviewed": "Forged.", "reviewed_kind": "opinion",
        }  # fmt: skip

    # What steps alone write, and what nobody writes.
    FIXED = (
        "state", "author", "submitted_by", "submitted_at", "submitted_version", "approved_by", "approved_version",
        "published_at", "withdrawn_by", "withdrawn_at", "withdrawn_note", "returned_by", "returned_at", "returned_note",
        "update_note", "origin", "number", "publisher", "claim_reviewed", "reviewed_kind", "claim",
    )  # fmt: skip

    def fixed(self, review):
        return Review.objects.filter(pk=review.pk).values(*self.FIXED).get()

    def draft(self, author):
        review = factories.ReviewFactory(author=author, claim__listed=True)
        factories.EvidenceFactory(review=review)
        return review

    def test_no_field_of_the_form_takes_a_step(self):
        for person in (self.reviewer, self.editor, self.superuser):
            review = self.draft(person)
            before = self.fixed(review)
            self.client.force_login(person)
            typed = self.form(review)
            self.assertFalse(set(self.FIXED) & typed.keys())
            another = factories.ClaimFactory()

            self.assertSaved(self.save(review, typed=typed, **self.forged, title="Mine.", claim=another.pk))

            self.assertEqual(self.fixed(review), before)
            self.assertEqual(Review.objects.get(pk=review.pk).title, "Mine.")

    def submitted(self, author, **more):
        review = self.draft(author)
        return workflow.submit(Review.objects.get(pk=review.pk), actor=more.get("submitter", author))

    def refused(self, review, response):
        """Whatever became of the answer, nobody approved it."""
        self.assertLess(response.status_code, 500)
        stored = Review.objects.get(pk=review.pk)
        self.assertIn(stored.state, (ReviewState.DRAFT, ReviewState.SUBMITTED))
        self.assertEqual((stored.approved_by, stored.published_at, stored.author), (None, None, review.author))

    def test_a_tab_from_before_submitting_does_not_publish(self):
        for person in (self.editor, self.superuser):
            review = self.draft(person)
            self.client.force_login(person)
            tab = self.form(review)
            review = workflow.submit(Review.objects.get(pk=review.pk), actor=self.reviewer)

            for seen in (tab["seen"], review.version):
                self.refused(review, self.save(review, typed={**tab, "seen": seen, **self.forged}))

    def test_a_new_role_publishes_nothing_that_was_written_before(self):
        review = self.submitted(self.reviewer)
        self.client.force_login(self.reviewer)
        with history.change(self.reviewer, actor=self.superuser):
            Membership(user=self.reviewer, group=Group.objects.get(name="Editor")).save()

        self.refused(review, self.save(review, typed={"seen": review.version, **self.forged}))
        self.every_action(review)

    def test_no_action_of_page_or_list_publishes_ones_own(self):
        for person in (self.editor, self.superuser):
            self.client.force_login(person)
            self.every_action(self.submitted(person))
            written = self.draft(self.reviewer)
            written.title = "A word."
            factories.write(written, actor=person)
            self.every_action(workflow.submit(Review.objects.get(pk=written.pk), actor=self.reviewer))

    def every_action(self, review):
        """Every name of a step or an action, from the review's page and from the list, confirmed at once."""
        names = {*STEPS, *(action.__name__ for action in admin.site._registry[Review].actions)}
        names -= {"submit", "call_back", "discard_review"}
        names -= {"take_over", "return_for_changes"}
        chosen = {"_selected_action": review.pk, "seen": review.version, f"seen-{review.pk}": review.version}
        confirmed = {**chosen, "confirmed": "yes", "reason": "Mine.", "note": "Mine.", "post": "yes"}
        before = Change.objects.of(review).count()
        for name in sorted(names):
            for place in (self.address(review), reverse("admin:factcheck_review_changelist")):
                with self.subTest(action=name, place=place):
                    sent = {**confirmed, "CHANGE_FORM-action": name, "action": name}
                    self.refused(review, self.client.post(place, sent))
        self.assertEqual(Change.objects.of(review).count(), before)
