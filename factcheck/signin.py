"""Who gets into the desk: the sign-in page, the second factor, and passwords that are asked for again."""

from base64 import b32encode
from functools import wraps
from textwrap import wrap
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.forms import AdminAuthenticationForm, AdminPasswordChangeForm
from django.contrib.auth.views import LoginView, redirect_to_login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django_otp.util import random_hex

from factcheck import attempts, second_factor
from factcheck.models import Conflict, User

SECOND_FACTOR = "admin/factcheck/second_factor.html"


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
        super().__init__(label=_("Your own password"), strip=False, widget=widget, **kwargs)

    @staticmethod
    def check(typed: str | None, request: HttpRequest) -> None:
        """Raises ValidationError if it is not the password of who is signed in, or was tried too often."""
        user = request.user
        if not typed or not isinstance(user, User):
            raise ValidationError(gettext("Type your own password, so that we know that it is you."))
        with attempts.attempt(user.get_username(), request):
            if not user.check_password(typed):
                raise ValidationError(gettext("This is not your password."))


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        help_text=_("The six digits that your phone shows now, or one of your recovery codes."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_code(self) -> None:
        second_factor.verify(self.user, self.cleaned_data["code"])


class SetUpForm(forms.Form):
    key = forms.RegexField(r"\A[0-9a-f]{40}\Z")  # hexadecimal; the page shows it, and keeps it until it is confirmed
    code = forms.RegexField(
        r"\A[0-9]{3} ?[0-9]{3}\Z",
        label=_("Then type the code that it shows:"),
        max_length=7,
        help_text=_("Six digits."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


class ConfirmForm(forms.Form):
    """Asks who is signed in for their password once more."""

    own_password = OwnPasswordField()

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_own_password(self) -> None:
        OwnPasswordField.check(self.cleaned_data["own_password"], self.request)


def answered(response: HttpResponse, form: forms.BaseForm | None) -> HttpResponse:
    """The status also says that it was one attempt too many, and a header when to come again."""
    errors = [error for field in form.errors.as_data().values() for error in field] if form else []
    if locked := next((error for error in errors if isinstance(error, attempts.Locked)), None):
        response.status_code = 429
        response.headers["Retry-After"] = str(locked.seconds)
    return response


class SignIn(admin.AdminSite):
    """Django's admin site with our ways in. Who still owes a second factor is in only as far as the page for it."""

    login_form = SignInForm
    login_template = "admin/factcheck/sign_in.html"
    password_change_form = OwnPasswordForm

    def get_urls(self) -> list[Any]:
        return [
            path("logout/", self.logout, name="logout"),  # also for those who are not quite in
            path("code/", self.ask_code, name="code"),
            path("second-factor/", self.own_second_factor, name="second_factor"),
            *super().get_urls(),
        ]

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and not second_factor.missing_step(request)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Who is not in is led to sign in; a script would take that page for an answer, so it is refused."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.headers.get("X-Requested-With") == "XMLHttpRequest" and not self.has_permission(request):
                return HttpResponse(status=403)
            return cast(HttpResponse, inner(request, *args, **kwargs))

        return answer

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if request.method == "GET" and (page := self._missing_step(request)):
            return HttpResponseRedirect(reverse(page, query={"next": onward(request)}))
        response = super().login(request, extra_context)
        return answered(response, (getattr(response, "context_data", None) or {}).get("form"))

    @method_decorator(sensitive_post_parameters())
    def ask_code(self, request: HttpRequest) -> HttpResponse:
        if self._missing_step(request) != "admin:code":
            return HttpResponseRedirect(onward(request))
        user = account_of(request)
        form = CodeForm(request.POST or None, user=user)
        if form.is_valid():
            second_factor.proven(request, user)
            return HttpResponseRedirect(onward(request))
        return self._page(request, "admin/factcheck/code.html", form, title=gettext("Second factor"))

    @method_decorator(sensitive_post_parameters())
    def own_second_factor(self, request: HttpRequest) -> HttpResponse:
        """Sets it up, or shows that it is there; then gives new recovery codes or removes it, for the password."""
        if not super().has_permission(request) or self._missing_step(request) == "admin:code":
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        user = account_of(request)
        if user.second_factor_at:
            return self._manage(request, user)
        form = SetUpForm(request.POST if "set_up" in request.POST else None)
        if form.is_valid():
            try:
                codes = second_factor.set_up(user, form.cleaned_data["key"], form.cleaned_data["code"])
            except (ValidationError, Conflict) as error:
                form.add_error("code", error if isinstance(error, ValidationError) else str(error))
            else:
                second_factor.proven(request, user)
                return self._page(request, SECOND_FACTOR, None, title=gettext("Recovery codes"), codes=codes)
        key = form["key"].value() if form.is_bound and "key" not in form.errors else random_hex(20)
        return self._page(
            request,
            SECOND_FACTOR,
            form,
            title=gettext("Set up a second factor"),
            key=key,
            secret=" ".join(wrap(b32encode(bytes.fromhex(key)).decode(), 4)),
            picture=second_factor.picture(user, key),
            required=second_factor.is_required_of(user),
        )

    def _manage(self, request: HttpRequest, user: User) -> HttpResponse:
        form = ConfirmForm(request.POST if {"new_codes", "remove"} & request.POST.keys() else None, request=request)
        if form.is_valid() and "new_codes" in request.POST:
            codes = second_factor.new_recovery_codes(user)
            return self._page(request, SECOND_FACTOR, None, title=gettext("Recovery codes"), codes=codes)
        if form.is_valid():
            try:
                second_factor.remove(user, actor=user, action="second factor removed")
            except Conflict as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, gettext("Signing in asks for no code any more."))
                return HttpResponseRedirect(request.get_full_path())
        return self._page(
            request,
            SECOND_FACTOR,
            form,
            title=gettext("Your second factor"),
            since=user.second_factor_at,
            left=second_factor.recovery_codes_left(user),
            required=second_factor.is_required_of(user),
        )

    def _missing_step(self, request: HttpRequest) -> str | None:
        return second_factor.missing_step(request) if super().has_permission(request) else None

    def _page(self, request: HttpRequest, template: str, form: forms.Form | None, **context: Any) -> HttpResponse:
        context |= {**self.each_context(request), "form": form, "next": onward(request)}
        context["is_nav_sidebar_enabled"] = context["has_permission"] and self.enable_nav_sidebar
        request.current_app = self.name
        return answered(TemplateResponse(request, template, context), form)


def account_of(request: HttpRequest) -> User:
    """The account that is signed in, as it is stored now."""
    account: User = User.objects.get(pk=request.user.pk)
    return account


def onward(request: HttpRequest) -> str:
    """Where somebody wanted to go before they were asked; never to another site."""
    return LoginView().get_redirect_url(request) or reverse("admin:index")
