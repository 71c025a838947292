"""What loadseeds refuses: each with file, line, record, field and what is allowed, and nothing written."""

import json
import os
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from factcheck.models import Change, Claim, Publisher
from factcheck.seeding.format import RECORDS
from tests.factories import ArticleFactory, ClaimFactory, change, published_review, scale, write

pytestmark = pytest.mark.django_db

GOOD = {"slug": "good", "text": "It is so.", "kind": "fact"}


def message_of(path: Path, *options: object) -> str:
    """The error of a load, which has written nothing."""
    before = Change.objects.count()
    with pytest.raises(CommandError) as caught:
        call_command("loadseeds", path, *options, verbosity=0)
    assert Change.objects.count() == before
    assert not Publisher.objects.filter(slug="never-stored").exists()
    return str(caught.value)


@pytest.fixture
def seed(tmp_path):
    """Writes a file that would store a publisher, and what is to be refused after it."""

    def write_file(claims: object, name: str = "bad.json") -> Path:
        publisher = {"slug": "never-stored", "name": "Never stored"}
        text = json.dumps({"publishers": [publisher], "claims": claims}, indent=1)
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return write_file


def claim(**changes: object) -> list[dict[str, object]]:
    return [GOOD, {"slug": "bad", "text": "It is not so.", "kind": "fact", **changes}]


