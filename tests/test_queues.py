"""What needs somebody: the front page of the desk, the lists behind it, and working through one."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from factcheck.models import Claim, Review
from factcheck.queues import QUEUES, next_in
from tests import factories
from tests.test_admin_steps import StepsTestCase


class QueueTestCase(StepsTestCase):
    def setUp(self):
        super().setUp()
        self.today = timezone.now().date()  # of the test, not of the run: that may go past midnight

    def queues(self):
        """Number and oldest day of each queue on the front page, by title."""
        page = self.client.get(reverse("admin:index"))
        return {one.title: (one.number.number, one.oldest, one.address) for one in page.context["queues"]}


class FrontPageTests(QueueTestCase):
    def test_each_queue_has_its_count_and_its_oldest(self):
        week_ago = timezone.now() - timedelta(days=7)
        factories.submitted_review(author=self.reviewer, at=week_ago)
        factories.submitted_review(author=self.editor)
        factories.ReviewFactory(author=self.editor)
        due = factories.PredictionFactory(due_on=self.today - timedelta(days=3), recheck_on=self.today)

        queues = self.queues()

        self.assertEqual(queues["Waiting for my approval"][:2], (1, week_ago.date()))
        self.assertEqual(queues["My drafts"][:2], (1, self.today))
        self.assertEqual(queues["Returned to me"][:2], (0, None))
        self.assertEqual(queues["Predictions past due"][:2], (1, due.due_on))
        self.assertEqual(queues["Recheck due"][:2], (1, self.today))
        self.assertEqual(queues["Unassigned, the most urgent first"][:2], (1, self.today))

    def test_each_leads_to_the_list_of_the_same_rows(self):
        review = factories.submitted_review(author=self.reviewer)
        factories.submitted_review(author=self.editor)
        urgent = factories.ClaimFactory(priority=4)
        factories.ClaimFactory(declined_reason="Taste.")

        for title, rows in (
            ("Waiting for my approval", {review}),
            ("Unassigned, the most urgent first", {urgent}),
            ("Predictions past due", set()),
        ):
            with self.subTest(title):
                page = self.client.get(self.queues()[title][2])
                self.assertEqual(set(page.context["cl"].result_list), rows)

    def test_approvals_wait_for_who_may_approve(self):
        self.assertNotIn("Waiting for my approval", self.as_(self.reviewer).queues())

    def test_what_colleagues_did_today(self):
        topic = factories.TopicFactory(slug="harbour-works")
        self.assertSaved(self.save(topic, name="New"))

        page = self.as_(self.reviewer).client.get(reverse("admin:index"))

        self.assertContains(page, "Colleagues today")
        self.assertContains(page, "changed by edna")
        self.assertContains(self.as_(self.editor).client.get(reverse("admin:index")), "Nothing yet.")

    def test_the_number_of_queries_does_not_grow(self):
        def queries():
            with self.assertNumQueries(21) as counted:
                self.client.get(reverse("admin:index"))
            return len(counted)

        factories.submitted_review(author=self.reviewer)
        factories.PredictionFactory(due_on=self.today - timedelta(days=3), recheck_on=self.today)
        factories.ReviewFactory(author=self.editor)
        self.client.get(reverse("admin:index"))
        before = queries()
        for _ in range(5):
            factories.submitted_review(author=self.reviewer)
            factories.PredictionFactory(due_on=self.today - timedelta(days=3), recheck_on=self.today)
            factories.ReviewFactory(author=self.editor)

        self.assertEqual(queries(), before)


class NextTests(QueueTestCase):
    def save_and_next(self, claim, queue="unassigned"):
        query = f"?_changelist_filters=queue%3D{queue}"
        typed = self.form(claim, query)
        return self.client.post(self.address(claim) + query, {**typed, "context": "Seen.", "_next": "x"}, follow=True)

    def test_after_saving_comes_the_next_of_the_queue(self):
        first, last = factories.ClaimFactory(priority=4), factories.ClaimFactory(priority=1)
        query = "?_changelist_filters=queue%3Dunassigned"
        self.assertContains(self.client.get(self.address(first) + query), "Save and next: Unassigned")

        response = self.save_and_next(first)

        self.assertRedirects(response, self.address(last) + query)
        self.assertContains(response, "This is the next")
        self.assertEqual(Claim.objects.get(pk=first.pk).context, "Seen.")
        self.assertContains(self.save_and_next(last), "It was the last")

    def test_one_that_left_the_queue_is_followed_by_its_first(self):
        first, other = factories.ClaimFactory(priority=4), factories.ClaimFactory(priority=1)
        factories.change(first, assigned_to=self.editor)

        self.assertEqual(next_in(QUEUES["unassigned"], self.editor, first.pk), other)

    def test_without_a_queue_there_is_no_such_button(self):
        self.assertNotContains(self.client.get(self.address(factories.ClaimFactory())), "_next")
        self.assertEqual(Review.objects.count(), 0)
