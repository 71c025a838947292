"""That no way of Django's goes round the history: every write outside its block raises and leaves nothing."""

import threading
from collections.abc import Callable, Coroutine
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import Any

from asgiref.sync import async_to_sync
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core import serializers
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.db.models import ProtectedError
from django.test import TestCase

from factcheck import history
from factcheck.models import (
    Appearance,
    Change,
    Claim,
    ClaimTopic,
    Conflict,
    DirectPermission,
    Evidence,
    Membership,
    NotRecorded,
    Relay,
    Topic,
    Tracked,
    User,
)
from tests.factories import (
    SYSTEM,
    AppearanceFactory,
    ClaimFactory,
    DirectPermissionFactory,
    EvidenceFactory,
    RelayFactory,
    TopicFactory,
    UserFactory,
)


@dataclass
class Records:
    claim: Claim
    appearance: Appearance
    relay: Relay
    topic: Topic
    other_topic: Topic
    evidence: Evidence
    user: User

    @classmethod
    def make(cls) -> "Records":
        topic = TopicFactory()
        claim = ClaimFactory(topics=[topic])
        appearance = AppearanceFactory(claim=claim)
        user = UserFactory(roles=["Editor"])
        DirectPermissionFactory(user=user, permission=Permission.objects.get(codename="view_change"))
        relay = RelayFactory(appearance=appearance)
        return cls(claim, appearance, relay, topic, TopicFactory(), EvidenceFactory(), user)

    def as_stored(self) -> "Records":
        """Other objects of the same records: a refused write leaves what it set in memory."""
        return Records(**{name: type(record)._base_manager.get(pk=record.pk) for name, record in vars(self).items()})


def everything() -> dict[str, list[tuple]]:
    """All rows of all our tables."""
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values_list())
        for model in apps.get_app_config("factcheck").get_models(include_auto_created=True)
    }


