"""verifyhistory: what was done behind the history's back is found, and the first break is named."""

import io
import json
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, models, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from factcheck import history, replay, states, triggers, workflow
from factcheck.models import Caveat, Change, Claim, PublicAddress, StatusBasis, Topic
from tests.factories import (
    AppearanceFactory,
    ArticleTextFactory,
    ClaimFactory,
    RelayFactory,
    TopicFactory,
    change,
    published_review,
    rating,
    scale,
    withdrawn_review,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def made_once(django_db_setup, django_db_blocker):
    """The id of a claim with some history; each test works in a savepoint and takes back what it does to it."""
    with django_db_blocker.unblock(), transaction.atomic():
        scale()
        claim = ClaimFactory(topics=[TopicFactory()], listed=True)
        RelayFactory(appearance=AppearanceFactory(claim=claim))
        change(claim, context="More.")
        published_review(ClaimFactory(listed=True))
        yield claim.pk
        transaction.set_rollback(True)


@pytest.fixture
def claim(made_once, db):
    return Claim.objects.get(pk=made_once)


def sql(statement: str, *parameters: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


@contextmanager
def unprotected():
    """Without triggers, as the owner of the database may have it for a moment, inside the test's transaction."""
    if connection.vendor == "postgresql":
        sql("SET CONSTRAINTS ALL IMMEDIATE")
    editor = connection.schema_editor(atomic=False)
    triggers.remove(editor)
    yield
    triggers.install(editor)


def verify(*options: str) -> str:
    out = io.StringIO()
    call_command("verifyhistory", *options, stdout=out)
    return out.getvalue()


def broken(*options: str) -> str:
    with pytest.raises(CommandError) as caught:
        verify(*options)
    return str(caught.value)


def test_an_honest_history_verifies(claim):
    assert f"{Change.objects.count()} changes verified, 0 of them erased." in verify()


def test_a_deleted_record_verifies(claim):
    topic = TopicFactory()
    with history.change(topic, actor=history.System("test")):
        topic.delete()

    assert "verified" in verify()


def test_a_field_changed_behind_its_back_is_named(claim):
    sql("UPDATE factcheck_claim SET context = 'tampered' WHERE id = %s", claim.pk)

    assert f"claim {claim.slug} (id {claim.pk}): context is not what the history says." in broken()


def test_a_part_changed_behind_its_back_is_named(claim):
    relay = claim.appearances.get().relays.get()
    sql("UPDATE factcheck_relay SET note = 'tampered' WHERE id = %s", relay.pk)

    assert f"appearances {relay.appearance_id} relays {relay.pk} note is not what the history says" in broken()


def test_a_part_that_vanished_or_came_is_named(claim):
    sql("DELETE FROM factcheck_claimtopic WHERE claim_id = %s", claim.pk)

    assert f"claim {claim.slug} (id {claim.pk}): claim_topics" in broken()


def test_a_record_that_vanished_is_named(claim):
    topic = TopicFactory()
    sql("DELETE FROM factcheck_topic WHERE id = %s", topic.pk)

    assert f"topic {topic.slug} (id {topic.pk}): the record is gone, and the history does not say so." in broken()


def test_a_record_without_history_is_named(claim):
    models.QuerySet.bulk_create(Topic._base_manager.all(), [Topic(slug="smuggled", name="S")])

    assert "the record is there, and nothing of it is in the history." in broken()


def test_a_version_changed_behind_its_back_is_named(claim):
    sql("UPDATE factcheck_claim SET version = version + 1 WHERE id = %s", claim.pk)

    assert f"the record is in version {claim.version + 1}, the history ends with {claim.version}." in broken()


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("reason", "another reason", "its fields do not give its hash."),
        ("actor_name", "somebody else", "its fields do not give its hash."),
        ("after", '{"context":"tampered"}', "what it says before or after does not give its SHA-256."),
        ("previous_hash", "0" * 64, "it does not follow from the change before it."),
        ("hash", "0" * 64, "its fields do not give its hash."),
        ("sequence", 9, "it should be change 4 of its record."),
    ],
)
def test_a_change_that_was_tampered_with_is_named(claim, column, value, expected):
    last = Change.objects.of(claim).last()
    with unprotected():
        sql(f"UPDATE factcheck_change SET {column} = %s WHERE id = %s", value, last.pk)

    message = broken()

    assert f"Change {last.pk} (claim {claim.slug}, change " in message
    assert expected in message


