import json
import re
from datetime import timedelta
from unittest import mock
from xml.etree import ElementTree

from django.conf import settings
from django.core.cache import cache
from django.test import TestCase
from django.utils import timezone

from factcheck import door, history, workflow
from factcheck.models import Article, Claim, Claimant, Publisher, Review, Topic
from factcheck.views import feeds, sitemaps, updates
from factcheck.views.corrections import put_right
from tests import factories as made
from tests import public_world

ATOM = "{http://www.w3.org/2005/Atom}"
XHTML = "{http://www.w3.org/1999/xhtml}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
HOSTILE = "<script>alert(1)</script>]]>&amp;\"'"
FEEDS = ("/feeds/claims.atom", "/feeds/reviews.atom", "/feeds/corrections.atom")


def atom(client, address):
    return ElementTree.fromstring(client.get(address).content)


def texts(tree, name):
    return [element.text for element in tree.iter(f"{ATOM}{name}")]


def titles(client, address):
    return [entry.findtext(f"{ATOM}title") for entry in atom(client, address).iter(f"{ATOM}entry")]


class AtomTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.world = public_world.build(HOSTILE)

    def test_every_feed_has_what_the_standard_asks_for(self):
        for address in (*FEEDS, "/feeds/claims.atom?topic=morale"):
            with self.subTest(address):
                response = self.client.get(address)
                feed = ElementTree.fromstring(response.content)
                entries = feed.findall(f"{ATOM}entry")
                links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}

                self.assertEqual(response.headers["Content-Type"], "application/atom+xml; charset=utf-8")
                self.assertEqual(links["self"], f"http://testserver{address}")
                self.assertEqual(feed.findtext(f"{ATOM}id"), f"http://testserver{address}")
                self.assertEqual(feed.findtext(f"{ATOM}author/{ATOM}name"), self.world.records["desk"].name)
                self.assertTrue(entries)
                ids = [entry.findtext(f"{ATOM}id") for entry in entries]
                self.assertEqual(len(ids), len(set(ids)))
                newest = max(entry.findtext(f"{ATOM}updated") for entry in entries)
                self.assertEqual(feed.findtext(f"{ATOM}updated"), newest)
                for entry in entries:
                    self.assertTrue(entry.findtext(f"{ATOM}title"))
                    self.assertTrue(entry.find(f"{ATOM}link").get("href").startswith("http://testserver/claims/"))

    def test_text_is_text_in_titles_and_escaped_in_html(self):
        feed = atom(self.client, "/feeds/claims.atom")

        self.assertIn(f"Claim {HOSTILE}", texts(feed, "title"))
        for summary in texts(feed, "summary"):
            self.assertNotIn("<script", summary)
        self.assertTrue(any("&lt;script&gt;" in summary for summary in texts(feed, "summary")))

    def test_characters_that_xml_cannot_hold_do_not_break_a_feed(self):
        text = "a\x00b\x1bc\ufffed\ud800e"
        entry = feeds.Entry("x:1", "http://testserver/", text, (text,), timezone.now(), timezone.now(), text, (text,))

        response = feeds.Feed(text, text, "http://testserver/f", "http://testserver/", [entry]).as_atom()

        feed = ElementTree.fromstring(response.content)
        self.assertEqual(feed.find(f"{ATOM}entry").findtext(f"{ATOM}title"), "a\ufffdb\ufffdc\ufffdd\ufffde")

    def test_replaced_and_withdrawn_reviews_say_so(self):
        found = titles(self.client, "/feeds/reviews.atom")

        self.assertEqual(len([title for title in found if title.startswith("Replaced: ")]), 1)
        self.assertEqual(len([title for title in found if title.startswith("Withdrawn: ")]), 1)
        self.assertEqual(len(found), 3)
        self.assertIn("Withdrawal", " ".join(texts(atom(self.client, "/feeds/reviews.atom"), "summary")))
        self.assertIn("Withdrawal", " ".join(texts(atom(self.client, "/feeds/corrections.atom"), "summary")))

    def test_corrections_are_those_of_their_page(self):
        quiet = made.ClaimFactory(slug="quiet", text="SILENT", listed=True)
        workflow.unlist_claim(quiet, actor=made.SYSTEM)

        with self.assertNumQueries(6):  # edition, four sources, the desk
            found = list(atom(self.client, "/feeds/corrections.atom").iter(f"{ATOM}entry"))

        on_page = [entry.record for entry in put_right().rows]
        self.assertEqual([one.find(f"{ATOM}category").get("term") for one in found][0], "Taken off")
        self.assertEqual(len(found), len(on_page))
        at = self.world.unlisted.unlisted_at
        self.assertEqual(found[0].findtext(f"{ATOM}updated"), at.isoformat())
        gone = "http://testserver/claims/unlisted/"
        self.assertEqual(found[0].findtext(f"{ATOM}title"), f"Claim taken off these pages: {gone}")
        self.assertEqual(found[0].findtext(f"{ATOM}id"), f"{gone}#unlisted-{at:%Y%m%dT%H%M%S.%f}")
        self.assertIn("Why not", found[0].findtext(f"{ATOM}summary"))
        words = self.client.get("/feeds/corrections.atom").content.decode()
        self.assertNotIn("Unlisted", words)
        self.assertNotIn("quiet", words)

    def test_replaced_review_changed_when_the_next_was_published(self):
        old, new = Review.objects.filter(claim__slug="reviewed", origin="desk").order_by("number")
        entries = {
            entry.findtext(f"{ATOM}id"): entry.findtext(f"{ATOM}updated")
            for entry in atom(self.client, "/feeds/reviews.atom").iter(f"{ATOM}entry")
        }

        moments = {number: entries[f"http://testserver/claims/reviewed/#review-{number}"] for number in (1, 2)}

        self.assertEqual((old.number, new.number), (1, 2))
        self.assertEqual(moments[1], moments[2])
        self.assertContains(self.client.get("/claims/reviewed/"), 'id="review-1"')

    def test_correction_makes_its_claim_newer_and_leaves_its_id(self):
        def entry():
            for one in atom(self.client, "/feeds/claims.atom").iter(f"{ATOM}entry"):
                if one.findtext(f"{ATOM}id") == "http://testserver/claims/claim/":
                    return one.findtext(f"{ATOM}updated")
            return None

        before = entry()
        made.CorrectionFactory(claim=self.world.claim, made_at=timezone.now() + timedelta(hours=1))

        self.assertLess(before, entry())

    def test_filters_are_those_of_the_list(self):
        self.assertEqual(len(titles(self.client, "/feeds/claims.atom?topic=morale")), 2)
        self.assertEqual(len(titles(self.client, "/feeds/claims.atom?topic=morale&kind=prediction")), 1)
        self.assertContains(self.client.get("/feeds/claims.atom?topic=nothing"), "topic:", status_code=400)
        self.assertContains(self.client.get("/feeds/claims.json?kind=odd"), "kind:", status_code=400)

    def test_pages_link_the_feed_of_what_they_show(self):
        for page, feed in (
            ("/claims/?topic=morale&x=1", "/feeds/claims.atom?topic=morale"),
            ("/articles/report/", "/feeds/claims.atom?article=report"),
            ("/claimants/speaker/", "/feeds/claims.atom?claimant=speaker"),
            ("/", "/feeds/claims.atom"),
        ):
            with self.subTest(page):
                found = self.client.get(page).content.decode()

                self.assertRegex(
                    found,
                    rf'<link rel="alternate" type="application/atom\+xml"[^>]* href="{feed}">'.replace("?", r"\?"),
                )
                self.assertEqual(self.client.get(feed).status_code, 200)

    def test_json_feed_says_the_same(self):
        response = self.client.get("/feeds/claims.json")
        feed = json.loads(response.content)

        self.assertEqual(response.headers["Content-Type"], "application/feed+json")
        self.assertEqual(feed["version"], "https://jsonfeed.org/version/1.1")
        self.assertEqual(feed["feed_url"], "http://testserver/feeds/claims.json")
        self.assertEqual([item["title"] for item in feed["items"]], titles(self.client, "/feeds/claims.atom"))
        self.assertEqual(feed["items"][0]["id"], feed["items"][0]["url"])

    def test_entries_say_their_language_where_it_is_known(self):
        made.change(self.world.claim, language="uk")
        review = self.world.records["review"]
        abroad = made.published_review(made.ClaimFactory(slug="abroad", listed=True), language="de")
        of = "{http://www.w3.org/XML/1998/namespace}lang"

        def languages(address):
            feed = atom(self.client, address)
            self.assertEqual(feed.get(of), "en")
            return {entry.findtext(f"{ATOM}id"): entry.get(of) for entry in feed.iter(f"{ATOM}entry")}

        claims, reviews = languages("/feeds/claims.atom"), languages("/feeds/reviews.atom")
        feed = self.client.get("/feeds/claims.json").json()
        items = {item["id"]: item["language"] for item in feed["items"]}

        self.assertEqual(claims["http://testserver/claims/claim/"], "uk")
        self.assertEqual(reviews[f"http://testserver/claims/abroad/#review-{abroad.number}"], "de")
        self.assertEqual(reviews[f"http://testserver/claims/reviewed/#review-{review.number}"], review.language or None)
        self.assertEqual((feed["language"], items["http://testserver/claims/claim/"]), ("en", "uk"))
        self.assertEqual(items["http://testserver/claims/prediction/"], self.world.prediction.language or "en")

    def test_known_feed_is_not_sent_again(self):
        for address in (*FEEDS, "/feeds/claims.json", "/sitemap.xml", "/robots.txt"):
            with self.subTest(address):
                known = self.client.get(address).headers["ETag"]

                with self.assertNumQueries(1):
                    response = self.client.get(address, headers={"if-none-match": known})

                self.assertEqual(response.status_code, 304)


