"""Word by word differences: complete, readable, and never slow."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factcheck.differences import Differences, Piece

WORDS = st.lists(st.sampled_from(["a", "b", " ", "\n", ".", "word", "й"]), max_size=60).map("".join)


def shown(pieces):
    return "".join({"same": "{}", "old": "[-{}-]", "new": "[+{}+]"}[one.kind].format(one.text) for one in pieces)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("", "", ""),
        ("the same", "the same", "the same"),
        ("", "all new", "[+all new+]"),
        ("all gone", "", "[-all gone-]"),
        ("the quick fox jumps", "the slow fox jumps", "the [-quick-][+slow+] fox jumps"),
        ("the quick fox jumps", "a slow fox jumps", "[-the quick-][+a slow+] fox jumps"),
        ("one two", "one and two", "one [+and +]two"),
        ("It is.", "It is!", "It is[-.-][+!+]"),
    ],
)
def test_words(old, new, expected):
    assert shown(Differences().between(old, new)) == expected


@given(WORDS, WORDS, st.sampled_from([0, 10, 300, 1_000_000]))
def test_both_texts_can_be_read_from_the_pieces(old, new, comparisons):
    pieces = Differences(comparisons).between(old, new)

    assert "".join(one.text for one in pieces if one.kind != "new") == old
    assert "".join(one.text for one in pieces if one.kind != "old") == new
    assert all(one.text for one in pieces)


def test_past_the_bound_paragraphs_are_compared():
    old = "First words here.\nSecond.\nThird."
    new = "Other words there.\nSecond.\nFourth."

    pieces = Differences(40).between(old, new)

    assert Piece("same", ".\nSecond.\n") in pieces or Piece("same", "Second.\n") in pieces


def test_past_both_bounds_the_texts_are_compared_as_wholes():
    assert shown(Differences(0).between("same a b c end", "same x y z end")) == "same [-a b c-][+x y z+] end"


def test_texts_of_any_kind_and_a_page_full_of_them_take_no_minutes():
    chance = random.Random(7)
    long = " ".join(chance.choice("abc") for _ in range(50_000))
    pattern = " ".join("ab"[i % 2] for i in range(499)), " ".join("ab"[i // 2 % 2] for i in range(499))
    differences = Differences()
    began = time.perf_counter()

    for _ in range(20):
        differences.between(*pattern)
    differences.between(long, "".join(reversed(long)))

    assert time.perf_counter() - began < 20
    assert differences.left >= 0
