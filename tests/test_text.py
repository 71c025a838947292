"""What text, slugs and addresses may hold: the same characters, whichever way they are written."""

import re
import unicodedata

from django import forms
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.test import SimpleTestCase, TestCase

from factcheck import history
from factcheck.models import Article, Claim, Publisher, Topic
from factcheck.models.text import (
    RESERVED_SLUGS,
    TEXT_PATTERN,
    has_text,
    normalised,
    refused_character,
    validate_slug,
    validate_text,
    validate_url,
)
from tests.factories import SYSTEM, ArticleFactory, ClaimFactory, TopicFactory, change

CONTROLS = [*range(0x00, 0x09), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0)]
DIRECTION_OVERRIDES = [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]
SURROGATES = [0xD800, 0xDBFF, 0xDC00, 0xDFFF]
NONCHARACTERS = [
    *range(0xFDD0, 0xFDF0),
    *(plane * 0x10000 + low for plane in range(17) for low in (0xFFFE, 0xFFFF)),
]
REFUSED = [*CONTROLS, *DIRECTION_OVERRIDES, *SURROGATES, *NONCHARACTERS]

NEIGHBOURS = [
    0x20, 0x7E, 0xA0, 0x2029, 0x202F, 0x2065, 0x206A, 0xD7FF, 0xE000, 0xFDCF, 0xFDF0, 0xFFFD, 0x10000, 0x10FFFD,
]  # fmt: skip
JOINERS_AND_MARKS = [0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x061C, 0x2060, 0xFEFF, 0xFE0F]


class RefusedCharacterTests(SimpleTestCase):
    def test_each_is_refused_with_its_name_and_position(self):
        for code in REFUSED:
            with self.subTest(f"U+{code:04X}"):
                with self.assertRaises(ValidationError) as caught:
                    validate_text(f"first\nab{chr(code)}c")

                self.assertIn(f"character U+{code:04X} at line 2, character 3", caught.exception.messages[0])

    def test_first_of_several_is_named(self):
        self.assertEqual(refused_character("\u202ea\x00"), "character U+202E at line 1, character 1")

    def test_position_is_that_in_the_normalised_text(self):
        """As an editor counts: a line break is one, and so is a letter with its accent."""
        for text in ("a\r\nb\r\ne\u0301\x07", "a\rb\ré\x07"):
            with self.assertRaisesMessage(ValidationError, "U+0007 at line 3, character 2"):
                validate_text(text)

    def test_position_in_a_first_line(self):
        self.assertEqual(refused_character("\x07"), "character U+0007 at line 1, character 1")
        self.assertEqual(refused_character("\n\x07"), "character U+0007 at line 2, character 1")

    def test_what_stands_next_to_them_is_allowed(self):
        for code in NEIGHBOURS:
            with self.subTest(f"U+{code:04X}"):
                validate_text(chr(code))

    def test_joiners_and_direction_marks_are_allowed(self):
        for code in JOINERS_AND_MARKS:
            with self.subTest(f"U+{code:04X}"):
                validate_text(f"a{chr(code)}b")

    def test_tab_and_line_breaks_are_allowed(self):
        for text in ("a\tb", "a\nb", "a\r\nb", "a\rb"):
            with self.subTest(text):
                validate_text(text)

    def test_every_script_is_allowed(self):
        for text in ("Покровськ", "می‌خواهم", "שָׁלוֹם", "漢字", "👩🏽‍🚒", "नमस्ते"):
            with self.subTest(text):
                validate_text(text)


class NormalisedTests(SimpleTestCase):
    def test_line_ends_become_lf(self):
        self.assertEqual(normalised("a\r\nb\rc\nd\r\r\n"), "a\nb\nc\nd\n\n")

    def test_letters_are_composed(self):
        self.assertEqual(normalised("Cafe\u0301 \u0438\u0306"), "Caf\u00e9 \u0439")

    def test_compatibility_characters_stay(self):
        self.assertEqual(normalised("ﬁ ² Å"), "ﬁ ² Å")

    def test_twice_is_once(self):
        for text in ("Cafe\u0301\r\n", "\u212b", "a\r\r\nb"):
            self.assertEqual(normalised(normalised(text)), normalised(text))


