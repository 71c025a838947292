"""What tests that commit need: Django empties the tables after each, which the insert-only triggers refuse."""

import functools
from contextlib import ExitStack, contextmanager

from django.apps import apps
from django.db import connections
from django.test import TransactionTestCase

from factcheck import roles, triggers
from tests import databases

_flush = TransactionTestCase._fixture_teardown


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


@functools.wraps(_flush)
def _fixture_teardown(self):
    """Triggers off, Django's own flush, triggers on; then what migrations had loaded. TestCase overrides this."""
    with ExitStack() as stack:
        for alias in self._databases_names(include_mirrors=False):
            stack.enter_context(without_triggers(alias))
        _flush(self)
    roles.give_permissions(apps)


TransactionTestCase._fixture_teardown = _fixture_teardown


def pytest_sessionfinish():
    databases.remove_template()
