from datetime import date
from unittest import mock

from django.http import QueryDict
from django.test import TestCase

from factcheck import history
from factcheck.filters import ArticleFilter
from factcheck.models import Appearance, Caveat, Precision
from factcheck.views import articles as articles_module
from factcheck.views import facets
from factcheck.views.paging import count
from tests import factories as made


class ArticleListTests(TestCase):
    def test_only_articles_with_public_claims_are_listed_with_their_number(self):
        article = made.ArticleFactory(headline="Seen")
        claim = made.ClaimFactory(listed=True)
        made.AppearanceFactory(claim=claim, article=article)
        made.AppearanceFactory(claim=claim, article=article)
        made.AppearanceFactory(article=article)
        made.AppearanceFactory(article=made.ArticleFactory(headline="Unseen"))

        response = self.client.get("/articles/")

        self.assertContains(response, "1 article in which")
        self.assertContains(response, "1 claim recorded")
        self.assertContains(response, "Seen")
        self.assertNotContains(response, "Unseen")

    def test_pages_walk_over_every_article_once(self):
        claim = made.ClaimFactory(listed=True)
        articles = made.ArticleFactory.build_batch(60, publisher=made.PublisherFactory())
        with history.change(claim, actor=made.SYSTEM) as block:
            block.insert(articles)
            block.insert([Appearance(claim=claim, article=one) for one in articles])

        found, address = [], "/articles/"
        while address:
            page = self.client.get(address).content.decode()
            found += [part.split('/"')[0] for part in page.split('href="/articles/article-')[1:]]
            address = page.split('rel="next"')[0].rpartition('href="')[2].split('"')[0] if 'rel="next"' in page else ""

        self.assertEqual([f"article-{number}" for number in found], [one.slug for one in reversed(articles)])

    def test_number_of_queries_does_not_grow(self):
        claim, publisher = made.ClaimFactory(listed=True), made.PublisherFactory()
        for number in [20, 2000]:
            articles = made.ArticleFactory.build_batch(number, publisher=publisher)
            with history.change(claim, actor=made.SYSTEM) as block:
                block.insert(articles)
                block.insert([Appearance(claim=claim, article=one) for one in articles])
            made.analyze()
            # edition, languages, publishers to choose from, page of articles, their number, how many each would leave
            with self.subTest(number), self.assertNumQueries(6):
                self.client.get("/articles/?language=en&q=headline&sort=published")
            with self.subTest(number), self.assertNumQueries(4):
                self.client.get("/articles/?language=en&q=headline")

    def test_filters_narrow_and_offer_only_what_readers_see(self):
        paper = made.PublisherFactory(slug="paper", name="The Paper")
        claim = made.ClaimFactory(listed=True)
        for language in ["en", "uk"]:
            article = made.ArticleFactory(publisher=paper, language=language, headline=f"Headline {language}")
            made.AppearanceFactory(claim=claim, article=article)
        made.AppearanceFactory(claim=claim, article__headline="Elsewhere", article__language="en")
        made.AppearanceFactory(article__publisher__slug="hidden", article__language="ab")
        made.ImportedReviewFactory(claim=claim, publisher__slug="reviewing")

        response = self.client.get("/articles/?publisher=paper&language=uk")

        self.assertContains(response, "Headline uk")
        self.assertNotContains(response, "Headline en")
        self.assertNotContains(response, "Elsewhere")
        self.assertContains(response, "1 article in which")
        self.assertContains(response, '<a href="/articles/?publisher=paper"><span class="visually-hidden">Remove')
        self.assertContains(response, '<option value="paper" selected>The Paper (1)</option>')
        for query, words in [
            ("publisher=hidden", "under /publishers/"), ("publisher=reviewing", "under /publishers/"),
            ("language=ab", "Allowed are: en, uk."), ("language=en&language=uk", "give it once"),
        ]:  # fmt: skip
            with self.subTest(query):
                self.assertContains(self.client.get(f"/articles/?{query}"), words, status_code=400)
        self.assertContains(response, '<option value="uk" selected>Ukrainian (1)</option>')
        self.assertContains(response, '<option value="en">English (1)</option>')
        self.assertContains(response, 'Language: <strong dir="auto">Ukrainian</strong>')
        self.assertContains(response, "no more than the newest 10,000 are counted")
        self.assertContains(self.client.get("/uk/articles/"), '<option value="uk">Українська (1)</option>')
        elsewhere = made.PublisherFactory(slug="elsewhere")
        made.AppearanceFactory(claim=claim, article__publisher=elsewhere, article__language="en")
        self.assertContains(self.client.get("/articles/?publisher=elsewhere&language=uk"), "Remove one of them")

    def test_what_each_option_would_leave_is_what_it_leaves(self):
        papers = [made.PublisherFactory(slug=slug) for slug in ["paper", "gazette"]]
        claim = made.ClaimFactory(listed=True)
        for number in range(8):
            article = made.ArticleFactory(publisher=papers[number % 2], language=["en", "uk", ""][number % 3])
            made.AppearanceFactory(claim=claim, article=article)
        made.AppearanceFactory(article__publisher=papers[0], article__language="en")

        for query in ["", "publisher=paper", "language=uk", "publisher=gazette&language=uk"]:
            filters = ArticleFilter(QueryDict(query), articles_module.articles_with_counts(), ["en", "uk"])
            found = facets.counted(filters, count(filters.qs))
            self.assertEqual(set(found), {"publisher", "language"})
            for name, by_value in found.items():
                for value, number in by_value.items():
                    with self.subTest(query, name=name, value=value):
                        narrowed = QueryDict(query, mutable=True)
                        narrowed[name] = value
                        left = ArticleFilter(narrowed, articles_module.articles_with_counts(), ["en", "uk"])

                        self.assertEqual(left.qs.count(), number)

    def test_only_the_newest_are_counted(self):
        claim = made.ClaimFactory(listed=True)
        for language in ["uk", "en", "en"]:
            made.AppearanceFactory(claim=claim, article__language=language)

        with mock.patch.object(facets, "COUNTED", 2):
            filters = ArticleFilter(QueryDict("language=uk"), articles_module.articles_with_counts(), ["en", "uk"])
            self.assertEqual(facets.counted(filters, count(filters.qs))["language"], {"en": 2})

    def test_pages_of_published_order_begin_with_the_latest_day(self):
        claim = made.ClaimFactory(listed=True)
        for headline, day in [("Old", date(2024, 1, 1)), ("New", date(2025, 1, 1)), ("Undated", None)]:
            precision = Precision.DAY if day else ""
            article = made.ArticleFactory(headline=headline, published_on=day, published_on_precision=precision)
            made.AppearanceFactory(claim=claim, article=article)

        page = self.client.get("/articles/?sort=published").content.decode()

        self.assertLess(page.index(">New<"), page.index(">Old<"))
        self.assertLess(page.index(">Old<"), page.index(">Undated<"))


