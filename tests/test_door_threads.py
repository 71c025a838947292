"""The public door while two people save at the same moment: readers miss no difference, and keep their addresses.

SQLite lets one write at a time: there the second waits for the first. PostgreSQL lets both go on, each with the records
of the other as they were, unless one names in a row that it writes what the other writes.
"""

import threading
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client

from factcheck import door, history, workflow
from factcheck.models import (
    Article,
    Caveat,
    Claim,
    Claimant,
    ClaimTopic,
    PublicAddress,
    Publisher,
    RelationKind,
    ReviewState,
    StatusBasis,
    Topic,
)
from factcheck.trigger_rules import SLUG_FIXED
from tests.factories import (
    MIDNIGHT,
    SYSTEM,
    AppearanceFactory,
    ArticleFactory,
    ClaimantFactory,
    ClaimFactory,
    ClaimRelationFactory,
    CorrectionFactory,
    ImportedReviewFactory,
    PublisherFactory,
    RelayFactory,
    ReviewFactory,
    TopicFactory,
    change,
    published_review,
)

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 30  # seconds, for what takes that long only if it is broken


@pytest.fixture
def made():
    """A private claim that names one record of each kind, and what stands under it."""
    topic, claimant = TopicFactory(), ClaimantFactory()
    claim = ClaimFactory(claimant=claimant, topics=[topic])
    appearance = AppearanceFactory(claim=claim, article=ArticleFactory(publisher=PublisherFactory()))
    relay = RelayFactory(appearance=appearance)
    return SimpleNamespace(
        claim=claim,
        topic=topic,
        claimant=claimant,
        soldier=relay.by_claimant,
        article=appearance.article,
        publisher=appearance.article.publisher,
    )


def again(record):
    """The record as somebody else reads it."""
    return type(record).objects.get(pk=record.pk)


def listing(claim):
    return lambda: workflow.list_claim(again(claim), actor=SYSTEM)


def edit(record, **fields):
    return lambda: change(again(record), **fields)


def deletion(record):
    def delete():
        whole = again(record)
        with history.change(whole, actor=SYSTEM):
            whole.delete()

    return delete


def meanwhile(first, second, between=lambda: None, *, waits=False):
    """Holds the transaction of `first` open until `second` has saved, or waits; returns what refused each."""
    ready, go = threading.Event(), threading.Event()
    errors = [None, None]

    def run(index, act):
        try:
            act()
        except Exception as error:
            errors[index] = error
        finally:
            ready.set()
            connection.close()

    def held():
        with history.changes(actor=SYSTEM):
            first()
            ready.set()
            go.wait(PATIENCE)

    threads = [threading.Thread(target=run, args=[index, act]) for index, act in enumerate((held, second))]
    threads[0].start()
    ready.wait(PATIENCE)
    threads[1].start()
    threads[1].join(0.2 if waits or connection.vendor == "sqlite" else PATIENCE)
    between()
    go.set()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    return errors


def assert_readers_keep_their_addresses():
    for model in (Claim, Article, Claimant, Publisher, Topic):
        given = PublicAddress.objects.filter(record_type=model._meta.model_name).values_list("record_id", "slug")
        assert dict(given) == dict(model.objects.public().values_list("pk", "slug"))
    for model in (Claim, Article, Claimant):
        for record in model.objects.public():
            assert Client().get(record.get_absolute_url()).status_code == 200


def goes_on(kind):
    """Whether listing a claim does not wait for who writes what it names; its own claimant stands in its row."""
    return connection.vendor == "postgresql" and kind != "claimant"


