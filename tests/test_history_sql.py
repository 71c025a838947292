"""That SQL does not go round the history either, and that nothing takes the triggers away unseen."""

import json
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, models, transaction
from django.test import SimpleTestCase, TestCase, TransactionTestCase
from django.test.utils import isolate_apps

from factcheck import history, roles, triggers
from factcheck.checks import foreign_keys_keep_history, triggers_present
from factcheck.models import Change, Claim, Part, Review, Topic, Whole
from factcheck.models.history import TrackedQuerySet
from tests.factories import TopicFactory, UserFactory

TABLE = "factcheck_change"
COLUMNS = [field.column for field in Change._meta.concrete_fields]
LIST = ", ".join(COLUMNS)
# the row again with one column of another's: as a new row, or in the way of the stored one
SAME = f"SELECT {LIST} FROM {TABLE} WHERE id = (SELECT MIN(id) FROM {TABLE})"
FORGED = SAME.replace("reason", "'forged'")
FORGED_KEY = FORGED.replace("SELECT id,", "SELECT 999999,")
ANOTHER = FORGED_KEY.replace(" sequence,", " 999,")


def rows() -> list[tuple]:
    return list(Change._base_manager.order_by("pk").values_list())


def execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


MARK = '{"erased":"x"}'
NO_MARKS = {
    "empty": "",
    "no-json": "erased",
    "begins-as-a-mark": '{"erased":',
    "ends-too-early": '{"erased":"x"',
    "goes-on": '{"erased":"x"}x',
    "goes-on-in-another-line": '{"erased":"x"}\n',
    "two-objects": '{"erased":"x"}{"erased":"y"}',
    "list": '["erased"]',
    "text": '"erased"',
    "null": "null",
    "another-key": '{"removed":"x"}',
    "key-more": '{"erased":"x","name":"Forged"}',
    "key-twice": '{"erased":"x","erased":"y"}',
    "no-key": "{}",
    "number": '{"erased":1}',
    "no-value": '{"erased":null}',
    "object": '{"erased":{"name":"Forged"}}',
    "quote-in-it": '{"erased":"x"y"}',
    "unknown-escape": '{"erased":"\\x"}',
    "escape-to-nothing": '{"erased":"\\"}',
    "line-in-it": '{"erased":"x\ny"}',
}
BOTH_ENGINES = {
    "update": f"UPDATE {TABLE} SET reason = 'forged'",
    "update-one": f"UPDATE {TABLE} SET after = '{{}}' WHERE sequence = 1",
    "update-id": f"UPDATE {TABLE} SET id = id + 1000000",
    "update-to-null": f"UPDATE {TABLE} SET actor_id = NULL WHERE actor_id IS NOT NULL",
    **{f"mark-{label}": f"UPDATE {TABLE} SET before = '{mark}', after = '{mark}'" for label, mark in NO_MARKS.items()},
    "mark-before-alone": f"UPDATE {TABLE} SET before = '{MARK}'",
    "mark-after-alone": f"UPDATE {TABLE} SET after = '{MARK}'",
    "marks-that-differ": f"""UPDATE {TABLE} SET before = '{MARK}', after = '{{"erased":"y"}}'""",
    "nothing-differs": f"UPDATE {TABLE} SET before = before, after = after",
    "erase-and-more": f"""UPDATE {TABLE} SET before = '{{"erased":"x"}}', after = '{{"erased":"x"}}', reason = 'x'""",
    "delete": f"DELETE FROM {TABLE}",
    "delete-one": f"DELETE FROM {TABLE} WHERE sequence = 1",
    "insert-same-id": f"INSERT INTO {TABLE} ({LIST}) {FORGED}",
    "insert-same-sequence": f"INSERT INTO {TABLE} ({LIST}) {FORGED_KEY}",
    "upsert-by-id": f"INSERT INTO {TABLE} ({LIST}) {FORGED} ON CONFLICT (id) DO UPDATE SET reason = 'forged'",
    "upsert-by-sequence": f"""INSERT INTO {TABLE} ({LIST}) {FORGED_KEY}
        ON CONFLICT (whole_type, whole_id, sequence) DO UPDATE SET reason = 'forged'""",
}
# SQLite's own ways, and what comes nearest on PostgreSQL
BY_ENGINE = {
    "replace-by-id": {
        "sqlite": f"INSERT OR REPLACE INTO {TABLE} ({LIST}) {FORGED}",
        "postgresql": f"MERGE INTO {TABLE} t USING ({FORGED}) s ON t.id = s.id WHEN MATCHED THEN DELETE",
    },
    "replace-by-sequence": {
        "sqlite": f"REPLACE INTO {TABLE} ({LIST}) {FORGED_KEY}",
        "postgresql": f"""MERGE INTO {TABLE} t USING ({FORGED}) s ON t.id = s.id
            WHEN MATCHED THEN UPDATE SET reason = 'forged'""",
    },
    "ignore": {
        "sqlite": f"INSERT OR IGNORE INTO {TABLE} ({LIST}) {FORGED}",
        "postgresql": f"WITH gone AS (DELETE FROM {TABLE} RETURNING 1) SELECT * FROM gone",
    },
    "update-or-replace": {
        "sqlite": f"UPDATE OR REPLACE {TABLE} SET sequence = 1",
        "postgresql": f"UPDATE ONLY {TABLE} SET sequence = sequence + 1",
    },
    "update-or-ignore": {
        "sqlite": f"UPDATE OR IGNORE {TABLE} SET reason = 'forged'",
        "postgresql": f"UPDATE {TABLE} SET reason = 'forged' FROM factcheck_topic",
    },
    "empty-the-table": {"sqlite": f"DELETE FROM {TABLE}", "postgresql": f"TRUNCATE {TABLE}"},
    "empty-it-with-its-numbers": {
        "sqlite": f"DELETE FROM {TABLE} WHERE 1",
        "postgresql": f"TRUNCATE {TABLE} RESTART IDENTITY CASCADE",
    },
    "empty-accounts-with-what-names-them": {
        "sqlite": "DELETE FROM factcheck_user",
        "postgresql": "TRUNCATE factcheck_user CASCADE",
    },
}


class RefusedStatementTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        topic = TopicFactory()
        with history.change(topic, actor=UserFactory(), reason="Typing error"):
            topic.name = "Renamed"
            topic.save()

    def setUp(self):
        self.before = rows()
        connection.check_constraints()  # PostgreSQL truncates nothing that has checks to come

    def assert_refused(self, *statements):
        with self.assertRaises(IntegrityError), transaction.atomic():
            execute(*statements)
        self.assertEqual(rows(), self.before)

    def test_statement_is_refused(self):
        for label, statement in BOTH_ENGINES.items():
            with self.subTest(label):
                self.assert_refused(statement)

    def test_what_is_no_mark_is_refused_in_the_words_of_the_rule(self):
        for label, mark in NO_MARKS.items():
            refused = self.assertRaisesMessage(IntegrityError, "change_no_update: History is never changed or removed.")
            with self.subTest(label), refused, transaction.atomic():
                execute(f"UPDATE {TABLE} SET before = '{mark}', after = '{mark}'")

    def test_statement_of_this_engine_is_refused(self):
        for label, by_engine in BY_ENGINE.items():
            with self.subTest(label):
                self.assert_refused(by_engine[connection.vendor])

    def test_no_setting_of_the_session_opens_it(self):
        """REPLACE asks a delete trigger only if told to; replication asks no ordinary trigger at all."""
        if connection.vendor == "sqlite":
            [(setting,)] = connection.cursor().execute("PRAGMA recursive_triggers").fetchall()
            self.addCleanup(execute, f"PRAGMA recursive_triggers = {setting}")
            closed, opened = "PRAGMA recursive_triggers = OFF", "PRAGMA ignore_check_constraints = ON"
            self.addCleanup(execute, "PRAGMA ignore_check_constraints = OFF")
            ways = [closed, opened]
        else:
            ways = ["SET LOCAL session_replication_role = replica"]
        for statement in (*BOTH_ENGINES.values(), *(by_engine[connection.vendor] for by_engine in BY_ENGINE.values())):
            with self.subTest(statement):
                self.assert_refused(*ways, statement)

    def test_accounts_emptied_do_not_take_it_with_them(self):
        """Should the accounts' own trigger be missing, the history's still holds."""
        if connection.vendor == "postgresql":
            statements = ("DROP TRIGGER user_no_truncate ON factcheck_user", "TRUNCATE factcheck_user CASCADE")
        else:
            statements = ("DROP TRIGGER user_no_delete", "DELETE FROM factcheck_user")
        with self.assertRaises(IntegrityError), transaction.atomic():
            execute(*statements)
            connection.check_constraints()
        self.assertEqual(rows(), self.before)

    def test_new_change_is_let_through(self):
        """That the tests above fail for what they do to stored rows, not for their SQL."""
        execute(f"INSERT INTO {TABLE} ({LIST}) {ANOTHER}")

        self.assertEqual(len(rows()), len(self.before) + 1)

    def test_erasure_is_the_one_update_let_through(self):
        row = Change.objects.first()

        history.erase(row, "Order of a court")

        erased = Change.objects.get(pk=row.pk)
        for field in Change._meta.concrete_fields:
            if field.name in ("before", "after"):
                self.assertEqual(getattr(erased, field.name), '{"erased":"Order of a court"}')
            else:
                self.assertEqual(getattr(erased, field.attname), getattr(row, field.attname))

    def test_creation_and_deletion_are_erased_too(self):
        topic = TopicFactory()
        with history.change(topic, actor=history.System("test")):
            topic.delete()
        for row in Change.objects.filter(whole_type="topic", slug=topic.slug):
            with self.subTest(row.action):
                self.assertIn("null", (row.before, row.after))

                history.erase(row, 'Order of “a court”,\n"17" \\ \x1f Київ')

                row.refresh_from_db()
                self.assertEqual(row.before, row.after)
                self.assertEqual(json.loads(row.after), {"erased": 'Order of “a court”,\n"17" \\ \x1f Київ'})

    def test_erased_payload_is_as_fixed_as_any(self):
        row = Change.objects.first()
        history.erase(row, "Order of a court")
        self.before = rows()

        for columns in (["after"], ["before"], ["before", "after"]):
            for value in (row.after, row.before, MARK, '{"erased":"Order of a court"}'):
                with self.subTest(columns, value=value):
                    refused = self.assertRaisesMessage(IntegrityError, "History is never changed or removed.")
                    with refused, transaction.atomic(), connection.cursor() as cursor:
                        assigned = ", ".join(f"{name} = %s" for name in columns)
                        cursor.execute(
                            f"UPDATE {TABLE} SET {assigned} WHERE id = %s", [*([value] * len(columns)), row.pk]
                        )
                    self.assertEqual(rows(), self.before)


