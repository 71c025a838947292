"""What a seed file may hold: the one source of validation, messages, dumps and seeds/README.md.

Types, lengths, choices and texts come from the models; here stand the names of the keys, where they differ, and an
example of every record.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast

from django.db import models

from factcheck.models import (
    Appearance,
    Article,
    Claim,
    Claimant,
    ClaimRelation,
    ClaimTopic,
    Page,
    Publisher,
    Rating,
    Relay,
    Topic,
    Tracked,
)
from factcheck.models.dates import PartialDate, PartialDateField
from factcheck.seeding.values import Kind, Partial, Reference, is_required, kind_of

LISTED = "listed"

LISTS = {
    "publisher": "publishers",
    "claimant": "claimants",
    "article": "articles",
    "topic": "topics",
    "claim": "claims",
}


@dataclass(frozen=True)
class Key:
    """A key of a record: the column that it fills, what it may hold, and what it means."""

    name: str
    column: str
    kind: Kind
    required: bool
    text: str
    default: Any

    def columns(self, value: Any) -> dict[str, Any]:
        """A value by column of the table: a date with precision fills two."""
        if not isinstance(self.kind, Partial):
            return {self.column: value}
        date = PartialDate.parse(value) if isinstance(value, str) else value
        return {
            self.column: date and date.first.isoformat(),
            f"{self.column}_precision": date.precision if date else "",
        }


@dataclass(frozen=True)
class Record:
    """One kind of record: the list it stands in, its model, its keys, what identifies it, and its lists of parts."""

    name: str
    model: type[Tracked]
    columns: dict[str, str]
    identity: tuple[str, ...]
    example: dict[str, Any]
    texts: dict[str, str] = field(default_factory=dict)
    parts: dict[str, "Parts"] = field(default_factory=dict)
    is_listed: bool = False

    @cached_property
    def keys(self) -> dict[str, Key]:
        found = {}
        for name, column in self.columns.items():
            model_field = cast(models.Field, self.model._meta.get_field(column))
            default = model_field.get_default()
            found[name] = Key(
                name,
                column,
                kind_of(model_field, LISTS),
                is_required(model_field),
                self.texts.get(name) or str(model_field.help_text),
                None if isinstance(model_field, PartialDateField) else default,
            )
        return found

    @cached_property
    def references(self) -> dict[str, str]:
        """The keys that hold the slug of another record, with the list in which files define it."""
        return {name: key.kind.to for name, key in self.keys.items() if isinstance(key.kind, Reference)}

    def with_parts(self) -> Iterator["Record"]:
        yield self
        for parts in self.parts.values():
            yield from parts.record.with_parts()


@dataclass(frozen=True)
class Parts:
    """A list of parts inside a record: `accessor` is the model's name for it."""

    accessor: str
    record: Record


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