class WrittenTests(TestCase):
    """On every way that leads into the database."""

    RAW = "Cafe\u0301\r\nTwo\rThree"
    STORED = "Caf\u00e9\nTwo\nThree"

    def ways(self, description):
        def save():
            return TopicFactory(description=description).pk

        def change_one():
            topic = TopicFactory()
            change(topic, description=description)
            return topic.pk

        def bulk_insert():
            topic = Topic(slug="bulk", name="Bulk", description=description)
            with history.changes(actor=SYSTEM) as block:
                block.insert([topic])
            return topic.pk

        def update():
            topic = TopicFactory()
            models.QuerySet.update(Topic.objects.filter(pk=topic.pk), description=description)
            return topic.pk

        return [save, change_one, bulk_insert, update]

    def test_text_is_stored_normalised(self):
        for way in self.ways(self.RAW):
            with self.subTest(way.__name__):
                self.assertEqual(Topic.objects.get(pk=way()).description, self.STORED)

    def test_refused_character_is_not_stored(self):
        for text in ("a\x00b", "a\x1fb", "a\u202eb", "a\ud800b", "a\uffffb"):
            for way in self.ways(text):
                with self.subTest(f"{way.__name__} {text!a}"):
                    with self.assertRaisesMessage(ValidationError, "line 1, character 2"), transaction.atomic():
                        way()

                    self.assertFalse(Topic.objects.exclude(description="").exists())

    def test_too_long_text_is_not_stored(self):
        """SQLite would take it; PostgreSQL would refuse it in other words."""
        for fields in ({"name": "n" * 121}, {"slug": "s" * 81}):
            with (
                self.subTest(list(fields)),
                self.assertRaisesMessage(ValidationError, "are allowed"),
                transaction.atomic(),
            ):
                TopicFactory(**fields)

    def test_length_is_counted_in_characters_after_composition(self):
        topic = TopicFactory(name="e\u0301" * 120)

        self.assertEqual(Topic.objects.get(pk=topic.pk).name, "\u00e9" * 120)
        with self.assertRaises(ValidationError):
            TopicFactory(name="😀" * 121)

    def test_line_break_in_a_line_is_not_stored(self):
        for text, problem in {
            "two\nlines": "line break at character 4",
            "two\r\nlines": "line break at character 4",
            "tab\tbed": "tab at character 4",
            "two\u2028lines": "line separator (U+2028) at character 4",
            "two\u2029lines": "paragraph separator (U+2029) at character 4",
            "two\x85lines": "character U+0085 at line 1, character 4",
            "two\x0blines": "character U+000B at line 1, character 4",
            "two\x0clines": "character U+000C at line 1, character 4",
            "two\x1clines": "character U+001C at line 1, character 4",
        }.items():
            with self.subTest(text), self.assertRaisesMessage(ValidationError, problem), transaction.atomic():
                TopicFactory(name=text)

    def test_every_character_that_ends_a_line_is_refused_in_one(self):
        for code in range(0x110000):
            if len(f"a{chr(code)}b".splitlines()) > 1:
                with self.subTest(f"U+{code:04X}"), self.assertRaises(ValidationError):
                    Topic._meta.get_field("name").run_validators(f"a{chr(code)}b")

    def test_line_and_paragraph_separators_are_allowed_in_longer_text(self):
        text = "one\u2028two\u2029three"

        self.assertEqual(Topic.objects.get(pk=TopicFactory(description=text).pk).description, text)

    def test_text_is_found_however_it_is_written(self):
        topic = TopicFactory(name="Café")

        self.assertEqual(Topic.objects.get(name="Cafe\u0301"), topic)

    def test_joiner_is_stored_as_it_is(self):
        topic = TopicFactory(name="می\u200cخواهم\u200f")

        self.assertEqual(Topic.objects.get(pk=topic.pk).name, "می\u200cخواهم\u200f")

    def test_form_normalises_and_names_the_position(self):
        form_class = forms.modelform_factory(Topic, fields=["slug", "name", "description"])
        form = form_class({"slug": "fresh", "name": "Cafe\u0301", "description": "one\r\ntwo\u202e"})

        self.assertFalse(form.is_valid())
        self.assertEqual(form.instance.name, "Caf\u00e9")
        self.assertEqual(list(form.errors), ["description"])
        self.assertIn("U+202E at line 2, character 4", form.errors["description"][0])

    def test_form_refuses_line_breaks_in_a_line(self):
        for text, problem in {"two\nlines": "line break", "two\u2028lines": "line separator (U+2028)"}.items():
            form = forms.modelform_factory(Topic, fields=["name"])({"name": text})

            self.assertEqual(form.errors["name"], [f"Write this in one line, without the {problem} at character 4."])

    def test_bytes_of_an_article_are_kept_as_received(self):
        """The one text that is not ours to tidy."""
        article = ArticleFactory()
        text = "Cafe\u0301\r\n\u202e"
        held = article.texts.model(
            article=article, text=text, sha256=history.sha256(text), received_at="2025-11-20T00:00:00Z"
        )
        with history.change(held, actor=SYSTEM):
            held.save()

        self.assertEqual(article.texts.get().text, text)


