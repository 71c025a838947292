"""What a request may ask of the desk: what no page of it leads to is refused or left out, never an error page."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import DateTimeField, Field, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext

from factcheck.models import Searched
from factcheck.search.asking import LONGEST, parse
from factcheck.search.finding import record_ids
from factcheck.search.names import called

# With which a list's filters compare. Others, such as regex, are a database's own language.
COMPARISONS = {"exact", "isnull", "isempty", "gt", "gte", "lt", "lte"}


def number_in(text: str) -> int | None:
    """The id or version that a request names; None for what can be none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


class OddRequests(admin.ModelAdmin):
    """Takes what an address or a form says for what it can be."""

    # The kinds of record that have a search row, each with the path to its id
    searched_through: Sequence[tuple[Searched, str]] = ()

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        if "__" in lookup and lookup.rpartition("__")[2] not in COMPARISONS:
            return False
        return super().lookup_allowed(lookup, value, request)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        return super().get_object(request, object_id, from_field or None)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> Any:
        """Of lists and of boxes that complete a name: what is typed last may go on.

        `search_fields` are what a record is called, or with "=" what names it exactly, with "^" what that begins with.
        """
        term = search_term.replace("\0", " ").strip()[:LONGEST]
        if not term:
            return queryset, False
        exact = [(name[1:], term) for name in self.search_fields if name[0] == "="]
        begun = [(f"{name[1:]}__startswith", term) for name in self.search_fields if name[0] == "^"]
        # By itself and first: beside the words below, with OR, it would have all of a large table read
        if (exact or begun) and (named := queryset.filter(Q(*exact, *begun, _connector=Q.OR))).exists():
            return named, False
        found = Q()
        if query := parse(term, typing=True):
            for kind, path in self.searched_through:
                found |= Q((f"{path}__among", record_ids(kind, query, public=False)))
            if names := [name for name in self.search_fields if name[0] not in "=^"]:
                found |= Q(pk__among=called(self.model._default_manager.all(), names, term))
        return (queryset.filter(found) if found else queryset.none()), False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What the address proposes for a new record, but for ids that are none, and moments, which are two boxes."""
        proposed = super().get_changeform_initial_data(request)
        for field in self.opts.fields:
            value = str(proposed.get(field.name, ""))
            if isinstance(field, DateTimeField) or (field.is_relation and number_in(value) is None):
                proposed.pop(field.name, None)
        return proposed

    def response_action(self, request: HttpRequest, queryset: Any, *args: Any, **kwargs: Any) -> Any:
        """Raises ValidationError for what can be no record."""
        if any(number_in(chosen) is None for chosen in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            raise ValidationError(gettext("What was chosen is no record of this list: choose again."))
        return super().response_action(request, queryset, *args, **kwargs)


class Completion(AutocompleteJsonView):
    """Completes names for the fields that refer to a record, not for the records that refer to one."""

    def process_request(self, request: HttpRequest) -> Any:
        term, desk, field, key = super().process_request(request)
        if not isinstance(field, Field):
            raise PermissionDenied
        return term, desk, field, key
