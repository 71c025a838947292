"""What holds for every answer, its language too; and of the desk: no cache stores it, and only it has cookies."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation

from config import permissions


def is_desk(request: HttpRequest) -> bool:
    return f"{request.path}/".startswith(reverse("admin:index"))


class DeskAnswersMiddleware:
    """Comes first, since redirects and errors that other middleware gives are answers of the desk, too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if is_desk(request):
            response.headers["Cache-Control"] = "no-store, private"
        return response


class PermissionsPolicyMiddleware:
    """Django has a setting for the other headers that keep readers safe, and none for this one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers["Permissions-Policy"] = permissions.POLICY
        return response


class LanguageMiddleware:
    """For readers the address says the language, and nothing else does; the desk follows the browser."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_desk(request):
            language = translation.get_language_from_request(request)
        else:
            language = translation.get_language_from_path(request.path_info) or settings.LANGUAGE_CODE
        with translation.override(language):
            return self.get_response(request)


class DeskCookiesMiddleware:
    """Outside the desk no cookie is looked at, so that none is answered, whatever came with the question."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_desk(request):
            request.META.pop("HTTP_COOKIE", None)
        return self.get_response(request)
