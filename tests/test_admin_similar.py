"""The desk's search goes through the search rows, and its claim form says what reads like the claim."""

from django.urls import reverse

from factcheck.models import Change, ClaimRelation
from tests import factories
from tests.desk import DeskTestCase


class SearchTests(DeskTestCase):
    def found(self, model, words):
        response = self.client.get(self.address(model, "changelist"), {"q": words})
        self.assertEqual(response.status_code, 200)
        return [record.pk for record in response.context["cl"].result_list]

    def test_claims_by_their_words_their_claimant_and_their_slug(self):
        speaker = factories.ClaimantFactory(name="Їжак Петренко")
        claim = factories.ClaimFactory(slug="the-slug", text="The harbours were closed.", claimant=speaker)
        factories.ClaimFactory(text="Nothing of it.")

        for words in ("harbour", "HARBOUR clos", "їжак", "the-slug", '"were closed"', "closed harb", "harbour -open"):
            with self.subTest(words):
                self.assertEqual(self.found("claim", words), [claim.pk])
        for words in ("harbour -closed", "volcano", "?!", "slug"):
            with self.subTest(words):
                self.assertEqual(self.found("claim", words), [])

    def test_what_belongs_to_a_claim_is_found_by_it(self):
        claim = factories.ClaimFactory(text="The harbour was closed.")
        appearance = factories.AppearanceFactory(claim=claim, article__headline="Port news")
        review = factories.ReviewFactory(claim=claim)
        evidence = factories.EvidenceFactory(review=review, title="The log", url="https://example.org/log")
        relation = factories.ClaimRelationFactory(to_claim=claim, kind="repeats")

        self.assertEqual(self.found("appearance", "harbour"), [appearance.pk])
        self.assertEqual(self.found("appearance", "port"), [appearance.pk])
        self.assertEqual(self.found("review", "harbour"), [review.pk])
        self.assertEqual(self.found("evidence", "harbour"), [evidence.pk])
        self.assertEqual(self.found("evidence", "log"), [evidence.pk])
        self.assertEqual(self.found("evidence", "https://example.org/log"), [evidence.pk])
        self.assertEqual(self.found("claimrelation", "harbour"), [relation.pk])
        self.assertEqual(self.found("article", "ne"), [appearance.article_id])

    def test_small_kinds_are_found_by_how_their_words_begin(self):
        publisher = factories.PublisherFactory(name="Łódź Évening")
        self.assertEqual(self.found("publisher", "lodz eve"), [publisher.pk])
        self.assertEqual(self.found("publisher", "ening"), [])

    def test_a_name_is_completed_while_it_is_typed(self):
        speaker = factories.ClaimantFactory(name="Kateryna Ivanenko")
        answer = self.client.get(
            reverse("admin:autocomplete"),
            {"app_label": "factcheck", "model_name": "claim", "field_name": "claimant", "term": "ivan"},
        )

        self.assertEqual([one["id"] for one in answer.json()["results"]], [str(speaker.pk)])


class SimilarTests(DeskTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.claim = factories.ClaimFactory(text="The harbour was closed in November.")
        cls.alike = factories.ClaimFactory(text="In November the harbour was closed.", listed=True)
        cls.other = factories.ClaimFactory(text="Ferries sail.")

    def relate(self, relation, claim=None):
        address = reverse("admin:factcheck_claim_relate", args=[(claim or self.claim).pk])
        return self.client.post(address, {"relation": relation}, follow=True)

    def similar(self, text, **how):
        return self.client.get(reverse("admin:factcheck_claim_similar"), {"text": text, **how})

    def test_while_a_claim_is_typed_those_that_read_like_it_are_listed_private_ones_too(self):
        answer = self.similar("a harbour closed <b>")

        self.assertContains(answer, self.claim.text)
        self.assertContains(answer, self.alike.text)
        self.assertContains(answer, "in common: closed, harbour")
        self.assertNotContains(answer, self.other.text)
        self.assertNotContains(answer, "<button")
        self.assertIn("no-store", answer.headers["Cache-Control"])
        self.assertContains(self.similar("Volcanoes"), "Nothing similar found.")
        self.assertContains(self.similar(" "), "Type the claim")

    def test_the_page_of_a_claim_lists_others_and_not_itself(self):
        page = self.client.get(self.address(self.claim)).content.decode().split('id="desk-similar"')[1]

        self.assertIn(self.alike.text, page.split("</section>")[0])
        self.assertNotIn(self.claim.text, page.split("</section>")[0])
        self.assertIn(f'value="same-as {self.alike.pk}"', page)

    def test_one_click_links_two_claims_with_who_confirmed_it_and_when(self):
        self.client.force_login(self.reviewer)

        answer = self.relate(f"repeats {self.alike.pk}")

        self.assertContains(answer, "Linked:")
        relation = ClaimRelation.objects.get()
        self.assertEqual((relation.from_claim, relation.kind, relation.to_claim), (self.claim, "repeats", self.alike))
        self.assertEqual(relation.confirmed_by, self.reviewer)
        self.assertEqual(Change.objects.of(relation).get().actor, self.reviewer)
        self.assertNotContains(self.similar(self.claim.text, besides=self.claim.pk), self.alike.text)

    def test_a_link_that_holds_both_ways_is_stored_once(self):
        self.relate(f"same-as {self.claim.pk}", self.alike)
        self.assertEqual(ClaimRelation.objects.get().from_claim, self.claim)

        answer = self.relate(f"same-as {self.alike.pk}")

        self.assertContains(answer, "This relation is recorded already.")
        self.assertEqual(ClaimRelation.objects.count(), 1)

    def test_what_readers_would_see_at_once_an_editor_links(self):
        public = factories.ClaimFactory(text="The harbour is closed.", listed=True)
        self.client.force_login(self.researcher)
        self.assertContains(self.relate(f"repeats {self.alike.pk}", public), "an editor does it")
        self.assertFalse(ClaimRelation.objects.exists())

        self.client.force_login(self.editor)
        self.relate(f"repeats {self.alike.pk}", public)
        self.assertTrue(ClaimRelation.objects.exists())

    def test_who_may_not_link_is_offered_no_link_and_gets_none(self):
        self.client.force_login(self.viewer)

        self.assertNotIn('form="relate"', self.client.get(self.address(self.claim)).content.decode())
        self.assertEqual(self.relate(f"repeats {self.alike.pk}").status_code, 403)
        self.assertFalse(ClaimRelation.objects.exists())

    def test_what_is_no_link_is_none(self):
        for relation in (
            "",
            "repeats",
            "repeats x",
            "repeats 999999",
            "odd 1",
            f"depends-on {self.alike.pk}",
        ):
            with self.subTest(relation):
                self.assertEqual(self.relate(relation).status_code, 404)
        self.assertEqual(
            self.client.get(reverse("admin:factcheck_claim_relate", args=[self.claim.pk])).status_code, 405
        )
        self.assertContains(self.relate(f"repeats {self.claim.pk}"), "A claim has no relation to itself.")
