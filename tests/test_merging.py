"""What becomes of boxes and rows that two people changed, without any database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from factcheck.admin.merging import Fate, Outcome, Side, TypedRow, outcome, renumbered, rows

TEXT = st.sampled_from(["", "a", "b", "c"])
BASE = {"7": {"text": "old"}}


@pytest.mark.parametrize(
    ("base", "theirs", "mine", "expected"),
    [
        ("old", "old", "old", Outcome.SAME),
        ("old", "old", "mine", Outcome.KEPT),
        ("old", "theirs", "old", Outcome.TAKEN),
        ("old", "new", "new", Outcome.SAME),
        ("old", "theirs", "mine", Outcome.DISPUTED),
        ("old", "", "mine", Outcome.DISPUTED),
        (None, "theirs", "mine", Outcome.DISPUTED),
        (None, "theirs", "theirs", Outcome.SAME),
    ],
)
def test_a_box(base, theirs, mine, expected):
    assert outcome(base, theirs, mine) is expected


@given(TEXT, TEXT, TEXT)
def test_no_change_of_anybody_is_lost_unasked(base, theirs, mine):
    result = outcome(base, theirs, mine)

    if result is Outcome.TAKEN:
        assert mine == base
    if result is Outcome.KEPT:
        assert theirs == base
    if result is Outcome.SAME:
        assert mine == theirs


def fates(base, theirs, mine, same_when=()):
    changed = [part for part in theirs if (base or {}).get(part) != theirs[part]]
    found = rows(base, theirs, mine, changed, same_when)
    return [(row.fate, row.part, row.typed.place if row.typed else None) for row in found]


def row(place, part="", text="old", **more):
    return TypedRow(place, part, {"text": text}, **more)


@pytest.mark.parametrize(
    ("theirs", "mine", "expected"),
    [
        ({"7": {"text": "old"}}, row(0, "7"), [(Fate.STAYS, "7", 0)]),
        ({"7": {"text": "new"}}, row(0, "7", "mine"), [(Fate.STAYS, "7", 0)]),
        ({}, row(0, "7"), [(Fate.REMOVED_BY_THEM, "7", 0)]),
        ({}, row(0, "7", "mine"), [(Fate.THEY_REMOVED_I_CHANGED, "7", 0)]),
        ({}, row(0, "7", more=True), [(Fate.THEY_REMOVED_I_CHANGED, "7", 0)]),
        ({}, row(0, "7", removed=True), [(Fate.REMOVED_BY_THEM, "7", 0)]),
        ({"7": {"text": "old"}}, row(0, "7", removed=True), [(Fate.REMOVED_BY_ME, "7", 0)]),
        ({"7": {"text": "new"}}, row(0, "7", removed=True), [(Fate.I_REMOVED_THEY_CHANGED, "7", 0)]),
        (BASE | {"8": {"text": "x"}}, row(0, "7"), [(Fate.STAYS, "7", 0), (Fate.ADDED_BY_THEM, "8", None)]),
    ],
)  # fmt: skip
def test_a_row_that_was_there(theirs, mine, expected):
    assert fates(BASE, theirs, [mine]) == expected


def test_a_row_that_i_added_comes_after_the_stored_ones():
    found = fates({}, {"8": {"text": "theirs"}}, [row(0, text="mine")])

    assert found == [(Fate.ADDED_BY_THEM, "8", None), (Fate.ADDED_BY_ME, "", 0)]


def test_the_same_row_added_by_both_is_one():
    theirs = {"8": {"text": "x", "note": "theirs"}}
    mine = TypedRow(0, "", {"text": "x", "note": "mine"})

    assert fates({}, theirs, [mine], ["text"]) == [(Fate.STAYS, "8", 0)]
    assert fates({}, theirs, [mine]) == [(Fate.ADDED_BY_THEM, "8", None), (Fate.ADDED_BY_ME, "", 0)]
    assert fates({}, {"8": mine.boxes}, [mine]) == [(Fate.STAYS, "8", 0)]


def test_a_question_about_a_row_stays_until_it_is_answered():
    gone = {"text": "mine", "was": "7"}
    assert fates({}, {}, [row(0, **gone)]) == [(Fate.THEY_REMOVED_I_CHANGED, "7", 0)]
    assert fates({}, {}, [row(0, **gone, chosen=Side.MINE)]) == [(Fate.ADDED_BY_ME, "", 0)]
    assert fates({}, {}, [row(0, **gone, chosen=Side.THEIRS)]) == []

    stored = {"7": {"text": "theirs"}}
    removed = {"part": "7", "removed": True, "was": "7"}
    assert fates(stored, stored, [row(0, **removed)]) == [(Fate.I_REMOVED_THEY_CHANGED, "7", 0)]
    assert fates(stored, stored, [row(0, **removed, chosen=Side.MINE)]) == [(Fate.REMOVED_BY_ME, "7", 0)]
    assert fates(stored, stored, [row(0, **removed, chosen=Side.THEIRS)]) == [(Fate.STAYS, "7", 0)]


def test_an_answer_is_good_for_what_was_asked_only():
    shown, newer = {"7": {"text": "theirs"}}, {"7": {"text": "newer"}}

    found = fates(shown, newer, [row(0, "7", removed=True, was="7", chosen=Side.MINE)])

    assert found == [(Fate.I_REMOVED_THEY_CHANGED, "7", 0)]


def test_where_nobody_knows_what_was_there_everything_is_asked():
    assert fates(None, {}, [row(0, "7")]) == [(Fate.THEY_REMOVED_I_CHANGED, "7", 0)]
    assert fates(None, {"7": {"text": "x"}}, [row(0, "7", removed=True)]) == [(Fate.I_REMOVED_THEY_CHANGED, "7", 0)]


PARTS = st.dictionaries(st.sampled_from("123"), st.fixed_dictionaries({"text": TEXT}))
TYPED = st.lists(st.tuples(st.sampled_from(["", "1", "2", "3"]), TEXT, st.booleans()), max_size=5)


@given(PARTS, PARTS, TYPED)
def test_every_stored_row_and_every_typed_row_is_accounted_for(base, theirs, typed):
    seen, mine = set(), []
    for place, (part, text, removed) in enumerate(typed):
        if part not in seen:
            mine.append(row(place, part, text, removed=removed and bool(part)))
        seen |= {part} - {""}

    changed = [part for part in theirs if base.get(part) != theirs[part]]
    found = rows(base, theirs, mine, changed)

    assert [one.part for one in found if one.part in theirs] == list(theirs)
    assert sorted(one.typed.place for one in found if one.typed) == [one.place for one in mine]
    for one in found:
        if one.fate is Fate.REMOVED_BY_THEM:
            assert one.typed.removed or one.typed.boxes == base[one.part]
        if one.fate is Fate.REMOVED_BY_ME:
            assert theirs[one.part] == base[one.part]


def test_rows_move_with_everything_that_they_carry():
    sent = {"seen": 1, "rows-0-id": 2, "rows-1-id": 3, "rows-1-at_0": 4, "rows-__prefix__-id": 5, "other-1-id": 6}

    moved = renumbered(sent, "rows", {1: 4})

    assert moved == {"seen": 1, "rows-4-id": 3, "rows-4-at_0": 4, "rows-__prefix__-id": 5, "other-1-id": 6}
