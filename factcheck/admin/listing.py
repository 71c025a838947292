"""Making claims public, and taking them back: the two steps that the desk has as actions."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import ActionLocation
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from factcheck import workflow
from factcheck.admin.base import FORM_ACTION, DeskAdmin, actor_of, refused
from factcheck.admin.display import shortened
from factcheck.admin.requests import number_in
from factcheck.models import Claim, Conflict
from factcheck.models.text import normalised

BOTH = [ActionLocation.CHANGE_FORM, ActionLocation.CHANGE_LIST]


class Listing(admin.SimpleListFilter):
    """Whether readers see the claim."""

    title = "listing"
    parameter_name = "listing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("listed", "Listed: public"), ("private", "Private"), ("unlisted", "Unlisted: was public")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        match self.value():
            case "listed":
                return queryset.filter(listed_at__isnull=False)
            case "private":
                return queryset.filter(first_listed_at__isnull=True)
            case "unlisted":
                return queryset.filter(listed_at__isnull=True, first_listed_at__isnull=False)
        return queryset


class ListingActions(DeskAdmin):
    """Each claim is a step of its own; those that could not be taken are named with why."""

    def has_list_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("factcheck.list_claim")

    @admin.action(
        permissions=["list"],
        description="List: make this claim public",
        description_plural="List: make the selected claims public",
        location=BOTH,
    )
    def list_claims(self, request: HttpRequest, claims: QuerySet) -> None:
        def step(claim: Claim) -> Claim:
            return workflow.list_claim(claim, actor=actor_of(request), seen=_seen(request, claim))

        self._take(request, claims.order_by("pk"), step, "public now")

    @admin.action(
        permissions=["list"],
        description="Unlist: take this claim from the public site",
        description_plural="Unlist: take the selected claims from the public site",
        location=BOTH,
    )
    def unlist_claims(self, request: HttpRequest, claims: QuerySet) -> HttpResponse | None:
        """Asks for the note first that readers will find at the claim's address."""
        claims = claims.select_related("claimant").order_by("pk")
        note, problem = normalised(request.POST.get("note", "")).strip(), ""
        if "confirmed" in request.POST:
            if note or not workflow.had_published_review(claims.values("pk")):
                self._unlist(request, claims, note)
                return None
            problem = "We published a review of one of these claims: say in a public note why it is unlisted."
        context = {
            **self.admin_site.each_context(request),
            "title": "Unlist",
            "opts": self.opts,
            "media": self.media,
            "claims": claims,
            "note": note,
            "reason": request.POST.get("reason", "") if "confirmed" in request.POST else "",
            "problem": problem,
            "action_name": FORM_ACTION if FORM_ACTION in request.POST else "action",
            "action": "unlist_claims",
            "select_across": request.POST.get("select_across", ""),
        }
        return TemplateResponse(request, "admin/factcheck/unlist.html", context)

    def _unlist(self, request: HttpRequest, claims: QuerySet, note: str) -> None:
        reason = normalised(request.POST.get("reason", ""))[:1000]

        def step(claim: Claim) -> Claim:
            return workflow.unlist_claim(
                claim, actor=actor_of(request), reason=reason, note=note, seen=_seen(request, claim)
            )

        self._take(request, claims, step, "not public any more")

    def _take(self, request: HttpRequest, claims: QuerySet, step: Callable[[Claim], Claim], state: str) -> None:
        """Takes a step of the workflow with each claim; where it is refused, says why and of which claim."""
        done = 0
        for claim in claims:
            try:
                step(claim)
                done += 1
            except (Conflict, ValidationError, PermissionDenied, IntegrityError) as error:
                why = str(error) if isinstance(error, PermissionDenied) else " ".join(refused(error).messages)
                self.message_user(request, f"“{shortened(claim.text, 60)}”: {why}", messages.ERROR)
        if done:
            words = "The claim is" if done == 1 else f"{done} claims are"
            self.message_user(request, f"{words} {state}.", messages.SUCCESS)


def _seen(request: HttpRequest, claim: Claim) -> int | None:
    """The version that was on the page from which the step was taken; a list shows none."""
    return number_in(request.POST.get("seen", request.POST.get(f"seen-{claim.pk}", "")))