REFUSED = {
    "unknown key": (claim(texxt="x"), "field texxt: there is no key “texxt”. Did you mean text? Allowed: slug, text,"),
    "wrong type, text": (claim(context=["x"]), "field context: a list is not allowed. Allowed: text of any length."),
    "wrong type, number": (claim(priority="high"), "field priority: “high” is not allowed. Allowed: one of 1, 2, 3"),
    "true is no number": (claim(priority=True), "field priority: true is not allowed."),
    "wrong type, list": (claim(topics="war"), "field topics: “war” is not allowed. Allowed: a list."),
    "wrong type, flag": (claim(listed=1), "field listed: 1 is not allowed. Allowed: true or false."),
    "null": (claim(context=None), "field context: null is not allowed. Allowed: text of any length, or no such key."),
    "not a choice": (claim(kind="rumour"), "field kind: “rumour” is not allowed. Allowed: one of fact, figure, alleg"),
    "missing key": ([{"slug": "bad", "kind": "fact"}], "field text: is missing. Allowed: text of at most 1,000 char"),
    "empty text": (claim(text=""), "field text: the text is empty."),
    "text of spaces": (claim(text=" \u00a0 "), "field text: the text is empty."),
    "text that shows nothing": (claim(text="\u200b"), "field text: Write what is claimed in one sentence."),
    "note of spaces": (claim(context="  "), "field context: the text is empty."),
    "text too long": (claim(text="x" * 1001), "field text: the text has 1,001 characters. Allowed: at most 1,000."),
    "two lines": (claim(text="One.\nTwo."), "field text: “One.�Two.” is not allowed. Write this in one line"),
    "two lines of Unicode": (
        claim(text="One.\u2028Two."),
        "Write this in one line, without the line separator (U+2028) at character 5.",
    ),
    "bad slug": (claim(slug="Not A Slug"), "field slug: “Not A Slug” is not allowed. Use small letters a-z"),
    "long slug": (claim(slug="x" * 81), "field slug: the text has 81 characters. Allowed: at most 80."),
    "reserved slug": (claim(slug="search"), "field slug: Choose another slug: the site's own addresses use add, admin"),
    "bad date": (claim(due_on="2025-02-30"), "field due_on: “2025-02-30” is not allowed. Allowed: a day as “2025"),
    "bad partial date": (claim(made_on="2025-13"), "field made_on: “2025-13” is not allowed. Allowed: a date as “2025"),
    "date as number": (claim(made_on=2025), "field made_on: 2025 is not allowed."),
    "bad language": (claim(language="English!"), "field language: Give a language tag such as en, uk or pt-BR."),
    "missing claimant": (claim(claimant="nobody"), "field claimant: “nobody” is not one of the claimants."),
    "missing topic": (claim(topics=["nothing"]), "field topic: “nothing” is not one of the topics."),
    "reference of the wrong type": (claim(claimant=7), "field claimant: 7 is not allowed. Allowed: the slug of one of"),
    "duplicate slug": (claim(slug="good"), "field slug: is defined already at "),
    "due date of a fact": (claim(due_on="2025-01-01"), "fields kind, due_on, resolution: Only a prediction has a"),
    "no place": (claim(appearances=[{"paragraph": 1}]), "[1], fields article, address: An appearance stands in"),
    "paragraph 0": (
        claim(appearances=[{"address": "https://a.example/", "paragraph": 0}]),
        "field paragraph: Paragraphs are counted from 1.",
    ),
    "bad address": (
        claim(appearances=[{"address": "javascript:alert(1)"}]),
        "field address: “javascript:alert(1)” is not allowed. Give a whole web address",
    ),
    "a long quote": (
        claim(appearances=[{"address": "https://a.example/", "quote": "one two three four five six seven"}]),
        "appearances[1], field quote: Quote at most six words: the text belongs to its publisher.",
    ),
    "same place twice": (
        claim(appearances=[{"address": "https://a.example/"}, {"address": "https://a.example/"}]),
        "stands twice in this list. Allowed: each article, address, paragraph and claimant once.",
    ),
    "station without a name": (
        claim(appearances=[{"address": "https://a.example/", "relays": [{"note": "x"}]}]),
        "relays[1], fields by_claimant, by_publisher: A station is a claimant or a publisher: give exactly one.",
    ),
    "a text as record": (["text"], "claims[1]: “text” is not allowed here. Allowed: an object."),
    "not a list": ("text", "claims: “text” is not allowed here. Allowed: a list of claims."),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_value_is_named_with_what_is_allowed(case, seed):
    claims, expected = REFUSED[case]

    message = message_of(seed(claims))

    assert expected in message
    assert "bad.json, line " in message
    assert message.startswith("Nothing was loaded: 1 problem")


@pytest.mark.parametrize("record", RECORDS)
def test_every_list_refuses_an_unknown_key(record, tmp_path):
    (tmp_path / "bad.json").write_text(json.dumps({record: [{"nonsense": 1}]}))

    assert "there is no key “nonsense”" in message_of(tmp_path / "bad.json")


def characters() -> list[int]:
    """The refused characters of DESIGN 2, each range at both ends."""
    controls = [*range(0x00, 0x09), *range(0x0B, 0x0D), *range(0x0E, 0x20), *range(0x7F, 0xA0)]
    directions = [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]
    nothing = [0xFDD0, 0xFDEF, *(plane << 16 | low for plane in range(17) for low in (0xFFFE, 0xFFFF))]
    return [*controls, *directions, 0xD800, 0xDFFF, *nothing]


def test_every_refused_character_is_named_with_its_position(seed):
    for code in characters():
        # As an escape: JSON itself has no raw controls, and a file in UTF-8 no surrogates.
        escape = json.dumps(chr(code))[1:-1]
        path = seed(claim(context="CONTEXT"))
        path.write_text(path.read_text().replace("CONTEXT", f"one\\ntwo{escape}"))

        message = message_of(path)

        assert f"field context: character U+{code:04X} at line 2, character 4 is not allowed" in message, hex(code)


def test_joiners_and_direction_marks_are_text(seed):
    text = "a\u200db\u200cc\u200ed\u200fe"

    call_command("loadseeds", seed(claim(context=text)), verbosity=0)

    assert Claim.objects.get(slug="bad").context == text


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            b'{"claims": [{"slug": "a\xff"}]}',
            "line 1: byte 24 of the line (0xFF) is not UTF-8. Allowed: text in UTF-8.",
        ),
        (b'{"claims":\n[NaN]}', "line 2, claims[1]: NaN is not allowed."),
        (b'{"claims": [{"slug": "a", "listed": NaN}]}', "field listed: NaN is not allowed."),
        (b'{"claims": [{"slug": "a", "priority": -Infinity}]}', "field priority: -Infinity is not allowed."),
        (b'{"claims":\n[{"slug": "a",\n"slug": "b"}]}', "line 3, claims[1], field slug: the key “slug” stands twice"),
        (b'{"claims": [],\n"claims": []}', "line 2, field claims: the key “claims” stands twice in one object"),
        (b"[" * 200_000, "line 1: is nested too deeply. Allowed: objects and lists as seeds/"),
        (b'{"claims": [' + b'{"a":' * 200_000, "line 1: is nested too deeply."),
        (b'{"claims": ' + b"[" * 30 + b"]" * 31 + b"}", "line 1: is not JSON at character 72"),
        (b'{"claims": ' + b"[" * 30 + b"]" * 30 + b"}", "claims[1]: a list is not allowed here. Allowed: an object."),
        (b'{"claims":\n[}', "line 2: is not JSON at character 2"),
        (b"", "line 1: is not JSON at character 1"),
        (b'"text"', "“text” is not allowed here. Allowed: an object of lists: publishers,"),
        (b'{"claimz": []}', "there is no list “claimz”. Did you mean claims?"),
        (b'{"claims": [{"priority": ' + b"9" * 5000 + b"}]}", "holds a number that is too long"),
        (b'{"claims": [{"slug": "a", "priority": 1.5}]}', "field priority: 1.5 is not allowed."),
        (b'{"claims": [{"slug": "a", "priority": 1e999}]}', "field priority: inf is not allowed."),
    ],
)
def test_what_is_no_proper_json_is_refused(content, expected, tmp_path):
    (tmp_path / "bad.json").write_bytes(content)

    message = message_of(tmp_path / "bad.json")

    assert expected in message
    assert len(message) < 5_000


