from datetime import UTC, date, datetime, timedelta
from unittest import mock

from django.db import connection
from django.http import QueryDict
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from factcheck import history
from factcheck.filters import ClaimFilter
from factcheck.models import (
    Appearance,
    Article,
    Caveat,
    Claim,
    Claimant,
    ClaimTopic,
    Precision,
    Publisher,
    Relay,
    Topic,
)
from factcheck.views import facets
from factcheck.views.articles import ORDERS as ARTICLE_ORDERS
from factcheck.views.claim_lists import ORDERS
from factcheck.views.names import BY_NAME
from factcheck.views.paging import count
from tests import factories as made
from tests.plans import plan_of

BEGAN = datetime(2025, 11, 1, tzinfo=UTC)


def numbers(query=""):
    filters = ClaimFilter(QueryDict(query), Claim.objects.for_list_page())
    assert not filters.problems
    return facets.counted(filters, count(filters.qs))


def index_gives(test, keyset, queryset, index):
    """The second page of the list is found in this index, in its order."""
    first = keyset.rows(queryset, "")
    with CaptureQueriesContext(connection) as captured:
        keyset.rows(queryset, first.after)
    [sql] = [query["sql"] for query in captured.captured_queries]
    plan = plan_of(sql)

    test.assertRegex(plan, index)
    test.assertRegex(plan, "SEARCH|Index Cond")  # the place is found, not walked to
    test.assertNotIn("TEMP B-TREE", plan)
    test.assertNotIn("Sort", plan)


def walked(test, address, kind="claims"):
    """The slugs of the records on all pages from this address on."""
    found = []
    while address:
        page = test.client.get(address).content.decode()
        found += [part.split('/"')[0] for part in page.split(f'row-title"><a href="/{kind}/')[1:]]
        following = page.split('rel="next"')[0].rpartition('href="')[2] if 'rel="next"' in page else ""
        address = following.split('"')[0].replace("&amp;", "&")
    return found


class OrderTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        speaker = made.ClaimantFactory()
        cls.claims = made.ClaimFactory.build_batch(60, claimant=speaker)
        for number, claim in enumerate(cls.claims):
            claim.listed_at = claim.first_listed_at = BEGAN + timedelta(hours=number // 3)
            claim.made_on = None if number % 5 == 0 else date(2025, 1 + number % 7, 1)
            claim.made_on_precision = "" if claim.made_on is None else Precision.MONTH
        with history.changes(actor=made.SYSTEM) as block:
            block.insert(cls.claims)
        made.published_review(cls.claims[7], at=BEGAN + timedelta(days=9))

    def expected(self, key, reverse=True):
        claims = Claim.objects.all()
        return [claim.slug for claim in sorted(claims, key=lambda one: (key(one), one.pk), reverse=reverse)]

    def test_each_order_walks_over_every_claim_once(self):
        for sort, expected in {
            "newest": self.expected(lambda one: one.listed_at),
            "oldest": self.expected(lambda one: one.listed_at, reverse=False),
            "made": self.expected(lambda one: one.made_on or date.min),
            "status": self.expected(lambda one: one.status_since or one.listed_at),
        }.items():
            with self.subTest(sort):
                self.assertEqual(walked(self, f"/claims/?sort={sort}&kind=fact"), expected)
        self.assertEqual(self.expected(lambda one: one.status_since or one.listed_at)[0], self.claims[7].slug)

    def test_without_a_sort_the_latest_listed_is_first_and_the_address_does_not_say_so(self):
        response = self.client.get("/claims/?sort=newest")

        self.assertContains(response, '<link rel="canonical" href="http://testserver/claims/">')
        self.assertEqual(walked(self, "/claims/"), walked(self, "/claims/?sort=newest"))

    def test_sort_stays_while_filters_come_and_go(self):
        response = self.client.get("/claims/?kind=fact&basis=none&sort=made")

        self.assertContains(response, '<a href="/claims/?basis=none&amp;sort=made">')
        self.assertContains(response, '<a class="all" href="/claims/?sort=made">')
        self.assertContains(response, '<option value="made" selected>')
        self.assertContains(response, "latest said first.")

    def test_unknown_sort_is_refused_naming_what_is_allowed(self):
        for query, words in [
            ("sort=odd", "Allowed are: newest, oldest, made, status."),
            ("sort=made&sort=oldest", "sort: give it once."),
            ("sort=%00", "Allowed are: newest"),
            ("sort=made&after=" + self.client.get("/claims/").content.decode().split("after=")[1].split('"')[0], "no"),
        ]:
            with self.subTest(query):
                self.assertContains(self.client.get(f"/claims/?{query}"), words, status_code=400)

    def test_an_index_gives_each_order(self):
        for sort, index in [
            ("newest", "claim_listed"), ("oldest", "claim_listed"), ("made", "claim_made_or_first"),
            ("status", "claim_standing"),
        ]:  # fmt: skip
            with self.subTest(sort):
                index_gives(self, ORDERS[sort][1], Claim.objects.public(), index)


class OtherOrderTests(TestCase):
    """The lists that are no lists of claims."""

    @classmethod
    def setUpTestData(cls):
        cls.articles = made.ArticleFactory.build_batch(60, publisher=made.PublisherFactory(), language="en")
        claimants, topics, publishers = [
            [factory.build(name=f"{'aBcЖé'[number % 5]} name {number // 7}") for number in range(60)]
            for factory in (made.ClaimantFactory, made.TopicFactory, made.PublisherFactory)
        ]
        for number, one in enumerate(cls.articles):
            one.headline = f"Headline {number % 7}"
            one.published_on = None if number % 5 == 0 else date(2025, 1 + number % 7, 1)
            one.published_on_precision = "" if one.published_on is None else Precision.MONTH
        claims = made.ClaimFactory.build_batch(60, listed=True)
        with history.changes(actor=made.SYSTEM) as block:
            for claim, claimant in zip(claims, claimants, strict=True):
                claim.claimant = claimant
            block.insert(claimants)
            block.insert(topics)
            block.insert(publishers)
            block.insert(cls.articles)
            block.insert(claims)
            block.insert([ClaimTopic(claim=one, topic=topic) for one, topic in zip(claims, topics, strict=True)])
            block.insert([Appearance(claim=claims[0], article=one) for one in cls.articles])
            places = [Appearance(claim=one, address="https://posts.example.org/") for one in claims]
            block.insert(places)
            block.insert(
                [
                    Relay(appearance=place, position=1, by_publisher=one)
                    for place, one in zip(places, publishers, strict=True)
                ]
            )

    def test_each_order_walks_over_every_record_once(self):
        for path, model, orders in [
            ("articles", Article, {
                "newest": lambda one: -one.pk,
                "published": lambda one: (-(one.published_on or date.min).toordinal(), -one.pk),
            }),
            ("claimants", Claimant, {"newest": lambda one: -one.pk}),
            ("topics", Topic, {"newest": lambda one: -one.pk}),
            ("publishers", Publisher, {"newest": lambda one: -one.pk}),
        ]:  # fmt: skip
            records = list(model.objects.public())
            for sort, key in orders.items():
                with self.subTest(path, sort=sort):
                    found = walked(self, f"/{path}/?sort={sort}", path)

                    self.assertEqual(found, [one.slug for one in sorted(records, key=key)])
            by_words = model.objects.public().order_by("headline" if path == "articles" else "name", "id")
            sort = "headline" if path == "articles" else "name"
            with self.subTest(path, sort=sort):
                self.assertEqual(walked(self, f"/{path}/?sort={sort}", path), [one.slug for one in by_words])

    def test_sort_stays_and_the_usual_one_is_not_in_the_address(self):
        for path, usual, other, words in [
            ("articles", "newest", "published", "latest published first."),
            ("claimants", "name", "newest", "latest recorded first."),
            ("topics", "name", "newest", "latest recorded first."),
            ("publishers", "name", "newest", "latest recorded first."),
        ]:
            with self.subTest(path):
                page = self.client.get(f"/{path}/?sort={other}&q=name+OR+headline")
                self.assertContains(page, words)
                self.assertContains(page, f'<option value="{other}" selected>')
                self.assertContains(page, f'<a href="/{path}/?sort={other}"><span class="visually-hidden">Remove')
                usually = self.client.get(f"/{path}/?sort={usual}")
                self.assertContains(usually, f'<link rel="canonical" href="http://testserver/{path}/">')
                self.assertContains(usually, f"/{path}/?after=")

    def test_unknown_sort_is_refused_naming_what_is_allowed(self):
        for path, allowed in [
            ("articles", "newest, published, headline"), ("claimants", "name, newest"), ("topics", "name, newest"),
            ("publishers", "name, newest"),
        ]:  # fmt: skip
            for query in ["sort=odd", "sort=%00", "sort=odd&q=name"]:
                with self.subTest(path, query=query):
                    page = self.client.get(f"/{path}/?{query}")
                    self.assertContains(page, f"Allowed are: {allowed}.", status_code=400)
            with self.subTest(path):
                page = self.client.get(f"/{path}/?sort=newest&sort=name")
                self.assertContains(page, "sort: give it once.", status_code=400)

    def test_an_index_gives_each_order(self):
        for model, orders, sort, index in [
            (Article, ARTICLE_ORDERS, "published", "article_published_or_first"),
            (Article, ARTICLE_ORDERS, "headline", "article_headline"),
            (Article, ARTICLE_ORDERS, "newest", "PRIMARY KEY|article_pkey"),
            (Claimant, BY_NAME, "name", "claimant_name"),
            (Claimant, BY_NAME, "newest", "PRIMARY KEY|claimant_pkey"),
            (Topic, BY_NAME, "name", "topic_name"),
            (Publisher, BY_NAME, "name", "publisher_name"),
        ]:
            with self.subTest(model, sort=sort):
                index_gives(self, orders[sort][1], model.objects.all(), index)


class FacetTests(TestCase):
    def test_each_option_says_how_many_it_would_leave(self):
        ships = made.TopicFactory(slug="ships", name="Ships")
        paper = made.PublisherFactory(slug="paper", name="The Paper")
        speaker = made.ClaimantFactory(slug="speaker", name="A speaker")
        reviewed = made.ClaimFactory(listed=True, topics=[ships], claimant=speaker)
        made.AppearanceFactory(claim=reviewed, article__publisher=paper, caveat=Caveat.DISPUTED)
        made.AppearanceFactory(claim=reviewed, article__publisher=paper, caveat=Caveat.NOT_VERIFIED)
        made.published_review(reviewed, rating=made.rating("false"))
        reported = made.ClaimFactory(listed=True, kind="opinion", claimant=speaker)
        made.AppearanceFactory(claim=reported, article__publisher=paper, caveat=Caveat.NOT_VERIFIED)
        made.ClaimFactory(listed=True, topics=[ships], claimant=None)
        made.AppearanceFactory(claim=made.ClaimFactory(topics=[ships], claimant=speaker), article__publisher=paper)

        self.assertEqual(
            numbers(),
            {
                "status": {"false": 1, "unverified": 1},
                "basis": {"reviewed": 1, "reported": 1, "none": 1},
                "kind": {"fact": 2, "opinion": 1},
                "claimant": {"speaker": 2},
                "publisher": {"paper": 2},
                "topic": {"ships": 2},
                "caveat": {"disputed": 1, "not-independently-verified": 2, "none": 1},
            },
        )
        response = self.client.get("/claims/")
        for words in [
            'value="ships">Ships (2)<',
            'value="speaker">A speaker (2)<',
            'value="figure">Figure (0)<',
            'value="opinion">Opinion (1)<',
        ]:
            with self.subTest(words):
                self.assertContains(response, words)

    def test_a_filter_in_use_counts_for_the_others_and_not_for_itself(self):
        for kind, topic in [("fact", "ships"), ("fact", "planes"), ("opinion", "ships")]:
            found = made.Topic.objects.filter(slug=topic).first() or made.TopicFactory(slug=topic)
            made.ClaimFactory(listed=True, kind=kind, topics=[found])

        found = numbers("kind=opinion")

        self.assertEqual(found["kind"], {"fact": 2, "opinion": 1})
        self.assertEqual(found["topic"], {"ships": 1})
        response = self.client.get("/topics/ships/?kind=opinion")
        self.assertContains(response, 'value="fact">Factual claim (1)<')
        self.assertContains(response, '<strong dir="auto">Opinion</strong>')

    def test_what_each_option_would_leave_is_what_it_leaves(self):
        ships, paper = made.TopicFactory(slug="ships"), made.PublisherFactory(slug="paper")
        for number in range(12):
            claim = made.ClaimFactory(
                text=f"A {['quay', 'pier'][number % 4 // 2]} was closed.",
                listed=True,
                kind=["fact", "figure"][number % 2],
                topics=[ships] if number % 3 else [],
            )
            for caveat in list(Caveat)[: number % 4]:
                made.AppearanceFactory(claim=claim, article__publisher=paper, caveat=caveat)

        for query in [
            "", "kind=fact", "topic=ships&caveat=none", "publisher=paper&basis=reported", "q=quay", "q=quay&kind=fact",
        ]:  # fmt: skip
            for name, by_value in numbers(query).items():
                for value, number in by_value.items():
                    with self.subTest(query, name=name, value=value):
                        narrowed = QueryDict(query, mutable=True)
                        narrowed[name] = value
                        filters = ClaimFilter(narrowed, Claim.objects.for_list_page())

                        self.assertEqual(filters.problems, [])
                        self.assertEqual(filters.qs.count(), number)

    def test_words_are_looked_for_once_for_the_page_its_count_and_the_numbers_beside_the_filters(self):
        made.ClaimFactory(text="A quay was closed.", listed=True)
        made.ClaimFactory(text="A pier was closed.", listed=True)
        with CaptureQueriesContext(connection) as captured:
            response = self.client.get("/claims/?q=quay&sort=made")

        self.assertContains(response, "Factual claim (1)")
        self.assertContains(response, "A quay was closed.")
        self.assertEqual(sum("factcheck_search" in query["sql"] for query in captured), 1)

    def test_only_the_newest_are_counted_and_the_page_says_so(self):
        made.ClaimFactory(listed=True, kind="opinion")
        for _ in range(3):
            made.ClaimFactory(listed=True)

        with mock.patch.object(facets, "COUNTED", 2):
            self.assertEqual(numbers()["kind"], {"fact": 2})
        self.assertContains(self.client.get("/claims/"), "no more than the newest 10,000 are counted")

    def test_of_those_listed_at_one_moment_the_last_recorded_are_the_newest(self):
        for kind in ["opinion", "fact", "figure", "fact", "fact"]:
            claim = made.ClaimFactory(listed=BEGAN, kind=kind)
            made.AppearanceFactory(claim=claim, caveat=Caveat.DISPUTED if kind == "figure" else Caveat.NONE)
            made.AppearanceFactory(claim=claim)

        with mock.patch.object(facets, "COUNTED", 3):
            found, narrowed = numbers(), numbers("kind=figure")

        self.assertEqual(found["kind"], {"fact": 2, "figure": 1})
        self.assertEqual(found["caveat"], {"none": 2, "disputed": 1})
        self.assertEqual(sorted(found["publisher"].values()), [1] * 6)
        self.assertEqual(narrowed["kind"], {"fact": 2, "figure": 1})
        self.assertEqual(narrowed["basis"], {"none": 1})

    def test_numbers_are_written_as_the_language_writes_them(self):
        made.ClaimFactory(listed=True)

        with mock.patch.object(facets, "counted", return_value={"kind": {"fact": 1234}}):
            self.assertContains(self.client.get("/claims/"), "Factual claim (1,234)<")
            self.assertContains(self.client.get("/uk/claims/"), " (1\u00a0234)<")

    def test_counted_once_in_each_edition(self):
        made.ClaimFactory(listed=True)

        with self.assertNumQueries(5):
            self.client.get("/claims/?kind=fact")
        with self.assertNumQueries(3):
            self.client.get("/claims/?kind=fact&sort=made&utm=x")
        made.ClaimFactory(listed=True, topics=[made.TopicFactory(name="Ships")])
        with self.assertNumQueries(5):
            page = self.client.get("/claims/?kind=fact").content.decode()
        self.assertIn("Factual claim (2)", page)
        self.assertIn("Ships (1)", page)

    def test_what_is_no_slug_is_asked_and_remembered_like_none(self):
        made.ClaimFactory(listed=True)
        self.client.get("/feeds/claims.atom")

        with self.assertNumQueries(1):  # the edition
            response = self.client.get("/feeds/claims.atom", {"topic": "No Slug!"})

        self.assertContains(response, "topic: “No Slug!” is not known here.", status_code=400)

    def test_number_of_queries_does_not_grow(self):
        ships, paper = made.TopicFactory(slug="ships"), made.PublisherFactory(slug="paper")
        article = made.ArticleFactory(publisher=paper)
        for number in [20, 2000]:
            claims = made.ClaimFactory.build_batch(number, listed=True, claimant=None)
            with history.changes(actor=made.SYSTEM) as block:
                block.insert(claims)
                block.insert([ClaimTopic(claim=one, topic=ships) for one in claims])
                block.insert([Appearance(claim=one, article=article) for one in claims])
            made.analyze()
            # edition, topic or publisher, what can be chosen, how many claims, how many each would leave, page of them
            for address in ["/topics/ships/?publisher=paper&kind=fact", "/publishers/paper/?topic=ships&sort=status"]:
                with self.subTest(number, address=address), self.assertNumQueries(6):
                    self.client.get(address)
