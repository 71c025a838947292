"""That tests may commit: each begins with what migrations left, and with every trigger."""

import threading

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import TestCase, TransactionTestCase

from factcheck import triggers
from factcheck.models import Change, Claim, PublicAddress, User
from factcheck.roles import ROLES
from tests.factories import AppearanceFactory, ClaimFactory, UserFactory, published_review


def fill_every_guarded_table():
    UserFactory(roles=["Editor"])
    claim = ClaimFactory(listed=True)
    AppearanceFactory(claim=claim)
    published_review(claim)


def assert_as_migrated():
    assert not Change.objects.exists()
    assert not PublicAddress.objects.exists()
    assert not Claim.objects.exists()
    assert not User.objects.exists()
    assert triggers.missing(connection) == []
    assert set(Group.objects.values_list("name", flat=True)) == set(ROLES)
    for name, codenames in ROLES.items():
        given = Permission.objects.filter(group__name=name, content_type__app_label="factcheck")
        assert set(given.values_list("codename", flat=True)) == codenames


class CommittedTests(TransactionTestCase):
    """Each of two tests that do the same finds nothing of the other, in whichever order they run."""

    def test_begins_as_migrated(self):
        assert_as_migrated()

        fill_every_guarded_table()

    def test_begins_as_migrated_again(self):
        assert_as_migrated()

        fill_every_guarded_table()

    def test_is_seen_by_other_threads(self):
        claim = ClaimFactory()
        seen = []

        def look():
            seen.append(Claim.objects.get().pk)
            connection.close()

        thread = threading.Thread(target=look)
        thread.start()
        thread.join()

        self.assertEqual(seen, [claim.pk])


class RolledBackTests(TestCase):
    def test_begins_as_migrated(self):
        assert_as_migrated()


@pytest.mark.parametrize("time", ["first", "second"])
def test_transactional_db_begins_as_migrated(transactional_db, time):
    assert_as_migrated()

    fill_every_guarded_table()


@pytest.mark.parametrize("time", ["first", "second"])
def test_live_server_begins_as_migrated(live_server, time):
    assert_as_migrated()

    fill_every_guarded_table()
