"""A code from the phone beside the password: set up, asked for, lost and reset."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from threading import Barrier
from unittest import mock
from urllib.parse import quote

from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client, TransactionTestCase
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from factcheck import history, replay, second_factor
from factcheck.admin.base import FORM_ACTION
from factcheck.models import Change, Membership, User
from tests import factories, public_world
from tests.desk import DeskTestCase

KEY = "00112233445566778899aabbccddeeff00112233"
PAGE, CODE, LOGIN = "/admin/second-factor/", "/admin/code/", "/admin/login/"
OWN = {"own_password": factories.PASSWORD}


def code(key=KEY, steps=0):
    """What the phone shows now, or so many half minutes later."""
    totp = TOTP(bytes.fromhex(key))
    totp.time = time.time() + 30 * steps
    return f"{totp.token():06}"


def later(seconds):
    """Codes and the waits between them go by two clocks."""
    moment, now = time.time() + seconds, timezone.now() + timedelta(seconds=seconds)
    both = mock.patch.multiple(timezone, now=lambda: now)
    return mock.patch.object(time, "time", lambda: moment), both


class SecondFactorTestCase(DeskTestCase):
    def set_up(self, user, key=KEY):
        """As of two half minutes ago, so that the code of now is fresh."""
        with mock.patch.object(time, "time", return_value=time.time() - 60):
            return second_factor.set_up(User.objects.get(pk=user.pk), key, code(key))

    def sign_in(self, name="edna", password=factories.PASSWORD, onward="/admin/", client=None):
        typed = {"username": name, "password": password, "next": onward}
        return (client or self.client).post(LOGIN, typed, follow=True)

    def is_in(self):
        return self.client.get("/admin/").status_code == 200


class SigningInTests(SecondFactorTestCase):
    def setUp(self):
        self.codes = self.set_up(self.editor)
        self.claim = factories.ClaimFactory()
        self.onward = self.address(self.claim)

    def test_the_password_leads_to_the_code_and_the_code_to_where_they_were_going(self):
        response = self.sign_in(onward=self.onward)

        self.assertEqual(response.redirect_chain[-1][0], f"{CODE}?next={quote(self.onward, safe='')}")
        self.assertContains(response, "one-time-code")
        response = self.client.post(CODE, {"code": code(), "next": self.onward})
        self.assertRedirects(response, self.onward)

    def test_the_password_alone_opens_nothing(self):
        self.sign_in()
        user = self.address(self.editor)
        pages = [
            "/admin/",
            self.onward,
            user,
            "/admin/password_change/",
            "/admin/jsi18n/",
            "/admin/autocomplete/",
            PAGE,
        ]
        for page in pages:
            for ask in (self.client.get, self.client.post):
                with self.subTest(page, ask=ask.__name__):
                    self.assertRedirects(ask(page), f"{LOGIN}?next={page}", target_status_code=302)

        self.assertEqual(second_factor.recovery_codes_left(self.editor), 10)

    def test_a_wrong_code_is_refused_and_each_doubles_the_wait(self):
        self.sign_in()
        wrong = f"{(int(code()) + 1) % 10**6:06}"
        self.assertContains(self.client.post(CODE, {"code": wrong}), "This code is not right")

        response = self.client.post(CODE, {"code": code()})

        self.assertContains(response, "Too many attempts with codes have failed", status_code=429)
        self.assertContains(response, "for 1 second, until", status_code=429)
        self.assertEqual(response.headers["Retry-After"], "1")
        self.assertFalse(self.is_in())
        TOTPDevice.objects.update(throttling_failure_count=12)
        response = self.client.post(CODE, {"code": code()})
        self.assertContains(response, "for 35 minutes, until", status_code=429)

    def test_after_the_wait_the_right_code_is_taken(self):
        self.sign_in()
        self.client.post(CODE, {"code": "abcdef"})
        self.client.post(CODE, {"code": "000000"})
        clock, now = later(5)

        with clock, now:
            self.assertRedirects(self.client.post(CODE, {"code": code()}), "/admin/")

    def test_a_code_is_taken_once(self):
        self.sign_in()
        shown = code()
        self.client.post(CODE, {"code": shown})
        self.assertTrue(self.is_in())
        self.client.post("/admin/logout/")
        self.sign_in()

        response = self.client.post(CODE, {"code": shown})

        self.assertContains(response, "This code is not right, or was used already.")

    def test_a_recovery_code_works_once_in_any_spelling(self):
        self.sign_in()
        self.assertRedirects(self.client.post(CODE, {"code": f" {self.codes[3].upper()} "}), "/admin/")
        self.assertEqual(second_factor.recovery_codes_left(self.editor), 9)
        self.client.post("/admin/logout/")
        self.sign_in()

        self.assertContains(self.client.post(CODE, {"code": self.codes[3]}), "This code is not right")
        self.assertFalse(self.is_in())

    def test_codes_from_the_phone_do_not_use_up_attempts_at_recovery_codes(self):
        for step in range(3):
            self.sign_in()
            with mock.patch.object(time, "time", return_value=time.time() + 30 * step):
                self.client.post(CODE, {"code": code()})
            self.client.post("/admin/logout/")

        self.sign_in()
        self.assertRedirects(self.client.post(CODE, {"code": self.codes[0]}), "/admin/")

    def test_somebody_elses_codes_do_not_work(self):
        others = self.set_up(self.viewer, KEY[::-1])
        self.sign_in()

        self.assertContains(self.client.post(CODE, {"code": others[0]}), "This code is not right")
        self.assertContains(self.client.post(CODE, {"code": code(KEY[::-1])}), "This code is not right")

    def test_hostile_codes_give_no_error_page(self):
        for typed in ("", "x" * 9000, "12\x0045", "١٢٣٤٥٦", "<script>alert(1)</script>", "' OR 1=1", "-" * 40):
            with self.subTest(typed[:10]):
                self.sign_in(client=(client := Client()))
                TOTPDevice.objects.update(throttling_failure_count=0)
                StaticDevice.objects.update(throttling_failure_count=0)
                response = client.post(CODE, {"code": typed})
                self.assertEqual(response.status_code, 200)
                self.assertNotContains(response, "<script>alert")
                self.assertEqual(client.get("/admin/").status_code, 302)

    def test_it_leads_to_no_other_site(self):
        self.sign_in()

        response = self.client.post(CODE, {"code": code(), "next": "https://elsewhere.example/"})

        self.assertRedirects(response, "/admin/")

    def test_who_is_asked_can_leave(self):
        self.assertContains(self.sign_in(), "Not edna? Sign out")

        self.assertEqual(self.client.post("/admin/logout/").status_code, 200)

        self.assertRedirects(self.client.get(CODE), "/admin/", target_status_code=302)
        self.assertNotIn("_auth_user_id", self.client.session)

    def test_the_session_gets_a_new_key(self):
        self.sign_in()
        before = self.client.session.session_key

        self.client.post(CODE, {"code": code()})

        self.assertNotEqual(self.client.session.session_key, before)

    def test_signing_in_is_not_in_the_history(self):
        before = Change.objects.count()

        self.sign_in()
        self.client.post(CODE, {"code": code()})

        self.assertEqual(Change.objects.count(), before)

    def test_public_pages_ask_for_nothing(self):
        public_world.build()
        self.sign_in()

        self.assertEqual(self.client.get("/claims/").status_code, 200)


class SettingUpTests(SecondFactorTestCase):
    def setUp(self):
        self.client.force_login(self.editor)

    def key_shown(self, response):
        return re.search(r'name="key" value="([0-9a-f]{40})"', response.content.decode())[1]

    def test_the_page_shows_the_secret_as_picture_and_text_under_the_policy(self):
        response = self.client.get(PAGE)

        key = self.key_shown(response)
        shown = re.search(r"<code>([A-Z2-7 ]+)</code>", response.content.decode())[1].replace(" ", "")
        self.assertIn(f"secret={shown}&", TOTPDevice(user=self.editor, key=key).config_url)
        self.assertContains(response, 'src="data:image/svg+xml')
        self.assertNotRegex(response.content.decode(), r"<style|style=|<script>|\son\w+=")
        self.assertNotEqual(self.key_shown(self.client.get(PAGE)), key)
        self.assertFalse(TOTPDevice.objects.exists())

    def test_it_is_confirmed_by_a_code_and_recovery_codes_are_shown_once(self):
        key = self.key_shown(self.client.get(PAGE))

        response = self.client.post(PAGE, {"set_up": "x", "key": key, "code": code(key)})

        shown = re.findall(r"<code>([a-z2-7]{4}-[a-z2-7]{4})</code>", response.content.decode())
        self.assertEqual(len(set(shown)), 10)
        self.assertIn("no-store", response.headers["Cache-Control"])
        self.assertEqual({f"{t[:4]}-{t[4:]}" for t in StaticToken.objects.values_list("token", flat=True)}, set(shown))
        again = self.client.get(PAGE)
        self.assertContains(again, "Unused recovery codes:")
        self.assertNotContains(again, shown[0])
        self.assertTrue(self.is_in())

    def test_it_is_in_the_history_without_the_secret(self):
        key = self.key_shown(self.client.get(PAGE))
        self.client.post(PAGE, {"set_up": "x", "key": key, "code": code(key)})

        change = self.last_change(self.editor)

        self.assertEqual((change.action, change.actor), ("second factor set up", self.editor))
        self.assertIn("second_factor_at", change.after)
        self.assertNotIn(key, change.after)
        self.assertEqual(list(replay.breaks()), [])

    def test_a_wrong_code_keeps_the_secret_and_stores_nothing(self):
        key = self.key_shown(self.client.get(PAGE))
        wrong = f"{(int(code(key)) + 1) % 10**6:06}"

        response = self.client.post(PAGE, {"set_up": "x", "key": key, "code": wrong})

        self.assertContains(response, "This is not the code that belongs to the secret.")
        self.assertEqual(self.key_shown(response), key)
        self.assertFalse(TOTPDevice.objects.exists())
        self.assertIsNone(User.objects.get(pk=self.editor.pk).second_factor_at)

    def test_hostile_secrets_give_no_error_page(self):
        for typed in ("", "zz", '"><script>alert(1)</script>', "\0", "0" * 5000):
            response = self.client.post(PAGE, {"set_up": "x", "key": typed, "code": "123456"})

            self.assertContains(response, "Set up a second factor")
            self.assertNotContains(response, "<script>alert")

    def test_other_sessions_have_to_show_it_too(self):
        other = Client()
        other.force_login(self.editor)
        key = self.key_shown(self.client.get(PAGE))

        self.client.post(PAGE, {"set_up": "x", "key": key, "code": code(key)})

        self.assertRedirects(other.get("/admin/"), f"{LOGIN}?next=/admin/", target_status_code=302)

    def test_set_up_meanwhile_in_another_window_it_is_not_replaced(self):
        key = self.key_shown(self.client.get(PAGE))
        stale = User.objects.get(pk=self.editor.pk)
        self.set_up(self.editor)

        with self.assertRaisesMessage(Exception, "was saved by somebody else meanwhile"):
            second_factor.set_up(stale, key, code(key))

        self.assertEqual(TOTPDevice.objects.get().key, KEY)

    def test_the_front_page_leads_to_it(self):
        self.assertContains(self.client.get("/admin/"), PAGE)

    def test_strangers_are_sent_to_sign_in(self):
        self.client.logout()

        self.assertRedirects(self.client.get(PAGE), f"{LOGIN}?next={PAGE}")

    def test_nobody_sees_secrets_in_the_admin(self):
        self.client.force_login(self.superuser)

        self.assertEqual(self.client.get("/admin/otp_totp/totpdevice/").status_code, 404)
        self.assertEqual(self.client.get("/admin/otp_static/staticdevice/").status_code, 404)


class RemovingTests(SecondFactorTestCase):
    def setUp(self):
        self.codes = self.set_up(self.editor)
        self.sign_in()
        self.client.post(CODE, {"code": code()})
        self.assertTrue(self.is_in())

    def test_turning_it_off_asks_for_the_password(self):
        for typed in ({}, {"own_password": "wrong"}):
            response = self.client.post(PAGE, {"remove": "x", **typed})
            self.assertContains(response, 'id="id_own_password_error"')
        self.assertTrue(TOTPDevice.objects.exists())

        self.client.post(PAGE, {"remove": "x", **OWN})

        self.assertFalse(TOTPDevice.objects.exists() or StaticToken.objects.exists())
        self.assertEqual(self.last_change(self.editor).action, "second factor removed")
        self.client.post("/admin/logout/")
        self.assertEqual(self.sign_in().redirect_chain[-1][0], "/admin/")
        self.assertEqual(list(replay.breaks()), [])

    def test_new_recovery_codes_ask_for_it_too_and_replace_the_old(self):
        self.assertContains(self.client.post(PAGE, {"new_codes": "x"}), 'id="id_own_password_error"')

        response = self.client.post(PAGE, {"new_codes": "x", **OWN})

        shown = re.findall(r"<code>([a-z2-7]{4}-[a-z2-7]{4})</code>", response.content.decode())
        self.assertEqual(len(shown), 10)
        with self.assertRaises(ValidationError):
            second_factor.verify(self.editor, self.codes[0])
        self.assertEqual(StaticToken.objects.count(), 10)

    def test_who_sets_up_another_has_to_show_it_everywhere(self):
        other = Client()
        self.sign_in(client=other)
        other.post(CODE, {"code": self.codes[0]})
        self.assertEqual(other.get("/admin/").status_code, 200)

        second_factor.remove(User.objects.get(pk=self.editor.pk), actor=self.editor, action="second factor removed")
        self.set_up(self.editor, KEY[::-1])

        self.assertEqual(other.get("/admin/").status_code, 302)


class ResettingTests(SecondFactorTestCase):
    def setUp(self):
        self.set_up(self.editor)
        self.keeper = factories.UserFactory(username="kim", roles=["Administrator"])
        self.client.force_login(self.keeper)

    def reset(self, account, **typed):
        data = {FORM_ACTION: "reset_second_factor", "_selected_action": account.pk, **typed}
        return self.client.post(self.address(account), data, follow=True)

    def test_an_administrator_resets_it_with_a_reason(self):
        self.assertContains(self.client.get(self.address(self.editor)), "Reset the second factor")
        asked = self.reset(self.editor)
        self.assertContains(asked, "Make sure that it is they who ask")
        version = User.objects.get(pk=self.editor.pk).version

        response = self.reset(
            self.editor, confirmed="yes", reason="Lost the phone", **OWN, **{f"seen-{self.editor.pk}": version}
        )

        self.assertContains(response, "The second factor of edna is reset.")
        change = self.last_change(self.editor)
        self.assertEqual(
            (change.action, change.actor, change.reason), ("second factor reset", self.keeper, "Lost the phone")
        )
        self.assertFalse(TOTPDevice.objects.exists())
        self.client.post("/admin/logout/")
        self.assertEqual(self.sign_in().redirect_chain[-1][0], "/admin/")

    def test_not_without_their_own_password(self):
        for typed in ({}, {"own_password": "wrong"}):
            response = self.reset(self.editor, confirmed="yes", reason="Because <b>", **typed)
            self.assertContains(response, 'id="id_own_password_error"')
            self.assertContains(response, 'value="Because &lt;b&gt;"')
        self.assertTrue(TOTPDevice.objects.exists())

    def test_not_of_an_account_that_changed_meanwhile(self):
        version = User.objects.get(pk=self.editor.pk).version
        factories.change(User.objects.get(pk=self.editor.pk), email="new@example.org")

        response = self.reset(self.editor, confirmed="yes", **OWN, **{f"seen-{self.editor.pk}": version})

        self.assertContains(response, "saved by somebody else meanwhile", status_code=409)
        self.assertTrue(TOTPDevice.objects.exists())

    def test_not_of_a_superuser(self):
        self.set_up(self.superuser, KEY[::-1])

        self.assertEqual(self.reset(self.superuser, confirmed="yes", **OWN).status_code, 403)
        self.assertTrue(User.objects.get(pk=self.superuser.pk).second_factor_at)

    def test_of_an_account_that_has_none_it_says_so(self):
        self.assertContains(self.reset(self.viewer), "The account vic has no second factor.")

    def test_the_command_does_it_where_nobody_at_the_desk_can(self):
        out = StringIO()

        call_command("resetsecondfactor", "edna", reason="Asked in person", stdout=out)

        self.assertEqual(out.getvalue(), "edna signs in with the password alone.\n")
        change = self.last_change(self.editor)
        self.assertEqual((change.actor_name, change.reason), ("resetsecondfactor", "Asked in person"))
        for name, why in (("edna", "edna has no second factor."), ("nobody", "There is no account nobody.")):
            with self.assertRaisesMessage(CommandError, why):
                call_command("resetsecondfactor", name)


class RequiredTests(SecondFactorTestCase):
    def setUp(self):
        self.enterContext(self.settings(REQUIRE_SECOND_FACTOR=["Editor", "Administrator"]))
        self.claim = factories.ClaimFactory()

    def test_a_role_that_needs_one_is_led_to_set_it_up_and_can_do_nothing_else(self):
        response = self.sign_in(onward=self.address(self.claim))

        self.assertEqual(response.redirect_chain[-1][0], f"{PAGE}?next={quote(self.address(self.claim), safe='')}")
        self.assertContains(response, "Your role needs a second factor.")
        self.assertNotContains(response, 'href="/admin/factcheck/')
        for page in ("/admin/", self.address(self.claim), "/admin/password_change/", "/admin/jsi18n/"):
            for ask in (self.client.get, self.client.post):
                self.assertRedirects(ask(page), f"{LOGIN}?next={page}", target_status_code=302)

    def test_set_up_it_leads_on(self):
        self.sign_in()

        response = self.client.post(PAGE, {"set_up": "x", "key": KEY, "code": code(), "next": self.address(self.claim)})

        self.assertContains(response, f'href="{self.address(self.claim)}"')
        self.assertContains(response, "Log out")
        self.assertTrue(self.is_in())

    def test_who_is_led_there_can_leave(self):
        self.sign_in()

        self.assertContains(self.client.post("/admin/logout/"), "Log")

        self.assertNotIn("_auth_user_id", self.client.session)

    def test_other_roles_go_on_without(self):
        for name in ("vic", "rose"):
            with self.subTest(name):
                self.assertEqual(self.sign_in(name).redirect_chain[-1][0], "/admin/")

    def test_a_superuser_has_every_role(self):
        self.assertEqual(self.sign_in("root").redirect_chain[-1][0], f"{PAGE}?next=%2Fadmin%2F")

    def test_a_role_given_later_asks_at_once(self):
        self.client.force_login(self.viewer)
        self.assertTrue(self.is_in())

        role = Group.objects.get(name="Editor")
        with history.change(self.viewer, actor=self.superuser):
            Membership(user=self.viewer, group=role).save()

        self.assertFalse(self.is_in())

    def test_by_default_nobody_needs_one(self):
        with self.settings(REQUIRE_SECOND_FACTOR=[]):
            for name in ("edna", "root", "vic"):
                self.assertEqual(self.sign_in(name).redirect_chain[-1][0], "/admin/")

    def test_who_needs_one_and_removes_it_sets_up_another(self):
        self.set_up(self.editor)
        self.sign_in()
        self.client.post(CODE, {"code": code()})
        self.assertContains(self.client.get(PAGE), "Set up another phone")

        response = self.client.post(PAGE, {"remove": "x", **OWN}, follow=True)

        self.assertContains(response, "Your role needs a second factor.")
        self.assertFalse(self.is_in())


class PrivacyTests(SecondFactorTestCase):
    def test_a_second_factor_changes_no_public_byte(self):
        public_world.build()
        before = self.client.get("/").headers["ETag"]

        self.set_up(self.editor)

        self.assertEqual(self.client.get("/").headers["ETag"], before)

    def test_no_role_has_a_right_to_devices(self):
        given = Permission.objects.filter(group__isnull=False).values_list("content_type__app_label", flat=True)

        self.assertEqual(set(given), {"factcheck"})


class AtOnceTests(TransactionTestCase):
    def test_a_code_that_many_send_at_one_moment_is_taken_once(self):
        user = factories.UserFactory(username="edna")
        codes = second_factor.set_up(user, KEY, code())
        for shown in (codes[0], code(steps=1)):
            together = Barrier(6)

            def send(number, together=together, shown=shown):
                together.wait(timeout=30)
                try:
                    second_factor.verify(user, shown)
                    return "taken"
                except ValidationError:
                    return "refused"
                finally:
                    connection.close()

            with ThreadPoolExecutor(6) as pool:
                answers = list(pool.map(send, range(6)))

            self.assertEqual(answers.count("taken"), 1)
