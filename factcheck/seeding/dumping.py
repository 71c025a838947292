"""The database as seed files: the same records give the same bytes, whatever their ids and wherever they are stored."""

import json
import os
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import batched, chain, count, islice
from pathlib import Path
from typing import Any

from factcheck import snapshots, states
from factcheck.models import SYMMETRIC_RELATIONS, Appearance, Article, Claim
from factcheck.seeding.format import ARTICLES, CLAIMS, LISTED, RECORDS, RELATIONS, Key, Record
from factcheck.seeding.values import Reference
from factcheck.states import State

# So that no file grows over what loadseeds reads (50 MB), and an editor can open each.
RECORDS_IN_A_FILE = 5_000
BYTES_IN_A_FILE = 20_000_000  # but for a single record that has more

Advance = Callable[[int], Any]
Item = dict[str, Any]
Entry = tuple[Record, Item]


class DumpError(Exception):
    """Nothing was written; the message says why."""


def dump(directory: Path, advance: Advance = lambda number: None) -> list[Path]:
    """Writes all that seed files can hold into a new or empty directory, all or nothing. Raises DumpError."""
    try:
        target = Path(os.path.realpath(directory))
        there = next(path for path in (target, *target.parents) if path.exists())
        if not there.is_dir():
            raise DumpError(f"{there} is not a directory. Name a directory that is new or empty.")
        if there == target and any(there.iterdir()):
            raise DumpError(f"{directory} is not empty. Name a directory that is new or empty.")
        # Inside what is there, so that nothing is left behind, and what is new comes with one renaming.
        with tempfile.TemporaryDirectory(dir=there, prefix=".dumpseeds-") as temporary:
            made = Path(temporary, *target.relative_to(there).parts)
            made.mkdir(parents=True, exist_ok=True)
            with snapshots.snapshot():
                names = [_write(made, name, text) for name, text in _files(advance)]
            _move(Path(temporary), there)
    except OSError as error:
        raise DumpError(f"{directory} cannot be written: {error.strerror}.") from None
    return [directory / name for name in names]


def _write(directory: Path, name: str, text: str) -> str:
    with (directory / name).open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)
    return name


def _move(source: Path, target: Path) -> None:
    """Moves all that lies in one directory to another, or nothing."""
    moved: list[Path] = []
    try:
        for path in sorted(source.iterdir()):
            moved.append(path.replace(target / path.name))
    except BaseException:
        for path in moved:
            path.replace(source / path.name)
        raise


def _files(advance: Advance) -> Iterator[tuple[str, str]]:
    """Name and text of every file: for each article with its claims, and for each other kind of record."""
    written = False
    for stem, entries in _stems(advance):
        for file in _numbered(stem, entries):
            written = True
            yield file
    if not written:
        yield "empty.json", _text({name: [] for name in RECORDS})


def _stems(advance: Advance) -> Iterator[tuple[str, Iterable[Entry]]]:
    """What stands together, with what its file's name begins with."""
    for record in RECORDS.values():
        if record not in (ARTICLES, CLAIMS):
            yield record.name, _entries(record, _ids(record), advance)
    article_of = _articles_of_claims()
    claims: dict[int | None, list[int]] = defaultdict(list)
    for pk in _ids(CLAIMS):
        claims[article_of.get(pk)].append(pk)
    articles = list(Article._base_manager.order_by("slug").values_list("pk", "slug"))
    # Both in the order of the files, so that they are read in large pieces, whatever each file takes of them.
    headers = _entries(ARTICLES, [pk for pk, _ in articles], advance)
    of_articles = _entries(CLAIMS, [claim for pk, _ in articles for claim in claims[pk]], advance)
    for (article, slug), header in zip(articles, headers, strict=True):
        yield f"article-{slug}", chain([header], islice(of_articles, len(claims[article])))
    yield CLAIMS.name, _entries(CLAIMS, claims[None], advance)


