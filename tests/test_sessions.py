"""Sessions end, on the server, and no public page looks at one."""

import time
from unittest import mock

from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import override_settings

from tests import factories, public_world
from tests.desk import DeskTestCase

HOUR = 3600


def at(moment):
    return mock.patch.object(time, "time", return_value=moment)


class SessionTests(DeskTestCase):
    def setUp(self):
        self.start = time.time()
        typed = {"username": "edna", "password": factories.PASSWORD, "next": "/admin/"}
        self.assertRedirects(self.client.post("/admin/login/", typed), "/admin/")

    def is_in(self, moment):
        with at(moment):
            response = self.client.get("/admin/")
        if response.status_code == 200:
            return True
        self.assertRedirects(response, "/admin/login/?next=/admin/")
        return False

    def test_who_is_idle_for_two_hours_is_signed_out_on_the_server(self):
        key = self.client.session.session_key

        self.assertTrue(self.is_in(self.start + 2 * HOUR - 1))
        self.assertFalse(self.is_in(self.start + 4 * HOUR))

        self.assertFalse(Session.objects.filter(session_key=key).exists())
        self.client.cookies[settings.SESSION_COOKIE_NAME] = key  # somebody kept the cookie
        self.assertFalse(self.is_in(self.start + 4 * HOUR))

    def test_who_works_on_stays_for_twelve_hours(self):
        for hour in range(1, 12):
            self.assertTrue(self.is_in(self.start + hour * HOUR))

        self.assertFalse(self.is_in(self.start + 12 * HOUR + 1))

    def test_the_next_session_begins_anew(self):
        self.assertFalse(self.is_in(self.start + 13 * HOUR))

        with at(self.start + 13 * HOUR):
            self.client.force_login(self.editor)

        self.assertTrue(self.is_in(self.start + 14 * HOUR))

    @override_settings(SESSION_IDLE=600, SESSION_COOKIE_AGE=900)
    def test_both_limits_are_settings(self):
        self.assertTrue(self.is_in(self.start + 500))
        self.assertFalse(self.is_in(self.start + 950))
        with at(self.start + 1000):
            self.client.force_login(self.editor)
        self.assertFalse(self.is_in(self.start + 1650))

    def test_reading_on_within_a_minute_writes_nothing(self):
        self.is_in(self.start + 120)
        row = Session.objects.get()

        self.is_in(self.start + 150)
        self.assertEqual(Session.objects.get().session_data, row.session_data)

        self.is_in(self.start + 200)
        self.assertNotEqual(Session.objects.get().session_data, row.session_data)

    def test_a_session_that_does_not_say_when_it_began_is_over(self):
        session = self.client.session
        del session["began"]
        Session.objects.update(session_data=session.encode(session._session))

        self.assertFalse(self.is_in(self.start + 1))

    def test_a_broken_session_is_none(self):
        Session.objects.update(session_data="broken")

        self.assertFalse(self.is_in(self.start + 1))

    def test_a_script_of_a_session_that_is_over_is_refused_and_not_led_to_sign_in(self):
        address = "/admin/autocomplete/?app_label=factcheck&model_name=appearance&field_name=claim&term="
        script = {"x-requested-with": "XMLHttpRequest"}
        self.assertEqual(self.client.get(address, headers=script).json()["results"], [])

        self.client.logout()

        self.assertEqual(self.client.get(address, headers=script).status_code, 403)
        self.assertEqual(self.client.get(address).status_code, 302)

    def test_a_public_page_looks_at_no_session(self):
        public_world.build()
        with at(self.start + 5 * HOUR), mock.patch("factcheck.sessions.SessionStore.load") as load:
            response = self.client.get("/claims/")

        self.assertEqual(response.status_code, 200)
        self.assertFalse(load.called)
        self.assertFalse(response.cookies)
        self.assertTrue(Session.objects.exists())
