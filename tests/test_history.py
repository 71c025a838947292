"""What a block of `history.change` records, and how it holds versions, conflicts and hashes."""

import json
from datetime import UTC, date, datetime

from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.test import Client, TestCase

from factcheck import history, states
from factcheck.models import (
    Appearance,
    Caveat,
    Change,
    Claim,
    ClaimTopic,
    Conflict,
    NotRecorded,
    Relay,
    Topic,
    Tracked,
    User,
)
from tests.factories import (
    PASSWORD,
    SYSTEM,
    AppearanceFactory,
    ArticleTextFactory,
    ClaimantFactory,
    ClaimFactory,
    PublisherFactory,
    RelayFactory,
    ReviewFactory,
    TopicFactory,
    UserFactory,
    change,
    rating,
)


def last_change(whole) -> Change:
    return Change.objects.of(whole).last()


def before_and_after(whole):
    last = last_change(whole)
    return json.loads(last.before), json.loads(last.after)


class RecordingTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.user = UserFactory(username="olena", roles=["Editor"])
        cls.claim = ClaimFactory(text="The bridge stands.")
        cls.topic = TopicFactory()

    def test_creation_holds_every_field_and_nothing_before(self):
        publisher = PublisherFactory(slug="the-paper", name="The Paper", country="UA", homepage="")

        last = last_change(publisher)

        self.assertEqual((last.action, last.sequence, last.slug), ("created", 1, "the-paper"))
        self.assertEqual(json.loads(last.before), None)
        self.assertEqual(
            json.loads(last.after),
            {"slug": "the-paper", "name": "The Paper", "country": "UA", "homepage": "", "is_desk": False},
        )

    def test_change_holds_only_what_differs(self):
        with history.change(self.claim, actor=self.user, reason="Typing error"):
            self.claim.text = "The bridge fell."
            self.claim.save()

        last = last_change(self.claim)
        self.assertEqual((last.action, last.reason), ("changed", "Typing error"))
        self.assertEqual((last.actor, last.actor_name), (self.user, "olena"))
        self.assertEqual(before_and_after(self.claim), ({"text": "The bridge stands."}, {"text": "The bridge fell."}))

    def test_deletion_holds_everything_and_nothing_after(self):
        AppearanceFactory(claim=self.claim)
        pk, slug, sequence = self.claim.pk, self.claim.slug, self.claim.version

        with history.change(self.claim, actor=self.user):
            self.claim.delete()

        last = Change.objects.filter(whole_type="claim", whole_id=pk).latest("sequence")
        self.assertEqual((last.action, last.sequence, last.slug), ("deleted", sequence + 1, slug))
        self.assertEqual(json.loads(last.after), None)
        self.assertEqual(json.loads(last.before)["text"], "The bridge stands.")
        self.assertEqual(len(json.loads(last.before)["appearances"]), 1)

    def test_deletion_of_several_keeps_them_apart(self):
        first, second = TopicFactory(slug="first"), TopicFactory(slug="second")
        change(second, name="Renamed")
        ids = [first.pk, second.pk]

        with history.changes([first, second], actor=self.user):
            first.delete()
            second.delete()

        deleted = Change.objects.filter(whole_type="topic", whole_id__in=ids, action="deleted").order_by("whole_id")
        self.assertEqual([(row.slug, row.sequence) for row in deleted], [("first", 2), ("second", 3)])

    def test_action_and_time_are_kept(self):
        with history.change(self.claim, actor=self.user, action="declined"):
            self.claim.declined_reason = "Trivial."
            self.claim.save()

        last = last_change(self.claim)
        self.assertEqual(last.action, "declined")
        self.assertLess(abs((datetime.now(UTC) - last.at).total_seconds()), 60)

    def test_system_actor_is_named_and_is_no_person(self):
        with history.change(self.claim, actor=history.System("loadseeds a.json 12ab")):
            self.claim.text = "The bridge fell."
            self.claim.save()

        last = last_change(self.claim)
        self.assertEqual((last.actor, last.actor_name), (None, "loadseeds a.json 12ab"))

    def test_reference_is_held_as_id_and_name(self):
        claimant = ClaimantFactory(slug="a-speaker")

        change(self.claim, claimant=claimant, assigned_to=self.user)

        self.assertEqual(
            before_and_after(self.claim)[1],
            {"claimant": [claimant.pk, "a-speaker"], "assigned_to": [self.user.pk, "olena"]},
        )

    def test_reference_is_emptied(self):
        claimant = self.claim.claimant

        change(self.claim, claimant=None)

        self.assertEqual(before_and_after(self.claim), ({"claimant": [claimant.pk, claimant.slug]}, {"claimant": None}))

    def test_reference_to_a_renamed_record_is_no_difference(self):
        claimant = self.claim.claimant
        version = self.claim.version
        with history.changes([self.claim, claimant], actor=SYSTEM):
            claimant.slug = "renamed"
            claimant.save()
            self.claim.save()

        self.assertEqual(Claim.objects.get(pk=self.claim.pk).version, version)
        self.assertEqual(before_and_after(claimant)[1], {"slug": "renamed"})

    def test_topic_is_shown_by_its_slug(self):
        topic = TopicFactory(slug="the-war")

        with history.change(self.claim, actor=SYSTEM):
            part = ClaimTopic.objects.create(claim=self.claim, topic=topic)

        self.assertEqual(
            before_and_after(self.claim),
            (
                {"claim_topics": {str(part.pk): None}},
                {"claim_topics": {str(part.pk): {"topic": [topic.pk, "the-war"]}}},
            ),
        )

    def test_deep_part_is_in_the_difference_of_its_whole(self):
        relay = RelayFactory(appearance__claim=self.claim, note="By telephone")
        appearance = relay.appearance

        change(relay, note="By letter")

        self.assertEqual(
            before_and_after(self.claim),
            (
                {"appearances": {str(appearance.pk): {"relays": {str(relay.pk): {"note": "By telephone"}}}}},
                {"appearances": {str(appearance.pk): {"relays": {str(relay.pk): {"note": "By letter"}}}}},
            ),
        )

    def test_parts_that_a_cascade_removes_are_in_the_difference(self):
        relay = RelayFactory(appearance__claim=self.claim)
        pk = str(relay.appearance.pk)

        with history.change(self.claim, actor=SYSTEM):
            relay.appearance.delete()

        before, after = before_and_after(self.claim)
        self.assertEqual(after, {"appearances": {pk: None}})
        self.assertEqual(set(before["appearances"][pk]["relays"]), {str(relay.pk)})
        self.assertFalse(Relay.objects.filter(pk=relay.pk).exists())

    def test_one_block_is_one_change_whatever_is_saved_in_it(self):
        count = Change.objects.count()

        with history.change(self.claim, actor=SYSTEM):
            self.claim.text = "The bridge fell."
            self.claim.save()
            self.claim.context = "It was old."
            self.claim.save()
            appearance = self.claim.appearances.create(address="https://post.example.org/1")
            appearance.relays.create(position=1, by_claimant=self.claim.claimant)
            ClaimTopic.objects.create(claim=self.claim, topic=self.topic)

        self.assertEqual(Change.objects.count(), count + 1)
        self.assertEqual(set(before_and_after(self.claim)[1]), {"text", "context", "appearances", "claim_topics"})

    def test_values_are_read_back_from_the_database(self):
        """Expressions, dates as text and what a field makes of its value are not in memory as they are stored."""
        change(self.claim, priority=F("priority") + 1, made_on="2025-12-24", context="Cafe\u0301\r\n")

        self.assertEqual(
            before_and_after(self.claim)[1], {"priority": 3, "made_on": "2025-12-24", "context": "Caf\u00e9\n"}
        )

    def test_date_and_time_are_text_in_utc(self):
        claim = ClaimFactory(listed=datetime(2025, 11, 20, 12, 30, 1, 5, tzinfo=UTC))

        after = json.loads(last_change(claim).after)

        self.assertEqual(after["listed_at"], "2025-11-20T12:30:01.000005+00:00")
        self.assertEqual(after["made_on"], "2025-11-14")

    def test_derived_fields_are_not_in_the_history(self):
        AppearanceFactory(claim=self.claim, caveat=Caveat.NOT_VERIFIED)

        for change_ in Change.objects.of(self.claim):
            self.assertNotIn("status", change_.before + change_.after)

    def test_stale_claim_does_not_overwrite_its_status(self):
        stale = Claim.objects.get(pk=self.claim.pk)
        AppearanceFactory(claim=self.claim, caveat=Caveat.NOT_VERIFIED)
        stale.version = self.claim.version

        change(stale, context="Old.")

        stored = Claim.objects.get(pk=self.claim.pk)
        self.assertEqual((stored.status, stored.context), (rating("unverified"), "Old."))

    def test_new_claim_does_not_bring_its_own_status(self):
        claim = ClaimFactory(status=rating("true"), status_basis="reviewed", status_since=datetime.now(UTC))

        stored = Claim.objects.get(pk=claim.pk)

        self.assertEqual((stored.status, stored.status_basis), (None, "none"))

    def test_text_of_an_article_is_held_by_its_hash_alone(self):
        held = ArticleTextFactory(text="Secret sentences.")

        after = json.loads(last_change(held).after)

        self.assertEqual(after["sha256"], history.sha256("Secret sentences."))
        self.assertFalse(Change.objects.filter(after__contains="Secret sentences").exists())


class VersionTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.claim = ClaimFactory(text="The bridge stands.")

    def setUp(self):
        self.count = Change.objects.count()

    def assert_untouched(self):
        self.assertEqual(Change.objects.count(), self.count)
        self.assertEqual(Claim.objects.get(pk=self.claim.pk).version, 1)
        self.assertEqual(Claim.objects.get(pk=self.claim.pk).text, "The bridge stands.")

    def test_version_counts_the_changes(self):
        for number in (2, 3):
            change(self.claim, text=f"Wording {number}.")

            self.assertEqual((self.claim.version, last_change(self.claim).sequence), (number, number))
            self.assertEqual(Claim.objects.get(pk=self.claim.pk).version, number)

    def test_nothing_that_differs_is_no_change_and_no_version(self):
        change(self.claim, text="The bridge stands.")

        self.assert_untouched()
        self.assertEqual(self.claim.version, 1)

    def test_what_is_put_back_in_the_block_is_no_change(self):
        with history.change(self.claim, actor=SYSTEM):
            appearance = self.claim.appearances.create(address="https://post.example.org/1")
            appearance.delete()

        self.assert_untouched()

    def test_older_version_seen_is_a_conflict(self):
        change(self.claim, text="The bridge fell.")

        with self.assertRaises(Conflict) as caught, history.change(self.claim, actor=SYSTEM, seen=1):
            self.fail("the block is not entered")

        self.assertEqual(caught.exception.whole, self.claim)
        self.assertEqual(self.claim.version, 2)

    def test_version_seen_that_is_the_stored_one_is_none(self):
        with history.change(self.claim, actor=SYSTEM, seen=1):
            self.claim.text = "The bridge fell."
            self.claim.save()

        self.assertEqual(self.claim.version, 2)

    def test_record_saved_by_somebody_else_since_is_a_conflict(self):
        mine, theirs = (Claim.objects.get(pk=self.claim.pk) for _ in range(2))
        change(theirs, text="Theirs.")

        with self.assertRaises(Conflict), history.change(mine, actor=SYSTEM):
            self.fail("the block is not entered")

        self.assertEqual(mine.version, 1)
        self.assertEqual(Claim.objects.get(pk=self.claim.pk).text, "Theirs.")

    def test_record_deleted_by_somebody_else_since_is_a_conflict(self):
        mine = Claim.objects.get(pk=self.claim.pk)
        with history.change(self.claim, actor=SYSTEM):
            self.claim.delete()

        with self.assertRaises(Conflict), history.change(mine, actor=SYSTEM):
            self.fail("the block is not entered")

    def test_second_older_object_in_the_block_is_a_conflict(self):
        second = Claim.objects.get(pk=self.claim.pk)

        with self.assertRaises(Conflict), transaction.atomic(), history.change(self.claim, actor=SYSTEM):
            second.text = "Second."
            second.save()

        self.assert_untouched()

    def test_part_deleted_meanwhile_is_a_conflict(self):
        appearance = AppearanceFactory(claim=self.claim)
        again = Appearance.objects.get(pk=appearance.pk)
        with history.change(self.claim, actor=SYSTEM):
            appearance.delete()

        with self.assertRaises(Conflict), transaction.atomic(), history.change(self.claim, actor=SYSTEM):
            again.quote = "still there"
            again.save()

        self.assertFalse(Appearance.objects.exists())

    def test_error_in_the_block_leaves_nothing(self):
        with self.assertRaisesMessage(ZeroDivisionError, "oops"), history.change(self.claim, actor=SYSTEM):
            self.claim.text = "The bridge fell."
            self.claim.save()
            raise ZeroDivisionError("oops")

        self.assert_untouched()
        self.assertEqual(self.claim.version, 1)

    def test_block_opens_again_after_an_error(self):
        with self.assertRaises(ZeroDivisionError), history.change(self.claim, actor=SYSTEM):
            raise ZeroDivisionError

        change(self.claim, text="The bridge fell.")

        self.assertEqual(last_change(self.claim).sequence, 2)

    def test_refused_write_leaves_nothing(self):
        with self.assertRaises(IntegrityError), history.change(self.claim, actor=SYSTEM):
            self.claim.slug = "Not A Slug"
            self.claim.save()

        self.assert_untouched()
        self.assertEqual(self.claim.version, 1)

    def test_block_closes_behind_itself(self):
        change(self.claim, text="The bridge fell.")

        with self.assertRaises(NotRecorded), transaction.atomic():
            self.claim.save()

    def test_record_loaded_without_its_version_is_refused(self):
        partly = Claim.objects.only("text").get(pk=self.claim.pk)

        with self.assertRaisesMessage(ValueError, "Read the version"), history.change(partly, actor=SYSTEM):
            self.fail("the block is not entered")

    def test_record_loaded_partly_with_its_version_is_saved(self):
        partly = Claim.objects.only("text", "version").get(pk=self.claim.pk)

        change(partly, text="The bridge fell.")

        self.assertEqual(before_and_after(self.claim)[1], {"text": "The bridge fell."})

    def test_new_record_begins_with_version_one(self):
        topic = Topic(slug="fresh", name="Fresh")

        with history.change(topic, actor=SYSTEM):
            topic.save()
            topic.name = "Newer"
            topic.save()

        self.assertEqual((topic.version, last_change(topic).sequence), (1, 1))
        self.assertEqual(json.loads(last_change(topic).after)["name"], "Newer")

    def test_new_record_that_is_not_saved_leaves_nothing(self):
        with history.change(Topic(slug="fresh", name="Fresh"), actor=SYSTEM):
            pass

        self.assertEqual(Change.objects.count(), self.count)


class SeveralRecordsTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.claim = ClaimFactory()
        cls.review = ReviewFactory(claim=cls.claim)

    def setUp(self):
        self.count = Change.objects.count()

    def test_nested_blocks_write_a_change_each(self):
        with history.change(self.review, actor=SYSTEM):
            self.review.summary = "New."
            self.review.save()
            with history.change(self.claim, actor=SYSTEM):
                self.claim.context = "New."
                self.claim.save()

        self.assertEqual(before_and_after(self.review)[1], {"summary": "New."})
        self.assertEqual(before_and_after(self.claim)[1], {"context": "New."})

    def test_outer_record_is_open_in_the_inner_block(self):
        with history.change(self.review, actor=SYSTEM), history.change(self.claim, actor=SYSTEM):
            self.review.summary = "New."
            self.review.save()

        self.assertEqual(before_and_after(self.review)[1], {"summary": "New."})

    def test_error_in_the_outer_block_undoes_the_inner_one(self):
        with self.assertRaises(ZeroDivisionError), history.change(self.review, actor=SYSTEM):
            change(self.claim, context="New.")
            raise ZeroDivisionError

        self.assertEqual(Change.objects.count(), self.count)
        self.assertEqual(Claim.objects.get(pk=self.claim.pk).context, "")

    def test_error_in_the_outer_block_is_no_false_conflict_of_the_inner_record(self):
        with self.assertRaises(ZeroDivisionError), history.changes(actor=SYSTEM):
            change(self.claim, context="New.")
            change(self.claim, context="Newer.")
            raise ZeroDivisionError

        change(self.claim, context="New.")

        self.assertEqual(before_and_after(self.claim)[1], {"context": "New."})

    def test_same_record_is_not_opened_twice(self):
        for again in (self.claim, Claim.objects.get(pk=self.claim.pk)):
            with (
                self.assertRaisesMessage(NotRecorded, "open already"),
                history.change(self.claim, actor=SYSTEM),
                history.change(again, actor=SYSTEM),
            ):
                self.fail("the block is not entered")

        self.assertEqual(Claim.objects.get(pk=self.claim.pk).version, 1)

    def test_same_record_is_not_opened_twice_in_one_list(self):
        for again in (self.claim, Claim.objects.get(pk=self.claim.pk)):
            with self.subTest(same_object=again is self.claim):
                with self.assertRaises(NotRecorded), history.changes([self.claim, again], actor=SYSTEM):
                    self.fail("the block is not entered")

                self.assertEqual(Claim.objects.get(pk=self.claim.pk).version, 1)
                self.assertEqual(self.claim.version, 1)

    def test_several_records_in_one_block(self):
        topics = [TopicFactory() for _ in range(3)]
        with history.changes(topics, actor=SYSTEM, reason="Together"):
            for topic in topics[:2]:
                topic.description = "New."
                topic.save()

        self.assertEqual([topic.version for topic in topics], [2, 2, 1])
        self.assertEqual([last_change(topic).reason for topic in topics], ["Together", "Together", ""])

    def test_bulk_insert_records_each(self):
        topics = [Topic(slug=f"bulk-{number}", name="Bulk") for number in range(3)]

        with history.changes(actor=SYSTEM) as block:
            block.insert(topics)

        for topic in topics:
            self.assertEqual((last_change(topic).sequence, last_change(topic).action), (1, "created"))
            self.assertEqual(json.loads(last_change(topic).after)["slug"], topic.slug)

    def test_bulk_insert_of_parts_is_in_the_change_of_their_whole(self):
        claim = ClaimFactory.build(claimant=self.claim.claimant)
        topics = [TopicFactory(), TopicFactory()]
        with history.changes(actor=SYSTEM) as block:
            block.insert([claim])
            block.insert([ClaimTopic(claim=claim, topic=topic) for topic in topics])

        self.assertEqual(len(json.loads(last_change(claim).after)["claim_topics"]), 2)

    def test_bulk_insert_of_parts_of_a_closed_whole_raises(self):
        with self.assertRaises(NotRecorded), history.changes(actor=SYSTEM) as block:
            block.insert([ClaimTopic(claim=self.claim, topic=TopicFactory())])

        self.assertFalse(ClaimTopic.objects.exists())

    def test_many_records_need_few_statements(self):
        def queries(number: int) -> int:
            topics = [TopicFactory() for _ in range(number)]
            with connection.execute_wrapper(counter := Counter()), history.changes(topics, actor=SYSTEM) as block:
                block.insert([Topic(slug=f"many-{number}-{n}", name="Many") for n in range(number)])
            return counter.count

        self.assertEqual(queries(5), queries(50))