def test_a_line_of_a_jsonl_file_is_named(tmp_path):
    good = json.dumps({"claims": GOOD})
    lines = [good, "", '{"claims": {"slug": "b"}', '{"claims": {"slug": "c", "text": "T", "kind": "x"}}', '["x"]', "{}"]
    (tmp_path / "bad.jsonl").write_text("\n".join(lines))

    message = message_of(tmp_path)

    assert "bad.jsonl, line 3: is not JSON" in message
    assert "bad.jsonl, line 4, claims “c”, field kind: “x” is not allowed." in message
    assert 'bad.jsonl, line 5: a line holds one record, as {"claims": {…}}' in message
    assert "bad.jsonl, line 6: a line holds one record" in message


def test_the_line_is_that_of_the_value(tmp_path):
    text = (
        '{"claims": [\n{"slug": "a", "text": "with \\" quote, comma",\n"kind":\n"fact"},\n{"slug": "b",\n"text": "T",\n'
    )
    (tmp_path / "bad.json").write_text(text + '"kind": "fact",\n"appearances": [{}, {\n"paragraph":\n -1}]}]}')

    message = message_of(tmp_path)

    assert "line 10, claims[2] “b”, appearances[2], field paragraph: -1 is not allowed." in message


def test_a_large_file_is_refused_unless_max_size_says_otherwise(seed):
    path = seed([GOOD])
    path.write_text(path.read_text() + " " * 3_000_000)

    assert "is larger than 2 MB. Allowed: at most 2 MB, or what --max-size says." in message_of(path, "--max-size=2")
    call_command("loadseeds", path, verbosity=0)

    assert Claim.objects.filter(slug="good").exists()


@pytest.mark.parametrize("size", ["0.000001", "0.00001", "0.000123"])
def test_a_small_size_is_said_as_it_was_given(size, seed):
    message = message_of(seed([{**GOOD, "context": "x" * 200}]), f"--max-size={size}")

    assert f"is larger than {size} MB. Allowed: at most {size} MB, or" in message


def test_the_default_size_is_50_megabytes(tmp_path):
    with (tmp_path / "large.json").open("wb") as file:
        file.truncate(50_000_001)

    assert "is larger than 50 MB." in message_of(tmp_path)


