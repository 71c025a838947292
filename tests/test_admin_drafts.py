"""The server's side of what a browser keeps while somebody types (static/factcheck/desk.js)."""

from html.parser import HTMLParser

from django.test import Client
from django.urls import reverse

from tests import factories
from tests.desk import DeskTestCase


class MarkerReader(HTMLParser):
    found = None

    def handle_starttag(self, tag, attributes):
        if dict(attributes).get("id") == "desk-draft":
            self.found = {name.removeprefix("data-"): value for name, value in attributes if name.startswith("data-")}


def marker(response):
    reader = MarkerReader()
    reader.feed(response.content.decode())
    return reader.found


class DraftTests(DeskTestCase):
    def setUp(self):
        super().setUp()
        self.topic = factories.TopicFactory(name="Old")

    def test_a_form_says_whose_it_is_and_of_which_version(self):
        account = str(self.editor.pk)
        self.assertEqual(
            marker(self.client.get(self.address(self.topic))),
            {"account": account, "version": "1", "bound": "no", "draft": ""},
        )
        self.assertEqual(
            marker(self.client.get(self.address("topic", "add"))),
            {"account": account, "version": "new", "bound": "no", "draft": ""},
        )

    def test_who_may_only_look_types_nothing(self):
        self.client.force_login(self.viewer)

        self.assertIsNone(marker(self.client.get(self.address(self.topic))))

    def test_what_comes_back_says_which_draft_it_was(self):
        typed = self.form(self.topic) | {"name": "", "draft": "0123456789abcdef"}
        refused = self.save(self.topic, typed=typed)
        self.assertEqual(marker(refused)["bound"], "yes")
        self.assertEqual((marker(refused)["version"], marker(refused)["draft"]), ("1", "0123456789abcdef"))
        self.assertNotIn("desk_saved", refused.cookies)

        factories.change(self.topic, name="Theirs")
        overtaken = self.save(self.topic, typed=typed | {"name": "Mine"})
        self.assertEqual((marker(overtaken)["version"], marker(overtaken)["draft"]), ("2", "0123456789abcdef"))
        self.assertNotIn("desk_saved", overtaken.cookies)

    def test_the_page_of_a_step_keeps_its_own(self):
        claim = factories.ClaimFactory()
        step = {"CHANGE_FORM-action": "decline", "_selected_action": claim.pk}
        asked = self.client.post(self.address(claim), {**step, "draft": "0123456789abcdef"})
        account = str(self.editor.pk)
        expected = {"account": account, "version": "step", "step": "decline", "bound": "no", "draft": ""}
        self.assertEqual(marker(asked), expected)

        refused = self.client.post(self.address(claim), {**step, "confirmed": "yes", "draft": "fedcba9876543210"})
        self.assertEqual(marker(refused), expected | {"bound": "yes", "draft": "fedcba9876543210"})
        self.assertNotIn("desk_saved", refused.cookies)

        taken = {**step, "confirmed": "yes", "draft": "fedcba9876543210", "reason": "Taste."}
        self.assertEqual(self.client.post(self.address(claim), taken).cookies["desk_saved"].value, "fedcba9876543210")

    def test_a_save_names_the_draft_that_is_done_with(self):
        for page in (self.topic, "topic"):
            data = {"name": "New", "slug": "new-one", "draft": "0123456789abcdef"}
            response = self.save(page, **(data if page == "topic" else {"draft": data["draft"]}))

            self.assertSaved(response)
            cookie = response.cookies["desk_saved"]
            self.assertEqual((cookie.value, cookie["path"]), ("0123456789abcdef", "/admin/"))
            self.assertEqual(cookie["samesite"], "Strict")

    def test_only_what_the_script_makes_becomes_a_cookie(self):
        for draft in ("", "x", "0123456789abcdef; path=/", "<b>", "A" * 16, "a" * 41):
            self.assertNotIn("desk_saved", self.save(self.topic, draft=draft).cookies)

    def test_a_form_sent_after_the_session_ended_leads_to_the_sign_in_and_back(self):
        typed = self.form(self.topic) | {"name": "Typed"}
        self.client.logout()

        response = self.save(self.topic, typed=typed)

        address = self.address(self.topic)
        self.assertRedirects(response, f"{reverse('admin:login')}?next={address}")
        data = {"username": "edna", "password": factories.PASSWORD, "next": address}
        self.assertRedirects(self.client.post(reverse("admin:login"), data), address)

    def test_a_form_of_an_earlier_session_says_what_to_do(self):
        client = Client(enforce_csrf_checks=True)
        client.force_login(self.editor)

        with self.assertLogs("django.security.csrf"):
            response = client.post(self.address(self.topic), {"name": "Typed", "_save": "Save"})

        self.assertContains(response, f'<a href="{self.address(self.topic)}">Open the form again</a>', status_code=403)
