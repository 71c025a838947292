"""Accounts and the roles they have."""

from collections.abc import Callable, Iterable
from copy import copy
from functools import partial
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.options import ActionLocation
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from factcheck import attempts, second_factor
from factcheck.admin.base import FORM_ACTION, DeskAdmin, DeskInline, actor_of
from factcheck.admin.display import date_shown
from factcheck.admin.forms import DeskForm
from factcheck.admin.requests import number_in
from factcheck.models import Membership, User
from factcheck.models.text import normalised
from factcheck.signin import ConfirmForm, OwnPasswordField

RIGHTS = {"is_active", "is_staff", "is_superuser"}


class ConfirmedForm(DeskForm):
    """What somebody may do is changed by a person who shows once more who they are."""

    own_password = OwnPasswordField(
        required=False,
        help_text=_("Asked for when you make an account, or change its roles, whether it is active, or may sign in."),
    )

    # Set by UserAdmin.get_form, for one request.
    request: ClassVar[HttpRequest]
    roles_changed: ClassVar[Callable[[], bool]]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.instance._state.adding or RIGHTS & set(self.changed_data) or type(self).roles_changed():
            try:
                OwnPasswordField.check(cleaned.get("own_password"), self.request)
            except ValidationError as error:
                self.add_error("own_password", error)
        return cleaned


class AccountForm(ConfirmedForm, UserChangeForm):
    pass


class NewAccountForm(ConfirmedForm, AdminUserCreationForm):
    pass


class SetPasswordForm(ConfirmForm, AdminPasswordChangeForm):
    """Whoever sets a password can sign in with it, so this is asked like a change of roles."""


class ResetForm(ConfirmForm):
    reason = DeskForm.base_fields["reason"]


class MembershipInline(DeskInline, admin.TabularInline):
    model = Membership
    same_when = ["group"]
    fields = ["group"]


@admin.register(User)
class UserAdmin(DeskAdmin, DjangoUserAdmin):
    form = AccountForm
    add_form = NewAccountForm
    add_form_template = "admin/factcheck/user/add_form.html"
    change_user_password_template = "admin/factcheck/user/change_password.html"
    list_display = [
        "username",
        "public_name",
        "email",
        "is_active",
        "is_staff",
        "is_superuser",
        date_shown(User, "last_login"),
    ]
    list_filter = ["is_active", "is_staff", "is_superuser", "groups", ("second_factor_at", admin.EmptyFieldListFilter)]
    search_fields = ["username", "public_name", "email"]
    filter_horizontal = []
    readonly_fields = ["last_login", "date_joined", "second_factor_at", "lock"]
    inlines = [MembershipInline]
    actions = ["lift_lock", "reset_second_factor"]
    fieldsets = [
        (
            None,
            {
                "description": _(
                    "An account is deactivated, never deleted: its name stands in the history and under reviews."
                ),
                "fields": ["username", "password", "public_name", "email", "first_name", "last_name"],
            },
        ),
        (
            _("What it may do"),
            {
                "description": _(
                    "Rights come from the roles below. Only who is active and may sign in to the desk (staff status) "
                    "gets here."
                ),
                "fields": ["is_active", "is_staff", "is_superuser"],
            },
        ),
        (_("Signing in"), {"fields": ["last_login", "date_joined", "second_factor_at", "lock"]}),
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

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.request, form.roles_changed = request, staticmethod(partial(self._roles_changed, request, obj))
        return form

    def _roles_changed(self, request: HttpRequest, obj: User) -> bool:
        formsets, _inlines = self._create_formsets(request, obj, change=True)  # type: ignore[attr-defined]
        return any(formset.has_changed() for formset in formsets)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        desk = copy(self)  # Django's page gives its form no request
        desk.change_password_form = partial(SetPasswordForm, request=request)
        return super(UserAdmin, desk).user_change_password(request, id, form_url)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nor does anybody else change one, or its password."""
        if obj is not None and obj.is_superuser and not actor_of(request).is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("locked"))
    def lock(self, account: User) -> str:
        until = attempts.locked_until(account.username)
        if not until:
            return pgettext("locked", "No")
        return gettext("Until %(time)s UTC, after too many failed attempts") % {"time": f"{until:%H:%M}"}

    @admin.action(
        permissions=["change"],
        description=_("Lift the lock of this account"),
        description_plural=_("Lift the locks of the selected accounts"),
        location=[ActionLocation.CHANGE_FORM, ActionLocation.CHANGE_LIST],
    )
    def lift_lock(self, request: HttpRequest, accounts: QuerySet) -> None:
        for account in accounts:
            level = messages.INFO
            if not self.has_change_permission(request, account):
                words, level = gettext("You may not change %(account)s."), messages.ERROR
            elif attempts.lift(account=account.username):
                words, level = gettext("The account %(account)s can be signed in to again."), messages.SUCCESS
            else:
                words = gettext("No attempt to sign in as %(account)s had failed of late.")
            self.message_user(request, words % {"account": account}, level)

    @admin.action(
        permissions=["change"], description=_("Reset the second factor"), location=[ActionLocation.CHANGE_FORM]
    )
    def reset_second_factor(self, request: HttpRequest, accounts: QuerySet) -> HttpResponse | None:
        account = accounts.get()
        if not self.has_change_permission(request, account):
            raise PermissionDenied
        if not account.second_factor_at:
            words = gettext("The account %(account)s has no second factor.")
            self.message_user(request, words % {"account": account}, messages.WARNING)
            return None
        form = ResetForm(request.POST if "confirmed" in request.POST else None, request=request)
        if form.is_valid():
            second_factor.remove(
                account,
                actor=actor_of(request),
                action="second factor reset",
                reason=normalised(form.cleaned_data["reason"]),
                seen=number_in(request.POST.get(f"seen-{account.pk}", "")),
            )
            words = gettext("The second factor of %(account)s is reset.")
            self.message_user(request, words % {"account": account}, messages.SUCCESS)
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Reset the second factor"),
            "opts": self.opts,
            "media": self.media,
            "account": account,
            "form": form,
            "required": second_factor.is_required_of(account),
            "action_name": FORM_ACTION,
        }
        return TemplateResponse(request, "admin/factcheck/user/reset_second_factor.html", context)
