"""The history at the desk: every record's own, the list of all, and what not everybody sees of them."""

from django.urls import reverse

from factcheck import history
from factcheck.models import Change, PartialDate
from tests import factories
from tests.desk import DeskTestCase


class RecordHistoryTests(DeskTestCase):
    def test_a_change_reads_in_words(self):
        rating = factories.rating("unverified")
        claim = factories.ClaimFactory(text="Before.", kind="fact", claimant__slug="first-speaker")
        topic = factories.TopicFactory(name="Harbours", slug="harbours")
        self.save(
            claim,
            **{
                "text": "After.",
                "kind": "prediction",
                "made_on": "2025-11",
                "assigned_to": self.editor.pk,
                "claim_topics-TOTAL_FORMS": 1,
                "claim_topics-0-topic": topic.pk,
                "reason": "A better wording",
            },
        )

        response = self.client.get(self.address(claim, "history"))

        for words in (
            "Changed", "by edna", "change 2", "A better wording", "UTC", "Before.", "After.", "Fact", "Prediction",
            "2025-11-14", ">2025-11<", "first-speaker", "Topic of the claim “Harbours” added", "harbours",
        ):  # fmt: skip
            self.assertContains(response, words)
        self.assertNotContains(response, "Made on precision")
        self.assertLess(response.content.index(b"change 2"), response.content.index(b"change 1"))
        self.assertEqual(rating.label, "Unverified")

    def test_a_long_text_is_there_in_full(self):
        article = factories.ArticleFactory()
        text = "word " * 2000
        self.save(article, summary=text)

        self.assertContains(self.client.get(self.address(article, "history")), text.strip())

    def test_a_removed_part_with_its_own_parts(self):
        relay = factories.RelayFactory(by_claimant__slug="the-soldier")
        claim = relay.appearance.claim
        claim.refresh_from_db()
        with history.change(claim, actor=self.editor):
            relay.appearance.delete()

        response = self.client.get(self.address(claim, "history"))

        self.assertContains(response, " › Relay ")
        self.assertContains(response, "the-soldier")

    def test_a_parts_page_shows_the_history_of_its_whole(self):
        relay = factories.RelayFactory()
        self.save(relay.appearance, quote="few words", reason="A quote")

        response = self.client.get(self.address(relay.appearance, "history"))

        self.assertContains(response, "A quote")
        self.assertContains(response, "few words")
        self.assertContains(response, "change 1")

    def test_many_changes_come_in_pages(self):
        topic = factories.TopicFactory()
        for number in range(30):
            factories.change(topic, name=f"Name {number}")

        response = self.client.get(self.address(topic, "history"))
        self.assertContains(response, "31. Changed")
        self.assertNotContains(response, ">6. Changed")
        self.assertContains(response, "31 changes")
        self.assertContains(self.client.get(self.address(topic, "history") + "?p=2"), ">6. Changed")
        self.assertContains(self.client.get(self.address(topic, "history") + "?p=x"), "31. Changed")

    def test_an_erased_change_says_so(self):
        topic = factories.TopicFactory(name="A secret name")
        factories.change(topic, name="Another")
        history.erase(Change.objects.of(topic).first(), "Court order 12")

        response = self.client.get(self.address(topic, "history"))

        self.assertContains(response, "Court order 12")
        self.assertContains(response, "2. Changed")

    def test_what_the_history_does_not_hold_is_not_there(self):
        held = factories.ArticleTextFactory(text="Their sentences.")
        self.assertNotContains(self.client.get(self.address(held, "history")), "Their sentences.")
        self.client.force_login(self.superuser)
        self.assertNotContains(self.client.get(self.address(self.editor, "history")), self.editor.password)

    def test_history_needs_the_right_to_see_the_record(self):
        self.assertEqual(self.client.get(self.address(self.editor, "history")).status_code, 403)

    def test_a_partial_date_in_an_older_change_stays_partial(self):
        article = factories.ArticleFactory()
        self.save(article, published_on="2025")

        response = self.client.get(self.address(article, "history"))

        self.assertContains(response, ">2025<")
        self.assertEqual(str(PartialDate.of(type(article).objects.get(), "published_on")), "2025")


