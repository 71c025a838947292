"""A save or a deletion at the desk is one Change of the whole, with all its parts."""

import json
from unittest import mock

from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from factcheck.models import (
    Appearance,
    Change,
    Claim,
    Claimant,
    Relay,
    Topic,
)
from tests import factories
from tests.desk import DeskTestCase


class SavingTests(DeskTestCase):
    def test_history_names_actor_reason_and_difference(self):
        topic = factories.TopicFactory(name="Old")

        self.save(topic, name="New", reason="A better name")

        change = self.last_change(topic)
        self.assertEqual((change.actor, change.reason, change.sequence), (self.editor, "A better name", 2))
        self.assertEqual((json.loads(change.before), json.loads(change.after)), ({"name": "Old"}, {"name": "New"}))

    def test_a_claim_with_all_its_parts_is_one_change(self):
        old, new = factories.TopicFactory(), factories.TopicFactory()
        article = factories.ArticleFactory()
        claim = factories.ClaimFactory(topics=[old])
        gone = factories.RelayFactory(appearance__claim=claim).appearance
        kept = factories.AppearanceFactory(claim=claim, article=gone.article)
        before = Change.objects.of(claim).count()

        typed = self.form(claim)
        rows = {typed[f"appearances-{n}-id"]: f"appearances-{n}" for n in range(2)}
        response = self.save(
            claim,
            typed=typed,
            **{
                "text": "Another text.",
                "claim_topics-0-DELETE": "on",
                "claim_topics-1-topic": new.pk,
                "claim_topics-TOTAL_FORMS": 2,
                f"{rows[str(gone.pk)]}-DELETE": "on",
                f"{rows[str(kept.pk)]}-caveat_note": "In our words.",
                "appearances-2-article": article.pk,
                "appearances-2-wording": "alleged",
                "appearances-2-caveat": "none",
                "appearances-2-said_on": "2025",
                "appearances-TOTAL_FORMS": 3,
            },
        )

        self.assertSaved(response)
        self.assertEqual(Change.objects.of(claim).count(), before + 1)
        after = json.loads(self.last_change(claim).after)
        self.assertEqual(after["text"], "Another text.")
        self.assertIsNone(after["appearances"][str(gone.pk)])
        self.assertEqual(after["appearances"][str(kept.pk)], {"caveat_note": "In our words."})
        self.assertEqual(len(after["appearances"]), 3)
        self.assertEqual(len(after["claim_topics"]), 2)
        self.assertFalse(Relay.objects.exists())

    def test_a_new_claim_can_come_with_parts(self):
        factories.scale()
        article = factories.ArticleFactory()

        response = self.save(
            "claim",
            **{
                "text": "New.", "slug": "new-one", "kind": "fact",
                "appearances-TOTAL_FORMS": 1, "appearances-0-article": article.pk, "appearances-0-wording": "asserted",
                "appearances-0-caveat": "not-independently-verified",
            },
        )  # fmt: skip

        self.assertSaved(response)
        claim = Claim.objects.get(slug="new-one")
        self.assertEqual(claim.status.slug, "unverified")
        self.assertEqual(Change.objects.of(claim).count(), 1)

    def test_without_the_scale_the_form_says_what_to_do(self):
        appearance = factories.AppearanceFactory()

        response = self.save(appearance, caveat="not-independently-verified", caveat_note="Typed.")

        self.assertContains(response, "The rating scale is not there yet: run loadseeds seeds/scale.json.")
        self.assertContains(response, "Typed.")
        self.assertContains(self.client.get(reverse("admin:index")), "manage.py loadseeds")
        factories.scale()
        self.assertNotContains(self.client.get(reverse("admin:index")), "manage.py loadseeds")

    def test_the_database_is_not_asked_about_rules_that_every_row_keeps(self):
        claims = [factories.ClaimFactory(), factories.ClaimFactory()]
        statements = []
        for claim, rows in zip(claims, (2, 12), strict=True):
            for paragraph in range(rows):
                factories.AppearanceFactory(claim=claim, paragraph=paragraph + 1)
            with CaptureQueriesContext(connection) as queries:
                self.assertSaved(self.save(claim, context="New"))
            statements.append(len(queries))

        self.assertLess((statements[1] - statements[0]) / 10, 10)  # each of nine rules takes three

    def test_deleting_keeps_the_history(self):
        claim = factories.ClaimFactory(topics=[factories.TopicFactory()])
        factories.RelayFactory(appearance__claim=claim)

        page = self.client.get(self.address(claim, "delete"))
        self.assertContains(page, "Why this change?")
        response = self.client.post(self.address(claim, "delete"), {"post": "yes", "reason": "Twice there"})

        self.assertRedirects(response, self.address("claim", "changelist"))
        change = Change.objects.first()
        self.assertEqual((change.action, change.slug, change.reason), ("deleted", claim.slug, "Twice there"))
        self.assertEqual(json.loads(change.after), None)
        self.assertFalse(LogEntry.objects.exists())

    def test_deleting_what_somebody_has_saved_meanwhile_is_refused(self):
        topic = factories.TopicFactory()
        factories.change(topic, name="Newer")

        response = self.client.post(self.address(topic, "delete"), {"post": "yes", "seen": "1"}, follow=True)

        self.assertContains(response, "saved by somebody else meanwhile")
        self.assertTrue(Topic.objects.filter(pk=topic.pk).exists())

    def test_deleting_what_others_name_is_refused(self):
        claim = factories.ClaimFactory()

        response = self.client.post(self.address(claim.claimant, "delete"), {"post": "yes"})

        self.assertContains(response, "protected related objects")
        self.assertTrue(Claimant.objects.filter(pk=claim.claimant_id).exists())

    def test_selected_records_are_deleted_together_or_not_at_all(self):
        claim = factories.ClaimFactory()
        appearances = [factories.AppearanceFactory(claim=claim) for _ in range(3)]
        data = {
            "action": "delete_selected",
            "_selected_action": [appearance.pk for appearance in appearances],
            "post": "yes",
        }

        self.client.post(self.address("appearance", "changelist"), data)

        self.assertFalse(Appearance.objects.exists())
        self.assertEqual(Change.objects.of(claim).count(), 7)

        private, listed = factories.ClaimFactory(), factories.ClaimFactory(listed=True)
        data |= {"_selected_action": [private.pk, listed.pk]}
        self.assertEqual(self.client.post(self.address("claim", "changelist"), data).status_code, 403)
        with mock.patch("factcheck.admin.claims.ClaimAdmin.has_delete_permission", return_value=True):
            response = self.client.post(self.address("claim", "changelist"), data, follow=True)

        self.assertContains(response, "A claim that was listed is unlisted, never deleted.")
        self.assertEqual(Claim.objects.filter(pk__in=[private.pk, listed.pk]).count(), 2)
        self.assertFalse(LogEntry.objects.exists())

    def test_stations_change_places(self):
        appearance = factories.AppearanceFactory()
        one, two, three = (factories.RelayFactory(appearance=appearance) for _ in range(3))

        response = self.save(
            appearance, **{"relays-0-position": 2, "relays-1-position": 1, "relays-2-DELETE": "on"}, reason="Swapped"
        )

        self.assertSaved(response)
        self.assertEqual(list(appearance.relays.order_by("position")), [two, one])
        change = self.last_change(appearance.claim)
        self.assertEqual(change.reason, "Swapped")
        self.assertEqual(
            json.loads(change.after)["appearances"][str(appearance.pk)]["relays"],
            {str(one.pk): {"position": 2}, str(two.pk): {"position": 1}, str(three.pk): None},
        )

    def test_a_station_takes_the_place_of_a_removed_one(self):
        appearance = factories.AppearanceFactory()
        one, two = (factories.RelayFactory(appearance=appearance) for _ in range(2))

        self.assertSaved(self.save(appearance, **{"relays-0-position": 2, "relays-1-DELETE": "on"}))

        self.assertEqual(list(appearance.relays.values_list("pk", "position")), [(one.pk, 2)])

    def test_two_stations_in_one_place_are_refused(self):
        appearance = factories.AppearanceFactory()
        for _ in range(2):
            factories.RelayFactory(appearance=appearance)

        response = self.save(appearance, **{"relays-0-position": 2, "relays-0-note": "Typed."})

        self.assertContains(response, "Two stations have the same position.")
        self.assertContains(response, "Typed.")
