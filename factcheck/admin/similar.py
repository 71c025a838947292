"""Has this been checked already? What a claim's page says of that while it is typed, and links in one click."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from factcheck import history, rights
from factcheck.admin.base import PUBLIC_AT_ONCE, REFUSALS, DeskAdmin, actor_of, asked
from factcheck.admin.requests import number_in
from factcheck.models import Claim, ClaimRelation, RelationKind
from factcheck.search.similar import THRESHOLD, similar

SHOWN = 5
OFFERED = (RelationKind.SAME_AS, RelationKind.REPEATS, RelationKind.CONTRADICTS)


@dataclass(frozen=True, slots=True)
class Like:
    """A claim that reads like the one of the page, with the words that both have."""

    claim: Claim
    matched: str


def claims_like(text: str, claim: Claim | None) -> list[Like]:
    """The claims of the desk that read most like the text, but for this one and those that it is linked to."""
    beside = {claim.pk} if claim else set()
    if claim:
        linked = ClaimRelation.objects.filter(Q(from_claim=claim) | Q(to_claim=claim))
        beside.update(pk for pair in linked.values_list("from_claim", "to_claim") for pk in pair)
    found = similar(text, limit=SHOWN, public=False, min_score=THRESHOLD, besides=beside)
    claims = Claim.objects.with_status().in_bulk([one.claim_id for one in found])
    return [Like(claims[one.claim_id], ", ".join(one.matched)) for one in found if one.claim_id in claims]


class SimilarAdmin(DeskAdmin):
    """Adds the similar claims to the page of a claim, and the step that links one of them."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("similar/", view(require_safe(self.similar)), name="factcheck_claim_similar"),
            path("<int:object_id>/relate/", view(require_POST(self.relate)), name="factcheck_claim_relate"),
            *super().get_urls(),
        ]

    def similar(self, request: HttpRequest) -> HttpResponse:
        """The list alone, for a text that is being typed."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        pk = number_in(request.GET.get("besides", ""))
        claim = Claim.objects.filter(pk=pk).first() if pk else None
        context = self.similar_context(request, request.GET.get("text", ""), claim)
        response = TemplateResponse(request, "admin/factcheck/_similar.html", context)
        response.headers["Cache-Control"] = "no-store"
        return response

    def similar_context(self, request: HttpRequest, text: str, claim: Claim | None) -> dict[str, Any]:
        may_relate = claim is not None and request.user.has_perm("factcheck.add_claimrelation")
        return {
            "similar": claims_like(text, claim) if text.strip() else None,
            "kinds": [(kind.value, kind.label) for kind in OFFERED] if may_relate else [],
        }

    def relate(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Links the claim to another one: `relation` says how and to which, as "repeats 12"."""
        claim = Claim.objects.filter(pk=object_id).first()
        kind, _, pk = request.POST.get("relation", "").partition(" ")
        other = Claim.objects.filter(pk=number_in(pk) or 0).first()
        if claim is None or other is None or kind not in OFFERED:
            raise Http404
        if not request.user.has_perm("factcheck.add_claimrelation"):
            raise PermissionDenied
        relation = ClaimRelation(
            from_claim=claim,
            kind=kind,
            to_claim=other,
            confirmed_by=actor_of(request),
            confirmed_at=timezone.now(),
        )
        try:
            relation.full_clean()
            with history.change(relation, actor=actor_of(request)):
                relation.save()
                if not asked(request, rights.is_open_to, relation):
                    raise ValidationError(PUBLIC_AT_ONCE)
        except REFUSALS as error:
            self._say(request, error)
        else:
            self.message_user(request, gettext("Linked: %(relation)s") % {"relation": relation}, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:factcheck_claim_change", args=[claim.pk]))

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        claim = context.get("original")
        context |= self.similar_context(request, claim.text if claim else "", claim)
        return super().render_change_form(request, context, *args, **kwargs)
