import re
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from factcheck import history, workflow
from factcheck.models import Change, Correction, PageSlug
from factcheck.views.corrections import put_right
from factcheck.views.paging import _cursor
from tests import factories as made
from tests.plans import plan_of

BEGAN = datetime(2025, 11, 1, tzinfo=UTC)


def unlist(claim, note, at):
    workflow.unlist_claim(claim, actor=made.SYSTEM, note=note, at=at)


class CorrectionListTests(TestCase):
    def test_what_was_put_right_stands_in_one_list_the_newest_first(self):
        claim = made.ClaimFactory(listed=BEGAN, text="It was open.")
        made.CorrectionFactory(
            claim=claim, note="The day was wrong.", before="Monday", after="Tuesday", made_at=BEGAN + timedelta(1)
        )
        withdrawn = made.ClaimFactory(listed=BEGAN, text="It was shut.")
        made.withdrawn_review(withdrawn, note="A forgery.", at=BEGAN + timedelta(3), rating=made.rating("false"))
        unlist(made.ClaimFactory(slug="gone", text="GONE", listed=BEGAN), "A private person.", BEGAN + timedelta(2))

        page = self.client.get("/corrections/").content.decode()

        for words in [
            f'href="{claim.get_absolute_url()}"', "It was open.", "The day was wrong.", "<del>Monday</del>",
            "<ins>Tuesday</ins>", "<strong>Correction</strong>: detail", "2 November 2025", "A forgery.",
            "It had said: False", "4 November 2025", 'href="/claims/gone/"', "A private person.", "3 November 2025",
        ]:  # fmt: skip
            with self.subTest(words):
                self.assertIn(words, page)
        self.assertLess(page.index("A forgery."), page.index("A private person."))
        self.assertLess(page.index("A private person."), page.index("The day was wrong."))
        self.assertNotIn("GONE", page)
        self.assertContains(self.client.get("/claims/gone/"), "A private person.", status_code=410)

    def test_what_readers_do_not_see_is_not_there(self):
        made.CorrectionFactory(note="HIDDEN")
        made.withdrawn_review(made.ClaimFactory(), note="HIDDEN")
        corrected = made.ClaimFactory(listed=BEGAN)
        made.CorrectionFactory(claim=corrected, note="HIDDEN")
        made.withdrawn_review(corrected, note="HIDDEN")
        unlist(corrected, "The one note.", BEGAN + timedelta(1))
        unlist(made.ClaimFactory(slug="silent", listed=BEGAN), "", BEGAN + timedelta(1))
        back = made.ClaimFactory(slug="back", listed=BEGAN)
        unlist(back, "", BEGAN + timedelta(1))
        workflow.list_claim(back, actor=made.SYSTEM)

        response = self.client.get("/corrections/")

        self.assertContains(response, "The one note.")
        self.assertContains(response, '<li class="row entry">', count=1)
        self.assertNotContains(response, "HIDDEN")
        self.assertNotContains(response, "silent")
        self.assertNotContains(response, "back")

    def test_noted_unlisting_stays_when_the_claim_is_listed_again(self):
        claim = made.ClaimFactory(slug="back", listed=BEGAN, text="It was open.")
        unlist(claim, 'First "note".', BEGAN + timedelta(1))
        before = self.ids()
        self.assertNotContains(self.client.get("/corrections/"), "It was listed again later.")

        workflow.list_claim(claim, actor=made.SYSTEM, at=BEGAN + timedelta(2))

        response = self.client.get("/corrections/")
        for words in [
            "First &quot;note&quot;.",
            "2 November 2025",
            'href="/claims/back/"',
            "It was listed again later.",
        ]:
            with self.subTest(words):
                self.assertContains(response, words)
        self.assertContains(response, '<li class="row entry">', count=1)
        self.assertEqual(self.ids(), before)
        unlist(claim, "Second note.", BEGAN + timedelta(3))
        again = self.client.get("/corrections/")
        self.assertContains(again, '<li class="row entry">', count=2)
        self.assertContains(again, "It was listed again later.", count=1)
        self.assertEqual(len(self.ids()), 2)
        self.assertLess(set(before), set(self.ids()))

    def test_erased_unlisting_is_told_no_more(self):
        claim = made.ClaimFactory(listed=BEGAN)
        unlist(claim, "SECRET", BEGAN + timedelta(1))
        workflow.list_claim(claim, actor=made.SYSTEM, at=BEGAN + timedelta(2))
        for change in Change.objects.of(claim):
            history.erase(change, 'A "unlisted_note":"x" that was no note.')

        self.assertNotContains(self.client.get("/corrections/"), "SECRET")
        self.assertEqual(put_right().rows, [])

    def test_text_that_looks_like_a_note_is_none(self):
        claim = made.ClaimFactory(listed=BEGAN, text="A claim.")
        with history.change(claim, actor=made.SYSTEM, action="unlisted"):
            claim.context = 'A context with "unlisted_note":"x" in it.'
            claim.save()
        unlist(claim, "", BEGAN + timedelta(1))
        workflow.list_claim(claim, actor=made.SYSTEM, at=BEGAN + timedelta(2))

        self.assertEqual(put_right().rows, [])

    def ids(self):
        return re.findall(
            "<id>([^<]*#unlisted-[^<]*)</id>", self.client.get("/feeds/corrections.atom").content.decode()
        )

    def test_an_index_gives_what_was_undone(self):
        with history.changes(actor=made.SYSTEM) as block:
            block.insert(made.TopicFactory.build_batch(500))
        made.analyze()  # of an empty table any index gives as much
        with CaptureQueriesContext(connection) as captured:
            put_right()
        [sql] = [one["sql"] for one in captured if "factcheck_change" in one["sql"]]
        plan = plan_of(sql)

        self.assertIn("change_action_at", plan)
        self.assertNotIn("TEMP B-TREE", plan)
        self.assertNotIn("Sort", plan)

    def test_policy_is_the_text_of_the_desk(self):
        self.assertContains(self.client.get("/corrections/"), "run loadseeds")
        made.PageFactory(slug=PageSlug.CORRECTIONS_POLICY, title="Our mistakes", body="We *mend* them.")

        response = self.client.get("/corrections/")

        self.assertContains(response, "Our mistakes</h2>")
        self.assertContains(response, "We <em>mend</em> them.")
        self.assertContains(response, "Nothing had to be corrected yet.")

    def test_page_offers_its_feed(self):
        link = '<link rel="alternate" type="application/atom+xml" title="Corrections (Atom)" '

        self.assertContains(self.client.get("/corrections/"), f'{link}href="/feeds/corrections.atom">')

    def test_every_page_leads_there(self):
        for address in ["/", "/claims/", "/about/", "/nothing/"]:
            with self.subTest(address):
                self.assertIn('href="/corrections/"', self.client.get(address).content.decode())

    def test_pages_walk_over_every_entry_once_also_where_moments_are_the_same(self):
        claim = made.ClaimFactory(listed=BEGAN)
        for number in range(12):
            at = BEGAN + timedelta(number // 4)
            made.CorrectionFactory(claim=claim, note=f"Number {number}.", made_at=at)
            made.withdrawn_review(made.ClaimFactory(listed=BEGAN), note=f"Withdrawn {number}.", at=at)
            unlist(made.ClaimFactory(listed=BEGAN), f"Unlisted {number}.", at)
            back = made.ClaimFactory(listed=BEGAN)
            unlist(back, f"Undone {number}.", at)
            workflow.list_claim(back, actor=made.SYSTEM)

        found, after = [], ""
        while True:
            rows = put_right(after, size=10)
            found += [(row.kind, row.record.pk or row.record.slug) for row in rows.rows]
            if not (after := rows.after):
                break

        everything = put_right(size=100).rows
        self.assertEqual(found, [(row.kind, row.record.pk or row.record.slug) for row in everything])
        self.assertEqual((len(found), len(set(found))), (48, 48))

    def test_a_place_that_is_none_is_refused(self):
        for after in [
            "odd", _cursor(["2025-11-01T00:00:00+00:00", 4, 1]), _cursor(["2025-11-01T00:00:00+00:00", -1, 1]),
            _cursor(["2025-11-01T00:00:00", 1, 1]), _cursor(["2025-11-01T00:00:00+00:00", 1, 2**63]), _cursor([1]),
            _cursor(["2025-11-01T00:00:00+00:00", 2**70, 1]),
        ]:  # fmt: skip
            with self.subTest(after):
                self.assertContains(self.client.get(f"/corrections/?after={after}"), "no place", status_code=400)

    def test_number_of_queries_does_not_grow(self):
        claim = made.ClaimFactory(listed=BEGAN)
        for number in [20, 2000]:
            rows = [
                made.CorrectionFactory.build(claim=claim, made_at=BEGAN + timedelta(hours=n)) for n in range(number)
            ]
            with history.changes(actor=made.SYSTEM) as block:
                block.insert(rows)
            made.withdrawn_review(made.ClaimFactory(listed=BEGAN))
            made.analyze()
            with self.subTest(number), self.assertNumQueries(6):  # edition, four sources, policy
                self.client.get("/corrections/")
        self.assertEqual(Correction.objects.public().count(), 2020)
