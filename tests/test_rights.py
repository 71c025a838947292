"""Who may change one record: what readers see, and what they do not."""

import json
from unittest import mock

from django.test import TestCase

from factcheck import history, rights, workflow
from factcheck.models import Appearance, Article, Change, Claim, ClaimRelation, Publisher
from tests import factories
from tests.desk import DeskTestCase


class RightsTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.researcher, cls.reviewer, cls.editor = (
            factories.UserFactory(roles=[role]) for role in ("Researcher", "Reviewer", "Editor")
        )

    def test_a_part_is_as_public_as_its_whole(self):
        for is_public in (False, True):
            relay = factories.RelayFactory(appearance__claim__listed=is_public)
            for record in (relay, relay.appearance, relay.appearance.claim, relay.by_claimant):
                with self.subTest(record=record._meta.model_name, is_public=is_public):
                    self.assertEqual(rights.may_change(self.researcher, record), not is_public)
                    self.assertTrue(rights.may_change(self.editor, record))
            self.assertEqual(rights.may_add_to(self.researcher, relay.appearance.claim), not is_public)
            self.assertTrue(rights.may_add_to(self.reviewer, relay.appearance.claim))

    def test_an_unlisted_claim_is_not_public_any_more(self):
        claim = factories.ClaimFactory(listed=True)
        workflow.unlist_claim(claim, actor=self.editor)

        self.assertTrue(rights.may_change(self.researcher, claim))

    def test_the_desk_the_scale_and_the_pages_are_always_public(self):
        for record in (factories.desk(), factories.RatingFactory(), factories.PageFactory()):
            self.assertFalse(rights.is_open_to(self.reviewer, record))

    def test_the_right_for_the_kind_of_record_is_needed_as_well(self):
        viewer, keeper = factories.UserFactory(roles=["Viewer"]), factories.UserFactory(roles=["Administrator"])
        claim = factories.ClaimFactory()

        for person in (viewer, keeper):
            self.assertFalse(rights.may_change(person, claim))
            self.assertFalse(rights.may_delete(person, claim))
            self.assertFalse(rights.may_add_to(person, claim))
        self.assertTrue(rights.may_delete(self.researcher, claim))
        self.assertFalse(rights.may_delete(self.researcher, claim.claimant))
        self.assertTrue(rights.may_change(keeper, self.editor))

    def test_who_is_not_active_may_nothing(self):
        factories.change(self.editor, is_active=False)
        claim = factories.ClaimFactory()

        self.assertFalse(rights.may_change(self.editor, claim) or rights.may_add_to(self.editor, claim))


