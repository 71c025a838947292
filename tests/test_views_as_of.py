"""`?as_of=`: the pages of a past day."""

import re
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from unittest import mock

from django.apps import apps
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from factcheck import history, workflow
from factcheck.models import Caveat, Change, Claim, FormerReference, RelationKind, ReviewState
from tests import factories as made
from tests import public_world

MARCH = [date(2025, 3, day) for day in range(1, 32)]


@contextmanager
def on(day: date):
    """What is written inside is written at noon of that day."""
    with mock.patch("django.utils.timezone.now", return_value=datetime(day.year, day.month, day.day, 12, tzinfo=UTC)):
        yield


def change(record, *, actor=made.SYSTEM, **fields):
    record = type(record).objects.get(pk=record.pk)
    with history.change(record, actor=actor):
        for name, value in fields.items():
            setattr(record, name, value)
        record.save()


class PastTestCase(TestCase):
    def seen(self, record, day):
        return self.client.get(record.get_absolute_url(), {"as_of": day.isoformat()})

    def assertShows(self, record, day, *texts, without=()):
        response = self.seen(record, day)
        self.assertEqual(response.status_code, 200, day)
        for text in texts:
            self.assertContains(response, text)
        for text in without:
            self.assertNotContains(response, text)
        return response


class DayTests(PastTestCase):
    @classmethod
    def setUpTestData(cls):
        made.scale()
        made.desk()
        with on(MARCH[5]):
            cls.claim = made.ClaimFactory(slug="claim", text="As first worded", listed=True)
            cls.private = made.ClaimFactory(slug="private")

    def test_what_is_no_day_or_has_not_come_is_refused_in_words(self):
        tomorrow = (timezone.now() + timedelta(days=1)).date().isoformat()
        for given in (
            "", "2025", "2025-03", "2025-13-01", "2025-02-30", "20250306", "2025-3-6", "\u0662025-03-06",
            "2025-03-06T00:00", " 2025-03-06", "2025-03-06\n", "0000-01-01", "today", "x" * 5000,
        ):  # fmt: skip
            with self.subTest(given[:20]):
                response = self.client.get("/claims/claim/", {"as_of": given})

                self.assertContains(response, "such as 2025-11-14", status_code=400)
        for given in (tomorrow, "9999-12-31"):
            with self.subTest(given):
                response = self.client.get("/claims/claim/", {"as_of": given})

                self.assertContains(response, "has not come yet", status_code=400)

    def test_today_is_a_day_and_the_day_before_the_listing_is_none(self):
        with mock.patch("django.utils.timezone.now", return_value=datetime(2025, 3, 10, 23, 59, 59, tzinfo=UTC)):
            self.assertEqual(self.seen(self.claim, MARCH[9]).status_code, 200)
            self.assertEqual(self.seen(self.claim, MARCH[10]).status_code, 400)
        self.assertEqual(self.seen(self.claim, MARCH[5]).status_code, 200)
        for day in (MARCH[4], date(1, 1, 1)):
            self.assertEqual(self.seen(self.claim, day).status_code, 404)
        self.assertEqual(self.seen(self.private, MARCH[9]).status_code, 404)

    def test_before_the_listing_a_page_says_so_and_leads_to_today(self):
        for prefix, words in (("", "was not listed here yet"), ("/uk", "/uk/claims/claim/")):
            with self.subTest(prefix):
                response = self.client.get(f"{prefix}/claims/claim/", {"as_of": "2025-03-05"})

                self.assertContains(response, words, status_code=404)
                self.assertContains(response, f'<a href="{prefix}/claims/claim/">', status_code=404)
                self.assertNotContains(response, "As first worded", status_code=404)
                self.assertNotIn("ETag", response.headers)

    def test_of_a_private_claim_a_past_day_tells_as_little_as_of_none(self):
        pages = [
            self.client.get(f"/claims/{slug}/", {"as_of": "2025-03-05"}).content.replace(slug.encode(), b"SLUG")
            for slug in ("private", "nothing")
        ]

        self.assertEqual(pages[0], pages[1])
        self.assertIn(b"Page not found", pages[0])

    def test_days_to_choose_from_are_those_that_have_a_page(self):
        today = datetime.now(UTC).date().isoformat()
        for query in ({}, {"as_of": "2025-03-09"}):
            with self.subTest(query):
                response = self.client.get("/claims/claim/", query)

                self.assertContains(response, f' min="2025-03-06" max="{today}">')

    def test_the_day_ends_at_midnight_in_utc(self):
        for hour, minute, day in ((23, 59, MARCH[7]), (0, 0, MARCH[9])):
            moment = datetime(2025, 3, 8 if hour else 10, hour, minute, 59 if hour else 0, tzinfo=UTC)
            with mock.patch("django.utils.timezone.now", return_value=moment):
                change(self.claim, text=f"At {hour}:{minute}")
            self.assertShows(self.claim, day, f"At {hour}:{minute}")
        self.assertShows(self.claim, MARCH[6], "As first worded")
        self.assertShows(self.claim, MARCH[8], "At 23:59")

    def test_an_unlisted_claim_stays_gone_and_one_listed_again_was_gone_in_between(self):
        with on(MARCH[10]):
            workflow.unlist_claim(self.claim, actor=made.SYSTEM, note="A mistake of ours.")
        for day in (MARCH[6], MARCH[10], MARCH[12]):
            response = self.seen(self.claim, day)
            self.assertContains(response, "A mistake of ours.", status_code=410)
            self.assertNotContains(response, "As first worded", status_code=410)

        with on(MARCH[15]):
            workflow.list_claim(self.claim, actor=made.SYSTEM)

        self.assertShows(self.claim, MARCH[9], "As first worded")
        response = self.seen(self.claim, MARCH[12])
        self.assertContains(response, "was not listed then", status_code=410)
        self.assertContains(response, "it is listed again now", status_code=410)
        self.assertContains(response, '<a href="/claims/claim/">', status_code=410)
        self.assertShows(self.claim, MARCH[15], "As first worded")

    def test_what_was_erased_is_not_made_up(self):
        with on(MARCH[8]):
            change(self.claim, text="Worded again")
        history.erase(Change.objects.of(self.claim).latest("sequence"), "By order of a court.")

        response = self.seen(self.claim, MARCH[6])

        self.assertContains(response, "removed from our history", status_code=400)
        self.assertShows(self.claim, MARCH[8], "Worded again")

    def test_links_lead_to_the_changes_that_readers_could_see(self):
        with on(MARCH[8]):
            change(self.claim, priority=4, recheck_on=MARCH[30])
        with on(MARCH[10]):
            change(self.claim, context="Now with context.")
        with on(MARCH[12]):
            draft = made.ReviewFactory(claim=self.claim)

        def links(day):
            return re.findall(
                r'href="/claims/claim/\?as_of=([0-9-]+)">([A-Z])', self.seen(self.claim, day).content.decode()
            )

        self.assertEqual(links(MARCH[5]), [("2025-03-11", "N")])
        self.assertEqual(links(MARCH[7]), [("2025-03-06", "L"), ("2025-03-11", "N")])
        self.assertEqual(links(MARCH[20]), [("2025-03-11", "L")])
        with on(MARCH[14]):
            made.EvidenceFactory(review=draft)
            made.submit(draft)
            made.publish(draft)
        self.assertEqual(links(MARCH[10]), [("2025-03-06", "L"), ("2025-03-15", "N")])


