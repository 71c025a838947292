"""Who gets into the desk: the sign-in page, and passwords that are asked for again."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm, AdminPasswordChangeForm
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
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


class OwnPasswordField(forms.CharField):
    """The password of whoever fills in the form. Only `check` says whether it is theirs."""

    def __init__(self, **kwargs: Any) -> None:
        # Browsers that fill in passwords by themselves would also fill in the name above, which is another's.
        widget = forms.PasswordInput(attrs={"autocomplete": "off", "class": "vTextField"})
        super().__init__(label="Your own password", strip=False, widget=widget, **kwargs)

    @staticmethod
    def check(typed: str | None, request: HttpRequest) -> None:
        """Raises ValidationError if it is not the password of who is signed in, or was tried too often."""
        user = request.user
        if not typed or not isinstance(user, AbstractUser):
            raise ValidationError("Type your own password, so that we know that it is you.")
        with attempts.attempt(user.get_username(), request):
            if not user.check_password(typed):
                raise ValidationError("This is not your password.")


def answered(response: HttpResponse, form: forms.BaseForm | None) -> HttpResponse:
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
