"""A claim's history as one story: the claim with its parts, its reviews, corrections and relations."""

from django.contrib.auth.models import Permission
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from factcheck import history, workflow
from factcheck.models import Change, Claim, Severity
from tests import factories
from tests.desk import DeskTestCase

HOSTILE = "<script>alert(1)</script> {{ 7|add:7 }} %s"


class ChronicleTests(DeskTestCase):
    def setUp(self):
        super().setUp()
        factories.scale()
        factories.desk()
        self.claim = factories.ClaimFactory(text="The bridge is open.", slug="the-bridge", listed=True)

    def delete(self, record, reason=""):
        with history.change(record, actor=self.editor, reason=reason):
            record.delete()

    def story(self, claim=None, query=""):
        address = reverse("admin:factcheck_claim_history", args=[claim.pk if claim else self.claim.pk])
        response = self.client.get(address + query)
        self.assertEqual(response.status_code, 200)
        return response

    def told(self, response):
        return [f"{entry.record}: {entry.change.action}" for entry in response.context["entries"]]

    def test_everything_about_a_claim_is_one_story(self):
        claim = self.claim
        factories.RelayFactory(appearance=factories.AppearanceFactory(claim=claim), note="By telephone")
        review = workflow.start_review(claim, actor=self.reviewer, reason="It is read a lot")
        factories.EvidenceFactory(review=review, title="Photograph of the bridge")
        factories.ReplyRequestFactory(review=review, asked_whom="The road office")
        factories.ClaimRelationFactory(from_claim=claim, kind="repeats", to_claim__slug="another")
        factories.ClaimRelationFactory(from_claim__slug="older", kind="repeats", to_claim=claim)
        claim.refresh_from_db()
        workflow.correct(claim, actor=self.editor, severity=Severity.DETAIL, note="It was Tuesday")
        factories.ReviewFactory()
        factories.ClaimRelationFactory()
        factories.CorrectionFactory()

        response = self.story()

        day = f"{Change.objects.first().at:%Y-%m-%d}"
        self.assertEqual(
            self.told(response),
            [
                f"Correction {day}: corrected", "Relation older repeats the-bridge: created",
                "Relation repeats another: created", "Review 1: changed", "Review 1: changed", "Review 1: started",
                "Claim: changed", "Claim: changed", "Claim: created",
            ],
        )  # fmt: skip
        for words in (
            "By telephone", "It is read a lot", "Photograph of the bridge", "The road office", "It was Tuesday",
            "Appearance “", " › Relay “", "by rita", "by edna", "9 changes", self.address(review),
        ):  # fmt: skip
            self.assertContains(response, words)

    def test_a_discarded_draft_and_what_is_deleted_stay_in_it(self):
        discarded = factories.ReviewFactory(claim=self.claim, author=self.editor, rationale="Not so.")
        workflow.discard_review(discarded, actor=self.editor)
        deleted = factories.ReviewFactory(claim=self.claim, rationale="Never said.")
        self.delete(deleted, "By mistake")
        relation = factories.ClaimRelationFactory(from_claim=self.claim, kind="repeats", to_claim__slug="another")
        other, gone = relation.to_claim, self.address(relation)
        self.delete(relation)

        response = self.story()

        self.assertEqual(
            self.told(response)[:4],
            [
                "Relation repeats another: deleted", "Relation repeats another: created",
                "Review 2: deleted", "Review 2: created",
            ],
        )  # fmt: skip
        self.assertIn("Review 1: discarded", self.told(response))
        self.assertEqual([entry.is_deleted for entry in response.context["entries"]][:5], [*[True] * 4, False])
        self.assertContains(response, "Not so.")
        self.assertContains(response, "Never said.")
        self.assertContains(response, self.address(discarded))
        self.assertNotContains(response, gone)
        self.assertEqual(self.told(self.story(other))[0], "Relation the-bridge repeats another: deleted")

    def test_an_erased_deletion_hides_nothing_else(self):
        relation = factories.ClaimRelationFactory(from_claim=self.claim, note="Private matter")
        self.delete(relation)
        history.erase(Change.objects.filter(whole_type="claimrelation", action="deleted").get(), "Court order 12")

        response = self.story()

        self.assertEqual(len(response.context["entries"]), 3)
        self.assertContains(response, "Court order 12")

    def test_a_relation_that_was_moved_to_other_claims_stays_in_it(self):
        relation = factories.ClaimRelationFactory(from_claim=self.claim, kind="repeats", to_claim__slug="another")
        factories.change(relation, from_claim=factories.ClaimFactory(slug="right-one"))

        response = self.story()

        self.assertEqual(self.told(response)[0], "Relation right-one repeats another: changed")
        self.assertContains(response, self.address(relation))

    def test_a_deleted_claim_still_has_its_story(self):
        claim = factories.ClaimFactory(slug="never-public")
        relation = factories.ClaimRelationFactory(from_claim=claim)
        address, missing = (
            self.address(claim, "history"),
            reverse("admin:factcheck_claim_history", args=[claim.pk + 1000]),
        )
        self.delete(relation)
        self.delete(claim, "Recorded twice")

        response = self.client.get(address)

        self.assertEqual(len(response.context["entries"]), 4)
        self.assertContains(response, "Recorded twice")
        self.assertContains(response, "never-public (deleted)")
        self.assertEqual({entry.address for entry in response.context["entries"]}, {""})
        self.assertContains(self.client.get(self.address("change", "changelist") + "?action=deleted"), address)
        self.assertRedirects(self.client.get(missing), reverse("admin:index"))

    def test_a_deleted_record_keeps_its_history(self):
        topic = factories.TopicFactory(slug="harbours")
        address = self.address(topic, "history")
        self.delete(topic)

        self.assertContains(self.client.get(address), "2. Deleted")
        self.client.force_login(factories.UserFactory(roles=["Administrator"]))
        self.assertEqual(self.client.get(address).status_code, 403)

    def test_a_part_shows_the_story_of_its_claim(self):
        appearance = factories.AppearanceFactory(claim=self.claim)
        factories.ReviewFactory(claim=self.claim)

        response = self.client.get(self.address(appearance, "history"))

        self.assertEqual(self.told(response), ["Review 1: created", "Claim: changed", "Claim: created"])

    def test_who_may_not_see_a_kind_of_record_does_not_see_its_changes(self):
        factories.AppearanceFactory(claim=self.claim)
        review = factories.ReviewFactory(claim=self.claim, rationale="Between us.")
        relation = factories.ClaimRelationFactory(from_claim=self.claim)
        self.delete(relation)
        person = factories.UserFactory(is_staff=True)
        cases = {
            "view_claim": ["Claim: changed", "Claim: created"],
            "view_review": ["Review 1: created", "Claim: changed", "Claim: created"],
        }
        self.client.force_login(person)

        for name, told in cases.items():
            permission = Permission.objects.get(codename=name)
            factories.DirectPermissionFactory(user=person, permission=permission)
            response = self.story()
            self.assertEqual(self.told(response), told)
            self.assertEqual("Between us." in response.text, name == "view_review")
            self.assertEqual(
                self.client.get(f"{response.request['PATH_INFO']}?whole_type=claimrelation").status_code, 400
            )
        self.assertEqual(self.client.get(self.address(review, "history")).status_code, 200)

    def test_who_sees_appearances_alone_does_not_see_the_claims_changes(self):
        appearance = factories.AppearanceFactory(claim=self.claim)
        person = factories.UserFactory(is_staff=True)
        permission = Permission.objects.get(codename="view_appearance")
        factories.DirectPermissionFactory(user=person, permission=permission)
        self.client.force_login(person)

        response = self.client.get(self.address(appearance, "history"))

        self.assertContains(response, "There is no history of this record")
        self.assertEqual(self.client.get(self.address(self.claim, "history")).status_code, 403)

    def test_it_does_not_tell_who_a_source_is(self):
        self.claim = factories.ClaimFactory(claimant__protected_identity_note="It is Captain N.")
        factories.change(self.claim.claimant, protected_identity_note="It is Captain N. of the third company")
        workflow.start_review(self.claim, actor=self.reviewer)

        for person in (self.viewer, self.editor):
            self.client.force_login(person)
            response = self.story()
            self.assertEqual(self.told(response), ["Review 1: started", "Claim: created"])
            self.assertNotContains(response, "Captain")

    def test_the_number_of_queries_does_not_depend_on_how_much_there_is(self):
        claim, review = self.claim, factories.ReviewFactory(claim=self.claim)

        def more_parts():
            """And records, of every kind."""
            factories.EvidenceFactory(review=review)
            factories.ReplyRequestFactory(review=review)
            factories.RelayFactory(appearance=factories.AppearanceFactory(claim=claim))
            factories.ClaimTopicFactory(claim=claim)
            factories.CorrectionFactory(claim=claim)
            factories.ClaimRelationFactory(from_claim=claim)
            self.delete(factories.ClaimRelationFactory(from_claim=claim))

        def more_changes(number):
            """Of the claim and of the review in turn."""
            last = [self.last_change(record) for record in (claim, review)]
            copied = [{field.attname: getattr(one, field.attname) for field in Change._meta.fields} for one in last]
            rows = [
                Change(**{**fields, "id": None, "sequence": fields["sequence"] + count + 1})
                for count in range(number)
                for fields in copied
            ]
            QuerySet.bulk_create(Change._base_manager.all(), rows)

        def queries():
            with CaptureQueriesContext(connection) as captured:
                response = self.story()
            return len(captured), response.context["page"].paginator.count

        more_parts()
        few, _ = queries()
        more_parts()
        more_parts()
        more_changes(150)
        many, changes = queries()

        self.assertGreater(changes, 300)
        self.assertEqual(many, few)
        self.assertLessEqual(many, 25)

    def test_hostile_text_is_only_text(self):
        """Neither markup nor words that look like the history's own."""
        planted = f'"claim":[{self.claim.pk}, "from_claim":[{self.claim.pk},"the-bridge"] {HOSTILE}'
        other = factories.ClaimRelationFactory(note=planted)
        factories.change(other, note=planted * 2)
        self.delete(other)
        deleted = factories.ReviewFactory(rationale=planted)
        self.delete(deleted)
        review = factories.ReviewFactory(claim=self.claim, rationale="word " * 100 + HOSTILE)
        factories.change(review, rationale="word " * 100 + "<b> & " + HOSTILE)
        with history.change(self.claim, actor=self.editor, reason=HOSTILE):
            self.claim.context = HOSTILE
            self.claim.save()

        response = self.story()

        self.assertEqual(
            self.told(response), ["Claim: changed", "Review 1: changed", "Review 1: created", "Claim: created"]
        )
        self.assertNotContains(response, "<script>alert")
        self.assertContains(response, "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7|add:7 }} %s")
        self.assertContains(response, "<ins>b&gt; &amp; &lt;</ins>script&gt;")

    def test_pages_keep_what_is_asked_for(self):
        for number in range(30):
            self.claim.refresh_from_db()
            factories.change(self.claim, context=f"Number {number}.")

        response = self.story(query="?action=changed&p=1")

        self.assertContains(response, "30 changes")
        self.assertContains(response, '<a href="?action=changed&amp;p=2">2</a>', html=True)
        self.assertEqual(len(self.story(query="?action=changed&p=2").context["entries"]), 5)
        self.assertEqual(Claim.objects.get(pk=self.claim.pk).context, "Number 29.")