def set_and_save(record: Tracked, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(record, name, value)
    record.save()


def awaited(coroutine: Coroutine) -> Any:
    async def wait() -> Any:
        return await coroutine

    return async_to_sync(wait)()


# What goes through a queryset is refused everywhere, in the record's own block too

QUERYSET_WRITES: dict[str, Callable[[Records], Any]] = {
    "update": lambda r: Claim.objects.update(text="Forged."),
    "filter-update": lambda r: Claim.objects.filter(pk=r.claim.pk).update(text="Forged."),
    "base-manager-update": lambda r: Claim._base_manager.update(text="Forged."),
    "public-update": lambda r: Claim.objects.public().update(text="Forged."),
    "update-part": lambda r: Appearance.objects.update(quote="forged"),
    "update-deep-part": lambda r: Relay.objects.update(note="forged"),
    "update-user": lambda r: User.objects.update(is_superuser=True),
    "update-membership": lambda r: Membership.objects.update(user=r.user),
    "delete": lambda r: Claim.objects.all().delete(),
    "delete-part": lambda r: Appearance.objects.all().delete(),
    "delete-deep-part": lambda r: Relay.objects.all().delete(),
    "delete-users": lambda r: User.objects.all().delete(),
    "bulk_create": lambda r: Topic.objects.bulk_create([Topic(slug="fresh", name="Fresh")]),
    "bulk_create-part": lambda r: ClaimTopic.objects.bulk_create([ClaimTopic(claim=r.claim, topic=r.other_topic)]),
    "bulk_create-upsert": lambda r: Topic.objects.bulk_create(
        [Topic(pk=r.topic.pk, slug=r.topic.slug, name="Forged")],
        update_conflicts=True,
        unique_fields=["slug"],
        update_fields=["name"],
    ),
    "bulk_update": lambda r: Claim.objects.bulk_update([r.claim], ["text"]),
    "aupdate": lambda r: awaited(Claim.objects.aupdate(text="Forged.")),
    "adelete": lambda r: awaited(Relay.objects.all().adelete()),
    "abulk_create": lambda r: awaited(Topic.objects.abulk_create([Topic(slug="fresh", name="Fresh")])),
    "abulk_update": lambda r: awaited(Claim.objects.abulk_update([r.claim], ["text"])),
    "topics-add": lambda r: r.claim.topics.add(r.other_topic),
    "topics-remove": lambda r: r.claim.topics.remove(r.topic),
    "topics-set": lambda r: r.claim.topics.set([r.other_topic]),
    "topics-clear": lambda r: r.claim.topics.clear(),
    "topics-aadd": lambda r: awaited(r.claim.topics.aadd(r.other_topic)),
    "claims-of-topic-add": lambda r: r.other_topic.claims.add(r.claim),
    "claims-of-topic-remove": lambda r: r.topic.claims.remove(r.claim),
    "claims-of-topic-set": lambda r: r.topic.claims.set([]),
    "claims-of-topic-clear": lambda r: r.topic.claims.clear(),
    "through-update": lambda r: Claim.topics.through.objects.update(topic=r.other_topic),
    "through-delete": lambda r: Claim.topics.through.objects.all().delete(),
    "groups-add": lambda r: r.user.groups.add(Group.objects.get(name="Administrator")),
    "groups-clear": lambda r: r.user.groups.clear(),
    "users-of-group-clear": lambda r: Group.objects.get(name="Editor").user_set.clear(),
    "permissions-set": lambda r: r.user.user_permissions.set([]),
    "related-update": lambda r: r.claim.appearances.update(quote="forged"),
    "related-delete": lambda r: r.claim.appearances.all().delete(),
    "related-bulk_create": lambda r: r.claim.appearances.bulk_create(
        [Appearance(claim=r.claim, address="https://post.example.org/2")]
    ),
    "related-add": lambda r: r.claim.appearances.add(r.appearance),
    "changes-update": lambda r: Change.objects.update(reason="forged"),
    "changes-delete": lambda r: Change.objects.all().delete(),
    "changes-raw-delete": lambda r: Change.objects.all()._raw_delete("default"),
    "changes-bulk_create": lambda r: Change.objects.bulk_create([Change.objects.first()]),
    "changes-bulk_update": lambda r: Change.objects.bulk_update([Change.objects.first()], ["reason"]),
    "change-save": lambda r: Change.objects.first().save(),
    "change-save-base": lambda r: models.Model.save_base(Change.objects.first()),
    "change-create": lambda r: Change.objects.create(whole_type="claim"),
    "change-delete": lambda r: Change.objects.first().delete(),
}

# What goes through a record is let through in the block of its whole, and there alone

RECORD_WRITES: dict[str, Callable[[Records], Any]] = {
    "save": lambda r: set_and_save(r.claim, text="Forged."),
    "save-update-fields": lambda r: r.claim.save(update_fields=["text"]),
    "save-force-update": lambda r: r.claim.save(force_update=True),
    "asave": lambda r: awaited(r.claim.asave()),
    "save-base": lambda r: models.Model.save_base(r.claim),
    "save-base-raw": lambda r: models.Model.save_base(r.claim, raw=True),
    "save-part": lambda r: set_and_save(r.appearance, quote="forged"),
    "save-deep-part": lambda r: set_and_save(r.relay, note="forged"),
    "save-evidence": lambda r: set_and_save(r.evidence, title="Forged"),
    "save-fresh": lambda r: Claim.objects.get(pk=r.claim.pk).save(),
    "save-loaded-partly": lambda r: Claim.objects.only("text").get(pk=r.claim.pk).save(),
    "new": lambda r: Topic(slug="fresh", name="Fresh").save(),
    "new-with-id": lambda r: Topic(pk=99, slug="fresh", name="Fresh").save(),
    "new-force-insert": lambda r: Topic(slug="fresh", name="Fresh").save(force_insert=True),
    "create": lambda r: Topic.objects.create(slug="fresh", name="Fresh"),
    "acreate": lambda r: awaited(Topic.objects.acreate(slug="fresh", name="Fresh")),
    "create-part": lambda r: ClaimTopic.objects.create(claim=r.claim, topic=r.other_topic),
    "create-membership": lambda r: Membership.objects.create(user=r.user, group=Group.objects.get(name="Viewer")),
    "create-permission": lambda r: DirectPermission.objects.create(
        user=r.user, permission=Permission.objects.get(codename="add_claim")
    ),
    "get_or_create": lambda r: Topic.objects.get_or_create(slug="fresh", defaults={"name": "Fresh"}),
    "update_or_create-new": lambda r: Topic.objects.update_or_create(slug="fresh", defaults={"name": "Fresh"}),
    "update_or_create": lambda r: Topic.objects.update_or_create(slug=r.topic.slug, defaults={"name": "Forged"}),
    "related-create": lambda r: r.claim.appearances.create(address="https://post.example.org/2"),
    "related-get_or_create": lambda r: r.claim.appearances.get_or_create(address="https://post.example.org/2"),
    "related-update_or_create": lambda r: r.claim.appearances.update_or_create(
        pk=r.appearance.pk, defaults={"quote": "forged"}
    ),
    "related-add-one-by-one": lambda r: r.claim.appearances.add(r.appearance, bulk=False),
    "delete": lambda r: r.claim.delete(),
    "adelete": lambda r: awaited(r.claim.adelete()),
    "delete-part-with-parts": lambda r: r.appearance.delete(),
    "delete-deep-part": lambda r: r.relay.delete(),
    "delete-membership": lambda r: r.user.memberships.get().delete(),
}


class WaysRoundTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.records = Records.make()
        cls.another = TopicFactory()

    def assert_refused(self, write, block, error=NotRecorded):
        records = self.records.as_stored()
        with self.assertRaises(error), transaction.atomic(), block(records):
            write(records)
        self.assertEqual(everything(), self.before)

    def setUp(self):
        self.before = everything()

    def test_write_outside_a_block_raises(self):
        for way, write in [*QUERYSET_WRITES.items(), *RECORD_WRITES.items()]:
            with self.subTest(way):
                self.assert_refused(write, lambda records: nullcontext())

    def test_write_in_the_block_of_another_record_raises(self):
        for way, write in [*QUERYSET_WRITES.items(), *RECORD_WRITES.items()]:
            with self.subTest(way):
                another = Topic.objects.get(pk=self.another.pk)
                self.assert_refused(write, lambda records, another=another: history.change(another, actor=SYSTEM))

    def test_write_through_a_queryset_raises_in_the_own_block(self):
        for way, write in QUERYSET_WRITES.items():
            with self.subTest(way):
                self.assert_refused(
                    write,
                    lambda records: history.changes(
                        [records.claim, records.topic, records.other_topic, records.user], actor=SYSTEM
                    ),
                )

    def test_write_of_a_record_is_let_through_in_the_own_block(self):
        for way in (
            "save", "save-update-fields", "save-force-update", "asave", "save-base", "save-part", "save-deep-part",
            "create-part", "create-membership", "related-create", "related-update_or_create", "delete", "adelete",
            "delete-part-with-parts", "delete-deep-part", "delete-membership",
        ):  # fmt: skip
            with self.subTest(way):
                records = self.records.as_stored()
                last = Change.objects.latest("id").pk
                whole = "user" if "membership" in way else "claim"
                differs = way not in ("save-update-fields", "save-force-update", "asave", "save-base")
                with transaction.atomic():
                    with history.changes([records.claim, records.user], actor=SYSTEM):
                        RECORD_WRITES[way](records)

                    changed = Change.objects.filter(pk__gt=last).values_list("whole_type", flat=True)
                    self.assertEqual(list(changed), [whole] if differs else [])
                    transaction.set_rollback(True)

    def test_fixture_raises(self):
        records = [*vars(self.records).values(), Change.objects.first()]
        with TemporaryDirectory() as folder:
            for record in records:
                with self.subTest(record._meta.label):
                    file = Path(folder, f"{record._meta.model_name}.json")
                    file.write_text(serializers.serialize("json", [record]))

                    with self.assertRaises(NotRecorded), transaction.atomic():
                        call_command("loaddata", file, verbosity=0)

                    self.assertEqual(everything(), self.before)

    def test_fixture_raises_in_the_block_of_another_record(self):
        with NamedTemporaryFile("w", suffix=".json") as file:
            file.write(serializers.serialize("json", [self.records.claim]))
            file.flush()

            self.assert_refused(
                lambda records: call_command("loaddata", file.name, verbosity=0),
                lambda records: history.change(Topic.objects.get(pk=self.another.pk), actor=SYSTEM),
            )

    def test_new_record_does_not_open_others_of_its_kind(self):
        self.assert_refused(
            lambda records: set_and_save(records.topic, name="Forged"),
            lambda records: history.change(Topic(slug="fresh", name="Fresh"), actor=SYSTEM),
        )

    def test_new_record_with_a_taken_id_overwrites_nothing(self):
        def impostor(records: Records) -> Topic:
            return Topic(pk=records.topic.pk, slug="impostor", name="Impostor")

        for force in ({}, {"force_insert": True}, {"force_update": True}):
            with self.subTest(force):

                def write(records: Records, force=force) -> None:
                    topic = impostor(records)
                    with history.change(topic, actor=SYSTEM):
                        topic.save(**force)

                self.assert_refused(write, lambda records: nullcontext(), (IntegrityError, Conflict, DatabaseError))

    def test_new_record_with_a_taken_id_opens_nothing(self):
        """Its block holds the id of a stored record, and still no write of that one is left."""
        self.assert_refused(
            lambda records: set_and_save(records.topic, name="Forged"),
            lambda records: history.change(Topic(pk=records.topic.pk, slug="impostor", name="X"), actor=SYSTEM),
            (NotRecorded, IntegrityError),
        )

    def test_part_does_not_move_to_another_whole(self):
        other = ClaimFactory()
        self.before = everything()
        for both_open in (False, True):
            with self.subTest(both_open=both_open):
                self.assert_refused(
                    lambda records: set_and_save(records.appearance, claim=other),
                    lambda records, both_open=both_open: history.changes(
                        [Claim.objects.get(pk=other.pk), *([records.claim] if both_open else [])], actor=SYSTEM
                    ),
                    Conflict,
                )

    def test_deep_part_does_not_move_to_another_whole(self):
        other = AppearanceFactory()
        self.before = everything()

        self.assert_refused(
            lambda records: set_and_save(records.relay, appearance=other),
            lambda records: history.changes([Claim.objects.get(pk=other.claim_id), records.claim], actor=SYSTEM),
            Conflict,
        )

    def test_part_that_the_reverse_relation_takes_in_does_not_move(self):
        other = AppearanceFactory()
        self.before = everything()

        self.assert_refused(
            lambda records: records.claim.appearances.add(Appearance.objects.get(pk=other.pk), bulk=False),
            lambda records: history.change(records.claim, actor=SYSTEM),
            Conflict,
        )

    def test_record_that_others_name_is_not_deleted(self):
        records = self.records
        for record in (
            records.claim.claimant,
            records.topic,
            records.appearance.article,
            records.evidence.review.rating,
        ):
            with self.subTest(record._meta.label):
                record = type(record).objects.get(pk=record.pk)
                self.assert_refused(
                    lambda records, record=record: record.delete(),
                    lambda records, record=record: history.change(record, actor=SYSTEM),
                    ProtectedError,
                )

    def test_claim_with_a_review_is_not_deleted(self):
        self.assert_refused(
            lambda records: records.evidence.review.claim.delete(),
            lambda records: history.change(records.evidence.review.claim, actor=SYSTEM),
            ProtectedError,
        )

    def test_role_and_right_that_somebody_has_are_not_deleted(self):
        for given in (Group.objects.get(name="Editor"), Permission.objects.get(codename="view_change")):
            with self.subTest(given):
                self.assert_refused(
                    lambda records, given=given: given.delete(), lambda r: nullcontext(), ProtectedError
                )

    def test_account_is_not_deleted(self):
        for block in (lambda records: nullcontext(), lambda records: history.change(records.user, actor=SYSTEM)):
            self.assert_refused(lambda records: records.user.delete(), block, ValidationError)

    def test_cascade_of_djangos_own_raises_outside_a_block(self):
        """A Collector calls this, without a queryset's delete or a record's."""
        for model in (Claim, Topic, Appearance, Relay, ClaimTopic, Membership):
            with self.subTest(model.__name__):
                self.assert_refused(
                    lambda records, model=model: model._base_manager.all()._raw_delete("default"),
                    lambda records: nullcontext(),
                )

    def test_cascade_onto_a_whole_raises_in_a_block_too(self):
        self.assert_refused(
            lambda records: Topic._base_manager.filter(pk=records.other_topic.pk)._raw_delete("default"),
            lambda records: history.change(records.other_topic, actor=SYSTEM),
        )

    def test_cascade_without_a_deletion_raises_in_a_block_too(self):
        """It would take the parts of records that the block does not hold."""
        for model in (Appearance, Relay, ClaimTopic):
            for narrow in ("filter", "exclude"):
                path = "appearance__claim" if model is Relay else "claim"
                with self.subTest(model.__name__, narrow=narrow):
                    self.assert_refused(
                        lambda records, model=model, narrow=narrow, path=path: getattr(model.objects, narrow)(
                            **{path: records.claim}
                        )._raw_delete("default"),
                        lambda records: history.change(records.claim, actor=SYSTEM),
                    )

    def test_thread_inside_the_block_is_outside_it(self):
        claim, raised = self.records.as_stored().claim, []

        def write() -> None:
            try:
                claim.save()
            except NotRecorded as error:
                raised.append(error)
            finally:
                connection.close()

        with history.change(claim, actor=SYSTEM):
            thread = threading.Thread(target=write)
            thread.start()
            thread.join()

        self.assertEqual(len(raised), 1)

    def test_every_tracked_record_refuses(self):
        """A new kind of record is guarded as the others are."""
        tracked = [model for model in apps.get_models() if issubclass(model, Tracked)]
        self.assertGreater(len(tracked), 15)
        for model in tracked:
            for manager in (model._default_manager, model._base_manager):
                for write in ("update", "delete", "bulk_create", "bulk_update"):
                    with self.subTest(f"{model.__name__}.{write}"), self.assertRaises(NotRecorded):
                        getattr(manager.all(), write)()
            if model is not User:  # whose own save and delete are tested above
                with self.subTest(f"{model.__name__}.save"), self.assertRaises((NotRecorded, ObjectDoesNotExist)):
                    models.Model.save_base(model(), raw=True)
