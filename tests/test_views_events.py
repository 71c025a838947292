"""What the page of a claim says of its own past, and how it is cited."""

from datetime import UTC, date, datetime
from unittest import mock

from django.test import SimpleTestCase, TestCase

from factcheck import history, workflow
from factcheck.models import Caveat, Claim
from factcheck.views.citation import Citation
from factcheck.views.events import events
from factcheck.workflow import Updated
from tests import factories as made

HOSTILE = "<script>alert(1)</script>"


def on(day):
    return mock.patch("django.utils.timezone.now", return_value=datetime(2025, 3, day, 12, tzinfo=UTC))


def again(record):
    return type(record).objects.get(pk=record.pk)


def change(record, **fields):
    record = again(record)
    with history.change(record, actor=made.SYSTEM, reason="A reason of the desk"):
        for name, value in fields.items():
            setattr(record, name, value)
        record.save()


class EventTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        made.scale()
        made.desk()
        with on(1):
            cls.claim = made.ClaimFactory(slug="claim", text="Before it was listed")
        with on(2):
            change(cls.claim, text="First wording")
        with on(3):
            workflow.list_claim(again(cls.claim), actor=made.SYSTEM, reason="A reason of the desk")

    def told(self):
        claim = Claim.objects.get(pk=self.claim.pk)
        return [(event.at.day, event.words, event.note, event.before) for event in events(claim, [], [])]

    def page(self):
        return self.client.get("/claims/claim/").content.decode()

    def test_what_was_before_the_listing_is_not_told(self):
        self.assertEqual(self.told(), [(3, "Listed here", "", "")])
        self.assertNotIn("Before it was listed", self.page())

    def test_wording_and_claimant_are_told_and_what_readers_never_see_is_not(self):
        before = self.page()
        with on(4):
            change(self.claim, priority=4, recheck_on=date(2025, 4, 1), declined_reason="Not for us")
        self.assertEqual(self.page(), before)

        with on(5):
            change(self.claim, text=HOSTILE)
        with on(6):
            change(self.claim, claimant=made.ClaimantFactory())

        self.assertEqual(
            self.told(),
            [
                (6, "Named claimant changed", "", ""),
                (5, "Wording changed", "", "First wording"),
                (3, "Listed here", "", ""),
            ],
        )
        page = self.page()
        self.assertIn("<del>First wording</del>", page)
        self.assertIn("&lt;script&gt;", page)
        self.assertNotIn(HOSTILE, page)
        self.assertNotIn("A reason of the desk", page)
        self.assertNotIn("Not for us", page)

    def test_what_changed_while_it_was_off_the_pages_is_not_told(self):
        with on(7):
            workflow.unlist_claim(again(self.claim), actor=made.SYSTEM, note="A public note")
        with on(8):
            change(self.claim, text="Hidden wording")
            change(self.claim, text="Last wording")
        with on(9):
            workflow.list_claim(again(self.claim), actor=made.SYSTEM)

        self.assertEqual(
            self.told(),
            [
                (9, "Listed again", "", ""),
                (7, "Taken off these pages", "A public note", ""),
                (3, "Listed here", "", ""),
            ],
        )
        self.assertNotIn("Hidden wording", self.page())

    def test_erased_wordings_are_left_out(self):
        with on(5):
            change(self.claim, text="Erased wording")
        with on(6):
            change(self.claim, text="Last wording")
        for sequence in (4, 5):
            history.erase(self.claim_change(sequence), "By order of a court.")

        self.assertEqual(self.told(), [(3, "Listed here", "", "")])
        self.assertNotIn("Erased wording", self.page())

    def claim_change(self, sequence):
        return history.Change.objects.of(self.claim).get(sequence=sequence)