def _numbered(stem: str, entries: Iterable[Entry]) -> Iterator[tuple[str, str]]:
    """Name and text of a file with these records, and of further ones where it would grow too large; none of none."""
    names = chain([f"{stem}.json"], (f"{stem}.{number:04}.json" for number in count(2)))
    lists: dict[str, list[str]] = defaultdict(list)
    records = size = 0
    for record, item in entries:
        text = _json(item)
        length = len(text.encode())
        if records and (records == RECORDS_IN_A_FILE or size + length > BYTES_IN_A_FILE):
            yield next(names), _text(lists)
            lists.clear()
            records = size = 0
        lists[record.name].append(text)
        records, size = records + 1, size + length
    if records:
        yield next(names), _text(lists)


def _text(lists: Mapping[str, list[str]]) -> str:
    """A file of these lists of records, each of which is text already."""
    parts = []
    for name, items in lists.items():
        inside = ",\n    ".join(items)
        parts.append(f'  "{name}": [\n    {inside}\n  ]' if items else f'  "{name}": []')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _json(item: Item) -> str:
    """The record as it stands in its file. A line break is never part of a value: JSON escapes it."""
    return json.dumps(item, ensure_ascii=False, indent=2).replace("\n", "\n    ")


def _ids(record: Record) -> list[int]:
    """All ids in the order of what identifies the records: an order that does not depend on the database."""
    paths = []
    for name in record.identity:
        key = record.keys[name]
        paths.append(f"{key.column}__slug" if isinstance(key.kind, Reference) else key.column)
    rows = record.model._base_manager.values_list("pk", *paths).order_by()

    def order(row: tuple[Any, ...]) -> list[str]:
        cells = ["" if cell is None else str(cell) for cell in row[1:]]
        if record is RELATIONS and cells[1] in SYMMETRIC_RELATIONS:
            cells[0], cells[2] = sorted((cells[0], cells[2]))
        return cells

    return [pk for pk, *_ in sorted(rows, key=order)]


def _articles_of_claims() -> dict[int, int]:
    """The article in whose file a claim stands: the first by slug of those in which it appears."""
    rows = Appearance.objects.filter(article__isnull=False).order_by()
    found: dict[int, tuple[str, int]] = {}
    for claim, slug, article in rows.values_list("claim", "article__slug", "article"):
        found[claim] = min(found.get(claim, (slug, article)), (slug, article))
    return {claim: article for claim, (_, article) in found.items()}


def _entries(record: Record, ids: list[int], advance: Advance) -> Iterator[Entry]:
    """The records of these ids as files hold them, in this order; relations in the order of their claims' slugs."""
    for chunk in batched(ids, states.CHUNK):
        found = states.read(record.model, chunk)
        for pk in chunk:
            yield record, _item(record, found[pk])
        advance(len(chunk))


def _item(record: Record, state: State) -> Item:
    item = {key.name: value for key in record.keys.values() if (value := _value(key, state)) != key.default}
    if record is RELATIONS and item["kind"] in SYMMETRIC_RELATIONS:
        item["from"], item["to"] = sorted((item["from"], item["to"]))
    for name, parts in record.parts.items():
        if items := _parts(parts.record, state[parts.accessor]):
            item[name] = items
    if record.model is Claim and state["listed_at"]:
        item[LISTED] = True
    return item


def _parts(record: Record, parts: dict[str, State]) -> list[Any]:
    items = [_item(record, state) for state in parts.values()]
    if len(record.keys) == 1:
        return sorted(item[record.identity[0]] for item in items)
    items.sort(key=lambda item: [_sortable(item.get(name)) for name in record.identity])
    for index, item in enumerate(items, 1):
        if item.get("position") == index:
            del item["position"]
    return items


def _sortable(value: Any) -> tuple[bool, int, str]:
    return (value is not None, value if isinstance(value, int) else 0, value if isinstance(value, str) else "")


def _value(key: Key, state: State) -> Any:
    value = state[key.column]
    return value[1] if isinstance(value, list) else value
