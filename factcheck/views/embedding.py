"""A claim on somebody else's page: a small card in a frame, and the answer by which a site finds it (oEmbed 1.0)."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import Resolver404, resolve, reverse
from django.utils import translation
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csp import csp_override

from config.csp import POLICY
from factcheck.models import Claim
from factcheck.views.claims import absence
from factcheck.views.public import Refused, canonical, page, public_page

WIDTH, HEIGHT = 600, 320  # pixels, of the card where nobody asks for less
ANYWHERE: dict[str, list[str]] = {**POLICY, "frame-ancestors": ["*"]}


# Outside `public_page`, so that "nothing new" says so too: a browser takes over the headers of that answer.
@xframe_options_exempt
@csp_override(ANYWHERE)
@public_page()
def embed(request: HttpRequest, slug: str) -> HttpResponse:
    claim = Claim.objects.public().with_status().filter(slug=slug).first()
    if claim is None:
        raise absence(slug, "factcheck/embed_gone.html")
    return page("factcheck/embed.html", {"canonical": canonical(claim.get_absolute_url()), "claim": claim})


@public_page()
def oembed(request: HttpRequest) -> HttpResponse:
    asked = request.GET.get("url", "")
    if not asked:
        raise Refused(
            _("url: the address of a claim's page, such as %(address)s") % {"address": canonical("/claims/…/")}
        )
    width, height = _at_most(request, "maxwidth", WIDTH), _at_most(request, "maxheight", HEIGHT)
    if request.GET.get("format", "json") != "json":
        return HttpResponse("Only json is answered here.\n", status=501, content_type="text/plain; charset=utf-8")
    path = _path_here(asked)
    with translation.override(translation.get_language_from_path(path) or settings.LANGUAGE_CODE):
        return JsonResponse(_answer(_claim_at(path), width, height))


def _answer(claim: Claim, width: int, height: int) -> dict[str, Any]:
    frame = format_html(
        '<iframe src="{}" width="{}" height="{}" title="{}" frameborder="0" loading="lazy" '
        'sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>',
        canonical(reverse("factcheck:claim-embed", args=[claim.slug])),
        width,
        height,
        Truncator(claim.text).chars(120),
    )
    answer = {
        "version": "1.0",
        "type": "rich",
        "title": claim.text,
        "provider_name": "factcheck",
        "provider_url": canonical(reverse("factcheck:front")),
        "html": frame,
        "width": width,
        "height": height,
    }
    if claim.claimant:
        answer["author_name"] = claim.claimant.name
        answer["author_url"] = canonical(claim.claimant.get_absolute_url())
    return answer


def _at_most(request: HttpRequest, name: str, usual: int) -> int:
    """The usual size, or less where the page has no room for it."""
    value = request.GET.get(name, "")
    if not value:
        return usual
    if not (value.isascii() and value.isdigit() and len(value) < 10 and int(value) > 0):
        allowed = _("%(name)s: “%(value)s” is not known here. Allowed is a whole number of pixels from 1 on.")
        raise Refused(allowed % {"name": name, "value": value})
    return min(usual, int(value))


def _path_here(url: str) -> str:
    """The path of an address of this site. Raises Http404 for any other address."""
    try:
        parts, ours = urlsplit(url), urlsplit(settings.SITE_URL)
    except ValueError:
        raise Http404 from None
    if (parts.scheme, parts.netloc.lower()) != (ours.scheme, ours.netloc.lower()):
        raise Http404
    return parts.path


def _claim_at(path: str) -> Claim:
    """The public claim of which this is the page, in the language of the moment. Raises Http404 for any other path."""
    try:
        found = resolve(path)
    except Resolver404:
        raise Http404 from None
    if found.view_name != "factcheck:claim-detail":
        raise Http404
    claim: Claim | None = Claim.objects.public().select_related("claimant").filter(slug=found.kwargs["slug"]).first()
    if claim is None:
        raise Http404
    return claim
