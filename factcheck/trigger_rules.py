"""The rules that look at a row's past or at other tables, as conditions of triggers: the same on both engines."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext_noop as _

from factcheck.models.reviews import STEPS
from factcheck.models.text import TEXT_PATTERN

PREFIX = "factcheck_"
ONCE_PUBLISHED = "('published', 'superseded', 'withdrawn')"
# What may still change of a review that was published: that it is superseded or withdrawn, with the note.
REVIEW_MAY_CHANGE = {"state", "version", "withdrawn_at", "withdrawn_by_id", "withdrawn_note"}
# What approving writes. Nothing else of a submitted review changes, unless it becomes a draft again.
APPROVAL_WRITES = {"state", "version", "approved_by_id", "approved_version", "published_at", "update_note"}
# What may be filled in later, from empty, in the evidence of a published review.
EVIDENCE_MAY_FILL = {
    "archived_url",
    "capture",
    "capture_sha256",
    "captured_at",
    "captured_by_id",
    "capture_tool",
}
# What history.erase writes: a JSON object with the one key "erased" and a text, as canonical JSON has it.
MARK = r"""^\{"erased":"(?:[^"\\\u0001-\u001f]|\\["\\bfnrt]|\\u00[01][0-9a-f])*"\}\Z"""
SLUG_FIXED = _("The slug is fixed: readers have had this address.")
REVIEW_STEPS = (
    ("draft", "submitted"),
    ("draft", "discarded"),
    ("submitted", "draft"),
    ("submitted", "published"),
    ("published", "superseded"),
    ("published", "withdrawn"),
)


@dataclass(frozen=True, slots=True)
class Trigger:
    """One refusal: on `event` on `table`, where `when` holds of OLD and NEW, the statement fails with `message`."""

    name: str
    table: str
    event: str
    when: str
    message: str
    as_raised: str = ""  # what the database itself would have said

    @property
    def error(self) -> str:
        return self.as_raised or f"{self.name}: {self.message}"


@dataclass(frozen=True, slots=True)
class Key:
    """Columns that no two rows of a table share, those rows that meet the condition, if there is one."""

    name: str
    columns: tuple[str, ...]
    condition: str


@dataclass(frozen=True, slots=True)
class Schema:
    """What the rules have to know of a database: its engine, its tables, and the columns and keys of one."""

    vendor: str
    tables: frozenset[str]
    columns: Callable[[str], list[str]]
    keys: Callable[[str], list[Key]]

    @classmethod
    def of(cls, connection: BaseDatabaseWrapper) -> "Schema":
        def columns(table: str) -> list[str]:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT * FROM {table} LIMIT 0")  # introspection takes a hundred times as long
                return [column[0] for column in cursor.description]

        keys = cache(lambda: _keys(connection))
        return cls(connection.vendor, _tables(connection), columns, lambda table: keys()[table])

    @property
    def distinct(self) -> str:
        return "IS NOT" if self.vendor == "sqlite" else "IS DISTINCT FROM"

    @property
    def matches(self) -> str:
        return "REGEXP" if self.vendor == "sqlite" else "~"

    def differs(self, *columns: str) -> str:
        """SQL: any of these columns of NEW is distinct from the same one of OLD."""
        return "(" + " OR ".join(f'NEW."{name}" {self.distinct} OLD."{name}"' for name in columns) + ")"


def _tables(connection: BaseDatabaseWrapper) -> frozenset[str]:
    with connection.cursor() as cursor:
        return frozenset(connection.introspection.table_names(cursor))


def _keys(connection: BaseDatabaseWrapper) -> dict[str, list[Key]]:
    """The unique keys of each table beside the id, on SQLite: there REPLACE takes them from the row that has them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.name, k.name, i.sql, c.name FROM sqlite_master t JOIN pragma_index_list(t.name) k "
            "JOIN pragma_index_info(k.name) c JOIN sqlite_master i ON i.type = 'index' AND i.name = k.name "
            f"""WHERE t.type = 'table' AND t.name LIKE '{PREFIX}%' AND k."unique" ORDER BY t.name, k.name, c.seqno"""
        )
        columns: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        for table, index, sql, column in cursor.fetchall():
            columns[table, index, sql or ""].append(column)
    found: dict[str, list[Key]] = defaultdict(list)
    for (table, index, sql), of_key in columns.items():
        # One that was made with its table has no SQL, and a number for a name
        name = index if sql else f"{table.removeprefix(PREFIX)}_{'_'.join(of_key)}"
        found[table].append(Key(name, tuple(of_key), sql.partition(" WHERE ")[2]))
    return found