class ProtectedIdentityTests(DeskTestCase):
    NOTE = "It is Captain N."

    def setUp(self):
        super().setUp()
        self.claimant = factories.ClaimantFactory(protected_identity_note=self.NOTE)
        factories.change(self.claimant, protected_identity_note=self.NOTE + " of the third company")

    def pages(self):
        change = self.last_change(self.claimant)
        return [
            self.address(self.claimant), self.address(self.claimant, "history"), self.address("claimant", "changelist"),
            self.address("change", "changelist"), self.address(change), self.address(self.claimant, "delete"),
        ]  # fmt: skip

    def test_only_editors_read_it(self):
        for page in self.pages():
            self.client.force_login(self.researcher)
            self.assertNotIn(b"Captain", self.client.get(page).content, page)
        for page in (self.pages()[0], self.pages()[1], self.pages()[4]):
            self.client.force_login(self.editor)
            self.assertContains(self.client.get(page), "Captain")

    def test_others_see_that_it_changed(self):
        self.client.force_login(self.viewer)

        response = self.client.get(self.address(self.claimant, "history"))

        self.assertContains(response, "Protected identity note")
        self.assertContains(response, "<ins>changed</ins>", html=True)

    def test_saving_without_seeing_it_keeps_it(self):
        self.client.force_login(self.researcher)

        self.assertSaved(self.save(self.claimant, role="Soldier", protected_identity_note="Overwritten"))

        self.claimant.refresh_from_db()
        self.assertEqual(self.claimant.role, "Soldier")
        self.assertTrue(self.claimant.protected_identity_note.startswith(self.NOTE))

    def test_neither_search_nor_lookup_tells_it(self):
        address = self.address("claimant", "changelist")
        self.client.force_login(self.researcher)

        self.assertNotContains(self.client.get(address + "?q=Captain"), self.claimant.name)
        guess = "?protected_identity_note__startswith=It"
        self.assertEqual(self.client.get(address + guess).status_code, 400)
        through = "?claimant__protected_identity_note__startswith=It"
        self.assertEqual(self.client.get(self.address("claim", "changelist") + through).status_code, 400)
        autocomplete = reverse("admin:autocomplete")
        response = self.client.get(
            autocomplete, {"app_label": "factcheck", "model_name": "claim", "field_name": "claimant", "term": "Captain"}
        )
        self.assertEqual(response.json()["results"], [])


class ChangeListTests(DeskTestCase):
    def test_all_changes_are_listed_and_found_by_slug(self):
        topic = factories.TopicFactory(slug="the-harbour")
        factories.TopicFactory(slug="another")
        address = self.address("change", "changelist")

        response = self.client.get(address)
        self.assertContains(response, "another")
        self.assertContains(response, '<td class="field-who">factory</td>', html=True)
        response = self.client.get(address + "?q=the-harb&whole_type=topic&action=created")

        self.assertContains(response, self.address(topic))
        self.assertNotContains(response, "another")

    def test_its_history_is_that_of_its_record(self):
        topic = factories.TopicFactory()

        response = self.client.get(self.address(self.last_change(topic), "history"))

        self.assertRedirects(response, self.address(topic, "history"))

    def test_it_is_only_read(self):
        self.client.force_login(self.superuser)
        change = self.last_change(factories.TopicFactory())

        self.assertContains(self.client.get(self.address(change)), "Topic")
        self.assertEqual(self.client.get(self.address("change", "add")).status_code, 403)
        self.assertEqual(self.client.post(self.address(change), {"reason": "x"}).status_code, 403)
        self.assertEqual(self.client.post(self.address(change, "delete"), {"post": "yes"}).status_code, 403)

    def test_changes_of_accounts_are_for_those_who_see_accounts(self):
        change = self.last_change(self.viewer)

        self.assertNotContains(self.client.get(self.address("change", "changelist")), "User:")
        self.assertEqual(self.client.get(self.address(change)).status_code, 302)
        self.client.force_login(self.superuser)
        self.assertContains(self.client.get(self.address(change)), "vic@example.org")

    def test_the_front_page_shows_my_latest_changes(self):
        topic = factories.TopicFactory()
        self.assertContains(self.client.get(reverse("admin:index")), "None yet.")

        self.save(topic, name="New")

        response = self.client.get(reverse("admin:index"))
        self.assertContains(response, "My latest changes")
        self.assertContains(response, self.address(topic))
        self.client.force_login(self.researcher)
        self.assertContains(self.client.get(reverse("admin:index")), "None yet.")

    def test_no_filter_tells_what_a_person_may_not_see(self):
        factories.ClaimantFactory(protected_identity_note="Sergeant Petrenko")
        self.client.force_login(self.researcher)
        address = reverse("admin:factcheck_change_changelist")

        for lookup in ("after__contains", "before__contains", "after_sha256", "hash__startswith", "reason__contains"):
            with self.subTest(lookup):
                self.assertEqual(self.client.get(address, {lookup: "Petrenko"}).status_code, 400)
