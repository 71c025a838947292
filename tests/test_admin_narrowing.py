"""The history by who, what and when: in the list of all changes, and in that of one record."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

from django.db import connection
from django.db.models import QuerySet

import factcheck
from factcheck import history, rights
from factcheck.actions import ACTIONS
from factcheck.admin import chronicle
from factcheck.admin.narrowing import Narrowing
from factcheck.models import Change, Claim
from tests import factories
from tests.desk import DeskTestCase


class NarrowingTests(DeskTestCase):
    def setUp(self):
        super().setUp()
        self.list = self.address("change", "changelist")
        self.topic = factories.TopicFactory(slug="harbours")

    def change(self, actor, name, at=None, **options):
        moment = datetime.fromisoformat(at) if at else datetime.now(UTC)
        with (
            mock.patch("factcheck.history.timezone.now", return_value=moment),
            history.change(self.topic, actor=actor, reason=name, **options),
        ):
            self.topic.name = name
            self.topic.save()

    def reasons(self, query, address=""):
        """Why each change was made that is shown, in order."""
        response = self.client.get(f"{address or self.list}?{query}")
        self.assertEqual(response.status_code, 200)
        return [change.reason for change in self.listed(response) if change.reason]

    @staticmethod
    def listed(response):
        """The changes on the page of one record, or of all."""
        if "cl" in response.context:
            return list(response.context["cl"].result_list)
        return [entry.change for entry in response.context["entries"]]

    def test_by_who_what_and_when_on_both_pages(self):
        self.change(self.researcher, "first", "2025-11-13T23:59:59.999999+00:00")
        self.change(self.editor, "second", "2025-11-14T00:00:00+00:00", action="corrected")
        self.change(self.researcher, "third", "2025-11-14T23:59:59.999999+00:00")
        self.change(history.System("a seed file"), "fourth", "2025-11-15T00:00:00+00:00")
        cases = {
            "": ["fourth", "third", "second", "first"],
            "who=&whole_type=&action=&since=&until=": ["fourth", "third", "second", "first"],
            "who=rose": ["third", "first"],
            "who=~": ["fourth"],
            "action=changed": ["fourth", "third", "first"],
            "since=2025-11-14": ["fourth", "third", "second"],
            "until=2025-11-14": ["third", "second", "first"],
            "since=2025-11-14&until=2025-11-14": ["third", "second"],
            "since=2025-11-14&until=2025-11-14&who=rose&action=changed": ["third"],
            "since=0001-01-01&until=9999-12-31": ["fourth", "third", "second", "first"],
            "until=2025-11-12": [],
        }

        for query, expected in cases.items():
            for address in ("", self.address(self.topic, "history")):
                with self.subTest(query, address=address):
                    more = f"{query}&q=harbours&whole_type=topic" if not address else query
                    self.assertEqual(self.reasons(more, address), expected)

    def test_an_address_says_the_same_to_everybody(self):
        self.change(self.editor, "second")
        query = "who=edna&whole_type=topic&action=changed&since=2025-01-01"

        for person in (self.viewer, self.superuser):
            self.client.force_login(person)
            self.assertEqual(self.reasons(query), ["second"])
            response = self.client.get(f"{self.list}?{query}&q=harb&o=1")
            self.assertContains(response, '<option value="edna" selected>edna</option>', html=True)
            self.assertContains(
                response, '<input type="date" name="since" value="2025-01-01" id="id_since">', html=True
            )
            self.assertContains(response, '<input type="hidden" name="q" value="harb"><input type="hidden" name="o"')

    def test_what_is_not_known_is_named_with_what_is_allowed_and_shows_nothing(self):
        self.change(self.editor, "second")
        cases = {
            "who=nobody": "Who: “nobody” is not known here. Allowed are: edna, ~ (commands).",
            "who=Edna": "Who: “Edna” is not known here.",
            "action=hidden": "Action: “hidden” is not known here. Allowed are: created, changed, deleted",
            "action=%00": "Action: “�” is not known here.",
            "since=2025-13-01": "From (UTC): “2025-13-01” is not known here. Write a day as 2025-11-14.",
            "since=2025": "From (UTC): “2025” is not known here.",
            "since=2025-1-5": "From (UTC): “2025-1-5” is not known here.",
            "until=tomorrow": "To (UTC): “tomorrow” is not known here.",
            "until=99999999999999999999": "To (UTC): ",
            "since=2025-11-15&until=2025-11-14": "From (UTC): this day is later than the one up to which it goes.",
            "who=<script>alert(1)</script>": "Who: “&lt;script&gt;alert(1)&lt;/script&gt;” is not known here.",
            f"who={'x' * 3000}": f"Who: “{'x' * 60} …” is not known here.",
            "who=%E2%80%AEedna": "Who: “�edna” is not known here.",
            "whole_type=user": "Record: “user” is not known here. Allowed are: ",
        }
        claim = factories.ClaimFactory()

        for address in (self.list, self.address(self.topic, "history"), self.address(claim, "history")):
            for query, words in cases.items():
                with self.subTest(query[:60], address=address):
                    response = self.client.get(f"{address}?{query}")
                    self.assertContains(response, words, status_code=400)
                    self.assertEqual(self.listed(response), [])
                    self.assertNotContains(response, "<script>alert", status_code=400)

    def test_it_names_only_those_whose_changes_one_may_see(self):
        factories.change(self.viewer, public_name="New")
        with history.change(self.viewer, actor=factories.UserFactory(username="adam")):
            self.viewer.public_name = "Newer"
            self.viewer.save()

        self.assertNotContains(self.client.get(self.list), "adam")
        self.assertEqual(self.client.get(f"{self.list}?who=adam").status_code, 400)
        self.client.force_login(self.superuser)
        self.assertContains(self.client.get(f"{self.list}?who=adam&whole_type=user"), "vic")

    def test_every_action_is_offered(self):
        source = "".join(file.read_text() for file in Path(factcheck.__file__).parent.rglob("*.py"))
        written = set(re.findall(r'\baction="([a-z ]+)"', source))

        self.assertGreater(len(written), 15)
        self.assertEqual(written - {action for some in ACTIONS.values() for action in some}, set())


class IndexTests(DeskTestCase):
    """No way to ask reads or sorts the whole history."""

    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.claim = factories.ClaimFactory()
        last = cls.last_change(cls.claim)
        fields = {field.attname: getattr(last, field.attname) for field in Change._meta.fields} | {"id": None}
        hours = [timedelta(hours=number) for number in range(3000)]
        rows = [Change(**{**fields, "whole_id": 1_000_000 + n, "at": last.at - ago}) for n, ago in enumerate(hours)]
        QuerySet.bulk_create(Change._base_manager.all(), rows)
        with history.change(cls.claim, actor=cls.editor, action="listed"):
            cls.claim.priority = 3
            cls.claim.save()
        if connection.vendor == "postgresql":  # there a server does it by itself; SQLite is not told in use either
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE factcheck_change")
        cls.seen = rights.kinds_seen_by(cls.editor)

    def test_in_the_list_an_index_serves_each(self):
        day = f"{self.last_change(self.claim).at - timedelta(days=50):%Y-%m-%d}"
        cases = {
            "": "change_at",
            "who=edna": "change_actor_",
            "who=~": "change_(actor_)?at",
            "whole_type=page": "change_kind_at",
            "action=listed": "change_action_at",
            f"since={day}&until={day}": "change_at",
            f"whole_type=claim&since={day}&until={day}": "change_(kind_)?at",
        }

        for query, index in cases.items():
            given = dict(pair.split("=") for pair in query.split("&") if pair)
            rows = Narrowing(given, self.seen).narrowed(Change.objects.of_kinds(self.seen))
            with self.subTest(query):
                plan = rows.order_by("-at", "-id")[:50].explain()
                self.assertRegex(plan, index)
                self.assertNotRegex(plan, "TEMP B-TREE|Seq Scan")

    def test_of_one_record_its_own_changes_are_looked_up(self):
        for query in ({}, {"action": "created"}, {"who": "~"}, {"whole_type": "claim"}, {"since": "2025-01-01"}):
            told = chronicle.of_record(Claim, self.claim.pk, self.seen)
            with self.subTest(str(query)):
                plan = Narrowing(query, self.seen).narrowed(told.changes).order_by("-id")[:25].explain()
                self.assertRegex(plan, r"change_sequence_unique|_change_1 \(whole_type=\? AND whole_id=\?\)")