def all_triggers(schema: Schema) -> list[Trigger]:
    """Every trigger whose table is there."""
    found = [*_history(schema), *_addresses(schema), *_editorial(schema), *_truncate(schema)]
    there = [trigger for trigger in found if trigger.table in schema.tables]
    return [*_kept(schema, there), *there]  # SQLite asks the last first, which has the better words


def _kept(schema: Schema, rules: Iterable[Trigger]) -> Iterator[Trigger]:
    """SQLite's REPLACE removes the rows in its way, and asks a trigger only on connections with `recursive_triggers`.

    So where a rule looks after the rows of a table, none is written over one that has its id or another key. What has
    no REPLACE in it would fail as well, and is told the same.
    """
    if schema.vendor != "sqlite":
        return
    for table in dict.fromkeys(rule.table for rule in rules if rule.event in ("UPDATE", "DELETE")):
        record = table.removeprefix(PREFIX)
        for key in (Key(record, ("id",), ""), *schema.keys(table)):
            shared = ", ".join(f"{table}.{name}" for name in key.columns)
            same = " AND ".join(f'{table}."{name}" = NEW."{name}"' for name in key.columns)
            both = ""
            if key.condition:
                asked = ", ".join(f'NEW."{n}" AS "{n}"' for n in schema.columns(table) if f'"{n}"' in key.condition)
                both = f" AND {key.condition} AND EXISTS (SELECT 1 FROM (SELECT {asked}) WHERE {key.condition})"
            for event, other in (("INSERT", ""), ("UPDATE", f" AND {table}.id <> OLD.id")):
                yield Trigger(
                    f"{key.name}_kept_{event.lower()}",
                    table,
                    event,
                    f"EXISTS (SELECT 1 FROM {table} WHERE {same}{other}{both})",
                    _("A record that is there stays: no other takes its place."),
                    f"UNIQUE constraint failed: {shared}" if key.name != record else "",
                )


def _history(schema: Schema) -> Iterator[Trigger]:
    change = f"{PREFIX}change"
    if change not in schema.tables:
        return
    message = _("History is never changed or removed.")
    others = [name for name in schema.columns(change) if name not in ("before", "after")]
    is_mark = f"{schema.matches} '{MARK}'"
    yield Trigger(
        "change_no_update",
        change,
        "UPDATE",
        # One update passes: a payload becomes a mark as a whole, once.
        f"""{schema.differs(*others)} OR NEW.before <> NEW.after OR NOT NEW.after {is_mark}
            OR OLD.before {is_mark} OR OLD.after {is_mark}""",
        message,
    )
    yield Trigger("change_no_delete", change, "DELETE", "1 = 1", message)


