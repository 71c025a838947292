"""The Ukrainian catalogue: every marked word is in it, whole, and what is compiled is what is written."""

import ast
import re
from collections.abc import Iterator
from gettext import GNUTranslations
from pathlib import Path

import pytest
from django.utils.translation.template import templatize

import factcheck
from factcheck.models.scale import SEEDED

PACKAGE = Path(factcheck.__file__).parent
LOCALE = PACKAGE / "locale/uk/LC_MESSAGES"
PLURALS = 3
HOLE = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
TAG = re.compile(r"</?\w+[^>]*>")

# By the name of a function: the places of the message, its plural and its context among the arguments.
MARKING = {
    "gettext": (0, None, None),
    "gettext_noop": (0, None, None),
    "ngettext": (0, 1, None),
    "pgettext": (1, None, 0),
    "npgettext": (1, 2, 0),
}

type Message = tuple[str, str, str]  # context, singular, plural


def names(tree: ast.Module) -> dict[str, str]:
    """What this module calls the functions that mark words, and which each is."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            for one in node.names:
                found[one.asname or one.name] = one.name.removesuffix("_lazy")
    return found


def marked_in(source: str, known: dict[str, str] | None = None) -> Iterator[Message]:
    tree = ast.parse(source)
    known = names(tree) if known is None else known
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if (function := MARKING.get(known.get(called, called if isinstance(call.func, ast.Attribute) else ""))) is None:
            continue
        given = [ast.literal_eval(one) if isinstance(one, ast.Constant) else None for one in call.args]
        message, plural, context = (given[at] if at is not None else "" for at in function)
        if isinstance(message, str):
            yield context or "", message, plural or ""


def calls_in(template: str) -> Iterator[Message]:
    """Django turns a template into what xgettext can read: calls among filler."""
    text = templatize(template)
    call = r"\b(n?p?gettext|_)\(((?:\s*u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"),?)+)[^)]*\)"
    for name, arguments in re.findall(call, text):
        source = f"{'gettext' if name == '_' else name}({arguments})"
        yield from marked_in(source, {name: name for name in MARKING})


def marked() -> dict[Message, str]:
    """Every message of the interface, and a file in which it stands."""
    found: dict[Message, str] = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        found |= dict.fromkeys(marked_in(file.read_text()), str(file.relative_to(PACKAGE)))
    for file in sorted(PACKAGE.rglob("*.html")):
        found |= dict.fromkeys(calls_in(file.read_text()), str(file.relative_to(PACKAGE)))
    return found


def written() -> dict[Message, list[str]]:
    """The .po file: each message with its translations, one, or one for each plural."""
    found = {}
    for block in (LOCALE / "django.po").read_text().split("\n\n")[1:]:
        assert not re.search("^#.*fuzzy", block, re.MULTILINE), block
        pairs = re.findall(r'^(msg\w+(?:\[\d\])?) ((?:".*"\n?)+)', block, re.MULTILINE)
        fields = {key: "".join(map(ast.literal_eval, text.splitlines())) for key, text in pairs}
        translations = [text for key, text in fields.items() if key.startswith("msgstr")]
        if fields:
            found[fields.get("msgctxt", ""), fields["msgid"], fields.get("msgid_plural", "")] = translations
    return found


WRITTEN = written()


def test_the_scanner_sees_what_is_marked():
    source = (
        "from django.utils.translation import gettext as _, ngettext_lazy\n_('A')\nngettext_lazy('B', 'C', 2)\nx('D')"
    )
    template = (
        '{% load i18n %}{% translate "E" %}{{ x|default:_("F") }}'
        "{% blocktranslate count n=n %}G{% plural %}H{% endblocktranslate %}"
    )

    assert set(marked_in(source)) == {("", "A", ""), ("", "B", "C")}
    assert set(calls_in(template)) == {("", "E", ""), ("", "F", ""), ("", "G", "H")}


def test_every_marked_message_is_translated():
    missing = {message: file for message, file in marked().items() if message not in WRITTEN}

    assert len(marked()) > 500
    assert not missing, "run make words, and translate what is new in factcheck/locale/uk/LC_MESSAGES/django.po"


def test_no_message_is_left_over():
    assert not WRITTEN.keys() - marked().keys()


@pytest.mark.parametrize("text", [text for pair in SEEDED for text in pair])
def test_the_scale_that_is_shipped_is_translated(text):
    assert WRITTEN["", text, ""][0]


def test_translations_are_whole():
    for (context, singular, plural), translations in WRITTEN.items():
        assert len(translations) == (PLURALS if plural else 1), singular
        for text in translations:
            assert text, (context, singular)
            original = plural or singular
            assert sorted(HOLE.findall(text)) == sorted(HOLE.findall(original)), (original, text)
            assert sorted(TAG.findall(text)) == sorted(TAG.findall(original)), (original, text)
            assert [text.startswith(" "), text.endswith(" ")] == [original.startswith(" "), original.endswith(" ")], (
                text
            )


def test_what_is_compiled_is_what_is_written():
    with (LOCALE / "django.mo").open("rb") as file:
        compiled = GNUTranslations(file)._catalog
    expected = {}
    for (context, singular, plural), translations in WRITTEN.items():
        key = f"{context}\x04{singular}" if context else singular
        expected |= {(key, at): text for at, text in enumerate(translations)} if plural else {key: translations[0]}

    assert {key: text for key, text in compiled.items() if key} == expected
