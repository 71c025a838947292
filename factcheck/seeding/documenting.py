"""seeds/README.md, written from the definition of the format."""

import json
from collections.abc import Iterator

from factcheck.seeding.format import LISTED, RECORDS, RELAYS, Record
from factcheck.seeding.values import Reference

INTRODUCTION = """# Seed files

`manage.py loadseeds` reads the `.json` and `.jsonl` files here, or the files and directories that it is given.
This page is printed by `manage.py loadseeds --format`; a test keeps it true.

A `.json` file is one object of lists: `{"publishers": [...], "articles": [...], "claims": [...]}`. The usual file is
one article with its claims. A `.jsonl` file holds one record a line, for bulk: `{"claims": {"slug": "…", …}}`.

- Files are in UTF-8. Texts are stored as NFC with LF line ends; control characters and text direction overrides are
  refused.
- Records refer to each other by slug. A slug is defined once in a run; what is not defined in the run has to be in the
  database.
- Leave out what is empty or not known. A key that is left out means its default.
- A date with precision is `"2025"`, `"2025-11"` or `"2025-11-14"`, no more than is known.
- Lists of parts (topics, appearances, relays) are complete: a part that the loader made, nobody touched and the file no
  longer has is removed. A record that is absent from the file is left alone.
- What a person has changed, removed, listed or unlisted since is kept, and listed; `--overwrite` takes the file's
  value.
- What does not go together with what a person left (a due date where a person made a prediction a fact) is kept too.
- A rating is retired by giving it `retired_on`; another of the same slug may then stand in the file beside it.
- Everything is checked before anything is written; one transaction; loading again changes nothing.
- Seed files hold no reviews, users, article texts, derived values or protected identities.
"""


def documentation() -> str:
    """The whole page, Markdown."""
    return (
        "\n".join([INTRODUCTION, *(line for record in RECORDS.values() for line in _section(record, 2))]).rstrip()
        + "\n"
    )


def example(record: Record) -> dict[str, object]:
    """An example that has every key of the record, its parts included."""
    found = dict(record.example)
    for name, parts in record.parts.items():
        if len(parts.record.keys) > 1:
            found[name] = [example(parts.record)]
    return found


def _section(record: Record, level: int) -> Iterator[str]:
    yield f"{'#' * level} {record.name}"
    yield ""
    if len(record.identity) > 1 or record.identity != ("slug",):
        yield f"Identified by {', '.join(f'`{name}`' for name in record.identity)}."
        yield ""
    yield "| key | holds | meaning |"
    yield "| --- | --- | --- |"
    for key in record.keys.values():
        required = " **Required.**" if key.required and record is not RELAYS else ""
        default = f" Default: {key.default}." if key.default not in (None, "", False) else ""
        yield f"| `{key.name}` | {key.kind.allowed} | {key.text.rstrip('.')}.{required}{default} |"
    for name, parts in record.parts.items():
        inner = next(iter(parts.record.keys.values()))
        if len(parts.record.keys) == 1 and isinstance(inner.kind, Reference):
            yield f"| `{name}` | a list of slugs of {inner.kind.to} | What it is about. |"
        else:
            yield f"| `{name}` | a list of objects, see below | |"
    if record.is_listed:
        yield f"| `{LISTED}` | true or false | Whether readers see it, from the moment of loading on. Default: false. |"
    yield ""
    yield "```json"
    yield json.dumps(example(record), ensure_ascii=False, indent=2)
    yield "```"
    yield ""
    for parts in record.parts.values():
        if len(parts.record.keys) > 1:
            yield from _section(parts.record, level + 1)