def _addresses(schema: Schema) -> Iterator[Trigger]:
    address = f"{PREFIX}publicaddress"
    if address not in schema.tables:
        return
    given = _("An address once given out stays with its record.")
    yield Trigger("publicaddress_no_update", address, "UPDATE", "1 = 1", given)
    yield Trigger("publicaddress_no_delete", address, "DELETE", "1 = 1", given)
    for record in ("claim", "article", "claimant", "publisher", "topic"):
        table = f"{PREFIX}{record}"
        of_type = f"SELECT 1 FROM {address} a WHERE a.record_type = '{record}'"
        reused = f"EXISTS ({of_type} AND a.slug = NEW.slug AND a.record_id <> NEW.id)"
        yield Trigger(
            f"{record}_slug_fixed",
            table,
            "UPDATE",
            f"NEW.slug <> OLD.slug AND EXISTS ({of_type} AND a.record_id = OLD.id)",
            SLUG_FIXED,
        )
        if record != "claim":  # which has a rule of its own, for its whole life
            yield Trigger(
                f"{record}_once_public_no_delete",
                table,
                "DELETE",
                f"EXISTS ({of_type} AND a.record_id = OLD.id)",
                _("Readers have had this address: the record stays."),
            )
        for event in ("INSERT", "UPDATE"):
            yield Trigger(
                f"{record}_slug_not_reused_{event.lower()}",
                table,
                event,
                reused,
                _("Readers knew another record under this slug; choose another."),
            )


