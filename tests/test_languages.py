"""The interface in two languages: in the address for readers, from the browser for the desk."""

import re

from django.test import Client, SimpleTestCase, TestCase
from django.utils import translation

from factcheck.languages import language_name
from factcheck.models import PageSlug
from tests import factories as made
from tests import public_world

READ = [address for address in public_world.UKRAINIAN if "/embed/" not in address]


class AddressTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.world = public_world.build()

    def test_each_page_links_itself_in_each_language(self):
        for address in [
            *READ,
            "/uk/claims/?status=unverified&sort=oldest",
            "/uk/claims/claim/?as_of=" + public_world.TODAY,
        ]:
            english = address.removeprefix("/uk")
            for asked in (address, english):
                with self.subTest(asked):
                    page = self.client.get(asked).content.decode()

                    links = dict(re.findall('<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">', page))
                    links = {code: link.replace("&amp;", "&") for code, link in links.items()}
                    self.assertEqual(
                        links,
                        {
                            "en": f"http://testserver{english}",
                            "uk": f"http://testserver{address}",
                            "x-default": f"http://testserver{english}",
                        },
                    )
                    here = f"http://testserver{asked}".replace("&", "&amp;")
                    self.assertIn(f'<link rel="canonical" href="{here}">', page)

    def test_switch_keeps_page_and_filters(self):
        self.assertContains(
            self.client.get("/claims/?status=unverified&sort=oldest"),
            '<a href="http://testserver/uk/claims/?status=unverified&amp;sort=oldest" hreflang="uk" lang="uk">',
        )
        self.assertContains(
            self.client.get("/uk/claims/?status=unverified&sort=oldest"),
            '<a href="http://testserver/claims/?status=unverified&amp;sort=oldest" hreflang="en" lang="en">',
        )

    def test_a_page_that_says_what_is_wrong_leads_to_the_other_language_where_that_has_the_address(self):
        for address, status in (
            ("/claims/?kind=odd&status=%22%3E%3Cb%3E", 400), ("/claims/nothing/", 404), ("/claims/unlisted/", 410),
            ("/claims/claim/?as_of=2020-01-01", 404),
        ):  # fmt: skip
            there = address.replace("&", "&amp;")
            with self.subTest(address):
                page = self.client.get(address)
                other = self.client.get(f"/uk{address}")

                self.assertContains(page, f'<a href="http://testserver/uk{there}" hreflang="uk" ', status_code=status)
                self.assertContains(other, f'<a href="http://testserver{there}" hreflang="en" ', status_code=status)
                for one in (page, other):
                    self.assertNotContains(one, 'rel="canonical"', status_code=status)
                    self.assertNotContains(one, 'rel="alternate"', status_code=status)
                    self.assertNotContains(one, "og:locale", status_code=status)
        for address in ("/nothing/here/", "/sitemap/users-0.xml", "/uk/feeds/claims.atom", "/admin/nothing/"):
            with self.subTest(address):
                self.assertNotIn('class="languages"', self.client.get(address).content.decode())

    def test_links_stay_in_the_language(self):
        for address in READ:
            with self.subTest(address):
                page = self.client.get(address).content.decode()
                inside = set(re.findall('<a [^>]*href="(/[^"]*)"', page))

                self.assertTrue(inside)
                self.assertEqual({link for link in inside if not link.startswith(("/uk/", "/feeds/"))}, set())

    def test_what_a_browser_prefers_changes_nothing_for_readers(self):
        other = Client(headers={"accept-language": "uk", "cookie": "django_language=uk"})
        for address in ["/", "/claims/claim/", "/claims/nothing/", "/claims/?kind=odd", "/feeds/claims.atom"]:
            with self.subTest(address):
                self.assertEqual(other.get(address).content, self.client.get(address).content)
                self.assertNotIn("Accept-Language", other.get(address).headers.get("Vary", ""))

    def test_machines_have_no_language_and_english_has_no_prefix(self):
        for name in public_world.MACHINE:
            with self.subTest(name):
                self.assertEqual(self.client.get(f"/uk{public_world.ADDRESSES[name][0]}").status_code, 404)
        for address in ("/en/", "/en/claims/", "/de/claims/", "/uk-UA/claims/", "/uk/admin/"):
            with self.subTest(address):
                self.assertEqual(self.client.get(address).status_code, 404)

    def test_each_language_has_an_etag_of_its_own(self):
        etag = self.client.get("/claims/").headers["ETag"]

        self.assertEqual(self.client.get("/uk/claims/", headers={"if-none-match": etag}).status_code, 200)

    def test_a_card_is_in_the_language_of_the_address_that_was_asked_about(self):
        for prefix in ("", "/uk"):
            with self.subTest(prefix):
                answer = self.client.get(f"/oembed?url=http://testserver{prefix}/claims/claim/").json()

                self.assertIn(f'src="http://testserver{prefix}/claims/claim/embed/"', answer["html"])

    def test_text_in_another_language_than_the_page_says_so(self):
        claim = self.world.claim
        made.change(claim, language="uk")

        self.assertContains(self.client.get("/claims/claim/"), '<h1 dir="auto" lang="uk">')
        self.assertContains(self.client.get("/uk/claims/claim/"), '<h1 dir="auto">')
        self.assertContains(self.client.get("/uk/claims/prediction/"), '<h1 dir="auto" lang="en">')
        self.assertContains(self.client.get("/claims/prediction/"), '<h1 dir="auto">')

    def test_a_verdict_of_our_scale_is_in_the_language_of_the_page_and_another_in_that_of_the_desk(self):
        own = made.RatingFactory(slug="odd", label="Odd", definition="A word of the desk's own.")
        claim = made.ClaimFactory(slug="odd", listed=True)
        made.published_review(claim, rating=made.rating("not-checkable"))
        made.withdrawn_review(claim, note="Taken back.", rating=own, language="de")

        page = self.client.get("/uk/claims/odd/").content.decode()
        happened = page.split('id="events"')[1].split("</section>")[0]

        self.assertIn('<span dir="auto">Не перевіряється</span>', happened)
        self.assertIn('<span dir="auto" lang="en">Odd</span>', happened)
        self.assertIn('<span dir="auto" lang="de">Taken back.</span>', happened)
        self.assertIn('<td dir="auto">Не перевіряється</td>', page)
        self.assertIn('<td dir="auto" lang="en">Odd</td>', page)

    def test_wordings_that_a_claim_had_are_in_its_language(self):
        made.change(self.world.claim, language="de", text="Zuerst so.")
        made.change(self.world.claim, text="Und dann so.")

        self.assertContains(self.client.get("/claims/claim/"), '<p dir="auto" lang="de"><del>Zuerst so.</del></p>')

    def test_what_others_reviewed_is_in_the_language_of_their_review(self):
        claim = made.ClaimFactory(slug="abroad", listed=True, language="uk")
        made.ImportedReviewFactory(claim=claim, claim_reviewed="Der Satz.", claimant_reviewed="Ein Mann", language="de")

        page = self.client.get("/claims/abroad/")

        self.assertContains(page, '<q dir="auto" lang="de">Der Satz.</q> (<span dir="auto" lang="de">Ein Mann</span>)')

    def test_a_correction_of_a_verdict_reads_in_the_language_of_the_page(self):
        claim = made.ClaimFactory(slug="corrected", listed=True)
        made.CorrectionFactory(claim=claim, before="Half true", after="Half true, as we thought")

        for address in ("/claims/corrected/", "/corrections/"):
            with self.subTest(address):
                self.assertContains(self.client.get(address), '<dd dir="auto"><del>Half true</del></dd>')
                page = self.client.get(f"/uk{address}")
                self.assertContains(page, '<dd dir="auto"><del>Наполовину правда</del></dd>')
                self.assertContains(page, '<dd dir="auto" lang="en"><ins>Half true, as we thought</ins></dd>')

    def test_text_of_the_desk_is_that_of_the_language_or_else_the_first(self):
        made.PageFactory(slug=PageSlug.ABOUT, language="uk", title="Про нас", body="Хто ми.")

        self.assertContains(self.client.get("/uk/about/"), '<h1 dir="auto">Про нас</h1>')
        self.assertContains(self.client.get("/about/"), "About us")
        self.assertContains(self.client.get("/uk/methodology/"), '<h1 dir="auto" lang="en">How we work')


class NameTests(SimpleTestCase):
    def test_a_tag_is_a_name_in_the_language_of_the_page(self):
        for tag, english, ukrainian in [
            ("en", "English", "Англійська"), ("uk", "Ukrainian", "Українська"),
            ("pt-BR", "Brazilian Portuguese", "Бразильська португальська"),
            ("uk-Latn", "Ukrainian (uk-Latn)", "Українська (uk-Latn)"), ("tlh", "tlh", "tlh"),
        ]:  # fmt: skip
            with self.subTest(tag):
                with translation.override("en"):
                    self.assertEqual(language_name(tag), english)
                with translation.override("uk"):
                    self.assertEqual(language_name(tag), ukrainian)


class DeskTests(TestCase):
    def test_desk_follows_the_browser(self):
        desk = Client(headers={"accept-language": "uk,en;q=0.5"})
        desk.force_login(made.UserFactory(roles=["Editor"]))

        self.assertContains(desk.get("/admin/"), '<html lang="uk"')
        self.assertContains(desk.get("/admin/", headers={"accept-language": "de"}), '<html lang="en')

    def test_language_of_one_answer_is_not_that_of_the_next(self):
        with translation.override("en"):
            self.client.get("/uk/")

            self.assertEqual(translation.get_language(), "en")
