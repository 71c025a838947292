"""A database of the release before, with data in it, becomes one of this release, and the other way round."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.core.management import CommandError
from django.db import connection

from factcheck import triggers
from tests import databases
from tests.factories import (
    MIDNIGHT,
    ClaimFactory,
    CorrectionFactory,
    EvidenceFactory,
    ImportedReviewFactory,
    ReviewFactory,
    change,
    desk,
    published_review,
)

BEFORE = "0002"


def changes(url: str) -> int:
    [(number,)] = databases.query(url, "SELECT COUNT(*) FROM factcheck_change")
    return number


def test_a_database_with_the_seeds_goes_back_and_comes_forward_once_it_keeps_the_new_rules():
    with databases.empty_database() as url:
        databases.run(url, "loadseeds")
        before = changes(url)
        databases.run(url, "migrate", "factcheck", BEFORE)
        assert "Missing" not in databases.run(url, "installtriggers")
        [(topic, slug, name)] = databases.query(url, "SELECT id, slug, name FROM factcheck_topic LIMIT 1")
        databases.query(url, f"UPDATE factcheck_topic SET name = ' ' WHERE id = {topic}")

        [(code, output)] = databases.outputs([databases.start(url, "migrate")])

        assert code == 1
        assert f"topic {topic} {slug}: Give the topic a name." in output
        assert "Traceback" not in output
        applied = databases.query(url, "SELECT name FROM django_migrations WHERE app = 'factcheck' ORDER BY name DESC")
        assert applied[0][0].startswith(BEFORE)
        assert "Missing" not in databases.run(url, "installtriggers")

        databases.query(url, f"UPDATE factcheck_topic SET name = '{name}' WHERE id = {topic}")
        databases.run(url, "migrate")

        databases.run(url, "verifyhistory")  # which names a trigger that is missing or altered
        databases.run(url, "loadseeds")
        assert changes(url) == before > 0


def sql(statement: str, *parameters: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def test_records_that_break_more_rules_are_named_before_these_come(db):
    """Nothing of ours lets them come to be: somebody wrote to the database, or the rules were not there yet."""
    name_what_breaks = import_module("factcheck.migrations.0017_more_rules").name_what_breaks
    claim = published_review(ClaimFactory(listed=MIDNIGHT), at=MIDNIGHT).claim
    claim.refresh_from_db()
    change(claim, listed_at=None, unlisted_at=MIDNIGHT + timedelta(days=1), unlisted_note="A mistake.")
    later = ClaimFactory(listed=MIDNIGHT)
    change(later, listed_at=None, unlisted_at=MIDNIGHT + timedelta(days=1))
    published_review(later, at=MIDNIGHT + timedelta(days=2))
    correction = CorrectionFactory(claim=claim, review=claim.reviews.get())
    evidence = EvidenceFactory()
    review, imported = ReviewFactory(), ImportedReviewFactory()
    name_what_breaks(apps, None)

    connection.check_constraints()
    triggers.remove(connection.schema_editor(atomic=False))
    if connection.vendor == "postgresql":
        sql("ALTER TABLE factcheck_evidence DROP CONSTRAINT evidence_capture_whole")
    else:
        sql("PRAGMA ignore_check_constraints = ON")
    sql("UPDATE factcheck_claim SET unlisted_note = ' ' WHERE id = %s", claim.pk)
    sql("UPDATE factcheck_correction SET claim_id = %s WHERE id = %s", later.pk, correction.pk)
    sql("UPDATE factcheck_evidence SET capture_tool = 'curl' WHERE id = %s", evidence.pk)
    sql("UPDATE factcheck_review SET publisher_id = %s WHERE id = %s", imported.publisher_id, review.pk)
    sql("UPDATE factcheck_review SET publisher_id = %s WHERE id = %s", desk().pk, imported.pk)
    if connection.vendor == "sqlite":
        sql("PRAGMA ignore_check_constraints = OFF")

    with pytest.raises(CommandError) as caught:
        name_what_breaks(apps, None)

    ours = "Our reviews are the desk's; another publisher's review is imported."
    assert str(caught.value).splitlines() == [
        "Change these at the desk of the release before, then migrate:",
        f"claim {claim.pk} {claim.slug}: We published a review of this claim: say in a public note why it is unlisted.",
        f"correction {correction.pk} {later.slug}: This is a review of another claim.",
        f"evidence {evidence.pk} {evidence.review.claim.slug} {evidence.title}: A capture is kept under its SHA-256, "
        "with when it was made, by whom and with what tool.",
        f"review {review.pk} {review.claim.slug} {imported.publisher.slug}: {ours}",
        f"review {imported.pk} {imported.claim.slug} {desk().slug}: {ours}",
    ]