class GivenTests(TestCase):
    """Whether there is any text: the same on both engines, and in Python."""

    SPACES = [0x09, 0x0A, 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000]
    FILLERS = [0xAD, 0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0]

    def test_white_space_and_what_shows_nothing_is_no_text(self):
        for code in [*self.SPACES, *self.FILLERS, *JOINERS_AND_MARKS, *DIRECTION_OVERRIDES, 0xE0020]:
            with self.subTest(f"U+{code:04X}"):
                self.assertFalse(has_text("name").check({"name": f" {chr(code)}\t{chr(code)}"}))

    def test_what_stands_next_to_them_is_text(self):
        for code in (0x21, 0xA1, 0xAC, 0xAE, 0x2010, 0x2027, 0x2030, 0x205E, 0x2070, 0x3001, 0xFE10, 0x1F600):
            with self.subTest(f"U+{code:04X}"):
                self.assertTrue(has_text("name").check({"name": f"\u00a0\u2003{chr(code)}\u200b\n"}))

    def test_every_character_is_told_apart_as_unicode_does(self):
        for code in range(1, 0x110000):
            character = chr(code)
            kind = unicodedata.category(character)
            is_text = re.search(TEXT_PATTERN, character) is not None
            if kind in ("Cc", "Zs", "Zl", "Zp"):
                self.assertFalse(is_text, f"U+{code:04X}")
            elif kind[0] in "LNPS" and code not in self.FILLERS:
                self.assertTrue(is_text, f"U+{code:04X}")


class SlugTests(TestCase):
    def test_form(self):
        for slug in ("a", "1", "pokrovsk-2025", "a-b-c", "0-0"):
            validate_slug(slug)
        for slug in ("", "A", "a_b", "-a", "a-", "a--b", "a b", "é", "а", "a\n", "a/b"):
            with self.subTest(slug), self.assertRaises(ValidationError):
                validate_slug(slug)

    def test_words_of_addresses_are_slugs_otherwise(self):
        """So that each really is refused by its own rule."""
        for slug in RESERVED_SLUGS:
            validate_slug(slug)

    def test_form_field_names_reserved_words(self):
        for model in (Topic, Publisher, Article, Claim):
            record = model(slug="changes")
            with self.subTest(model.__name__), self.assertRaisesMessage(ValidationError, "addresses use"):
                next(rule for rule in model._meta.constraints if "reserved" in rule.name).validate(model, record)


class UrlTests(TestCase):
    def test_allowed(self):
        for url in (
            "http://example.org",
            "https://example.org/",
            "https://example.org:8443/a?b=c&d=%20#e",
            "https://example.org?q=1",
            "https://example.org#top",
            "https://приклад.укр/шлях",
            "http://127.0.0.1/",
            "http://[::1]/",
        ):
            with self.subTest(url):
                validate_url(url)

    def test_refused(self):
        for url in (
            "ftp://example.org/", "javascript:alert(1)", "data:text/html,x", "//example.org", "example.org", "https://",
            "https:///x", "http:example.org", " https://example.org", "https://example.org/ x", "https://example.org/\n",
            "https://example.org/\tx", "https://exa mple.org", "https://example.org\\x", "mailto:a@example.org",
        ):  # fmt: skip
            with self.subTest(url), self.assertRaises(ValidationError):
                validate_url(url)

    def test_two_thousand_characters_are_stored_and_no_more(self):
        longest = "https://example.org/" + "p" * 1980

        article = ArticleFactory(url=longest)

        self.assertEqual(Article.objects.get(pk=article.pk).url, longest)
        with self.assertRaisesMessage(ValidationError, "at most 2000"):
            ArticleFactory(url=longest + "p")

    def test_claim_text_of_other_scripts_is_stored(self):
        claim = ClaimFactory(text="Міст стоїть, сказав речник — «так» 👍🏽.")

        self.assertEqual(Claim.objects.get(pk=claim.pk).text, "Міст стоїть, сказав речник — «так» 👍🏽.")
