"""Pictures: what is drawn is what is said beside them, and nothing in a name can break out of one."""

import re
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

from django.core.cache import cache
from django.test import SimpleTestCase, TestCase
from django.utils import timezone

from factcheck import workflow
from factcheck.models import ClaimantKind, StatusBasis
from factcheck.past import end_of
from factcheck.views import over_time
from factcheck.views.events import Standing
from factcheck.views.pictures import COLUMNS, NAME_LINES, STATIONS, WIDTH, columns, is_right_to_left, wrapped
from factcheck.views.statuses import Status
from factcheck.views.timeline import NARROWEST, Timeline
from tests import factories as made

HOSTILE = "</text></svg><script>alert(1)</script>\"'& עברית"
TRUE, FALSE = Status(StatusBasis.REVIEWED, "true", "True"), Status(StatusBasis.REVIEWED, "false", "False")


def at(day, hour=12):
    return datetime(2026, 1, day, hour, tzinfo=UTC)


class WrappingTests(SimpleTestCase):
    def test_no_line_is_wider_than_its_box_and_none_is_lost_in_silence(self):
        for text in [
            "Soldier", "A name of several words that goes on and on until the box is full, and then some",
            "Donaudampfschifffahrtsgesellschaftskapitänswitwenrente", "W" * 200, "Ж" * 60 + " слово", "漢字" * 40,
            "e\u0301" * 80, "", " ",
        ]:  # fmt: skip
            with self.subTest(text):
                lines = wrapped(text)

                self.assertLessEqual(len(lines), NAME_LINES)
                self.assertTrue(all(columns(line) <= COLUMNS + 1 for line in lines), lines)
                shown = "".join(lines).replace(" ", "")
                if not shown.endswith("…"):
                    self.assertEqual(shown, text.replace(" ", ""))
                else:
                    self.assertTrue(text.replace(" ", "").startswith(shown[:-1]))

    def test_first_letter_with_a_direction_decides(self):
        self.assertTrue(is_right_to_left("1. עברית latin"))
        self.assertFalse(is_right_to_left("latin עברית"))
        self.assertFalse(is_right_to_left("123"))


class RelayPathTests(TestCase):
    def picture(self, claim):
        page = self.client.get(claim.get_absolute_url()).content.decode()
        found = re.findall('<svg class="picture relay-path".*?</svg>', page, re.DOTALL)
        return page, found

    def test_stations_stand_in_their_order_and_the_article_at_the_end(self):
        place = made.AppearanceFactory(claim__listed=True, article__headline="What the mayor said")
        made.RelayFactory(appearance=place, position=1, by_claimant=made.ClaimantFactory(name="A nurse"))
        made.RelayFactory(
            appearance=place, position=2, by_claimant=None, by_publisher=made.PublisherFactory(name="The Wire")
        )

        _, [picture] = self.picture(place.claim)

        words = [re.sub("<[^>]+>", "", text) for text in re.findall("<text.*?</text>", picture)]
        names = [words.index(name) for name in ("A nurse", "The Wire", "What the mayor said")]
        self.assertEqual(names, sorted(names))
        self.assertEqual(picture.count('class="arrow"'), 2)
        self.assertIn('role="img"', picture)
        self.assertRegex(picture, "<desc[^>]*>1. Said it first: A nurse")

    def test_no_way_no_picture(self):
        place = made.AppearanceFactory(claim__listed=True)

        self.assertEqual(self.picture(place.claim)[1], [])

    def test_ids_are_unique_and_hostile_names_stay_text(self):
        claim = made.ClaimFactory(listed=True)
        for _ in range(2):
            place = made.AppearanceFactory(claim=claim)
            made.RelayFactory(appearance=place, by_claimant=made.ClaimantFactory(name=HOSTILE))

        page, pictures = self.picture(claim)

        self.assertEqual(len(pictures), 2)
        ids = re.findall(' id="([^"]+)"', page)
        self.assertEqual(len(ids), len(set(ids)))
        self.assertNotIn("<script", page)
        self.assertNotIn("style=", page)
        for picture in pictures:
            self.assertEqual(picture.count("</svg>"), 1)

    def test_many_stations_are_said_to_be_more(self):
        place = made.AppearanceFactory(claim__listed=True)
        for position in range(1, STATIONS + 4):
            made.RelayFactory(appearance=place, position=position)

        _, [picture] = self.picture(place.claim)

        self.assertEqual(picture.count("<rect"), STATIONS + 2)
        self.assertIn("3 more stations", picture)

    def test_an_unnamed_source_is_drawn_by_its_public_name_alone(self):
        source = made.ClaimantFactory(
            name="A soldier", kind=ClaimantKind.UNNAMED_SOURCE, protected_identity_note="SECRET"
        )
        place = made.AppearanceFactory(claim__listed=True)
        made.RelayFactory(appearance=place, by_claimant=source)

        page, [picture] = self.picture(place.claim)

        self.assertIn("A soldier", picture)
        self.assertNotIn("SECRET", page)