class Counter:
    count = 0

    def __call__(self, execute, *args):
        self.count += 1
        return execute(*args)


class ChainTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.claim = ClaimFactory()
        change(cls.claim, text="Second wording.")
        change(cls.claim, text="Third wording.")

    def test_each_change_follows_the_one_before(self):
        rows = list(Change.objects.of(self.claim))

        self.assertEqual([row.sequence for row in rows], [1, 2, 3])
        self.assertEqual([row.previous_hash for row in rows], ["", rows[0].hash, rows[1].hash])

    def test_hash_covers_every_field(self):
        row = Change.objects.of(self.claim)[1]
        self.assertEqual(history.chained_hash(row), row.hash)
        for field in Change._meta.concrete_fields:
            if field.name in ("id", "hash", "before", "after"):
                continue
            with self.subTest(field.name):
                forged = Change.objects.get(pk=row.pk)
                value = getattr(forged, field.attname)
                other = (
                    value.replace(year=2001)
                    if isinstance(value, datetime)
                    else 99
                    if value is None
                    else value * 2 or "x"
                )
                setattr(forged, field.attname, other)

                self.assertNotEqual(history.chained_hash(forged), row.hash)

    def test_hash_covers_payloads_by_their_own(self):
        for row in Change.objects.of(self.claim):
            self.assertEqual(row.before_sha256, history.sha256(row.before))
            self.assertEqual(row.after_sha256, history.sha256(row.after))

    def test_hash_is_that_of_documented_canonical_json(self):
        """Written out once more, so that what others verify by does not change unnoticed."""
        row = Change.objects.of(self.claim)[1]
        text = json.dumps(
            {
                "action": "changed",
                "actor": None,
                "actor_name": "factory",
                "after": history.sha256('{"text":"Second wording."}'),
                "at": row.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f+00:00"),
                "before": row.before_sha256,
                "previous": row.previous_hash,
                "reason": "",
                "sequence": 2,
                "slug": self.claim.slug,
                "whole_id": self.claim.pk,
                "whole_type": "claim",
            },
            separators=(",", ":"),
            ensure_ascii=False,
        )

        self.assertEqual(row.hash, history.sha256(text))

    def test_chain_of_one_record_knows_nothing_of_others(self):
        topic = TopicFactory(pk=self.claim.pk)

        self.assertEqual(last_change(topic).previous_hash, "")

    def test_payload_is_canonical_json(self):
        change(self.claim, text="Привіт “світ” 1")

        self.assertEqual(last_change(self.claim).after, '{"text":"Привіт “світ” 1"}')
        self.assertEqual(history.canonical({"b": [1, None], "a": True}), '{"a":true,"b":[1,null]}')

    def test_payload_holds_no_floats(self):
        for value in (1.0, {"a": 1.5}, {"a": [{"b": float("nan")}]}):
            with self.assertRaises(TypeError):
                history.canonical(value)

    def test_erased_payload_leaves_the_chain_whole(self):
        row = Change.objects.of(self.claim)[1]

        history.erase(row, "Order of a court, 2025/17")

        row.refresh_from_db()
        self.assertEqual(row.after, '{"erased":"Order of a court, 2025/17"}')
        self.assertEqual(row.before, row.after)
        self.assertEqual(history.chained_hash(row), row.hash)
        self.assertEqual(history.payload(row.after), None)
        self.assertFalse(Change.objects.filter(after__contains="Second wording").exists())

    def test_differences_add_up_to_the_record(self):
        relay = RelayFactory(appearance__claim=self.claim)
        change(self.claim, claimant=None, made_on=None, made_on_precision="")
        with history.change(self.claim, actor=SYSTEM):
            relay.delete()
        state = None

        for row in Change.objects.of(self.claim):
            after = json.loads(row.after)
            state = after if state is None else states.applied(state, after)

        self.assertEqual(state, states.read(Claim, [self.claim.pk])[self.claim.pk])

    def test_difference_undone_gives_the_state_before(self):
        relay = RelayFactory(appearance__claim=self.claim)
        before = states.read(Claim, [self.claim.pk])[self.claim.pk]
        with history.change(self.claim, actor=SYSTEM):
            relay.appearance.delete()
            self.claim.claimant = None
            self.claim.save()
        now = states.read(Claim, [self.claim.pk])[self.claim.pk]

        self.assertEqual(states.applied(now, json.loads(last_change(self.claim).before)), before)


class AccountTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.user = UserFactory(username="olena", roles=["Editor"])

    def setUp(self):
        self.count = Change.objects.of(self.user).count()

    def test_secrets_are_never_in_the_history(self):
        secret = self.user.password
        change(self.user, email="new@example.org")

        for row in Change.objects.all():
            self.assertNotIn("password", row.before + row.after)
            self.assertNotIn("last_login", row.before + row.after)
            self.assertNotIn(secret, row.before + row.after)

    def test_signing_in_is_no_change(self):
        self.assertTrue(self.client.login(username="olena", password=PASSWORD))

        stored = User.objects.get(pk=self.user.pk)
        self.assertIsNotNone(stored.last_login)
        self.assertEqual((stored.version, Change.objects.of(self.user).count()), (self.user.version, self.count))

    def test_signing_in_by_force_works(self):
        self.client.force_login(self.user)

        self.assertIn("_auth_user_id", self.client.session)

    def test_signing_in_does_not_make_others_saves_conflicts(self):
        read = User.objects.get(pk=self.user.pk)

        self.client.force_login(User.objects.get(pk=self.user.pk))
        change(read, email="new@example.org")

        self.assertEqual(User.objects.get(pk=self.user.pk).email, "new@example.org")

    def test_password_is_changed_without_a_trace_of_it(self):
        user = User.objects.get(pk=self.user.pk)
        user.set_password("another-pass-word")

        user.save()

        self.assertTrue(Client().login(username="olena", password="another-pass-word"))
        self.assertEqual(Change.objects.of(self.user).count(), self.count)

    def test_account_commands_are_recorded_as_theirs(self):
        call_command("createsuperuser", username="admin", email="a@example.org", interactive=False, verbosity=0)

        last = last_change(User.objects.get(username="admin"))
        self.assertEqual((last.actor_name, last.action), ("account command", "created"))

    def test_role_is_in_the_history_by_name(self):
        user = UserFactory(roles=["Reviewer"])
        membership = user.memberships.get()

        after = json.loads(last_change(user).after)

        self.assertEqual(after["memberships"], {str(membership.pk): {"group": [membership.group_id, "Reviewer"]}})

    def test_role_gives_its_rights(self):
        self.assertTrue(self.user.has_perm("factcheck.list_claim"))
        self.assertFalse(UserFactory(roles=["Viewer"]).has_perm("factcheck.list_claim"))

    def test_new_name_does_not_change_who_made_earlier_changes(self):
        claim = ClaimFactory()
        with history.change(claim, actor=self.user):
            claim.context = "New."
            claim.save()

        change(self.user, username="olena.k")

        last = last_change(claim)
        self.assertEqual((last.actor_name, last.actor.username), ("olena", "olena.k"))
        self.assertEqual(history.chained_hash(last), last.hash)


