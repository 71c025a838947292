"""/search/, the words in the lists, and GET /api/v1/claims/similar."""

from urllib.parse import quote

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from factcheck.models import Caveat
from tests import factories as made
from tests.test_search_asking import HOSTILE


class SearchTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.speaker = made.ClaimantFactory(name="Harbour Master", role="Runs the port", slug="master")
        cls.claim = made.ClaimFactory(
            slug="closed", text="The harbour was closed <b>.", claimant=cls.speaker, listed=True, context="A long port."
        )
        made.AppearanceFactory(
            claim=cls.claim, article__headline="Harbour closed, says master", article__slug="report",
            caveat=Caveat.NOT_VERIFIED,
        )  # fmt: skip
        made.published_review(made.ClaimFactory(slug="reviewed", text="The port is open.", listed=True), title="Open")
        made.ClaimFactory(slug="private", text="The harbour is a secret.")

    def test_one_box_over_claims_articles_and_claimants(self):
        page = self.client.get("/search/?q=harbours")

        self.assertContains(page, "The <mark>harbour</mark> was closed &lt;b&gt;.")
        self.assertContains(page, '<a href="/articles/report/"')
        self.assertContains(page, '<a href="/claimants/master/"')
        self.assertContains(page, "<mark>Harbour</mark> Master")
        self.assertNotContains(page, "secret")
        self.assertContains(page, '<meta name="robots" content="noindex">')

    def test_where_it_was_found_is_shown_with_the_status(self):
        page = self.client.get("/search/?q=port+closed")

        self.assertContains(page, "A long <mark>port</mark>.")
        self.assertContains(page, "Unverified")

    def test_what_is_not_found_says_so_and_shows_the_nearest(self):
        page = self.client.get("/search/?q=harbour+closed+very")

        self.assertContains(page, "No claim has all of these words.")
        self.assertContains(page, "These are the nearest:")
        self.assertContains(page, '<a href="/claims/closed/"')
        self.assertNotContains(self.client.get("/search/?q=volcano"), "nearest")

    def test_a_page_without_words_explains_how_to_search(self):
        self.assertContains(self.client.get("/search/"), "How to search")
        self.assertContains(self.client.get("/search/?q=%3F%3F"), "There is no word in this to look for.")
        self.assertNotContains(self.client.get("/search/"), "noindex")

    def test_what_was_typed_comes_back_as_text(self):
        page = self.client.get("/search/?q=" + quote('"><script>alert(1)</script>'))

        self.assertNotContains(page, "<script>")
        self.assertContains(page, 'value="&quot;&gt;&lt;script&gt;')

    def test_a_fixed_number_of_queries(self):
        def queries():
            self.client.get("/search/")
            with CaptureQueriesContext(connection) as captured:
                self.client.get("/search/?q=harbour")
            return len(captured)

        few = queries()
        for _ in range(15):
            made.ClaimFactory(text="The harbour again", listed=True, claimant=self.speaker)

        self.assertEqual(queries(), few + 1)  # the count, from more than one page on
        self.assertLessEqual(few, 16)

    def test_all_matches_are_in_the_lists(self):
        for _ in range(12):
            made.ClaimFactory(text="The harbour again", listed=True)
        page = self.client.get("/search/?q=harbour")

        self.assertContains(page, '<h2 id="claims">Claims <span class="count">13</span></h2>')
        self.assertContains(page, 'href="/claims/?q=harbour"')
        self.assertContains(self.client.get("/claims/?q=harbour"), "13 claims found")

    def test_lists_are_narrowed_by_words_beside_their_filters(self):
        self.assertContains(self.client.get("/claims/?q=port"), "2 claims found")
        page = self.client.get("/claims/?q=port&basis=reviewed")
        self.assertContains(page, "1 claim found")
        self.assertContains(page, "/claims/reviewed/")
        self.assertContains(page, 'Words: <strong dir="auto">port</strong>')
        self.assertContains(page, "/feeds/claims.atom?q=port&amp;basis=reviewed")
        self.assertContains(self.client.get("/feeds/claims.atom?q=port"), "The port is open.")
        self.assertContains(self.client.get("/articles/?q=harbour"), "/articles/report/")
        self.assertContains(self.client.get("/claimants/?q=port"), "/claimants/master/")
        self.assertContains(self.client.get("/claims/?q=nowhere"), "No claim fits all of these filters.")

    def test_nothing_typed_is_an_error(self):
        for text in HOSTILE:
            for address in ("/search/?q=", "/claims/?q=", "/claimants/?q=", "/api/v1/claims/similar?text="):
                with self.subTest(address + repr(text[:20])):
                    self.assertEqual(self.client.get(address + quote(text)).status_code, 200)