def test_paths_that_are_no_seed_files(tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "pipe.json")

    assert "there are no seed files (.json or .jsonl) in this directory" in message_of(tmp_path / "empty")
    assert "the name of a seed file ends in .json or .jsonl" in message_of(tmp_path / "notes.txt")
    assert "cannot be read: No such file or directory" in message_of(tmp_path / "missing.json")
    assert "is neither a file nor a directory" in message_of(tmp_path / "pipe.json")


def test_all_problems_of_a_run_are_reported_and_the_first_20_in_full(tmp_path):
    for name in "ab":
        claims = [{"slug": f"{name}-{number}", "text": "T", "kind": "x"} for number in range(15)]
        (tmp_path / f"{name}.json").write_text(json.dumps({"claims": claims}))
    (tmp_path / "c.json").write_text("{")

    message = message_of(tmp_path)

    assert message.startswith("Nothing was loaded: 31 problems.")
    assert message.count("field kind") == 20
    assert message.endswith("… and 11 more.")


def test_a_hostile_file_cannot_write_to_the_terminal(tmp_path):
    name = "\x1b[31m\u202eevil"
    (tmp_path / "bad.json").write_text(json.dumps({"claims": [{"slug": name, name: name}], name: []}))

    message = message_of(tmp_path)

    assert not set("\x1b\u202e") & set(message)
    assert "evil" in message


def test_the_line_of_a_rule_over_several_fields_is_that_of_one_that_was_given(tmp_path):
    text = '{"claims": [\n{"slug": "a", "text": "T",\n"kind": "fact",\n"due_on": "2025-01-01",\n"context": "C"}]}'
    (tmp_path / "bad.json").write_text(text)

    assert "bad.json, line 4, claims[1] “a”, fields kind, due_on, resolution: Only a" in message_of(tmp_path)


def test_all_problems_are_found_at_once_whatever_finds_them(tmp_path):
    """Paths, JSON, values, references, and what only the database knows; what follows from them is not named."""
    call_command("loadseeds", "seeds", verbosity=0)
    readers_knew = ClaimFactory(listed=True)
    (tmp_path / "a.json").write_text("{")
    (tmp_path / "b.jsonl").write_text(
        "\n".join(
            json.dumps({name: record})
            for name, record in (
                ("publishers", {"slug": "ours", "name": "Ours", "is_desk": True}),
                ("publishers", {"slug": "ours-too", "name": "Ours too", "is_desk": True}),
                ("topics", {"slug": "war", "name": ""}),
                ("articles", {"slug": "of-ours", "publisher": "ours", "headline": "H"}),
                ("articles", {"slug": "of-nobody", "publisher": "nobody", "headline": "H"}),
                ("claims", {**GOOD, "topics": ["war"], "appearances": [{"article": "of-ours"}], "claimant": "no-one"}),
                ("claims", {**GOOD, "slug": "search"}),
                ("claims", {**GOOD, "slug": "fine"}),
                ("relations", {"from": "fine", "kind": "repeats", "to": readers_knew.slug}),
                ("ratings", {"slug": "m", "label": "M", "definition": "D.", "class": "truth", "position": 1}),
            )
        )
    )

    message = message_of(tmp_path, tmp_path / "missing.json")

    lines = [line.removeprefix(f"{tmp_path}/") for line in message.splitlines()]
    assert lines[0] == "Nothing was loaded: 9 problems."
    assert [line.split(":")[0] for line in lines[1:]] == [
        "missing.json",
        "a.json, line 1",
        "b.jsonl, line 1, publishers “ours”, field is_desk",
        "b.jsonl, line 2, publishers “ours-too”, field is_desk",
        "b.jsonl, line 3, topics “war”, field name",
        "b.jsonl, line 5, articles “of-nobody”, field publisher",
        "b.jsonl, line 6, claims “good”, field claimant",
        "b.jsonl, line 7, claims “search”, field slug",
        "b.jsonl, line 10, ratings “m”, fields class, value",
    ]


