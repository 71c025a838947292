"""The history of all records, to read."""

from datetime import UTC
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse

from factcheck.admin.display import link, shortened
from factcheck.admin.requests import OddRequests
from factcheck.admin.stories import model_of, passages, sees_identity
from factcheck.models import Change, Tracked, Whole


def wholes() -> list[type[Tracked]]:
    """The kinds of record that have a history."""
    return [model for model in apps.get_app_config("factcheck").get_models() if issubclass(model, Whole)]


class OfRecord(admin.SimpleListFilter):
    """The kind of record, without asking the database which there are."""

    title = "record"
    parameter_name = "whole_type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return sorted((str(m._meta.model_name), str(m._meta.verbose_name).capitalize()) for m in visible(request))

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        known = {name for name, _ in self.lookup_choices}
        return queryset.filter(whole_type=self.value()) if self.value() in known else queryset


class OfAction(admin.SimpleListFilter):
    title = "action"
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name.capitalize()) for name in ("created", "changed", "deleted", "listed", "unlisted")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        known = {name for name, _ in self.lookup_choices}
        return queryset.filter(action=self.value()) if self.value() in known else queryset


def visible(request: HttpRequest) -> list[type[Tracked]]:
    """The kinds of record that a person may see: of others, the history would tell what their pages hide."""
    found = []
    for model in wholes():
        name = model._meta.model_name
        if request.user.has_perm(f"factcheck.view_{name}") or request.user.has_perm(f"factcheck.change_{name}"):
            found.append(model)
    return found


@admin.register(Change)
class ChangeAdmin(OddRequests):
    list_display = ["when", "who", "action", "record", "sequence", "short_reason"]
    list_filter = ["at", OfAction, OfRecord]
    search_fields = ["slug"]
    search_help_text = "The slug or name of a record."
    show_full_result_count = False
    list_per_page = 50
    fields = readonly_fields = ("when", "actor_name", "action", "record", "sequence", "reason", "differences")
    actions = None

    class Media:
        css = {"all": ["factcheck/desk.css"]}
        js = ["factcheck/desk.js"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).filter(whole_type__in=[m._meta.model_name for m in visible(request)])

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """`?after__contains=…` would tell what this person may not see, letter by letter."""
        known = lookup.split("__")[0] in ("at", "whole_type", "whole_id", "sequence", "action")
        return known and super().lookup_allowed(lookup, value, request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

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

    @admin.display(description="when", ordering="id")
    def when(self, change: Change) -> str:
        return f"{change.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"

    @admin.display(description="who", ordering="actor_name")
    def who(self, change: Change) -> str:
        return shortened(change.actor_name, 40)

    @admin.display(description="record", ordering="slug")
    def record(self, change: Change) -> Any:
        model = model_of(change)
        name = f"{model._meta.verbose_name if model else change.whole_type}: {shortened(change.slug, 60)}"
        try:
            return link(reverse(f"admin:factcheck_{change.whole_type}_change", args=[change.whole_id]), name)
        except NoReverseMatch:
            return name

    @admin.display(description="reason")
    def short_reason(self, change: Change) -> str:
        return shortened(change.reason)

    @admin.display(description="what changed")
    def differences(self, change: Any) -> str:
        return render_to_string(
            "admin/factcheck/_differences.html", {"passages": passages(change, identity=change.identity)}
        )
