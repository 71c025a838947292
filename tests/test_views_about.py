from datetime import date

from django.test import SimpleTestCase, TestCase

from factcheck.models import PageSlug
from factcheck.views.about import html
from tests import factories as made


class AboutTests(TestCase):
    def test_text_of_the_desk_is_shown(self):
        made.PageFactory(slug=PageSlug.ABOUT, title="Who we are", body="We are **three**.")
        made.PageFactory(slug=PageSlug.ABOUT, language="uk", title="Хто ми", body="Нас троє.")

        response = self.client.get("/about/")

        self.assertContains(response, '<h1 dir="auto">Who we are</h1>')
        self.assertContains(response, "We are <strong>three</strong>.")
        self.assertNotContains(response, "Нас троє")

    def test_missing_text_says_what_to_do(self):
        self.assertContains(self.client.get("/about/"), "run loadseeds")

    def test_costs_two_queries(self):
        with self.assertNumQueries(2):  # edition, text
            self.client.get("/about/")


class MethodologyTests(TestCase):
    def test_scale_is_printed_with_definitions_in_classes(self):
        made.PageFactory(slug=PageSlug.METHODOLOGY, title="How we work", body="Like this.")
        made.scale()

        page = self.client.get("/methodology/").content.decode()

        self.assertIn("Like this.", page)
        for words in ["Degree of truth", "Outcome of a prediction", "Half true", "3 of 5", "What “Too early” means."]:
            with self.subTest(words):
                self.assertIn(words, page)
        self.assertNotIn("No longer used", page)

    def test_retired_rating_stands_apart(self):
        made.change(made.rating("false"), retired_on=date(2025, 11, 20))
        made.RatingFactory(slug="false", label="Not true")

        page = self.client.get("/methodology/").content.decode()

        self.assertLess(page.index("Not true"), page.index("No longer used"))
        self.assertLess(page.index("No longer used"), page.index("until 20 November 2025"))

    def test_without_ratings_it_says_what_to_do(self):
        self.assertContains(self.client.get("/methodology/"), "The scale is not loaded yet: run loadseeds.")

    def test_costs_three_queries(self):
        made.scale()
        with self.assertNumQueries(3):  # edition, ratings, text
            self.client.get("/methodology/")


class MarkdownTests(SimpleTestCase):
    def test_nothing_that_runs_or_loads_gets_through(self):
        for text in [
            "<script>alert(1)</script>", "[x](javascript:alert(1))", "[x](data:text/html,y)", "![x](https://e.org/a.png)",
            "<img src=x onerror=alert(1)>", "[x](https://e.org 'a\" onclick=\"b')", "<style>*{}</style>",
            "<a href='x' style='y'>z</a>", "[x](vbscript:a)", "<!-- x -->", "&lt;script&gt;",
        ]:  # fmt: skip
            with self.subTest(text):
                rendered = html(text)

                for bad in ["<script", "<img", "<style", 'href="javascript', 'href="data', 'href="vbscript', "<!--"]:
                    self.assertNotIn(bad, rendered)
                self.assertNotRegex(rendered, r"<[^>]*\son\w+=[\"']")

    def test_what_a_text_needs_stays(self):
        rendered = html(
            "# Top\n\n## Next\n\n- a\n- *b*\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\n[l](/about/) <https://e.org>"
        )

        for part in [
            "<h2>Top</h2>",
            "<h2>Next</h2>",
            "<em>b</em>",
            "<td>1</td>",
            '<a href="/about/" rel="noopener">l</a>',
        ]:
            with self.subTest(part):
                self.assertIn(part, rendered)
        self.assertNotIn("<h1", rendered)