def test_a_payload_tampered_with_along_with_all_hashes_does_not_fit_the_record(claim):
    last = Change.objects.of(claim).last()
    last.after = history.canonical({"context": "tampered"})
    last.after_sha256 = history.sha256(last.after)
    last.hash = history.chained_hash(last)
    with unprotected():
        sql(
            "UPDATE factcheck_change SET after = %s, after_sha256 = %s, hash = %s WHERE id = %s",
            last.after,
            last.after_sha256,
            last.hash,
            last.pk,
        )

    assert "context is not what the history says." in broken()


def test_a_change_in_the_middle_that_vanished_is_named(claim):
    second = Change.objects.of(claim)[1]
    with unprotected():
        sql("DELETE FROM factcheck_change WHERE id = %s", second.pk)

    assert "it should be change 2 of its record." in broken()


def test_a_vanished_tail_is_seen_by_the_head(claim, tmp_path):
    head = tmp_path / "head.json"
    verify(f"--write-head={head}")
    topic = TopicFactory()
    assert "verified" in verify(f"--head={head}")
    verify(f"--write-head={head}")
    with unprotected():
        sql("DELETE FROM factcheck_change WHERE whole_type = 'topic' AND whole_id = %s", topic.pk)
        sql("DELETE FROM factcheck_topic WHERE id = %s", topic.pk)

    assert "verified" in verify()
    assert "some vanished or were put in." in broken(f"--head={head}")


def test_the_head_names_last_id_count_and_one_hash(claim, tmp_path):
    verify(f"--write-head={tmp_path / 'head.json'}")

    head = json.loads((tmp_path / "head.json").read_text())
    hashes = Change.objects.order_by("id").values_list("hash", flat=True)
    assert head == {
        "last_id": Change.objects.order_by("id").last().pk,
        "count": Change.objects.count(),
        "sha256": history.sha256("".join(hashes)),
    }


def head_of(**fields: object) -> bytes:
    return json.dumps({"last_id": 1, "count": 1, "sha256": "0" * 64} | fields).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"nonsense", b"[]", b"{}", b"null", b'"x"', b"1", b"[1, 2, 3]", b"\xff\xfe\x00", b"[" * 100_000,
        b'{"last_id": ' + b"9" * 5000 + b"}", b'{"last_id": 1, "count": 1}', head_of(more=1), head_of(last_id="1"),
        head_of(last_id=None), head_of(last_id=True), head_of(last_id=1.5), head_of(count=-1), head_of(count=[]),
        head_of(last_id=10**30), head_of(sha256="3"), head_of(sha256="0" * 63 + "g"), head_of(sha256="0" * 64 + "\n"),
        head_of(sha256=["0"] * 64),
    ],
    ids=lambda content: content[:40].decode(errors="replace"),
)  # fmt: skip
def test_a_file_that_is_no_head_is_told_what_one_is(claim, tmp_path, content):
    (tmp_path / "x").write_bytes(content)

    assert broken(f"--head={tmp_path / 'x'}") == (
        f"{tmp_path / 'x'} is not a head as --write-head writes it: a head is one JSON object with last_id and count, "
        "two whole numbers, and sha256, 64 hexadecimal digits."
    )


def test_a_head_of_another_history_differs(claim, tmp_path):
    for last_id in (0, 1, 2**63 - 1):
        (tmp_path / "x").write_bytes(head_of(last_id=last_id))

        assert f"Up to change {last_id} the history " in broken(f"--head={tmp_path / 'x'}")


def test_a_head_that_cannot_be_read_is_named(claim, tmp_path):
    assert "cannot be read" in broken(f"--head={tmp_path / 'missing'}")
    assert "cannot be read" in broken(f"--head={tmp_path}")


def test_an_erased_payload_still_verifies_and_is_counted(claim):
    second = Change.objects.of(claim)[1]

    history.erase(second, "Court order 7")

    assert "1 of them erased" in verify()
    second.refresh_from_db()
    assert json.loads(second.after) == {"erased": "Court order 7"}


