"""What the server gets from us, before it sends it."""

from wsgiref.util import setup_testing_defaults

from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import TestCase

from config.wsgi import application
from tests import factories

ADDRESSES = ["/", "/uk/claims/", "/feeds/claims.atom", "/healthz", "/nothing/", "/admin", "/static/admin/css/base.css"]


class HeadTests(TestCase):
    def setUp(self):
        for signal in (request_started, request_finished):  # as Django's client does: the test's transaction goes on
            signal.disconnect(close_old_connections)
            self.addCleanup(signal.connect, close_old_connections)
        self.finished = []
        request_finished.connect(self.finish)
        self.addCleanup(request_finished.disconnect, self.finish)

    def finish(self, **signal):
        self.finished.append(signal)

    def ask(self, method, address):
        environ = {"REQUEST_METHOD": method, "PATH_INFO": address, "HTTP_HOST": "testserver"}
        setup_testing_defaults(environ)
        started = []
        response = application(environ, lambda status, headers: started.append((status, sorted(headers))))
        body = b"".join(response)
        if hasattr(response, "close"):
            response.close()
        return *started, body

    def test_head_has_the_headers_of_get_and_no_body(self):
        factories.ClaimFactory(listed=True)
        for address in ADDRESSES:
            with self.subTest(address):
                got, body = self.ask("GET", address)
                headed, nothing = self.ask("HEAD", address)

                self.assertEqual(headed, got)
                self.assertIn(("Content-Length", str(len(body))), headed[1])
                self.assertEqual(nothing, b"")

    def test_an_answer_without_a_body_is_finished_too(self):
        self.ask("HEAD", "/healthz")

        self.assertEqual(len(self.finished), 1)
