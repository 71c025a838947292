"""Every list of the desk opens in a number of queries that does not grow with its rows."""

from datetime import date
from itertools import product

from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext

from factcheck import history
from factcheck.models import CaptureFault, CaptureProblem, Change, Part, Publisher, User, Whole
from factcheck.queues import QUEUES
from tests import factories
from tests.desk import DeskTestCase


def insert(factory, count, **given):
    """So many new records in few statements; where a value is a list, each gets its own of it."""
    made = [
        factory.build(**{name: value[n] if isinstance(value, list) else value for name, value in given.items()})
        for n in range(count)
    ]
    owners = [factories.whole_of(record) for record in made] if isinstance(made[0], Part) else []
    with history.changes([type(owner).objects.get(pk=owner.pk) for owner in owners], actor=factories.SYSTEM) as block:
        block.insert(made)
    return made


def fill(count):
    """So many more of every record, and of what each queue holds for the superuser."""
    me = User.objects.get(username="root")
    topics = insert(factories.TopicFactory, count)
    publishers = insert(factories.PublisherFactory, count)
    claimants = insert(factories.ClaimantFactory, count)
    articles = insert(factories.ArticleFactory, count, publisher=publishers)
    listed = dict.fromkeys(("listed_at", "first_listed_at"), factories.MIDNIGHT)
    due = dict.fromkeys(("due_on", "recheck_on"), date(2025, 1, 1))
    claims = insert(factories.PredictionFactory, count, claimant=claimants, assigned_to=me, **listed, **due)
    insert(factories.ClaimTopicFactory, count, claim=claims, topic=topics)
    appearances = insert(factories.AppearanceFactory, count, claim=claims, article=articles)
    insert(factories.RelayFactory, count, appearance=appearances, by_claimant=claimants, position=1)
    insert(factories.RelayFactory, count, appearance=appearances, by_claimant=None, by_publisher=publishers, position=2)
    others = insert(factories.ClaimFactory, count, claimant=claimants)
    insert(factories.ClaimRelationFactory, count, from_claim=claims, to_claim=others, kind="repeats")
    people = insert(factories.UserFactory, count, is_staff=True)
    insert(factories.ArticleTextFactory, count, article=articles, received_by=people)
    ratings = insert(factories.RatingFactory, count)
    returned = {"returned_at": factories.MIDNIGHT, "returned_by": people, "returned_note": "Name the log."}
    reviews = insert(factories.ReviewFactory, count, claim=claims, rating=ratings, author=me, number=1, **returned)
    digest = "1" * 64
    capture = {"capture": f"captures/11/{digest}", "capture_sha256": digest, "capture_tool": "curl"}
    by = {"captured_at": factories.MIDNIGHT, "captured_by": me}
    evidence = insert(factories.EvidenceFactory, count, review=reviews, position=1, **capture, **by)
    fault = {"sha256": digest, "problem": CaptureProblem.MISSING, "found_at": factories.MIDNIGHT}
    CaptureFault.objects.bulk_create([CaptureFault(evidence=one, **fault) for one in evidence])
    insert(factories.CorrectionFactory, count, claim=claims)
    languages = ["".join(letters) for letters in product("abc" if count == 3 else "defghijklmnop", repeat=3)]
    insert(factories.PageFactory, count, language=languages)
    factories.analyze()


class ListTests(DeskTestCase):
    def queries(self, address):
        with CaptureQueriesContext(connection) as captured:
            response = self.client.get(address)
        self.assertEqual(response.status_code, 200)
        return len(captured), response

    def cases(self):
        """Every list for somebody with all rights, and for somebody whose rights depend on whether readers see a row;
        with each of its filters, and each queue."""
        models = [model for model in admin.site._registry if model._meta.app_label == "factcheck"]
        self.assertEqual(len(models), 15)
        for model in models:
            address = self.address(model._meta.model_name, "changelist")
            yield self.superuser, address
            if model is not User:
                yield self.researcher, address
            self.client.force_login(self.superuser)
            changelist = self.client.get(address).context["cl"]
            for spec in changelist.filter_specs:
                choices = [choice["query_string"] for choice in spec.choices(changelist)]
                for choice in choices[-1:]:
                    yield self.superuser, address + choice
            if model is Change:  # which is narrowed by a form of its own
                yield self.superuser, f"{address}?who=~&whole_type=claim&action=created&since=2025-01-01"
        for queue in QUEUES.values():
            yield self.superuser, f"{self.address(queue.model._meta.model_name, 'changelist')}?queue={queue.name}"

    def test_lists_open_in_a_fixed_number_of_queries(self):
        fill(3)
        few = {}
        for person, address in self.cases():
            self.client.force_login(person)
            few[person, address] = self.queries(address)[0]
        fill(300)

        for person, address in few:
            self.client.force_login(person)
            with self.subTest(address, person=person.username):
                count, response = self.queries(address)
                if "?" not in address:
                    self.assertGreaterEqual(response.context["cl"].result_count, 300)
                self.assertEqual(count, few[person, address])
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
                self.assertLessEqual(count, 32)

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
                        _, response = self.queries(self.address(model._meta.model_name, "changelist"))
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
