"""Sessions belong to the desk."""

from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.urls import reverse


class DeskSessionMiddleware(SessionMiddleware):
    """Django's, but outside the admin no answer has a cookie, whatever cookie came with the question."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if not request.path.startswith(reverse("admin:index")):
            return response
        return super().process_response(request, response)
