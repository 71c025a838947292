"""No answer of the desk is stored."""

from unittest import mock

from django.conf import settings
from django.test import TestCase, override_settings

from tests import factories, public_world
from tests.desk import DeskTestCase


class NeverStoredTests(DeskTestCase):
    def assertNotStored(self, response, status):
        self.assertEqual((response.status_code, response.headers["Cache-Control"]), (status, "no-store, private"))

    def test_pages_and_redirects(self):
        claim = factories.ClaimFactory()
        pages = ("/admin/", self.address(claim), self.address(claim, "history"), self.address("claim", "changelist"))
        for address in (*pages, "/admin/password_change/", "/admin/jsi18n/"):
            with self.subTest(address):
                self.assertNotStored(self.client.get(address), 200)
        self.assertNotStored(self.client.get("/admin"), 301)
        self.assertNotStored(self.client.get("/admin/factcheck/claim"), 301)
        self.assertNotStored(self.save(claim, text="Another wording."), 302)
        self.assertNotStored(self.client.post("/admin/logout/"), 200)
        self.assertNotStored(self.client.get("/admin/"), 302)
        self.assertNotStored(self.client.get("/admin/login/"), 200)

    def test_errors(self):
        self.client.force_login(self.viewer)
        self.assertNotStored(self.client.get("/admin/nothing/"), 404)
        self.assertNotStored(self.client.get(self.address("user", "changelist")), 403)
        self.assertNotStored(self.client.get("/admin/", headers={"host": "elsewhere.example"}), 400)
        strict = self.client_class(enforce_csrf_checks=True)
        self.assertNotStored(strict.post("/admin/login/", {"username": "vic"}), 403)

    def test_a_mistake_of_ours(self):
        self.client.raise_request_exception = False
        with mock.patch("factcheck.admin.claims.ClaimAdmin.get_queryset", side_effect=ZeroDivisionError):
            self.assertNotStored(self.client.get(self.address("claim", "changelist")), 500)

    @override_settings(SECURE_SSL_REDIRECT=True)
    def test_the_way_to_https(self):
        self.assertNotStored(self.client.get("/admin/"), 301)

    @override_settings(SECURE_SSL_REDIRECT=False)
    def test_what_readers_get_is_their_own(self):
        public_world.build()

        for address in ("/", "/administration/", "/static/admin/css/base.css"):
            with self.subTest(address):
                self.assertNotIn("no-store", self.client.get(address).headers.get("Cache-Control", ""))


class OrderTests(TestCase):
    def test_it_comes_first(self):
        self.assertEqual(settings.MIDDLEWARE[0], "factcheck.middleware.DeskAnswersMiddleware")
