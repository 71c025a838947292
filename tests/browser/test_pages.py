"""Pages of the desk: accessible in light and dark, whole on a phone and at twice the size."""

from django.urls import reverse

from factcheck import history
from factcheck.models import Appearance, Claim
from tests import factories
from tests.browser.desk import BrowserTestCase

LONG = "https://example.org/" + "a-very-long-address-without-a-break" * 6


class PageTests(BrowserTestCase):
    def setUp(self):
        super().setUp()
        factories.scale()
        claim = factories.ClaimFactory(text="The bridge is open.", topics=[factories.TopicFactory()], listed=True)
        appearance = factories.AppearanceFactory(claim=claim, quote="is open")
        factories.RelayFactory(appearance=appearance)
        self.claim, self.appearance = claim, appearance
        self.review = factories.ReviewFactory(claim=claim, author=self.edna)
        self.evidence = factories.EvidenceFactory(review=self.review)
        factories.ReplyRequestFactory(review=self.review)
        self.unused = factories.TopicFactory()
        claim.refresh_from_db()
        claim.context = "Recorded from a file."
        factories.write(claim, actor=history.System(f"a file sha256:{'0123456789abcdef' * 4}"))

    def go(self, window, address):
        """Opens a page, with an empty new row of each kind."""
        page = window.go(address)
        for add in page.locator(".add-row a").all():
            add.click()
        return page

    def pages(self):
        """Each with what it is called."""
        yield "index", reverse("admin:index")
        yield "sign-in", reverse("admin:login")
        for model in ("claim", "review", "evidence", "article", "change"):
            yield f"list of {model}", self.address(model, "changelist")
        yield "new claim", self.address("claim", "add")
        for record in (self.claim, self.appearance, self.review, self.claim.claimant):
            yield f"form of {record._meta.verbose_name}", self.address(record)
        yield "history", self.address(self.claim, "history")
        yield "deletion", self.address(self.unused, "delete")

    def steps(self, window):
        """The pages on which steps ask first, each with its name."""
        for record in (self.claim, self.review):
            window.go(self.address(record))
            for n in range(window.page.locator(".desk-steps button").count()):
                window.go(self.address(record))
                step = window.page.locator(".desk-steps button").nth(n)
                name = step.inner_text()
                with window.page.expect_navigation(wait_until="load"):
                    step.click()
                if window.page.locator("input[name=confirmed]").count():
                    yield name, window.page

    def conflict(self, window):
        """The page of a conflict with every kind of part of it."""
        page = window.go(self.address(self.claim))
        claim = Claim.objects.get(pk=self.claim.pk)
        factories.change(claim, text=f"Theirs {claim.version}.", context=f"{LONG}{claim.version}")
        factories.change(Appearance.objects.get(pk=self.appearance.pk), quote=f"theirs {claim.version}")
        page.fill("#id_text", f"Mine, {LONG}")
        page.fill("#id_selection_reason", "Typed.")
        page.check("#id_appearances-0-DELETE")
        window.save()
        self.assertEqual(page.locator(".desk-choice").count(), 2)
        self.assertEqual(page.locator(".desk-points").count(), 2)
        return page

    def test_accessible_in_light_and_dark_and_whole_on_a_phone_and_at_twice_the_size(self):
        window = self.window("edna", is_mobile=True, has_touch=True)
        for what, address in self.pages():
            self.look(self.go(window, address), what)
        names = []
        for name, page in self.steps(window):
            names.append(name)
            self.look(page, name)
        self.assertTrue(names)
        self.look(self.conflict(window), "conflict")

    def look(self, page, what):
        """Twice the size of a window of 1280 pixels leaves the page 640."""
        self.assertAccessible(page, what)
        for width in (640, 360):
            page.set_viewport_size({"width": width, "height": 740})
            self.assertFits(page, what, width=width)
        page.set_viewport_size({"width": 1280, "height": 720})
