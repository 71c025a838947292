"""How pages name the feeds of what they show."""

from django.urls import reverse

from factcheck.views.public import address


def claim_feeds(filters: dict[str, str]) -> list[dict[str, str]]:
    """The feeds of a list of claims, as its page links them."""
    atom, as_json = reverse("machine:claims-atom"), reverse("machine:claims-json")
    return [
        {"address": address(atom, filters), "type": "application/atom+xml", "name": "Atom"},
        {"address": address(as_json, filters), "type": "application/feed+json", "name": "JSON"},
    ]
