from datetime import date

from django.http import QueryDict
from django.test import TestCase

from factcheck import filters
from factcheck.filters import ClaimFilter
from factcheck.models import Caveat, Claim, ClaimKind, Precision, Rating
from tests import factories as made


def filtered(query):
    """The slugs of the public claims that the query leaves. Raises AssertionError if it is refused."""
    claims = ClaimFilter(QueryDict(query), Claim.objects.for_list_page())
    assert not claims.problems, claims.problems
    return set(claims.qs.values_list("slug", flat=True))


class MeaningTests(TestCase):
    def test_status_finds_both_bases_and_basis_narrows(self):
        reported = made.ClaimFactory(slug="reported", listed=True)
        made.AppearanceFactory(claim=reported, caveat=Caveat.NOT_VERIFIED)
        made.published_review(made.ClaimFactory(slug="ours", listed=True), rating=made.rating("unverified"))
        made.published_review(made.ClaimFactory(slug="false", listed=True), rating=made.rating("false"))
        made.ClaimFactory(slug="neither", listed=True)

        self.assertEqual(filtered("status=unverified"), {"reported", "ours"})
        self.assertEqual(filtered("status=unverified&basis=reported"), {"reported"})
        self.assertEqual(filtered("status=unverified&basis=reviewed"), {"ours"})
        self.assertEqual(filtered("basis=reviewed"), {"ours", "false"})
        self.assertEqual(filtered("basis=none"), {"neither"})

    def test_status_finds_what_was_rated_before_the_rating_was_replaced(self):
        old = made.rating("false")
        made.published_review(made.ClaimFactory(slug="old", listed=True), rating=old)
        made.change(old, retired_on=date(2025, 11, 20))
        new = made.RatingFactory(slug="false", label="Not true", rating_class="truth", value=1)
        made.published_review(made.ClaimFactory(slug="newer", listed=True), rating=new)

        self.assertEqual(filtered("status=false"), {"old", "newer"})

    def test_kind_and_claimant(self):
        speaker = made.ClaimantFactory(slug="speaker")
        made.ClaimFactory(slug="one", kind=ClaimKind.OPINION, claimant=speaker, listed=True)
        made.ClaimFactory(slug="two", claimant=speaker, listed=True)
        made.ClaimFactory(slug="three", kind=ClaimKind.OPINION, listed=True)
        made.AppearanceFactory(claim=Claim.objects.get(slug="three"), claimant=speaker)

        self.assertEqual(filtered("kind=opinion"), {"one", "three"})
        self.assertEqual(filtered("claimant=speaker"), {"one", "two"})
        self.assertEqual(filtered("claimant=speaker&kind=opinion"), {"one"})

    def test_publisher_article_topic_and_caveat(self):
        paper, topic = made.PublisherFactory(slug="paper"), made.TopicFactory(slug="ships")
        article = made.ArticleFactory(slug="report", publisher=paper)
        for slug, topics in [("one", [topic]), ("two", []), ("three", [topic])]:
            made.ClaimFactory(slug=slug, topics=topics, listed=True)
        one, two, three = (Claim.objects.get(slug=slug) for slug in ["one", "two", "three"])
        made.AppearanceFactory(claim=one, article=article, caveat=Caveat.DISPUTED)
        made.AppearanceFactory(claim=one, article=article)
        made.AppearanceFactory(claim=two, article=made.ArticleFactory(publisher=paper))
        made.AppearanceFactory(claim=three, article=None, address="https://example.org/1")

        self.assertEqual(filtered("publisher=paper"), {"one", "two"})
        self.assertEqual(filtered("article=report"), {"one"})
        self.assertEqual(filtered("topic=ships"), {"one", "three"})
        self.assertEqual(filtered("caveat=disputed"), {"one"})
        self.assertEqual(filtered("caveat=none"), {"two", "three"})
        self.assertEqual(filtered("topic=ships&publisher=paper&caveat=disputed"), {"one"})

    def test_partial_dates_match_when_the_periods_overlap(self):
        for slug, made_on, precision in [
            ("year-2024", date(2024, 1, 1), Precision.YEAR),
            ("year-2025", date(2025, 1, 1), Precision.YEAR),
            ("october", date(2025, 10, 1), Precision.MONTH),
            ("november", date(2025, 11, 1), Precision.MONTH),
            ("first-of-november", date(2025, 11, 1), Precision.DAY),
            ("fourteenth", date(2025, 11, 14), Precision.DAY),
            ("unknown", None, ""),
        ]:
            made.ClaimFactory(slug=slug, made_on=made_on, made_on_precision=precision, listed=True)

        for query, found in {
            "made_from=2025-11-10": {"year-2025", "november", "fourteenth"},
            "made_from=2025-11": {"year-2025", "november", "first-of-november", "fourteenth"},
            "made_from=2025": {"year-2025", "october", "november", "first-of-november", "fourteenth"},
            "made_to=2025-10": {"year-2024", "year-2025", "october"},
            "made_to=2025-11-01": {"year-2024", "year-2025", "october", "november", "first-of-november"},
            "made_to=2024": {"year-2024"},
            "made_from=2025-11-02&made_to=2025-11-13": {"year-2025", "november"},
            "made_from=2025-11-14&made_to=2025-11-14": {"year-2025", "november", "fourteenth"},
            "made_from=2025-10-31&made_to=2025-11": {
                "year-2025", "october", "november", "first-of-november", "fourteenth",
            },
            "made_from=2026": set(),
            "made_from=2025-12-31&made_to=2025-01-01": {"year-2025"},
        }.items():  # fmt: skip
            with self.subTest(query):
                self.assertEqual(filtered(query), found)


class OfferTests(TestCase):
    def test_only_what_is_public_is_offered_and_in_order(self):
        made.scale()
        made.ClaimFactory(claimant=made.ClaimantFactory(name="Hidden"))
        for name in ["zebra", "Ant", "mole"]:
            made.ClaimFactory(listed=True, claimant=made.ClaimantFactory(name=name))

        form = ClaimFilter(QueryDict(""), Claim.objects.for_list_page()).form

        names = [str(label) for value, label in form.fields["claimant"].choices if value]
        self.assertEqual(names, ["Ant", "mole", "zebra"])
        slugs = [value for value, _ in form.fields["status"].choices if value]
        self.assertEqual(slugs, list(Rating.objects.values_list("slug", flat=True)))

    def test_what_is_beyond_the_offer_can_still_be_named(self):
        for name in ["a", "b", "c"]:
            made.ClaimFactory(
                slug=name, listed=True, claimant=made.ClaimantFactory(name=name, slug=f"claimant-of-{name}")
            )

        offered, filters.OFFERED = filters.OFFERED, 2
        self.addCleanup(setattr, filters, "OFFERED", offered)

        self.assertEqual(filtered("claimant=claimant-of-c"), {"c"})
        form = ClaimFilter(QueryDict("kind=fact"), Claim.objects.for_list_page()).form
        self.assertEqual([str(label) for value, label in form.fields["claimant"].choices if value], ["a", "b"])


class EmptyValueTests(TestCase):
    def test_white_space_is_no_value(self):
        made.ClaimFactory(slug="any", listed=True)

        for query in ("made_from=%20", "made_to=%C2%A0", "made_from=%0A"):
            with self.subTest(query):
                response = self.client.get(f"/claims/?{query}")
                self.assertContains(response, "/claims/any/")
