import re
from datetime import UTC, datetime

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from factcheck import history
from factcheck.models import Appearance
from tests import factories as made
from tests.plans import plan_of


class PublisherListTests(TestCase):
    def test_publishers_that_readers_see_are_listed_by_name_with_their_numbers(self):
        paper = made.PublisherFactory(name="The Paper", slug="paper", country="GB")
        claim = made.ClaimFactory(listed=True)
        made.AppearanceFactory(claim=claim, article__publisher=paper)
        made.AppearanceFactory(claim=claim, article__publisher=paper)
        made.ImportedReviewFactory(claim=claim, publisher__name="Another desk")
        made.AppearanceFactory(article__publisher__name="Hidden")
        made.AppearanceFactory(article__publisher=paper)

        page = self.client.get("/publishers/").content.decode()

        self.assertLess(page.index("Another desk"), page.index("The Paper"))
        self.assertIn('<a href="/publishers/paper/" dir="auto">The Paper</a>', page)
        self.assertIn("GB", page)
        self.assertIn("2 articles", page)
        self.assertIn("1 review", page)
        self.assertNotIn("Hidden", page)

    def test_words_and_country_narrow(self):
        claim = made.ClaimFactory(listed=True)
        for name, country in [("The Kyiv Paper", "UA"), ("The Other Paper", "GB"), ("Kyiv Post", "GB"), ("No", "")]:
            made.AppearanceFactory(claim=claim, article__publisher=made.PublisherFactory(name=name, country=country))
        made.AppearanceFactory(article__publisher=made.PublisherFactory(name="Kyiv hidden", country="FR"))

        response = self.client.get("/publishers/?q=kyi&country=GB")

        self.assertContains(response, "Kyiv Post")
        self.assertContains(response, "1 publisher of")
        for words in ["The Kyiv Paper", "The Other Paper", "Kyiv hidden", "FR"]:
            with self.subTest(words):
                self.assertNotContains(response, words)
        self.assertContains(response, '<option value="GB" selected>GB (1)</option>')
        self.assertContains(response, '<option value="UA">UA (1)</option>')
        self.assertContains(response, '<a href="/publishers/?q=kyi"><span class="visually-hidden">Remove the filter')
        self.assertContains(self.client.get("/publishers/?country=GB"), '<option value="GB" selected>GB (2)</option>')
        self.assertContains(self.client.get("/publishers/?q=no&country=UA"), "No publisher fits all of these filters.")
        for country in ["FR", "gb"]:
            with self.subTest(country):
                page = self.client.get(f"/publishers/?country={country}")
                self.assertContains(page, "Allowed are: GB, UA.", status_code=400)

    def test_number_of_queries_does_not_grow(self):
        claim = made.ClaimFactory(listed=True)
        for number in [20, 2000]:
            publishers = made.PublisherFactory.build_batch(number)
            articles = [made.ArticleFactory.build(publisher=one) for one in publishers]
            with history.change(claim, actor=made.SYSTEM) as block:
                block.insert(publishers)
                block.insert(articles)
                block.insert([Appearance(claim=claim, article=one) for one in articles])
            made.analyze()
            # edition, countries, what they are called, page of them, their number, how many each country would leave
            with self.subTest(number), self.assertNumQueries(6):
                self.client.get("/publishers/?q=paper&country=GB")
            with self.subTest(number), self.assertNumQueries(4):
                self.client.get("/publishers/?sort=newest")