class ReviewEventTests(TestCase):
    def test_each_status_is_told_with_author_checker_and_how_it_ended(self):
        made.scale()
        made.desk()
        author, editor = made.UserFactory(public_name="Ann Author"), made.UserFactory(public_name="Ed Editor")
        with on(1):
            claim = made.ClaimFactory(slug="claim", listed=True)
        with on(2):
            made.published_review(claim, author=author, editor=editor, rating=made.rating("true"))
        with on(4):
            second = made.ReviewFactory(claim=claim, author=author, rating=made.rating("false"))
            made.EvidenceFactory(review=second)
            made.submit(second)
            made.publish(second, editor)
            made.CorrectionFactory(claim=claim, review=second, note="It was not.")
        with on(6):
            second.refresh_from_db()
            who = made.UserFactory(is_superuser=True)
            workflow.withdraw(second, actor=who, note="Taken back.", seen=second.version)

        page = self.client.get("/claims/claim/").content.decode()
        rows = page[page.index("<tbody>") : page.index("</tbody>")].split("</tr>")

        for row, texts in zip(
            rows,
            (
                ("6 March 2025", "not reviewed by us", "now"),
                ("4 March 2025", "False", "Ann Author", "Ed Editor", "6 March 2025, withdrawn"),
                ("2 March 2025", "True", "Ann Author", "Ed Editor", "4 March 2025, replaced"),
                ("1 March 2025", "not reviewed by us", "2 March 2025"),
                (),
            ),
            strict=True,
        ):
            for text in texts:
                self.assertIn(text, row)
        happened = page[page.index('<ol class="events">') : page.index("</ol>", page.index('<ol class="events">'))]
        words = ["Review withdrawn", "Correction: ", "Review published", "Review replaced", "Review published"]
        self.assertEqual(happened.count("<li>"), 6)
        for word in (*words, "Listed here", "Taken back.", "It was not."):
            self.assertIn(word, happened)

    def test_what_a_source_says_of_its_own_verification_is_a_status_too_and_nobodys_review(self):
        made.scale()
        with on(1):
            claim = made.ClaimFactory(slug="claim", listed=True)
        with on(3):
            made.AppearanceFactory(claim=claim, caveat=Caveat.NOT_VERIFIED)

        page = self.client.get("/claims/claim/").content.decode()

        [row, _] = page[page.index("<tbody>") : page.index("</tbody>")].split("</tr>")
        for text in ("3 March 2025", "Unverified", "as the source says; not reviewed by us", "now"):
            self.assertIn(text, row)

    def test_a_past_day_says_no_date_of_a_sources_doubt_that_nobody_knows(self):
        made.scale()
        made.desk()
        with on(1):
            claim = made.ClaimFactory(slug="claim", listed=True)
        with on(2):
            made.AppearanceFactory(claim=claim, caveat=Caveat.NOT_VERIFIED)
        self.assertIn("<td>2 March 2025</td><td>Unverified</td>", self.row("/claims/claim/?as_of=2025-03-03"))
        with on(4):
            made.published_review(again(claim))

        row = self.row("/claims/claim/?as_of=2025-03-03")

        self.assertIn("<td>–</td><td>Unverified</td>", row)
        self.assertIn("not independently verified; not reviewed by us", self.page("/claims/claim/?as_of=2025-03-03"))

    def page(self, address):
        return self.client.get(address).content.decode()

    def row(self, address):
        page = self.page(address)
        return page[page.index("<tbody>") : page.index("</tbody>")]

    def test_a_claim_that_never_had_a_status_has_no_table_of_them(self):
        made.ClaimFactory(slug="claim", listed=True)

        self.assertNotContains(self.client.get("/claims/claim/"), "Each status that it had")

    def test_that_nothing_was_wrong_is_said_on_the_review_and_among_the_events(self):
        made.scale()
        made.desk()
        reviewer, editor = made.UserFactory(roles=["Reviewer"]), made.UserFactory(roles=["Editor"])
        claim = made.ClaimFactory(slug="claim", listed=True)
        made.published_review(claim, author=reviewer)
        review = workflow.start_review(Claim.objects.get(pk=claim.pk), actor=reviewer)
        review = workflow.submit(review, actor=reviewer)
        told = Updated("A second log was found.")
        workflow.approve_and_publish(review, actor=editor, seen=review.version, about_former=told)

        page = self.client.get("/claims/claim/").content.decode()

        self.assertIn("Nothing was wrong in the review before; this is new:", page)
        self.assertEqual(page.count("A second log was found."), 2)
        self.assertGreater(page.rindex("A second log was found."), page.index("What happened to this page"))


class CitedPageTests(TestCase):
    def test_a_review_is_cited_under_the_desks_name_with_its_own_day_and_a_past_page_by_its_own_address(self):
        made.scale()
        made.PublisherFactory(desk=True, name="The Fact Desk")
        with on(1):
            claim = made.ClaimFactory(slug="claim", text="So it is.", listed=True)
            made.published_review(claim, rating=made.rating("false"))
        with on(9):
            now, then = (self.cited(address) for address in ("/claims/claim/", "/claims/claim/?as_of=2025-03-05"))

        self.assertIn("False. Reviewed by us on 1 March 2025. The Fact Desk, testserver, as of 9 March 2025.", now)
        self.assertIn("author = {{The Fact Desk}}", now)
        self.assertIn("url = {http://testserver/claims/claim/}", now)
        self.assertIn("as of 5 March 2025. http://testserver/claims/claim/?as_of=2025-03-05<", then)
        self.assertIn("url = {http://testserver/claims/claim/?as_of=2025-03-05}", then)

    def cited(self, address):
        page = self.client.get(address).content.decode()
        return page[page.index('id="citation-text"') : page.index("</details>", page.index('id="citation-text"'))]


class CitationTests(SimpleTestCase):
    def test_what_bibtex_and_latex_read_as_their_own_is_escaped(self):
        claim = Claim(
            slug="claim", text=r"100% of {A} & B_1 \emph{x} # $5 ~ ^", listed_at=datetime(2025, 3, 1, tzinfo=UTC)
        )

        bibtex = Citation.of(
            claim, "Known since 1 March 2025.", "https://desk.example/claims/claim/", date(2025, 3, 14), "Us & Co"
        ).bibtex

        title = r"100\% of \{A\} \& B\_1 \textbackslash{}emph\{x\} \# \$5 \textasciitilde{} \textasciicircum{}"
        self.assertIn(f"title = {{{{{title}}}}},", bibtex)
        self.assertTrue(bibtex.startswith("@misc{claim,\n"))
        self.assertIn("year = {2025}", bibtex)
        self.assertIn(r"author = {{Us \& Co}}", bibtex)
        self.assertIn("note = {Known since 1 March 2025.}", bibtex)
        self.assertIn("urldate = {2025-03-14}", bibtex)
        self.assertEqual(bibtex.count("{") - bibtex.count(r"\{"), bibtex.count("}") - bibtex.count(r"\}"))

    def test_text_names_status_with_its_own_day_and_the_day_on_which_it_was_read(self):
        claim = Claim(slug="claim", text="So it is.", listed_at=datetime(2025, 3, 1, tzinfo=UTC))

        text = Citation.of(claim, "Recorded.", "http://testserver/claims/claim/", date(2025, 3, 14)).text

        self.assertEqual(
            text,
            "“So it is.” Record of a claim. Recorded. testserver, as of 14 March 2025. http://testserver/claims/claim/",
        )