class WordsTests(DeskTestCase):
    def cells(self, before, after):
        article = factories.ArticleFactory(summary=before)
        factories.change(article, summary=after)
        response = self.client.get(self.address(article, "history"))
        [line] = response.context["entries"][0].passages[0].lines
        return line, response

    def test_in_a_long_text_the_words_that_changed_are_marked(self):
        shared = "The office says that the bridge was closed for repairs"

        line, response = self.cells(f"{shared} on Monday.", f"{shared} on Tuesday night.")

        self.assertContains(response, f"{shared} on <del>Monday</del>.")
        self.assertContains(response, f"{shared} on <ins>Tuesday night</ins>.")
        self.assertEqual("".join(piece.text for piece in line.pieces if piece.kind != "new"), line.old)

    def test_a_short_text_and_one_that_is_all_new_stand_side_by_side(self):
        for before, after in (("On Monday.", "On Tuesday."), ("one two " * 20, "three four " * 20)):
            line, response = self.cells(before, after)

            self.assertEqual(line.pieces, [])
            self.assertContains(response, f"<td><ins>{after.strip()}</ins></td>", html=True)

    def test_texts_that_would_take_long_to_compare_are_shown_all_the_same(self):
        before, after = "a b " * 20_000 + "end", "b a c " * 15_000 + "end"

        line, response = self.cells(before, after)

        self.assertEqual((line.old, line.new), (before, after))
        self.assertContains(response, "1. Created")
