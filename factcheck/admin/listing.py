"""Lists of claims, narrowed as the desk needs them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Listing(admin.SimpleListFilter):
    """Whether readers see the claim."""

    title = _("listing")
    parameter_name = "listing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("listed", gettext("Listed: public")),
            ("private", gettext("Private")),
            ("unlisted", gettext("Unlisted: was public")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        match self.value():
            case "listed":
                return queryset.filter(listed_at__isnull=False)
            case "private":
                return queryset.filter(first_listed_at__isnull=True)
            case "unlisted":
                return queryset.filter(listed_at__isnull=True, first_listed_at__isnull=False)
        return queryset