class ReviewTests(PastTestCase):
    """A claim that was reported, reviewed, reviewed anew with a correction, and withdrawn."""

    @classmethod
    def setUpTestData(cls):
        made.scale()
        made.desk()
        with on(MARCH[1]):
            cls.claim = made.ClaimFactory(slug="claim", text="First wording", listed=True)
            place = made.AppearanceFactory(claim=cls.claim, caveat=Caveat.NOT_VERIFIED, caveat_note="They could not.")
            cls.article = place.article
            workflow.refresh_status([cls.claim])
        with on(MARCH[3]):
            made.ImportedReviewFactory(claim=cls.claim, verdict="Their verdict")
        with on(MARCH[5]):
            first = made.published_review(cls.claim, rating=made.rating("half-true"), summary="First summary")
        with on(MARCH[7]):
            second = made.ReviewFactory(claim=cls.claim, rating=made.rating("false"), summary="Second summary")
            made.EvidenceFactory(review=second, title="Second evidence")
            made.submit(second)
            made.publish(second)
            made.CorrectionFactory(claim=cls.claim, review=second, note="We were wrong.")
        with on(MARCH[9]):
            second.refresh_from_db()
            workflow.withdraw(
                second, actor=made.UserFactory(is_superuser=True), note="Taken back.", seen=second.version
            )
        cls.first, cls.second = first, second

    def test_each_day_shows_what_stood_then(self):
        pages = [
            (MARCH[2], ["Unverified", "as not independently verified; not reviewed by us", "They could not."],
             ["Their verdict", "First summary", "We were wrong."]),
            (MARCH[3], ["Their verdict"], ["First summary"]),
            (MARCH[6], ["Half true", "Reviewed by us on 6 March 2025", "First summary"],
             ["Second summary", "Replaced.", "We were wrong."]),
            (MARCH[8], ["Reviewed by us on 8 March 2025", "Second summary", "Second evidence", "Replaced.",
                        "We were wrong.", "First summary"], ["Taken back."]),
            (MARCH[9], ["Unverified", "Taken back.", "Second summary", "not reviewed by us"], []),
        ]  # fmt: skip
        for day, texts, without in pages:
            with self.subTest(day):
                self.assertShows(self.claim, day, *texts, without=without)

    def test_lists_of_the_day_show_the_status_of_the_day(self):
        for day, status in ((MARCH[2], "Reported by the source"), (MARCH[6], "Half true"), (MARCH[8], "False")):
            with self.subTest(day):
                self.assertShows(self.article, day, "First wording", status, without=["As it was"])

    def test_what_is_deleted_since_is_not_brought_back(self):
        imported = self.claim.reviews.get(origin="imported")
        with history.change(imported, actor=made.SYSTEM):
            imported.delete()

        self.assertShows(self.claim, MARCH[4], without=["Their verdict"])

    def test_a_draft_of_then_was_seen_by_nobody(self):
        with on(MARCH[20]):
            claim = made.ClaimFactory(listed=True)
            review = made.ReviewFactory(claim=claim, summary="Not yet for readers")
            made.EvidenceFactory(review=review)
        with on(MARCH[22]):
            made.submit(review)
            made.publish(review)

        self.assertShows(claim, MARCH[21], "not yet reviewed", without=["Not yet for readers"])
        self.assertShows(claim, MARCH[22], "Not yet for readers")
        self.assertEqual(review.state, ReviewState.PUBLISHED)


