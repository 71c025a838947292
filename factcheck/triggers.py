"""The database's triggers, one for each rule of `trigger_rules`: made, taken away, and whether all are there.

When a migration rebuilds a table, SQLite drops its triggers silently, and stumbles over those of other tables that look
at it. So a migration that alters a table begins with `aside` and ends with `back`, which makes all of them anew;
`missing` is what /readyz asks, the system check and verifyhistory also ask what is `outdated`.
"""

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython

from factcheck.trigger_rules import PREFIX, Schema, Trigger, all_triggers


def expected(connection: BaseDatabaseWrapper) -> list[Trigger]:
    """Every trigger that this database must have."""
    return all_triggers(Schema.of(connection))


def install(schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Makes all triggers anew."""
    connection = schema_editor.connection
    remove(schema_editor)
    for trigger in expected(connection):
        for statement in _create(connection.vendor, trigger):
            schema_editor.execute(statement, params=None)


def aside() -> RunPython:
    """The first operation of a migration that alters a table; `back` is its last one."""
    return RunPython(lambda apps, editor: remove(editor), lambda apps, editor: install(editor))


def back() -> RunPython:
    """The triggers as the code has them now."""
    return RunPython(lambda apps, editor: install(editor), lambda apps, editor: remove(editor))


def _text(vendor: str, trigger: Trigger) -> str:
    """What the database keeps of the trigger: SQLite its statement, PostgreSQL its function's body."""
    error = trigger.error.replace("'", "''")
    if vendor == "sqlite":
        return (
            f"CREATE TRIGGER {trigger.name} BEFORE {trigger.event} ON {trigger.table} WHEN {trigger.when}\n"
            f"BEGIN SELECT RAISE(ABORT, '{error}'); END"
        )
    row = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD", "TRUNCATE": "NULL"}[trigger.event]
    return (
        f"\nBEGIN IF {trigger.when} THEN\n"
        f"RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = '{error}';\n"
        f"END IF; RETURN {row}; END "
    )


def _create(vendor: str, trigger: Trigger) -> list[str]:
    if vendor == "sqlite":
        return [_text(vendor, trigger)]
    each = "STATEMENT" if trigger.event == "TRUNCATE" else "ROW"
    return [
        f"CREATE OR REPLACE FUNCTION {PREFIX}{trigger.name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$body${_text(vendor, trigger)}$body$",
        f"CREATE TRIGGER {trigger.name} BEFORE {trigger.event} ON {trigger.table} FOR EACH {each} "
        f"EXECUTE FUNCTION {PREFIX}{trigger.name}()",
        # Also where session_replication_role would leave ordinary triggers out.
        f"ALTER TABLE {trigger.table} ENABLE ALWAYS TRIGGER {trigger.name}",
    ]


def remove(schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Takes all triggers away: the way back of a migration."""
    connection = schema_editor.connection
    for name, table, _sql in _present(connection):
        if connection.vendor == "sqlite":
            schema_editor.execute(f"DROP TRIGGER {name}", params=None)
        else:
            schema_editor.execute(f"DROP TRIGGER {name} ON {table}", params=None)
            schema_editor.execute(f"DROP FUNCTION {PREFIX}{name}()", params=None)


def _present(connection: BaseDatabaseWrapper) -> list[tuple[str, str, str]]:
    """Name, table and text of the triggers that are there."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                f"SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE '{PREFIX}%'"
            )
        else:
            cursor.execute(
                "SELECT t.tgname, c.relname, p.prosrc FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
                "JOIN pg_proc p ON p.oid = t.tgfoid "
                "JOIN pg_namespace n ON n.oid = c.relnamespace "
                f"WHERE NOT t.tgisinternal AND n.nspname = current_schema() AND c.relname LIKE '{PREFIX}%'"
            )
        return [(name, table, text) for name, table, text in cursor.fetchall()]


def _disabled(connection: BaseDatabaseWrapper) -> set[str]:
    if connection.vendor != "postgresql":
        return set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'A'")
        return {name for (name,) in cursor.fetchall()}


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """The names of triggers that are not there, or disabled."""
    present = {name for name, *_ in _present(connection)} - _disabled(connection)
    return sorted({trigger.name for trigger in expected(connection)} - present)


def outdated(connection: BaseDatabaseWrapper) -> list[str]:
    """The names of triggers that are there and not as `install` makes them, as after a new column."""
    present = {name: (table, text) for name, table, text in _present(connection)}
    return sorted(
        trigger.name
        for trigger in expected(connection)
        if trigger.name in present and present[trigger.name] != (trigger.table, _text(connection.vendor, trigger))
    )
