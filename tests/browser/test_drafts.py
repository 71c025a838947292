"""What somebody types is kept in their browser until it is saved or they sign out."""

from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from factcheck.models import Claim, Claimant
from tests import factories
from tests.browser.desk import BrowserTestCase


class DraftTests(BrowserTestCase):
    def setUp(self):
        super().setUp()
        self.claim = factories.ClaimFactory(text="The bridge is open.")
        self.article = factories.ArticleFactory(headline="The bridge")

    def type(self, window):
        """Boxes, a choice, a tick and a new row with a reference."""
        page = window.go(self.address(self.claim))
        page.fill("#id_context", "Two\nlines typed.")
        page.select_option("#id_priority", "4")
        page.click("#appearances-group .add-row a")
        page.fill("#id_appearances-0-quote", "typed quote")
        page.click("#appearances-0 .field-article .select2-selection")
        page.locator(".select2-search__field").press_sequentially("brid")
        page.locator(".select2-results__option", has_text="The bridge").click()

    def assertTyped(self, page):
        expect(page.locator("#id_context")).to_have_value("Two\nlines typed.")
        expect(page.locator("#id_priority")).to_have_value("4")
        expect(page.locator("#id_appearances-0-quote")).to_have_value("typed quote")
        expect(page.locator("#appearances-0 .field-article .select2-selection")).to_contain_text("The bridge")

    def assertSavedAsTyped(self, window):
        self.assertEqual(window.path(), self.address("claim", "changelist"))
        self.claim.refresh_from_db()
        self.assertEqual((self.claim.context, self.claim.priority), ("Two\nlines typed.", 4))
        appearance = self.claim.appearances.get()
        self.assertEqual((appearance.quote, appearance.article), ("typed quote", self.article))

    def assertNothingIsKeptBy(self, window):
        window.page.wait_for_function("() => !Object.values(localStorage).some((text) => text.includes('fields'))")

    def test_after_a_session_that_ended_everything_typed_is_back(self):
        edna = self.window("edna")
        self.type(edna)
        edna.end_session()
        edna.save()
        expect(edna.page.locator("#id_username")).to_be_visible()
        self.assertEqual(Claim.objects.get().context, "")

        edna.sign_in("edna")

        self.assertEqual(edna.path(), self.address(self.claim))
        expect(edna.page.locator(".desk-notice")).to_contain_text("is back. Save it, or discard it.")
        self.assertTyped(edna.page)
        edna.save()
        self.assertSavedAsTyped(edna)
        self.assertNothingIsKeptBy(edna)

    def test_what_a_step_asked_is_back_when_it_is_taken_again(self):
        edna = self.window("edna")

        def decline():
            with edna.page.expect_navigation(wait_until="load"):
                edna.page.click("button[value=decline]")

        edna.go(self.address(self.claim))
        decline()
        edna.page.fill("#id_reason", "A matter of taste.")
        edna.wait_until_kept("A matter of taste.")
        edna.end_session()
        with edna.page.expect_navigation(wait_until="load"):
            edna.page.click("main [type=submit]")
        edna.sign_in("edna")
        expect(edna.page.locator("#desk-draft")).to_be_hidden()
        self.assertEqual(Claim.objects.get().declined_reason, "")

        decline()
        expect(edna.page.locator("#id_reason")).to_have_value("A matter of taste.")
        expect(edna.page.locator("#desk-draft")).to_contain_text("is back. Use it, or discard it.")
        edna.page.get_by_role("button", name="Discard").click()
        expect(edna.page.locator("#id_reason")).to_have_value("")
        edna.page.fill("#id_reason", "Nobody can know.")
        with edna.page.expect_navigation(wait_until="load"):
            edna.page.click("main [type=submit]")

        self.assertEqual(Claim.objects.get().declined_reason, "Nobody can know.")
        self.assertNothingIsKeptBy(edna)

    def test_it_survives_the_closing_of_the_tab(self):
        edna = self.window("edna")
        self.type(edna)
        edna.wait_until_kept("The bridge")
        edna.page.close()

        edna.open()
        edna.go(self.address(self.claim))

        self.assertTyped(edna.page)
        edna.save()
        self.assertSavedAsTyped(edna)
        self.assertNothingIsKeptBy(edna)

    def test_it_survives_reloading_and_can_be_discarded(self):
        edna = self.window("edna")
        self.type(edna)
        edna.page.reload()
        self.assertTyped(edna.page)

        with edna.page.expect_navigation(wait_until="load"):
            edna.page.get_by_role("button", name="Discard").click()

        expect(edna.page.locator("#id_context")).to_have_value("")
        expect(edna.page.locator(".desk-notice")).to_be_hidden()
        self.assertNothingIsKeptBy(edna)

    def test_a_new_record_is_kept_as_well(self):
        edna = self.window("edna")
        edna.go(self.address("topic", "add"))
        edna.page.fill("#id_name", "New topic")
        edna.page.reload()

        expect(edna.page.locator("#id_name")).to_have_value("New topic")
        edna.page.fill("#id_slug", "new-topic")
        edna.save()
        edna.go(self.address("topic", "add"))

        expect(edna.page.locator("#id_name")).to_have_value("")
        self.assertNothingIsKeptBy(edna)

    def test_another_tab_does_not_get_what_is_being_typed_in_this_one(self):
        edna = self.window("edna")
        first = edna.go(self.address("topic", "add"))
        first.fill("#id_name", "In the first tab")
        edna.wait_until_kept("In the first tab")

        second = edna.open()
        edna.go(self.address("topic", "add"))
        second.wait_for_selector("input[name=draft]", state="attached")

        expect(second.locator("#id_name")).to_have_value("")
        expect(second.locator(".desk-notice")).to_be_hidden()

    def test_if_somebody_saved_meanwhile_both_are_compared(self):
        edna = self.window("edna")
        self.type(edna)
        edna.end_session()
        edna.save()
        factories.change(Claim.objects.get(), context="Theirs.")
        edna.sign_in("edna")

        expect(edna.page.locator(".desk-notice")).to_contain_text("was saved since")
        expect(edna.page.locator("#id_context")).to_have_value("Theirs.")
        with edna.page.expect_navigation(wait_until="load"):
            edna.page.get_by_role("button", name="Compare and merge").click()

        expect(edna.page.locator(".desk-choice")).to_contain_text("Theirs.")
        self.assertTyped(edna.page)
        edna.page.reload()  # sends it again
        edna.page.get_by_label("Mine: what stands in the field below").check()
        edna.save()
        self.assertSavedAsTyped(edna)
        self.assertNothingIsKeptBy(edna)

    def test_an_open_question_is_asked_again(self):
        topic = factories.TopicFactory(name="Old")
        edna = self.window("edna")
        edna.go(self.address(topic))
        factories.change(topic, name="Theirs")
        edna.page.fill("#id_name", "Mine")
        edna.save()
        expect(edna.page.locator(".desk-choice")).to_have_count(1)
        edna.page.get_by_label("Mine: what stands in the field below").check()
        edna.go(self.address(topic))

        expect(edna.page.locator("#id_name")).to_have_value("Theirs")
        with edna.page.expect_navigation(wait_until="load"):
            edna.page.get_by_role("button", name="Compare and merge").click()

        expect(edna.page.locator(".desk-choice")).to_contain_text("Mine")
        topic.refresh_from_db()
        self.assertEqual(topic.name, "Theirs")

    def test_what_the_server_refused_is_kept_too(self):
        edna = self.window("edna")
        edna.go(self.address(self.claim))
        edna.page.fill("#id_made_on", "last year")
        edna.page.fill("#id_context", "Typed.")
        edna.save()
        expect(edna.page.locator(".errorlist").first).to_be_visible()
        edna.page.fill("#id_context", "Typed on.")
        edna.go(self.address(self.claim))

        expect(edna.page.locator("#id_context")).to_have_value("Typed on.")
        expect(edna.page.locator("#id_made_on")).to_have_value("last year")
        self.assertEqual(len(edna.kept()), 1)

    def test_signing_out_forgets_everything(self):
        edna = self.window("edna")
        self.type(edna)
        edna.wait_until_kept("The bridge")

        with edna.page.expect_navigation(wait_until="load"):
            edna.page.click("#logout-form button")

        self.assertEqual(edna.kept(), [])
        edna.sign_in("edna")
        edna.go(self.address(self.claim))
        expect(edna.page.locator("#id_context")).to_have_value("")

    def test_a_box_that_completes_names_says_that_it_can_not_after_the_session(self):
        edna = self.window("edna")
        edna.go(self.address(self.claim))
        edna.end_session()

        edna.page.click(".field-claimant .select2-selection")

        expect(edna.page.locator(".select2-results__message")).to_have_text("The results could not be loaded.")

    def test_another_person_gets_nothing_of_it(self):
        edna = self.window("edna")
        self.type(edna)
        edna.end_session()
        edna.save()

        edna.sign_in("rose")

        self.assertEqual(edna.path(), self.address(self.claim))
        edna.page.wait_for_selector("input[name=draft]", state="attached")
        expect(edna.page.locator("#id_context")).to_have_value("")

    def test_secrets_are_never_kept(self):
        claimant = factories.ClaimantFactory(protected_identity_note="Stored secret")
        edna = self.window("edna")
        edna.go(self.address(claimant))
        edna.page.evaluate(
            """() => {
                const box = Object.assign(document.createElement("input"), {name: "second", type: "password"});
                document.getElementById("claimant_form").append(box);
            }"""
        )
        edna.page.fill("input[name=second]", "Typed secret")
        edna.page.fill("#id_protected_identity_note", "Typed secret")
        edna.page.fill("#id_role", "Typed role")
        edna.wait_until_kept("Typed role")

        (kept,) = edna.kept()
        token = edna.page.input_value("#claimant_form input[name=csrfmiddlewaretoken]")
        for secret in ("secret", token):
            self.assertNotIn(secret, kept)

    def test_a_secret_that_was_not_kept_is_not_taken_for_emptied(self):
        claimant = factories.ClaimantFactory(role="Old", protected_identity_note="Stored secret")
        edna = self.window("edna")
        edna.go(self.address(claimant))
        edna.page.fill("#id_role", "Mine")
        edna.end_session()
        edna.save()
        factories.change(Claimant.objects.get(pk=claimant.pk), role="Theirs")
        edna.sign_in("edna")
        with edna.page.expect_navigation(wait_until="load"):
            edna.page.get_by_role("button", name="Compare and merge").click()

        edna.page.get_by_label("Mine: what stands in the field below").check()
        edna.save()

        claimant.refresh_from_db()
        self.assertEqual((claimant.role, claimant.protected_identity_note), ("Mine", "Stored secret"))

    def test_a_browser_that_stores_nothing_is_no_obstacle(self):
        for broken in (
            "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('', 'SecurityError'); }})",
            "Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError'); }",
        ):
            with self.subTest(broken):
                edna = self.window("edna")
                edna.context.add_init_script(broken)
                edna.go(self.address(self.claim))
                edna.page.fill("#id_context", broken)
                edna.save()

                self.assertEqual(edna.path(), self.address("claim", "changelist"))
                self.claim.refresh_from_db()
                self.assertEqual(self.claim.context, broken)
                # Django's own scripts do complain.
                self.assertFalse([complaint for complaint in edna.complaints if "desk.js" in complaint])
                edna.complaints.clear()

    def test_too_much_and_too_old_is_not_kept(self):
        edna = self.window("edna")
        edna.go(self.address(self.claim))
        edna.page.fill("#id_context", "short")
        edna.wait_until_kept("short")
        edna.page.evaluate("document.getElementById('id_context').value = 'x'.repeat(1_100_000)")
        self.assertNothingIsKeptBy(edna)

        edna.page.fill("#id_context", "old")
        edna.wait_until_kept('"old"')
        month = (timezone.now() + timedelta(days=31)).timestamp() * 1000
        later = edna.open()
        later.add_init_script(f"Date.now = () => {month}")
        edna.go(self.address("topic", "changelist"))
        self.assertEqual(edna.kept(), [])

    def test_signing_in_again_in_another_tab_loses_nothing(self):
        edna = self.window("edna")
        first = edna.page
        self.type(edna)
        edna.end_session()
        edna.open()
        edna.sign_in("edna")
        edna.page = first
        edna.save()

        expect(first.get_by_role("heading", name="Nothing was saved")).to_be_visible()
        with first.expect_navigation(wait_until="load"):
            first.get_by_role("link", name="Open the form again").click()
        self.assertTyped(first)
        edna.save()
        self.assertSavedAsTyped(edna)
