"""The list of claimants, and the page of one: what they say, with counts and never a score."""

from collections.abc import Iterable
from datetime import date

from django.db.models import F, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from factcheck.filters import ClaimantFilter
from factcheck.models import Appearance, Claim, Claimant, ClaimKind, Relay
from factcheck.views import as_of
from factcheck.views.claim_lists import NEWEST_FIRST
from factcheck.views.following import claim_feeds
from factcheck.views.names import BY_NAME
from factcheck.views.narrowing import narrowed
from factcheck.views.paging import Rows, capped_count
from factcheck.views.public import NotListedThen, address, canonical, page, public_page
from factcheck.views.statuses import StatusBar, count_by_status

SHOWN = 50  # of what a claimant says beside claims of their own


@public_page()
def claimant_list(request: HttpRequest) -> HttpResponse:
    claims = Claim.objects.public().filter(claimant=OuterRef("pk"))
    claimants = Claimant.objects.public().annotate(claim_count=capped_count(claims.values("pk")))
    filters = ClaimantFilter(request.GET, claimants)
    context = narrowed(request, filters, reverse("factcheck:claimant-list"), BY_NAME)
    return page("factcheck/claimant_list.html", {"section": "claimants", **context})


@public_page(daily=True)
def claimant_detail(request: HttpRequest, slug: str) -> HttpResponse:
    day = as_of.day_asked(request)
    claimant = Claimant.objects.public().filter(slug=slug).first()
    if claimant is None:
        raise Http404
    if day is not None:
        return _past_page(claimant, day)
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
    predictions = list(
        claims.filter(kind=ClaimKind.PREDICTION).order_by(F("due_on").asc(nulls_last=True), "id")[: SHOWN + 1]
    )
    here = claimant.get_absolute_url()
    context = {
        "section": "claimants",
        "canonical": canonical(here, {"after": after}),
        "claimant": claimant,
        "feeds": claim_feeds({"claimant": claimant.slug}),
        "statuses": count_by_status(claims),
        "predictions": predictions[:SHOWN],
        "more_predictions": len(predictions) > SHOWN,
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


def _past_page(claimant: Claimant, day: date) -> HttpResponse:
    """All on one page: of the claims that were recorded last."""
    claims, more = as_of.claims_naming(claimant, day)
    own = sorted(
        (then.claim for then in claims if then.claim.claimant_id == claimant.pk),
        key=lambda claim: (claim.listed_at, claim.pk),
        reverse=True,
    )
    appearances = [
        one for then in claims if then.claim.claimant_id != claimant.pk for one in reversed(then.appearances)
    ]
    repeated = [(one.claim, one) for one in appearances if one.claimant_id == claimant.pk]
    passed_on = [
        (one.claim, relay) for one in appearances for relay in one.relays.all() if relay.by_claimant_id == claimant.pk
    ]
    if not (own or repeated or passed_on):
        raise NotListedThen(day, claimant.get_absolute_url(), yet=not claims)
    path = claimant.get_absolute_url()
    context = {
        "section": "claimants",
        "claimant": claimant,
        "feeds": claim_feeds({"claimant": claimant.slug}),
        "statuses": StatusBar.of_claims(own),
        "predictions": sorted(
            (claim for claim in own if claim.kind == ClaimKind.PREDICTION),
            key=lambda claim: (claim.due_on is None, claim.due_on or day, claim.pk),
        )[:SHOWN],
        "page": Rows(own, "", is_first=True),
        "repeated": _by_claim(repeated),
        "passed_on": _by_claim(passed_on),
        "more_past": more,
        "shown": as_of.CLAIMS,
        **as_of.context(path, day, [then.claim.pk for then in claims]),
    }
    return page("factcheck/claimant_detail.html", context)


def _by_claim[Place](places: Iterable[tuple[Claim, Place]]) -> list[tuple[Claim, list[Place]]]:
    """Each claim once, with its places, in the order in which it comes first."""
    found: dict[int, tuple[Claim, list[Place]]] = {}
    for claim, place in places:
        found.setdefault(claim.pk, (claim, []))[1].append(place)
    return list(found.values())
