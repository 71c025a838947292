"""Load, dump, load: the same bytes."""

import json
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from factcheck import states
from factcheck.management.commands.loadseeds import Command
from factcheck.models import Change
from factcheck.seeding import dumping
from factcheck.seeding.format import RECORDS, Record
from factcheck.seeding.reading import MEGABYTE
from tests import databases, engines
from tests.factories import (
    AppearanceFactory,
    ArticleFactory,
    ClaimantFactory,
    ClaimFactory,
    ClaimRelationFactory,
    PageFactory,
    PredictionFactory,
    PublisherFactory,
    RatingFactory,
    RelayFactory,
    TopicFactory,
    scale,
)

CYRILLIC = "Покровськ, «дезертирство» — так каже солдат"
ARABIC = "مرحبا\u200f 5\u200d"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def load_elsewhere(dump: Path, again: Path) -> None:
    """Loads a dump into an empty database in processes of its own, twice, and dumps that one."""
    with databases.empty_database() as url:
        databases.run(url, "loadseeds", dump)
        changes = databases.query(url, "SELECT COUNT(*) FROM factcheck_change")
        output = databases.run(url, "loadseeds", dump)
        assert "    0 created,     0 updated,     0 removed," in output.splitlines()[-1]
        assert databases.query(url, "SELECT COUNT(*) FROM factcheck_change") == changes
        databases.run(url, "verifyhistory")
        databases.run(url, "dumpseeds", again)


@pytest.mark.django_db
def test_the_seeds_come_back_byte_for_byte(tmp_path):
    call_command("loadseeds", engines.PROJECT / "seeds", verbosity=0)
    call_command("dumpseeds", tmp_path / "one", verbosity=0)

    load_elsewhere(tmp_path / "one", tmp_path / "two")

    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def everything() -> None:
    """Every key of every record filled at least once, each precision, private claims, retired ratings, odd texts."""
    scale()
    RatingFactory(slug="true", label="Was true", definition=CYRILLIC, retired_on=date(2024, 5, 1), position=7)
    RatingFactory(slug="true", label="Was true before", retired_on=date(2023, 5, 1), position=7)
    desk = PublisherFactory(desk=True)
    paper = PublisherFactory(slug="zeitung", name=ARABIC, country="DE")
    speaker = ClaimantFactory(name=CYRILLIC, publisher=paper, same_as="https://www.wikidata.org/wiki/Q1")
    soldier = ClaimantFactory(slug="a-soldier", kind="unnamed-source", protected_identity_note="secret name")
    full = ArticleFactory(
        slug="full",
        publisher=paper,
        headline='Quotes "and" \\ backslashes / <b>tags</b>',
        byline="A. Writer",
        published_on=date(2025, 11, 14),
        published_on_precision="day",
        accessed_on=date(2025, 11, 20),
        language="uk",
        summary=f"{CYRILLIC}\nSecond line\n\ttab\u2028line\u2029paragraph",
        archived_url="https://archive.example.org/x?y=1#z",
        text_sha256="a" * 64,
    )
    year = ArticleFactory(publisher=desk, published_on=date(2024, 1, 1), published_on_precision="year")
    ArticleFactory(publisher=desk, published_on=None, published_on_precision="")
    topics = [TopicFactory(name=CYRILLIC, description=ARABIC), TopicFactory()]
    claim = ClaimFactory(
        text=CYRILLIC,
        claimant=speaker,
        kind="allegation",
        made_on=date(2025, 2, 1),
        made_on_precision="month",
        language="uk",
        context="C" * 5_000,
        selection_reason="Because.",
        declined_reason="Not for us.",
        priority=4,
        recheck_on=date(2026, 1, 1),
        topics=topics,
        listed=True,
    )
    prediction = PredictionFactory(
        due_on=date(2026, 5, 31), resolution="When it is there.", made_on=None, made_on_precision=""
    )
    private = ClaimFactory(made_on=date(2025, 11, 14), made_on_precision="day")
    appearance = AppearanceFactory(
        claim=claim,
        article=full,
        claimant=soldier,
        paragraph=22,
        start_offset=5,
        end_offset=9,
        text_sha256="b" * 64,
        quote="«слово»",
        wording="attributed",
        caveat="not-independently-verified",
        caveat_note="Not verified.",
        said_on=date(2025, 1, 1),
        said_on_precision="year",
    )
    AppearanceFactory(claim=claim, article=year, claimant=None, paragraph=None)
    AppearanceFactory(claim=prediction, article=None, address="https://post.example.org/1", paragraph=3)
    RelayFactory(appearance=appearance, position=1, by_claimant=soldier, by_publisher=None, note=ARABIC)
    RelayFactory(appearance=appearance, position=4, by_claimant=None, by_publisher=paper, article=year)
    ClaimRelationFactory(from_claim=private, to_claim=claim, kind="contradicts", note="N.")
    ClaimRelationFactory(from_claim=prediction, to_claim=claim, kind="depends-on")
    late, early = ClaimFactory(slug="zz-late"), ClaimFactory(slug="aa-early")  # by id the other way round
    ClaimRelationFactory(from_claim=late, to_claim=early, kind="same-as")
    ClaimRelationFactory(from_claim=private, to_claim=early, kind="repeats")
    PageFactory(slug="about", language="uk", title=CYRILLIC, body="# Про нас\n\n*so*")


