"""The desk as a person meets it: signed in, with the form's fields as the browser would send them."""

from html.parser import HTMLParser

from django.test import TestCase
from django.urls import reverse

from factcheck.models import Change
from tests.factories import UserFactory


class FormReader(HTMLParser):
    """The values in the one form of a page that has this id."""

    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id, self.inside, self.values = form_id, False, {}
        self.textarea = self.select = None

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            self.inside = given.get("id") == self.form_id
        if not self.inside or ("name" not in given and tag not in ("option", "form")):
            return
        name = given.get("name")
        if tag == "textarea":
            self.textarea, self.values[name] = name, ""
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and "selected" in given:
            self.values[self.select] = given.get("value", "")
        elif tag == "input":
            kind = given.get("type", "text")
            if kind in ("checkbox", "radio"):
                if "checked" in given:
                    self.values[name] = given.get("value", "on")
            elif kind not in ("submit", "file"):
                self.values[name] = given.get("value", "")

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.textarea = None
        elif tag == "select":
            self.select = None
        elif tag == "form":
            self.inside = False

    def handle_data(self, data):
        if self.textarea:
            # The line break after <textarea> is not part of it; a browser sends CRLF.
            text = data.removeprefix("\n") if not self.values[self.textarea] else data
            self.values[self.textarea] += text.replace("\n", "\r\n")


class DeskTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.superuser = UserFactory(username="root", is_superuser=True)
        cls.editor = UserFactory(username="edna", roles=["Editor"])
        cls.reviewer = UserFactory(username="rita", roles=["Reviewer"])
        cls.researcher = UserFactory(username="rose", roles=["Researcher"])
        cls.viewer = UserFactory(username="vic", roles=["Viewer"])

    def setUp(self):
        self.client.force_login(self.editor)

    @staticmethod
    def address(record, page="change"):
        model = record if isinstance(record, str) else record._meta.model_name
        if page in ("add", "changelist"):
            return reverse(f"admin:factcheck_{model}_{page}")
        return reverse(f"admin:factcheck_{model}_{page}", args=[record.pk])

    def form(self, record, query=""):
        """What the form of a record (or of a new one, named by its model) would send untouched."""
        model = record if isinstance(record, str) else record._meta.model_name
        page = "add" if isinstance(record, str) else "change"
        response = self.client.get(self.address(record, page) + query)
        self.assertEqual(response.status_code, 200)
        return self.shown(response, model)

    @staticmethod
    def shown(response, model):
        """What the form on a page would send untouched."""
        reader = FormReader(f"{model}_form")
        reader.feed(response.content.decode())
        return {name: value for name, value in reader.values.items() if "__prefix__" not in name}

    def save(self, record, **changed):
        """Opens a form, changes these fields, and saves."""
        typed = changed.pop("typed", None) or self.form(record)
        page = "add" if isinstance(record, str) else "change"
        return self.client.post(self.address(record, page), {**typed, **changed, "_save": "Save"})

    def step(self, record, name, **typed):
        """Presses the button of a step on the record's page and, with what is typed, the one of the page that asks."""
        action = {"CHANGE_FORM-action": name, "_selected_action": record.pk}
        return self.client.post(self.address(record), {**action, "confirmed": "yes", **typed}, follow=True)

    def assertSaved(self, response):
        if response.status_code != 302:
            errors = response.context["adminform"].form.errors if response.context else response.content
            inline = [f.formset.errors for f in (response.context or {}).get("inline_admin_formsets", [])]
            self.fail(f"{response.status_code}: {errors} {inline}")

    @staticmethod
    def last_change(record):
        return Change.objects.of(record).order_by("-sequence").first()
