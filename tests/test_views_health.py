from unittest import mock

from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.test import TestCase

from factcheck import triggers
from tests import factories as made


class HealthTests(TestCase):
    def test_process_lives_without_asking_the_database(self):
        with self.assertNumQueries(0):
            response = self.client.get("/healthz")

        self.assertEqual((response.status_code, response.content), (200, b"ok\n"))
        self.assertIn("no-store", response.headers["Cache-Control"])


class ReadinessTests(TestCase):
    def assert_not_ready(self, *lines):
        response = self.client.get("/readyz")

        self.assertEqual(response.status_code, 503)
        self.assertEqual(response.content.decode().splitlines(), list(lines))
        self.assertTrue(response.headers["Content-Type"].startswith("text/plain"))
        self.assertIn("no-store", response.headers["Cache-Control"])

    def test_ready(self):
        made.scale()
        made.desk()

        response = self.client.get("/readyz")

        self.assertEqual((response.status_code, response.content), (200, b"ok\n"))

    def test_names_what_the_seeds_would_bring(self):
        self.assert_not_ready(
            "The rating scale is missing: run loadseeds.", "The desk is missing among the publishers: run loadseeds."
        )

    def test_names_a_missing_trigger(self):
        made.scale()
        made.desk()
        drop = "DROP TRIGGER change_no_delete" + ("" if connection.vendor == "sqlite" else " ON factcheck_change")
        with connection.cursor() as cursor:
            cursor.execute(drop)

        self.assertEqual(triggers.missing(connection), ["change_no_delete"])
        self.assert_not_ready("Trigger change_no_delete is missing: run installtriggers.")

    def test_names_migrations_that_are_not_applied(self):
        migration = mock.MagicMock(__str__=lambda self: "factcheck.0009_more")
        with mock.patch.object(MigrationExecutor, "migration_plan", return_value=[(migration, False)]):
            self.assert_not_ready("Migrations are not applied (factcheck.0009_more): run migrate.")

    def test_says_that_the_database_does_not_answer(self):
        with mock.patch.object(connection, "ensure_connection", side_effect=OperationalError("password: secret")):
            self.assert_not_ready("The database does not answer.")
