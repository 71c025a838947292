"""The texts that the desk writes for its site."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from factcheck.admin.base import DeskAdmin
from factcheck.admin.forms import FIELD_OVERRIDES, TextBox
from factcheck.models import Page
from factcheck.models.text import TextField


@admin.register(Page)
class PageAdmin(DeskAdmin):
    list_display = ["title", "slug", "language"]
    list_filter = ["slug", "language"]
    search_fields = ["title", "body"]
    formfield_overrides = {
        **FIELD_OVERRIDES,
        TextField: {"form_class": TextBox, "widget": admin.widgets.AdminTextareaWidget(attrs={"rows": 30})},
    }
    fieldsets = [
        (
            None,
            {
                "description": _("A page that readers see, written in Markdown: once for each language."),
                "fields": ["slug", "language", "title", "body"],
            },
        ),
    ]

    def fixed_fields(self, request: HttpRequest, obj: Any) -> Iterable[str]:
        """Readers have had the address."""
        return ["slug", "language"] if obj else []
