"""What each role may do: every cell of the two tables in README.md, tried at the desk and in the workflow.

What is expected is read from README.md, and from nowhere else.
"""

import re
from contextlib import contextmanager
from importlib import import_module
from itertools import product
from pathlib import Path
from types import SimpleNamespace

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.test import Client, TestCase

from factcheck import history, roles, workflow
from factcheck.models import Change, Claim, Conflict, Membership, Review, ReviewState, Severity, User
from tests import factories
from tests.desk import DeskTestCase

README = (Path(__file__).parent.parent / "README.md").read_text()


def table(first: str) -> dict[str, dict[str, str]]:
    """The table under “Roles” whose first column has this name: by row, then by role."""
    section = README.split("\n## Roles\n")[1].split("\n## ")[0]
    lines = [[cell.strip() for cell in line.strip("| ").split("|")] for line in section.splitlines() if line[:1] == "|"]
    start = next(number for number, line in enumerate(lines) if line[0] == first)
    found = {}
    for name, *cells in lines[start + 2 :]:
        if not name.startswith("`"):
            break
        found[name.strip("`")] = dict(zip(lines[start][1:], cells, strict=True))
    return found


RECORDS, STEPS = table("record"), table("step")
ROLES = ("Viewer", "Researcher", "Reviewer", "Editor", "Administrator", "superuser")
ACTIONS = ("view", "add", "change", "delete")
# Of what a person did with a review before, what lets them take the step.
WAYS = ("author", "submitter", "wrote some", "wrote none")
CONDITIONS = {
    "–": set(),
    "yes": set(WAYS),
    "as author": {"author"},
    "as author or submitter": {"author", "submitter"},
    "if they wrote none of it": {"wrote none"},
    "from another author": {"submitter", "wrote some", "wrote none"},
}


def allowed(record: str, role: str, action: str, is_public: bool = False) -> bool:
    words = RECORDS[record][role].split(", ")
    return action in words or (not is_public and f"{action} private" in words)


