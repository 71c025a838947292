"""Accounts and the roles they have."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.http import HttpRequest

from factcheck.admin.base import DeskAdmin, DeskInline, actor_of
from factcheck.admin.display import date_shown
from factcheck.admin.forms import DeskForm
from factcheck.models import Membership, User


class AccountForm(DeskForm, UserChangeForm):
    pass


class NewAccountForm(DeskForm, AdminUserCreationForm):
    pass


class MembershipInline(DeskInline, admin.TabularInline):
    model = Membership
    fields = ["group"]


@admin.register(User)
class UserAdmin(DeskAdmin, DjangoUserAdmin):
    form = AccountForm
    add_form = NewAccountForm
    list_display = [
        "username",
        "public_name",
        "email",
        "is_active",
        "is_staff",
        "is_superuser",
        date_shown(User, "last_login"),
    ]
    list_filter = ["is_active", "is_staff", "is_superuser", "groups"]
    search_fields = ["username", "public_name", "email"]
    filter_horizontal = []
    readonly_fields = ["last_login", "date_joined"]
    inlines = [MembershipInline]
    fieldsets = [
        (
            None,
            {
                "description": "An account is deactivated, never deleted: its name stands in the history and under "
                "reviews.",
                "fields": ["username", "password", "public_name", "email", "first_name", "last_name"],
            },
        ),
        (
            "What it may do",
            {
                "description": "Rights come from the roles below. Only who is active and may sign in to the desk "
                "(staff status) gets here.",
                "fields": ["is_active", "is_staff", "is_superuser"],
            },
        ),
        ("Dates", {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (
            None,
            {
                "classes": ["wide"],
                "fields": ["username", "public_name", "is_staff", "usable_password", "password1", "password2"],
            },
        ),
    ]

    def fixed_fields(self, request: HttpRequest, obj: Any) -> Iterable[str]:
        """Nobody makes a superuser, but a superuser."""
        return [] if actor_of(request).is_superuser else ["is_superuser"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nor does anybody else change one, or its password."""
        if obj is not None and obj.is_superuser and not actor_of(request).is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
