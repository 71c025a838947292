"""Every list of the desk opens in a number of queries that does not grow with its rows."""

from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext

from factcheck.models import Publisher, User, Whole
from tests import factories
from tests.desk import DeskTestCase


def fill(count):
    """So many more of every record."""
    for _ in range(count):
        topic = factories.TopicFactory()
        claim = factories.ClaimFactory(topics=[topic], listed=True)
        appearance = factories.AppearanceFactory(claim=claim)
        factories.RelayFactory(appearance=appearance)
        factories.RelayFactory(appearance=appearance, by_claimant=None, by_publisher=appearance.article.publisher)
        factories.ClaimRelationFactory()
        factories.ArticleTextFactory(received_by=factories.UserFactory(roles=["Viewer"]))
        review = factories.ReviewFactory(claim=claim, rating=factories.RatingFactory())
        factories.EvidenceFactory(review=review)
        factories.CorrectionFactory(claim=claim)
    languages = ["en", "uk", "de"] if count == 3 else [f"{one}{other}" for one in "abc" for other in "abcdefghij"]
    for language in languages:
        factories.PageFactory(language=language)


class ListTests(DeskTestCase):
    def queries(self, model):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            response = self.client.get(self.address(model._meta.model_name, "changelist"))
        self.assertEqual(response.status_code, 200)
        return len(captured), response

    def test_lists_open_in_a_fixed_number_of_queries(self):
        """Also for those whose rights depend on whether readers see the single record."""
        models = [model for model in admin.site._registry if model._meta.app_label == "factcheck"]
        self.assertEqual(len(models), 15)
        cases = [(self.superuser, model) for model in models]
        cases += [(self.researcher, model) for model in models if model is not User]
        few = {}
        fill(3)
        for person, model in cases:
            self.client.force_login(person)
            few[person, model] = self.queries(model)[0]
        fill(30)

        for person, model in cases:
            self.client.force_login(person)
            with self.subTest(model=model.__name__, person=person.username):
                count, response = self.queries(model)
                self.assertGreaterEqual(len(response.context["cl"].result_list), 30)
                self.assertEqual(count, few[person, model])
                self.assertLessEqual(count, 9 if person == self.superuser else 11)

    def test_forms_open_in_a_number_of_queries_that_does_not_grow_with_their_parts(self):
        claim, review = factories.ClaimFactory(), factories.ReviewFactory()
        appearance = factories.AppearanceFactory()

        def add_parts():
            factories.ClaimTopicFactory(claim=claim)
            factories.RelayFactory(appearance=factories.AppearanceFactory(claim=claim))
            article = factories.ArticleFactory()
            factories.RelayFactory(appearance=appearance, article=article)
            factories.RelayFactory(
                appearance=appearance, article=article, by_claimant=None, by_publisher=article.publisher
            )
            factories.EvidenceFactory(review=review)
            factories.ReplyRequestFactory(review=review)

        def queries(record):
            self.client.get(self.address(record))  # the first visit asks for the content type
            with CaptureQueriesContext(connection) as captured:
                response = self.client.get(self.address(record))
            self.assertEqual(response.status_code, 200)
            return len(captured)

        add_parts()
        few = {record: queries(record) for record in (claim, appearance, review)}
        for _ in range(9):
            add_parts()

        for record, count in few.items():
            with self.subTest(record._meta.model_name):
                self.assertEqual(queries(record), count)
                self.assertLessEqual(count, 30)

    def test_a_box_shows_the_record_that_is_chosen(self):
        appearance = factories.AppearanceFactory()
        other = factories.ArticleFactory(headline="Chosen instead")

        page = self.client.get(self.address(appearance.claim))
        typed = self.form(appearance.claim) | {"appearances-0-article": other.pk, "text": ""}
        refused = self.save(appearance.claim, typed=typed)

        for record in (appearance.article, appearance.claimant):
            self.assertContains(page, f'<option value="{record.pk}" selected>{record}</option>', html=True)
        self.assertContains(refused, f'<option value="{other.pk}" selected>{other}</option>', html=True)

    def test_lists_open_for_those_who_only_look(self):
        fill(3)
        for person in (self.viewer, self.researcher, self.editor):
            self.client.force_login(person)
            for model, desk in admin.site._registry.items():
                if model._meta.app_label == "factcheck" and model._meta.model_name != "user":
                    with self.subTest(model=model.__name__, person=person.username):
                        _, response = self.queries(model)
                        self.assertNotContains(response, "date-hierarchy")
                        self.assertFalse(desk.list_editable)

    def test_every_whole_is_registered(self):
        missing = [model for model in Whole.__subclasses__() if model not in admin.site._registry]

        self.assertEqual(missing, [])

    def test_every_list_can_be_searched_and_filtered(self):
        fill(3)
        self.client.force_login(self.superuser)
        for model, desk in admin.site._registry.items():
            if model._meta.app_label != "factcheck":
                continue
            with self.subTest(model.__name__):
                address = self.address(model._meta.model_name, "changelist")
                self.assertTrue(desk.search_fields)
                self.assertEqual(self.client.get(address + "?q=harbour").status_code, 200)
                for column in range(1, len(desk.list_display) + 1):
                    self.assertEqual(self.client.get(f"{address}?o={column}").status_code, 200)
        claims = self.address("claim", "changelist")
        for query in ("listing=listed", "listing=private", "listing=unlisted", "assigned=me", "assigned=nobody"):
            self.assertEqual(self.client.get(f"{claims}?{query}").status_code, 200)
        self.assertContains(self.client.get(claims + "?listing=listed"), ">Listed<")

    def test_an_article_leads_to_its_claims(self):
        appearance, other = factories.AppearanceFactory(), factories.ClaimFactory(text="Elsewhere.")
        factories.AppearanceFactory(claim=appearance.claim, article=appearance.article)
        link = f"{self.address('claim', 'changelist')}?appearances__article__id__exact={appearance.article_id}"

        self.assertContains(self.client.get(self.address(appearance.article)), f'<a href="{link}">1 claim</a>')
        response = self.client.get(link)

        self.assertContains(response, appearance.claim.text)
        self.assertNotContains(response, other.text)

    def test_an_appearance_is_reached_from_its_claim(self):
        relay = factories.RelayFactory()

        response = self.client.get(self.address(relay.appearance.claim))

        self.assertContains(response, self.address(relay.appearance))
        self.assertContains(response, relay.by_claimant.name)
        self.assertTrue(Publisher.objects.exists())
