"""The database as seed files: the same records give the same bytes, whatever their ids and wherever they are stored."""

import json
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import batched, islice
from pathlib import Path
from typing import Any

from factcheck import snapshots, states
from factcheck.models import SYMMETRIC_RELATIONS, Appearance, Article, Claim
from factcheck.seeding.format import ARTICLES, CLAIMS, LISTED, RECORDS, RELATIONS, Key, Record
from factcheck.seeding.values import Reference
from factcheck.states import State

# So that no file grows over what loadseeds reads, and an editor can open each.
RECORDS_IN_A_FILE = 5_000

Advance = Callable[[int], Any]
Item = dict[str, Any]


class DumpError(Exception):
    """Nothing was written; the message says why."""


def dump(directory: Path, advance: Advance = lambda number: None) -> list[Path]:
    """Writes all that seed files can hold into a new or empty directory, all or nothing. Raises DumpError."""
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise DumpError(f"{directory} is not empty. Name a directory that is new or empty.")
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=directory.parent, prefix=f".{directory.name}-") as temporary:
            made = Path(temporary) / "dump"
            made.mkdir()
            with snapshots.snapshot():
                names = [_write(made, stem, lists) for stem, lists in _files(advance)]
            made.replace(directory)
    except OSError as error:
        raise DumpError(f"{directory} cannot be written: {error.strerror}.") from None
    return [directory / name for name in names]


def _write(directory: Path, stem: str, lists: dict[str, list[Item]]) -> str:
    name = f"{stem}.json"
    text = json.dumps(lists, ensure_ascii=False, indent=2)
    with (directory / name).open("x", encoding="utf-8", newline="\n") as file:
        file.write(f"{text}\n")
    return name


def _files(advance: Advance) -> Iterator[tuple[str, dict[str, list[Item]]]]:
    """Stem and content of every file: one for each article with its claims, one for each other kind of record."""
    for record in RECORDS.values():
        if record in (ARTICLES, CLAIMS):
            continue
        yield from _numbered(record.name, record, _items(record, _ids(record), advance))
    article_of = _articles_of_claims()
    claims: dict[int | None, list[int]] = defaultdict(list)
    for pk in _ids(CLAIMS):
        claims[article_of.get(pk)].append(pk)
    articles = list(Article._base_manager.order_by("slug").values_list("pk", "slug"))
    # Both in the order of the files, so that they are read in large pieces, whatever each file takes of them.
    headers = _items(ARTICLES, [pk for pk, _ in articles], advance)
    of_articles = _items(CLAIMS, [claim for pk, _ in articles for claim in claims[pk]], advance)
    for (article, slug), header in zip(articles, headers, strict=True):
        mine = islice(of_articles, len(claims[article]))
        first, *others = list(batched(mine, RECORDS_IN_A_FILE)) or [()]
        yield f"article-{slug}", {"articles": [header], **({"claims": list(first)} if first else {})}
        for number, chunk in enumerate(others, 2):
            yield f"article-{slug}.{number:04}", {"claims": list(chunk)}
    yield from _numbered("claims", CLAIMS, _items(CLAIMS, claims[None], advance))


def _numbered(stem: str, record: Record, items: Iterable[Item]) -> Iterator[tuple[str, dict[str, list[Item]]]]:
    for number, chunk in enumerate(batched(items, RECORDS_IN_A_FILE), 1):
        yield stem if number == 1 else f"{stem}.{number:04}", {record.name: list(chunk)}


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


def _items(record: Record, ids: list[int], advance: Advance) -> Iterator[Item]:
    """The records of these ids as files hold them, in this order; relations in the order of their claims' slugs."""
    for chunk in batched(ids, states.CHUNK):
        found = states.read(record.model, chunk)
        for pk in chunk:
            yield _item(record, found[pk])
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
