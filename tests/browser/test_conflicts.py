"""Two signed-in people edit one record, each in a browser of their own."""

from playwright.sync_api import expect

from factcheck.models import Appearance, Claim
from tests import factories
from tests.browser.desk import BrowserTestCase


class ConflictTests(BrowserTestCase):
    def test_the_second_sees_both_texts_merges_and_saves(self):
        claim = factories.ClaimFactory(text="The bridge is open.", context="Old context.")
        edna, rose = self.window("edna"), self.window("rose")
        for person in (edna, rose):
            person.go(self.address(claim))
        rose.page.fill("#id_text", "The bridge is closed.")
        rose.page.fill("#id_context", "Context by Rose.")
        rose.page.fill("#id_reason", "It was shelled")
        rose.save()
        edna.page.fill("#id_text", "The long bridge is open.")
        edna.page.fill("#id_selection_reason", "Widely shared.")
        edna.save()

        page = edna.page
        self.assertEqual(edna.statuses[-1 - edna.statuses[::-1].index(409)], 409)
        choice = page.locator(".desk-choice")
        expect(choice).to_have_count(1)
        for text in ("The bridge is open.", "The bridge is closed.", "The long bridge is open."):
            expect(choice).to_contain_text(text)
        self.assertEqual(choice.locator("del").all_inner_texts(), ["closed"])
        self.assertEqual(choice.locator("ins").all_inner_texts(), ["long ", "open"])
        expect(page.locator(".desk-conflict")).to_contain_text("rose")
        expect(page.locator(".desk-conflict")).to_contain_text("It was shelled")
        self.assertEqual(page.input_value("#id_context"), "Context by Rose.")

        edna.save()  # without a choice
        expect(page.locator(".desk-choice")).to_have_count(1)
        self.assertEqual(Claim.objects.get().text, "The bridge is closed.")

        page.fill("#id_text", "The long bridge is closed.")
        page.get_by_label("Mine: what stands in the field below").check()
        edna.save()

        self.assertEqual(edna.path(), self.address("claim", "changelist"))
        claim.refresh_from_db()
        self.assertEqual(claim.text, "The long bridge is closed.")
        self.assertEqual((claim.context, claim.selection_reason), ("Context by Rose.", "Widely shared."))

    def test_rows_that_both_changed_added_and_removed(self):
        claim = factories.ClaimFactory()
        both, removed, kept = (factories.AppearanceFactory(claim=claim, quote=name) for name in ("one", "two", "three"))
        topic = factories.TopicFactory(name="Bridges")
        edna, rose = self.window("edna"), self.window("rose")
        for person in (edna, rose):
            person.go(self.address(claim))

        def box(person, appearance, name):
            place = person.page.locator(f"input[name$='-id'][value='{appearance.pk}'][name^=appearances]").first
            return f"#id_{place.get_attribute('name').removesuffix('-id')}-{name}"

        rose.page.fill(box(rose, both, "quote"), "by rose")
        rose.page.check(box(rose, removed, "DELETE"))
        rose.save()
        edna.page.fill(box(edna, both, "quote"), "by edna")
        edna.page.fill(box(edna, removed, "quote"), "kept by edna")
        edna.page.click("#claim_topics-group .add-row a")
        edna.page.click("#claim_topics-group tr.dynamic-claim_topics .select2-selection")
        edna.page.locator(".select2-search__field").press_sequentially("Bri")
        edna.page.locator(".select2-results__option", has_text="Bridges").click()
        edna.save()

        page = edna.page
        choices = page.locator(".desk-choice")
        expect(choices).to_have_count(2)
        expect(choices.first).to_contain_text("Quote")
        expect(choices.last).to_contain_text("they removed what you changed")
        choices.first.get_by_label("Theirs: the stored one").check()
        choices.last.get_by_label("Mine: add what stands below as a new one").check()
        edna.save()

        self.assertEqual(edna.path(), self.address("claim", "changelist"))
        quotes = set(Appearance.objects.values_list("quote", flat=True))
        self.assertEqual(quotes, {"by rose", "kept by edna", "three"})
        self.assertEqual(list(claim.topics.all()), [topic])
        self.assertTrue(Appearance.objects.filter(pk=kept.pk).exists())

    def test_it_works_without_javascript(self):
        topic = factories.TopicFactory(name="Old")
        edna = self.window("edna", java_script_enabled=False)
        edna.go(self.address(topic))
        factories.change(topic, name="Theirs")
        edna.page.fill("#id_name", "Mine")
        edna.save()

        edna.page.get_by_label("Mine: what stands in the field below").check()
        edna.save()

        topic.refresh_from_db()
        self.assertEqual(topic.name, "Mine")
