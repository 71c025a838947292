"""Two people save one form: the second sees both versions, is asked where they differ, and loses nothing."""

import hashlib
from datetime import timedelta

from django.contrib import admin
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from factcheck import history, workflow
from factcheck.admin.conflicts import conflict
from factcheck.models import Appearance, Change, Claim, ClaimTopic, Relay, Topic, User
from tests import factories
from tests.capture_files import PDF, StoreMixin, upload
from tests.desk import DeskTestCase


class ConflictTestCase(DeskTestCase):
    def by_rose(self, record, reason="", **fields):
        """Somebody else saves the record, read anew."""
        record = type(record).objects.get(pk=record.pk)
        whole = factories.whole_of(record)
        with history.change(whole, actor=self.researcher, reason=reason):
            for name, value in fields.items():
                setattr(record, name, value)
            record.save()

    def removed_by_rose(self, part):
        part = type(part).objects.get(pk=part.pk)
        with history.change(factories.whole_of(part), actor=self.researcher):
            part.delete()

    def conflict(self, record, typed=None, **changed):
        """Saves; the answer has to be the page of the conflict. Returns it with what its form would send."""
        response = self.save(record, typed=typed, **changed)
        self.assertEqual(response.status_code, 409, response.content.decode()[-2000:])
        return response.context["conflict"], self.shown(response, record._meta.model_name)

    def row(self, typed, prefix, part):
        """The place of a stored part in a form."""
        return next(name[:-3] for name, value in typed.items() if name.endswith("-id") and value == str(part.pk))

    @staticmethod
    def labels(points):
        return [point.label for point in points]