@pytest.mark.parametrize("kind", ["topic", "claimant", "soldier", "article", "publisher"])
def test_what_is_renamed_while_its_claim_is_listed_keeps_the_slug_that_readers_have(made, kind):
    record = getattr(made, kind)

    renamed, listed = meanwhile(edit(record, slug="newer-one"), listing(made.claim), waits=not goes_on(kind))

    assert listed is None
    assert again(made.claim).is_public
    if goes_on(kind):
        assert isinstance(renamed, ValidationError)
        assert renamed.messages == [SLUG_FIXED]
        assert again(record).slug == record.slug
    else:
        assert renamed is None
        assert again(record).slug == "newer-one"
    assert_readers_keep_their_addresses()


@pytest.mark.parametrize("kind", ["topic", "claimant", "soldier", "article", "publisher"])
def test_what_is_renamed_before_its_claim_is_seen_to_be_listed_has_the_new_slug(made, kind):
    errors = meanwhile(listing(made.claim), edit(getattr(made, kind), slug="newer-one"))

    if connection.vendor == "postgresql":
        assert errors == [None, None]
        assert again(getattr(made, kind)).slug == "newer-one"
    else:
        assert errors[0] is None
        assert "slug_fixed" in str(errors[1])
    assert_readers_keep_their_addresses()


def test_rename_is_refused_though_the_claim_is_unlisted_again(made):
    def list_and_unlist():
        listing(made.claim)()
        workflow.unlist_claim(again(made.claim), actor=SYSTEM, note="A mistake.")

    renamed, unlisted = meanwhile(edit(made.article, slug="newer-one"), list_and_unlist)

    assert unlisted is None
    assert bool(renamed) is (connection.vendor == "postgresql")
    address = PublicAddress.objects.get(record_type="article", record_id=made.article.pk)
    assert address.slug == again(made.article).slug


def shown(address, etag=""):
    """Status, ETag and content of a page."""
    response = Client().get(address, headers={"if-none-match": etag} if etag else {})
    return response.status_code, response.headers.get("ETag"), response.content


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("article", {"headline": "Corrected headline"}),
        ("claimant", {"name": "Corrected name"}),
        ("publisher", {"name": "Corrected name"}),
        ("topic", {"name": "Corrected name"}),
    ],
)
@pytest.mark.parametrize("edit_first", [True, False], ids=["edit-commits-last", "listing-commits-last"])
def test_edit_of_what_becomes_public_meanwhile_is_seen(made, kind, fields, edit_first):
    acts = [edit(getattr(made, kind), **fields), listing(made.claim)]
    page = again(made.claim).get_absolute_url()
    between = []

    errors = meanwhile(
        *(acts if edit_first else acts[::-1]), lambda: between.append(shown(page)), waits=not goes_on(kind)
    )

    assert errors == [None, None]
    [(status, etag, content)] = between
    assert (status == 200) is (edit_first and goes_on(kind))
    now = shown(page, etag)
    assert now[0] == 200
    assert b"Corrected" in now[2]
    assert now[2] != content


def ways_to_go(made):
    """What stands under a claim, and ways in which it does no longer."""
    other, listed = ClaimFactory(), ClaimFactory(listed=True)
    relation = ClaimRelationFactory(from_claim=listed, kind=RelationKind.REPEATS, to_claim=made.claim)
    moved = ClaimRelationFactory(from_claim=listed, kind=RelationKind.DEPENDS_ON, to_claim=made.claim)
    correction = CorrectionFactory(claim=made.claim)
    review = ImportedReviewFactory(claim=made.claim)
    draft = ReviewFactory(claim=made.claim)
    return {
        "relation-deleted": deletion(relation),
        "relation-moved": edit(moved, to_claim=other),
        "correction-deleted": deletion(correction),
        "correction-moved": edit(correction, claim=other),
        "correction-of-a-draft": edit(correction, review=draft),
        "imported-review-deleted": deletion(review),
        "imported-review-moved": edit(review, claim=other),
    }