def standing(since, until=None, verdict="True", colour="green"):
    rating = SimpleNamespace(colour=colour)
    return Standing(SimpleNamespace(verdict=verdict, review=SimpleNamespace(rating=rating)), since, until, "")


class TimelineTests(SimpleTestCase):
    def test_one_status_is_no_timeline(self):
        self.assertIsNone(Timeline.of([], end_of(date(2026, 1, 9))))
        self.assertIsNone(Timeline.of([standing(at(1))], end_of(date(2026, 1, 9))))

    def test_stretches_fill_the_picture_in_the_order_of_time(self):
        newest_first = [standing(at(5), verdict="Half true"), standing(at(1), at(3), "False")]

        timeline = Timeline.of(newest_first, end_of(date(2026, 1, 9)))

        self.assertEqual([one.words for one in timeline.stretches], ["False", "No review of ours stood", "Half true"])
        self.assertAlmostEqual(sum(float(one.width) for one in timeline.stretches), WIDTH, places=1)
        for one, following in zip(timeline.stretches, timeline.stretches[1:], strict=False):
            self.assertAlmostEqual(float(one.x) + float(one.width), float(following.x), places=1)
        self.assertEqual((timeline.begin, timeline.end), ("1 January 2026", "9 January 2026"))

    def test_a_short_status_is_still_seen(self):
        timeline = Timeline.of([standing(at(1, 13)), standing(at(1, 12), at(1, 13))], at(9) + timedelta(days=3000))

        self.assertGreaterEqual(float(timeline.stretches[0].width), NARROWEST)


class TimelineOnThePageTests(TestCase):
    def test_a_corrected_claim_has_one(self):
        claim = made.ClaimFactory(listed=timezone.now() - timedelta(days=9))
        made.published_review(claim, rating=made.rating("true"), at=timezone.now() - timedelta(days=8))
        once = self.client.get(claim.get_absolute_url()).content.decode()
        made.published_review(claim, rating=made.rating("false"), at=timezone.now() - timedelta(days=2))
        twice = self.client.get(claim.get_absolute_url()).content.decode()

        self.assertNotIn('class="picture timeline"', once)
        picture = re.search('<svg class="picture timeline".*?</svg>', twice, re.DOTALL)[0]
        self.assertLess(picture.index(">True<"), picture.index(">False<"))
        self.assertIn('role="img"', picture)


class OutcomeTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        made.scale()
        cls.fact, cls.prediction = made.ClaimFactory(listed=True), made.PredictionFactory(listed=True)
        made.published_review(cls.fact, rating=made.rating("true"))
        made.published_review(cls.prediction, rating=made.rating("fulfilled"))

    def marked(self, page):
        """The parts of pictures and their keys in the colour of both: all, and those of an outcome."""
        found = re.findall(r'<(?:rect|span) class="([^"]*rating-green[^"]*)"', page)
        return len(found), sum("outcome" in classes.split() for classes in found)

    def test_an_outcome_is_told_apart_from_a_truth_of_the_same_colour_in_bar_chart_and_keys(self):
        self.assertEqual(made.rating("fulfilled").colour, made.rating("true").colour)

        page = self.client.get("/").content.decode()

        self.assertEqual(self.marked(page.split('id="latest"')[0]), (8, 4))

    def test_so_it_is_in_the_bar_of_an_article(self):
        article = made.ArticleFactory()
        for claim in (self.fact, self.prediction):
            made.AppearanceFactory(claim=claim, article=article)

        page = self.client.get(article.get_absolute_url()).content.decode()

        self.assertEqual(self.marked(re.search(r"<figure.*?</figure>", page, re.DOTALL)[0]), (4, 2))


