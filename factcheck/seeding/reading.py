"""Seed files as JSON: what stands where, and what is wrong with them before anything is understood."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

DEEPEST = 20  # levels: no record has half as many, and what Python cannot read has hundreds
SUFFIXES = (".json", ".jsonl")
MEGABYTE = 1_000_000

# What a file's own text must not do to the terminal on which a message is read.
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

Route = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a file: where, and what is allowed."""

    file: str
    line: int | None
    record: str
    field: str
    message: str

    def __str__(self) -> str:
        where = [self.file] if self.file else ["all files"]
        if self.line:
            where.append(f"line {self.line}")
        if self.record:
            where.append(self.record)
        if self.field:
            where.append(self.field)
        return UNPRINTABLE.sub("�", f"{', '.join(where)}: {self.message}")


class SeedError(Exception):
    """Nothing was loaded; `problems` say why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Doubled:
    """Stands in the place of an object of which keys were given twice; `others` are those that were not."""

    keys: tuple[str, ...]
    others: dict[str, Any]


@dataclass(frozen=True, slots=True)
class NotJson:
    """Stands in the place of NaN and Infinity, which JSON does not know."""

    word: str


@dataclass
class SeedFile:
    """One file: its name as messages give it, the SHA-256 of its bytes, and its text."""

    name: str
    sha256: str
    text: str
    is_lines: bool
    _lines: dict[Route, int] = field(default_factory=dict, repr=False)

    @property
    def actor_name(self) -> str:
        return f"{LOADER}{UNPRINTABLE.sub('�', Path(self.name).name)} sha256:{self.sha256}"

    @cached_property
    def places(self) -> dict[Route, int]:
        """The line of every value in the file, found only when a message needs it; of a key given twice, the last."""
        return dict(_places(self.text))

    def has(self, route: Route) -> bool:
        """Whether a file of several lines a record has this value; one with a line for each cannot tell."""
        return not self.is_lines and route in self.places

    def line(self, route: Route) -> int | None:
        """The line of the value that this route of keys and indexes leads to, or of the nearest around it."""
        if self.is_lines:
            return route[0] if route and isinstance(route[0], int) else None
        while route and route not in self.places:
            route = route[:-1]
        return self.places.get(route)


LOADER = "loadseeds "


def find_files(paths: list[Path]) -> tuple[list[Path], list[Problem]]:
    """The seed files that are named, or lie in a directory that is named, each once; and what is neither."""
    found: list[Path] = []
    problems = []
    for path in paths:
        try:
            if path.is_dir():
                inside = sorted(p for p in path.iterdir() if p.suffix in SUFFIXES and not p.name.startswith("."))
                if not inside:
                    problems.append(_of_file(path, "there are no seed files (.json or .jsonl) in this directory."))
                found += inside
            elif path.exists() and path.suffix not in SUFFIXES:
                problems.append(_of_file(path, "the name of a seed file ends in .json or .jsonl."))
            else:
                found.append(path)
        except OSError as error:
            problems.append(_of_file(path, f"cannot be read: {error.strerror}."))
    once = {path.resolve(): path for path in reversed(found)}
    return list(reversed(once.values())), problems


def _of_file(path: Path, message: str) -> Problem:
    return Problem(str(path), None, "", "", message)


def read_file(path: Path, max_size: int) -> SeedFile:
    """The file's text. Raises SeedError if it is no file, over `max_size` bytes or not UTF-8."""
    try:
        if path.exists() and not path.is_file():
            raise SeedError([_of_file(path, "is neither a file nor a directory.")])
        with path.open("rb") as file:
            data = file.read(max_size + 1)
    except OSError as error:
        raise SeedError([_of_file(path, f"cannot be read: {error.strerror}.")]) from None
    if len(data) > max_size:
        limit = f"{max_size / MEGABYTE:f}".rstrip("0").rstrip(".") + " MB"
        raise SeedError([_of_file(path, f"is larger than {limit}. Allowed: at most {limit}, or what --max-size says.")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        message = f"byte {byte} of the line (0x{data[error.start]:02X}) is not UTF-8. Allowed: text in UTF-8."
        raise SeedError([Problem(str(path), line, "", "", message)]) from None
    return SeedFile(str(path), hashlib.sha256(data).hexdigest(), text, path.suffix == ".jsonl")


def values(file: SeedFile, problems: list[Problem]) -> Iterator[tuple[Route, Any]]:
    """The file's values with the route to each: one for .json, one a line for .jsonl. Adds what is no JSON."""
    lines = enumerate(file.text.split("\n"), 1) if file.is_lines else [(1, file.text)]
    for number, text in lines:
        if not file.is_lines or text.strip(" \t\r"):
            try:
                value = _parsed(file, text, number)
            except SeedError as error:
                problems += error.problems
            else:
                yield ((number,) if file.is_lines else ()), value


def _parsed(file: SeedFile, text: str, line: int) -> Any:
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        message = f"is not JSON at character {error.colno}: {error.msg}."
        raise SeedError([Problem(file.name, line + error.lineno - 1, "", "", message)]) from None
    except RecursionError:
        deep = next((row for row, depth in _depths(text) if depth > DEEPEST), 1)
        message = "is nested too deeply. Allowed: objects and lists as seeds/README.md shows them."
        raise SeedError([Problem(file.name, line + deep - 1, "", "", message)]) from None
    except ValueError:
        # Python reads no whole number of more than 4,300 digits.
        message = "holds a number that is too long. Allowed: whole numbers up to 2,147,483,647."
        raise SeedError([Problem(file.name, line, "", "", message)]) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any] | Doubled:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    times = Counter(key for key, _ in pairs)
    others = {key: value for key, value in found.items() if times[key] == 1}
    return Doubled(tuple(key for key in found if key not in others), others)


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=NotJson)
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],]|[^\s{}\[\],:"]+|\n', re.DOTALL)


def _depths(text: str) -> Iterator[tuple[int, int]]:
    """Line and depth of every bracket."""
    line, depth = 1, 0
    for token in _TOKEN.finditer(text):
        word = token[0]
        if word == "\n":
            line += 1
        elif word in "{[":
            depth += 1
            yield line, depth
        elif word in "}]":
            depth -= 1


def _places(text: str) -> Iterator[tuple[Route, int]]:
    """Route and line of every value of a text that is known to be JSON. In an object, key and value take turns."""
    route: list[str | int] = []
    is_key: list[bool] = []  # one for each open bracket: whether an object's key comes next
    line = 1
    for token in _TOKEN.finditer(text):
        word = token[0]
        if word == "\n":
            line += 1
            continue
        if word in "}]":
            route.pop()
            is_key.pop()
        elif word == ",":
            if isinstance(last := route[-1], int):
                route[-1] = last + 1
            else:
                is_key[-1] = True
        elif is_key and is_key[-1]:
            route[-1] = json.loads(word)
            is_key[-1] = False
        else:
            yield tuple(route), line
            if word == "{":
                route.append("")
                is_key.append(True)
            elif word == "[":
                route.append(0)
                is_key.append(False)
        line += word.count("\n")