@pytest.mark.parametrize("columns", [("before",), ("after",), ("before", "after")])
def test_what_only_looks_like_an_erasure_is_a_break(claim, columns):
    second = Change.objects.of(claim)[1]
    with unprotected():
        for column in columns:
            sql(
                f"UPDATE factcheck_change SET {column} = %s WHERE id = %s",
                history.canonical({history.ERASED: column}),
                second.pk,
            )

    assert "what it says before or after does not give its SHA-256." in broken()


def test_after_an_erasure_later_fields_are_still_compared(claim):
    history.erase(Change.objects.of(claim)[1], "Court order 7")
    change(Claim.objects.get(pk=claim.pk), context="Later.")
    sql("UPDATE factcheck_claim SET context = 'tampered' WHERE id = %s", claim.pk)

    assert "context is not what the history says." in broken()


def test_missing_triggers_are_named_first(claim):
    with unprotected():
        message = broken()

    assert message.startswith("Triggers that protect the history are missing or altered: ")
    assert "change_no_update" in message


def test_a_field_that_came_later_has_its_default(claim):
    state = states.read(Claim, [claim.pk])[claim.pk]
    older = {name: value for name, value in state.items() if name != "priority"}

    assert replay.differing(Claim, older, state) == ""
    assert replay.differing(Claim, older, {**state, "priority": 4}) == "priority"


def test_an_erased_last_change_still_verifies(claim):
    history.erase(Change.objects.of(claim).last(), "Court order 7")

    assert "1 of them erased" in verify()


def test_a_payload_that_is_no_json_is_a_break_and_no_traceback(claim):
    last = Change.objects.of(claim).last()
    with unprotected():
        sql("UPDATE factcheck_change SET after = 'garbage' WHERE id = %s", last.pk)

    assert "does not give its SHA-256" in broken()


# What is outside the history and follows from what is inside


@pytest.fixture
def reported(claim):
    AppearanceFactory(claim=claim, caveat=Caveat.NOT_VERIFIED)
    return claim


def test_a_status_that_nothing_gives_is_named(claim):
    sql(
        "UPDATE factcheck_claim SET status_id = %s, status_basis = 'reviewed', status_since = listed_at WHERE id = %s",
        rating("true").pk,
        claim.pk,
    )

    assert broken() == (
        f"The history is broken. claim {claim.slug} (id {claim.pk}): what its status rests on gives no rating (none), "
        "and the record has “True” (reviewed)."
    )


def test_another_status_than_that_of_the_review_is_named(claim):
    reviewed = Claim.objects.get(status_basis=StatusBasis.REVIEWED)
    for fields in ({"status": rating("true")}, {"status_basis": StatusBasis.REPORTED}):
        with transaction.atomic():
            models.QuerySet.update(Claim._base_manager.filter(pk=reviewed.pk), **fields)

            assert f"claim {reviewed.slug} (id {reviewed.pk}): what its status rests on gives “False” (reviewed)" in (
                broken()
            )
            transaction.set_rollback(True)


def test_a_status_that_is_hidden_is_named(reported):
    sql("UPDATE factcheck_claim SET status_id = NULL, status_basis = 'none' WHERE id = %s", reported.pk)

    assert "gives “Unverified” (reported), and the record has no rating (none)." in broken()


def test_a_rating_that_is_out_of_force_stays_with_what_was_reported(reported):
    change(rating("unverified"), retired_on="2025-11-30")

    assert "verified" in verify()

    sql("UPDATE factcheck_claim SET status_id = NULL, status_basis = 'none' WHERE id = %s", reported.pk)
    assert "what its status rests on gives “Unverified" not in broken()
    assert "(reported), and the record has no rating (none)." in broken()


def reviewed() -> Claim:
    return Claim.objects.get(status_basis=StatusBasis.REVIEWED)


