"""What may be typed into a search box, and what it means."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factcheck.models import Claim, Searched
from factcheck.search.asking import LONGEST, MOST_TERMS, Term, parse
from factcheck.search.engines import PHRASED, Postgresql
from factcheck.search.finding import best, highlighted, matching

HOSTILE = [
    "'", '"', '""', "''", "(", ")", "NEAR(", "NEAR(a b, 5)", "^a", "a:b", "heading:x", "{heading} : x", "a AND", "NOT",
    "OR", "OR OR OR", "-", "- -", "--x", "-\"", "*", "a*", "**", "*a", "a*b", "\0", "a\0b", "a" * 10_000, "a " * 5_000,
    '"' * 999, "-a " * 999, "a OR " * 999, "!?…", "the of and", "😀", "\u202eabc\u202c", "\u200f", "%", "_", "\\",
    "\\'", "a & b", "a | b", "!a", "a <-> b", "a:*", "'a' 'b'", "); DROP TABLE factcheck_claim; --", "\ud7ff", "\uffff",
    "\U0010ffff", "東京", "½", "a\u0301", "\n\t\r", "<script>", "{{ x }}", "%s", "$1", "?", ":a", "@a", "#a",
]  # fmt: skip


def read(text: str, **how: bool) -> tuple[list[list[str]], list[str]]:
    query = parse(text, **how)
    sign = {Term.WORD: "{}", Term.PHRASE: '"{}"', Term.PREFIX: "{}*"}

    def words(term):
        return sign[term.kind].format(" ".join(term.tokens))

    return [[words(term) for term in group] for group in query.groups], [words(term) for term in query.excluded]


@pytest.mark.parametrize(
    ("text", "groups", "excluded"),
    [
        ("drones Pokrovsk", [["drones"], ["pokrovsk"]], []),
        ('"in Pokrovsk" drones', [['"in pokrovsk"'], ["drones"]], []),
        ("“New Year” «Новий рік»", [['"new year"'], ['"новий рік"']], []),
        ('drones -video -"the war"', [["drones"]], ["video", '"the war"']),
        ("drones OR missiles OR shells front", [["drones", "missiles", "shells"], ["front"]], []),
        ("OR drones OR", [["drones"]], []),
        ("drones or missiles", [["drones"], ["or"], ["missiles"]], []),
        ("a OR -b c", [["a"], ["c"]], ["b"]),
        ("deser*", [["deser*"]], []),
        ("d*", [["d"]], []),
        ("F-16 F-1*", [['"f 16"'], ['"f 1"']], []),
        ("F-16*", [["f 16*"]], []),
        ('"not closed', [['"not closed"']], []),
        ('"soldiers"', [['"soldiers"']], []),
        ("- ?! … ''", [], []),
        ("-only", [], ["only"]),
    ],
)
def test_a_query_is_read(text, groups, excluded):
    assert read(text) == (groups, excluded)


def test_what_is_typed_last_may_go_on():
    assert read("ukraine dro", typing=True) == ([["ukraine"], ["dro*"]], [])
    assert read("ukraine drone ", typing=True) == ([["ukraine"], ["drone"]], [])
    assert read('"ukraine drone', typing=True) == ([['"ukraine drone"']], [])


def test_a_query_that_only_leaves_out_asks_for_nothing():
    assert not parse("-only")
    assert not parse("")


def test_of_many_stars_the_first_are_heeded():
    assert read("aa* bb* OR cc* dd* e-ee* -ff*") == ([["aa*"], ["bb*", "cc*"], ["dd"], ['"e ee"']], ["ff"])
    assert read("aa* bb* cc* dd", typing=True) == ([["aa*"], ["bb*"], ["cc*"], ["dd"]], [])
    assert read("a* bb* cc* dd*")[0] == [["a"], ["bb*"], ["cc*"], ["dd*"]]


def test_a_query_has_an_end():
    assert len(parse("word " * 1000).groups) == MOST_TERMS
    assert len(parse(f"{'x ' * LONGEST}last").groups) <= MOST_TERMS
    assert read("a" * 5000)[0] == [["a" * 64]]


def ask_all(text: str) -> None:
    for typing in (False, True):
        query = parse(text, typing=typing)
        highlighted(f"Some text {text}", query)
        for kind in Searched:
            for public in (False, True):
                best(kind, query, public=public, limit=3)
        list(matching(Claim.objects.all(), Searched.CLAIM, query, public=True)[:3])


@pytest.mark.django_db
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:20]))
def test_nothing_typed_is_an_error(text):
    ask_all(text)


@pytest.mark.django_db
@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60) | st.text(alphabet="ab\"'-*() OR:^&|!<>{}\\\0", max_size=40))
def test_no_text_is_an_error(text):
    ask_all(text)


@pytest.mark.parametrize(
    ("text", "share"), [('harbour "at night"', 1), ('"at night" OR "by day" -"in fog"', 3), ('"harbour" closed', None)]
)
def test_postgresql_reads_no_more_rows_for_many_phrases_than_for_one(text, share):
    sql, parameters = Postgresql().asked(parse(text), 0, public=True, limit=10)

    read = [PHRASED // share] if share else []
    assert [number for number in parameters if isinstance(number, int)] == [*read, 10]
    assert sql.count("vector @@") == len(read) + 1