TOGETHER = {
    "in a record and its parts": (
        {
            "claims": [
                {
                    **{"slug": "search", "text": "T", "kind": "fact", "due_on": "2025-01-01"},
                    "appearances": [{"address": "https://a.example/", "caveat": "zzz", "paragraph": 0}],
                }
            ]
        },
        [
            "claims[1] “search”, appearances[1], field caveat",
            "claims[1] “search”, appearances[1], field paragraph",
            "claims[1] “search”, field slug",
            "claims[1] “search”, fields kind, due_on, resolution",
        ],
    ),
    "a value and a rule": (
        {"publishers": [{"slug": "x", "name": "X", "homepage": "ftp://x", "country": "gb"}]},
        ["publishers[1] “x”, field homepage", "publishers[1] “x”, field country"],
    ),
    "what is there twice, broken the first time": (
        {"topics": [{"slug": "tt", "name": 5}, {"slug": "tt", "name": "x"}]},
        ["topics[1] “tt”, field name", "topics[2] “tt”, field slug"],
    ),
    "what is there twice, broken the second time": (
        {
            "claims": [{**GOOD, "slug": "twice"}, {"slug": "twice", "kind": "x", "claimant": "no-one"}],
            "relations": [{"from": "twice", "kind": "repeats", "to": "nothing"}],
        },
        [
            "claims[2] “twice”, field text",
            "claims[2] “twice”, field kind",
            "claims[2] “twice”, field slug",
            "relations[1] “twice”, field to",
            "claims[2] “twice”, field claimant",
        ],
    ),
    "the same place, broken": (
        {
            "claims": [
                {
                    **{"slug": "a", "text": "T", "kind": "fact", "topics": ["none", "none"]},
                    "appearances": [{"address": "https://a.example/", "caveat": "z"}, {"address": "https://a.example/"}],
                }
            ]
        },
        [
            "claims[1] “a”, topics[2] “none”, field topic",
            "claims[1] “a”, appearances[1], field caveat",
            "claims[1] “a”, appearances[2], fields article, address, paragraph, claimant",
            "claims[1] “a”, topics[1] “none”, field topic",
        ],
    ),
    "a rule about what could not be read is no problem of its own": (
        {"claims": [{"slug": "a", "text": "", "kind": "x", "due_on": "2025-01-01", "relaays": 1}]},
        ["claims[1] “a”, field relaays", "claims[1] “a”, field text", "claims[1] “a”, field kind"],
    ),
    "nor is one about a key that is spelled otherwise": (
        {
            "claims": [
                {
                    **{"slug": "a", "text": "T", "kind": "prediction", "due": "2025-01-01", "resolution": "R."},
                    "appearances": [{"adress": "https://a.example/"}, {"adress": "https://b.example/"}],
                }
            ]
        },
        [
            "claims[1] “a”, field due",
            "claims[1] “a”, appearances[1], field adress",
            "claims[1] “a”, appearances[2], field adress",
        ],
    ),
    "what refers to something broken": (
        {
            "publishers": [{"slug": "p", "name": ""}],
            "articles": [
                {"slug": "a", "publisher": "p", "headline": "H"},
                {"slug": "b", "publisher": "p", "language": "1"},
            ],
        },
        ["publishers[1] “p”, field name", "articles[2] “b”, field headline", "articles[2] “b”, field language"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TOGETHER)
def test_nothing_that_is_wrong_hides_what_else_is_and_nothing_is_said_twice(case, tmp_path):
    records, expected = TOGETHER[case]
    (tmp_path / "bad.json").write_text(json.dumps(records))

    lines = message_of(tmp_path).splitlines()

    assert lines[0] == f"Nothing was loaded: {len(expected)} problems."
    assert [line.partition("line 1, ")[2].partition(":")[0] for line in lines[1:]] == expected


def test_keys_that_stand_twice_hide_nothing_else(tmp_path):
    record = '"slug": "a",\n"text": "T",\n"text": "U",\n"note": 1,\n"kind": "x",\n"note": 2, "due_on": "soon"'
    (tmp_path / "bad.json").write_text(f'{{"claims": [{{{record}}}]}}')

    lines = message_of(tmp_path).splitlines()

    assert [line.partition("bad.json, ")[2].partition(" stands")[0].partition(" is")[0] for line in lines[1:]] == [
        "line 3, claims[1], field text: the key “text”",
        "line 5, claims[1] “a”, field kind: “x”",
        "line 6, claims[1], field note: the key “note”",
        "line 6, claims[1] “a”, field note: there",
        "line 6, claims[1] “a”, field due_on: “soon”",
    ]


def test_a_file_that_is_named_twice_is_read_once(seed, tmp_path):
    (tmp_path / "same.json").symlink_to(seed([GOOD]))

    call_command("loadseeds", tmp_path, tmp_path / "bad.json", tmp_path / "." / "bad.json", verbosity=0)

    assert Claim.objects.filter(slug="good").exists()


def test_a_second_desk_is_refused_with_the_record(tmp_path):
    call_command("loadseeds", "seeds", verbosity=0)
    others = [{"slug": f"p-{number}", "name": "P", "is_desk": number == 3} for number in range(5)]
    (tmp_path / "bad.json").write_text(json.dumps({"publishers": others}))

    message = message_of(tmp_path)

    assert "publishers[4] “p-3”, field is_desk: Another publisher is the desk already." in message


def test_what_a_trigger_refuses_is_said_in_its_words(tmp_path):
    scale()
    claim = ClaimFactory(slug="reviewed", text="As it was.", listed=True)
    published_review(claim)
    change = {"slug": "reviewed", "text": "Otherwise.", "kind": "fact", "listed": True}
    (tmp_path / "bad.json").write_text(json.dumps({"claims": [change]}))

    message = message_of(tmp_path, "--overwrite")

    assert "claims[1] “reviewed”: The wording is fixed while a review of it is submitted or published" in message


def test_the_missing_scale_is_named(tmp_path):
    ArticleFactory(slug="a")
    claim = {**GOOD, "appearances": [{"article": "a", "caveat": "not-independently-verified"}]}
    (tmp_path / "bad.json").write_text(json.dumps({"claims": [claim]}))

    assert "The rating scale is not there yet: run loadseeds seeds/scale.json." in message_of(tmp_path)


def test_a_slug_that_readers_knew_is_not_given_again(tmp_path):
    listed = ClaimFactory(listed=True)
    topic = {"slug": listed.slug, "text": "Another.", "kind": "fact"}
    change(listed, context="Still there.")
    write(listed)
    (tmp_path / "bad.json").write_text(json.dumps({"topics": [{"slug": "x", "name": "X"}], "claims": [topic, topic]}))

    assert "is defined already" in message_of(tmp_path)


@pytest.mark.parametrize("size", ["nan", "inf", "-1", "0", "0.0000001", "much"])
def test_a_size_that_is_none_is_refused_in_words(size, seed):
    with pytest.raises(CommandError, match="is no size. Allowed: megabytes"):
        call_command("loadseeds", seed([GOOD]), f"--max-size={size}")


def test_a_rating_of_a_line_needs_its_position(tmp_path):
    rating = {"slug": "murky", "label": "Murky", "definition": "D.", "class": "open"}
    (tmp_path / "bad.jsonl").write_text(json.dumps({"ratings": rating}))

    assert "field position: is missing. Allowed: a whole number from 0 to 10,000." in message_of(tmp_path)


def test_a_rating_is_not_retired_in_advance(tmp_path):
    rating = {
        "slug": "murky",
        "label": "M",
        "definition": "D.",
        "class": "open",
        "position": 1,
        "retired_on": "2999-01-01",
    }
    (tmp_path / "bad.json").write_text(json.dumps({"ratings": [rating | {"retired_on": "2999-01-01"}]}))

    assert "A rating is retired today or earlier" in message_of(tmp_path)