@pytest.mark.parametrize("way", [
    "relation-deleted", "relation-moved", "correction-deleted", "correction-moved", "correction-of-a-draft",
    "imported-review-deleted", "imported-review-moved",
])  # fmt: skip
def test_what_goes_from_a_claim_that_is_listed_meanwhile_is_missed(made, way):
    between = []

    errors = meanwhile(ways_to_go(made)[way], listing(made.claim), lambda: between.append(door.number()))

    assert errors == [None, None]
    assert door.number() > between[0]


@pytest.mark.parametrize("kind", ["draft", "draft-moved", "draft-deleted", "other-article", "other-relation"])
def test_what_stays_private_raises_nothing_whatever_is_listed_meanwhile(made, kind):
    private = ClaimFactory()
    draft = ReviewFactory(claim=made.claim)
    relation = ClaimRelationFactory(from_claim=private, kind=RelationKind.REPEATS, to_claim=made.claim)
    act = {
        "draft": edit(draft, summary="Another."),
        "draft-moved": edit(draft, claim=private),
        "draft-deleted": deletion(draft),
        "other-article": edit(ArticleFactory(), headline="Another"),
        "other-relation": deletion(relation),
    }[kind]
    before = door.number()

    errors = meanwhile(act, listing(made.claim))

    assert errors == [None, None]
    assert door.number() == before + 1


def test_publication_of_a_review_and_listing_of_its_claim_give_out_both_and_count_twice(made):
    review = ImportedReviewFactory.build(claim=made.claim, publisher=PublisherFactory())

    def record():
        with history.change(review, actor=SYSTEM):
            review.save()

    before = door.number()

    assert meanwhile(record, listing(made.claim)) == [None, None]

    assert_readers_keep_their_addresses()
    assert door.number() == before + (2 if connection.vendor == "postgresql" else 1)


def test_first_edition_of_two_at_once(made):
    """No migration has made the row."""
    other = ClaimFactory(slug="other", listed=True)
    door.Edition.objects.all().delete()

    assert meanwhile(edit(other, context="New."), listing(made.claim)) == [None, None]

    assert door.number() == 3


def test_none_waits_for_the_other_for_ever(made):
    """One renames a topic, which locks it; the other names it, which waits for that."""
    listed = ClaimFactory(listed=True)

    def name():
        whole = again(listed)
        with history.change(whole, actor=SYSTEM):
            ClaimTopic(claim=whole, topic=made.topic).save()

    errors = meanwhile(edit(made.topic, slug="newer-one"), name, waits=True)

    assert errors == [None, None]
    assert_readers_keep_their_addresses()


def test_status_of_a_claim_that_is_listed_meanwhile_is_seen(made):
    """A review is published, which changes the claim's status, while somebody lists the claim."""
    page = again(made.claim).get_absolute_url()
    between = []

    errors = meanwhile(
        lambda: published_review(again(made.claim)),
        listing(made.claim),
        lambda: between.append(shown(page)),
        waits=True,
    )

    assert errors == [None, None]
    status, etag, content = shown(page, between[0][1])
    assert status == 200
    assert b"Reviewed by us" in content


def test_status_rests_on_what_both_have_left(made):
    """A caveat is taken out while the review that came before it is withdrawn."""
    caveat = AppearanceFactory(claim=made.claim, caveat=Caveat.NOT_VERIFIED)
    review = published_review(again(made.claim))

    def take_out():
        claim = again(made.claim)
        with history.change(claim, actor=SYSTEM):
            again(caveat).delete()
            workflow.refresh_status([claim])

    def withdraw():
        withdrawn = again(review)
        with history.change(withdrawn, actor=SYSTEM):
            withdrawn.state, withdrawn.withdrawn_note = ReviewState.WITHDRAWN, "A forgery."
            withdrawn.withdrawn_at, withdrawn.withdrawn_by = MIDNIGHT, review.approved_by
            withdrawn.save()
            workflow.refresh_status([again(made.claim)])

    assert meanwhile(take_out, withdraw, waits=True) == [None, None]

    assert again(made.claim).status_basis == StatusBasis.NONE
