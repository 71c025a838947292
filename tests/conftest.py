"""What tests that commit need: Django empties the tables after each, which the insert-only triggers refuse."""

import gc
import itertools
import os
from contextlib import contextmanager

import pytest
from _pytest import main
from django.apps import apps
from django.core.cache import cache
from django.core.management.color import no_style
from django.db import connection, connections
from django.test import TransactionTestCase, client

from factcheck import roles, triggers
from factcheck.search.engines import engine
from tests import databases, launcher


@contextmanager
def without_triggers(alias: str):
    """The product has no such switch: these are the migration's own two functions."""
    connection = connections[alias]
    with connection.schema_editor() as editor:
        triggers.remove(editor)
    try:
        yield
    finally:
        with connection.schema_editor() as editor:
            triggers.install(editor)


# What migrations have filled, and Django's flush would fill again, which takes longer than most tests.
KEPT = ("django_content_type", "auth_permission", "auth_group", "auth_group_permissions")


def _fixture_teardown(self):
    """Triggers off, tables empty, triggers on; then the roles as migrations had made them. TestCase overrides this."""
    for alias in self._databases_names(include_mirrors=False):
        connection = connections[alias]
        tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
        with without_triggers(alias):
            connection.ops.execute_sql_flush(
                connection.ops.sql_flush(no_style(), [table for table in tables if table not in KEPT])
            )
        with engine().rebuilding():
            """Of rows that are gone, SQLite's index of words still knows."""
    roles.give_permissions(apps)


TransactionTestCase._fixture_teardown = _fixture_teardown


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """As Django makes it, if any test needs it; tests that start processes have copies of what it is now."""
    with django_db_blocker.unblock():
        if connection.settings_dict["NAME"] == connection.settings_dict["TEST"]["NAME"]:
            databases.keep_as_template(connection)


@pytest.fixture(autouse=True)
def nothing_remembered():
    """What one test has rolled back, another may not find in the cache: both begin with the same edition."""
    cache.clear()


keep_template = client.store_rendered_templates


def keep_page(store, *arguments, **named):
    """Of what is rendered for a page, Django's client would copy the context of each part and widget: hundreds."""
    if "context" not in store:
        keep_template(store, *arguments, **named)


client.store_rendered_templates = keep_page


def pytest_collection_modifyitems(config, items):
    """TEST_SHARE=1/2 keeps about half of the tests, each class and each function with all of its own."""
    number, of = map(int, os.environ.get("TEST_SHARE", "1/1").split("/"))
    kept, left, sizes = [], [], [0] * of
    for _, group in itertools.groupby(items, lambda item: item.cls or item.function):
        tests = list(group)
        smallest = sizes.index(min(sizes))
        sizes[smallest] += len(tests)
        (kept if smallest == number - 1 else left).extend(tests)
    items[:] = kept
    if left:
        config.hook.pytest_deselected(items=left)


def pytest_collection_finish():
    """What is imported by now stays to the end: the collector of garbage need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)  # a request alone makes more than the 2,000 things after which it would look


def roomy(call, *arguments):
    return call(*arguments)


# Python keeps its frames in pieces of 16 KB and gives an empty one back at once, so that whatever is called often just
# across an edge asks the system for memory each time. The piece made for a frame as large as this has room for all.
roomy.__code__ = roomy.__code__.replace(co_stacksize=70_000)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session):
    return roomy(main.pytest_runtestloop, session)


def pytest_sessionfinish():
    launcher.stop()
    databases.remove_template()
    gc.freeze()  # pytest ends with five rounds of collecting garbage: two seconds
