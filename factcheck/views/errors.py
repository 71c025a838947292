"""The pages that say that something did not work. Those for 500 and 503 need neither database nor context."""

import sys

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from factcheck.views.public import page

RETRY_AFTER = 30  # seconds


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        context = {
            "text": settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
            "fields": settings.DATA_UPLOAD_MAX_NUMBER_FIELDS,
            "files": settings.DATA_UPLOAD_MAX_NUMBER_FILES,
        }
        return _revalidated(page("413.html", context, status=413))
    return _revalidated(page("400.html", {}, status=400, asked=request))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _revalidated(page("404.html", {}, status=404, asked=request))


def server_error(request: HttpRequest) -> HttpResponse:
    """503 where the database does not answer, so that caches and monitors know that it will pass; else 500."""
    away = isinstance(sys.exception(), OperationalError | InterfaceError)
    template, status = ("503.html", 503) if away else ("500.html", 500)
    response = HttpResponse(render_to_string(template), status=status)
    response.headers["Cache-Control"] = "no-store"
    if away:
        response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def _revalidated(response: HttpResponse) -> HttpResponse:
    """A 404 may be kept by default, and what is not there today may be tomorrow."""
    response.headers["Cache-Control"] = "no-cache"
    return response