@contextmanager
def undone():
    """Takes back at the end what was written inside."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def give(person: User, role: str) -> None:
    """Makes the role the only one that the person has."""
    person = User.objects.get(pk=person.pk)
    with history.change(person, actor=factories.SYSTEM):
        person.is_superuser = role == "superuser"
        person.save()
        if not person.is_superuser:
            Membership(user=person, group=Group.objects.get(name=role)).save()


class TableTests(TestCase):
    def test_every_cell_says_something(self):
        self.assertEqual({tuple(row) for row in (*RECORDS.values(), *STEPS.values())}, {ROLES})
        words = {*ACTIONS, *(f"{action} private" for action in ACTIONS), "–"}
        for name, row in RECORDS.items():
            for role, cell in row.items():
                self.assertLessEqual(set(cell.split(", ")), words, (name, role))
        for name, row in STEPS.items():
            for role, cell in row.items():
                self.assertIn(cell, CONDITIONS, (name, role))

    def test_every_record_of_the_desk_and_every_step_has_a_row(self):
        pages = [desk for desk in admin.site._registry.values() if desk.opts.app_label == "factcheck"]
        parts = [inline.model for desk in pages for inline in desk.inlines]

        self.assertEqual(set(RECORDS), {model.__name__ for model in (*(desk.model for desk in pages), *parts)})
        self.assertEqual(set(RECORDS), {*CHANGES, "ArticleText", "Change"})
        self.assertEqual(set(STEPS), set(StepTests.steps))
        self.assertEqual(set(STEPS), set(workflow.RULES))

    def test_the_migrations_have_given_each_role_its_permissions(self):
        for role, codenames in roles.ROLES.items():
            with self.subTest(role):
                given = Group.objects.get(name=role).permissions.values_list("codename", flat=True)
                self.assertEqual(set(given), codenames)

    def test_the_way_back_of_the_migration_takes_what_it_gave(self):
        [path] = Path(roles.__file__).parent.glob("migrations/*_roles_by_what_readers_see.py")
        migration = import_module(f"factcheck.migrations.{path.stem}")
        editor = SimpleNamespace(connection=connection)

        migration.give_back(apps, editor)

        reviewer, editors = Group.objects.get(name="Reviewer").permissions, Group.objects.get(name="Editor").permissions
        self.assertFalse(reviewer.filter(codename="add_to_public").exists())
        self.assertFalse(editors.filter(codename="change_public").exists())
        self.assertTrue(reviewer.filter(codename="delete_review").exists())
        migration.give(apps, editor)
        self.test_the_migrations_have_given_each_role_its_permissions()


# Records

# What is typed to change one, by field. Of an article's text and of the history nothing can be typed.
CHANGES = {
    "Publisher": ("name", "Changed"),
    "Claimant": ("role", "Changed"),
    "Article": ("byline", "Changed"),
    "Topic": ("description", "Changed"),
    "Claim": ("context", "Changed"),
    "ClaimTopic": ("topic", None),
    "Appearance": ("caveat_note", "Changed"),
    "Relay": ("note", "Changed"),
    "ClaimRelation": ("note", "Changed"),
    "Review": ("title", "Changed"),
    "Evidence": ("title", "Changed"),
    "ReplyRequest": ("asked_whom", "Changed"),
    "Rating": ("colour", "violet"),
    "Page": ("title", "Changed"),
    "Correction": ("note", "Changed"),
    "User": ("public_name", "Changed"),
    "Membership": ("group", None),
}
# The record on whose page a part is changed, and the name of its rows there.
PARTS = {
    "ClaimTopic": ("Claim", "claim_topics"),
    "Relay": ("Appearance", "relays"),
    "Evidence": ("Review", "evidence"),
    "ReplyRequest": ("Review", "reply_requests"),
    "Membership": ("User", "memberships"),
    "Appearance": ("Claim", "appearances"),  # which has a page of its own as well
}
# What somebody else, or the same person in another tab, changes meanwhile.
MEANWHILE = {
    "publisher": {"country": "UA"},
    "claimant": {"interest": "party"},
    "article": {"summary": "Meanwhile."},
    "articletext": {"received_at": factories.MIDNIGHT.replace(hour=1)},
    "topic": {"name": "Meanwhile"},
    "claim": {"selection_reason": "Meanwhile."},
    "claimrelation": {"confirmed_at": factories.MIDNIGHT.replace(hour=1)},
    "rating": {"position": 999},
    "review": {"summary": "Meanwhile."},
    "page": {"body": "Meanwhile."},
    "correction": {"before": "Meanwhile."},
    "user": {"email": "meanwhile@example.org"},
}


def records(is_public: bool) -> dict[str, list]:
    """One of each that readers see, or do not, with the record on whose page it is changed."""
    claim = factories.ClaimFactory(listed=is_public, topics=[factories.TopicFactory()])
    relay = factories.RelayFactory(appearance__claim=claim)
    other = factories.ClaimFactory(listed=is_public)
    relation = factories.ClaimRelationFactory(from_claim=claim, to_claim=other, kind="repeats")
    if is_public:
        review = factories.published_review(claim, replies=1)
        free = [relay.appearance.article.publisher, claim.claimant, relay.appearance.article, claim.topics.get()]
        claim = Claim.objects.get(pk=claim.pk)
        alone = claim
    else:
        review = factories.ReviewFactory(claim=claim)
        factories.EvidenceFactory(review=review)
        factories.ReplyRequestFactory(review=review)
        free = [make() for make in (factories.PublisherFactory, factories.ClaimantFactory, factories.ArticleFactory)]
        free.append(factories.TopicFactory())
        alone = factories.ClaimFactory()  # which nothing names, so that it can be deleted
    user = review.author
    return {
        **dict(zip(("Publisher", "Claimant", "Article", "Topic"), ([one] for one in free), strict=True)),
        "Claim": [alone],
        "ClaimTopic": [claim.claim_topics.get(), claim],
        "Appearance": [relay.appearance],
        "Relay": [relay, relay.appearance],
        "ClaimRelation": [relation],
        "Review": [review],
        "Evidence": [review.evidence.get(), review],
        "ReplyRequest": [review.reply_requests.get(), review],
        "Correction": [factories.CorrectionFactory(claim=claim)],
        "User": [user],
        "Membership": [user.memberships.get(), user],
        **(
            {"Rating": [factories.RatingFactory()], "Page": [factories.PageFactory()]}
            if is_public
            else {"ArticleText": [factories.ArticleTextFactory()]}
        ),
    }


class RecordTests(DeskTestCase):
    """One test for each row; `person` is one after the other, and each has another role."""

    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        factories.scale()
        factories.desk()
        cls.people = {role: factories.UserFactory(roles=[role]) for role in ROLES if role != "superuser"}
        cls.people["superuser"] = factories.UserFactory(is_superuser=True)
        cls.sessions = {}
        for role, person in cls.people.items():
            (client := Client()).force_login(person)
            cls.sessions[role] = client.session.session_key
        cls.topic, cls.role = factories.TopicFactory(), Group.objects.get(name="Viewer")
        cls.records = {is_public: records(is_public) for is_public in (False, True)}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.answers = {}

    def setUp(self):
        self.sign_in("Viewer")

    def sign_in(self, role):
        self.person = self.people[role]
        self.client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[role]

    def answer(self, role, record, page="change"):
        """What a page is to somebody in this role before anything is written, which it is in every test."""
        address = self.address(record, page)
        if (role, address) not in self.answers:
            self.sign_in(role)
            self.answers[role, address] = self.client.get(address)
        return self.answers[role, address]

    def cases(self, name):
        for is_public in (False, True):
            if name in self.records[is_public]:
                yield is_public, self.records[is_public][name]

    def complete(self, page):
        """What the form of a record would send from somebody who may change all of it."""
        typed = self.shown(self.answer("superuser", page), page._meta.model_name)
        if "seen" in typed:
            return typed
        typed = {"seen": page.version}
        if isinstance(page, Review):  # which nobody may change any more: as a draft's form would send it
            typed |= self.complete(self.records[False]["Review"][0]) | {"seen": page.version}
            for rows in ("evidence", "reply_requests"):
                typed |= {f"{rows}-0-id": getattr(page, rows).get().pk, f"{rows}-0-review": page.pk}
        return typed

    def touch(self, record, person):
        """Somebody changes the whole in the meantime. Nobody can change a published review."""
        whole = factories.whole_of(type(record).objects.get(pk=record.pk))
        if isinstance(whole, Review) and whole.state != ReviewState.DRAFT:
            return
        for name, value in MEANWHILE[whole._meta.model_name].items():
            setattr(whole, name, value)
        factories.write(whole, actor=person)

    def version(self, record):
        return factories.whole_of(type(record).objects.get(pk=record.pk)).version

    def walk(self, name):
        """Every role with a private and a public one, that the person or somebody else has changed last."""
        for is_public, (record, *pages) in self.cases(name):
            page = pages[0] if pages else record
            forged = self.complete(page)
            own = {role: self.shown(self.answer(role, page), page._meta.model_name) for role in ROLES}
            for role in ROLES:
                with self.subTest(role=role, is_public=is_public, action="view"):
                    self.view(name, role, record, page)
            for last, is_stale, actions in (
                (self.superuser, False, ("change", "delete", "add")),
                (None, False, ("change", "delete")),  # the person
                (self.superuser, True, ("change", "delete") if record == page else ("change",)),
            ):
                with undone():
                    before = self.version(record)
                    if last:
                        self.touch(record, last)
                    for role in ROLES:
                        # Who may not is refused in the first round, whoever wrote last and whichever version they saw
                        open_to = {action: allowed(name, role, action, is_public) for action in actions}
                        if (is_stale or not last) and not any(open_to.values()):
                            continue
                        self.sign_in(role)
                        with undone():
                            if not last:
                                self.touch(record, self.person)
                            seen = self.version(record)
                            if is_stale:
                                seen = max(1, before - (seen == before))
                            for action, may in open_to.items():
                                typed = {**(own[role] if may else forged), "seen": seen}
                                case = {"role": role, "is_public": is_public, "action": action, "stale": is_stale}
                                with self.subTest(**case, last=str(last or self.person)), undone():
                                    getattr(self, action)(name, record, page, typed, may, is_stale)

    def view(self, name, role, record, page):
        may = allowed(name, role, "view")
        response = self.answer(role, page)
        self.assertEqual(response.status_code, 200 if may else 403)
        if type(record) in admin.site._registry:
            listed = self.answer(role, record._meta.model_name, "changelist")
            self.assertEqual(listed.status_code, 200 if may else 403)
        elif may:
            self.assertContains(response, getattr(record, "by", record))

    @contextmanager
    def nothing_written(self):
        before = Change.objects.count()
        yield
        self.assertEqual(Change.objects.count(), before, Change.objects.first())

    def post(self, page, typed, may, is_stale, count=1):
        """Saves a form, which either writes a Change of the person, or nothing at all."""
        address = self.address(page, "add" if isinstance(page, str) else "change")
        typed = {**typed, "own_password": factories.PASSWORD}  # which the page of an account asks for
        if may and not is_stale:
            before = Change.objects.count()
            self.assertSaved(self.client.post(address, {**typed, "_save": "Save"}))
            self.assertEqual(Change.objects.count(), before + count)
            self.assertEqual(Change.objects.first().actor, self.person)
            return
        with self.nothing_written():
            status = self.client.post(address, {**typed, "_save": "Save"}).status_code
        self.assertIn(status, (409,) if may else (200, 302, 403, 409))

    def change(self, name, record, page, typed, may, is_stale):
        if name not in CHANGES:
            return self.post(page, {**typed, "text": "Changed"}, may, is_stale)
        field, value = CHANGES[name]
        value = value or {"topic": self.topic.pk, "group": self.role.pk}[field]
        key = field if record == page else f"{PARTS[name][1]}-0-{field}"
        if may:
            self.assertIn(key, typed)

        self.post(page, {**typed, key: value}, may, is_stale)

        stored = type(record).objects.filter(pk=record.pk).values_list(field, flat=True).get()
        self.assertEqual(stored == value, may and not is_stale)
        return None

    def delete(self, name, record, page, typed, may, is_stale):
        with undone():
            if record == page:
                sent = {"post": "yes", "seen": typed["seen"]}
                self.client.post(self.address(record, "delete"), sent)
            else:
                self.post(page, {**typed, f"{PARTS[name][1]}-0-DELETE": "on"}, may, is_stale)
            self.assertEqual(type(record).objects.filter(pk=record.pk).exists(), not may or is_stale)
        if record == page and not is_stale:
            sent = {"action": "delete_selected", "_selected_action": record.pk, "post": "yes"}
            self.client.post(self.address(record._meta.model_name, "changelist"), sent)
            self.assertEqual(type(record).objects.filter(pk=record.pk).exists(), not may)

    def add(self, name, record, page, typed, may, is_stale):
        if record == page:
            return  # `test_new_…` below
        rows = PARTS[name][1]
        if name == "ReplyRequest":
            new = {"asked_whom": "New", "asked_at_0": "2025-11-20", "asked_at_1": "10:00"}
        else:
            new = {
                "ClaimTopic": {"topic": self.topic.pk},
                "Relay": {"position": 2, "by_publisher": self.records[True]["Publisher"][0].pk},
                "Evidence": {"position": 2, "title": "New", "kind": "document", "stance": "context",
                             "interest": "unknown"},
                "Membership": {"group": self.role.pk},
            }[name]  # fmt: skip
        typed = {**typed, f"{rows}-TOTAL_FORMS": 2, **{f"{rows}-1-{field}": value for field, value in new.items()}}
        before = type(record).objects.count()

        self.post(page, typed, may, is_stale)

        self.assertEqual(type(record).objects.count(), before + (may and not is_stale))

    def new(self, name, is_public):
        """What a person types to make one; of the second kind, where the record would be public at once."""
        here = self.records[is_public]
        claim, article = here["ClaimTopic"][1], here["Article"][0]
        return {
            "Publisher": {"name": "New", "slug": "new-one", "homepage": "https://example.org/"},
            "Claimant": {"name": "New", "slug": "new-one", "kind": "person"},
            "Article": {"headline": "New", "slug": "new-one", "publisher": here["Publisher"][0].pk},
            "ArticleText": {"article": article.pk, "text": "New"},
            "Topic": {"name": "New", "slug": "new-one"},
            "Claim": {"text": "New.", "slug": "new-one", "kind": "fact"},
            "Appearance": {"claim": claim.pk, "address": "https://example.org/new"},
            "ClaimRelation": {"from_claim": here["ClaimRelation"][0].to_claim_id, "kind": "repeats",
                              "to_claim": here["ClaimRelation"][0].from_claim_id},
            "Rating": {"label": "New", "slug": "new-one", "definition": "New.", "position": 9, "rating_class": "open"},
            "Review": {"claim": (claim if is_public else here["Claim"][0]).pk, "title": "New"},
            "Correction": {"claim": claim.pk, "severity": "detail", "note": "New."},
            "Page": {"slug": "methodology", "language": "en", "title": "New", "body": "New."},
            "User": {"username": "new", "usable_password": "false"},
        }[name]  # fmt: skip

    def walk_new(self, name):
        model = apps.get_model("factcheck", name)
        kind = model._meta.model_name
        forged = self.shown(self.answer("superuser", kind, "add"), kind)
        for role, is_public in product(ROLES, (False, True)):
            may = allowed(name, role, "add", is_public)
            page = self.answer(role, kind, "add")
            self.sign_in(role)
            with self.subTest(role=role, is_public=is_public), undone():
                self.assertEqual(page.status_code, 200 if allowed(name, role, "add") else 403)
                before = model.objects.count()
                typed = self.shown(page, kind) if may else forged

                self.post(kind, {**typed, **self.new(name, is_public)}, may, False)

                self.assertEqual(model.objects.count(), before + may)

    def test_appearances_among_a_claims_parts(self):
        """The same row of the table, on the claim's page."""
        for is_public in (False, True):
            record = self.records[is_public]["Appearance"][0]
            forged = self.complete(record.claim)
            for role in ROLES:
                own = self.shown(self.answer(role, record.claim), "claim")
                self.sign_in(role)
                for action in ("change", "delete", "add"):
                    may = allowed("Appearance", role, action, is_public)
                    typed = own if may else forged
                    with self.subTest(role=role, is_public=is_public, action=action), undone():
                        if action == "add":
                            self.add_appearance(record.claim, typed, may)
                        else:
                            getattr(self, action)("Appearance", record, record.claim, typed, may, False)

    def add_appearance(self, claim, typed, may):
        open_rows = [key for key, value in typed.items() if key.endswith("-MAX_NUM_FORMS") and value != "0"]
        rows = next(key for key in reversed(open_rows) if key.startswith("appearances")).removesuffix("-MAX_NUM_FORMS")
        first = int(typed[f"{rows}-INITIAL_FORMS"])
        new = {"address": "https://example.org/new", "wording": "alleged", "caveat": "none", "said_on": "2025"}
        typed = {**typed, f"{rows}-TOTAL_FORMS": first + 1, **{f"{rows}-{first}-{k}": v for k, v in new.items()}}

        self.post(claim, typed, may, False)

        self.assertEqual(claim.appearances.filter(address=new["address"]).exists(), may)

    def test_history(self):
        changes = {name: Change.objects.filter(whole_type=name.lower()).first() for name in ("Topic", "User", "Review")}
        for role in ROLES:
            self.sign_in(role)
            with undone():
                for name, change in changes.items():
                    may = allowed("Change", role, "view") and allowed(name, role, "view")
                    with self.subTest(role=role, name=name):
                        self.assertEqual(self.client.get(self.address(change)).status_code, 200 if may else 302)
                        address = self.address(factcheck_record(change), "history")
                        self.assertEqual(self.client.get(address).status_code, 200 if may else 403)
                    for action, page in (("change", "change"), ("delete", "delete"), ("add", "add")):
                        self.assertFalse(allowed("Change", role, action))
                        target = "change" if page == "add" else change
                        with self.nothing_written():
                            response = self.client.post(self.address(target, page), {"reason": "x", "post": "yes"})
                        self.assertIn(response.status_code, (302, 403))