def keys_in(lists: list[dict], record: Record) -> None:
    """Fails for a key of the format that no dumped record of this kind holds."""
    seen = {key for item in lists for key in item}
    wanted = {*record.keys, *record.parts, *(["listed"] if record.is_listed else [])}
    if "position" in wanted and record.name == "relays":
        assert "position" in seen
    assert wanted == seen, f"{record.name}: {wanted ^ seen}"
    for name, parts in record.parts.items():
        if len(parts.record.keys) > 1:
            keys_in([part for item in lists for part in item.get(name, [])], parts.record)


@pytest.mark.django_db
def test_every_field_of_every_record_comes_back_byte_for_byte(tmp_path):
    everything()
    call_command("dumpseeds", tmp_path / "one", verbosity=0)
    dumped: dict[str, list] = {}
    for text in contents(tmp_path / "one").values():
        lists = json.loads(text)
        assert text.decode() == json.dumps(lists, ensure_ascii=False, indent=2) + "\n"
        for name, items in lists.items():
            dumped.setdefault(name, []).extend(items)
    for record in RECORDS.values():
        keys_in(dumped[record.name], record)

    load_elsewhere(tmp_path / "one", tmp_path / "two")

    assert contents(tmp_path / "one") == contents(tmp_path / "two")


@pytest.mark.django_db
def test_a_dump_of_records_made_by_hand_loads_as_unchanged(tmp_path):
    everything()
    call_command("dumpseeds", tmp_path / "one", verbosity=0)
    before = Change.objects.count()

    call_command("loadseeds", tmp_path / "one", verbosity=0)

    assert Change.objects.count() == before


@pytest.mark.django_db
def test_a_dump_holds_no_secret(tmp_path):
    everything()

    call_command("dumpseeds", tmp_path / "one", verbosity=0)

    assert not any(b"secret name" in text for text in contents(tmp_path / "one").values())