class PublisherDetailTests(TestCase):
    def test_who_they_are_and_what_appeared_there(self):
        paper = made.PublisherFactory(
            name="The Paper", slug="paper", homepage="https://paper.example.org/", country="GB"
        )
        made.AppearanceFactory(claim__listed=True, claim__text="It was open.", article__publisher=paper)
        made.AppearanceFactory(claim__text="Hidden.", article__publisher=paper)
        made.AppearanceFactory(claim__listed=True, claim__text="It was elsewhere.")

        response = self.client.get("/publishers/paper/")

        for words in [
            '<h1 dir="auto">The Paper</h1>', '<a href="https://paper.example.org/" rel="noopener"', "<dd>GB</dd>",
            "1 article", "0 reviews", "1 claim in articles", "It was open.",
        ]:  # fmt: skip
            with self.subTest(words):
                self.assertContains(response, words)
        self.assertNotContains(response, "Hidden.")
        self.assertNotContains(response, "It was elsewhere.")
        self.assertNotContains(response, 'name="publisher"')

    def test_its_filters_narrow_further(self):
        paper, ships = made.PublisherFactory(slug="paper"), made.TopicFactory(slug="ships", name="Ships")
        sank = made.ClaimFactory(listed=True, topics=[ships], text="It sank.")
        for claim in [sank, made.ClaimFactory(listed=True, text="It flew.")]:
            made.AppearanceFactory(claim=claim, article__publisher=paper)

        response = self.client.get("/publishers/paper/?topic=ships&publisher=odd")

        self.assertContains(response, "It sank.")
        self.assertNotContains(response, "It flew.")
        self.assertContains(response, '<a href="/publishers/paper/"><span class="visually-hidden">Remove the filter')

    def test_desk_says_that_it_is_us(self):
        made.desk()

        response = self.client.get("/publishers/desk/")

        self.assertContains(response, "This is us")
        self.assertContains(response, "no articles in which claims appear")

    def test_reviews_lead_to_their_claims_the_newest_first(self):
        checker = made.PublisherFactory(slug="checker")
        for number in range(12):
            claim = made.ClaimFactory(listed=True, text=f"Checked {number}.")
            published = datetime(2025, 1, 1 + number, tzinfo=UTC)
            made.ImportedReviewFactory(
                claim=claim, publisher=checker, verdict=f"Verdict {number}", published_at=published
            )
        made.ImportedReviewFactory(claim__text="Hidden.", publisher=checker)
        made.ImportedReviewFactory(claim__listed=True, claim__text="Elsewhere.")

        page = self.client.get("/publishers/checker/").content.decode()

        self.assertEqual(re.findall(r">Checked (\d+)\.<", page), [str(number) for number in range(11, 1, -1)])
        for words in [
            f'href="{claim.get_absolute_url()}"',
            ">Verdict 11<",
            "12 January 2025",
            "not by us",
            "12 reviews",
        ]:
            with self.subTest(words):
                self.assertIn(words, page)
        for words in ["Hidden.", "Elsewhere."]:
            with self.subTest(words):
                self.assertNotIn(words, page)
        self.assertIn("The newest 10 reviews are shown.", page)
        self.assertNotContains(self.client.get("/publishers/checker/?kind=fact"), "Verdict 11")

    def test_our_reviews_say_what_became_of_them_and_lead_to_their_feed(self):
        claim, desk = made.ClaimFactory(listed=True, text="It was open."), made.desk()
        made.published_review(claim, rating=made.rating("true"))
        made.withdrawn_review(made.ClaimFactory(listed=True, text="It was shut."), rating=made.rating("false"))
        made.ReviewFactory(claim=made.ClaimFactory(listed=True, text="A draft."))

        response = self.client.get(desk.get_absolute_url())

        for words in [f'href="{claim.get_absolute_url()}#review-1"', "It was shut.", "Withdrawn since", "2 reviews"]:
            with self.subTest(words):
                self.assertContains(response, words)
        self.assertContains(response, '<p class="feeds"><a href="/feeds/reviews.atom"')
        self.assertNotContains(response, "A draft.")

    def test_number_of_queries_does_not_grow(self):
        checker, claims = made.PublisherFactory(slug="checker"), []
        for number in [20, 2000]:
            claims = made.ClaimFactory.build_batch(number, listed=True, claimant=None)
            with history.changes(actor=made.SYSTEM) as block:
                block.insert(claims)
                block.insert([made.ImportedReviewFactory.build(claim=one, publisher=checker) for one in claims])
            made.analyze()
            # edition, publisher, what can be chosen, page of claims, their number, how many each would leave, reviews
            with self.subTest(number), self.assertNumQueries(7):
                self.client.get("/publishers/checker/")
            with self.subTest(number), self.assertNumQueries(5):  # no reviews, and what can be chosen is remembered
                self.client.get("/publishers/checker/?kind=fact")

    def test_an_index_gives_the_reviews(self):
        checker = made.PublisherFactory(slug="checker")
        made.ImportedReviewFactory(claim__listed=True, publisher=checker)
        with CaptureQueriesContext(connection) as captured:
            self.client.get("/publishers/checker/")
        [sql] = [one["sql"] for one in captured if "recorded_at" in one["sql"].partition("ORDER BY")[2]]

        plan = plan_of(sql)

        self.assertIn("review_of_publisher", plan)
        self.assertNotIn("TEMP B-TREE", plan)
        self.assertNotIn("Sort", plan)

    def test_private_publisher_is_not_found(self):
        place = made.AppearanceFactory()

        self.assertEqual(self.client.get(place.article.publisher.get_absolute_url()).status_code, 404)
        self.assertEqual(self.client.get("/publishers/nothing/").status_code, 404)

    def test_articles_and_stations_lead_to_their_publisher(self):
        station = made.PublisherFactory(slug="agency")
        place = made.AppearanceFactory(claim__listed=True, article__publisher__slug="paper")
        made.RelayFactory(appearance=place, by_claimant=None, by_publisher=station)

        self.assertContains(self.client.get(place.article.get_absolute_url()), 'href="/publishers/paper/"')
        self.assertContains(self.client.get(place.claim.get_absolute_url()), 'href="/publishers/agency/"')
