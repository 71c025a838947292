"""The editorial steps on the desk: which buttons there are, the page that asks, and what is refused."""

from django.urls import reverse

from factcheck.models import Caveat, Claim, Correction, Review, ReviewState, Topic
from tests import factories
from tests.desk import DeskTestCase


class StepsTestCase(DeskTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        factories.scale()
        factories.desk()

    def buttons(self, record):
        return [step.name for step in self.client.get(self.address(record)).context["open_steps"]]

    def as_(self, user):
        self.client.force_login(user)
        return self


class ButtonTests(StepsTestCase):
    def test_there_is_a_button_for_exactly_what_one_may_do_now(self):
        claim = factories.ClaimFactory()
        of_all = {"assign_to_me", "assign", "start_review"}
        self.assertEqual(set(self.as_(self.viewer).buttons(claim)), set())
        self.assertEqual(set(self.as_(self.researcher).buttons(claim)), of_all)
        self.assertEqual(set(self.as_(self.reviewer).buttons(claim)), of_all | {"decline"})
        self.assertEqual(set(self.as_(self.editor).buttons(claim)), of_all | {"decline", "list_claim"})

        review = factories.submitted_review(claim, author=self.reviewer)

        self.assertEqual(set(self.as_(self.reviewer).buttons(review)), {"call_back"})
        self.assertEqual(set(self.as_(self.editor).buttons(review)), {"approve_and_publish", "return_for_changes"})
        self.assertIn("approve_and_publish", self.buttons(claim))

    def test_a_step_that_is_not_offered_is_not_taken(self):
        review = factories.submitted_review(author=self.editor)

        response = self.step(review, "approve_and_publish")

        self.assertContains(response, "No action selected.")
        self.assertEqual(Review.objects.get().state, ReviewState.SUBMITTED)

    def test_listing_needs_the_right(self):
        claim = factories.ClaimFactory()

        self.as_(self.researcher).step(claim, "list_claim")

        self.assertFalse(Claim.objects.get().is_public)


class PageTests(StepsTestCase):
    def ask(self, record, name):
        return self.client.post(self.address(record), {"CHANGE_FORM-action": name, "_selected_action": record.pk})

    def test_a_step_asks_first(self):
        claim = factories.ClaimFactory()

        page = self.ask(claim, "list_claim")

        self.assertContains(page, "Readers see the claim from now on")
        self.assertContains(page, "Why?")
        self.assertFalse(Claim.objects.get().is_public)

        response = self.step(claim, "list_claim", reason="It matters.", **{f"seen-claim-{claim.pk}": claim.version})
        self.assertContains(response, "is public now")
        change = self.last_change(claim)
        self.assertEqual((change.action, change.actor, change.reason), ("listed", self.editor, "It matters."))

    def test_assigning_to_oneself_asks_nothing(self):
        claim = factories.ClaimFactory()

        self.ask(claim, "assign_to_me")

        self.assertEqual(Claim.objects.get().assigned_to, self.editor)

    def test_what_is_missing_comes_back_with_what_was_typed(self):
        claim = factories.published_review(factories.ClaimFactory(listed=True)).claim

        again = self.step(claim, "unlist_claim", reason="Why <i>")

        self.assertContains(again, "This field is required.")
        self.assertContains(again, "Why &lt;i&gt;")
        self.assertTrue(Claim.objects.get().is_public)
        self.assertContains(self.step(claim, "unlist_claim", note="It was private."), "is not public any more")
        self.assertEqual(Claim.objects.get().unlisted_note, "It was private.")

    def test_a_step_from_a_stale_page_is_refused(self):
        claim = factories.ClaimFactory()

        response = self.step(claim, "list_claim", **{f"seen-claim-{claim.pk}": claim.version - 1})

        self.assertEqual(response.status_code, 409)
        self.assertContains(response, "Somebody saved this meanwhile", status_code=409)
        self.assertFalse(Claim.objects.get().is_public)

    def test_a_step_does_not_throw_away_what_was_typed(self):
        claim = factories.ClaimFactory(context="Two\nlines")
        typed = self.form(claim)
        action = {"CHANGE_FORM-action": "list_claim", "_selected_action": claim.pk}

        refused = self.client.post(self.address(claim), {**typed, "context": "Typed.", **action})

        self.assertContains(refused, "Save what you changed first")
        self.assertContains(refused, "Typed.")
        self.assertContains(self.client.post(self.address(claim), {**typed, **action}), "Readers see the claim")

    def test_the_site_link_of_a_claim_is_there_once_it_is_public(self):
        claim = factories.ClaimFactory()
        public = reverse("factcheck:claim-detail", args=[claim.slug])

        self.assertNotContains(self.client.get(self.address(claim)), f'"{public}"')
        self.step(claim, "list_claim")
        self.assertContains(self.client.get(self.address(claim)), f'"{public}"')


class ReviewTests(StepsTestCase):
    def test_from_recorded_to_published_by_two_people(self):
        claim = factories.ClaimFactory(text="The harbour was closed.", listed=True)
        response = self.as_(self.reviewer).step(claim, "start_review")
        review = Review.objects.get()
        self.assertEqual(response.redirect_chain, [(self.address(review), 302)])
        self.assertContains(self.client.get(self.address(claim)), "It cannot be submitted yet")
        self.assertContains(self.client.get(self.address(claim)), f"{self.address(review)}#id_rating")
        typed = {"rating": factories.rating("false").pk, "summary": "It was open.", "rationale": "The log."}
        self.assertSaved(self.save(review, **typed))
        review.refresh_from_db()
        factories.EvidenceFactory(review=review, origin="Port")

        self.assertContains(self.step(claim, "submit"), "is submitted")
        self.assertContains(self.step(review, "approve_and_publish"), "No action selected.")

        self.as_(self.editor)
        self.assertContains(self.client.get(self.address(claim)), "from 1 origin")
        self.assertContains(self.step(claim, "approve_and_publish"), "is published")
        page = self.client.get(f"/claims/{claim.slug}/")
        self.assertContains(page, "It was open.")
        self.assertContains(page, "Name of rita")
        self.assertContains(page, "Name of edna")

    def test_an_edit_makes_a_draft_of_what_was_submitted_and_says_so(self):
        review = factories.submitted_review(author=self.reviewer)

        response = self.client.post(
            self.address(review), {**self.form(review), "summary": "Better.", "_continue": "x"}, follow=True
        )

        self.assertContains(response, "your edit made it a draft again")
        self.assertEqual(Review.objects.get().state, ReviewState.DRAFT)
        self.assertNotIn("approve_and_publish", self.buttons(review))

    def test_an_edit_to_evidence_does_so_too(self):
        review = factories.submitted_review(author=self.reviewer)

        self.assertSaved(self.save(review, **{"evidence-0-title": "Another log"}))

        self.assertEqual(Review.objects.get().state, ReviewState.DRAFT)
        self.assertEqual(review.evidence.get().title, "Another log")

    def test_saving_without_a_change_leaves_it_submitted(self):
        review = factories.submitted_review(author=self.reviewer)

        self.assertSaved(self.save(review))

        self.assertEqual(Review.objects.get().state, ReviewState.SUBMITTED)

    def test_what_was_published_is_corrected_in_public(self):
        claim = factories.published_review(factories.ClaimFactory(listed=True), title="The first").claim
        self.as_(self.reviewer).step(claim, "start_review")
        review = Review.objects.open().get()
        self.assertSaved(self.save(review, rating=factories.rating("half-true").pk, title="The second"))
        self.step(claim, "submit")

        self.as_(self.editor)
        self.assertContains(self.client.get(self.address(claim)), "What is new against the published review")
        again = self.step(claim, "approve_and_publish", about_former="corrected")
        self.assertContains(again, "Tell readers what was wrong")
        self.assertContains(again, "Say what kind of mistake it was.")
        done = self.step(
            claim,
            "approve_and_publish",
            about_former="corrected",
            severity="verdict-changed",
            note="It was another log.",
        )

        self.assertContains(done, "is published")
        page = self.client.get(f"/claims/{claim.slug}/")
        for words in ("The first", "The second", "It was another log.", "Verdict changed"):
            self.assertContains(page, words)
        self.assertEqual(Correction.objects.get().review, review)

    def test_a_new_wording_is_written_on_the_review(self):
        claim = factories.published_review(factories.ClaimFactory(listed=True)).claim
        self.as_(self.reviewer).step(claim, "start_review")
        review = Review.objects.open().get()

        self.assertSaved(self.save(review, claim_reviewed="The harbour was closed in May.", reviewed_made_on="2025-05"))

        review.refresh_from_db()
        self.assertEqual(review.claim_reviewed, "The harbour was closed in May.")
        self.assertEqual(str(review.reviewed_made_on_partial), "2025-05")
        self.assertNotIn("claim_reviewed", self.form(factories.ReviewFactory()))

    def test_what_is_missing_leads_to_where_it_is_given(self):
        claim = factories.PredictionFactory(claimant=factories.ClaimantFactory(), resolution="")
        review = factories.ReviewFactory(claim=claim, rating=None, summary="", rationale="")
        factories.EvidenceFactory(review=review, archived_url="https://archive.example.org/1")
        loose = factories.EvidenceFactory(review=review, title="A log", url="https://example.org/log", archived_url="")

        lacking = self.client.get(self.address(claim)).context["work"].lacking

        self.assertIn(f"{self.address(review)}#evidence-1", [one.address for one in lacking])
        self.assertIn(f"“{loose.title}” is not archived", " ".join(one.item.message for one in lacking))
        self.assertIn(f"{self.address(claim)}#id_resolution", [one.address for one in lacking])
        for one in lacking:
            address, _, anchor = one.address.partition("#")
            with self.subTest(one.address):
                self.assertContains(self.client.get(address), f'id="{anchor}"' if anchor else "list_claim")

    def test_returned_with_a_note_and_withdrawn_with_another(self):
        review = factories.submitted_review(factories.ClaimFactory(listed=True), author=self.reviewer)
        self.step(review, "return_for_changes", reason="Name the log.")
        self.assertContains(self.as_(self.reviewer).client.get(self.address(review)), "Name the log.")
        self.step(review, "submit")
        self.as_(self.editor).step(review, "approve_and_publish")

        self.step(review.claim, "withdraw", note="The log was forged.")

        page = self.client.get(f"/claims/{review.claim.slug}/")
        self.assertContains(page, "The log was forged.")
        self.assertContains(page, review.rationale)

    def test_what_changed_since_one_last_had_it_is_shown(self):
        review = factories.submitted_review(author=self.reviewer)
        self.step(review, "return_for_changes", reason="Name the log.")
        self.as_(self.reviewer)
        self.assertSaved(self.save(review, rationale="The log of May."))
        self.step(review, "submit")

        page = self.as_(self.editor).client.get(self.address(review))

        self.assertContains(page, "What changed since you last had it")
        self.assertContains(page, "<ins>The log of May.</ins>")


class PreviewTests(StepsTestCase):
    def preview(self, claim):
        return self.client.get(reverse("admin:factcheck_claim_preview", args=[claim.pk]))

    def test_the_preview_is_the_page_that_readers_will_see(self):
        claim = factories.ClaimFactory(text="The harbour was closed.")
        factories.AppearanceFactory(claim=claim, caveat=Caveat.NOT_VERIFIED, article__headline="Harbour closed?")
        review = factories.submitted_review(claim, author=self.reviewer, replies=1)

        page = self.preview(claim)

        for words in (
            "Preview for the desk",
            "The harbour was closed.",
            review.rationale,
            "Name of rita",
            "Reviewed by",
        ):
            self.assertContains(page, words)
        self.assertIn("no-store", page.headers["Cache-Control"])
        self.assertNotContains(page, review.evidence.get().note)
        self.assertEqual(self.client.get(f"/claims/{claim.slug}/").status_code, 404)
        self.assertEqual(Review.objects.get().state, ReviewState.SUBMITTED)

    def test_it_differs_from_the_public_page_by_the_notice_alone(self):
        claim = factories.published_review(factories.ClaimFactory(listed=True), evidence=2).claim
        notice = (
            '<p class="notice" role="status"><strong>Preview for the desk.</strong> Readers do not see this; links '
        )

        preview, public = (
            self.preview(claim).content.decode(),
            self.client.get(f"/claims/{claim.slug}/").content.decode(),
        )

        lines = [line for line in preview.splitlines() if not line.startswith(notice)]
        self.assertEqual(lines, public.splitlines())

    def test_it_is_for_the_desk(self):
        claim = factories.ClaimFactory()
        self.client.logout()

        self.assertEqual(self.preview(claim).status_code, 302)
        self.assertEqual(self.as_(self.viewer).preview(claim).status_code, 200)


class BulkTests(StepsTestCase):
    def bulk(self, name, claims, **typed):
        data = {"action": name, "_selected_action": [claim.pk for claim in claims]}
        return self.client.post(self.address("claim", "changelist"), {**data, **typed}, follow=True)

    def test_a_page_first_shows_what_will_change_and_what_will_not(self):
        private, listed = factories.ClaimFactory(), factories.ClaimFactory(listed=True, text="Was listed.")

        page = self.bulk("list_claim", [private, listed])

        self.assertContains(page, "1 of 2 can be changed")
        self.assertContains(page, "This claim is listed already.")
        self.assertFalse(Claim.objects.get(pk=private.pk).is_public)

        done = self.bulk("list_claim", [private, listed], confirmed="yes")
        self.assertContains(done, "“1 of 2” is public now.")
        self.assertContains(done, "“Was listed.”: This claim is listed already.")

    def test_every_row_gets_its_history(self):
        claims = [factories.ClaimFactory(listed=True) for _ in range(2)]

        self.bulk("unlist_claim", claims, confirmed="yes", reason="Cleaning up.")

        self.assertFalse(Claim.objects.public().exists())
        self.assertEqual([self.last_change(one).reason for one in claims], ["Cleaning up."] * 2)

    def test_priority_topic_and_assignment(self):
        claims, topic = [factories.ClaimFactory() for _ in range(2)], factories.TopicFactory()

        self.bulk("set_priority", claims, confirmed="yes", priority=4)
        self.bulk("set_topic", claims, confirmed="yes", topic=topic.pk)
        self.bulk("assign", claims, confirmed="yes", to=self.reviewer.pk)
        self.bulk("decline", claims[:1], confirmed="yes", reason="A matter of taste.")

        self.assertEqual(set(Claim.objects.values_list("priority", "assigned_to")), {(4, self.reviewer.pk)})
        self.assertEqual(Topic.objects.get().claims.count(), 2)
        self.assertEqual(Claim.objects.get(pk=claims[0].pk).declined_reason, "A matter of taste.")

    def test_only_what_one_has_the_right_to_is_offered(self):
        factories.ClaimFactory()
        offered = self.as_(self.researcher).client.get(self.address("claim", "changelist"))

        self.assertContains(offered, 'value="assign"')
        self.assertNotContains(offered, 'value="list_claim"')
        self.assertNotContains(offered, 'value="decline"')

    def test_a_row_saved_between_the_two_pages_is_left_out(self):
        claims = [factories.ClaimFactory() for _ in range(2)]
        seen = {f"seen-claim-{claim.pk}": claim.version for claim in claims}
        factories.change(claims[0], context="Newer.")

        done = self.bulk("list_claim", claims, confirmed="yes", **seen)

        self.assertContains(done, "Somebody saved this meanwhile")
        self.assertEqual(list(Claim.objects.public()), [claims[1]])


class AskingTests(StepsTestCase):
    """Changing what readers know asks: was something wrong?"""

    def test_a_new_wording_of_a_listed_claim_asks(self):
        claim = factories.ClaimFactory(listed=True, text="It was closed in May.")

        refused = self.save(claim, text="It was closed in June.")
        self.assertContains(refused, "say below whether something in it was wrong")
        self.assertContains(refused, "It was closed in June.")
        self.assertContains(
            self.save(claim, text="It was closed in June.", about_change="corrected"), "Tell readers what was wrong."
        )
        note = {"about_change": "corrected", "correction_severity": "detail", "correction_note": "The month was wrong."}
        self.assertSaved(self.save(claim, text="It was closed in June.", **note))

        correction = Correction.objects.get()
        self.assertEqual((correction.before, correction.after), ("It was closed in May.", "It was closed in June."))
        self.assertContains(self.client.get(f"/claims/{claim.slug}/"), "The month was wrong.")

    def test_that_nothing_was_wrong_stands_in_the_history(self):
        claim = factories.ClaimFactory(listed=True)

        self.assertSaved(self.save(claim, text="Clearer words.", about_change="nothing-wrong", reason="Clearer."))

        self.assertEqual(self.last_change(claim).reason, "Nothing was wrong. Clearer.")
        self.assertFalse(Correction.objects.exists())

    def test_a_caveat_asks_on_the_claims_page_and_on_its_own(self):
        claim = factories.ClaimFactory(listed=True)
        appearance = factories.AppearanceFactory(claim=claim)
        changed = {"appearances-0-caveat": "disputed"}

        self.assertContains(self.save(claim, **changed), "say below whether something in it was wrong")
        self.assertContains(self.save(appearance, caveat="disputed"), "say below whether something in it was wrong")
        self.assertSaved(self.save(claim, **changed, about_change="nothing-wrong"))

        appearance.refresh_from_db()
        self.assertEqual(appearance.caveat, "disputed")

    def test_other_changes_and_private_claims_do_not_ask(self):
        listed, private = factories.ClaimFactory(listed=True), factories.ClaimFactory()

        self.assertSaved(self.save(listed, context="More."))
        self.assertNotIn("about_change", self.form(private))
        self.assertSaved(self.save(private, text="Another wording."))
