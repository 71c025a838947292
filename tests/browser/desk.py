"""The desk in a browser: people with windows of their own, whose pages may complain of nothing."""

import atexit
import functools
import os
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from django.contrib.staticfiles.testing import StaticLiveServerTestCase
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser import chromium
from tests.factories import PASSWORD, UserFactory

# The browser's own loop runs in this thread, and Django takes that for a reason not to ask the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

BY_COLOUR = ["color-contrast", "link-in-text-block"]  # the rules of axe that look at colours
SECONDS = 1000
TIMEOUT = 60 * SECONDS  # two browsers and two databases may share a slow machine

expect.set_options(timeout=TIMEOUT)


@functools.cache
def browser() -> Browser:
    """One for the whole run; at its end it has written its last file before the run's folder goes."""
    driver = sync_playwright().start()
    found = driver.chromium.launch(executable_path=chromium.path(), args=chromium.ARGUMENTS)
    atexit.register(driver.stop)
    atexit.register(found.close)
    return found


class Window:
    """One person's browser: cookies and kept texts of its own. Collects what its pages complain of."""

    def __init__(self, site: str, **options) -> None:
        self.site = site
        self.context = browser().new_context(locale="en-GB", **options)
        self.context.set_default_timeout(TIMEOUT)
        self.complaints: list[str] = []
        self.statuses: list[int] = []
        self.page = self.open()

    def open(self) -> Page:
        """A new tab, which is then the current one."""
        page = self.context.new_page()
        page.on("console", self._complain)
        page.on("pageerror", lambda error: self.complaints.append(error.stack or str(error)))
        page.on("response", self._answered)
        self.page = page
        return page

    def _complain(self, message) -> None:
        # Chromium also reports the answers that the tests ask for, such as 409.
        expected = message.text.startswith("Failed to load resource") and "/static/" not in message.location["url"]
        if message.type in ("error", "warning") and not expected:
            self.complaints.append(f"{message.type}: {message.text} ({message.location})")

    def _answered(self, response) -> None:
        self.statuses.append(response.status)
        if response.status == 404 or response.status >= 500:
            self.complaints.append(f"{response.status} {response.url}")

    def go(self, address: str) -> Page:
        """Opens a page that has to be there, and to be allowed."""
        answer = self.page.goto(self.site + address, wait_until="load")
        assert answer and answer.status == 200, f"{answer and answer.status} {address}"
        return self.page

    def sign_in(self, name: str) -> None:
        if not self.page.url.startswith(self.site + reverse("admin:login")):
            self.go(reverse("admin:login"))
        self.page.fill("#id_username", name)
        self.page.fill("#id_password", PASSWORD)
        self.page.click("[type=submit]")
        self.page.wait_for_load_state("load")

    def end_session(self) -> None:
        """As if it had expired."""
        self.page.wait_for_load_state("networkidle")
        self.context.clear_cookies(name="sessionid")

    def save(self) -> None:
        with self.page.expect_navigation(wait_until="load"):
            self.page.click("input[name=_save]")

    def kept(self) -> list[str]:
        """The texts that the browser keeps."""
        return self.page.evaluate("Object.values(localStorage).filter((text) => text.includes('fields'))")

    def wait_until_kept(self, text: str) -> None:
        self.page.wait_for_function("(text) => Object.values(localStorage).some((one) => one.includes(text))", arg=text)

    def path(self) -> str:
        return urlsplit(self.page.url).path

    def close(self) -> None:
        self.context.close()


class BrowserTestCase(StaticLiveServerTestCase):
    def setUp(self):
        self.edna = UserFactory(username="edna", roles=["Editor"])
        self.rose = UserFactory(username="rose", roles=["Researcher"])
        self.windows: list[Window] = []

    def window(self, name: str = "", **options) -> Window:
        """A person's browser, signed in; without a name nobody's."""
        window = Window(self.live_server_url, **options)
        self.addCleanup(window.close)
        self.windows.append(window)
        if name:
            window.sign_in(name)
        return window

    def tearDown(self):
        """No page complained: no script failed, and nothing was against the Content-Security-Policy."""
        self.assertEqual([complaint for window in self.windows for complaint in window.complaints], [])

    @staticmethod
    def address(record, page="change") -> str:
        model = record if isinstance(record, str) else record._meta.model_name
        arguments = [] if isinstance(record, str) else [record.pk]
        return reverse(f"admin:factcheck_{model}_{page}", args=arguments)

    def assertAccessible(self, page: Page, what: str, *, in_dark: bool = True) -> None:
        """As it is loaded, and then in dark, where only what depends on colours can differ."""
        page.evaluate(Axe().axe_script)
        self._assert_no_violations(page, what)
        if in_dark:
            page.emulate_media(color_scheme="dark")
            page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished))")  # colours that fade over
            self._assert_no_violations(page, f"{what}, dark", runOnly=BY_COLOUR)
            page.emulate_media(color_scheme="light")

    def _assert_no_violations(self, page: Page, what: str, **options) -> None:
        with self.subTest(what):
            found = page.evaluate("(options) => axe.run(options)", {"resultTypes": ["violations"], **options})
            told = [
                f"{one['id']}: {one['help']} {[node['html'][:200] for node in one['nodes']][:3]}"
                for one in found["violations"]
            ]
            self.assertEqual(told, [], page.url)

    def assertFits(self, page: Page, what: str, *, width: int | None = None) -> None:
        """The page does not scroll sideways, and is laid out for a window of this width, if it is given."""
        with self.subTest(what, width=width):
            whole, seen = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
            wide = page.evaluate(
                """[...document.querySelectorAll("main *")]
                .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
                .slice(0, 5).map((one) => one.outerHTML.slice(0, 120))"""
            )
            self.assertLessEqual(whole, seen, f"{page.url}: {wide}")
            if width:
                self.assertEqual(seen, width, page.url)