class PlaceTests(PastTestCase):
    """An appearance and a station that went, and claims that stood to each other otherwise."""

    @classmethod
    def setUpTestData(cls):
        made.scale()
        made.desk()
        with on(MARCH[1]):
            cls.paper = made.PublisherFactory(name="The Paper")
            cls.article = made.ArticleFactory(headline="The report", publisher=cls.paper)
            cls.other = made.ArticleFactory(headline="Another report")
            cls.lost = made.ArticleFactory(headline="Named nowhere now")
            cls.speaker = made.ClaimantFactory(name="Speaker")
            cls.soldier = made.ClaimantFactory(name="Soldier")
            cls.claim = made.ClaimFactory(text="Moved claim", claimant=cls.speaker, listed=True)
            cls.stays = made.ClaimFactory(text="Claim that stays", claimant=cls.speaker, listed=True)
            made.AppearanceFactory(claim=cls.stays, article=cls.article, claimant=cls.soldier, paragraph=9)
            cls.place = made.AppearanceFactory(claim=cls.claim, article=cls.article, paragraph=4, quote="six words")
            made.RelayFactory(appearance=cls.place, by_claimant=cls.soldier, note="By word of mouth")
            lost = made.AppearanceFactory(claim=cls.claim, article=cls.lost, paragraph=7)
            cls.relation = made.ClaimRelationFactory(
                from_claim=cls.claim, kind=RelationKind.REPEATS, to_claim=cls.stays, note="Word for word"
            )
        with on(MARCH[10]):
            claim = Claim.objects.get(pk=cls.claim.pk)
            with history.change(claim, actor=made.SYSTEM):
                claim.appearances.get(pk=cls.place.pk).delete()
                claim.appearances.get(pk=lost.pk).delete()
                claim.claimant = cls.soldier
                claim.save()
        with on(MARCH[12]):
            made.AppearanceFactory(claim=cls.claim, article=cls.other, paragraph=2)

    def test_the_claim_shows_places_and_stations_of_then(self):
        self.assertShows(
            self.claim, MARCH[9], "The report", "paragraph 4", "six words", "By word of mouth", "Speaker",
            without=["Another report"],
        )  # fmt: skip
        self.assertShows(self.claim, MARCH[11], "No place is recorded", without=["The report", "By word of mouth"])
        self.assertShows(self.claim, MARCH[12], "Another report", without=["The report"])

    def test_what_readers_do_not_see_today_is_not_named(self):
        self.assertEqual(self.seen(self.lost, MARCH[9]).status_code, 404)
        page = self.assertShows(self.claim, MARCH[9], without=["Named nowhere now"])
        self.assertContains(page, "A place that is not listed here any more")

    def test_the_article_shows_the_claims_that_it_had_then(self):
        self.assertShows(self.article, MARCH[9], "Moved claim", "Claim that stays", "2 claims in")
        self.assertShows(self.article, MARCH[10], "Claim that stays", without=["Moved claim"])
        self.assertContains(self.seen(self.other, MARCH[11]), "this page was not listed here.", status_code=404)
        self.assertShows(self.other, MARCH[12], "Moved claim")

    def test_pages_of_a_past_day_do_not_lead_to_lists_of_today(self):
        for record in (self.article, self.speaker):
            with self.subTest(record):
                self.assertContains(self.client.get(record.get_absolute_url()), "/claims/?basis=none")
                self.assertContains(self.client.get(record.get_absolute_url()), "Follow this list")
                page = self.assertShows(record, MARCH[9], without=["/claims/?", "Follow this list", "/feeds/claims"])
                self.assertContains(page, '<span class="swatch')
                self.assertContains(self.seen(record, MARCH[0]), "was not listed here yet", status_code=404)

    def test_the_claimant_shows_what_was_theirs_then(self):
        self.assertShows(self.speaker, MARCH[9], "2 claims", "Moved claim", "Claim that stays")
        self.assertShows(self.speaker, MARCH[10], "1 claim.", "Claim that stays", without=["Moved claim"])
        self.assertShows(self.soldier, MARCH[9], "Passed on by this claimant", "Moved claim", "Claim that stays")
        self.assertShows(self.soldier, MARCH[10], "1 claim.", "Moved claim", without=["Passed on by this claimant"])

    def test_relations_stand_to_claims_as_they_were(self):
        with on(MARCH[14]):
            change(self.stays, text="Reworded since")
        with on(MARCH[16]), history.change(self.relation, actor=made.SYSTEM):
            self.relation.note = "Nearly"
            self.relation.save()

        self.assertShows(self.claim, MARCH[13], "It repeats", "Claim that stays", "Word for word")
        self.assertShows(self.claim, MARCH[14], "Reworded since", "Word for word", without=["Claim that stays"])
        self.assertShows(self.claim, MARCH[16], "Reworded since", "Nearly")

    def test_what_a_private_claim_named_is_not_kept(self):
        before = FormerReference.objects.count()
        private = made.ClaimFactory(claimant=self.speaker)

        change(private, claimant=self.soldier)

        self.assertEqual(FormerReference.objects.count(), before)

    def test_the_migration_looks_back(self):
        kept = set(FormerReference.objects.values_list("claim", "record_type", "record_id"))
        FormerReference.objects.all().delete()

        import_module("factcheck.migrations.0012_former_references").look_back(apps, None)

        self.assertEqual(set(FormerReference.objects.values_list("claim", "record_type", "record_id")), kept)
        self.assertIn((self.claim.pk, "article", self.article.pk), kept)
        self.assertIn((self.claim.pk, "claimant", self.speaker.pk), kept)

    def more_claims(self, number):
        with on(MARCH[2]):
            for paragraph in range(20, 20 + number):
                claim = made.ClaimFactory(claimant=self.speaker, listed=True)
                place = made.AppearanceFactory(claim=claim, article=self.article, paragraph=paragraph)
                made.RelayFactory(appearance=place, by_claimant=self.soldier)
                made.published_review(claim)
                made.ClaimRelationFactory(from_claim=claim, kind=RelationKind.REPEATS, to_claim=self.claim)

    def queries(self):
        counts = []
        for record in (self.claim, self.article, self.speaker):
            with CaptureQueriesContext(connection) as queries:
                self.assertEqual(self.seen(record, MARCH[9]).status_code, 200)
            counts.append(len(queries))
        return counts

    def test_number_of_queries_does_not_grow(self):
        self.more_claims(1)
        few = self.queries()

        self.more_claims(12)

        self.assertEqual(self.queries(), few)
        self.assertEqual(few, [41, 25, 25])


