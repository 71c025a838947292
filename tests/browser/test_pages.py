"""Pages of the desk: accessible in light and dark, whole on a phone and at twice the size."""

from contextlib import contextmanager

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

    @contextmanager
    def each(self, **options):
        window = self.window("edna", **options)
        yield window
        window.close()

    def test_accessible_in_light_and_dark(self):
        for scheme in ("light", "dark"):
            with self.each(color_scheme=scheme) as window:
                for what, address in self.pages():
                    with self.subTest(what, scheme=scheme):
                        self.assertAccessible(self.go(window, address), f"{what}, {scheme}")
                names = []
                for name, page in self.steps(window):
                    names.append(name)
                    with self.subTest(name, scheme=scheme):
                        self.assertAccessible(page, f"{name}, {scheme}")
                self.assertTrue(names)
                with self.subTest("conflict", scheme=scheme):
                    self.assertAccessible(self.conflict(window), f"conflict, {scheme}")

    def test_no_sideways_scrolling_on_a_phone_and_at_twice_the_size(self):
        # Twice the size of a window of 1280 pixels leaves the page 640.
        sizes = {
            "phone": {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True},
            "200 %": {"viewport": {"width": 640, "height": 480}, "device_scale_factor": 2},
        }
        for size, options in sizes.items():
            with self.each(**options) as window:
                for what, address in self.pages():
                    with self.subTest(what, size=size):
                        self.assertFits(self.go(window, address), f"{what}, {size}")
                for name, page in self.steps(window):
                    with self.subTest(name, size=size):
                        self.assertFits(page, f"{name}, {size}")
                with self.subTest("conflict", size=size):
                    self.assertFits(self.conflict(window), f"conflict, {size}")