def _editorial(schema: Schema) -> Iterator[Trigger]:
    user, claim, review = f"{PREFIX}user", f"{PREFIX}claim", f"{PREFIX}review"
    if not {user, claim, review} <= schema.tables:
        return
    yield Trigger("user_no_delete", user, "DELETE", "1 = 1", _("An account is deactivated, never deleted."))

    once_listed = "OLD.first_listed_at IS NOT NULL"
    yield Trigger(
        "claim_once_listed_no_delete",
        claim,
        "DELETE",
        once_listed,
        _("A claim that was listed is unlisted, never deleted."),
    )
    yield Trigger(
        "claim_first_listed_fixed",
        claim,
        "UPDATE",
        f"{once_listed} AND {schema.differs('first_listed_at')}",
        _("The moment at which a claim was first listed is fixed."),
    )
    no_note = f"NOT NEW.unlisted_note {schema.matches} '{TEXT_PATTERN}'"
    yield Trigger(
        "claim_reviewed_unlisted_with_note",
        claim,
        "UPDATE",
        f"""NEW.unlisted_at IS NOT NULL AND {schema.differs("unlisted_at", "unlisted_note")} AND {no_note}
            AND EXISTS (SELECT 1 FROM {review} r WHERE r.claim_id = OLD.id AND r.origin = 'desk'
            AND r.state IN {ONCE_PUBLISHED})""",
        _("We published a review of this claim: say in a public note why it is unlisted."),
    )
    worded = " OR ".join(
        f"{{claim}}.{ours} {schema.distinct} {{review}}.{theirs}"
        for ours, theirs in (
            ("text", "claim_reviewed"),
            ("claimant_id", "reviewed_claimant_id"),
            ("kind", "reviewed_kind"),
            ("made_on", "reviewed_made_on"),
            ("made_on_precision", "reviewed_made_on_precision"),
        )
    )
    yield Trigger(
        "claim_wording_fixed_while_reviewed",
        claim,
        "UPDATE",
        f"""{schema.differs("text", "claimant_id", "kind", "made_on", "made_on_precision")} AND EXISTS (
            SELECT 1 FROM {review} r WHERE r.claim_id = OLD.id AND r.origin = 'desk'
            AND r.state IN ('submitted', 'published') AND ({worded.format(claim="NEW", review="r")}))""",
        _("The wording is fixed while a review of it is submitted or published; a new review may change it."),
    )
    yield Trigger(
        "review_rates_claim_as_worded",
        review,
        "UPDATE",
        f"""NEW.origin = 'desk' AND NEW.state = 'published' AND EXISTS (SELECT 1 FROM {claim} c
            WHERE c.id = NEW.claim_id AND ({worded.format(claim="c", review="NEW")}))""",
        _("A published review rates the claim as it is worded."),
    )
    yield Trigger(
        "review_begins_as_draft",
        review,
        "INSERT",
        "NEW.origin = 'desk' AND NEW.state <> 'draft'",
        _("A review of ours begins as a draft."),
    )
    steps = " OR ".join(f"(OLD.state = '{one}' AND NEW.state = '{other}')" for one, other in REVIEW_STEPS)
    yield Trigger(
        "review_step_allowed",
        review,
        "UPDATE",
        f"OLD.state <> NEW.state AND NOT ({steps})",
        _("A review cannot go from its state to this one."),
    )
    yield Trigger(
        "review_origin_fixed",
        review,
        "UPDATE",
        "OLD.origin <> NEW.origin",
        _("Ours stays ours, and another's theirs."),
    )
    yield Trigger(
        "review_superseded_by_later",
        review,
        "UPDATE",
        f"""OLD.state = 'published' AND NEW.state = 'superseded' AND NOT EXISTS (SELECT 1 FROM {review} r
            WHERE r.claim_id = NEW.claim_id AND r.origin = 'desk' AND r.number > NEW.number
            AND r.state IN ('submitted', 'published'))""",
        _("A published review is superseded by a later one of its claim, and by nothing else."),
    )
    publisher = f"{PREFIX}publisher"
    ours_or_not = f"""EXISTS (SELECT 1 FROM {publisher} p
            WHERE p.id = NEW.publisher_id AND p.is_desk <> (NEW.origin = 'desk'))"""
    for event, when in (("INSERT", "1 = 1"), ("UPDATE", schema.differs("publisher_id"))):
        yield Trigger(
            f"review_publisher_fits_origin_{event.lower()}",
            review,
            event,
            f"{when} AND {ours_or_not}",
            _("Our reviews are the desk's; another publisher's review is imported."),
        )
    yield Trigger(
        "publisher_of_reviews_stays_desk_or_not",
        publisher,
        "UPDATE",
        f"""NEW.is_desk <> OLD.is_desk AND EXISTS (SELECT 1 FROM {review} r
            WHERE r.publisher_id = OLD.id AND NEW.is_desk <> (r.origin = 'desk'))""",
        _("There are reviews of this publisher: whether it is the desk is fixed by them."),
    )
    written = [name for name in schema.columns(review) if name not in APPROVAL_WRITES]
    back = _("An edit puts a submitted review back to draft.")
    yield Trigger(
        "review_submitted_no_update",
        review,
        "UPDATE",
        f"OLD.state = 'submitted' AND NEW.state IN ('submitted', 'published') AND {schema.differs(*written)}",
        back,
    )
    steps_taken = ", ".join(f"'{step}'" for step in STEPS)
    yield Trigger(
        "review_approver_wrote_nothing",
        review,
        "UPDATE",
        f"""OLD.state <> 'published' AND NEW.state = 'published' AND EXISTS (SELECT 1 FROM {PREFIX}change c
            WHERE c.whole_type = 'review' AND c.whole_id = NEW.id AND c.actor_id = NEW.approved_by_id
            AND c.action NOT IN ({steps_taken}))""",
        _("Somebody who wrote none of this review has to approve it."),
    )
    was_published = f"OLD.origin = 'desk' AND OLD.state IN {ONCE_PUBLISHED}"
    content = [name for name in schema.columns(review) if name not in REVIEW_MAY_CHANGE]
    fixed = _("What was published is never edited or deleted; a new review supersedes it.")
    yield Trigger(
        "review_published_no_update",
        review,
        "UPDATE",
        f"{was_published} AND {schema.differs(*content)}",
        fixed,
    )
    yield Trigger("review_published_no_delete", review, "DELETE", was_published, fixed)
    for part in ("evidence", "replyrequest"):
        table = f"{PREFIX}{part}"
        if table not in schema.tables:
            continue
        columns = schema.columns(table)
        fill = [name for name in columns if name in EVIDENCE_MAY_FILL]
        kept = [name for name in columns if name not in EVIDENCE_MAY_FILL]
        changed = schema.differs(*kept) + "".join(
            f" OR (OLD.{name} IS NOT NULL AND CAST(OLD.{name} AS TEXT) <> '' AND {schema.differs(name)})"
            for name in fill
        )
        # A part of a draft moved to a published review would be new there
        for event, rows, when in (
            ("INSERT", "NEW.review_id", "1 = 1"),
            ("UPDATE", "OLD.review_id, NEW.review_id", changed),
            ("DELETE", "OLD.review_id", "1 = 1"),
        ):
            yield Trigger(
                f"{part}_published_no_{event.lower()}",
                table,
                event,
                f"""({when}) AND EXISTS (SELECT 1 FROM {review} r WHERE r.id IN ({rows}) AND r.origin = 'desk'
                    AND r.state IN {ONCE_PUBLISHED})""",
                _("What a published review rests on is fixed; only an empty archive address or capture is filled in."),
            )
            yield Trigger(
                f"{part}_submitted_no_{event.lower()}",
                table,
                event,
                f"EXISTS (SELECT 1 FROM {review} r WHERE r.id IN ({rows}) AND r.state = 'submitted')",
                back,
            )
    yield from _corrections(schema)
    rating = f"{PREFIX}rating"
    in_use = f"""EXISTS (SELECT 1 FROM {review} r WHERE r.rating_id = OLD.id AND r.origin = 'desk'
            AND r.state IN {ONCE_PUBLISHED})"""
    yield Trigger(
        "rating_in_use_no_delete",
        rating,
        "DELETE",
        in_use,
        _("A published review uses this rating: retire it instead."),
    )
    yield Trigger(
        "rating_in_use_fixed",
        rating,
        "UPDATE",
        f"{schema.differs('slug', 'label', 'definition', 'value', 'rating_class')} AND {in_use}",
        _("A published review uses this rating: retire it and make a new one under the same slug."),
    )


