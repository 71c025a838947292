"""The demo: an invented article that went through the workflow, under a banner on every page."""

from io import StringIO

from django.core.management import CommandError, call_command
from django.test import TestCase

from factcheck.models import Change, Claim, Correction, Review, ReviewState, StatusBasis

INVENTED = "holm-"


class DemoStoryTests(TestCase):
    def play(self):
        out = StringIO()
        for command in ("loadseeds", "demoaccounts"):
            call_command(command, verbosity=0)
        call_command("demostory", stdout=out)
        return out.getvalue()

    def test_three_invented_claims_went_through_the_workflow(self):
        self.assertIn("An invented article is there", self.play())

        reviews = Review.objects.order_by("id").values_list("claim__slug", "state")
        self.assertEqual(
            list(reviews),
            [
                ("holm-ferry-lost-two-million", ReviewState.SUPERSEDED),
                ("holm-ferry-lost-two-million", ReviewState.PUBLISHED),
                ("holm-ferries-not-inspected", ReviewState.PUBLISHED),
                ("holm-council-kept-the-line-before", ReviewState.WITHDRAWN),
            ],
        )
        self.assertEqual(Correction.objects.get().claim.slug, "holm-ferry-lost-two-million")
        call_command("verifyhistory", verbosity=0)

    def test_nobody_has_reviewed_what_the_seeds_hold(self):
        self.play()

        seeded = Claim.objects.exclude(slug__startswith=INVENTED)
        self.assertGreater(seeded.count(), 30)
        self.assertFalse(seeded.filter(status_basis=StatusBasis.REVIEWED).exists())

    def test_again_it_changes_nothing(self):
        self.play()
        changes = Change.objects.count()

        self.assertIn("are there already", self.play())
        self.assertEqual(Change.objects.count(), changes)

    def test_every_page_says_that_it_is_a_demo(self):
        before = self.client.get("/").headers["ETag"]
        self.assertNotContains(self.client.get("/"), "A demo.")
        self.play()

        for address in ("/", "/claims/", "/claims/holm-ferry-lost-two-million/", "/methodology/", "/about/"):
            page = self.client.get(address)
            self.assertContains(page, "<strong>A demo.</strong>")
            self.assertContains(page, '<meta name="robots" content="noindex">')
            self.assertEqual(page.headers["X-Robots-Tag"], "noindex")
        self.assertContains(self.client.get("/nowhere/"), "A demo.", status_code=404)
        self.assertContains(self.client.get("/admin/login/"), "a demo, made up to try it")
        self.assertEqual(self.client.get("/", headers={"if-none-match": before}).status_code, 200)

    def test_loadseeds_never_loads_it(self):
        call_command("loadseeds", verbosity=0)

        self.assertFalse(Claim.objects.filter(slug__startswith=INVENTED).exists())

    def test_without_the_accounts_it_says_what_to_run(self):
        with self.assertRaisesMessage(CommandError, "run manage.py demoaccounts"):
            call_command("demostory")
