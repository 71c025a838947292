from datetime import date, timedelta
from unittest import mock

from django.test import TestCase
from django.utils import timezone

from factcheck import history, workflow
from factcheck.models import Caveat, Claim
from factcheck.views import statuses
from tests import factories as made


class FrontTests(TestCase):
    def test_head_offers_every_feed(self):
        page = self.client.get("/").content.decode()

        for kind, title, address in [
            ("atom", "Claims (Atom)", "claims.atom"), ("feed", "Claims (JSON)", "claims.json"),
            ("atom", "Reviews (Atom)", "reviews.atom"), ("atom", "Corrections (Atom)", "corrections.atom"),
        ]:  # fmt: skip
            with self.subTest(address):
                form = "atom+xml" if kind == "atom" else "feed+json"
                self.assertIn(
                    f'<link rel="alternate" type="application/{form}" title="{title}" href="/feeds/{address}">', page
                )

    def test_empty_site_says_so(self):
        self.assertContains(self.client.get("/"), "No claim is listed yet.")

    def test_latest_claims_and_articles(self):
        for number in range(10):
            made.ClaimFactory(listed=True, text=f"Claim number {number}.")
        place = made.AppearanceFactory(claim__listed=True)
        made.ClaimFactory(text="Hidden.")

        response = self.client.get("/")

        self.assertContains(response, "Claim number 9.")
        self.assertNotContains(response, "Claim number 0.")
        self.assertContains(response, place.article.headline)
        self.assertNotContains(response, "Hidden.")

    def test_what_changed_lately_is_one_list_the_newest_first(self):
        began = timezone.now() - timedelta(days=9)
        claim = made.ClaimFactory(listed=began, text="It was shut.")
        made.published_review(claim, rating=made.rating("false"), at=began + timedelta(days=2))
        made.ClaimFactory(listed=began + timedelta(days=1), text="It was open.")
        made.CorrectionFactory(claim=claim, note="The day was wrong.", made_at=began + timedelta(days=3))
        gone = made.ClaimFactory(slug="gone", listed=began)
        workflow.unlist_claim(gone, actor=made.SYSTEM, note="A private person.", at=began + timedelta(days=4))
        made.published_review(made.ClaimFactory(text="Hidden."), title="Hidden.")

        page = self.client.get("/").content.decode()

        lately = page.split('id="latest"')[1].split("</section>")[0]
        words = [
            "A private person.",
            "The day was wrong.",
            "<strong>Review published",
            "It was open.",
            "Listed</strong>",
        ]
        places = [lately.rindex(one) for one in words]
        self.assertEqual(places, sorted(places))
        corrections = page.split('id="corrections"')[1].split("</section>")[0]
        self.assertIn("The day was wrong.", corrections)
        self.assertIn('href="/claims/gone/"', corrections)
        self.assertIn('href="/corrections/"', corrections)
        self.assertNotIn("Hidden.", page)

    def test_a_record_that_changed_is_told_of_where_nothing_greater_is(self):
        old = made.ClaimFactory(listed=timezone.now() - timedelta(days=9), text="It was shut.")
        for number in range(9):
            made.ClaimFactory(listed=True, text=f"Later {number}.")
        self.assertNotContains(self.client.get("/"), "It was shut.")

        made.change(Claim.objects.get(pk=old.pk), priority=2)
        self.assertNotContains(self.client.get("/"), "Record changed")

        made.change(Claim.objects.get(pk=old.pk), text="It was shut at night.")
        made.change(Claim.objects.latest("id"), text="Later still.")
        page = self.client.get("/").content.decode()

        self.assertEqual(page.count("Record changed"), 1)
        self.assertLess(page.index("It was shut at night."), page.index("Later still."))

    def test_awaited_outcomes_stand_the_soonest_first(self):
        for day in [3, 1, 2]:
            made.PredictionFactory(listed=True, due_on=date(2026, 4, day), text=f"Prediction {day}.")
        made.PredictionFactory(listed=True, due_on=None, text="Without a day.")
        made.PredictionFactory(due_on=date(2026, 4, 1), text="Hidden.")
        judged = made.PredictionFactory(listed=True, due_on=date(2026, 1, 1), text="Judged.")
        made.published_review(judged, rating=made.rating("fulfilled"))

        page = self.client.get("/").content.decode()

        awaited = page.split('id="awaited"')[1].split("</section>")[0]
        places = [awaited.index(f"Prediction {day}.") for day in [1, 2, 3]]
        self.assertEqual(places, sorted(places))
        self.assertIn("Last day: <strong>1 April 2026</strong>", awaited)
        for words in ["Without a day.", "Hidden.", "Judged."]:
            self.assertNotIn(words, awaited)

    def test_bar_says_in_words_what_it_draws(self):
        made.AppearanceFactory(claim=made.ClaimFactory(listed=True), caveat=Caveat.NOT_VERIFIED)
        for _ in range(3):
            made.ClaimFactory(listed=True)

        page = self.client.get("/").content.decode()

        self.assertInHTML(
            '<rect class="rating-grey basis-reported" x="0.000" y="0" width="25.000" height="5"></rect>', page
        )
        self.assertIn("<strong>Unverified</strong>, reported by the source, not reviewed by us", page)
        self.assertIn('<span class="number">3</span>', page)

    def test_number_of_queries_does_not_grow(self):
        for number in [20, 2000]:
            with history.changes(actor=made.SYSTEM) as block:
                block.insert(made.ClaimFactory.build_batch(number, listed=True, claimant=made.ClaimantFactory()))
            made.AppearanceFactory(claim__listed=True)
            made.analyze()
            # edition, listed, published, four of corrections, changed, two of the chart, statuses, awaited, articles
            with self.subTest(number), self.assertNumQueries(13):
                self.client.get("/")


class StatusBarTests(TestCase):
    def test_parts_add_up(self):
        for slug in ["true", "false", "half-true"]:
            made.published_review(made.ClaimFactory(listed=True), rating=made.rating(slug))
        for _ in range(4):
            made.ClaimFactory(listed=True)

        bar = statuses.count_by_status(Claim.objects.public())

        self.assertEqual([share.status.slug for share in bar.shares], ["true", "half-true", "false", ""])
        self.assertEqual(bar.total, 7)
        last = bar.shares[-1]
        self.assertAlmostEqual(float(last.begin) + float(last.width), 100, places=2)
        self.assertEqual(bar, statuses.StatusBar.of_claims(Claim.objects.for_list_page()))

    def test_only_the_newest_are_counted(self):
        for _ in range(3):
            made.ClaimFactory(listed=True)

        with mock.patch.object(statuses, "COUNTED", 2):
            bar = statuses.count_by_status(Claim.objects.public())
            self.assertEqual((bar.total, bar.is_capped), (2, True))
            self.assertContains(self.client.get("/"), "Counted over the newest 2 claims.")