class MissingTriggerTests(TestCase):
    def drop(self, name: str) -> None:
        table = next(trigger.table for trigger in triggers.expected(connection) if trigger.name == name)
        execute(f"DROP TRIGGER {name}" + (f" ON {table}" if connection.vendor == "postgresql" else ""))

    def test_none_is_missing_after_all_migrations(self):
        self.assertEqual(triggers.missing(connection), [])
        self.assertEqual(triggers_present(None, databases=["default"]), [])

    def test_every_trigger_that_goes_is_named(self):
        names = sorted(trigger.name for trigger in triggers.expected(connection))
        self.assertGreater(len(names), 30)

        for name in names:
            self.drop(name)

        self.assertEqual(triggers.missing(connection), names)

    def test_system_check_names_it(self):
        self.drop("change_no_update")

        [error] = triggers_present(None, databases=["default"])

        self.assertEqual(error.id, "factcheck.W002")
        self.assertIn("change_no_update", error.msg)
        with self.assertRaisesMessage(Exception, "change_no_update"):
            call_command("check", databases=["default"], fail_level="WARNING", stderr=StringIO())

    def test_system_check_asks_only_where_it_may(self):
        self.drop("change_no_update")

        self.assertEqual(triggers_present(None, databases=None), [])

    def assert_check_names(self, *names):
        errors = triggers_present(None, databases=["default"])
        self.assertEqual([(error.id, error.msg.split()[1]) for error in errors], [("factcheck.W002", n) for n in names])

    def test_trigger_that_does_nothing_any_more_is_named(self):
        if connection.vendor == "postgresql":
            execute(
                "CREATE OR REPLACE FUNCTION factcheck_change_no_update() RETURNS trigger LANGUAGE plpgsql AS "
                "$body$BEGIN RETURN NEW; END$body$"
            )
        else:
            execute(
                "DROP TRIGGER change_no_update",
                "CREATE TRIGGER change_no_update BEFORE UPDATE ON factcheck_change WHEN 0 BEGIN SELECT 1; END",
            )

        self.assert_check_names("change_no_update")

    def test_trigger_that_is_switched_off_is_named(self):
        """SQLite's cannot be switched off one by one."""
        if connection.vendor == "postgresql":
            execute("ALTER TABLE factcheck_change DISABLE TRIGGER change_no_update")
        else:
            self.drop("change_no_update")

        self.assertEqual(triggers.missing(connection), ["change_no_update"])
        self.assert_check_names("change_no_update")

    def test_trigger_that_does_not_know_a_new_column_is_named(self):
        execute("ALTER TABLE factcheck_review ADD COLUMN byline varchar(10)")

        self.assert_check_names("review_published_no_update", "review_submitted_no_update")

    def test_history_is_not_verified_without_them(self):
        self.drop("change_no_delete")

        with self.assertRaisesMessage(CommandError, "change_no_delete"):
            call_command("verifyhistory", verbosity=0)


