"""What every public page shares: who may ask and how, its ETag and cache headers, and how it is rendered."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, QueryDict
from django.template.loader import render_to_string
from django.urls import translate_url
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.functional import Promise
from django.utils.http import parse_etags
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from factcheck import door

LOCALES = {"en": "en_GB", "uk": "uk_UA"}  # as Open Graph names them

type View = Callable[..., HttpResponse]

PACKAGE = Path(__file__).resolve().parent.parent
CACHE_CONTROL = "public, no-cache"  # kept, and asked about every time: a correction is seen at once


def _release() -> str:
    """A digest of all that decides how a page looks, besides the records."""
    digest = hashlib.sha256(f"{django.get_version()} {settings.SITE_URL}".encode())
    for file in sorted(PACKAGE.rglob("*")):
        if file.suffix in {".py", ".html", ".css", ".svg", ".png", ".mo"}:
            content = file.read_bytes()
            digest.update(f"\n{file.relative_to(PACKAGE)} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:16]


RELEASE = _release()


class Refused(Exception):
    """A question that has no answer (400); each problem names what is allowed."""

    def __init__(self, *problems: str | Promise) -> None:
        super().__init__(*problems)
        self.problems = problems


class Gone(Exception):
    """An address that readers had and that shows nothing any more (410); `facts` go to the page that says so."""

    def __init__(self, template: str = "410.html", **facts: Any) -> None:
        super().__init__()
        self.template, self.facts = template, facts


class NotListedThen(Exception):
    """A page of a day on which it was not there (404), while it is there `today`, which is its path.

    `yet`: before it came, and not in between.
    """

    def __init__(self, day: date, today: str, *, yet: bool) -> None:
        super().__init__()
        self.facts = {"day": day, "today": today, "yet": yet}


def etag(request: HttpRequest, *, daily: bool) -> str:
    """Names what readers see now at this address, and at no other.

    Only pages have one, and in one edition a page stays what it is: so who has the ETag of this address was given the
    page that is there still, and it need not be made. The key keeps anybody from making one up for an address that has
    no page. A developer's templates change without a restart, so DEBUG has none.
    """
    if settings.DEBUG:
        return ""
    here = salted_hmac("etag", request.get_full_path(), algorithm="sha256").hexdigest()[:16]
    day = f"-{timezone.now():%Y%m%d}" if daily else ""
    return f'"{door.number()}-{RELEASE}-{get_language()}-{here}{day}"'


def is_known(request: HttpRequest, current: str) -> bool:
    """Whether the reader has the page of this ETag; a proxy that compresses makes it a weak one.

    `*` would do for any page, and whether there is one, only the view knows.
    """
    return current in [given.removeprefix("W/") for given in parse_etags(request.headers.get("If-None-Match", ""))]


def public_page(*, daily: bool = False) -> Callable[[View], View]:
    """For a view that anybody may read. `daily`: what it shows depends on the UTC day."""

    def decorate(view: View) -> View:
        @csrf_exempt  # so that a POST gets its 405
        @require_safe
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            with door.looking():
                return answer_to(request, *args, **kwargs)

        def answer_to(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            current = etag(request, daily=daily)
            try:
                response = HttpResponseNotModified() if is_known(request, current) else view(request, *args, **kwargs)
                if current and response.status_code in (200, 304):
                    response.headers["ETag"] = current
            except Refused as refused:
                response = page("400.html", {"problems": refused.problems}, status=400, asked=request)
            except Gone as gone:
                response = page(gone.template, gone.facts, status=410, asked=request)
            except NotListedThen as absent:
                response = page("404.html", absent.facts, status=404, asked=request)
            response.headers.setdefault("Cache-Control", CACHE_CONTROL)
            return response

        return answer

    return decorate


def page(
    template: str, context: Mapping[str, Any], *, status: int = 200, asked: HttpRequest | None = None
) -> HttpResponse:
    """Renders without a request: no template of a public page can look at a session, a cookie or a user.

    What was `asked` gives a page that says what is wrong its address in other languages, and nothing else.
    """
    is_demo = door.site().is_demo
    about_site = {
        "is_demo": is_demo,
        "site_url": settings.SITE_URL,
        "languages": languages(context.get("canonical") or _here(asked)),
    }
    response = HttpResponse(render_to_string(template, {**context, **about_site}), status=status)
    if is_demo:
        response.headers["X-Robots-Tag"] = "noindex"
    return response


@dataclass(frozen=True, slots=True)
class Language:
    """One of the interface, and the address of this page in it."""

    code: str
    name: str
    locale: str
    address: str

    @property
    def is_current(self) -> bool:
        return self.code == get_language()

    @property
    def is_default(self) -> bool:
        return self.code == settings.LANGUAGE_CODE


def languages(here: str) -> list[Language]:
    """The page at this whole address in each language, the one that it is in among them.

    None without an address, or for one that is the same in all of them.
    """
    found = [
        Language(code, name, LOCALES.get(code, code), translate_url(here, code)) for code, name in settings.LANGUAGES
    ]
    return found if len({one.address for one in found}) == len(found) else []


def _here(asked: HttpRequest | None) -> str:
    return f"{settings.SITE_URL}{asked.get_full_path()}" if asked else ""


def address(path: str, parameters: Mapping[str, str]) -> str:
    """The path with those of the parameters that have a value."""
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in parameters.items() if value})
    return f"{path}?{query.urlencode()}" if query else path


def canonical(path: str, parameters: Mapping[str, str] | None = None) -> str:
    """The one whole address of a page: unknown and empty parameters are not in it."""
    return f"{settings.SITE_URL}{address(path, parameters or {})}"