@pytest.mark.django_db
def test_a_directory_with_files_is_refused_and_left(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")

    with pytest.raises(CommandError, match="is not empty. Name a directory that is new or empty."):
        call_command("dumpseeds", tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["file", "file/new", "file/new/newer", "link"])
def test_what_is_no_directory_is_refused_and_left(name, tmp_path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to("file")

    with pytest.raises(CommandError, match="file is not a directory. Name a directory that is new or empty."):
        call_command("dumpseeds", tmp_path / name)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "link"]
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.django_db
@pytest.mark.parametrize("name", [".", "empty", "empty/", "link", "dangling", "new", "new/newer/newest", "empty/../n"])
def test_every_directory_that_is_new_or_empty_will_do(name, tmp_path, monkeypatch):
    PublisherFactory(slug="paper")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    if name != ".":
        Path("empty").mkdir()
        Path("link").symlink_to("empty")
        Path("dangling").symlink_to("elsewhere/new")

    call_command("dumpseeds", Path(name), verbosity=0)

    assert contents(Path(name)).keys() == {"publishers.json"}
    assert not list(tmp_path.rglob(".*"))
    assert Path.cwd() == tmp_path / "here"


@pytest.mark.django_db
def test_a_directory_that_may_not_be_written_is_said_in_one_sentence(tmp_path, monkeypatch):
    def refuse(*args, **options):
        raise PermissionError(13, "Permission denied", str(tmp_path / ".dumpseeds-x"))

    monkeypatch.setattr(dumping.tempfile, "mkdtemp", refuse)

    for name in ("new", "new/newer", "."):
        with pytest.raises(CommandError) as caught:
            call_command("dumpseeds", tmp_path / name)

        assert str(caught.value) == f"{tmp_path / name} cannot be written: Permission denied."
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db
def test_a_dump_that_ends_while_its_files_are_moved_leaves_nothing(tmp_path, monkeypatch):
    everything()
    replace, calls = Path.replace, []

    def fails_once(path, target):
        calls.append(path)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", fails_once)

    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("dumpseeds", tmp_path)

    assert len(calls) == 5  # two there, one that fails, two back
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db
def test_a_dump_that_fails_leaves_nothing(tmp_path, monkeypatch):
    everything()
    read, calls = states.read, []

    def fails_later(*args):
        calls.append(args)
        if len(calls) > 4:
            raise OSError(28, "No space left on device")
        return read(*args)

    monkeypatch.setattr(states, "read", fails_later)

    with pytest.raises(CommandError, match="cannot be written: No space left on device"):
        call_command("dumpseeds", tmp_path / "new")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db
def test_queries_do_not_grow_with_records(tmp_path):
    def queries(records: int, name: str) -> int:
        for _ in range(records):
            RelayFactory(appearance=AppearanceFactory(claim=ClaimFactory(topics=[TopicFactory()])))
        with CaptureQueriesContext(connection) as captured:
            call_command("dumpseeds", tmp_path / name, verbosity=0)
        return len(captured)

    assert queries(3, "few") == queries(30, "many")


@pytest.mark.django_db
def test_many_claims_of_an_article_are_split_into_files(tmp_path, monkeypatch):
    monkeypatch.setattr(dumping, "RECORDS_IN_A_FILE", 2)
    article = ArticleFactory(slug="long")
    claims = [AppearanceFactory(article=article).claim.slug for _ in range(5)]
    ClaimFactory.create_batch(3)

    call_command("dumpseeds", tmp_path / "dump", verbosity=0)

    files = [tmp_path / "dump" / f"article-long{suffix}.json" for suffix in ("", ".0002", ".0003")]
    slugs = [claim["slug"] for file in files for claim in json.loads(file.read_text())["claims"]]
    assert slugs == sorted(claims)
    assert (tmp_path / "dump" / "claims.0002.json").exists()
    load_elsewhere(tmp_path / "dump", tmp_path / "again")


@pytest.mark.django_db
def test_files_are_split_by_size_before_loadseeds_would_refuse_them(tmp_path, monkeypatch):
    """Every kind in the same way; what is too large by itself stands alone."""
    monkeypatch.setattr(dumping, "BYTES_IN_A_FILE", 20_000)
    article = ArticleFactory(slug="long", summary="é" * 4_000)
    for number, size in enumerate((3_000, 3_000, 4_000, 30_000, 30_000, 10, 10)):
        AppearanceFactory(article=article, claim=ClaimFactory(slug=f"claim-{number}", context="é" * size))
    for number in range(5):
        TopicFactory(slug=f"topic-{number}", description="é" * 4_000)

    call_command("dumpseeds", tmp_path / "dump", verbosity=0)

    files = contents(tmp_path / "dump")
    stand_together = {
        name: [item["slug"] for items in json.loads(text).values() for item in items]
        for name, text in files.items()
        if name.startswith(("article-long", "topics"))
    }
    assert stand_together == {
        "article-long.json": ["long", "claim-0"],
        "article-long.0002.json": ["claim-1", "claim-2"],
        "article-long.0003.json": ["claim-3"],
        "article-long.0004.json": ["claim-4"],
        "article-long.0005.json": ["claim-5", "claim-6"],
        "topics.json": ["topic-0", "topic-1"],
        "topics.0002.json": ["topic-2", "topic-3"],
        "topics.0003.json": ["topic-4"],
    }
    large = {name for name, text in files.items() if len(text) > 20_500}
    assert large == {"article-long.0003.json", "article-long.0004.json"}
    call_command("dumpseeds", tmp_path / "again", verbosity=0)
    assert contents(tmp_path / "again") == files


def test_a_file_is_well_below_what_loadseeds_reads():
    largest = Command().create_parser("manage.py", "loadseeds").get_default("max_size")

    assert largest * MEGABYTE / 2 > dumping.BYTES_IN_A_FILE


@pytest.mark.django_db
def test_the_dump_of_an_empty_database_loads(tmp_path):
    call_command("dumpseeds", tmp_path / "one", verbosity=0)
    assert json.loads((tmp_path / "one" / "empty.json").read_text()) == {name: [] for name in RECORDS}

    load_elsewhere(tmp_path / "one", tmp_path / "two")

    assert contents(tmp_path / "one") == contents(tmp_path / "two")