def test_a_status_that_is_older_or_newer_than_its_review_is_named(claim):
    since = reviewed().status_since
    for moment in (since - timedelta(microseconds=1), since + timedelta(days=1)):
        models.QuerySet.update(Claim._base_manager.filter(pk=reviewed().pk), status_since=moment)

        assert broken() == (
            f"The history is broken. claim {reviewed().slug} (id {reviewed().pk}): its status is that of the review "
            f"published at {states.plain(since)}, and the record has had it since {states.plain(moment)}."
        )


def test_a_status_that_a_later_review_left_as_it_was_is_as_old_as_the_first(claim):
    again, since = reviewed(), reviewed().status_since
    published_review(again, at=timezone.now() + timedelta(days=1))

    assert "verified" in verify()
    assert reviewed().status_since == since


@pytest.mark.parametrize("rate", ["another rating", "after a withdrawal"])
def test_a_status_is_as_old_as_the_first_review_of_its_rating_in_a_row(claim, rate):
    again = ClaimFactory()
    first = (withdrawn_review if rate == "after a withdrawal" else published_review)(again)
    if rate == "another rating":
        published_review(again, rating=rating("true"))
    last = published_review(again, at=timezone.now() + timedelta(days=1))

    assert "verified" in verify()
    assert Claim.objects.get(pk=again.pk).status_since == last.published_at != first.published_at


def test_a_status_that_is_older_than_its_claim_is_named(reported):
    moment = Change.objects.of(reported).first().at - timedelta(days=2)
    sql("UPDATE factcheck_claim SET status_since = %s WHERE id = %s", moment, reported.pk)

    assert f"claim {reported.slug} (id {reported.pk}): the record has had its status since {states.plain(moment)}" in (
        broken()
    )


def test_a_text_that_is_not_the_one_received_is_named(claim):
    held = [ArticleTextFactory() for _ in range(replay.TEXTS_AT_ONCE + 1)][-1]
    assert "verified" in verify()

    sql("UPDATE factcheck_articletext SET text = text || ' ' WHERE id = %s", held.pk)

    assert broken() == (
        f"The history is broken. articletext {held.article.slug} {held.sha256[:12]} (id {held.pk}): "
        "the text does not give this SHA-256."
    )


def given_out(name: str, record: models.Model) -> PublicAddress:
    return PublicAddress.objects.get(record_type=name, record_id=record.pk)


@pytest.mark.parametrize("name", ["claim", "article", "claimant", "publisher", "topic"])
def test_an_address_that_is_not_the_records_is_named(claim, name):
    record = apps.get_model("factcheck", name).objects.public().first()
    address = given_out(name, record)
    expected = f"(id {record.pk}): readers have had this address, and the record does not have it."
    with unprotected():
        sql("UPDATE factcheck_publicaddress SET slug = 'another' WHERE id = %s", address.pk)
    assert f"The history is broken. {name} another {expected}" == broken()

    with unprotected():
        sql("UPDATE factcheck_publicaddress SET slug = %s, record_id = 999 WHERE id = %s", address.slug, address.pk)
    assert list(replay.breaks()) == [
        f"{name} {address.slug} (id 999): readers have had this address, and the record does not have it.",
        f"{name} {address.slug} (id {record.pk}): the record is public, and nothing says that readers have this "
        "address.",
    ]


@pytest.mark.parametrize("name", ["claim", "article", "claimant", "publisher", "topic"])
def test_a_public_record_without_an_address_is_named(claim, name):
    record = apps.get_model("factcheck", name).objects.public().first()
    with unprotected():
        sql("DELETE FROM factcheck_publicaddress WHERE id = %s", given_out(name, record).pk)

    assert broken() == (
        f"The history is broken. {name} {record.slug} (id {record.pk}): the record is public, and nothing says that "
        "readers have this address."
    )


def test_addresses_of_what_is_not_public_any_more_verify(claim):
    workflow.unlist_claim(claim, actor=history.System("test"), note="A mistake.")

    assert "verified" in verify()


def test_many_claims_cost_as_many_queries_as_few(claim):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert list(replay.breaks()) == []
        return len(captured)

    def add() -> None:
        for _ in range(5):
            AppearanceFactory(claim=ClaimFactory(listed=True, topics=[TopicFactory()]), caveat=Caveat.NOT_VERIFIED)

    add()
    few = queries()
    add()

    assert queries() == few
