"""What is refused at the desk comes back as the form with everything that was typed."""

from unittest import mock

from django.db import IntegrityError, models

from factcheck import history
from factcheck.models import Change, Claim, Conflict, Topic
from tests import factories
from tests.desk import DeskTestCase


class StaleSaveTests(DeskTestCase):
    def test_a_stale_save_overwrites_nothing_and_loses_nothing(self):
        claim = factories.ClaimFactory(text="First.")
        appearance = factories.AppearanceFactory(claim=claim)
        typed = self.form(claim)
        with history.change(claim, actor=self.researcher, reason="Typing error"):
            claim.text = "Theirs."
            claim.save()
        typed |= {
            "text": "Mine <b>.",
            "context": "My context.",
            "appearances-0-quote": "my words",
            "appearances-TOTAL_FORMS": "2",
            "appearances-1-address": "https://example.org/mine",
            "appearances-1-wording": "alleged",
            "appearances-1-caveat": "none",
            "reason": "My reason",
        }
        before = Change.objects.count()

        for _ in range(2):  # pressing Save again does not force it
            response = self.save(claim, typed=typed)

            self.assertEqual(response.status_code, 409)
            self.assertContains(response, "rose", status_code=409)
            self.assertContains(response, "Typing error", status_code=409)
            self.assertContains(response, 'name="choose-text"', status_code=409)
            for text in ("Mine &lt;b&gt;.", "My context.", "my words", "https://example.org/mine", "My reason"):
                self.assertContains(response, text, status_code=409)
            self.assertEqual(Claim.objects.get(pk=claim.pk).text, "Theirs.")
            self.assertEqual(Change.objects.count(), before)
            self.assertEqual(appearance.claim.appearances.get().quote, "")

    def test_a_part_saved_elsewhere_makes_the_form_of_the_whole_stale(self):
        appearance = factories.AppearanceFactory()
        claim_form, appearance_form = self.form(appearance.claim), self.form(appearance)
        self.assertEqual(claim_form["seen"], appearance_form["seen"])

        self.assertSaved(self.save(appearance, typed=appearance_form, quote="words"))

        self.assertEqual(self.save(appearance.claim, typed=claim_form).status_code, 409)
        self.assertEqual(self.save(appearance, typed=appearance_form).status_code, 409)

    def test_a_quote_of_seven_words_is_refused_on_both_pages(self):
        appearance = factories.AppearanceFactory()
        quote = "one two three four five six seven"

        for response in (
            self.save(appearance, quote=quote),
            self.save(appearance.claim, **{"appearances-0-quote": quote}),
        ):
            self.assertContains(response, "Quote at most six words: the text belongs to its publisher.")
            self.assertContains(response, quote)

        self.assertEqual(appearance.claim.appearances.get().quote, "")

    def test_a_form_that_names_no_version_is_refused(self):
        topic = factories.TopicFactory(name="Old")
        for seen in (None, "", "x", "0", "99", "9" * 40):
            with self.subTest(seen):
                typed = self.form(topic) | {"name": "New"}
                typed.pop("seen")

                response = self.save(topic, typed=typed, **({"seen": seen} if seen is not None else {}))

                self.assertContains(response, "Nothing of yours was saved", status_code=409)
                self.assertEqual(Topic.objects.get().name, "Old")

    def test_a_row_removed_meanwhile_is_still_shown_as_typed(self):
        claim = factories.ClaimFactory()
        first, second = (factories.AppearanceFactory(claim=claim) for _ in range(2))
        typed = self.form(claim)
        row = next(n for n in range(2) if typed[f"appearances-{n}-id"] == str(first.pk))
        claim.refresh_from_db()
        with history.change(claim, actor=self.researcher):
            first.delete()

        response = self.save(claim, typed=typed, **{f"appearances-{row}-quote": "typed here"})

        self.assertContains(response, "typed here", status_code=409)
        self.assertContains(response, second.article.headline, status_code=409)

    def test_a_record_deleted_meanwhile_shows_what_was_typed(self):
        topic = factories.TopicFactory()
        typed = self.form(topic)
        with history.change(topic, actor=self.researcher, reason="Not needed"):
            topic.delete()
        topic.pk = int(Change.objects.first().whole_id)

        response = self.save(topic, typed=typed, description="Much <b> typed.")

        self.assertContains(response, "Much &lt;b&gt; typed.", status_code=409)
        self.assertContains(response, "Not needed", status_code=409)

    def test_a_race_after_the_check_is_the_same_page(self):
        topic = factories.TopicFactory(name="Old")

        with mock.patch("factcheck.admin.base.history.change", side_effect=Conflict(topic)):
            response = self.save(topic, name="Mine")

        self.assertContains(response, 'value="Mine"', status_code=409)
        self.assertContains(response, "Nothing of yours was saved", status_code=409)
        self.assertEqual(Topic.objects.get().name, "Old")

    def test_a_save_between_reading_and_writing_is_a_conflict(self):
        topic = factories.TopicFactory(name="Old")
        change = history.change

        def late(whole, **options):
            models.QuerySet.update(Topic.objects.filter(pk=whole.pk), version=models.F("version") + 1)
            return change(whole, **options)

        with mock.patch("factcheck.admin.base.history.change", late):
            response = self.save(topic, name="Mine")

        self.assertContains(response, 'value="Mine"', status_code=409)
        self.assertEqual(Topic.objects.get().name, "Old")


