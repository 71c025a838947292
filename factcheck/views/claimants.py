"""The list of claimants, and the page of one: what they say, with counts and never a score."""

from collections.abc import Iterable

from django.db.models import OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from factcheck.models import Appearance, Claim, Claimant, Relay
from factcheck.views.claims import NEWEST_FIRST
from factcheck.views.following import claim_feeds
from factcheck.views.paging import Keyset, capped_count, count
from factcheck.views.public import address, canonical, page, public_page
from factcheck.views.statuses import count_by_status

BY_NAME = Keyset(("name", "id"))
SHOWN = 50  # of what a claimant says beside claims of their own


@public_page()
def claimant_list(request: HttpRequest) -> HttpResponse:
    claims = Claim.objects.public().filter(claimant=OuterRef("pk"))
    claimants = Claimant.objects.public().annotate(claim_count=capped_count(claims.values("pk")))
    after = request.GET.get("after", "")
    page_of_claimants = BY_NAME.rows(claimants, after)
    here = reverse("factcheck:claimant-list")
    context = {
        "section": "claimants",
        "canonical": canonical(here, {"after": after}),
        "page": page_of_claimants,
        "count": count(Claimant.objects.public()),
        "first": here,
        "next": address(here, {"after": page_of_claimants.after}),
    }
    return page("factcheck/claimant_list.html", context)


@public_page()
def claimant_detail(request: HttpRequest, slug: str) -> HttpResponse:
    claimant = Claimant.objects.public().filter(slug=slug).first()
    if claimant is None:
        raise Http404
    after = request.GET.get("after", "")
    claims = Claim.objects.for_list_page().filter(claimant=claimant)
    page_of_claims = NEWEST_FIRST.rows(claims, after)
    repeated = list(
        Appearance.objects.public()
        .filter(claimant=claimant)
        .exclude(claim__claimant=claimant)
        .select_related("claim__status", "claim__claimant", "article__publisher")
        .order_by("-id")[: SHOWN + 1]
    )
    passed_on = list(
        Relay.objects.public()
        .filter(by_claimant=claimant)
        .exclude(appearance__claim__claimant=claimant)
        .select_related("appearance__claim__status", "appearance__claim__claimant")
        .order_by("-id")[: SHOWN + 1]
    )
    here = claimant.get_absolute_url()
    context = {
        "section": "claimants",
        "canonical": canonical(here, {"after": after}),
        "claimant": claimant,
        "feeds": claim_feeds({"claimant": claimant.slug}),
        "statuses": count_by_status(claims),
        "page": page_of_claims,
        "first": here,
        "next": address(here, {"after": page_of_claims.after}),
        "repeated": _by_claim((one.claim, one) for one in repeated[:SHOWN]),
        "more_repeated": len(repeated) > SHOWN,
        "passed_on": _by_claim((relay.appearance.claim, relay) for relay in passed_on[:SHOWN]),
        "more_passed_on": len(passed_on) > SHOWN,
        "shown": SHOWN,
    }
    return page("factcheck/claimant_detail.html", context)


def _by_claim[Place](places: Iterable[tuple[Claim, Place]]) -> list[tuple[Claim, list[Place]]]:
    """Each claim once, with its places, in the order in which it comes first."""
    found: dict[int, tuple[Claim, list[Place]]] = {}
    for claim, place in places:
        found.setdefault(claim.pk, (claim, []))[1].append(place)
    return list(found.values())
