"""How pages name the feeds of what they show."""

from django.urls import reverse
from django.utils.translation import gettext

from factcheck.views.public import address


def claim_feeds(filters: dict[str, str]) -> list[dict[str, str]]:
    """The feeds of a list of claims, as its page links them."""
    atom, as_json = reverse("machine:claims-atom"), reverse("machine:claims-json")
    return [
        {"address": address(atom, filters), "type": "application/atom+xml", "name": "Atom"},
        {"address": address(as_json, filters), "type": "application/feed+json", "name": "JSON"},
    ]


def correction_feeds() -> list[dict[str, str]]:
    return [_atom("machine:corrections-atom", gettext("Corrections"))]


def site_feeds() -> list[dict[str, str]]:
    """All that there is, each with a title of its own."""
    claims = [{**feed, "title": gettext("Claims")} for feed in claim_feeds({})]
    return [*claims, _atom("machine:reviews-atom", gettext("Reviews")), *correction_feeds()]


def _atom(route: str, title: str) -> dict[str, str]:
    return {"address": reverse(route), "type": "application/atom+xml", "name": "Atom", "title": title}