class RebuiltTableTests(TransactionTestCase):
    """What a migration that forgets `install` would do. SQLite makes the table anew, and its triggers are gone."""

    def alter(self, model, name, back=False):
        old = model._meta.get_field(name)
        new = old.clone()
        new.max_length = 121
        new.set_attributes_from_name(name)
        new.model = model
        with connection.schema_editor() as editor:
            if back:
                triggers.remove(editor)
            editor.alter_field(model, *((new, old) if back else (old, new)), strict=True)
            if back:
                triggers.install(editor)

    def test_table_that_other_triggers_look_at_is_rebuilt_without_them(self):
        """SQLite gives no table a name that a trigger waits for: such a migration begins with `remove`."""
        with connection.schema_editor() as editor:
            triggers.remove(editor)
        self.alter(Review, "rating_value")

        self.alter(Review, "rating_value", back=True)

        self.assertEqual(triggers.missing(connection), [])

    def test_triggers_lost_in_a_rebuild_are_named(self):
        self.alter(Topic, "name")

        lost = {trigger.name for trigger in triggers.expected(connection) if trigger.table == Topic._meta.db_table}
        self.assertGreater(len(lost), 3)
        expected = lost if connection.vendor == "sqlite" else set()
        self.assertEqual(set(triggers.missing(connection)), expected)
        self.assertEqual(len(triggers_present(None, databases=["default"])), len(expected))

        self.alter(Topic, "name", back=True)

        self.assertEqual(triggers.missing(connection), [])

    def test_triggers_come_back_with_install_and_go_with_remove(self):
        names = sorted(trigger.name for trigger in triggers.expected(connection))
        with connection.schema_editor() as editor:
            triggers.remove(editor)
        self.assertEqual(triggers.missing(connection), names)

        with connection.schema_editor() as editor:
            triggers.install(editor)

        self.assertEqual(triggers.missing(connection), [])

    def test_install_twice_is_install_once(self):
        with connection.schema_editor() as editor:
            triggers.install(editor)
            triggers.install(editor)

        self.assertEqual(triggers.missing(connection), [])


