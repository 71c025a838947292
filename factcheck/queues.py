"""What needs somebody: the desk's queues, counted on its front page and listed by the same names."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Min, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from factcheck.models import Change, Claim, Review, User, Whole

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Rows = Callable[[User, date], QuerySet[Any]]


@dataclass(frozen=True, slots=True)
class Queue:
    """Rows of one kind that wait for a person. `since` is the column that says how long, if any does."""

    name: str
    title: "StrOrPromise"
    model: type[Whole]
    rows: Rows
    since: str = ""
    permission: str = ""

    def of(self, user: User) -> QuerySet[Any]:
        return self.rows(user, timezone.now().date())

    def is_for(self, user: User) -> bool:
        name = self.model._meta.model_name
        return user.has_perm(f"factcheck.{self.permission or f'view_{name}'}")

    def oldest(self, user: User) -> date | None:
        """The day (UTC) since which the one that waits longest does."""
        rows = self.of(user)
        if self.since:
            found = rows.order_by().aggregate(oldest=Min(self.since))["oldest"]
        else:
            first = rows.order_by("pk").values("pk")[:1]
            changes = Change.objects.filter(whole_type=self.model._meta.model_name, whole_id__in=first, sequence=1)
            found = changes.values_list("at", flat=True).first()
        return found.astimezone(UTC).date() if isinstance(found, datetime) else found


QUEUES = {
    queue.name: queue
    for queue in (
        Queue(
            "approval", _("Waiting for my approval"), Review,
            lambda user, today: Review.objects.waiting_for(user), "submitted_at", "approve_review",
        ),
        Queue(
            "returned", _("Returned to me"), Review,
            lambda user, today: Review.objects.returned_to(user), "returned_at",
        ),
        Queue("drafts", _("My drafts"), Review,
              lambda user, today: Review.objects.drafts_of(user), "recorded_at"),
        Queue("unassigned", _("Unassigned, the most urgent first"), Claim,
              lambda user, today: Claim.objects.unassigned()),
        Queue("mine", _("Assigned to me"), Claim,
              lambda user, today: Claim.objects.to_check().filter(assigned_to=user)),
        Queue("past-due", _("Predictions past due"), Claim,
              lambda user, today: Claim.objects.past_due(today), "due_on"),
        Queue("recheck", _("Recheck due"), Claim,
              lambda user, today: Claim.objects.to_recheck(today), "recheck_on"),
        Queue(
            "captures", _("Captures that fail their hash"), Claim,
            lambda user, today: Claim.objects.with_capture_faults(), "reviews__evidence__capture_fault__found_at",
        ),
    )
}  # fmt: skip


AT_ONCE = 1000  # rows of a queue at most in which the next is looked for


def next_in(queue: Queue, user: User, after: Any) -> Whole | None:
    """The row that comes after this one in the order of the queue; its first where this one has left it."""
    keys = list(queue.of(user).values_list("pk", flat=True)[:AT_ONCE])
    place = keys.index(after) + 1 if after in keys else 0
    return queue.model._base_manager.filter(pk=keys[place]).first() if place < len(keys) else None
