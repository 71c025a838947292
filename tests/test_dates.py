"""Dates known to the day, the month or the year."""

from datetime import date

from django import forms
from django.core import serializers
from django.test import SimpleTestCase, TestCase
from django.utils import translation

from factcheck.models import Appearance, Article, Claim, PartialDate, Precision
from factcheck.models.dates import ALLOWED, PartialDateFormField
from tests.factories import ArticleFactory, ClaimFactory, write

DAY = PartialDate(date(2025, 11, 14))
MONTH = PartialDate(date(2025, 11, 1), Precision.MONTH)
YEAR = PartialDate(date(2025, 1, 1), Precision.YEAR)


class PartialDateTests(SimpleTestCase):
    def test_parsed(self):
        for text, expected in (
            ("2025-11-14", DAY),
            ("2025-11", MONTH),
            ("2025", YEAR),
            ("2025-01-01", PartialDate(date(2025, 1, 1))),
            ("2024-02-29", PartialDate(date(2024, 2, 29))),
            ("0001", PartialDate(date(1, 1, 1), Precision.YEAR)),
            ("9999-12-31", PartialDate(date(9999, 12, 31))),
        ):
            with self.subTest(text):
                self.assertEqual(PartialDate.parse(text), expected)

    def test_refused_with_what_is_allowed(self):
        for text in (
            "", "25", "20255", "2025-", "2025-1", "2025-11-", "2025-11-1", "2025-11-144", "14.11.2025", "11/2025",
            "2025-11-14T00:00", " 2025", "2025 ", "2025\n", "２０２５", "٢٠٢٥", "-2025", "2025-W46", "20251114",
        ):  # fmt: skip
            with self.subTest(text), self.assertRaisesMessage(ValueError, str(ALLOWED)):
                PartialDate.parse(text)

    def test_days_that_do_not_exist_are_refused(self):
        for text in ("2025-13", "2025-00", "2025-02-29", "2025-11-31", "2025-11-00", "0000", "0000-01-01"):
            with self.subTest(text), self.assertRaisesMessage(ValueError, "There is no such day"):
                PartialDate.parse(text)

    def test_printed_as_parsed(self):
        for text in ("2025", "2025-11", "2025-11-14", "0987-06"):
            self.assertEqual(str(PartialDate.parse(text)), text)

    def test_last_day(self):
        for text, last in (
            ("2025", date(2025, 12, 31)),
            ("2025-11", date(2025, 11, 30)),
            ("2025-12", date(2025, 12, 31)),
            ("2024-02", date(2024, 2, 29)),
            ("2025-02", date(2025, 2, 28)),
            ("2025-11-14", date(2025, 11, 14)),
        ):
            with self.subTest(text):
                self.assertEqual(PartialDate.parse(text).last, last)

    def test_words_say_no_more_than_is_known(self):
        self.assertEqual([DAY.words, MONTH.words, YEAR.words], ["14 November 2025", "November 2025", "2025"])

    def test_words_are_in_the_language_of_the_page(self):
        with translation.override("uk"):
            self.assertIn("2025", MONTH.words)
            self.assertNotIn("November", MONTH.words)

    def test_what_a_box_for_a_day_shows_before_anything_is_typed_is_no_day(self):
        with self.assertRaises(ValueError):
            PartialDate.parse(str(PartialDateFormField().widget.attrs["placeholder"]))

    def test_a_month_is_written_as_the_language_writes_it_inside_a_sentence(self):
        with translation.override("uk"):
            self.assertEqual([DAY.words, MONTH.words], ["14 листопада 2025", "листопад 2025"])
        with translation.override("de"):
            self.assertEqual(MONTH.words, "November 2025")


class RecordTests(TestCase):
    def test_record_gives_its_two_columns_as_one_value(self):
        for partial in (DAY, MONTH, YEAR):
            claim = ClaimFactory(made_on=partial.first, made_on_precision=partial.precision)

            self.assertEqual(Claim.objects.get(pk=claim.pk).made_on_partial, partial)

    def test_unknown_is_none(self):
        claim = ClaimFactory(made_on=None, made_on_precision="")

        self.assertIsNone(Claim.objects.get(pk=claim.pk).made_on_partial)

    def test_serializers_give_the_column(self):
        """Django's dumpdata goes through value_to_string."""
        article = ArticleFactory()

        [loaded] = serializers.deserialize("json", serializers.serialize("json", [article]))

        self.assertEqual(
            (loaded.object.published_on, loaded.object.published_on_precision), (date(2025, 11, 1), "month")
        )


class FormTests(TestCase):
    """A form has one box for both columns."""

    @classmethod
    def setUpTestData(cls):
        cls.article = ArticleFactory()
        cls.form_class = forms.modelform_factory(Article, fields=["headline", "published_on"])

    def form(self, text):
        return self.form_class({"headline": "A headline", "published_on": text}, instance=self.article)

    def test_shows_what_is_stored(self):
        for partial, shown in ((DAY, "2025-11-14"), (MONTH, "2025-11"), (YEAR, "2025")):
            self.article.published_on, self.article.published_on_precision = partial.first, partial.precision

            html = str(self.form_class(instance=self.article)["published_on"])

            self.assertIn(f'value="{shown}"', html)
            self.assertIn('type="text"', html)

    def test_shows_nothing_where_nothing_is_known(self):
        self.article.published_on, self.article.published_on_precision = None, ""

        self.assertNotIn("value=", str(self.form_class(instance=self.article)["published_on"]))

    def test_round_trip(self):
        for text in ("2025", "2025-11", "2025-11-14", "2025-01-01", ""):
            with self.subTest(text):
                form = self.form(f" {text} ")
                self.assertTrue(form.is_valid(), form.errors)
                write(form.save(commit=False))

                stored = Article.objects.get(pk=self.article.pk)
                self.assertEqual(str(stored.published_on_partial or ""), text)
                self.assertEqual(self.form_class(instance=stored).initial["published_on"] or "", text)

    def test_change_is_noticed(self):
        for text, changed in (
            ("2025-11", False),
            (" 2025-11 ", False),
            ("2025-11-01", True),
            ("2025", True),
            ("", True),
        ):
            with self.subTest(text):
                form = self.form_class({"headline": self.article.headline, "published_on": text}, instance=self.article)

                self.assertEqual(form.has_changed(), changed)

    def test_refuses_with_what_is_allowed(self):
        for text in ("November", "2025-13", "2025-02-30", "14.11.2025"):
            with self.subTest(text):
                form = self.form(text)

                self.assertFalse(form.is_valid())
                self.assertIn(str(ALLOWED), form.errors["published_on"][0])
                self.assertIn(f'value="{text}"', str(form["published_on"]))

    def test_precision_has_no_box_of_its_own(self):
        for model in (Article, Claim, Appearance):
            fields = forms.modelform_factory(model, exclude=[]).base_fields

            self.assertFalse([name for name in fields if name.endswith("precision")])
