"""What no page of the desk leads to, asked by those who are signed in: answered, never with an error page."""

from urllib.parse import quote

from django.contrib import admin
from django.db.models import Field
from django.test import Client
from django.urls import reverse

from factcheck.models import Claim
from tests import factories
from tests.desk import DeskTestCase

MODELS = [model for model in admin.site._registry if model._meta.app_label == "factcheck"]
ODD = ["", "abc", "-1", "1.5", "999999", "9" * 20, "9" * 5000, "a\0b", "2025-99-99"]
ODD_IDS = ["abc", "-1", "999999", "9" * 5000, "_00"]
FEW = ["", "abc", "9" * 20, "a\0b"]  # one of each way in which a value can be odd
LOOKUPS = ["", "__exact", "__in", "__isnull", "__gte", "__year", "__regex", "__range", "__id__exact", "__abc"]


def of_few(number):
    """Of what every kind of record shares, each kind is asked with half: the next one with the other half."""
    return FEW[number % 2 :: 2]


def query(value, *names):
    return "?" + "&".join(f"{name}={quote(value)}" for name in names)


class OddRequestTests(DeskTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        claim = factories.ClaimFactory(topics=[factories.TopicFactory()], listed=True)
        appearance = factories.AppearanceFactory(claim=claim)
        relay = factories.RelayFactory(appearance=appearance)
        review = factories.ReviewFactory()
        factories.EvidenceFactory(review=review)
        factories.ReplyRequestFactory(review=review)
        cls.records = [
            claim, appearance, review, relay.by_claimant, appearance.article, appearance.article.publisher,
            claim.topics.get(), factories.ClaimRelationFactory(), factories.ArticleTextFactory(), review.rating,
            factories.CorrectionFactory(), factories.PageFactory(), cls.editor,
            factories.published_review().evidence.get(), cls.last_change(claim),
        ]  # fmt: skip

    def setUp(self):
        self.client = Client(raise_request_exception=False)
        self.client.force_login(self.superuser)
        self.followed = set()

    def answer(self, address, typed=None):
        """Answered, and where the answer leads elsewhere, there, too."""
        with self.subTest(f"{address[:150]} {str(typed)[:150]}"):
            response = self.client.get(address) if typed is None else self.client.post(address, typed)
            self.assertLess(response.status_code, 500)
            if response.status_code == 302 and (onward := response["Location"]) not in self.followed:
                self.followed.add(onward)
                self.assertLess(self.client.get(onward).status_code, 500)

    def lists(self):
        return [self.address(model._meta.model_name, "changelist") for model in MODELS]

    def test_every_kind_of_record_is_among_them(self):
        self.assertEqual({type(record) for record in self.records}, set(MODELS))

    def test_what_an_address_proposes_for_a_new_record(self):
        for number, model in enumerate(MODELS):
            names = [field.name for field in model._meta.get_fields()]
            for value in ODD if model is Claim else of_few(number):
                self.answer(self.address(model._meta.model_name, "add") + query(value, *names))

    def test_what_an_address_asks_of_a_list(self):
        for number, address in enumerate(self.lists()):
            for value in ODD if address == self.address("claim", "changelist") else of_few(number):
                self.answer(address + query(value, "p", "o", "q", "all", "_facets", "_changelist_filters", "abc"))
                self.answer(address + query(value, "_popup", "_to_field", "e"))

    def test_what_a_list_is_filtered_by(self):
        kinds = {type(field): (model, field.name) for model in MODELS for field in model._meta.get_fields()}
        self.assertGreater(len(kinds), 15)
        for model, name in kinds.values():
            for lookup in LOOKUPS:
                for value in ("9" * 20, "[" if lookup == "__regex" else "abc", *(["a\0b"] if not lookup else [])):
                    self.answer(self.address(model._meta.model_name, "changelist") + query(value, name + lookup))

    def test_records_that_are_none(self):
        for address in self.lists():
            for odd in ODD_IDS if address == self.address("claim", "changelist") else ODD_IDS[2:4]:
                for page in ("", "change/", "history/", "delete/", "password/"):
                    self.answer(f"{address}{odd}/{page}")
                for page in ("change/", "delete/", "password/"):
                    self.answer(f"{address}{odd}/{page}", {"post": "yes", "_save": "x"})

    def test_what_an_address_asks_of_a_record(self):
        for record in self.records:
            for page in ("change", "history", "delete"):
                for value in ("", "9" * 20):
                    self.answer(self.address(record, page) + query(value, "p", "seen", "_changelist_filters"))
                    self.answer(self.address(record, page) + query(value, "_popup", "_to_field"))

    def test_what_actions_are_taken_with(self):
        for record, address in zip(self.records, map(self.address, self.records), strict=True):
            name = record._meta.model_name
            for action in [
                "delete_selected",
                *(["list_claim", "unlist_claim", "submit", "set_topic", "abc"] if name == "claim" else []),
            ]:
                for value in FEW if name == "claim" else FEW[1:3]:
                    many = {"action": action, "_selected_action": [value, str(record.pk)]}
                    self.answer(self.address(name, "changelist"), many)
                    self.answer(self.address(name, "changelist"), many | {"index": value, "select_across": value})
                    one = {"_selected_action": value, "post": "yes", "confirmed": "1", "seen": value}
                    self.answer(self.address(name, "changelist"), one | {"action": action})
                    self.answer(address, one | {"change_form-action": action})
                self.answer(address, {"change_form-action": action})
                self.answer(address, {"change_form-action": action, "_selected_action": record.pk, "seen": "abc"})

    def test_what_is_typed_into_a_form(self):
        for number, record in enumerate(self.records[:-1]):
            name = record._meta.model_name
            # A review is started on its claim's page, and evidence added on that of its review
            for place, page in ((name, "add"), (record, "change"))[name in ("review", "evidence") :]:
                typed = self.form(place)
                counts = {name: count for name, count in typed.items() if name.endswith("_FORMS")}
                for value in FEW if name == "claim" else of_few(number):
                    self.answer(self.address(place, page), {**dict.fromkeys(typed, value), **counts, "_save": "x"})
                for value in ("", "abc", "-1", "2")[0 if name == "claim" else 2 :] if counts else ():
                    self.answer(self.address(place, page), {**typed, **dict.fromkeys(counts, value), "_save": "x"})

    def test_what_a_box_that_completes_a_name_asks(self):
        address = reverse("admin:autocomplete")
        good = {"app_label": "factcheck", "model_name": "appearance", "field_name": "claim", "term": "", "page": "1"}
        self.assertContains(self.client.get(address, good), str(self.records[0]))
        for name in good:
            for value in (*ODD, "last", "'", '"', '" a', "a b " * 500):
                self.answer(address + "?" + "&".join(f"{k}={quote(v)}" for k, v in (good | {name: value}).items()))
        for model in MODELS:
            for field in model._meta.get_fields():
                of = f"app_label=factcheck&model_name={model._meta.model_name}&field_name={field.name}"
                self.answer(f"{address}?{of}")
                if not isinstance(field, Field):
                    self.assertEqual(self.client.get(f"{address}?{of}").status_code, 403)

    def test_addresses_beside_the_records(self):
        for address in ("jsi18n/", "r/abc/x/", f"r/{ODD[5]}/1/", f"r/1/{ODD[5]}/", "abc/", "factcheck/abc/", "auth/"):
            self.answer(f"/admin/{address}")
            self.answer(f"/admin/{address}", {"abc": "a\0b"})
        for address in ("login/", "password_change/"):
            self.answer(f"/admin/{address}?next=a%00b")
            self.answer(f"/admin/{address}", {"username": "a\0b", "password": "a\0b", "old_password": "a\0b"})

    def test_what_an_address_may_propose_is_proposed(self):
        article = self.records[4]
        response = self.client.get(
            f"{self.address('appearance', 'add')}?article={article.pk}&said_on=2025-11&paragraph=7"
        )

        self.assertContains(response, f'<option value="{article.pk}" selected>{article}</option>', html=True)
        self.assertContains(response, 'value="2025-11"')
        self.assertContains(response, 'value="7"')

    def test_a_list_compares_with_what_its_filters_use_and_no_more(self):
        address = self.address("claim", "changelist")

        self.assertEqual(self.client.get(f"{address}?kind__exact=fact").status_code, 200)
        for lookup in ("text__regex=(a%2B)%2Bb", "text__startswith=A", "pk__range=1"):
            self.assertEqual(self.client.get(f"{address}?{lookup}").status_code, 400)

    def test_an_action_with_what_is_no_record_says_so_and_changes_nothing(self):
        claim = self.records[0]
        response = self.client.post(
            self.address("claim", "changelist"),
            {"action": "unlist_claims", "confirmed": "1", "note": "N.", "_selected_action": [str(claim.pk), "x"]},
            follow=True,
        )

        self.assertContains(response, "Nothing was changed. What was chosen is no record of this list: choose again.")
        claim.refresh_from_db()
        self.assertTrue(claim.is_public)