class TodayTests(TestCase):
    """What was shown at the end of today is what is shown now."""

    maxDiff = None

    @classmethod
    def setUpTestData(cls):
        public_world.build("<i>&\u200f")

    def main(self, address, **query):
        response = self.client.get(address, query)
        self.assertEqual(response.status_code, 200, address)
        text = response.content.decode()
        text = text[text.index("<main") : text.index("</main>")]
        text = re.sub(r'<div class="notice as-of".*?</div>\n', "", text, flags=re.DOTALL)
        text = re.sub(r'<section aria-labelledby="past">.*?</section>', "", text, flags=re.DOTALL)
        # a past day does not lead to today's lists
        text = re.sub(r'<p class="feeds">.*?</p>|<a href="/claims/\?[^"]*">(?=<span class="swatch)', "", text)
        text = re.sub(r'(<li><span class="swatch.*?)</a>', r"\1", text)
        return [line for line in re.sub(r"\?as_of=[0-9-]+", "", text).split("\n") if line]

    def test_todays_page_is_the_page_of_today(self):
        today = datetime.now(UTC).date().isoformat()
        for address in (
            "/claims/claim/", "/claims/prediction/", "/claims/reviewed/", "/claims/withdrawn/", "/articles/report/",
            "/claimants/speaker/", "/claimants/soldier/",
        ):  # fmt: skip
            with self.subTest(address):
                self.assertEqual(self.main(address, as_of=today), self.main(address))

    def test_the_past_is_found_from_the_page_and_by_no_search_engine(self):
        today = datetime.now(UTC).date().isoformat()
        self.assertContains(self.client.get("/claims/claim/"), 'name="as_of"')
        response = self.client.get("/claims/claim/", {"as_of": today, "x": "1"})
        self.assertContains(response, '<meta name="robots" content="noindex">')
        self.assertContains(response, f'<link rel="canonical" href="http://testserver/claims/claim/?as_of={today}">')