PUBLISHERS = Record(
    "publishers",
    Publisher,
    _same("slug", "name", "homepage", "country", "is_desk"),
    ("slug",),
    {
        "slug": "example-gazette",
        "name": "The Example Gazette",
        "homepage": "https://gazette.example/",
        "country": "GB",
        "is_desk": False,
    },
    {"name": "As it stands on its pages.", "homepage": "Web address of its front page."},
)
TOPICS = Record(
    "topics",
    Topic,
    _same("slug", "name", "description"),
    ("slug",),
    {"slug": "river-traffic", "name": "River traffic", "description": "Ferries, locks and barges."},
    {"name": "As readers see it.", "description": "What belongs to it."},
)
RATINGS = Record(
    "ratings",
    Rating,
    {
        **_same("slug", "label", "definition", "position", "colour"),
        "class": "rating_class",
        **_same("value", "retired_on"),
    },
    ("slug", "retired_on"),
    {
        "slug": "mostly-true",
        "label": "Mostly true",
        "definition": "Right in what matters; a detail is wrong or missing.",
        "position": 20,
        "colour": "lime",
        "class": "truth",
        "value": 4,
        "retired_on": "2024-01-31",
    },
    {
        "slug": "Names the rating. One rating of a slug is in force; retired ones may have the same.",
        "colour": "How pages mark it, always beside its label.",
        "class": "`truth` (a degree of truth), `outcome` (of a prediction) or `open`.",
    },
)
CLAIMANTS = Record(
    "claimants",
    Claimant,
    _same("slug", "name", "kind", "role", "interest", "publisher", "same_as"),
    ("slug",),
    {
        "slug": "the-example-gazette",
        "name": "The Example Gazette",
        "kind": "organisation",
        "role": "Newspaper, in its own reporting",
        "interest": "independent",
        "publisher": "example-gazette",
        "same_as": "https://encyclopedia.example/gazette",
    },
    {
        "name": "Of an unnamed source, the name says in which article.",
        "kind": "What kind of speaker it is.",
        "interest": "How it stands to the matter.",
    },
)
ARTICLES = Record(
    "articles",
    Article,
    _same(
        "slug", "publisher", "headline", "url", "byline", "published_on", "accessed_on", "language", "summary",
        "archived_url", "text_sha256",
    ),
    ("slug",),
    {
        "slug": "gazette-ferry-closes",
        "publisher": "example-gazette",
        "headline": "Ferry to close after a century",
        "url": "https://gazette.example/ferry",
        "byline": "A. Writer",
        "published_on": "2025-11",
        "accessed_on": "2025-11-14",
        "language": "en",
        "summary": "The paper reports that the ferry will stop. It quotes the harbour master.",
        "archived_url": "https://archive.example/ferry",
        "text_sha256": "0" * 64,
    },
    {
        "publisher": "Who published it.",
        "headline": "As it stands over the article.",
        "byline": "Who wrote it, as it says.",
        "published_on": "When it was published, no more than is known.",
    },
)  # fmt: skip
RELAYS = Record(
    "relays",
    Relay,
    _same("position", "by_claimant", "by_publisher", "article", "note"),
    ("position",),
    {
        "position": 1,
        "by_claimant": "the-example-gazette",
        "article": "gazette-ferry-closes",
        "note": "Reported it the week before.",
    },
    {
        "position": "1 is who said it first. Left out, it is the place in the list.",
        "by_claimant": "Who passed it on: a claimant, or else `by_publisher`; exactly one of the two.",
        "by_publisher": "Who passed it on, where it is a publisher.",
        "article": "The article in which it did, if known.",
        "note": "What is known of this station.",
    },
)
APPEARANCES = Record(
    "appearances",
    Appearance,
    {
        **_same("article", "address", "claimant", "paragraph"),
        "start": "start_offset",
        "end": "end_offset",
        **_same("text_sha256", "quote", "wording", "caveat", "caveat_note", "said_on"),
    },
    ("article", "address", "paragraph", "claimant"),
    {
        "article": "gazette-ferry-closes",
        "claimant": "the-example-gazette",
        "paragraph": 3,
        "start": 120,
        "end": 164,
        "text_sha256": "0" * 64,
        "quote": "will stop in spring",
        "wording": "attributed",
        "caveat": "not-independently-verified",
        "caveat_note": "The paper says that it has seen no document.",
        "said_on": "2025-11-13",
    },
    {
        "article": "Where it stands: an article, or else `address`; exactly one of the two.",
        "wording": "How the source puts the claim.",
    },
    {"relays": Parts("relays", RELAYS)},
)
TOPIC_LINKS = Record(
    "topics", ClaimTopic, _same("topic"), ("topic",), {"topic": "river-traffic"}, {"topic": "What it is about."}
)
CLAIMS = Record(
    "claims",
    Claim,
    _same(
        "slug", "text", "claimant", "kind", "made_on", "language", "context", "selection_reason", "declined_reason",
        "priority", "recheck_on", "due_on", "resolution",
    ),
    ("slug",),
    {
        "slug": "ferry-stops-in-spring",
        "text": "The ferry will stop running in spring 2026.",
        "claimant": "the-example-gazette",
        "kind": "prediction",
        "made_on": "2025",
        "language": "en",
        "topics": ["river-traffic"],
        "context": "The ferry has crossed the river since 1926.",
        "selection_reason": "Many people depend on it.",
        "declined_reason": "Somebody else checks it.",
        "priority": 3,
        "recheck_on": "2026-03-01",
        "due_on": "2026-05-31",
        "resolution": "Fulfilled if the operator's timetable of 1 June 2026 has no ferry.",
        "listed": True,
    },
    {"kind": "What kind of statement it is.", "priority": "1 is low, 2 normal, 3 high, 4 urgent."},
    {"topics": Parts("claim_topics", TOPIC_LINKS), "appearances": Parts("appearances", APPEARANCES)},
    is_listed=True,
)  # fmt: skip
RELATIONS = Record(
    "relations",
    ClaimRelation,
    {"from": "from_claim", "kind": "kind", "to": "to_claim", "note": "note"},
    ("from", "kind", "to"),
    {
        "from": "ferry-stops-in-spring",
        "kind": "depends-on",
        "to": "ferry-loses-money",
        "note": "The one is the reason given for the other.",
    },
    {
        "from": "The one claim.",
        "kind": "How it stands to the other. `same-as` and `contradicts` hold both ways and are stored once.",
        "to": "The other claim.",
    },
)
PAGES = Record(
    "pages",
    Page,
    _same("slug", "language", "title", "body"),
    ("slug", "language"),
    {"slug": "about", "language": "en", "title": "About", "body": "Who we *are*."},
    {"slug": "Which page of the site it is.", "title": "Its heading."},
)

# In the order in which they are written: each refers only to those before it.
RECORDS = {
    record.name: record for record in (PUBLISHERS, TOPICS, RATINGS, CLAIMANTS, ARTICLES, CLAIMS, RELATIONS, PAGES)
}