class PublicRecordTests(DeskTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.appearance = factories.AppearanceFactory(claim__listed=True, claim__topics=[factories.TopicFactory()])
        cls.claim = cls.appearance.claim

    def test_a_reviewer_adds_an_appearance_to_a_public_claim_and_changes_nothing_else(self):
        complete = self.form(self.claim)
        forged = {
            "text": "Forged.", "slug": "forged", "context": "Forged.", "made_on": "2020", "status": "1",
            "listed_at": "", "claim_topics-0-DELETE": "on", "appearances-0-DELETE": "on",
            "appearances-0-caveat_note": "Forged.", "appearances-TOTAL_FORMS": 2, "appearances-1-wording": "alleged",
            "appearances-1-caveat": "none", "appearances-1-address": "https://example.org/forged",
        }  # fmt: skip
        new = {
            "appearances-2-TOTAL_FORMS": 1, "appearances-2-0-address": "https://example.org/new",
            "appearances-2-0-wording": "alleged", "appearances-2-0-caveat": "none", "appearances-2-0-said_on": "2025",
        }  # fmt: skip
        self.client.force_login(self.reviewer)
        own = self.form(self.claim)
        self.assertFalse({"text", "slug", "context", "made_on", "claim_topics-0-topic"} & own.keys())

        self.assertSaved(self.save(self.claim, typed={**complete, **own, **forged}, **new))

        change = self.last_change(self.claim)
        [added] = Appearance.objects.exclude(pk=self.appearance.pk)
        self.assertEqual(change.actor, self.reviewer)
        self.assertEqual(list(json.loads(change.after)), ["appearances"])
        self.assertEqual(list(json.loads(change.after)["appearances"]), [str(added.pk)])
        self.assertEqual((added.address, str(added.said_on_partial)), ("https://example.org/new", "2025"))

    def test_an_added_appearance_brings_its_stations(self):
        self.client.force_login(self.reviewer)
        station = factories.PublisherFactory()

        response = self.save(
            "appearance",
            **{"claim": self.claim.pk, "address": "https://example.org/new"},
            **{"relays-TOTAL_FORMS": 1, "relays-0-position": 1, "relays-0-by_publisher": station.pk},
        )

        self.assertSaved(response)
        added = Appearance.objects.exclude(pk=self.appearance.pk).get()
        self.assertEqual(added.relays.get().by_publisher, station)
        self.assertEqual(self.client.post(self.address(added), {"_save": "x"}).status_code, 403)

    def test_who_may_not_add_reads_who_does(self):
        self.client.force_login(self.researcher)

        response = self.save("appearance", claim=self.claim.pk, address="https://example.org/new", caveat_note="Typed.")

        self.assertContains(response, "Readers see this claim: a reviewer or an editor adds to it.")
        self.assertContains(response, "Typed.")

    def test_the_page_says_why_it_is_not_edited(self):
        pages = {
            self.claim: "Readers see this claim: an editor changes it.",
            self.appearance: "Readers see this claim: an editor changes it.",
            self.claim.claimant: "Readers see this claimant: an editor changes it.",
            self.appearance.article: "Readers see this article: an editor changes it.",
        }
        for person in (self.researcher, self.reviewer, self.viewer, self.editor):
            says = person in (self.researcher, self.reviewer)
            self.client.force_login(person)
            for record, words in pages.items():
                with self.subTest(record=record._meta.model_name, person=person.username):
                    page = self.client.get(self.address(record)).content.decode()
                    self.assertEqual(words in page, says)
                    may_add = record == self.claim and person == self.reviewer
                    self.assertEqual("You may add appearances to it." in page, may_add)
        self.client.force_login(self.researcher)
        private = self.client.get(self.address(factories.ClaimFactory()))
        self.assertNotContains(private, "Readers see this")

    def test_dates_that_are_not_edited_are_shown_as_known(self):
        self.client.force_login(self.reviewer)

        page = self.client.get(self.address(self.claim))

        self.assertContains(page, '<div class="readonly">2025-11</div>', html=True)
        self.assertContains(page, '<div class="readonly">2025-11-14</div>', html=True)
        self.assertNotContains(page, "Nov. 1, 2025")

    def test_what_readers_never_see_of_a_public_claim_is_changed_by_who_records_claims(self):
        self.client.force_login(self.researcher)

        self.assertSaved(self.save(self.claim, assigned_to=self.researcher.pk, priority=4, declined_reason="Forged."))

        claim = Claim.objects.get(pk=self.claim.pk)
        self.assertEqual((claim.assigned_to, claim.priority, claim.declined_reason), (self.researcher, 4, ""))

    def test_a_relation_is_not_moved_to_public_claims(self):
        other = factories.ClaimFactory(listed=True)
        relation = factories.ClaimRelationFactory(kind="repeats", to_claim=other)
        self.client.force_login(self.researcher)

        response = self.save(relation, from_claim=self.claim.pk, note="Typed.")

        self.assertContains(response, "Readers would see this at once: an editor does it.")
        self.assertContains(response, "Typed.")
        self.assertNotEqual(ClaimRelation.objects.get().from_claim, self.claim)

    def test_nobody_but_an_editor_makes_a_publisher_the_desk(self):
        publisher = factories.PublisherFactory()
        for person, may in ((self.researcher, False), (self.reviewer, False), (self.editor, True)):
            self.client.force_login(person)
            self.save(publisher, is_desk="on")
            self.assertEqual(Publisher.objects.get(pk=publisher.pk).is_desk, may)

    def test_a_claim_listed_while_somebody_typed_is_not_changed(self):
        claim = factories.ClaimFactory()
        self.client.force_login(self.researcher)
        typed = self.form(claim)
        workflow.list_claim(claim, actor=self.editor)

        response = self.save(claim, typed=typed, context="Typed.")
        again = self.save(claim, typed=typed, context="Typed.", seen=claim.version)

        self.assertEqual(response.status_code, 409)
        self.assertEqual(again.status_code, 302)
        self.assertEqual(Claim.objects.get(pk=claim.pk).context, "")

    def test_a_record_that_became_public_while_it_was_saved_is_not_changed(self):
        article = factories.ArticleFactory()
        appearance = factories.AppearanceFactory(article=article)
        self.client.force_login(self.researcher)
        take = history._take

        def listed_first(wholes):
            if wholes == [article]:
                workflow.list_claim(Claim.objects.get(pk=appearance.claim_id), actor=self.editor)
            return take(wholes)

        with mock.patch("factcheck.history._take", listed_first):
            response = self.save(article, headline="Typed.")

        self.assertContains(response, "Readers would see this at once: an editor does it.")
        self.assertContains(response, "Typed.")
        self.assertFalse(Article.objects.filter(headline="Typed.").exists())

    def test_selected_records_are_deleted_only_where_all_may_be(self):
        private, public = (
            factories.ClaimRelationFactory(),
            factories.ClaimRelationFactory(from_claim=self.claim, to_claim=factories.ClaimFactory(listed=True)),
        )
        self.client.force_login(self.reviewer)
        data = {"action": "delete_selected", "_selected_action": [private.pk, public.pk], "post": "yes"}

        response = self.client.post(self.address("claimrelation", "changelist"), data)

        self.assertEqual(response.status_code, 403)
        self.assertEqual(ClaimRelation.objects.count(), 2)

    def test_an_administrator_takes_a_role_and_it_is_in_the_history(self):
        keeper = factories.UserFactory(roles=["Administrator"])
        self.client.force_login(keeper)
        self.assertEqual(self.client.get(self.address(self.claim)).status_code, 403)
        role = self.editor.memberships.get().group

        self.assertSaved(
            self.save(
                keeper,
                **{"memberships-TOTAL_FORMS": 2, "memberships-1-group": role.pk},
                reason="Alone here",
                own_password=factories.PASSWORD,
            )
        )

        change = self.last_change(keeper)
        self.assertEqual((change.actor, change.reason), (keeper, "Alone here"))
        self.assertIn("Editor", change.after)
        self.assertEqual(self.client.get(self.address(self.claim)).status_code, 200)
        self.assertSaved(self.save(keeper, **{"memberships-1-DELETE": "on"}, own_password=factories.PASSWORD))
        self.assertEqual(self.client.get(self.address(self.claim)).status_code, 403)
        self.assertEqual(Change.objects.of(keeper).count(), 3)