def _corrections(schema: Schema) -> Iterator[Trigger]:
    correction = f"{PREFIX}correction"
    if correction not in schema.tables:
        return
    review = f"{PREFIX}review"
    for event in ("INSERT", "UPDATE"):
        yield Trigger(
            f"correction_of_review_of_its_claim_{event.lower()}",
            correction,
            event,
            f"EXISTS (SELECT 1 FROM {review} r WHERE r.id = NEW.review_id AND r.claim_id <> NEW.claim_id)",
            _("This is a review of another claim."),
        )
    yield Trigger(
        "review_corrected_stays_with_claim",
        review,
        "UPDATE",
        f"""{schema.differs("claim_id")} AND EXISTS (SELECT 1 FROM {correction} c
            WHERE c.review_id = OLD.id AND c.claim_id <> NEW.claim_id)""",
        _("A correction names this review: it stays with its claim."),
    )
    # Readers see the correction of a claim that was listed, unless it is that of a review not published yet.
    was_seen = f"""EXISTS (SELECT 1 FROM {PREFIX}claim c WHERE c.id = OLD.claim_id AND c.first_listed_at IS NOT NULL)
        AND (OLD.review_id IS NULL OR EXISTS (SELECT 1 FROM {review} r WHERE r.id = OLD.review_id
        AND (r.origin <> 'desk' OR r.state IN {ONCE_PUBLISHED})))"""
    yield Trigger(
        "correction_seen_no_delete", correction, "DELETE", was_seen, _("Readers have seen this correction: it stays.")
    )
    yield Trigger(
        "correction_seen_fixed",
        correction,
        "UPDATE",
        f"{schema.differs('claim_id', 'review_id', 'made_at')} AND {was_seen}",
        _("Readers have seen this correction: what it corrects, and when, is fixed."),
    )


NO_TRUNCATE = ("change", "publicaddress", "user", "claim", "review", "evidence", "replyrequest", "correction")


def _truncate(schema: Schema) -> Iterator[Trigger]:
    """TRUNCATE exists on PostgreSQL alone, and asks no row's trigger."""
    if schema.vendor == "postgresql":
        for name in NO_TRUNCATE:
            yield Trigger(
                f"{name}_no_truncate", f"{PREFIX}{name}", "TRUNCATE", "1 = 1", _("This table is never emptied.")
            )
