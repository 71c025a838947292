"""The public site in a browser: accessible in every look, and whole without scripts and without a mouse."""

from tests import public_world
from tests.browser.desk import BrowserTestCase

DESK, PHONE = {"width": 1280, "height": 720}, {"width": 320, "height": 640}
# Of each route; the others of it differ in their rows alone, but for claims, of which every kind is looked at
LOOKED_AT = {address for all_of_it in public_world.ADDRESSES.values() for address in all_of_it[:5]}
LOOKED_AT.update(public_world.ADDRESSES["claim-detail"], public_world.UKRAINIAN)
# One of each route, in one language: scripts and templates do not depend on the rows
EACH = [all_of_it[0] for route, all_of_it in public_world.ADDRESSES.items() if route not in public_world.MACHINE]
LONG = "a-very-long-word-without-a-break" * 2


class PublicPageTests(BrowserTestCase):
    def setUp(self):
        super().setUp()
        public_world.build(f"<b>עברית</b> & {LONG}")

    def pages(self) -> list[str]:
        """Those of the addresses that have a page to read, an error among them."""
        found = []
        for address in sorted(LOOKED_AT):
            answer = self.client.get(address)
            if answer.headers["Content-Type"].startswith("text/html") and answer.status_code != 404:
                found.append(address)
        return found

    def open(self, window, address):
        """An answer that says no has a page, too."""
        window.page.goto(self.live_server_url + address, wait_until="load")
        return window.page

    def test_accessible_and_never_wider_than_the_window(self):
        addresses = self.pages()
        self.assertGreater(len(addresses), 80)
        window = self.window(is_mobile=True, has_touch=True)  # which heeds what a page says of its width
        for address in addresses:
            window.page.set_viewport_size(DESK)
            page = self.open(window, address)
            self.assertAccessible(page, address)
            self.assertFits(page, address)
            page.set_viewport_size(PHONE)
            self.assertAccessible(page, f"{address}, phone", in_dark=False)
            self.assertFits(page, f"{address}, phone", width=PHONE["width"])

    def test_reads_the_same_without_scripts(self):
        window, without = self.window(), self.window(java_script_enabled=False)
        for address in EACH:
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
