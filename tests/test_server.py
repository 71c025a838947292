import sys
from urllib.parse import quote

import pytest
from gunicorn.app.wsgiapp import WSGIApplication
from gunicorn.http import RequestParser
from gunicorn.http.errors import LimitRequestLine

from factcheck.search.similar import LONGEST


@pytest.fixture
def received(monkeypatch):
    """What the server makes of a request's bytes."""
    monkeypatch.setattr(sys, "argv", ["gunicorn", "config.wsgi", "--config", "python:config.server"])
    settings = WSGIApplication().cfg

    def read(path):
        lines = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        return next(RequestParser(settings, iter([lines]), ("127.0.0.1", 1)))

    return read


@pytest.mark.parametrize("character", ["a", "ї", "的", "🐟"])
def test_a_text_of_the_greatest_length_fits_in_an_address_in_any_script(received, character):
    text = quote(character * LONGEST)

    assert received(f"/api/v1/claims/similar?text={text}").query == f"text={text}"


def test_an_address_without_end_is_refused(received):
    with pytest.raises(LimitRequestLine):
        received("/" + "a" * 70_000)
