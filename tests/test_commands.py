"""What the commands say when the database is not there, or not ready: one line, and no traceback."""

from urllib.parse import urlsplit

import pytest

from tests import databases, engines

SERVER = "postgresql://nobody:never-said@127.0.0.1:1/nothing"

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


# What a server's address may end with, and what is said then
CAUSES = {
    "": 'connection failed: connection to server at "127.0.0.1", port 1 failed: Connection refused.',
    "?sslmode=bogus": 'invalid sslmode value: "bogus".',
    "?connect_timeout=abc": "bad value for connect_timeout: 'abc'.",
}


@pytest.fixture(scope="module", autouse=True)
def waiting():
    """Commands that wait some seconds for their server, while other tests run: ours, and one of Django's."""
    return {
        (command, options): databases.start(f"{SERVER}{options}", command)
        for command in ("loadseeds", "migrate")
        for options in CAUSES
    }


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


@pytest.mark.parametrize("command", ["migrate", "showmigrations", "loadseeds"])
def test_a_file_that_is_no_database(command, tmp_path):
    (tmp_path / "text.txt").write_text("A text, and far from a database.")

    said = [answer(f"sqlite:///{tmp_path}/{file}", command) for file in ("text.txt", "none/x.sqlite3")]

    assert [code for code, _ in said] == [1, 1]
    assert f"file is not a database: {tmp_path}/text.txt." in said[0][1]
    assert f"unable to open database file: there is no directory {tmp_path}/none." in said[1][1]
    if command != "loadseeds":
        assert [output.count("\n") for _, output in said] == [1, 1]
        assert all(output.startswith("Database: ") for _, output in said)


def test_the_whole_story_is_told_to_who_asks_for_it(tmp_path):
    assert "Traceback" in answer(f"sqlite:///{tmp_path}/none/x.sqlite3", "migrate", "--traceback")[1]


@pytest.mark.parametrize("options", CAUSES)
def test_a_server_that_takes_no_connection(options, waiting):
    (code, output), (of_django, said) = databases.outputs([waiting["loadseeds", options], waiting["migrate", options]])

    assert code == of_django == 1
    assert output.startswith("CommandError: The database says: ")
    assert output.endswith(f"{CAUSES[options]} Nothing was changed.\n")
    assert said.startswith("Database: ")
    assert said.endswith(f"{CAUSES[options]}\n")
    assert output.count("\n") == said.count("\n") == 1
    assert "never-said" not in output + said


def test_a_database_that_the_server_does_not_have():
    url = urlsplit(engines.postgres_url())._replace(path="/never-made").geturl()

    code, output = answer(url, "loadseeds")

    assert code == 1
    assert 'database "never-made" does not exist. Nothing was changed.' in output