class OverTimeTests(TestCase):
    def points(self, today=None):
        cache.clear()
        chart = over_time.over_time(today or timezone.now().date())
        return chart and [
            {status.slug or "none": number for status, number in point.numbers.items()} for point in chart.points
        ]

    def test_the_first_claim_is_seen_against_the_days_before(self):
        self.assertIsNone(self.points())
        self.assertNotContains(self.client.get("/"), "over-time")
        made.ClaimFactory(listed=True)

        self.assertEqual(self.points(), [*[{}] * 6, {"none": 1}])
        self.assertContains(self.client.get("/"), "over-time")

    def test_intervals_of_one_claim(self):
        self.assertEqual(
            list(over_time._intervals(at(1), [(at(5), None, FALSE), (at(3), at(4), TRUE)])),
            [
                (at(1), at(3), over_time.UNREVIEWED),
                (at(3), at(4), TRUE),
                (at(4), at(5), over_time.UNREVIEWED),
                (at(5), None, FALSE),
            ],
        )
        self.assertEqual(
            list(over_time._intervals(at(1), [(at(2), None, TRUE), (at(5), at(8), FALSE)])),
            [
                (at(1), at(2), over_time.UNREVIEWED),
                (at(2), at(5), TRUE),
                (at(5), at(8), FALSE),
                (at(8), None, over_time.UNREVIEWED),
            ],
        )
        # published before the claim was listed, and over before it
        self.assertEqual(list(over_time._intervals(at(6), [(at(2), None, TRUE)])), [(at(6), None, TRUE)])
        self.assertEqual(
            list(over_time._intervals(at(6), [(at(2), at(4), TRUE)])), [(at(6), None, over_time.UNREVIEWED)]
        )

    def test_days_are_days_for_longer_weeks_and_for_still_longer_months(self):
        days = over_time._days(date(2026, 1, 1), date(2026, 1, 8))
        weeks = over_time._days(date(2026, 1, 1), date(2026, 1, 20))
        months = over_time._days(date(2025, 1, 31), date(2026, 1, 20))

        self.assertEqual(days, [date(2025, 12, 31), *(date(2026, 1, day) for day in range(1, 9))])
        self.assertEqual(weeks, [date(2026, 1, 4), date(2026, 1, 11), date(2026, 1, 18), date(2026, 1, 20)])
        self.assertEqual(months[:2], [date(2025, 1, 31), date(2025, 2, 28)])
        self.assertEqual(months[-2:], [date(2025, 12, 31), date(2026, 1, 20)])
        self.assertEqual(len(over_time._days(date(2000, 1, 1), date(2026, 1, 20))), over_time.MONTHS)

    def test_numbers_are_those_of_the_days(self):
        today = date(2026, 1, 20)
        claim = made.ClaimFactory(listed=at(2))
        made.published_review(claim, rating=made.rating("true"), at=at(6))
        made.published_review(claim, rating=made.rating("false"), at=at(13))
        withdrawn = made.ClaimFactory(listed=at(9))
        review = made.published_review(withdrawn, rating=made.rating("false"), at=at(10))
        workflow.withdraw(review, actor=made.UserFactory(roles=["Editor"]), note="Wrong.", at=at(19))
        made.ClaimFactory(listed=at(19))
        made.published_review(made.ClaimFactory(), rating=made.rating("true"), at=at(3))  # of a private claim

        # the ends of 4, 11 and 18 January, and of today
        self.assertEqual(
            self.points(today),
            [{"none": 1}, {"true": 1, "false": 1}, {"false": 2}, {"false": 1, "none": 2}],
        )

    def test_table_says_what_is_drawn(self):
        made.ClaimFactory(listed=timezone.now() - timedelta(days=20))
        made.published_review(made.ClaimFactory(listed=timezone.now() - timedelta(days=20)), rating=made.rating("true"))

        page = self.client.get("/").content.decode()

        section = page.split('id="over-time"')[1].split("</section>")[0]
        table = section.split("<tbody>")[1].split("</tbody>")[0]
        rows = [re.findall("<td>([^<]*)</td>", row) for row in table.split("</tr>")[:-1]]
        self.assertEqual(rows[0], ["1", "1"])
        self.assertEqual(rows[-1][-1], "2")
        self.assertEqual(section.count('basis-none" x='), len(rows))
        self.assertRegex(section, "<desc[^>]*>.+: 2 claims, reviewed by us: 0; .+: 2 claims, reviewed by us: 1</desc>")

    def test_counted_once_in_an_edition_by_two_queries(self):
        cache.clear()
        with self.assertNumQueries(3):  # and the edition
            over_time.over_time(timezone.now().date())
        with self.assertNumQueries(1):
            over_time.over_time(timezone.now().date())
