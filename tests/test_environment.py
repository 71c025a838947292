"""What differs between machines comes from the environment, and is read strictly."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.environment import hosts, names, number, site, switch


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


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", "http://localhost:8000"),
        (" https://Example.org/ ", "https://example.org"),
        ("http://127.0.0.1:8123", "http://127.0.0.1:8123"),
        ("http://[::1]:80", "http://[::1]:80"),
        ("https://xn--e1afmkfd.xn--j1amh", "https://xn--e1afmkfd.xn--j1amh"),
    ],
)
def test_a_site(monkeypatch, value, expected):
    monkeypatch.setenv("X", value)

    assert site("X", "http://localhost:8000") == expected


@pytest.mark.parametrize(
    "value",
    [
        *("example.org", "ftp://example.org", "http://", "http://[x", "http://[x]", "http://a b", "http://:80"),
        *("http://e.org:", "http://e.org:0", "http://e.org:99999", "http://e.org:http", "http://e.org:" + "9" * 5000),
        *(
            "http://u:secret@e.org",
            "http://*",
            "http://.e.org",
            "http://e..org",
            "http://e_e.org",
            "http://приклад.укр",
        ),
        *("https://e.org/facts", "https://e.org?x", "https://e.org#x", "http://[::1%25eth0]", "http://e.org\nx"),
    ],
)
def test_what_is_no_site_is_refused_and_not_quoted(monkeypatch, value):
    monkeypatch.setenv("X", value)

    with pytest.raises(ImproperlyConfigured, match="X is http:// or https:// and a host, as in https://ex") as caught:
        site("X", "http://localhost:8000")

    assert "secret" not in str(caught.value)


def test_hosts(monkeypatch):
    monkeypatch.setenv("X", "")
    monkeypatch.setenv("Y", " a.example, .b.example,*,[::1],127.0.0.1, ")

    assert hosts("X", "localhost,[::1]") == ["localhost", "[::1]"]
    assert hosts("Y", "localhost") == ["a.example", ".b.example", "*", "[::1]", "127.0.0.1"]


@pytest.mark.parametrize(
    "value", [",,", "http://a.example", "a.example:80", "::1", "[::1", "a_b", "*.a.example", "a b"]
)
def test_what_is_no_host_is_refused_by_name(monkeypatch, value):
    monkeypatch.setenv("X", f"localhost,{value}" if value.strip(",") else value)
    named = value if value.strip(",") else "a comma alone"

    with pytest.raises(ImproperlyConfigured) as caught:
        hosts("X", "localhost")

    assert str(caught.value).startswith(f"X: {named} cannot be used; allowed are hosts separated by commas")
