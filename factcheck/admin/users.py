"""Accounts and the roles they have."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import ActionLocation
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.db.models import QuerySet
from django.http import HttpRequest

from factcheck import attempts
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
    readonly_fields = ["last_login", "date_joined", "lock"]
    inlines = [MembershipInline]
    actions = ["lift_lock"]
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
        ("Signing in", {"fields": ["last_login", "date_joined", "lock"]}),
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

    @admin.display(description="locked")
    def lock(self, account: User) -> str:
        until = attempts.locked_until(account.username)
        return f"Until {until:%H:%M} UTC, after too many failed attempts" if until else "No"

    @admin.action(
        permissions=["change"],
        description="Lift the lock of this account",
        description_plural="Lift the locks of the selected accounts",
        location=[ActionLocation.CHANGE_FORM, ActionLocation.CHANGE_LIST],
    )
    def lift_lock(self, request: HttpRequest, accounts: QuerySet) -> None:
        for account in accounts:
            if not self.has_change_permission(request, account):
                self.message_user(request, f"You may not change {account}.", messages.ERROR)
            elif attempts.lift(account=account.username):
                self.message_user(request, f"The account {account} can be signed in to again.", messages.SUCCESS)
            else:
                self.message_user(request, f"No attempt to sign in as {account} had failed of late.")
