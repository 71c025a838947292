"""Accounts at the desk."""

import json

from django.contrib.auth.models import Group
from django.db import transaction
from django.urls import reverse

from factcheck.models import User
from tests import factories
from tests.desk import DeskTestCase

NEW = "correct-horse-battery"
OWN = {"own_password": factories.PASSWORD}


class AccountTests(DeskTestCase):
    def setUp(self):
        self.client.force_login(self.superuser)

    def test_an_account_is_made_with_a_password(self):
        typed = {
            "username": "nora", "public_name": "Nora N", "usable_password": "true", "password1": NEW, "password2": NEW,
            "is_staff": "on", **OWN,
        }  # fmt: skip

        response = self.save("user", **typed)

        user = User.objects.get(username="nora")
        self.assertRedirects(response, self.address(user))
        self.assertTrue(user.check_password(NEW))
        change = self.last_change(user)
        self.assertEqual((change.action, change.actor), ("created", self.superuser))
        self.assertNotIn("password", change.after)

    def test_a_role_is_given_in_the_same_change(self):
        role = Group.objects.get(name="Editor")

        response = self.save(
            self.viewer,
            **{"public_name": "Vic V", "memberships-TOTAL_FORMS": 2, "memberships-1-group": role.pk, **OWN},
            reason="New duties",
        )

        self.assertSaved(response)
        change = self.last_change(self.viewer)
        self.assertEqual(change.reason, "New duties")
        after = json.loads(change.after)
        self.assertEqual(after["public_name"], "Vic V")
        self.assertEqual([row["group"] for row in after["memberships"].values()], [[role.pk, "Editor"]])
        self.assertTrue(User.objects.get(pk=self.viewer.pk).has_perm("factcheck.list_claim"))

    def test_direct_rights_and_groups_are_not_fields(self):
        form = self.form(self.viewer)

        self.assertFalse({"groups", "user_permissions"} & form.keys())
        self.assertNotIn("auth", [app["app_label"] for app in self.client.get("/admin/").context["app_list"]])

    def test_a_password_is_set(self):
        address = reverse("admin:auth_user_password_change", args=[self.viewer.pk])
        self.assertContains(self.client.get(self.address(self.viewer)), "password/")

        typed = {"usable_password": "true", "password1": NEW, "password2": NEW}

        for wrong in ({}, {"own_password": "wrong"}):
            self.assertContains(self.client.post(address, typed | wrong), 'id="id_own_password_error"')
        self.assertTrue(User.objects.get(pk=self.viewer.pk).check_password(factories.PASSWORD))
        response = self.client.post(address, typed | OWN)

        self.assertEqual(response.status_code, 302)
        self.assertTrue(User.objects.get(pk=self.viewer.pk).check_password(NEW))
        self.assertFalse(self.client.get(self.address(self.viewer, "history")).context["page"].paginator.count > 1)

    def test_a_person_changes_their_own_password(self):
        self.client.force_login(self.editor)
        typed = {"old_password": factories.PASSWORD, "new_password1": NEW, "new_password2": NEW}

        response = self.client.post(reverse("admin:password_change"), typed)

        self.assertRedirects(response, reverse("admin:password_change_done"))
        self.assertTrue(User.objects.get(pk=self.editor.pk).check_password(NEW))

    def test_who_keeps_accounts_makes_no_superuser_and_changes_none(self):
        keeper = factories.UserFactory(roles=["Administrator"])
        self.client.force_login(keeper)

        self.assertNotIn("is_superuser", self.form(self.viewer))
        self.assertSaved(self.save(self.viewer, is_superuser="on", email="v@example.org"))
        self.assertFalse(User.objects.get(pk=self.viewer.pk).is_superuser)
        self.assertEqual(self.client.post(self.address(self.superuser), {"_save": "x"}).status_code, 403)
        address = reverse("admin:auth_user_password_change", args=[self.superuser.pk])
        self.assertEqual(self.client.get(address).status_code, 403)

    def test_a_stale_save_of_an_account_is_refused(self):
        typed = self.form(self.viewer)
        factories.change(self.viewer, public_name="Newer")

        response = self.save(self.viewer, typed=typed, email="mine@example.org")

        self.assertContains(response, "mine@example.org", status_code=409)

    def test_the_password_hash_is_no_lookup(self):
        address = self.address("user", "changelist")

        self.assertEqual(self.client.get(address + "?password__startswith=md5").status_code, 400)