class ArticleDetailTests(TestCase):
    def test_bibliographic_facts(self):
        article = made.ArticleFactory(
            headline="The report", publisher__name="The Gazette", byline="A. Writer", published_on=date(2025, 11, 14),
            published_on_precision=Precision.DAY, accessed_on=date(2025, 11, 15), summary="What it says.",
            archived_url="https://archive.example.org/1", text_sha256="ab" * 32,
        )  # fmt: skip
        made.AppearanceFactory(claim__listed=True, article=article)

        response = self.client.get(article.get_absolute_url())

        for words in [
            "The report", "The Gazette", "A. Writer", "14 November 2025", "15 November 2025", "What it says.",
            f'<a href="{article.url}" rel="noopener">', '<a href="https://archive.example.org/1" rel="noopener">',
            "ab" * 32,
        ]:  # fmt: skip
            with self.subTest(words):
                self.assertContains(response, words)

    def test_claims_stand_in_the_order_of_the_article(self):
        article, paper = made.ArticleFactory(), made.ClaimantFactory(name="The paper")
        analyst = made.ClaimantFactory(name="An analyst")
        claims = {name: made.ClaimFactory(listed=True, text=f"Claim {name}.") for name in ["last", "second", "first"]}
        made.AppearanceFactory(claim=claims["last"], article=article, paragraph=None)
        made.AppearanceFactory(claim=claims["second"], article=article, paragraph=9)
        made.AppearanceFactory(claim=claims["first"], article=article, paragraph=23, claimant=analyst)
        made.AppearanceFactory(claim=claims["first"], article=article, paragraph=4, claimant=paper)
        made.AppearanceFactory(claim=claims["first"], article=article, paragraph=20, claimant=analyst)

        page = self.client.get(article.get_absolute_url()).content.decode()

        self.assertLess(page.index("Claim first."), page.index("Claim second."))
        self.assertLess(page.index("Claim second."), page.index("Claim last."))
        self.assertEqual(page.count("Claim first."), 1)
        self.assertIn("(paragraph 4)", page)
        self.assertIn("(paragraphs 20, 23)", page)
        self.assertIn("3 claims in", page)

    def test_coverage_keeps_the_bases_apart(self):
        article = made.ArticleFactory(slug="report")
        reported, reviewed = made.ClaimFactory(listed=True), made.ClaimFactory(listed=True)
        made.AppearanceFactory(claim=reported, article=article, caveat=Caveat.NOT_VERIFIED)
        made.AppearanceFactory(claim=reviewed, article=article)
        made.published_review(reviewed, rating=made.rating("unverified"))
        made.AppearanceFactory(claim__listed=True, article=article)

        page = self.client.get("/articles/report/").content.decode()

        for basis in ["status=unverified&amp;basis=reviewed", "status=unverified&amp;basis=reported", "basis=none"]:
            with self.subTest(basis):
                self.assertIn(f'href="/claims/?{basis}&amp;article=report"', page)
        self.assertEqual(page.count('<span class="number">1</span>'), 3)
        self.assertIn("not independently verified", page)

    def test_who_speaks_is_grouped_by_interest(self):
        article = made.ArticleFactory()
        soldier = made.ClaimantFactory(name="A soldier", interest="party")
        watcher = made.ClaimantFactory(name="A watcher", interest="monitor")
        for who, number in [(watcher, 1), (soldier, 2)]:
            for _ in range(number):
                claim = made.ClaimFactory(listed=True)
                made.AppearanceFactory(claim=claim, article=article, claimant=who, paragraph=3)
                made.AppearanceFactory(claim=claim, article=article, claimant=who, paragraph=5)
        made.published_review(claim)
        hidden = made.ClaimantFactory(name="Hidden")
        made.AppearanceFactory(claim=made.ClaimFactory(), article=article, claimant=hidden)

        page = self.client.get(article.get_absolute_url()).content.decode()

        part = page.split('id="sides"')[1].split("</section>")[0]
        self.assertLess(part.index("Party to the matter"), part.index("A soldier"))
        self.assertLess(part.index('A soldier</a> <span class="count">2</span> claims'), part.index("Monitor"))
        self.assertIn('A watcher</a> <span class="count">1</span> claim<', part)
        self.assertNotIn("Independent", part)
        self.assertIn("3 claims in this article. Reviewed by us: 1 of them.", page)
        self.assertNotIn("Hidden", page)

    def test_private_claims_and_private_articles_stay_hidden(self):
        article = made.ArticleFactory()
        made.AppearanceFactory(claim__listed=True, article=article)
        made.AppearanceFactory(claim__text="Hidden.", article=article)
        private = made.AppearanceFactory().article

        self.assertNotContains(self.client.get(article.get_absolute_url()), "Hidden.")
        self.assertEqual(self.client.get(private.get_absolute_url()).status_code, 404)
        self.assertEqual(self.client.get("/articles/nothing/").status_code, 404)

    def test_very_long_article_leads_to_the_list(self):
        article = made.ArticleFactory(slug="long")
        for _ in range(3):
            made.AppearanceFactory(claim__listed=True, article=article)

        with mock.patch.object(articles_module, "SHOWN", 2):
            self.assertContains(self.client.get("/articles/long/"), 'href="/claims/?article=long"')

    def test_number_of_queries_does_not_grow(self):
        article = made.ArticleFactory()
        for number in [20, 2000]:
            claims = made.ClaimFactory.build_batch(number, listed=True, claimant=made.ClaimantFactory())
            with history.changes(actor=made.SYSTEM) as block:
                block.insert(claims)
                block.insert([Appearance(claim=one, article=article, claimant=one.claimant) for one in claims])
            made.analyze()
            with self.subTest(number), self.assertNumQueries(3):  # edition, article, its places
                self.client.get(article.get_absolute_url())
