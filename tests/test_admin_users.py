"""Accounts at the desk."""

import json

from django.contrib.auth.models import Group
from django.urls import reverse

from factcheck.models import User
from tests import factories
from tests.desk import DeskTestCase

NEW = "correct-horse-battery"


class AccountTests(DeskTestCase):
    def setUp(self):
        self.client.force_login(self.superuser)

    def test_an_account_is_made_with_a_password(self):
        typed = {
            "username": "nora", "public_name": "Nora N", "usable_password": "true", "password1": NEW, "password2": NEW,
            "is_staff": "on",
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
            **{"public_name": "Vic V", "memberships-TOTAL_FORMS": 2, "memberships-1-group": role.pk},
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

        response = self.client.post(address, {"usable_password": "true", "password1": NEW, "password2": NEW})

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
