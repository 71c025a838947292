"""Attempts to sign in are counted per account and per address."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from threading import Barrier
from unittest import mock

from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import RequestFactory, SimpleTestCase, TestCase, TransactionTestCase, override_settings
from django.urls import reverse
from django.utils import timezone

from factcheck import attempts
from factcheck.models import FailedAttempts
from tests import factories
from tests.desk import DeskTestCase

LOGIN = "/admin/login/"
LIMITS = override_settings(SIGN_IN_FAILURES={"account": 3, "address": 5}, SIGN_IN_LOCK=900)


def later(**how):
    return mock.patch.object(timezone, "now", return_value=timezone.now() + timedelta(**how))


@LIMITS
class SignInTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.edna = factories.UserFactory(username="edna", roles=["Editor"])

    def sign_in(self, account="edna", password="wrong", address="192.0.2.1", **headers):
        typed = {"username": account, "password": password, "next": "/admin/"}
        return self.client.post(LOGIN, typed, REMOTE_ADDR=address, **headers)

    def failures(self, times, **how):
        return [self.sign_in(**how).status_code for _ in range(times)]

    def assertIsIn(self, response):
        self.assertRedirects(response, "/admin/", fetch_redirect_response=False)

    def test_an_account_is_locked_from_everywhere(self):
        statuses = [self.sign_in(address=f"192.0.2.{number}").status_code for number in range(3)]

        response = self.sign_in(password=factories.PASSWORD, address="192.0.2.99")

        self.assertEqual(statuses, [200, 200, 429])
        self.assertContains(response, "no other is accepted for 15 minutes, until ", status_code=429)
        self.assertLessEqual(895, int(response.headers["Retry-After"]))
        self.assertLessEqual(int(response.headers["Retry-After"]), 900)
        self.assertNotIn("_auth_user_id", self.client.session)

    def test_others_sign_in_from_there_meanwhile(self):
        self.failures(3)
        factories.UserFactory(username="vic", roles=["Viewer"])

        self.assertIsIn(self.sign_in("vic", factories.PASSWORD))

    def test_an_account_that_is_not_there_is_locked_just_so(self):
        def shown(response, name):
            words = response.content.decode().replace(name, "NAME").split('class="errornote"')[1].split("</p>")[0]
            return response.status_code, words.split("until")[0]

        there = [shown(self.sign_in("edna", address="192.0.2.1"), "edna") for _ in range(4)]
        missing = [shown(self.sign_in("nobody", address="192.0.2.2"), "nobody") for _ in range(4)]

        self.assertEqual(there, missing)
        self.assertEqual([status for status, _ in there], [200, 200, 429, 429])

    def test_an_address_is_locked_for_every_account(self):
        statuses = [self.sign_in(f"name{number}").status_code for number in range(5)]

        response = self.sign_in(password=factories.PASSWORD)

        self.assertEqual(statuses, [200, 200, 200, 200, 429])
        self.assertContains(response, "Too many attempts from this address have failed", status_code=429)
        self.assertIsIn(self.sign_in(password=factories.PASSWORD, address="192.0.2.2"))

    def test_the_lock_ends_by_itself(self):
        self.failures(3)

        with later(minutes=14, seconds=50):
            self.assertEqual(self.sign_in(password=factories.PASSWORD).status_code, 429)
        with later(minutes=15, seconds=1):
            self.assertIsIn(self.sign_in(password=factories.PASSWORD))

    def test_trying_while_it_lasts_does_not_make_it_longer(self):
        self.failures(3)
        with later(minutes=10):
            self.assertEqual(self.failures(1, password=factories.PASSWORD), [429])

        with later(minutes=15, seconds=1):
            self.assertIsIn(self.sign_in(password=factories.PASSWORD))

    def test_success_resets_the_account_and_leaves_what_others_did_from_the_address(self):
        self.failures(2)
        self.assertIsIn(self.sign_in(password=factories.PASSWORD))

        self.assertEqual(self.failures(2), [200, 200])
        self.assertIsIn(self.sign_in(password=factories.PASSWORD))
        self.assertEqual(self.sign_in("nobody").status_code, 429)  # the fifth failure from there

    def test_capitals_do_not_give_more_attempts(self):
        self.assertEqual([self.sign_in(name).status_code for name in ("edna", "Edna", "EDNA")], [200, 200, 429])

    def test_a_form_without_a_name_or_password_is_no_attempt(self):
        for _ in range(6):
            self.sign_in("")
            self.sign_in(password="")

        self.assertFalse(FailedAttempts.objects.exists())

    def test_hostile_names_and_addresses_give_no_error_page(self):
        for name in ("x" * 5000, "e\0dna", "ѐdna\u202e", "'; DROP TABLE--"):
            with self.subTest(name[:10]):
                self.assertEqual(self.sign_in(name, address="not an address\0").status_code, 200)

    def test_neither_names_nor_addresses_are_stored(self):
        self.sign_in("my secret password")

        stored = " ".join(FailedAttempts.objects.values_list("key", flat=True))
        self.assertEqual(FailedAttempts.objects.count(), 2)
        self.assertNotIn("secret", stored)
        self.assertNotIn("192.0.2.1", stored)

    def test_what_failed_long_ago_is_not_kept(self):
        self.sign_in("nobody")

        with later(minutes=16):
            self.sign_in(password=factories.PASSWORD)

        self.assertFalse(FailedAttempts.objects.exists())

    def test_who_may_not_use_the_desk_fails_like_a_wrong_password(self):
        factories.UserFactory(username="reader", is_staff=False)

        self.assertEqual(self.failures(3, account="reader", password=factories.PASSWORD), [200, 200, 429])

    def test_a_header_names_the_address_only_where_proxies_are_set(self):
        def forwarded(number):
            return self.sign_in(f"name{number}", HTTP_X_FORWARDED_FOR=f"198.51.100.{number}").status_code

        self.assertEqual([forwarded(number) for number in range(6)], [200, 200, 200, 200, 429, 429])
        FailedAttempts.objects.all().delete()
        with self.settings(TRUSTED_PROXIES=1):
            self.assertEqual([forwarded(number) for number in range(6)], [200] * 6)

    def test_guessing_the_old_password_of_an_open_desk_is_limited(self):
        self.client.force_login(self.edna)
        address = reverse("admin:password_change")
        new = {"new_password1": "correct-horse-battery", "new_password2": "correct-horse-battery"}
        for _ in range(3):
            self.client.post(address, {"old_password": "wrong", **new})

        response = self.client.post(address, {"old_password": factories.PASSWORD, **new})

        self.assertContains(response, "Too many attempts for this account have failed")


class AddressTests(SimpleTestCase):
    def address(self, remote, forwarded="", proxies=0):
        with self.settings(TRUSTED_PROXIES=proxies):
            request = RequestFactory().get("/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded)
            return attempts.address_of(request)

    def test_without_proxies_it_is_who_asks(self):
        self.assertEqual(self.address("192.0.2.1", "203.0.113.9"), "192.0.2.1")

    def test_each_trusted_proxy_goes_one_station_back(self):
        stations = "203.0.113.66, 198.51.100.7, 10.0.0.1"

        self.assertEqual(self.address("10.0.0.2", stations, 1), "10.0.0.1")
        self.assertEqual(self.address("10.0.0.2", stations, 2), "198.51.100.7")

    def test_a_request_that_came_past_the_proxy_counts_for_itself(self):
        self.assertEqual(self.address("192.0.2.1", "", 1), "192.0.2.1")
        self.assertEqual(self.address("", "", 1), "")

    def test_an_ipv6_address_stands_for_its_network(self):
        self.assertEqual(self.address("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64")
        self.assertEqual(self.address("2001:db8:1:2::1"), "2001:db8:1:2::/64")
        self.assertEqual(self.address("::ffff:192.0.2.1"), "192.0.2.1")


@LIMITS
class LiftingTests(DeskTestCase):
    def setUp(self):
        self.client.force_login(self.superuser)

    def lock(self, account):
        for _ in range(3):
            try:
                with attempts.attempt(account, RequestFactory().get("/", REMOTE_ADDR="2001:db8::7")):
                    raise ValidationError("wrong")
            except ValidationError:
                continue

    def run_command(self, **options):
        out = StringIO()
        call_command("liftlock", stdout=out, **options)
        return out.getvalue()

    def test_the_command_lifts_an_account_and_an_address(self):
        self.lock("edna")

        printed = self.run_command(account="Edna", address="2001:db8::8")

        forgotten = "its failed attempts are forgotten."
        self.assertEqual(printed, f"account Edna: {forgotten}\naddress 2001:db8::8: {forgotten}\n")
        self.assertFalse(FailedAttempts.objects.exists())
        self.assertIn("nothing had failed of late", self.run_command(account="edna"))

    def test_the_command_asks_what_to_lift(self):
        with self.assertRaisesMessage(CommandError, "Name what to lift"):
            self.run_command()

    def test_the_account_says_so_and_an_administrator_lifts_it(self):
        self.assertNotContains(self.client.get(self.address(self.editor)), "too many failed attempts")
        self.lock("edna")
        page = self.client.get(self.address(self.editor))
        self.assertContains(page, "after too many failed attempts")
        action = {"action": "lift_lock", "_selected_action": self.editor.pk}

        response = self.client.post(self.address("user", "changelist"), action, follow=True)

        self.assertContains(response, "The account edna can be signed in to again.")
        self.assertIsNone(attempts.locked_until("edna"))

    def test_who_may_not_change_an_account_does_not_lift_its_lock(self):
        self.lock("root")
        self.client.force_login(factories.UserFactory(roles=["Administrator"]))
        action = {"action": "lift_lock", "_selected_action": self.superuser.pk}

        response = self.client.post(self.address("user", "changelist"), action, follow=True)

        self.assertContains(response, "You may not change root.")
        self.assertIsNotNone(attempts.locked_until("root"))


@LIMITS
class ManyAtOnceTests(TransactionTestCase):
    def test_no_more_are_checked_than_the_limit_allows(self):
        together, checked = Barrier(8), []

        def guess(number):
            try:
                together.wait(timeout=30)
                with attempts.attempt("edna"):
                    checked.append(number)
                    raise ValidationError("wrong")
            except attempts.Locked:
                return "locked"
            except ValidationError:
                return "wrong"
            finally:
                connection.close()

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(guess, range(8)))

        self.assertEqual(len(checked), 3)
        self.assertEqual((answers.count("wrong"), answers.count("locked")), (2, 6))
