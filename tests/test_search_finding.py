"""What a query finds, in which order, and what of it is shown."""

import pytest

from factcheck.models import Claim, Searched
from factcheck.search import finding
from factcheck.search.asking import parse
from factcheck.search.finding import best, highlighted, matching, shortened, snippets
from tests import factories as made

pytestmark = pytest.mark.django_db

TEXTS = {
    "a": "Soldiers desert around Pokrovsk.",
    "b": "Drones were seen in Pokrovsk.",
    "c": "A drone was seen near the harbour.",
    "d": "Солдати дезертирують біля Покровська.",
    "e": "Łódź said no to F-16 jets.",
}


@pytest.fixture
def claims():
    return {name: made.ClaimFactory(text=text, listed=True, claimant=None) for name, text in TEXTS.items()}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("pokrovsk", "ab"),
        ("POKROVSK", "ab"),
        ("desertion", "a"),
        ("drones", "bc"),
        ('"drones"', "b"),
        ("drone pokrovsk", "b"),
        ("drone -pokrovsk", "c"),
        ("harbour OR soldier", "ac"),
        ("harbour OR soldier pokrovsk", "a"),
        ('"seen in pokrovsk"', "b"),
        ('"pokrovsk in seen"', ""),
        ("pokr*", "ab"),
        ('покровськ*', "d"),
        ("ПОКРОВСЬКА", "d"),
        ("lodz", "e"),
        ("F16", "e"),
        ("-pokrovsk", ""),
        ("nothing", ""),
        ("…", ""),
    ],
)  # fmt: skip
def test_what_is_found(claims, words, expected):
    names = {claim.pk: name for name, claim in claims.items()}

    found = matching(Claim.objects.all(), Searched.CLAIM, parse(words), public=True)

    assert "".join(sorted(names[claim.pk] for claim in found)) == expected
    ranked = best(Searched.CLAIM, parse(words), public=True, limit=9)
    assert sorted(names[pk] for pk in ranked) == list(expected)


def test_no_phrase_begins_in_one_text_and_ends_in_the_next():
    claim = made.ClaimFactory(text="It ends here", context="and goes on", claimant=None)
    made.published_review(claim, title="there")

    assert best(Searched.CLAIM, parse('"ends here"'), public=False, limit=9) == [claim.pk]
    assert best(Searched.CLAIM, parse('"here there"'), public=False, limit=9) == []
    assert best(Searched.CLAIM, parse('"there and"'), public=False, limit=9) == []


def test_what_stands_in_the_claim_itself_comes_first_and_the_newer_of_two_that_are_equal():
    inside = made.ClaimFactory(text="The harbour was closed", claimant=None)
    beside = made.ClaimFactory(text="It was closed", context="The harbour.", claimant=None)
    newer = made.ClaimFactory(text="The harbour was opened", claimant=None)

    assert best(Searched.CLAIM, parse("harbour"), public=False, limit=9) == [newer.pk, inside.pk, beside.pk]


def test_private_records_take_no_place_of_public_ones(monkeypatch):
    public = made.ClaimFactory(text="The harbour was closed", listed=True)
    for _ in range(3):
        made.ClaimFactory(text="The harbour was closed")
    monkeypatch.setattr(finding, "RANKED", 2)
    monkeypatch.setattr(finding, "LOOKED_AT", 1)

    assert best(Searched.CLAIM, parse("harbour"), public=True, limit=9) == [public.pk]
    assert [claim.pk for claim in matching(Claim.objects.all(), Searched.CLAIM, parse("harbour"), public=True)] == [
        public.pk
    ]


def test_of_very_many_the_newest_are_found(monkeypatch):
    claims = [made.ClaimFactory(text="The harbour was closed") for _ in range(4)]
    monkeypatch.setattr(finding, "LOOKED_AT", 2)

    found = matching(Claim.objects.order_by("pk"), Searched.CLAIM, parse("harbour"), public=False)

    assert list(found) == claims[1:]


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("Soldiers desert.", "deserted", "Soldiers [desert]."),
        ("In the New Year speech", '"new year"', "In the [New Year] speech"),
        ("Drones and droning", "dro*", "[Drones] and [droning]"),
        ("Don’t say F-16.", "dont f16", "[Don’t] say [F-16]."),
        ("Łódź", "lodz", "[Łódź]"),
        ("<b>bold</b>", "bold", "<b>[bold]</b>"),
        ("nothing of it", "drones -nothing", "nothing of it"),
        ("", "a", ""),
    ],
)
def test_what_was_found_is_marked_in_the_text(text, words, expected):
    assert marked(highlighted(text, parse(words))) == expected


def marked(pieces) -> str:
    return "".join(f"[{text}]" if is_match else text for text, is_match in pieces)


def test_a_long_text_is_shown_around_the_first_match():
    text = f"{'before ' * 80}the harbour {'after ' * 80}"

    shown = marked(shortened(highlighted(text, parse("harbour"))))

    assert shown.startswith("… before before")
    assert "the [harbour] after" in shown
    assert shown.endswith("after …")
    assert len(shown) < finding.SNIPPET + 20


def test_a_snippet_is_of_the_text_in_which_most_of_the_words_stand():
    claim = made.ClaimFactory(text="The harbour", context="A closed port. It is closed.", claimant=None, listed=True)
    made.AppearanceFactory(claim=claim, quote="closed on Monday")

    def shown(words):
        return {pk: marked(pieces) for pk, pieces in snippets(Searched.CLAIM, [claim.pk], parse(words)).items()}

    assert shown("closed") == {claim.pk: "A [closed] port. It is [closed]."}
    assert shown("monday closed") == {claim.pk: "[closed] on [Monday]"}
    assert shown("harbour") == {}
