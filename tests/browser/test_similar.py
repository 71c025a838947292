"""While a claim is typed, those that read like it stand beside it, and one click links them."""

from playwright.sync_api import expect

from factcheck.models import ClaimRelation
from tests import factories
from tests.browser.desk import BrowserTestCase


class SimilarTests(BrowserTestCase):
    def test_what_reads_alike_is_shown_while_typing_and_linked_by_one_click(self):
        factories.UserFactory(username="rita", roles=["Reviewer"])
        known = factories.ClaimFactory(text="The harbour was closed <b>in</b> November.")
        other = factories.ClaimFactory(text="In November the harbour was closed.")
        rita = self.window("rita")

        page = rita.go(self.address("claim", "add"))
        beside = page.locator("#desk-similar")
        expect(beside).to_contain_text("Type the claim")
        page.locator("#id_text").press_sequentially("Harbours closed in november", delay=10)
        expect(beside).to_contain_text(known.text)
        expect(beside).to_contain_text("in common:")
        page.fill("#id_text", "Volcanoes sing")
        expect(beside).to_contain_text("Nothing similar found.")
        page.fill("#id_text", "")
        expect(beside).to_contain_text("Type the claim")

        page = rita.go(self.address(known))
        page.click(f"#desk-similar button[value='repeats {other.pk}']")
        expect(page.locator(".messagelist")).to_contain_text("Linked:")
        relation = ClaimRelation.objects.get()
        self.assertEqual((relation.from_claim, relation.to_claim), (known, other))
        self.assertEqual(rita.complaints, [])
