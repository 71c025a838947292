"""What counts as a word, and that both engines see the same ones."""

import sys

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from factcheck.models import Searched, SearchRow
from factcheck.search.asking import Query, Term, Wanted
from factcheck.search.engines import engine
from factcheck.search.words import LONGEST, STOP_WORDS, stem, stems, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The F-16s, F16 and f 16", "the f 16 s f 16 and f 16"),
        ("COVID-19 covid19", "covid 19 covid 19"),
        ("10,000 or 1,234,567 but 1,2", "10000 or 1234567 but 1 2"),
        ("Don't don’t dont", "dont dont dont"),
        ("П'ять п’ять пʼять Їжак ёж Ёж", "пять пять пять їжак ёж ёж"),
        ("Éa Straße ŁÓDŹ Ørsted œuvre ﬁre", "ea strasse lodz orsted oeuvre fire"),
        ("e\u0301 İstanbul", "e istanbul"),
        ("東京タワー", "東 京 タ ワ ー"),
        ("हिन्दी שָׁלוֹם مَرحبا", "हिन्दी שלום مرحبا"),
        ("٣٤ ² ⅷ", "34 2 viii"),
        ("a_b \u202e😀 — …", "a b"),
        ("", ""),
    ],
)
def test_tokens(text, expected):
    assert tokens(text) == expected.split()


def test_the_й_is_not_an_и():
    assert tokens("мой мои") == ["мой", "мои"]


def test_forms_of_an_english_word_share_a_stem():
    assert {stem(word) for word in ("desert", "deserts", "deserted", "desertion", "desertions")} == {"desert"}
    assert stem("дезертири") == "дезертири"
    assert stems(["soldiers", "desert", "deserted", "f", "16"]) == ["soldier"]


def test_stop_words_are_tokens():
    assert {word for word in STOP_WORDS if tokens(word) != [word]} == set()


def test_a_word_without_end_is_cut():
    assert tokens("a" * 5000) == ["a" * LONGEST]


@pytest.mark.django_db
def test_no_engine_lowers_a_folded_letter_further():
    letters = " ".join(" ".join(tokens(chr(number))) for number in range(sys.maxunicode) if chr(number).isalnum())

    with connection.cursor() as cursor:
        cursor.execute("SELECT lower(%s)", [letters])
        assert cursor.fetchone() == (letters,)
    assert len(letters) > 100_000


@pytest.mark.django_db
@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=5))
def test_each_token_of_any_text_is_found_by_itself_and_no_engine_takes_one_apart(texts):
    words = tokens(" ".join(texts))
    row = SearchRow(id=8, kind=Searched.CLAIM, record_id=1, is_public=False, heading=" ".join(words))
    row.save(force_insert=True)
    engine().add([8])
    try:
        for asked in [*((word,) for word in words), *zip(words, words[1:], strict=False)]:
            query = Query(((Wanted(Term.PHRASE, tuple(asked)),),))
            sql, given_ = engine().matching(engine().compiled(query), Searched.CLAIM, public=False, limit=None)
            with connection.cursor() as cursor:
                cursor.execute(sql, given_)
                assert cursor.fetchall() == [(8,)], asked
    finally:
        engine().take([8])
        row.delete()
