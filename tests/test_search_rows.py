"""The search rows say what the records say, whatever changes them, in the same transaction."""

import io

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from factcheck import history, workflow
from factcheck.models import Claim, Searched, SearchRow, SearchWord
from factcheck.search import counting, rows
from factcheck.search.asking import parse
from factcheck.search.finding import best
from factcheck.search.words import BREAK
from tests import databases
from tests import factories as made
from tests.engines import PROJECT

pytestmark = pytest.mark.django_db


def stored() -> dict:
    """All rows, and all words that stand anywhere."""
    words = dict(SearchWord.objects.filter(claims__gt=0).values_list("word", "claims"))
    tokens = list(SearchWord.objects.filter(word=counting.TOTAL, claims__gt=0).values_list("tokens", flat=True))
    texts = {row.pk: [getattr(row, name) for name in ("record_id", *rows.WORDS)] for row in SearchRow.objects.all()}
    return {"words": words, "tokens": tokens, "texts": texts}


@pytest.fixture(autouse=True)
def rows_are_current():
    """After each of these tests the rows are as if they had all been made anew, and so is what can be found by them."""
    yield
    before = stored()
    found = {word: find(word) for word in WORDS}
    with transaction.atomic():
        rows.rebuild()
    assert stored() == before
    assert {word: find(word) for word in WORDS} == found


WORDS = ("harbour", "speaker", "port", "log", "quoted", "context", "changed", "wrong", "gone")


def find(word: str, *, public: bool = False) -> list[tuple[str, int]]:
    return [(kind.name, pk) for kind in Searched for pk in best(kind, parse(word), public=public, limit=9)]


def row_of(claim: Claim) -> SearchRow:
    return SearchRow.objects.get(kind=Searched.CLAIM, record_id=claim.pk)


def test_a_claim_with_all_that_can_be_found_of_it():
    speaker = made.ClaimantFactory(name="Speaker One")
    claim = made.ClaimFactory(text="The harbours were closed.", claimant=speaker, context="Some context.", listed=True)
    made.AppearanceFactory(claim=claim, quote="as quoted here")
    made.AppearanceFactory(claim=claim, quote="again")
    made.published_review(claim, title="Not the harbour", summary="The log says no.")
    made.ImportedReviewFactory(claim=claim, title="Wrong elsewhere")
    made.ReviewFactory(claim=claim, title="A draft", rating=made.rating("false"))

    row = row_of(claim)

    assert row.heading == f"the harbours were closed {BREAK} not the harbour {BREAK} wrong elsewhere"
    assert set(row.heading_stems.split()) == {"close", "elsewher"}
    assert row.body == (
        f"speaker one {BREAK} some context {BREAK} as quoted here {BREAK} again {BREAK} the log says no"
    )
    assert row.is_public
    assert row.pk == SearchRow.id_of(Searched.CLAIM, claim.pk, True)


def test_words_of_another_language_have_no_english_stems():
    assert row_of(made.ClaimFactory(text="Les noticias falsas", language="es")).heading_stems == ""
    assert row_of(made.ClaimFactory(text="False stories", language="en-GB")).heading_stems == "fals stori"


def test_an_edit_is_found_at_once_and_what_it_replaced_no_longer():
    claim = made.ClaimFactory(text="The harbour was closed.")
    made.change(claim, text="The port was closed.")

    assert find("harbour") == []
    assert find("port") == [("CLAIM", claim.pk)]


def test_what_is_undone_leaves_nothing():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        made.ClaimFactory(text="The harbour was closed.")
        assert find("harbour")
        raise ZeroDivisionError

    assert find("harbour") == []


def test_a_claimant_renamed_is_found_under_the_new_name_with_all_claims():
    speaker = made.ClaimantFactory(name="Speaker", role="Master of the port")
    claim = made.ClaimFactory(claimant=speaker)
    made.change(speaker, name="Changed")

    assert find("speaker") == []
    assert find("changed") == [("CLAIM", claim.pk), ("CLAIMANT", speaker.pk)]


def test_a_review_counts_from_its_publication_to_its_withdrawal():
    claim = made.ClaimFactory(text="It is closed.", listed=True)
    review = made.submitted_review(claim, title="The log was wrong")
    assert find("log") == []
    made.publish(review)
    assert find("log") == [("CLAIM", claim.pk)]

    with history.change(review, actor=review.approved_by, action="withdrawn"):
        review.state, review.withdrawn_at, review.withdrawn_by = "withdrawn", made.MIDNIGHT, review.approved_by
        review.withdrawn_note = "A forgery."
        review.save()
        workflow.refresh_status([claim])

    assert find("log") == []


