"""What each engine needs: its index of words, and a query in its own language.

An index is a table of its own on SQLite (FTS5) and a generated column on PostgreSQL. Both get tokens that are folded
already, so neither has to know anything of languages; both hold the same four texts of a row.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import connection
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from factcheck.search.asking import Query, Term, Wanted

TABLE = "factcheck_searchrow"
TEXTS = "factcheck_searchtext"  # of SQLite
COLUMNS = ("heading", "heading_stems", "body", "body_stems")
WEIGHTS = dict(zip(COLUMNS, "ABCD", strict=True))  # of PostgreSQL
HEADING = ("heading", "heading_stems")
AS_WRITTEN = ("heading", "body")
NAMES = ", ".join(COLUMNS)
INDEX = f"{TABLE}_vector"
PHRASED = 20_000  # rows with all words of a phrase, the newest, in which PostgreSQL looks for it
# fastupdate: a list of what came lately, which every search would have to read to its end
CREATE_INDEX = f"CREATE INDEX {INDEX} ON {TABLE} USING gin (vector) WITH (fastupdate = off)"


@dataclass(frozen=True, slots=True)
class Postings:
    """The rows in whose heading a word stands in any of these forms, and what each of them gains by it."""

    forms: tuple[str, ...]
    gain: float
    are_many: bool  # so that only the newest of them are looked at


class Engine(ABC):
    """What both share. A row stands in the index under its id, which says its kind and who may see it."""

    # What stands between two parts of a query in the engine's own language
    AND: ClassVar[str]
    OR: ClassVar[str]
    BUT_NOT: ClassVar[str]

    @abstractmethod
    def install(self, editor: BaseDatabaseSchemaEditor) -> None:
        """Makes the index, for the migration that makes the table of rows."""

    @abstractmethod
    def remove(self, editor: BaseDatabaseSchemaEditor) -> None:
        """The way back."""

    @abstractmethod
    def add(self, ids: Sequence[int]) -> None:
        """Tells the index what these rows say, after they were written."""

    @abstractmethod
    def take(self, ids: Sequence[int]) -> None:
        """Tells the index what these rows say, before they go."""

    @abstractmethod
    def rebuilding(self) -> AbstractContextManager[None]:
        """All rows go and come anew inside; neither `add` nor `take` is called."""

    @abstractmethod
    def any_of(self, forms: Iterable[str]) -> str:
        """Any of these forms of a word, in a heading, in the engine's own language."""

    @abstractmethod
    def matching(self, compiled: str, kind: int, *, public: bool, limit: int | None) -> tuple[str, list[Any]]:
        """SQL for the ids of the rows of a kind, with its parameters; with a limit the newest, first."""

    @abstractmethod
    def _term(self, term: Wanted) -> str: ...

    def compiled(self, query: Query) -> str:
        """The query in the engine's own language."""
        wanted = self._all(query)
        return f"({wanted}){self.BUT_NOT}({self._any(query.excluded)})" if query.excluded else wanted

    def _all(self, query: Query) -> str:
        return self.AND.join(f"({self._any(group)})" for group in query.groups)

    def _any(self, terms: Iterable[Wanted]) -> str:
        return self.OR.join(map(self._term, terms))

    def asked(self, query: Query, kind: int, *, public: bool, limit: int) -> tuple[str, list[Any]]:
        """As `matching`, for a query."""
        return self.matching(self.compiled(query), kind, public=public, limit=limit)

    def candidates(
        self, words: Sequence[Postings], kind: int, *, public: bool, limit: int, each: int
    ) -> list[tuple[int, str]]:
        """Record and heading of the rows that gain most; where two gain the same, the newer one does.

        Of a word that stands in many rows the newest `each` are looked at.
        """
        branches, parameters = [], []
        for word in words:
            newest = each if word.are_many else None
            sql, given = self.matching(self.any_of(dict.fromkeys(word.forms)), kind, public=public, limit=newest)
            branches.append(f"SELECT id, {word.gain:.6f} AS gain FROM ({sql}) AS word")
            parameters += given
        rows = " UNION ALL ".join(branches)
        best = f"SELECT id FROM ({rows}) AS words GROUP BY id ORDER BY SUM(gain) DESC, id DESC LIMIT %s"
        sql = f"SELECT record_id, heading FROM ({best}) AS best JOIN {TABLE} USING (id)"
        with connection.cursor() as cursor:
            cursor.execute(sql, [*parameters, limit])
            return list(cursor.fetchall())