class BoxTests(ConflictTestCase):
    def test_each_box_is_merged_kept_or_asked_about(self):
        claim = factories.ClaimFactory(text="First.", context="Old context", language="en", priority=2)
        typed = self.form(claim) | {"text": "Mine.", "selection_reason": "My reason", "priority": "4"}
        self.by_rose(claim, "Typing error", text="Theirs.", context="Their context", priority=4)

        found, shown = self.conflict(claim, typed)

        self.assertEqual(self.labels(found.choices), ["Text"])
        self.assertEqual(self.labels(found.taken), ["Context"])
        self.assertEqual(self.labels(found.kept), ["Selection reason"])
        point = found.choices[0]
        self.assertEqual((point.before, point.stored, point.typed), ("First.", "Theirs.", "Mine."))
        self.assertEqual([(p.kind, p.text) for p in point.pieces], [("old", "Theirs"), ("new", "Mine"), ("same", ".")])
        self.assertEqual([(c.actor_name, c.reason) for c in found.changes], [("rose", "Typing error")])
        self.assertEqual((shown["text"], shown["context"]), ("Mine.", "Their context"))
        self.assertEqual((shown["selection_reason"], shown["seen"]), ("My reason", str(claim.version + 1)))

    def test_saving_again_without_a_choice_forces_nothing(self):
        claim = factories.ClaimFactory(text="First.")
        typed = self.form(claim) | {"text": "Mine."}
        self.by_rose(claim, text="Theirs.")

        for _ in range(3):
            found, typed = self.conflict(claim, typed)
            self.assertEqual(self.labels(found.choices), ["Text"])
            self.assertEqual(found.choices[0].before, "First.")
            self.assertEqual([change.actor_name for change in found.changes], ["rose"])
        self.conflict(claim, typed, **{"choose-text": "nobody's"})

        self.assertEqual(Claim.objects.get().text, "Theirs.")

    def test_what_was_chosen_is_saved(self):
        for side, box, expected in [
            ("mine", "Mine.", "Mine."),
            ("mine", "Edited.", "Edited."),
            ("mine", "First.", "First."),
            ("theirs", "Mine.", "Theirs."),
            ("theirs", "Edited.", "Theirs."),
        ]:
            with self.subTest(side=side, box=box):
                claim = factories.ClaimFactory(text="First.", context="Old")
                typed = self.form(claim) | {"text": "Mine.", "selection_reason": "My reason"}
                self.by_rose(claim, text="Theirs.", context="Their context")
                _, shown = self.conflict(claim, typed)

                self.assertSaved(self.save(claim, typed=shown | {"text": box, "choose-text": side}))

                claim.refresh_from_db()
                self.assertEqual((claim.text, claim.context), (expected, "Their context"))
                self.assertEqual(claim.selection_reason, "My reason")
                self.assertEqual(self.last_change(claim).actor, self.editor)

    def test_what_was_taken_over_can_be_changed_again(self):
        topic = factories.TopicFactory(name="Old", description="Old")
        typed = self.form(topic) | {"name": "Mine"}
        self.by_rose(topic, description="Theirs")
        _, shown = self.conflict(topic, typed)

        self.assertSaved(self.save(topic, typed=shown | {"description": "Old"}))

        topic.refresh_from_db()
        self.assertEqual((topic.name, topic.description), ("Mine", "Old"))

    def test_a_third_save_in_between_asks_again(self):
        topic = factories.TopicFactory(name="Old", description="Old")
        typed = self.form(topic) | {"name": "Mine", "description": "Mine too"}
        self.by_rose(topic, name="Theirs", description="Theirs too")
        _, shown = self.conflict(topic, typed)
        self.by_rose(topic, name="Newer")

        found, shown = self.conflict(topic, shown | {"choose-name": "mine"})

        self.assertEqual(self.labels(found.choices), ["Name", "Description"])
        by_label = {point.label: point for point in found.choices}
        self.assertEqual((by_label["Name"].before, by_label["Name"].stored), ("Theirs", "Newer"))
        self.assertEqual((by_label["Description"].before, by_label["Description"].typed), ("Old", "Mine too"))
        self.assertEqual(Topic.objects.get().name, "Newer")
        self.assertSaved(self.save(topic, typed=shown | {"choose-name": "theirs", "choose-description": "mine"}))
        topic.refresh_from_db()
        self.assertEqual((topic.name, topic.description), ("Newer", "Mine too"))

    def test_a_third_save_elsewhere_keeps_the_answers(self):
        topic = factories.TopicFactory(name="Old", description="Old")
        typed = self.form(topic) | {"name": "Mine"}
        self.by_rose(topic, name="Theirs")
        _, shown = self.conflict(topic, typed)
        self.by_rose(topic, description="Newer")

        for side, expected in [("mine", "Mine"), ("theirs", "Theirs")]:
            found, again = self.conflict(topic, shown | {"choose-name": side})
            self.assertEqual(self.labels(found.choices), [])
            self.assertEqual((again["name"], again["description"]), (expected, "Newer"))

    def test_where_nothing_is_disputed_the_next_save_goes_through(self):
        topic = factories.TopicFactory(name="Old", description="Old")
        typed = self.form(topic) | {"name": "Mine"}
        self.by_rose(topic, description="Theirs")

        found, shown = self.conflict(topic, typed)

        self.assertEqual(found.choices, [])
        self.assertSaved(self.save(topic, typed=shown))
        topic.refresh_from_db()
        self.assertEqual((topic.name, topic.description), ("Mine", "Theirs"))

    def test_the_same_correction_by_both_is_no_question(self):
        topic = factories.TopicFactory(name="Olt")
        typed = self.form(topic) | {"name": "Old"}
        self.by_rose(topic, name="Old")

        found, shown = self.conflict(topic, typed)

        self.assertEqual((found.choices, found.taken, found.kept), ([], [], []))
        self.assertSaved(self.save(topic, typed=shown))
        self.assertEqual(Change.objects.of(topic).count(), 2)

    def test_what_a_box_cannot_show_is_no_change(self):
        at = timezone.now()
        review = factories.ReviewFactory(rationale="Two\nlines ", author=self.editor)
        request = factories.ReplyRequestFactory(review=review, asked_at=at)
        evidence = factories.EvidenceFactory(review=review)
        typed = self.form(review)
        self.by_rose(review, title="Theirs")

        found, shown = self.conflict(review, typed)

        self.assertEqual((self.labels(found.taken), found.kept, found.choices), (["Title"], [], []))
        self.assertSaved(self.save(review, typed=shown))
        request.refresh_from_db()
        evidence.refresh_from_db()
        self.assertEqual(request.asked_at, at)

    def test_dates_references_and_choices_are_read_as_people_say_them(self):
        old, theirs, mine = (factories.ClaimantFactory(name=name) for name in ("Old One", "Their One", "My One"))
        claim = factories.ClaimFactory(claimant=old, kind="fact", made_on="2025-01-01", made_on_precision="year")
        typed = self.form(claim) | {"claimant": str(mine.pk), "kind": "opinion", "made_on": "2025-11"}
        self.by_rose(claim, claimant=theirs, kind="figure", made_on="2025-12-01", made_on_precision="month")

        found, shown = self.conflict(claim, typed)

        self.assertEqual(
            {point.label: (point.before, point.stored, point.typed) for point in found.choices},
            {
                "Claimant": ("Old One", "Their One", "My One"),
                "Kind": ("Factual claim", "Figure", "Opinion"),
                "Made on": ("2025", "2025-12", "2025-11"),
            },
        )
        answers = {"choose-claimant": "theirs", "choose-kind": "theirs", "choose-made_on": "theirs"}
        self.assertSaved(self.save(claim, typed=shown | answers))
        claim.refresh_from_db()
        self.assertEqual((claim.claimant, claim.kind, str(claim.made_on_partial)), (theirs, "figure", "2025-12"))

    def test_what_is_no_valid_value_is_kept_as_typed(self):
        claim = factories.ClaimFactory(made_on="2025-01-01", made_on_precision="year")
        typed = self.form(claim) | {"made_on": "last <i>year", "claimant": "999999"}
        self.by_rose(claim, made_on="2024-01-01")

        found, shown = self.conflict(claim, typed)

        self.assertEqual([point.typed for point in found.choices], ["last <i>year"])
        self.assertEqual(shown["made_on"], "last <i>year")
        again = self.save(claim, typed=shown | {"choose-made_on": "mine"})
        self.assertContains(again, "Give a date as 2025")
        self.assertEqual(again.status_code, 200)

    def test_a_form_of_no_known_version_is_asked_about_all_that_differs(self):
        topic = factories.TopicFactory(name="Stored")
        for seen in ("", "0", "99", "x"):
            with self.subTest(seen):
                found, shown = self.conflict(topic, self.form(topic) | {"name": "Mine", "seen": seen})

                self.assertEqual(self.labels(found.choices), ["Name"])
                self.assertEqual(shown["seen"], str(topic.version))
                self.conflict(topic, shown)

    def test_so_is_one_of_which_the_history_was_erased(self):
        topic = factories.TopicFactory(name="Old", description="Old")
        typed = self.form(topic) | {"name": "Mine"}
        self.by_rose(topic, description="Theirs")
        history.erase(self.last_change(topic), "A court asked for it")

        found, _ = self.conflict(topic, typed)

        self.assertEqual(self.labels(found.choices), ["Name", "Description"])
        self.assertNotIn("A court", found.choices[0].before)

    def test_a_checkbox_that_only_they_ticked_is_ticked(self):
        self.client.force_login(self.superuser)
        typed = self.form(self.viewer) | {"first_name": "Mine"}
        typed.pop("is_active")
        self.by_rose(self.viewer, is_superuser=True)

        found, shown = self.conflict(self.viewer, typed)

        self.assertEqual([(p.label, p.before, p.stored) for p in found.taken], [("Superuser status", "No", "Yes")])
        self.assertEqual(self.labels(found.kept), ["First name", "Active"])
        self.assertEqual(shown["is_superuser"], "on")
        self.assertNotIn("is_active", shown)

    def test_nobody_learns_a_protected_identity_from_a_conflict(self):
        claimant = factories.ClaimantFactory(name="Old", protected_identity_note="Secret name")
        self.client.force_login(self.researcher)
        typed = self.form(claimant) | {"name": "Mine", "protected_identity_note": "Secret"}
        self.by_rose(claimant, name="Theirs", protected_identity_note="Secret other")

        response = self.save(claimant, typed=typed)

        self.assertEqual(response.status_code, 409)
        self.assertNotContains(response, "Secret", status_code=409)
        self.assertNotContains(response, "rotected", status_code=409)

    def test_texts_are_shown_as_texts(self):
        topic = factories.TopicFactory(description="old")
        typed = self.form(topic) | {"description": "<script>mine</script>"}
        self.by_rose(topic, "<script>why</script>", description="<script>theirs</script>")

        response = self.save(topic, typed=typed)

        self.assertContains(response, "&lt;script&gt;theirs", status_code=409)
        for text in ("mine", "theirs", "why"):
            self.assertNotContains(response, f"<script>{text}", status_code=409)


