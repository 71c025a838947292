"""A claim on somebody else's page, in a browser: its card stands in a frame there, and its page does not."""

from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.parse import quote

from playwright.sync_api import expect

from tests import public_world
from tests.browser.desk import BrowserTestCase


class OtherSite:
    """Another site, with a server of its own and one page, which holds `html`."""

    def __init__(self) -> None:
        self.html = ""
        site = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                page = f'<!doctype html><title>Blog</title><link rel="icon" href="data:,"><p>A blog.</p>{site.html}'
                self.wfile.write(page.encode())

            def log_message(self, *arguments):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Answer)
        self.address = f"http://127.0.0.1:{self.server.server_port}/"
        self.thread = Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class FrameTests(BrowserTestCase):
    def setUp(self):
        super().setUp()
        public_world.build()
        self.enterContext(self.settings(SITE_URL=self.live_server_url))
        self.blog = OtherSite()
        self.addCleanup(self.blog.close)

    def opened(self, html):
        """A window with the blog's page, which holds this."""
        self.blog.html = html
        window = self.window()
        window.page.goto(self.blog.address, wait_until="load")
        expect(window.page.get_by_text("A blog.")).to_be_visible()
        return window

    def frame_of(self, path):
        return f'<iframe src="{self.live_server_url}{path}" width="600" height="320" title="Card"></iframe>'

    def test_card_is_shown_on_another_site_and_its_link_leaves_the_frame(self):
        claim = quote(f"{self.live_server_url}/claims/claim/", safe="")
        given = self.client.get(f"/oembed?url={claim}").json()["html"]
        for html in (self.frame_of("/claims/claim/embed/"), given):
            with self.subTest(html):
                window = self.opened(html)
                window.page.locator("iframe").scroll_into_view_if_needed()
                card = window.page.frame_locator("iframe")

                expect(card.locator("h1")).to_have_text("Claim")
                expect(card.get_by_text("Claimed by Soldier")).to_be_visible()
                self.assertEqual(card.locator("body").evaluate("(body) => getComputedStyle(body).marginTop"), "0px")
                with window.context.expect_page() as opened:
                    card.get_by_role("link", name="All about it at factcheck").click()
                opened.value.wait_for_load_state("load")
                self.assertEqual(opened.value.url, f"{self.live_server_url}/claims/claim/")
                expect(opened.value.locator("h1")).to_have_text("Claim")
                # the frame's sandbox also refuses the scripts by which this test looks into it
                window.complaints[:] = [one for one in window.complaints if "Blocked script execution" not in one]

    def test_page_of_a_claim_is_not_shown_on_another_site(self):
        window = self.opened(self.frame_of("/claims/claim/"))

        [frame] = window.page.main_frame.child_frames
        self.assertTrue(frame.url.startswith("chrome-error://"), frame.url)
        expect(window.page.frame_locator("iframe").get_by_text("Soldier")).to_have_count(0)
        self.assertTrue(any("frame-ancestors 'none'" in one for one in window.complaints), window.complaints)
        window.complaints.clear()  # it is what was asked for
