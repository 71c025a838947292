"""The queues in lists: a filter under their names."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from factcheck.admin.base import DeskAdmin, actor_of
from factcheck.queues import QUEUES, Queue, next_in


class InQueue(admin.SimpleListFilter):
    title = _("queue")
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        mine = [
            queue for queue in QUEUES.values() if queue.model is model_admin.model and queue.is_for(actor_of(request))
        ]
        return [(queue.name, str(queue.title)) for queue in mine]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        known = {name for name, _title in self.lookup_choices}
        if self.value() not in known:
            return queryset
        return queryset.filter(pk__in=QUEUES[str(self.value())].of(actor_of(request)).order_by().values("pk"))


class QueueAdmin(DeskAdmin):
    """Works through a queue: who came from one saves and has the next before them."""

    def queue_of(self, request: HttpRequest) -> Queue | None:
        """The queue that the list showed from which one came."""
        name = QueryDict(request.GET.get("_changelist_filters", "")).get(InQueue.parameter_name, "")
        queue = QUEUES.get(name)
        return queue if queue and queue.model is self.model and queue.is_for(actor_of(request)) else None

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if context.get("original") and (queue := self.queue_of(request)):
            context["next_in_queue"] = queue.title
        return super().render_change_form(request, context, *args, **kwargs)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        queue = self.queue_of(request)
        if "_next" not in request.POST or queue is None:
            return super().response_change(request, obj)
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        following = next_in(queue, actor_of(request), obj.pk)
        address = reverse(f"{name}_change", args=[following.pk]) if following else reverse(f"{name}_changelist")
        if following:
            words = gettext("“%(record)s” is saved. This is the next: %(queue)s.")
        else:
            words = gettext("“%(record)s” is saved. It was the last: %(queue)s.")
        self.message_user(request, words % {"record": str(obj)[:80], "queue": queue.title}, messages.SUCCESS)
        kept = {"preserved_filters": self.get_preserved_filters(request), "opts": self.opts}
        return HttpResponseRedirect(add_preserved_filters(kept, address))
