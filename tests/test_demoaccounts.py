import re
from io import StringIO
from unittest import mock

from django.core.management import CommandError, call_command
from django.test import TestCase

from factcheck.management.commands.demoaccounts import ACCOUNTS
from factcheck.models import Change, User


class DemoAccountsTests(TestCase):
    def run_command(self, **options):
        out = StringIO()
        call_command("demoaccounts", stdout=out, **options)
        return out.getvalue()

    def passwords(self, printed):
        return dict(re.findall(r"^  (\w+) +(\S+)$", printed, re.MULTILINE))

    def test_the_accounts_can_sign_in_with_the_printed_passwords(self):
        printed = self.run_command(url="http://127.0.0.1:8123/")

        self.assertIn("http://127.0.0.1:8123/admin/", printed)
        passwords = self.passwords(printed)
        self.assertEqual(list(passwords), ["researcher", "reviewer", "editor"])
        self.assertEqual(len(set(passwords.values())), 3)
        for name, password in passwords.items():
            self.assertTrue(self.client.login(username=name, password=password))
            self.assertEqual(self.client.get("/admin/").status_code, 200)
            user = User.objects.get(username=name)
            self.assertEqual([role.name for role in user.groups.all()], [ACCOUNTS[name][1]])
            self.assertTrue(user.public_name and user.is_active and user.is_staff and not user.is_superuser)

    def test_it_is_in_the_history(self):
        self.run_command()

        actors = Change.objects.filter(whole_type="user").values_list("actor_name", "action")
        self.assertEqual(list(actors), [("demoaccounts", "created")] * 3)

    def test_again_it_keeps_them_and_says_how_to_set_new_passwords(self):
        self.run_command()
        before = list(User.objects.order_by("id").values_list("password"))

        printed = self.run_command()

        self.assertEqual(self.passwords(printed), {})
        self.assertIn("For new ones: make demo-passwords\n", printed)
        self.assertEqual(list(User.objects.order_by("id").values_list("password")), before)
        self.assertEqual(Change.objects.count(), 3)

    def test_a_missing_one_is_added(self):
        with mock.patch.dict(ACCOUNTS):
            del ACCOUNTS["editor"]
            self.run_command()

        printed = self.run_command()

        self.assertEqual(list(self.passwords(printed)), ["editor"])
        self.assertIn("researcher, reviewer", printed)

    def test_new_passwords_on_request(self):
        old = self.passwords(self.run_command())

        printed = self.run_command(new_passwords=True, url="")
        new = self.passwords(printed)

        self.assertEqual(list(new), ["researcher", "reviewer", "editor"])
        self.assertNotIn("http", printed)
        self.assertFalse(self.client.login(username="editor", password=old["editor"]))
        self.assertTrue(self.client.login(username="editor", password=new["editor"]))

    def test_without_roles_it_says_migrate(self):
        with (
            mock.patch.dict(ACCOUNTS, {"x": ("X", "Nobody")}),
            self.assertRaisesMessage(CommandError, "There is no role Nobody yet: run migrate."),
        ):
            self.run_command()
        self.assertFalse(User.objects.exists())