class ConfirmedTests(DeskTestCase):
    """What an account may do changes only with the password of the one who changes it."""

    def setUp(self):
        self.client.force_login(self.superuser)
        self.editor_role = Group.objects.get(name="Editor")

    def changes(self):
        """What of the viewer's account needs the password, as it would be typed."""
        mine = self.viewer.memberships.get()
        return {
            "a role more": {"memberships-TOTAL_FORMS": 2, "memberships-1-group": self.editor_role.pk},
            "another role": {"memberships-0-group": self.editor_role.pk},
            "no role": {"memberships-0-DELETE": "on", "memberships-0-id": mine.pk},
            "not active": {"is_active": None},
            "not staff": {"is_staff": None},
        }

    def typed(self, changed):
        typed = self.form(self.viewer) | {"public_name": "Typed name"} | changed
        return {name: value for name, value in typed.items() if value is not None}

    def test_every_such_change_needs_it_and_nothing_typed_is_lost(self):
        before = self.last_change(self.viewer).sequence
        for name, changed in self.changes().items():
            for password in ("", "wrong"):
                with self.subTest(name, password=password):
                    response = self.save(self.viewer, typed=self.typed(changed), own_password=password)

                    self.assertContains(response, 'id="id_own_password_error"')
                    self.assertContains(response, 'value="Typed name"')
                    if "memberships-1-group" in changed:
                        self.assertContains(response, f'<option value="{self.editor_role.pk}" selected>', html=False)
        self.assertEqual(self.last_change(self.viewer).sequence, before)

    def test_with_it_each_is_saved_and_in_the_history(self):
        for name, changed in self.changes().items():
            with self.subTest(name), transaction.atomic():
                before = self.last_change(self.viewer).sequence

                self.assertSaved(self.save(self.viewer, typed=self.typed(changed), reason=name, **OWN))

                change = self.last_change(self.viewer)
                self.assertEqual((change.sequence, change.actor, change.reason), (before + 1, self.superuser, name))
                transaction.set_rollback(True)

    def test_a_superuser_is_made_only_with_it(self):
        refused = self.save(self.viewer, is_superuser="on", own_password="wrong")
        self.assertContains(refused, "This is not your password.")
        self.assertSaved(self.save(self.viewer, is_superuser="on", **OWN))

        self.assertTrue(User.objects.get(pk=self.viewer.pk).is_superuser)

    def test_an_account_is_made_only_with_it(self):
        typed = {"username": "nora", "usable_password": "true", "password1": NEW, "password2": NEW}

        refused = self.save("user", **typed)

        self.assertContains(refused, "Type your own password")
        self.assertContains(refused, 'value="nora"')
        self.assertFalse(User.objects.filter(username="nora").exists())

    def test_it_is_the_password_of_who_changes_not_of_whom_they_change(self):
        self.viewer.set_password(NEW)
        self.viewer.save(update_fields=["password"])

        response = self.save(self.viewer, is_active="", typed=self.typed({"is_active": None}), own_password=NEW)

        self.assertContains(response, "This is not your password.")

    def test_a_name_alone_is_changed_without(self):
        self.assertSaved(self.save(self.viewer, public_name="Vic V"))
        self.assertSaved(self.save(self.viewer, email="vic@example.org", own_password="wrong"))

        self.assertEqual(User.objects.get(pk=self.viewer.pk).public_name, "Vic V")

    def test_guessing_it_is_limited(self):
        with self.settings(SIGN_IN_FAILURES={"account": 3, "address": 50}):
            for _ in range(3):
                self.save(self.viewer, typed=self.typed({"is_active": None}), own_password="wrong")

            response = self.save(self.viewer, typed=self.typed({"is_active": None}), **OWN)

        self.assertContains(response, "Too many attempts for this account have failed")
        self.assertTrue(User.objects.get(pk=self.viewer.pk).is_active)

    def test_who_only_looks_at_an_account_is_not_asked(self):
        self.client.force_login(factories.UserFactory(roles=["Administrator"]))

        self.assertContains(self.client.get(self.address(self.viewer)), "own_password")
        self.assertNotContains(self.client.get(self.address(self.superuser)), "own_password")


class PasswordRuleTests(DeskTestCase):
    def test_passwords_have_twelve_characters_and_are_not_common(self):
        address = reverse("admin:password_change")

        def answer(new):
            typed = {"old_password": factories.PASSWORD, "new_password1": new, "new_password2": new}
            return self.client.post(address, typed)

        for new, why in (
            ("aT7-kq9.zLw", "at least 12 characters"),
            ("1q2w3e4r5t6y", "too common"),
            ("493027615382", "entirely numeric"),
            ("edna@example.org", "too similar"),
        ):
            with self.subTest(new):
                self.assertContains(answer(new), why)
        self.assertEqual(answer("aT7-kq9.zLw4").status_code, 302)