class LengthTests(TestCase):
    def test_empty_feeds_are_the_same_each_time(self):
        for address in FEEDS:
            with self.subTest(address):
                self.assertEqual(atom(self.client, address).findtext(f"{ATOM}updated"), "1970-01-01T00:00:00+00:00")

    def test_newest_entries_in_a_fixed_number_of_queries(self):
        made.desk()
        for number in (20, 2000):
            with history.changes(actor=made.SYSTEM) as block:
                block.insert(made.ClaimFactory.build_batch(number, listed=True, claimant=made.ClaimantFactory()))
            made.analyze()
            # edition, options, claims, three for what is new of them, the desk
            with self.subTest(number), self.assertNumQueries(7):
                found = titles(self.client, "/feeds/claims.atom")
            self.assertEqual(len(found), min(number, 50))


class EmptySitemapTests(TestCase):
    def test_desk_is_there_before_it_has_anything_to_read(self):
        desk = made.desk()

        self.assertContains(self.client.get("/sitemap.xml"), "/sitemap/publishers-0.xml</loc></sitemap>")
        self.assertContains(
            self.client.get("/sitemap/publishers-0.xml"), f"{desk.get_absolute_url()}</loc><xhtml:link", count=2
        )


class SitemapTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.world = public_world.build()

    def addresses(self, path):
        return [loc.text for loc in ElementTree.fromstring(self.client.get(path).content).iter(f"{SITEMAP}loc")]

    def walk(self):
        parts = [part.removeprefix("http://testserver") for part in self.addresses("/sitemap.xml")]
        return [address for part in parts for address in self.addresses(part)]

    def test_every_public_page_is_in_one_part_and_answers(self):
        listed = Claim.objects.public().count()
        found = self.walk()

        self.assertEqual(len(found), len(set(found)))
        self.assertEqual(len([one for one in found if "/claims/" in one]), 2 * (listed + 1))
        for model in (Article, Claimant, Topic, Publisher):
            for record in model.objects.public():
                for prefix in ("", "/uk"):
                    self.assertIn(f"http://testserver{prefix}{record.get_absolute_url()}", found)
        for address in found:
            with self.subTest(address):
                self.assertContains(self.client.get(address), f'<link rel="canonical" href="{address}">')

    def test_each_address_names_its_page_in_every_language(self):
        for path in ("/sitemap/pages.xml", "/sitemap/claims-0.xml", "/sitemap/publishers-0.xml"):
            for url in ElementTree.fromstring(self.client.get(path).content):
                address = url.findtext(f"{SITEMAP}loc")
                with self.subTest(address):
                    links = {link.get("hreflang"): link.get("href") for link in url.iter(f"{XHTML}link")}
                    page = self.client.get(address).content.decode()
                    said = dict(re.findall('<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">', page))

                    self.assertEqual(set(links), {"en", "uk", "x-default"})
                    self.assertIn(address, links.values())
                    self.assertEqual(links, said)

    def test_the_largest_part_is_allowed(self):
        self.assertLessEqual(sitemaps.PART * len(settings.LANGUAGES), 50_000)

    def test_parts_are_bounded_and_lose_nothing(self):
        whole = self.walk()

        with mock.patch.object(sitemaps, "PART", 2):
            parts = self.addresses("/sitemap.xml")
            sizes = [len(self.addresses(part.removeprefix("http://testserver"))) for part in parts[1:]]
            in_parts = self.walk()

        self.assertLessEqual(max(sizes), 4)  # two ids, in two languages
        self.assertEqual(sorted(in_parts), sorted(whole))

    def test_what_readers_see_of_a_claim_moves_its_date_and_nothing_else_does(self):
        def moment():
            return updates.latest(updates.of_claims(), ("in", [claim.pk]))[claim.pk]

        claim = Claim.objects.get(pk=self.world.claim.pk)
        before = moment()
        made.change(claim, priority=2)
        self.assertEqual(moment(), before)

        made.change(claim, text="It is worded otherwise.")
        reworded = moment()
        self.assertGreater(reworded, before)

        made.ImportedReviewFactory(claim=claim)
        self.assertGreater(moment(), reworded)

    def test_lastmod_follows_what_readers_see(self):
        claim = self.world.claim
        made.CorrectionFactory(claim=claim, made_at=timezone.now() + timedelta(days=2))

        moments = updates.latest(updates.of_claims(), ("in", [claim.pk]))
        day = f"{moments[claim.pk]:%Y-%m-%d}"

        self.assertEqual(day, f"{timezone.now() + timedelta(days=2):%Y-%m-%d}")
        self.assertContains(self.client.get("/sitemap.xml"), f"<lastmod>{day}T")

    def test_other_pages_changed_when_the_newest_that_they_show_did(self):
        later = timezone.now() + timedelta(days=2)
        made.CorrectionFactory(claim=self.world.claim, made_at=later)

        found = self.lastmods("/sitemap/pages.xml")

        at = later.isoformat(timespec="seconds")
        changed = {address for address, moment in found.items() if moment == at}
        lists = {"/", "/claims/", "/corrections/"}
        self.assertEqual(changed, lists | {f"/uk{address}" for address in lists})
        self.assertEqual({address for address, moment in found.items() if moment is None}, {
            "/methodology/", "/about/", "/uk/methodology/", "/uk/about/",
        })  # fmt: skip
        self.assertEqual(self.lastmods("/sitemap.xml")["/sitemap/pages.xml"], at)

    def test_private_changes_move_no_moment(self):
        before = self.client.get("/sitemap/pages.xml").content
        made.ClaimFactory(topics=[self.world.records["topic"]])
        made.change(Claim.objects.get(pk=self.world.claim.pk), priority=4)
        cache.clear()

        self.assertEqual(self.client.get("/sitemap/pages.xml").content, before)

    def lastmods(self, path):
        part = ElementTree.fromstring(self.client.get(path).content)
        rows = {url.findtext(f"{SITEMAP}loc"): url.findtext(f"{SITEMAP}lastmod") for url in part}
        return {address.removeprefix("http://testserver"): at for address, at in rows.items()}

    def test_topic_and_publisher_changed_when_a_claim_of_theirs_did(self):
        before = self.lastmods("/sitemap/topics-0.xml") | self.lastmods("/sitemap/publishers-0.xml")
        elsewhere = made.AppearanceFactory(claim=made.ClaimFactory(topics=[made.TopicFactory(slug="hidden")]))

        later = timezone.now() + timedelta(days=2)
        topics = [self.world.records["topic"]]
        made.AppearanceFactory(
            claim=made.ClaimFactory(listed=later, topics=topics), article=self.world.records["article"]
        )
        after = self.lastmods("/sitemap/topics-0.xml") | self.lastmods("/sitemap/publishers-0.xml")

        moved = {address for address, at in after.items() if at != before[address]}
        self.assertEqual(
            moved, {f"{prefix}{path}" for prefix in ("", "/uk") for path in ("/topics/morale/", "/publishers/paper/")}
        )
        self.assertEqual(after["/topics/morale/"], later.isoformat(timespec="seconds"))
        self.assertNotIn(elsewhere.article.publisher.get_absolute_url(), after)

    def test_publisher_changed_when_readers_got_its_review(self):
        imported = made.ImportedReviewFactory(claim__listed=timezone.now() - timedelta(days=9))
        later = timezone.now() + timedelta(days=2)
        after = made.ImportedReviewFactory(claim__listed=later)

        found = self.lastmods("/sitemap/publishers-0.xml")

        recorded = imported.recorded_at.isoformat(timespec="seconds")
        self.assertEqual(found[imported.publisher.get_absolute_url()], recorded)
        self.assertEqual(found[after.publisher.get_absolute_url()], later.isoformat(timespec="seconds"))

    def test_part_without_a_public_record_is_not_found(self):
        for path in ("/sitemap/claims-999.xml", f"/sitemap/claims-{10**30}.xml", "/sitemap/reviews-0.xml"):
            with self.subTest(path):
                self.assertEqual(self.client.get(path).status_code, 404)

    def test_number_of_queries_is_fixed(self):
        cache.clear()
        # edition; claims 3, articles 1, claimants 3, topics 1, publishers 4; what was put right 4
        with self.assertNumQueries(17):
            self.client.get("/sitemap.xml")
        with self.assertNumQueries(5):  # the rest is known in this edition
            self.client.get("/sitemap/pages.xml")
        part = self.addresses("/sitemap.xml")[1].removeprefix("http://testserver")
        with self.assertNumQueries(5):  # edition, moments 3, claims
            self.client.get(part)

    def test_robots_are_kept_from_the_desk_and_from_a_demo(self):
        self.assertContains(self.client.get("/robots.txt"), "Disallow: /admin/\n")
        self.assertContains(self.client.get("/robots.txt"), "Sitemap: http://testserver/sitemap.xml\n")

        door.mark_as_demo()

        self.assertContains(self.client.get("/robots.txt"), "Disallow: /\n")
        self.assertEqual(self.client.get("/feeds/claims.atom").headers["X-Robots-Tag"], "noindex")