def test_listing_opens_all_that_the_claim_names_and_unlisting_closes_it():
    speaker, relayer = made.ClaimantFactory(name="Speaker"), made.ClaimantFactory(name="Port")
    claim = made.ClaimFactory(text="The harbour.", claimant=speaker)
    place = made.AppearanceFactory(claim=claim, article__headline="The log", claimant=made.ClaimantFactory(name="Gone"))
    made.RelayFactory(appearance=place, by_claimant=relayer)
    asked = ("harbour", "speaker", "log", "port", "gone")
    assert [bool(find(word)) for word in asked] == [True] * 5
    assert [find(word, public=True) for word in asked] == [[]] * 5

    claim.refresh_from_db()
    workflow.list_claim(claim, actor=made.SYSTEM)
    assert [bool(find(word, public=True)) for word in asked] == [True] * 5

    claim.refresh_from_db()
    workflow.unlist_claim(claim, actor=made.SYSTEM, note="A mistake.")
    assert [find(word, public=True) for word in asked] == [[]] * 5
    assert [bool(find(word)) for word in asked] == [True] * 5


def test_an_article_that_a_public_claim_names_no_longer_is_closed():
    claim = made.ClaimFactory(listed=True)
    place = made.AppearanceFactory(claim=claim, article__headline="The log")
    assert find("log", public=True)

    claim = Claim.objects.get(pk=claim.pk)
    with history.change(claim, actor=made.SYSTEM):
        place.delete()

    assert find("log", public=True) == []
    assert find("log") == [("ARTICLE", place.article_id)]


def test_a_record_that_is_deleted_is_gone():
    claim = made.ClaimFactory(text="The harbour.", claimant=None)
    with history.change(claim, actor=made.SYSTEM):
        claim.delete()

    assert find("harbour") == []
    assert not SearchRow.objects.filter(kind=Searched.CLAIM).exists()


def test_what_the_desk_keeps_for_itself_touches_no_row(django_assert_max_num_queries):
    claim = made.ClaimFactory(listed=True)
    before = row_of(claim)
    claim.refresh_from_db()
    with django_assert_max_num_queries(30) as captured:
        made.change(claim, priority=4)

    assert not [one for one in captured.captured_queries if "searchrow" in one["sql"]]
    assert row_of(claim) == before


def test_the_seeds_and_the_demo_are_all_there():
    call_command("loadseeds", PROJECT / "seeds", verbosity=0)

    counted = {kind: SearchRow.objects.filter(kind=kind).count() for kind in Searched}
    assert counted == {kind: model._base_manager.count() for model, kind in rows.KINDS.items()}
    assert SearchWord.objects.get(word=counting.TOTAL).claims == Claim.objects.public().count()


def test_words_are_counted_in_public_claims_alone():
    made.ClaimFactory(text="The harbours closed, the harbour closed.", listed=True)
    made.ClaimFactory(text="A harbour.")

    counts = counting.Counts.of(["harbour", "close", "nowhere"])

    assert counts.with_word == {"harbour": 1, "close": 1}
    assert (counts.claims, counts.average_length) == (1, 6)


def test_rebuildsearch_mends_what_was_broken_and_says_what_it_did():
    claim = made.ClaimFactory(text="The harbour.", listed=True, claimant=None)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM factcheck_searchrow")
        if connection.vendor == "sqlite":
            cursor.execute("INSERT INTO factcheck_searchtext(factcheck_searchtext) VALUES ('delete-all')")
    assert find("harbour") == []
    out = io.StringIO()

    call_command("rebuildsearch", stdout=out)

    assert find("harbour") == [("CLAIM", claim.pk)]
    assert out.getvalue() == "1 record can be found; the words of 1 public claim are counted.\n"


def test_a_database_from_before_is_filled_by_its_migration():
    with databases.empty_database() as url:
        databases.run(url, "loadseeds")
        rows_before = databases.query(url, "SELECT COUNT(*) FROM factcheck_searchrow")
        databases.run(url, "migrate", "factcheck", "0014")
        databases.run(url, "migrate")

        assert databases.query(url, "SELECT COUNT(*) FROM factcheck_searchrow") == rows_before
        assert rows_before != [(0,)]
