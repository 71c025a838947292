"""What the commands say when the database is not there, or not ready: one line, and no traceback."""

import pytest

from tests import databases

COMMANDS = [
    ("loadseeds",),
    ("dumpseeds", "nowhere"),
    ("verifyhistory",),
    ("verifyevidence",),
    ("demoaccounts",),
    ("liftlock", "--account", "edna"),
]


def answer(url, *arguments):
    [(code, output)] = databases.outputs([databases.start(url, *arguments)])
    return code, output


@pytest.fixture(scope="module", autouse=True)
def waiting():
    """A command that waits some seconds for its server, while other tests run."""
    return databases.start("postgresql://nobody@127.0.0.1:1/nothing", "loadseeds")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_database_without_tables(command, tmp_path):
    code, output = answer(f"sqlite:///{tmp_path}/empty.sqlite3", *command)

    assert code == 1
    assert "run manage.py migrate." in output
    assert "Traceback" not in output


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_what_is_no_terminal_gets_no_progress_bar(command, tmp_path):
    with databases.empty_database() as url:
        if command[0] == "dumpseeds":
            command = ("dumpseeds", tmp_path / "dump")
        code, output = answer(url, *command)

    assert code == 0
    assert "%|" not in output and "it/s" not in output and "record/s" not in output


def test_a_database_that_lost_its_triggers_can_be_migrated_and_repaired():
    with databases.empty_database() as url:
        on = " ON factcheck_change" if url.startswith("postgresql") else ""
        databases.query(url, f"DROP TRIGGER change_no_delete{on}")

        assert "change_no_delete" in answer(url, "migrate")[1]
        assert answer(url, "migrate")[0] == 0
        assert "Missing or altered were: change_no_delete." in databases.run(url, "installtriggers")
        assert "verified" in databases.run(url, "verifyhistory")


def test_a_server_that_does_not_answer(waiting):
    [(code, output)] = databases.outputs([waiting])

    assert code == 1
    assert "CommandError: The database says: " in output
    assert "Nothing was changed." in output
    assert "Traceback" not in output