def factcheck_record(change):
    return apps.get_model("factcheck", change.whole_type).objects.get(pk=change.whole_id)


def _walk(method, name):
    return lambda self: getattr(self, method)(name)


for _name in RECORDS:
    _words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", _name).lower()
    if _name != "Change":
        setattr(RecordTests, f"test_{_words}", _walk("walk", _name))
        if _name not in PARTS or _name == "Appearance":
            setattr(RecordTests, f"test_new_{_words}", _walk("walk_new", _name))


# Steps


class StepTests(DeskTestCase):
    """`person` has one role after the other, and did with the record what the cell's condition is about."""

    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        factories.scale()
        factories.desk()
        cls.person = factories.UserFactory(is_staff=True)
        cls.colleague = factories.UserFactory(roles=["Reviewer"])

    def draft(self, way):
        review = factories.ReviewFactory(
            author=self.person if way == "author" else self.colleague, claim__listed=True, title="First."
        )
        factories.EvidenceFactory(review=review)
        review.title = "Second."
        factories.write(review, actor=self.person if way == "wrote some" else self.colleague)
        if way == "submitter":
            factories.submit(review, self.person)
            factories.change(review, state=ReviewState.DRAFT)
        return review

    def submitted(self, way):
        review = self.draft(way)
        factories.submit(review, self.person if way == "submitter" else self.colleague)
        return review

    def published(self, way):
        review = self.submitted(way)
        factories.publish(review, self.editor)
        return review

    def claim(self, way, listed=False):
        claim = factories.ClaimFactory(listed=listed)
        claim.context = "Second."
        factories.write(claim, actor=self.colleague if way == "wrote none" else self.person)
        return claim

    def listed(self, way):
        return self.claim(way, listed=True)

    def declined(self, way):
        claim = self.claim(way)
        factories.change(claim, declined_reason="Taste.")
        return claim

    # What the step is taken with, the step, and what else it asks for.
    steps = {
        "assign": (listed, lambda claim, actor, **seen: workflow.assign(claim, actor, actor=actor, **seen), {}),
        "start_review": (claim, workflow.start_review, {}),
        "take_over": (draft, workflow.take_over, {}),
        "submit": (draft, workflow.submit, {}),
        "call_back": (submitted, workflow.call_back, {}),
        "return_for_changes": (submitted, workflow.return_for_changes, {"reason": "Name the log."}),
        "approve_and_publish": (submitted, workflow.approve_and_publish, {}),
        "correct": (listed, workflow.correct, {"severity": Severity.DETAIL, "note": "The date."}),
        "withdraw": (published, workflow.withdraw, {"note": "Forged."}),
        "discard_review": (draft, workflow.discard_review, {}),
        "decline": (claim, workflow.decline, {"reason": "Taste."}),
        "reconsider": (declined, workflow.reconsider, {}),
        "list_claim": (claim, workflow.list_claim, {}),
        "unlist_claim": (listed, workflow.unlist_claim, {"note": "Private."}),
    }

    def take(self, name, record, seen):
        _, step, more = self.steps[name]
        record = type(record).objects.get(pk=record.pk)
        actor = User.objects.get(pk=self.person.pk)
        before = Change.objects.count()
        try:
            step(record, actor=actor, seen=seen, **more)
        except Exception:
            self.assertEqual(Change.objects.count(), before)
            raise
        self.assertEqual(Change.objects.order_by("id").last().actor, actor)
        self.assertGreater(Change.objects.count(), before)

    def walk(self, name):
        for way in WAYS:
            with undone():
                record = self.steps[name][0](self, way)
                for role in ROLES:
                    case = {"role": role, "way": way}
                    condition = STEPS[name][role]
                    with undone():
                        give(self.person, role)
                        with self.subTest(**case, seen="as stored"), undone():
                            if way in CONDITIONS[condition]:
                                self.take(name, record, record.version)
                            else:
                                refusal = ValidationError if condition == "from another author" else PermissionDenied
                                with self.assertRaises(refusal):
                                    self.take(name, record, record.version)
                        refusal = PermissionDenied if condition == "–" else Conflict
                        with self.subTest(**case, seen="before"), undone(), self.assertRaises(refusal):
                            self.take(name, record, record.version - 1)

    def test_who_is_not_active_takes_no_step(self):
        for name in STEPS:
            with undone():
                record = self.steps[name][0](self, "author")
                for role in ("Editor", "superuser"):
                    with self.subTest(step=name, role=role), undone():
                        give(self.person, role)
                        factories.change(User.objects.get(pk=self.person.pk), is_active=False)

                        with self.assertRaises(PermissionDenied):
                            self.take(name, record, record.version)


for _name in STEPS:
    setattr(StepTests, f"test_{_name}", _walk("walk", _name))
