"""What makes a page quick and readable for everybody, on the files as they are served in production."""

import gzip
from html.parser import HTMLParser

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client

from tests.engines import PROJECT
from tests.test_pokrovsk import DESERTIONS

PAGES = ("/", "/claims/", f"/claims/{DESERTIONS}/", "/uk/", "/uk/claims/", f"/uk/claims/{DESERTIONS}/")
KILOBYTE = 1024
PAGE_BUDGET = 8 * KILOBYTE  # gzipped
STYLESHEET_BUDGET = 8 * KILOBYTE  # gzipped
YEAR = 365 * 24 * 3600  # seconds
FETCHED = {"stylesheet", "icon", "preload", "modulepreload", "manifest", "apple-touch-icon", "prefetch"}
SOURCES = {"script", "img", "iframe", "source", "video", "audio", "embed", "track", "input"}


class Page(HTMLParser):
    """The elements of a page with their attributes, and what a browser fetches for it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.fetched: list[tuple[str, str]] = []
        self.titles = 0  # of the page; a picture has its own
        self._is_drawing = False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = {name: value or "" for name, value in attributes}
        self.elements.append((tag, given))
        self._is_drawing = self._is_drawing or tag == "svg"
        self.titles += tag == "title" and not self._is_drawing
        if tag == "link" and FETCHED & set(given["rel"].split()):
            self.fetched.append((given["rel"], given["href"]))
        elif tag in SOURCES and (address := given.get("src") or given.get("srcset")):
            self.fetched.append((tag, address))
        elif tag == "object" or "background" in given or "poster" in given:
            self.fetched.append((tag, str(given)))

    def handle_endtag(self, tag):
        self._is_drawing = self._is_drawing and tag != "svg"

    def all(self, *tags: str) -> list[dict[str, str]]:
        return [given for tag, given in self.elements if tag in tags]

    def description(self) -> str:
        [content] = [given["content"] for given in self.all("meta") if given.get("name") == "description"]
        return content


@pytest.fixture
def site(tmp_path, settings, db) -> Client:
    """With the seeds, and the static files as `make serve` collects them."""
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }
    settings.STATIC_ROOT = tmp_path / "static"
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["admin", "django_*"])
    call_command("loadseeds", PROJECT / "seeds", verbosity=0)
    cache.clear()
    return Client()


def test_pages_are_light_whole_and_described(site):
    drawn = 0
    for address in PAGES:
        answer = site.get(address)
        page = Page(answer.content.decode())

        assert len(gzip.compress(answer.content)) < PAGE_BUDGET, address
        assert sorted(kind for kind, _ in page.fetched) == ["icon", "stylesheet"], address
        assert page.all("script") == [], address
        pictures = page.all("img", "svg")
        assert [one for one in pictures if not ({"width", "height"} <= one.keys() or "viewbox" in one)] == [], address
        assert [one for one in page.all("img") if "alt" not in one] == [], address
        assert 50 <= len(page.description()) <= 160, f"{address}: {page.description()}"
        [html] = page.all("html")
        assert html["lang"] == ("uk" if address.startswith("/uk/") else "en"), address
        assert len(page.all("h1")) == 1, address
        assert page.titles == 1, address
        drawn += len(pictures)
    assert drawn


def test_what_pages_fetch_is_small_compressed_and_kept_for_ever(site):
    fetched = {address for path in PAGES for _, address in Page(site.get(path).content.decode()).fetched}
    assert len(fetched) == 2  # the same everywhere

    for address in fetched:
        plain = site.get(address)
        packed = site.get(address, headers={"accept-encoding": "gzip"})
        words = {word.strip() for word in plain.headers["Cache-Control"].split(",")}
        whole = b"".join(plain.streaming_content)
        sent = b"".join(packed.streaming_content)

        assert {"public", "immutable"} <= words, address
        [age] = [int(word.removeprefix("max-age=")) for word in words if word.startswith("max-age=")]
        assert age >= YEAR, address
        assert packed.headers["Content-Encoding"] == "gzip", address
        assert packed.headers["Vary"] == "Accept-Encoding", address
        assert gzip.decompress(sent) == whole, address
        assert len(sent) < STYLESHEET_BUDGET, address


def test_a_page_that_is_too_much_would_be_seen():
    page = Page('<link rel="preload" href="/a.woff2"><img src="/b.png" alt=""><script src="/c.js"></script><svg></svg>')

    assert page.fetched == [("preload", "/a.woff2"), ("img", "/b.png"), ("script", "/c.js")]
    assert page.all("svg") == [{}]