class FixedTests(ConflictTestCase):
    def test_what_was_typed_into_a_field_that_is_fixed_now_is_shown(self):
        claim = factories.ClaimFactory(text="First.")
        typed = self.form(claim) | {"text": "My wording.", "context": "My context."}
        factories.submitted_review(claim)
        self.by_rose(claim, context="Their context.")

        found, shown = self.conflict(claim, typed)

        self.assertEqual([(p.label, p.stored, p.typed) for p in found.fixed], [("Text", "First.", "My wording.")])
        self.assertEqual(self.labels(found.choices), ["Context"])
        self.assertSaved(self.save(claim, typed=shown | {"choose-context": "mine"}))
        claim.refresh_from_db()
        self.assertEqual((claim.text, claim.context), ("First.", "My context."))

    def test_a_draft_that_a_step_has_closed_shows_what_was_typed(self):
        review = factories.ReviewFactory(author=self.researcher)
        typed = self.form(review) | {"rationale": "My <b>reasons"}
        workflow.discard_review(review, actor=self.researcher, reason="Not needed")

        response = self.save(review, typed=typed)

        self.assertContains(response, "My &lt;b&gt;reasons", status_code=409)
        self.assertContains(response, "discarded it on", status_code=409)
        self.client.force_login(self.viewer)
        self.assertEqual(self.save(review, typed=typed).status_code, 403)

    def test_a_record_deleted_meanwhile_shows_what_was_typed_whichever_button_was_pressed(self):
        topic = factories.TopicFactory()
        typed = self.form(topic) | {"description": "Typed."}
        address = self.address(topic)
        with history.change(topic, actor=self.researcher):
            topic.delete()

        for button in ("_save", "_continue", "_addanother"):
            self.assertContains(self.client.post(address, {**typed, button: "x"}), "Typed.", status_code=409)


