"""Who gets into the desk: the sign-in page."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm, AdminPasswordChangeForm
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse

from factcheck import attempts


class SignInForm(AdminAuthenticationForm):
    def clean(self) -> dict[str, Any]:
        """An account that does not exist fails, and locks, like any other."""
        account = self.cleaned_data.get("username")
        if not account or not self.cleaned_data.get("password"):
            return super().clean()
        with attempts.attempt(account, self.request):
            return super().clean()


class OwnPasswordForm(AdminPasswordChangeForm):
    def clean_old_password(self) -> str:
        """Whoever finds a desk open does not get to guess."""
        with attempts.attempt(self.user.get_username()):
            return super().clean_old_password()


def answered(response: HttpResponse, form: BaseForm | None) -> HttpResponse:
    """The status also says that it was one attempt too many, and a header when to come again."""
    errors = [error for field in form.errors.as_data().values() for error in field] if form else []
    if locked := next((error for error in errors if isinstance(error, attempts.Locked)), None):
        response.status_code = 429
        response.headers["Retry-After"] = str(locked.seconds)
    return response


class SignIn(admin.AdminSite):
    """Django's admin site with our ways in."""

    login_form = SignInForm
    password_change_form = OwnPasswordForm

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response = super().login(request, extra_context)
        return answered(response, (getattr(response, "context_data", None) or {}).get("form"))
