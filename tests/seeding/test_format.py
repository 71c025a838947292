"""The format's documentation, and the rules that it takes from the models."""

import itertools
import json
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db.models import CheckConstraint

from factcheck.rules import NOT_OF_FILES, columns_of, holds
from factcheck.seeding.documenting import documentation, example
from factcheck.seeding.format import RECORDS, Record
from tests import engines


def test_the_readme_of_the_seeds_is_what_the_format_says():
    written = (engines.PROJECT / "seeds" / "README.md").read_text(encoding="utf-8")

    assert written == documentation(), "write it anew: manage.py loadseeds --format > seeds/README.md"


def all_records() -> list[Record]:
    parts = [inner.record for record in RECORDS.values() for inner in record.parts.values()]
    return [*RECORDS.values(), *parts, *(inner.record for record in parts for inner in record.parts.values())]


@pytest.mark.parametrize("record", all_records(), ids=lambda record: record.name)
def test_every_key_has_a_meaning_and_an_example(record):
    either = {"address", "by_publisher"}  # exactly one of two: the example has the other
    for key in record.keys.values():
        assert key.text, key.name
        assert key.name in record.example or key.name in either, key.name


@pytest.mark.django_db
def test_the_examples_load(tmp_path):
    lists = {name: [example(record)] for name, record in RECORDS.items()}
    second = {"slug": "ferry-loses-money", "text": "The ferry loses money.", "kind": "fact"}
    lists["claims"].append(second)
    rating = {"slug": "unverified", "label": "Unverified", "definition": "Open.", "position": 1, "class": "open"}
    lists["ratings"].append(rating)
    (tmp_path / "examples.json").write_text(json.dumps(lists))

    call_command("loadseeds", tmp_path, verbosity=0)
    call_command("dumpseeds", tmp_path / "dump", verbosity=0)

    dumped = [json.loads(path.read_text()) for path in Path(tmp_path / "dump").iterdir()]
    [claim] = [c for file in dumped for c in file.get("claims", []) if c["slug"] == "ferry-stops-in-spring"]
    wanted = example(RECORDS["claims"])
    del wanted["appearances"][0]["relays"][0]["position"]  # the place in the list says it
    assert claim == wanted


BLANK_OR_NOT = ["", " ", "\t\n", "\u00a0\u2003\u200b", "T", "\u200b漢"]
SAMPLES = {
    "slug": ["a-b", "A", "search", "x" * 81, "-a"],
    "text": BLANK_OR_NOT,
    "kind": ["fact", "prediction", "person", "contradicts", "nonsense"],
    "quote": ["", "one", "1 2 3 4 5 6", " 1\u00a02\u20033\t4\u30005 6 ", "1 2 3 4 5 6 7", "1\u00a02\u20033\t4\n5 6 7"],
    "made_on": [None, "2025-01-01", "2025-02-01", "2025-01-02"],
    "made_on_precision": ["", "day", "month", "year", "week"],
    "due_on": [None, "2025-01-01"],
    "resolution": ["", "R"],
    "value": [None, 0, 1, 5, 6],
    "rating_class": ["truth", "outcome", "open", "x"],
    "article": [None, 1],
    "address": ["", "https://a.example/", "ftp://a.example/", "https://" + "a" * 2000],
    "start_offset": [None, 0, 5],
    "end_offset": [None, 0, 6],
    "text_sha256": ["", "a" * 64, "A" * 64, "a" * 63],
    "by_claimant": [None, 1],
    "by_publisher": [None, 2],
    "from_claim": [1, 2],
    "to_claim": [1, 2],
    "paragraph": [None, 0, 1],
    "position": [0, 1],
    "country": ["", "GB", "gb", "GBR"],
    "language": ["", "en", "pt-BR", "English", "e"],
}
SAMPLES |= {
    **dict.fromkeys(("name", "headline", "label", "definition", "title", "body"), BLANK_OR_NOT),
    **dict.fromkeys(("said_on", "published_on"), SAMPLES["made_on"]),
    **dict.fromkeys(("said_on_precision", "published_on_precision"), SAMPLES["made_on_precision"]),
    **dict.fromkeys(("url", "homepage", "same_as", "archived_url"), SAMPLES["address"]),
}


@pytest.mark.django_db
@pytest.mark.parametrize("record", all_records(), ids=lambda record: record.name)
def test_a_rule_read_by_the_loader_says_what_the_database_says(record):
    """The loader reads the constraints itself: here each is compared with the engine, NULL included."""
    model = record.model
    for rule in model._meta.constraints:
        if not isinstance(rule, CheckConstraint) or rule.name in NOT_OF_FILES:
            continue
        names = sorted(columns_of(rule.condition))
        held = {key.column for key in record.keys.values()}
        if not set(names) & held:
            continue
        defaults = {field.name: field.get_default() for field in model._meta.concrete_fields}
        pools = [SAMPLES.get(name) or _choices(model, name) for name in names]
        for cells in itertools.islice(itertools.product(*pools), 200):
            row = dict(zip(names, cells, strict=True))
            record_of_it = model()
            for name, value in row.items():
                field = model._meta.get_field(name)
                setattr(record_of_it, field.attname, value if field.is_relation else field.to_python(value))

            try:
                rule.validate(model, record_of_it)
                expected = True
            except ValidationError:
                expected = False

            assert (holds(rule.condition, {**defaults, **row}) is not False) == expected, (rule.name, row)


def _choices(model, name):
    field = model._meta.get_field(name)
    if field.choices:
        return [value for value, _ in field.flatchoices] + (["x"] if field.empty_strings_allowed else [9])
    return [field.get_default()]
