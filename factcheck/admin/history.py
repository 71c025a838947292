"""The history of all records, to read."""

from datetime import UTC
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from factcheck import actions, desk_script, rights
from factcheck.admin.base import actor_of
from factcheck.admin.display import link, shortened
from factcheck.admin.narrowing import ByNarrowing, Narrowing
from factcheck.admin.requests import OddRequests
from factcheck.admin.stories import Reading, model_of, sees_identity
from factcheck.models import Change
from factcheck.models.history import ChangeQuerySet


@admin.register(Change)
class ChangeAdmin(OddRequests):
    list_display = ["when", "who", "what", "record", "sequence", "short_reason"]
    list_filter = [ByNarrowing]
    ordering = ["-at", "-id"]
    search_fields = ["^slug"]
    search_help_text = _("The slug or name of a record.")
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    fields = readonly_fields = ("when", "actor_name", "what", "record", "sequence", "reason", "differences")
    actions = None

    class Media:
        css = {"all": ["factcheck/desk.css"]}
        js = [desk_script.SCRIPT]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        changes = cast(ChangeQuerySet, super().get_queryset(request))
        return changes.of_kinds(rights.kinds_seen_by(actor_of(request)))

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """`?after__contains=…` would tell what this person may not see, letter by letter."""
        known = lookup.split("__")[0] in ("at", "whole_id", "sequence", *Narrowing.base_fields)
        return known and super().lookup_allowed(lookup, value, request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        if changes := getattr(response, "context_data", {}).get("cl"):
            form = changes.filter_specs[0].form
            for problem in form.problems:
                messages.error(request, problem)
            response.status_code = 400 if form.errors else 200
        return response

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        change = super().get_object(request, object_id, from_field)
        if change is not None:
            change.identity = sees_identity(request)
        return change

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        """The history of a Change is that of its record."""
        change = self.get_object(request, object_id)
        if change is None:
            raise Http404
        return redirect(f"admin:factcheck_{change.whole_type}_history", change.whole_id)

    @admin.display(description=_("when"), ordering="at")
    def when(self, change: Change) -> str:
        return f"{change.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"

    @admin.display(description=_("who"), ordering="actor_name")
    def who(self, change: Change) -> str:
        return shortened(change.actor_name, 40)

    @admin.display(description=_("action"), ordering="action")
    def what(self, change: Change) -> str:
        return actions.words(change.action)

    @admin.display(description=_("record"), ordering="slug")
    def record(self, change: Change) -> Any:
        model = model_of(change)
        kind = model._meta.verbose_name if model else change.whole_type
        name = gettext("%(kind)s: %(record)s") % {"kind": kind, "record": shortened(change.slug, 60)}
        page = "history" if change.action == "deleted" else "change"
        try:
            return link(reverse(f"admin:factcheck_{change.whole_type}_{page}", args=[change.whole_id]), name)
        except NoReverseMatch:
            return name

    @admin.display(description=_("reason"))
    def short_reason(self, change: Change) -> str:
        return shortened(change.reason)

    @admin.display(description=_("what changed"))
    def differences(self, change: Any) -> str:
        passages = Reading(identity=change.identity).passages(change)
        return render_to_string("admin/factcheck/_differences.html", {"passages": passages})