class RowTests(ConflictTestCase):
    def setUp(self):
        super().setUp()
        self.claim = factories.ClaimFactory()
        self.one = factories.AppearanceFactory(claim=self.claim, quote="one", caveat_note="")
        self.two = factories.AppearanceFactory(claim=self.claim, quote="two", caveat_note="")

    def test_a_row_that_both_changed(self):
        typed = self.form(self.claim)
        row = self.row(typed, "appearances", self.two)
        typed |= {f"{row}-quote": "mine", f"{row}-caveat_note": "My note"}
        self.by_rose(self.two, quote="theirs", wording="denied")

        found, shown = self.conflict(self.claim, typed)

        label = f"Appearance “{self.two}” › "
        self.assertEqual(self.labels(found.choices), [f"{label}Quote"])
        self.assertEqual(self.labels(found.taken), [f"{label}Wording"])
        self.assertEqual(self.labels(found.kept), [f"{label}Caveat note"])
        row = self.row(shown, "appearances", self.two)
        self.conflict(self.claim, shown)
        self.assertSaved(self.save(self.claim, typed=shown | {f"choose-{row}-quote": "mine"}))
        self.two.refresh_from_db()
        self.assertEqual((self.two.quote, self.two.wording, self.two.caveat_note), ("mine", "denied", "My note"))

    def test_a_row_that_they_added_is_there_and_stays(self):
        typed = self.form(self.claim) | {"context": "Mine"}
        self.claim.refresh_from_db()
        with history.change(self.claim, actor=self.researcher):
            third = Appearance(claim=self.claim, address="https://example.org/theirs", quote="three")
            third.save()

        found, shown = self.conflict(self.claim, typed)

        self.assertEqual(self.labels(found.taken), [f"Appearance “{third}”: added"])
        self.assertIn("Quote: three", found.taken[0].stored)
        self.assertEqual(shown[f"{self.row(shown, 'appearances', third)}-quote"], "three")
        self.assertSaved(self.save(self.claim, typed=shown))
        self.assertEqual(set(self.claim.appearances.values_list("quote", flat=True)), {"one", "two", "three"})
        self.assertEqual(Claim.objects.get().context, "Mine")

    def test_rows_that_both_added_stand_side_by_side(self):
        new = {"address": "https://example.org/mine", "wording": "alleged", "caveat": "none", "quote": "mine"}
        typed = self.form(self.claim) | {f"appearances-2-{name}": value for name, value in new.items()}
        typed["appearances-TOTAL_FORMS"] = "3"
        factories.AppearanceFactory(claim=self.claim, quote="theirs")

        found, shown = self.conflict(self.claim, typed)

        self.assertEqual(self.labels(found.kept), ["Appearance #4: added"])
        self.assertEqual((shown["appearances-INITIAL_FORMS"], shown["appearances-TOTAL_FORMS"]), ("3", "4"))
        self.assertEqual(shown["appearances-3-quote"], "mine")
        self.assertSaved(self.save(self.claim, typed=shown))
        self.assertEqual(set(self.claim.appearances.values_list("quote", flat=True)), {"one", "two", "mine", "theirs"})

    def test_the_same_row_added_by_both_is_one(self):
        place = {"address": "https://example.org/post", "wording": "alleged", "caveat": "none"}
        topic = factories.TopicFactory()
        typed = self.form(self.claim) | {f"appearances-2-{name}": value for name, value in place.items()}
        typed |= {"appearances-TOTAL_FORMS": "3", "appearances-2-quote": "mine"}
        typed |= {"claim_topics-TOTAL_FORMS": "1", "claim_topics-0-topic": str(topic.pk)}
        self.claim.refresh_from_db()
        with history.change(self.claim, actor=self.researcher):
            theirs = Appearance(claim=self.claim, **place, quote="theirs")
            theirs.save()
            ClaimTopic(claim=self.claim, topic=topic).save()

        found, shown = self.conflict(self.claim, typed)

        self.assertEqual(self.labels(found.choices), [f"Appearance “{theirs}” › Quote"])
        row = self.row(shown, "appearances", theirs)
        self.assertSaved(self.save(self.claim, typed=shown | {f"choose-{row}-quote": "mine"}))
        theirs.refresh_from_db()
        self.assertEqual((theirs.quote, self.claim.appearances.count()), ("mine", 3))
        self.assertEqual(self.claim.claim_topics.count(), 1)

    def test_a_row_that_they_removed_and_i_left_alone_goes(self):
        typed = self.form(self.claim) | {"context": "Mine"}
        self.removed_by_rose(self.one)

        found, shown = self.conflict(self.claim, typed)

        self.assertEqual(self.labels(found.taken), [f"Appearance “{self.one}”: removed"])
        self.assertSaved(self.save(self.claim, typed=shown))
        self.assertEqual(list(self.claim.appearances.all()), [self.two])

    def test_a_row_that_they_removed_and_i_changed_is_asked_about(self):
        for side, expected in [("mine", {"typed", "two"}), ("theirs", {"two"})]:
            with self.subTest(side):
                self.setUp()
                typed = self.form(self.claim)
                typed[f"{self.row(typed, 'appearances', self.one)}-quote"] = "typed"
                self.removed_by_rose(self.one)

                for _ in range(2):
                    found, typed = self.conflict(self.claim, typed)
                    (point,) = found.choices
                    self.assertEqual(point.label, f"Appearance “{self.one}”: they removed what you changed")
                    self.assertIn("Quote: one", point.before)
                    self.assertIn("Quote: typed", point.typed)
                    self.assertEqual(point.stored, "")

                self.assertSaved(self.save(self.claim, typed=typed | {f"choose-{point.name}": side}))
                self.assertEqual(set(self.claim.appearances.values_list("quote", flat=True)), expected)

    def test_a_row_that_i_removed_and_they_changed_is_asked_about(self):
        for side, expected in [("mine", {"two"}), ("theirs", {"newer", "two"})]:
            with self.subTest(side):
                self.setUp()
                typed = self.form(self.claim)
                typed[f"{self.row(typed, 'appearances', self.one)}-DELETE"] = "on"
                self.by_rose(self.one, quote="newer")

                for _ in range(2):
                    found, typed = self.conflict(self.claim, typed)
                    (point,) = found.choices
                    self.assertEqual(point.label, f"Appearance “{self.one}”: you removed what they changed")
                    self.assertIn("Quote: newer", point.stored)

                self.assertSaved(self.save(self.claim, typed=typed | {f"choose-{point.name}": side}))
                self.assertEqual(set(self.claim.appearances.values_list("quote", flat=True)), expected)

    def test_what_no_box_of_a_removed_row_shows_was_changed_as_well(self):
        typed = self.form(self.claim)
        typed[f"{self.row(typed, 'appearances', self.one)}-DELETE"] = "on"
        factories.RelayFactory(appearance=self.one)

        found, _ = self.conflict(self.claim, typed)

        what = "you removed what they changed, in something that its row does not show"
        self.assertEqual(self.labels(found.choices), [f"Appearance “{self.one}”: {what}"])

    def test_a_row_that_i_removed_and_nobody_changed_is_removed(self):
        typed = self.form(self.claim)
        typed[f"{self.row(typed, 'appearances', self.one)}-DELETE"] = "on"
        self.by_rose(self.two, quote="newer")

        found, shown = self.conflict(self.claim, typed)

        self.assertEqual(self.labels(found.kept), [f"Appearance “{self.one}”: removed"])
        self.assertSaved(self.save(self.claim, typed=shown))
        self.assertEqual(list(self.claim.appearances.values_list("quote", flat=True)), ["newer"])

    def test_a_removed_row_is_named_even_if_what_it_refers_to_is_gone(self):
        typed = self.form(self.claim)
        typed[f"{self.row(typed, 'appearances', self.one)}-quote"] = "typed"
        article = self.one.article
        self.removed_by_rose(self.one)
        with history.change(article, actor=self.researcher):
            article.delete()

        found, _ = self.conflict(self.claim, typed)

        self.assertIn("they removed what you changed", found.choices[0].label)

    def test_a_part_with_a_page_of_its_own_is_merged_in_its_whole(self):
        first = factories.RelayFactory(appearance=self.one, note="first")
        typed = self.form(self.one) | {"quote": "mine", "relays-0-note": "my note"}
        self.by_rose(first, note="their note")
        self.by_rose(self.claim, "Elsewhere", context="Not on this page")

        found, shown = self.conflict(self.one, typed)

        self.assertEqual(self.labels(found.choices), [f"Station “{first}” › Note"])
        self.assertEqual((self.labels(found.kept), found.taken), (["Quote"], []))
        self.assertEqual([change.reason for change in found.changes], ["Elsewhere", ""])
        self.assertSaved(self.save(self.one, typed=shown | {"choose-relays-0-note": "theirs"}))
        self.assertEqual(
            (Relay.objects.get().note, Appearance.objects.get(pk=self.one.pk).quote), ("their note", "mine")
        )

    def test_moments_in_rows(self):
        review = factories.ReviewFactory(author=self.editor)
        at = timezone.now()
        request = factories.ReplyRequestFactory(review=review, asked_at=at, asked_whom="Old")
        typed = self.form(review) | {"reply_requests-0-asked_whom": "Mine", "reply_requests-0-asked_at_0": "2025-01-01"}
        later = at + timedelta(hours=1)
        self.by_rose(request, asked_at=later)

        found, shown = self.conflict(review, typed)

        self.assertEqual(found.choices[0].stored, f"{later:%Y-%m-%d %H:%M} UTC")
        self.assertSaved(self.save(review, typed=shown | {"choose-reply_requests-0-asked_at": "theirs"}))
        request.refresh_from_db()
        self.assertEqual((request.asked_whom, request.asked_at), ("Mine", later))

    def test_comparing_many_rows_takes_no_more_queries_than_comparing_two(self):
        counts = []
        for _ in range(2):
            typed = self.form(self.claim) | {"context": "Mine"}
            self.by_rose(self.claim, context=f"Theirs {len(counts)}")
            request = RequestFactory().post(self.address(self.claim), typed)
            request.user = User.objects.get(pk=self.editor.pk)
            with CaptureQueriesContext(connection) as queries:
                found = conflict(admin.site.get_model_admin(Claim), request, str(self.claim.pk))
            self.assertEqual(self.labels(found.choices), ["Context"])
            counts.append(len(queries))
            for _ in range(20):
                factories.AppearanceFactory(claim=self.claim)

        self.assertEqual(counts[0], counts[1])