class ClaimPageTests(TestCase):
    def test_claims_that_read_alike_stand_on_the_page_of_one_that_nobody_reviewed(self):
        claim = made.ClaimFactory(slug="one", text="The harbour was closed.", listed=True)
        made.ClaimFactory(slug="alike", text="The harbour was closed again.", listed=True)
        made.ClaimFactory(slug="private", text="The harbour was closed, too.")
        linked = made.ClaimFactory(slug="linked", text="A closed harbour.", listed=True)
        made.ClaimRelationFactory(from_claim=claim, to_claim=linked, kind="repeats")

        page = self.client.get("/claims/one/").content.decode()
        beside = page.split('<h2 id="similar">')[1].split("</section>")[0]

        self.assertIn("/claims/alike/", beside)
        self.assertNotIn("linked", beside)
        self.assertNotIn("private", page)
        made.published_review(claim)
        self.assertNotContains(self.client.get("/claims/one/"), '<h2 id="similar">')


class SimilarTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.claim = made.ClaimFactory(slug="closed", text="The harbour was closed in November.", listed=True)
        made.published_review(cls.claim)
        made.ClaimFactory(slug="open", text="The harbour was open.", listed=True)
        made.ClaimFactory(slug="private", text="The harbour was closed in November.")

    def ask(self, query, status=200):
        response = self.client.get(f"/api/v1/claims/similar?{query}")
        self.assertEqual(response.status_code, status)
        self.assertEqual(response.headers["Content-Type"], "application/json")
        return response.json()

    def test_the_best_come_first_with_what_a_reader_needs(self):
        [first, second] = self.ask("text=BREAKING:+the+%23Harbour+is+CLOSED!!&min_score=0")["results"]

        self.assertEqual(set(first), {"slug", "text", "url", "status", "score", "matched"})
        self.assertEqual(first["slug"], "closed")
        self.assertEqual(first["text"], self.claim.text)
        self.assertEqual(first["url"], "http://testserver/claims/closed/")
        self.assertEqual(first["status"], "false")
        self.assertEqual(first["matched"], ["closed", "harbour"])
        self.assertEqual((second["slug"], second["status"]), ("open", None))
        self.assertGreater(first["score"], second["score"])

    def test_below_the_threshold_nothing_is_similar(self):
        self.assertEqual(self.ask("text=a+volcano+and+a+harbour+of+ice+under+water+in+space")["results"], [])
        self.assertTrue(self.ask("text=a+volcano+and+a+harbour+of+ice+under+water+in+space&min_score=0")["results"])

    def test_as_many_as_asked_for(self):
        self.assertEqual(len(self.ask("text=harbour&min_score=0&limit=1")["results"]), 1)

    def test_what_it_does_not_understand_it_says(self):
        for query, words in (
            ("", "text: give the sentence"),
            ("text=a&limit=0", "limit: “0” is not known here. Allowed is a whole number from 1 to 100."),
            ("text=a&limit=101", "limit"),
            ("text=a&limit=999999999999999999999", "limit"),
            ("text=a&limit=x", "limit"),
            ("text=a&min_score=x", "min_score: “x” is not known here. Allowed is a number from 0 on."),
            ("text=a&min_score=nan", "min_score"),
            ("text=a&min_score=-1", "min_score"),
            ("text=a&min_score=inf", "min_score"),
        ):
            with self.subTest(query):
                [error] = self.ask(query, 400)["errors"]
                self.assertIn(words, error)

    def test_a_few_queries(self):
        self.client.get("/")
        with self.assertNumQueries(4):  # the edition, the words, the candidates, the claims
            self.ask("text=harbour+closed")
