"""Every word of the desk can be translated: in its templates, its Python, its script."""

import ast
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

from django import forms
from django.contrib import admin
from django.template.base import Lexer, TokenType
from django.test import SimpleTestCase
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise

import factcheck
from factcheck import actions, desk_script
from factcheck.admin.steps import STEPS
from factcheck.models import reviews
from factcheck.signin import OwnPasswordField
from tests import factories
from tests.desk import DeskTestCase

FOLDER = Path(factcheck.__file__).parent

# Templates

SAID = {"title", "aria-label", "placeholder", "alt"}  # attributes that a person reads or hears
NOT_WORDS = {"code", "kbd", "script", "style"}
SAME_IN_ALL = r"\bUTC\b"
UNTIL = {"blocktranslate": "endblocktranslate", "comment": "endcomment"}  # what is between is no text of the page
NO_WORDS = {"date", "time", "yesno"}  # filters whose text is a format, or for a script


class Reader(HTMLParser):
    """What a person reads on a page."""

    def __init__(self):
        super().__init__()
        self.inside, self.found = [], []

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        names = SAID | ({"value"} if given.get("type") in ("submit", "button", "reset") else set())
        self.found += [given[name] for name in sorted(names) if given.get(name)]
        if tag in NOT_WORDS:
            self.inside.append(tag)

    def handle_endtag(self, tag):
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data):
        if not self.inside:
            self.found.append(data)


def has_letters(text):
    return any(map(str.isalpha, text))


def unmarked(template):
    """The words in a template's source that stand outside of what is translated."""
    page, words, until = [], [], ""
    for token in Lexer(template).tokenize():
        tag = token.contents.split(maxsplit=1)[0] if token.token_type == TokenType.BLOCK else ""
        if until:
            until = "" if tag == until else until
        elif tag in UNTIL:
            until = UNTIL[tag]
        elif token.token_type == TokenType.TEXT:
            page.append(token.contents)
        elif token.token_type == TokenType.VAR:
            given = re.findall(r"""\|\s*(\w+):(?:"([^"]*)"|'([^']*)')""", token.contents)
            words += [one or other for name, one, other in given if name not in NO_WORDS]
    reader = Reader()
    reader.feed("".join(page))
    reader.close()
    return [" ".join(text.split()) for text in reader.found + words if has_letters(re.sub(SAME_IN_ALL, "", text))]


class TemplateTests(SimpleTestCase):
    def test_no_word_stands_outside_of_what_is_translated(self):
        templates = sorted((FOLDER / "templates/admin").rglob("*.html"))

        self.assertGreater(len(templates), 20)
        for template in templates:
            with self.subTest(str(template.relative_to(FOLDER))):
                self.assertEqual(unmarked(template.read_text()), [])

    def test_one_that_does_is_found(self):
        cases = {
            "<p>Words</p>": ["Words"],
            "<p>{% if one %}Words{% endif %}, 12:30 UTC</p>": ["Words, 12:30 UTC"],
            '<a title="Words" class="none" href="/none/">{{ one }}</a>': ["Words"],
            '<input type="submit" value="Words: {{ one }}" name="none">': ["Words:"],
            '<p>{{ one|default:"Words" }}{{ one|date:"j F Y" }}</p>': ["Words"],
            '<p>{% blocktranslate %}None{% endblocktranslate %}Words{% translate "None" %}</p>': ["Words"],
            '<p aria-label="{% translate "None" %}">{# None #}{% comment %}None{% endcomment %} UTC</p>': [],
            '<p><code>manage.py</code>{{ one|default:_("None") }}</p>': [],
        }

        for template, words in cases.items():
            with self.subTest(template):
                self.assertEqual(unmarked(template), words)


# Python

