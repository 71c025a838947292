import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from unittest import mock

from django.db import connection
from django.test import SimpleTestCase, TestCase
from django.test.utils import CaptureQueriesContext

from factcheck.models import Claim, Claimant
from factcheck.views import paging
from factcheck.views.articles import articles_with_counts
from factcheck.views.paging import Count, Keyset, count
from factcheck.views.public import Refused
from tests import factories as made

BY_NAME = Keyset(("name", "id"))
NEWEST = Keyset(("listed_at", "id"), descending=True)


def cursor(*values):
    return urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def walk(keyset, queryset):
    """Every row, page after page."""
    found, after = [], ""
    while True:
        page = keyset.rows(queryset, after)
        found += page.rows
        if not (after := page.after):
            return found


class KeysetTests(TestCase):
    def test_equal_names_and_other_scripts_are_walked_once_each(self):
        for name in ["Ann", "Ann", "Ann", "Ødegård", "Анна", "ann", "Zoë", "安", "'; --", "A,B", "\u200fא"]:
            made.ClaimantFactory(name=name)

        for size in [1, 2, 3, 100]:
            with self.subTest(size), mock.patch.object(paging, "PAGE_SIZE", size):
                found = walk(BY_NAME, Claimant.objects.all())

                self.assertEqual(len(found), 11)
                self.assertEqual(found, list(Claimant.objects.order_by("name", "id")))

    def test_moments_that_differ_by_a_microsecond_are_walked_once_each(self):
        for microsecond in [0, 0, 1, 999_999, 500_000, 0]:
            made.ClaimFactory(listed=datetime(2025, 11, 1, 12, 0, 0, microsecond, tzinfo=UTC))

        for size in [1, 2, 5]:
            with self.subTest(size), mock.patch.object(paging, "PAGE_SIZE", size):
                found = walk(NEWEST, Claim.objects.public())

                self.assertEqual(found, list(Claim.objects.public().order_by("-listed_at", "-id")))

    def test_row_that_went_away_does_not_stop_the_walk(self):
        rows = [made.ClaimantFactory(name=name) for name in "abc"]
        with mock.patch.object(paging, "PAGE_SIZE", 1):
            page = BY_NAME.rows(Claimant.objects.all(), "")
            made.change(rows[0], name="z")

            self.assertEqual(BY_NAME.rows(Claimant.objects.all(), page.after).rows, [rows[1]])

    def test_cursor_of_no_list_is_refused(self):
        moment = "2025-11-01T00:00:00+00:00"
        for bad in [
            "x", "%%%", "é", "=", "A" * 4000, cursor(), cursor(moment), cursor(moment, 1, 2), cursor(moment, "x"),
            cursor("x", 1), cursor("2025-11-01T00:00:00", 1), cursor(moment, 2**63), cursor(moment, -(2**70)),
            cursor(moment, 1.5), cursor(moment, None), cursor(moment, [1]), cursor(None, 1),
            cursor("0001-01-01T00:00:00+14:00", 1), cursor("9999-12-31T23:59:59-14:00", 1),
            cursor("2025-13-01T00:00:00+00:00", 1),
            urlsafe_b64encode(b"[" * 200_000).decode(), urlsafe_b64encode(b'{"a":1}').decode(),
        ]:  # fmt: skip
            with self.subTest(bad[:60]), self.assertRaises(Refused):
                NEWEST.rows(Claim.objects.public(), bad)
        for bad in [cursor("\x00", 1), cursor("\ud800", 1), cursor("", 1), cursor("x" * 300, 1), cursor(1)]:
            with self.subTest(bad[:60]), self.assertRaises(Refused):
                BY_NAME.rows(Claimant.objects.all(), bad)


class CountedRowsTests(TestCase):
    def test_what_a_page_shows_of_each_row_is_not_computed_for_the_count(self):
        made.AppearanceFactory(claim=made.ClaimFactory(listed=True))
        with CaptureQueriesContext(connection) as asked:
            self.assertEqual(str(count(articles_with_counts())), "1")

        [query] = asked.captured_queries
        self.assertNotIn("claim_count", query["sql"])


class CountTests(SimpleTestCase):
    def test_count_in_words(self):
        self.assertEqual(
            [str(Count(n)) for n in [0, 999, 1000, 10_000, 10_001]], ["0", "999", "1,000", "10,000", "10,000+"]
        )
