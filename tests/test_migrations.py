"""A database of the release before, with data in it, becomes one of this release, and the other way round."""

from tests import databases

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