class MigrationTests(TransactionTestCase):
    def test_to_nothing_and_back(self):
        try:
            call_command("migrate", "factcheck", "zero", verbosity=0)
            self.assertFalse([name for name in connection.introspection.table_names() if "factcheck" in name])
            self.assertFalse(left_over_functions())
        finally:
            call_command("migrate", verbosity=0)

        self.assertEqual(triggers.missing(connection), [])
        groups = apps.get_model("auth.Group").objects.values_list("name", flat=True)
        self.assertEqual(set(groups), set(roles.ROLES))
        topic = TopicFactory()
        with self.assertRaises(IntegrityError):
            execute(f"DELETE FROM {TABLE}")
        self.assertEqual(Change.objects.of(topic).count(), 1)


def left_over_functions() -> list[str]:
    if connection.vendor == "sqlite":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT proname FROM pg_proc WHERE proname LIKE 'factcheck%'")
        return [name for (name,) in cursor.fetchall()]


class ModelCheckTests(SimpleTestCase):
    """That a model which would lose history is named before it reaches a database."""

    def assert_named(self, isolated, *expected):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("factcheck.checks.apps", isolated)
            problems = foreign_keys_keep_history(None)
        self.assertEqual([(problem.id, problem.msg.split()[0]) for problem in problems], list(expected))

    def test_our_own_models_pass(self):
        self.assertEqual(foreign_keys_keep_history(None), [])

    @isolate_apps("factcheck", kwarg_name="isolated")
    def test_cascade_between_wholes_is_named(self, isolated):
        class Wrong(Whole):
            claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="+")
            objects = TrackedQuerySet.as_manager()

            class Meta(Whole.Meta):
                app_label = "factcheck"

        self.assert_named(isolated, ("factcheck.E001", "factcheck.Wrong.claim"))

    @isolate_apps("factcheck", kwarg_name="isolated")
    def test_other_deletions_between_wholes_are_named(self, isolated):
        class Wrong(Whole):
            one = models.ForeignKey(Claim, on_delete=models.SET_NULL, null=True, related_name="+")
            two = models.ForeignKey(Claim, on_delete=models.DO_NOTHING, related_name="+")
            three = models.OneToOneField(Claim, on_delete=models.CASCADE, related_name="+")
            objects = TrackedQuerySet.as_manager()

            class Meta(Whole.Meta):
                app_label = "factcheck"

        self.assert_named(
            isolated, *(("factcheck.E001", f"factcheck.Wrong.{name}") for name in ("one", "two", "three"))
        )

    @isolate_apps("factcheck", kwarg_name="isolated")
    def test_part_that_outlives_its_whole_is_named(self, isolated):
        class Wrong(Part):
            link = "claim"
            claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="+")
            topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="+")
            objects = TrackedQuerySet.as_manager()

            class Meta(Whole.Meta):
                app_label = "factcheck"

        self.assert_named(
            isolated, ("factcheck.E001", "factcheck.Wrong.claim"), ("factcheck.E001", "factcheck.Wrong.topic")
        )

    @isolate_apps("factcheck", kwarg_name="isolated")
    def test_queryset_that_writes_is_named(self, isolated):
        class Wrong(Whole):
            objects = models.Manager()

            class Meta(Whole.Meta):
                app_label = "factcheck"

        self.assert_named(isolated, ("factcheck.E003", "factcheck.Wrong.objects"))

    @isolate_apps("factcheck", kwarg_name="isolated")
    def test_right_models_pass(self, isolated):
        class Right(Whole):
            claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="+")
            objects = TrackedQuerySet.as_manager()

            class Meta(Whole.Meta):
                app_label = "factcheck"

        class Piece(Part):
            link = "right"
            right = models.ForeignKey(Right, on_delete=models.CASCADE, related_name="pieces")
            objects = TrackedQuerySet.as_manager()

            class Meta(Whole.Meta):
                app_label = "factcheck"

        self.assert_named(isolated)