class EveryRecordTests(TestCase):
    def test_every_column_is_recorded_but_those_left_out_by_name(self):
        for model in filter(lambda model: issubclass(model, Tracked), apps.get_models()):
            with self.subTest(model.__name__):
                fields = states.recorded_fields(model)
                # A date with precision is one value: its second column is read with the first.
                held = {*fields, *(name for name in fields.values() if name and name.endswith("_precision"))}
                left_out = {field.name for field in model._meta.concrete_fields} - held

                self.assertEqual(
                    left_out,
                    {"id", *model.derived, *model.unrecorded, getattr(model, "link", "version")},
                )

    def test_date_with_precision_is_one_partial_value(self):
        claim = ClaimFactory(made_on=date(2025, 11, 1), made_on_precision="month")

        change(claim, made_on_precision="day")

        self.assertEqual(before_and_after(claim), ({"made_on": "2025-11"}, {"made_on": "2025-11-01"}))

    def test_parts_are_known_at_every_depth(self):
        self.assertEqual(set(states.parts_of(Claim)), {"appearances", "claim_topics"})
        self.assertEqual(set(states.parts_of(Appearance)), {"relays"})
        self.assertEqual(set(states.parts_of(Relay)), set())
        self.assertEqual(set(states.parts_of(User)), {"memberships", "direct_permissions"})