class Sqlite(Engine):
    """FTS5 over the rows' own texts: it holds none itself, and has to be told what a row said before it goes."""

    AND, OR, BUT_NOT = " AND ", " OR ", " NOT "

    def install(self, editor: BaseDatabaseSchemaEditor) -> None:
        # Tokens come parted by spaces: this tokenizer takes nothing apart that is not ASCII
        editor.execute(
            f"CREATE VIRTUAL TABLE {TEXTS} USING fts5({NAMES}, content='{TABLE}', content_rowid='id', "
            "tokenize='ascii', columnsize=0, prefix='2 3')"
        )

    def remove(self, editor: BaseDatabaseSchemaEditor) -> None:
        editor.execute(f"DROP TABLE IF EXISTS {TEXTS}")

    def add(self, ids: Sequence[int]) -> None:
        self._tell(f"INSERT INTO {TEXTS}(rowid, {NAMES}) SELECT id, {NAMES} FROM {TABLE}", ids)

    def take(self, ids: Sequence[int]) -> None:
        self._tell(f"INSERT INTO {TEXTS}({TEXTS}, rowid, {NAMES}) SELECT 'delete', id, {NAMES} FROM {TABLE}", ids)

    def _tell(self, sql: str, ids: Sequence[int]) -> None:
        if ids:
            with connection.cursor() as cursor:
                cursor.execute(f"{sql} WHERE id IN ({', '.join(['%s'] * len(ids))})", ids)

    @contextmanager
    def rebuilding(self) -> Iterator[None]:
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {TEXTS}({TEXTS}) VALUES ('delete-all')")
            yield
            cursor.execute(f"INSERT INTO {TEXTS}({TEXTS}) VALUES ('rebuild')")

    def _term(self, term: Wanted) -> str:
        if term.kind is Term.WORD:
            return self.OR.join(f'"{form}"' for form in term.forms)
        words = f'"{" ".join(term.tokens)}"{" *" if term.kind is Term.PREFIX else ""}'
        return f"{{{' '.join(AS_WRITTEN)}}} : {words}"

    def any_of(self, forms: Iterable[str]) -> str:
        words = self.OR.join(f'"{form}"' for form in forms)
        return f"{{{' '.join(HEADING)}}} : ({words})"

    def matching(self, compiled: str, kind: int, *, public: bool, limit: int | None) -> tuple[str, list[Any]]:
        which, value = (7, kind * 2 + 1) if public else (6, kind * 2)
        sql = f"SELECT rowid AS id FROM {TEXTS} WHERE {TEXTS} MATCH %s AND (rowid & {which}) = {value}"
        return _newest(sql, [compiled], limit)


class Postgresql(Engine):
    """A column that PostgreSQL makes of a row's own texts, and its index."""

    AND, OR, BUT_NOT = " & ", " | ", " & !"

    def install(self, editor: BaseDatabaseSchemaEditor) -> None:
        vectors = " || ".join(
            f"setweight(to_tsvector('simple', {name}), '{weight}')" for name, weight in WEIGHTS.items()
        )
        editor.execute(f"ALTER TABLE {TABLE} ADD COLUMN vector tsvector GENERATED ALWAYS AS ({vectors}) STORED")
        editor.execute(CREATE_INDEX)

    def remove(self, editor: BaseDatabaseSchemaEditor) -> None:
        editor.execute(f"ALTER TABLE {TABLE} DROP COLUMN IF EXISTS vector")

    def add(self, ids: Sequence[int]) -> None:
        """The column makes itself."""

    take = add

    @contextmanager
    def rebuilding(self) -> Iterator[None]:
        """Making the index at the end is much faster than keeping it row by row."""
        with connection.cursor() as cursor:
            connection.check_constraints()  # no index is made of a table with rows that wait to be checked
            cursor.execute(f"DROP INDEX IF EXISTS {INDEX}")
            yield
            connection.check_constraints()
            cursor.execute(CREATE_INDEX)

    def _term(self, term: Wanted) -> str:
        if term.kind is Term.WORD:
            return self.OR.join(f"'{form}'" for form in term.forms)
        # One alternative for each text, so that no phrase begins in one and ends in the next
        return self.OR.join(f"({self._phrase(term, WEIGHTS[name])})" for name in AS_WRITTEN)

    def _phrase(self, term: Wanted, weight: str) -> str:
        *words, last = term.tokens
        end = f"'{last}':*{weight}" if term.kind is Term.PREFIX else f"'{last}':{weight}"
        return " <-> ".join([*(f"'{word}':{weight}" for word in words), end])

    def any_of(self, forms: Iterable[str]) -> str:
        weights = "".join(WEIGHTS[name] for name in HEADING)
        return self.OR.join(f"'{form}':{weights}" for form in forms)

    def matching(self, compiled: str, kind: int, *, public: bool, limit: int | None) -> tuple[str, list[Any]]:
        return self._rows("id", compiled, kind, public=public, limit=limit)

    def _rows(
        self, columns: str, compiled: str, kind: int, *, public: bool, limit: int | None
    ) -> tuple[str, list[Any]]:
        seen = " AND is_public" if public else ""
        sql = f"SELECT {columns} FROM {TABLE} WHERE vector @@ %s::tsquery AND kind = {int(kind)}{seen}"
        return _newest(sql, [compiled], limit)

    def asked(self, query: Query, kind: int, *, public: bool, limit: int) -> tuple[str, list[Any]]:
        """The index knows no places: of a phrase each row that has all the words is read, and of some many have.

        Several phrases share the rows that are read, or many of common words would take a second.
        """
        phrases = sum(term.kind is not Term.WORD and len(term.tokens) > 1 for term in [*query.terms, *query.excluded])
        if not phrases:
            return super().asked(query, kind, public=public, limit=limit)
        words = self._all(query).replace("<->", "&")
        newest, parameters = self._rows("id, vector", words, kind, public=public, limit=PHRASED // phrases)
        sql = f"SELECT id FROM ({newest}) AS rows WHERE vector @@ %s::tsquery"
        return _newest(sql, [*parameters, self.compiled(query)], limit)


def _newest(sql: str, parameters: list[Any], limit: int | None) -> tuple[str, list[Any]]:
    return (sql, parameters) if limit is None else (f"{sql} ORDER BY id DESC LIMIT %s", [*parameters, limit])


def engine() -> Engine:
    return Sqlite() if connection.vendor == "sqlite" else Postgresql()