class RefusalTests(DeskTestCase):
    def test_a_trigger_that_refuses_is_read_on_the_form(self):
        public = factories.TopicFactory(slug="known")
        factories.ClaimFactory(listed=True, topics=[public])
        with history.change(public, actor=self.editor):
            pass
        topic = factories.TopicFactory()
        typed = self.form(topic)
        unlisted = "factcheck.admin.base.DeskAdmin.slug_is_fixed"
        with mock.patch(unlisted, return_value=False):
            response = self.save(public, typed=self.form(public), slug="another", name="Typed.")

        self.assertContains(response, "The slug is fixed: readers have had this address.")
        self.assertContains(response, "Typed.")
        self.assertEqual(response.status_code, 200)
        self.assertSaved(self.save(topic, typed=typed))

    def test_the_wording_refused_by_its_trigger_is_read_on_the_form(self):
        review = factories.submitted_review()
        claim = review.claim

        with mock.patch("factcheck.admin.claims.ClaimAdmin.fixed_fields", return_value=[]):
            response = self.save(claim, text="Mine.", context="Typed.")

        self.assertContains(response, "The wording is fixed while a review of it is submitted or published")
        self.assertContains(response, "Mine.")
        self.assertContains(response, "Typed.")

    def test_a_constraint_on_a_field_that_is_not_shown_is_read_on_the_form(self):
        prediction = factories.PredictionFactory()
        factories.submitted_review(prediction)

        response = self.save(prediction, due_on="2027-01-01")
        self.assertSaved(response)
        claim = factories.ClaimFactory()
        factories.submitted_review(claim)
        response = self.save(claim, due_on="2027-01-01", context="Typed.")

        self.assertContains(response, "Only a prediction has a due date and a resolution rule.")
        self.assertContains(response, "Typed.")

    def test_any_other_refusal_of_the_database_is_no_error_page(self):
        topic = factories.TopicFactory()

        with mock.patch.object(Topic, "save", side_effect=IntegrityError("something_new: It cannot be.\nCONTEXT: x")):
            response = self.save(topic, description="Typed.")

        self.assertContains(response, "It cannot be.")
        self.assertContains(response, "Typed.")

    def test_refused_characters_name_their_position(self):
        topic = factories.TopicFactory()

        response = self.save(topic, description="ab\u202ecd", reason="x\u202e")

        self.assertContains(response, "U+202E at line 1, character 3")
        self.assertContains(response, "U+202E at line 1, character 2")

    def test_a_slug_once_given_out_is_refused(self):
        factories.TopicFactory(slug="taken")

        response = self.save("topic", name="Typed.", slug="taken")

        self.assertContains(response, "Another record has this slug already; choose another.")

    def test_deleting_an_account_or_a_listed_claim_is_not_offered(self):
        claim = factories.ClaimFactory(listed=True)
        self.client.force_login(self.superuser)

        self.assertEqual(self.client.post(self.address(claim, "delete"), {"post": "yes"}).status_code, 403)
        self.assertEqual(self.client.post(self.address(self.viewer, "delete"), {"post": "yes"}).status_code, 403)
