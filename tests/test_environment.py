"""What differs between machines comes from the environment, and is read strictly."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.environment import names, number, switch


@pytest.mark.parametrize(("value", "expected"), [("", False), ("0", False), ("No", False), ("1", True), ("TRUE", True)])
def test_a_switch(monkeypatch, value, expected):
    monkeypatch.setenv("X", value)

    assert switch("X") is expected


def test_what_is_not_set_is_off_the_default_or_nothing(monkeypatch):
    monkeypatch.delenv("X", raising=False)

    assert (switch("X"), number("X", 7), names("X", ["a"])) == (False, 7, [])


def test_numbers_and_names(monkeypatch):
    monkeypatch.setenv("X", " 12 ")
    monkeypatch.setenv("Y", "b, a,")

    assert number("X", 7) == 12
    assert names("Y", ["a", "b", "c"]) == ["b", "a"]


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "ten", "1000000", "١"])
def test_what_is_no_number_is_refused(monkeypatch, value):
    monkeypatch.setenv("X", value)

    with pytest.raises(ImproperlyConfigured, match="X is a whole number from 1 to 999999"):
        number("X", 7)


def test_a_number_may_begin_at_zero(monkeypatch):
    monkeypatch.setenv("X", "0")

    assert number("X", 7, least=0) == 0


def test_an_unknown_name_is_refused_with_those_that_are_allowed(monkeypatch):
    monkeypatch.setenv("X", "a,editor")

    with pytest.raises(ImproperlyConfigured, match="X: there is no editor; allowed are a, Editor"):
        names("X", ["a", "Editor"])


def test_a_switch_that_is_neither_is_refused(monkeypatch):
    monkeypatch.setenv("X", "maybe")

    with pytest.raises(ImproperlyConfigured, match="X is 1 or 0"):
        switch("X")
