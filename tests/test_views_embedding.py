import re
from html import unescape
from urllib.parse import quote

from django.test import TestCase

from tests import factories as made
from tests import public_world

HOSTILE = "\"><script>alert(1)</script>'&"


class EmbedTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.world = public_world.build(HOSTILE)

    def test_card_may_stand_in_a_frame_and_nothing_else_may(self):
        card, page = self.client.get("/claims/claim/embed/"), self.client.get("/claims/claim/")

        self.assertIn("frame-ancestors *", card.headers["Content-Security-Policy"])
        self.assertIn("default-src 'none'", card.headers["Content-Security-Policy"])
        self.assertNotIn("X-Frame-Options", card.headers)
        self.assertIn("frame-ancestors 'none'", page.headers["Content-Security-Policy"])
        self.assertEqual(page.headers["X-Frame-Options"], "DENY")

    def test_card_that_is_known_may_still_stand_in_a_frame(self):
        etag = self.client.get("/claims/claim/embed/").headers["ETag"]

        response = self.client.get("/claims/claim/embed/", headers={"if-none-match": etag})

        self.assertEqual(response.status_code, 304)
        self.assertIn("frame-ancestors *", response.headers["Content-Security-Policy"])
        self.assertNotIn("X-Frame-Options", response.headers)

    def test_card_says_what_is_known_and_leads_to_the_claim(self):
        response = self.client.get("/claims/claim/embed/")

        self.assertContains(response, "Reported by the source, not reviewed by us")
        self.assertContains(response, "Unverified")
        self.assertContains(response, "Soldier &quot;&gt;&lt;script&gt;")
        self.assertContains(response, '<a href="http://testserver/claims/claim/" target="_blank" rel="noopener">')

    def test_card_of_a_claim_that_went_says_so(self):
        gone = self.client.get("/claims/unlisted/embed/")

        self.assertContains(gone, "This claim is no longer listed", status_code=410)
        self.assertContains(gone, '<a href="/claims/unlisted/" target="_blank" rel="noopener">', status_code=410)
        for words in ("Unlisted", "<header", "<nav", "<footer", 'rel="canonical"'):
            self.assertNotContains(gone, words, status_code=410)
        self.assertIn("frame-ancestors *", gone.headers["Content-Security-Policy"])
        self.assertNotIn("X-Frame-Options", gone.headers)
        self.assertNotIn("ETag", gone.headers)
        self.assertEqual(self.client.get("/claims/nothing/embed/").status_code, 404)

    def test_status_comes_before_a_claim_that_may_be_long(self):
        page = self.client.get("/claims/claim/embed/").content.decode()

        self.assertLess(page.index('<p class="status">'), page.index("<h1"))

    def test_queries(self):
        with self.assertNumQueries(2):  # edition, claim
            self.client.get("/claims/claim/embed/")


class OembedTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.world = public_world.build(HOSTILE)

    def ask(self, url="http://testserver/claims/claim/", **more):
        query = "".join(f"&{name}={value}" for name, value in more.items())
        return self.client.get(f"/oembed?url={quote(url)}{query}")

    def test_claim_page_names_its_answer(self):
        page = self.client.get("/claims/claim/").content.decode()
        href = page.split('type="application/json+oembed"')[1].split('href="')[1].split('"')[0]

        self.assertEqual(self.client.get(href).json()["title"], self.world.claim.text)

    def test_answer_is_a_frame_with_the_card(self):
        answer = self.ask().json()

        self.assertEqual((answer["type"], answer["version"]), ("rich", "1.0"))
        self.assertEqual((answer["width"], answer["height"]), (600, 320))
        self.assertIn('src="http://testserver/claims/claim/embed/"', answer["html"])
        self.assertNotIn("<script", answer["html"])
        self.assertEqual(answer["author_url"], "http://testserver/claimants/soldier/")

    def test_no_larger_than_there_is_room(self):
        answer = self.ask(maxwidth=300, maxheight=9000).json()

        self.assertEqual((answer["width"], answer["height"]), (300, 320))
        self.assertIn('width="300" height="320"', answer["html"])
        for value in ("0", "-1", "x", "٣", "9" * 5000):
            with self.subTest(value):
                self.assertContains(self.ask(maxwidth=value), "maxwidth:", status_code=400)

    def test_only_pages_of_public_claims_are_known(self):
        made.ClaimFactory(slug="private")
        for url in ("http://elsewhere.example/claims/claim/", "http://testserver/claims/private/",
                    "http://testserver/claims/unlisted/", "http://testserver/articles/report/", "claims/claim/", "http://[",
                    "javascript:alert(1)", "http://testserver@elsewhere.example/claims/claim/"):  # fmt: skip
            with self.subTest(url):
                self.assertEqual(self.ask(url).status_code, 404)
        self.assertEqual(self.client.get("/oembed").status_code, 400)

    def test_other_formats_are_not_implemented(self):
        self.assertEqual(self.ask(format="xml").status_code, 501)
        self.assertEqual(self.ask(format="json").status_code, 200)


class CardTests(TestCase):
    def test_pages_say_what_they_are_where_they_are_shared(self):
        public_world.build(HOSTILE)
        for address, kind in (("/", "website"), ("/claims/claim/", "article"), ("/claimants/speaker/", "profile")):
            with self.subTest(address):
                page = self.client.get(address).content.decode()

                self.assertIn(f'<meta property="og:type" content="{kind}">', page)
                self.assertIn(f'<meta property="og:url" content="http://testserver{address}">', page)
                self.assertIn('<meta property="og:image" content="http://testserver/static/factcheck/card.png">', page)
                self.assertRegex(page, r'<meta property="og:title" content="[^"<]+">')
                self.assertRegex(page, r'<meta property="og:description" content="[^"<]+">')

    def test_long_description_is_shortened_and_no_escape_is_cut(self):
        claim = made.ClaimFactory(claimant=made.ClaimantFactory(name="<&>" * 33), listed=True)

        page = self.client.get(claim.get_absolute_url()).content.decode()
        [content] = re.findall('<meta name="description" content="([^"]*)">', page)

        self.assertEqual(len(unescape(content)), 160)
        self.assertRegex(content, "&(lt|amp|gt);…$")
        self.assertNotIn("&amp;lt", content)

    def test_what_is_no_page_has_no_card(self):
        self.assertNotContains(self.client.get("/nothing/"), "og:title", status_code=404)