NOW = {"gettext", "ngettext", "pgettext", "npgettext"}  # in the language of the moment in which they are called
LAZY = {"_", "pgettext_lazy", "ngettext_lazy"}
SENTENCE = re.compile(r"[A-Za-z] [A-Za-z]|^[A-Z][a-z]+\b(?!-)|[a-z]\.( |$)")
KEPT = {
    "Nothing was wrong. ",  # written into the history
    "second factor reset",  # likewise
    "Strict",  # of a cookie
    "factcheck.",  # of the name of a right
}


def called(node):
    return getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""


def strings(node):
    return {one for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def no_text(tree):
    """The strings of a module that are docstrings, annotations, or marked."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            found |= strings(node) if isinstance(node.value, ast.Constant) else set()
        if called(node) in NOW | LAZY:
            found |= strings(node)
        for annotation in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            found |= strings(annotation) if annotation else set()
    return found


def in_functions(tree):
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.Lambda)]
    return {inner for function in functions for inner in ast.walk(function) if inner is not function}


class SourceTests(SimpleTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        modules = [*sorted((FOLDER / "admin").glob("*.py")), FOLDER / "templatetags/desk.py", FOLDER / "actions.py"]
        cls.trees = {module.name: ast.parse(module.read_text()) for module in modules}

    def test_no_sentence_is_unmarked(self):
        for name, tree in self.trees.items():
            if name in ("merging.py", "actions.py"):  # outcomes told apart for who reads the code; what is stored
                continue
            texts = strings(tree) - no_text(tree)
            words = [re.sub("<[^>]*>", "", text.value) for text in texts if text.value not in KEPT]
            with self.subTest(name):
                self.assertEqual([text for text in words if SENTENCE.search(text)], [])

    def test_each_message_is_one_text_that_the_catalogue_can_hold(self):
        calls = [node for tree in self.trees.values() for node in ast.walk(tree) if called(node) in NOW | LAZY]

        self.assertGreater(len(calls), 200)
        for call in calls:
            with self.subTest(ast.unparse(call)):
                texts = call.args[:2] if called(call) in ("ngettext", "pgettext", "pgettext_lazy") else call.args
                self.assertTrue(all(isinstance(text, ast.Constant) for text in texts))

    def test_nothing_is_translated_while_it_is_imported(self):
        for name, tree in self.trees.items():
            inside = in_functions(tree)
            early = [ast.unparse(node) for node in ast.walk(tree) if called(node) in NOW and node not in inside]
            with self.subTest(name):
                self.assertEqual(early, [])


def own_classes():
    modules = [module for name, module in sys.modules.items() if name.startswith("factcheck.admin.")]
    return [one for m in modules for one in vars(m).values() if isinstance(one, type) and one.__module__ == m.__name__]


def fieldsets_in(value):
    """The (title, options) of one fieldset, or of a list of them."""
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], dict) and "fields" in value[1]:
        return [value]
    return [inner for one in value for inner in fieldsets_in(one)] if isinstance(value, list) else []


def own_fields(form):
    """The fields that a form declares itself."""
    inherited = {id(field) for base in form.__mro__[1:] for field in getattr(base, "declared_fields", {}).values()}
    return {name: field for name, field in form.declared_fields.items() if id(field) not in inherited}


class LazyTests(SimpleTestCase):
    """What a class says once is said in the language of each request."""

    def assert_lazy(self, words, least):
        self.assertGreater(len(words), least)
        for name, text in words.items():
            with self.subTest(name):
                self.assertIsInstance(text, Promise)

    def test_columns_and_actions(self):
        texts = {
            f"{one.__name__}.{name}.{text}": vars(member)[text]
            for one in own_classes()
            for name, member in vars(one).items()
            for text in ("short_description", "plural_description")
            if callable(member) and text in getattr(member, "__dict__", {})
        }

        self.assert_lazy(texts, 25)

    def test_fieldsets(self):
        fieldsets = [
            (f"{one.__name__}.{name}", fieldset)
            for one in own_classes()
            for name, value in vars(one).items()
            for fieldset in fieldsets_in(value)
        ]
        texts = {f"{name}: {title}": title for name, (title, _options) in fieldsets if title is not None}
        described = {
            f"{name}: {options['description']}": options["description"]
            for name, (_title, options) in fieldsets
            if "description" in options
        }

        self.assert_lazy(texts | described, 35)

    def test_names_of_filters_parts_and_searches(self):
        kinds = (admin.ModelAdmin, admin.options.InlineModelAdmin, admin.ListFilter)
        names = ("title", "verbose_name", "verbose_name_plural", "search_help_text")
        texts = {
            f"{one.__name__}.{name}": vars(one)[name]
            for one in own_classes()
            for name in names
            if issubclass(one, kinds) and vars(one).get(name)
        }

        self.assert_lazy(texts, 10)

    def test_boxes(self):
        fields = {
            f"{one.__name__}.{name}": field
            for one in own_classes()
            if issubclass(one, forms.BaseForm)
            for name, field in own_fields(one).items()
            if not field.widget.is_hidden
        }
        labels = {name: field.label for name, field in fields.items() if not isinstance(field, OwnPasswordField)}
        helps = {f"{name} help": field.help_text for name, field in fields.items() if field.help_text}

        self.assert_lazy(labels | helps, 45)

    def test_steps(self):
        texts = {f"{step.name}.{text}": getattr(step, text) for step in STEPS.values() for text in ("label", "done")}
        more = {f"{step.name}.words": step.words for step in STEPS.values() if step.words}

        self.assert_lazy(texts | more, 40)

    def test_actions_of_the_history_are_stored_in_english_and_read_in_each_language(self):
        texts = {action: words for some in actions.ACTIONS.values() for action, words in some.items()}

        self.assert_lazy(texts, 20)
        with translation.override("en"):
            self.assertEqual({action: str(words) for action, words in texts.items()}, {name: name for name in texts})
        self.assertLessEqual(set(reviews.STEPS), set(actions.ACTIONS["review"]))


# The script


class ScriptTests(DeskTestCase):
    script = (FOLDER / "static/factcheck/desk.js").read_text()

    def test_it_has_the_words_that_it_shows_and_no_others(self):
        shown = set(re.findall(r"\bWORDS\.(\w+)", self.script))
        given = {re.sub("-(.)", lambda found: found[1].upper(), name) for name in desk_script.WORDS}

        self.assertEqual(shown, given)
        for name, words in desk_script.WORDS.items():
            with self.subTest(name):
                self.assertIsInstance(words, Promise)

    def test_it_shows_none_of_its_own(self):
        code = re.sub(r"/\*.*?\*/|(?:^|\s)//[^\n]*", "", self.script, flags=re.DOTALL)
        texts = re.findall(r'"([^"\n]*)"|`([^`\n]*)`', code)
        words = {one or re.sub(r"\$\{[^}]*\}", "", other) for one, other in texts}

        self.assertGreater(len(words), 80)
        found = {text for text in words if SENTENCE.search(text) and not re.fullmatch(r"(Ctrl|Shift)(\+\w*)*", text)}
        self.assertEqual(found, {"use strict", "#-group .add-row a"})

    def test_a_page_gives_it_those_of_its_language(self):
        claim = factories.ClaimFactory()
        pages = [reverse("admin:index"), self.address("claim", "changelist"), self.address("change", "changelist")]

        for page in [*pages, self.address(claim)]:
            with self.subTest(page), translation.override("uk"):
                response = self.client.get(page, headers={"Accept-Language": "uk"})
                self.assertContains(response, 'data-save="Зберегти"', count=1)
            with self.subTest(page):
                self.assertContains(self.client.get(page), 'data-save="Save"', count=1)

    def test_what_it_reads_itself_is_the_same_in_all_languages(self):
        claim = factories.ClaimFactory()

        with translation.override("uk"):
            response = self.client.get(self.address(claim), headers={"Accept-Language": "uk"})

        self.assertContains(response, 'data-bound="no"')
