"""The admin site that is the desk."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from factcheck import door, rights
from factcheck.models import Change, User
from factcheck.queues import QUEUES
from factcheck.signin import SignIn
from factcheck.views.paging import Count, count

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

TODAY_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Waiting:
    """One queue on the front page."""

    title: "StrOrPromise"
    number: Count
    oldest: date | None
    days: int
    address: str


class Desk(SignIn):
    site_header = _("factcheck desk")
    site_title = _("factcheck desk")
    index_title = _("What needs you")
    index_template = "admin/factcheck/desk_index.html"

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context = super().each_context(request)
        if door.site().is_demo:
            context["site_header"] = _("factcheck desk: a demo, made up to try it")
        return context

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        user = request.user
        more: dict[str, Any] = {}
        if isinstance(user, User):
            more = {"queues": waiting_for(user), "today": done_today(user), "today_shown": TODAY_SHOWN}
        return super().index(request, {**more, **(extra_context or {})})


def waiting_for(user: User) -> list[Waiting]:
    """The queues that are this person's, with how many wait and how long the first of them does."""
    today = timezone.now().date()
    found = []
    for queue in QUEUES.values():
        if queue.is_for(user):
            number = count(queue.of(user))
            oldest = queue.oldest(user) if number.number else None
            address = reverse(f"admin:factcheck_{queue.model._meta.model_name}_changelist")
            days = (today - oldest).days if oldest else 0
            found.append(Waiting(queue.title, number, oldest, days, f"{address}?queue={queue.name}"))
    return found


def done_today(user: User) -> list[Change]:
    """What colleagues did since midnight (UTC), of the kinds of record that this person may see."""
    midnight = datetime.combine(timezone.now().astimezone(UTC).date(), datetime.min.time(), UTC)
    rows = Change.objects.of_kinds(rights.kinds_seen_by(user)).filter(at__gte=midnight, actor__isnull=False)
    return list(rows.exclude(actor=user.pk).order_by("-at", "-id")[:TODAY_SHOWN])
