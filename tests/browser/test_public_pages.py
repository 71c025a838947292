"""The public site in a browser: accessible in every look, and whole without scripts and without a mouse."""

import functools

from tests import public_world
from tests.browser.desk import BrowserTestCase

LOOKS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 320, "height": 640}, "is_mobile": True, "has_touch": True},
}
# Of each route; the others of it differ in their rows alone, and are looked at in one look
FEW = {address for all_of_it in public_world.ADDRESSES.values() for address in all_of_it[:5]}
FEW.update(public_world.UKRAINIAN)
LONG = "a-very-long-word-without-a-break" * 2


class PublicPageTests(BrowserTestCase):
    def setUp(self):
        super().setUp()
        public_world.build(f"<b>עברית</b> & {LONG}")

    @functools.cached_property
    def pages(self) -> list[str]:
        """Every address that has a page to read, an error among them."""
        found = []
        for address in public_world.EVERY:
            answer = self.client.get(address)
            if answer.headers["Content-Type"].startswith("text/html") and answer.status_code != 404:
                found.append(address)
        return found

    def open(self, window, address):
        """An answer that says no has a page, too."""
        window.page.goto(self.live_server_url + address, wait_until="load")
        return window.page

    def test_accessible_and_never_wider_than_the_window(self):
        self.assertGreater(len(self.pages), 20)
        for look, options in LOOKS.items():
            window = self.window(**options)
            for address in self.pages if look == "light" else [one for one in self.pages if one in FEW]:
                with self.subTest(address, look=look):
                    page = self.open(window, address)

                    self.assertAccessible(page, f"{address}, {look}")
                    self.assertFits(page, f"{address}, {look}")

    def test_reads_the_same_without_scripts(self):
        window, without = self.window(), self.window(java_script_enabled=False)
        for address in self.pages:
            with self.subTest(address):
                text = self.open(window, address).locator("body").inner_text()

                self.assertEqual(self.open(without, address).locator("body").inner_text(), text)
                self.assertTrue(text)

    def test_filters_work_without_scripts_and_from_the_keyboard(self):
        page = self.open(self.window(java_script_enabled=False), "/claims/")
        page.keyboard.press("Tab")
        self.assertEqual(page.locator(":focus").inner_text(), "Skip to the content")
        page.keyboard.press("Enter")
        for _ in range(30):
            page.keyboard.press("Tab")
            if page.locator("select[name=kind]:focus").count():
                break
        page.keyboard.press("p")  # Prediction
        for _ in range(30):
            page.keyboard.press("Tab")
            if page.locator("button[type=submit]:focus").count():
                break
        with page.expect_navigation(wait_until="load"):
            page.keyboard.press("Enter")

        self.assertIn("kind=prediction", page.url)
        self.assertEqual(page.locator("main .rows .row").count(), 1)

    def test_every_link_is_reached_from_the_keyboard_and_seen_there(self):
        page = self.open(self.window(viewport={"width": 1280, "height": 800}), "/claims/reviewed/")
        wanted = page.locator("a:visible, button:visible, summary:visible, input:visible, select:visible").count()
        reached = 0
        for _ in range(wanted):
            page.keyboard.press("Tab")
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            self.assertNotEqual(outline, "none", page.evaluate("document.activeElement.outerHTML"))
            reached += page.evaluate("document.activeElement !== document.body")

        self.assertGreater(wanted, 10)
        self.assertEqual(reached, wanted)
