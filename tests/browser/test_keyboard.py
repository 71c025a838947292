"""From a new claim to a published verdict, by two people whose mice are unplugged."""

from django.urls import reverse
from playwright.sync_api import expect

from factcheck.models import Claim, Review, ReviewState
from tests import factories
from tests.browser.desk import BrowserTestCase, Window

TABS = 300  # more than any page of the desk takes from its beginning to its end


class Keyboard:
    """What a person does who has no mouse: Tab, letters, arrows and Enter."""

    def __init__(self, window: Window) -> None:
        self.window, self.page = window, window.page

    def to(self, selector: str) -> "Keyboard":
        """Tab by Tab to the next box, link or button of this kind, past the end of the page to its beginning."""
        for _ in range(TABS):
            self.page.keyboard.press("Tab")
            if self.page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
                return self
        raise AssertionError(f"Tab does not reach {selector} on {self.page.url}")

    def type(self, text: str) -> "Keyboard":
        self.page.keyboard.type(text)
        return self

    def go(self, key: str = "Enter") -> "Keyboard":
        """Presses what leads to another page."""
        with self.page.expect_navigation(wait_until="load"):
            self.page.keyboard.press(key)
        return self

    def step(self, words: str) -> "Keyboard":
        """Takes an editorial step: its button, then the one of the page that asks first."""
        name = self.page.locator(".desk-steps button", has_text=words).get_attribute("value")
        return self.to(f".desk-steps button[value={name}]").go()

    def confirm(self) -> "Keyboard":
        return self.to("main [type=submit]").go()


class KeyboardTests(BrowserTestCase):
    def test_from_a_new_claim_to_a_published_verdict(self):
        factories.scale()
        factories.desk()
        factories.UserFactory(username="rita", roles=["Reviewer"])
        rita, edna = self.window("rita"), self.window("edna")

        keys = Keyboard(rita)
        keys.to(f"a[href='{self.address('claim', 'add')}']").go()
        keys.to("#id_text").type("Harbour 7 was closed in March.")
        keys.to("#id_kind").type("Fact")
        keys.go("Control+Shift+S")
        claim = Claim.objects.get()
        self.assertEqual(rita.path(), self.address(claim))

        keys.step("Start").confirm()
        review = Review.objects.get()
        self.assertEqual(rita.path(), self.address(review))
        keys.to("#id_rating").type("False")
        keys.to("#id_title").type("Was harbour 7 closed?")
        keys.to("#id_summary").type("It was open.")
        keys.to("#id_rationale").type("The log of the port says so.")
        keys.to("#evidence-group .add-row a")
        rita.page.keyboard.press("Enter")
        keys.to("#id_evidence-0-title").type("The log of the port")
        keys.to("#id_evidence-0-kind").type("Doc")
        keys.to("#id_evidence-0-stance").type("Ref")
        keys.go("Control+Shift+S")
        keys.step("Submit").confirm()
        self.assertEqual(Review.objects.get().state, ReviewState.SUBMITTED)

        keys = Keyboard(edna)
        edna.go(reverse("admin:index"))
        keys.to(".desk-waits a").go()
        keys.to("#result_list tbody th a").go()
        keys.step("Approve").confirm()
        self.assertEqual(Review.objects.get().state, ReviewState.PUBLISHED)
        keys.to(f"a[href='{self.address(claim)}']").go()
        keys.step("List").confirm()

        claim.refresh_from_db()
        page = self.window().go(claim.get_absolute_url())
        expect(page.locator("main")).to_contain_text("It was open.")
