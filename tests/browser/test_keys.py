"""The desk from the keyboard."""

from django.urls import reverse
from playwright.sync_api import expect

from factcheck.models import Claim
from tests import factories
from tests.browser.desk import BrowserTestCase


class KeyTests(BrowserTestCase):
    def setUp(self):
        super().setUp()
        self.topic = factories.TopicFactory(name="Old")
        self.edna_window = self.window("edna")

    def test_saving_while_typing(self):
        edna = self.edna_window
        for key, page in [("Control+s", "changelist"), ("Control+Shift+S", "change"), ("Meta+s", "changelist")]:
            with self.subTest(key):
                edna.go(self.address(self.topic))
                edna.page.fill("#id_name", key)
                with edna.page.expect_navigation(wait_until="load"):
                    edna.page.locator("#id_name").press(key)

                self.topic.refresh_from_db()
                self.assertEqual(self.topic.name, key)
                self.assertEqual(edna.path(), self.address(self.topic if page == "change" else "topic", page))

    def test_jumping_to_search(self):
        edna = self.edna_window
        edna.go(self.address("topic", "changelist"))
        edna.page.keyboard.press("Escape")
        edna.page.evaluate("document.activeElement.blur()")

        edna.page.keyboard.press("/")
        edna.page.keyboard.type("a/b?n")

        expect(edna.page.locator("#searchbar")).to_be_focused()
        expect(edna.page.locator("#searchbar")).to_have_value("a/b?n")
        expect(edna.page.locator("dialog")).to_have_count(0)

    def test_saving_and_the_next_in_the_queue(self):
        one, other = (factories.ClaimFactory(text=f"The bridge {n} is open.") for n in (1, 2))
        edna = self.edna_window
        for key, box in [("Control+Enter", "#id_context"), ("n", None)]:
            with self.subTest(key):
                edna.go(reverse("admin:index"))
                edna.page.locator("#content-main a", has_text="Unassigned").first.click()
                edna.page.locator("#result_list tbody th a").last.click()
                edna.page.wait_for_load_state("load")
                first = edna.path()
                edna.page.fill("#id_context", key)
                edna.page.locator("#id_context").press("n" if box is None else "End")
                self.assertEqual(edna.path(), first)
                with edna.page.expect_navigation(wait_until="load"):
                    if box:
                        edna.page.locator(box).press(key)
                    else:
                        edna.page.evaluate("document.activeElement.blur()")
                        edna.page.keyboard.press(key)

                self.assertNotEqual(edna.path(), first)
                self.assertIn(edna.path(), [self.address(one), self.address(other)])
                saved = Claim.objects.get(pk=first.split("/")[-3])
                self.assertTrue(saved.context.startswith(key), saved.context)
                self.assertEqual(edna.kept(), [])

    def test_a_page_may_offer_a_key_of_its_own(self):
        page = self.edna_window.go(self.address(self.topic))
        page.keyboard.press("n")
        page.evaluate(
            """() => {
                const link = document.createElement("a");
                link.href = "#next";
                link.dataset.deskKey = "n";
                document.querySelector("main").append(link);
            }"""
        )
        page.locator("#id_name").press("n")
        self.assertNotIn("#next", page.url)

        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("n")

        page.wait_for_url("**#next")

    def test_the_keys_of_a_page_are_shown(self):
        edna = self.edna_window
        page = edna.go(self.address(self.topic))
        page.locator("#id_name").press("?")
        expect(page.locator("dialog")).to_have_count(0)
        page.evaluate("document.activeElement.blur()")

        page.keyboard.press("?")

        dialog = page.get_by_role("dialog", name="Keys")
        expect(dialog.locator("kbd")).to_have_text(["Ctrl+S", "Ctrl+Shift+S", "/", "?"])
        self.assertAccessible(page, "The keys")
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)

    def test_keys_shown_again_before_their_dialog_is_gone_are_shown_once(self):
        page = self.edna_window.go(self.address(self.topic))
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("?")

        found = page.evaluate("""() => {
            document.querySelector("dialog").close();
            document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "?", bubbles: true }));
            return document.querySelectorAll("dialog").length;
        }""")

        self.assertEqual(found, 1)
        expect(page.get_by_role("dialog", name="Keys")).to_be_visible()

    def test_keys_without_ctrl_can_be_switched_off(self):
        edna = self.edna_window
        page = edna.go(self.address("topic", "changelist"))
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("?")
        expect(page.locator("dialog kbd")).to_have_text(["/", "?"])
        page.get_by_label("Take keys without Ctrl, too").uncheck()
        page.get_by_role("button", name="Close").click()

        page.keyboard.press("/")
        expect(page.locator("#searchbar")).not_to_be_focused()

        page.keyboard.press("?")
        page.get_by_label("Take keys without Ctrl, too").check()
        page.keyboard.press("Escape")
        page.keyboard.press("/")
        expect(page.locator("#searchbar")).to_be_focused()