class FileTests(StoreMixin, ConflictTestCase):
    def test_an_uploaded_file_stays_attached_to_its_row(self):
        review = factories.ReviewFactory(summary="Old.")
        new = {"position": "2", "title": "Mine", "kind": "document", "stance": "refutes", "interest": "unknown"}
        typed = self.form(review) | {f"evidence-0-{name}": value for name, value in new.items()}
        typed |= {"evidence-TOTAL_FORMS": "1", "summary": "Mine."}
        factories.EvidenceFactory(review=review, title="Theirs")
        self.by_rose(review, summary="Theirs.")

        found, shown = self.conflict(review, typed, **{"evidence-0-file": upload(PDF, "log.pdf")})
        self.assertEqual(self.labels(found.kept), ["Evidence #2: added"])
        self.assertEqual(shown["evidence-1-title"], "Mine")
        _, shown = self.conflict(review, shown)
        self.assertSaved(self.save(review, typed=shown | {"choose-summary": "mine"}))

        held = {one.title: one.capture_sha256 for one in review.evidence.all()}
        self.assertEqual(held, {"Theirs": "", "Mine": hashlib.sha256(PDF).hexdigest()})

    def test_a_file_for_a_row_that_they_removed_is_asked_about(self):
        evidence = factories.EvidenceFactory(title="Removed")
        review = evidence.review
        typed = self.form(review)
        self.removed_by_rose(evidence)

        found, shown = self.conflict(review, typed, **{"evidence-0-file": upload(PDF, "log.pdf")})

        self.assertEqual(self.labels(found.choices), ["Evidence “Removed”: they removed what you changed"])
        self.assertSaved(self.save(review, typed=shown | {"choose-evidence-0": "mine"}))
        self.assertEqual(review.evidence.get().capture_sha256, hashlib.sha256(PDF).hexdigest())