class EarlierStateTests(TestCase):
    def test_undoing_the_changes_gives_every_earlier_state_back(self):
        claim = ClaimFactory(text="One", topics=[TopicFactory()])
        kept = {claim.version: read(claim)}

        def remember():
            claim.refresh_from_db()
            kept[claim.version] = read(claim)

        appearance = AppearanceFactory(claim=claim)
        remember()
        relay = RelayFactory(appearance=appearance)
        remember()
        change(claim, text="Two", made_on=date(2025, 11, 1), made_on_precision="month", claimant=None)
        remember()
        with history.change(claim, actor=SYSTEM):
            relay.delete()
            claim.claim_topics.get().delete()
        remember()
        with history.change(claim, actor=SYSTEM):
            appearance.delete()
        remember()

        self.assertEqual(len(kept), 6)
        for version, state in kept.items():
            self.assertEqual(history.state_at(claim, version, read(claim)), state)

    def test_a_version_that_never_was_has_no_state(self):
        topic = TopicFactory()

        for version in (-1, 0, 2, 99):
            self.assertIsNone(history.state_at(topic, version, read(topic)))

    def test_what_was_erased_cannot_be_undone(self):
        topic = TopicFactory()
        change(topic, name="Two")
        change(topic, name="Three")
        history.erase(Change.objects.get(sequence=2), "A court asked for it")

        self.assertEqual(history.state_at(topic, 2, read(topic))["name"], "Two")
        self.assertIsNone(history.state_at(topic, 1, read(topic)))

    def test_a_state_becomes_a_record_again(self):
        claim = ClaimFactory(made_on=date(2025, 11, 1), made_on_precision="month", due_on=None, priority=4)

        record = states.as_record(Claim, {**read(claim), "no_such_column": 1}, pk=claim.pk)

        for name in ("text", "claimant_id", "made_on", "made_on_precision", "priority", "listed_at"):
            self.assertEqual(getattr(record, name), getattr(claim, name))
        self.assertEqual(states.as_record(Claim, {}).priority, 2)


def read(whole):
    return states.read(type(whole), [whole.pk])[whole.pk]
