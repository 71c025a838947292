"""The public door from the writing side: when the edition rises, and which addresses are given out for ever."""

from django.db import IntegrityError, transaction
from django.test import TestCase

from factcheck import door, history, workflow
from factcheck.models import Caveat, ClaimTopic, Edition, Page, PageSlug, PublicAddress, RelationKind
from tests.factories import (
    MIDNIGHT,
    SYSTEM,
    AppearanceFactory,
    ArticleFactory,
    ArticleTextFactory,
    ClaimantFactory,
    ClaimFactory,
    ClaimRelationFactory,
    ClaimTopicFactory,
    CorrectionFactory,
    EvidenceFactory,
    ImportedReviewFactory,
    PageFactory,
    PublisherFactory,
    RatingFactory,
    RelayFactory,
    ReplyRequestFactory,
    ReviewFactory,
    TopicFactory,
    UserFactory,
    change,
    desk,
    discarded_review,
    publish,
    published_review,
    rating,
    submitted_review,
    write,
)


class EditionTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        desk()
        rating("unverified")
        cls.listed = ClaimFactory(listed=True, topics=[TopicFactory()])
        cls.appearance = AppearanceFactory(claim=cls.listed)
        cls.private = ClaimFactory()
        cls.user = UserFactory()

    def assert_rises(self, steps, act):
        before = door.number()
        act()
        self.assertEqual(door.number(), before + steps)

    def test_rises_by_one_when_a_public_field_of_a_public_record_changes(self):
        for record, fields in (
            (self.listed, {"context": "New."}),
            (self.appearance, {"quote": "new"}),
            (self.listed.claimant, {"role": "Minister"}),
            (self.appearance.article, {"summary": "New."}),
            (self.appearance.article.publisher, {"name": "New"}),
            (self.listed.topics.get(), {"name": "New"}),
            (rating("unverified"), {"definition": "New."}),
            (desk(), {"name": "New"}),
        ):
            with self.subTest(record._meta.label):
                self.assert_rises(1, lambda record=record, fields=fields: change(record, **fields))

    def test_rises_by_one_when_something_becomes_public(self):
        for label, act in {
            "listing": lambda: workflow.list_claim(self.private, actor=SYSTEM),
            "listed from the start": lambda: ClaimFactory(listed=True, claimant=self.listed.claimant),
            "appearance": lambda: write(AppearanceFactory.build(claim=self.listed, article=self.appearance.article)),
            "topic": lambda: write(ClaimTopic(claim=self.listed, topic=TopicFactory())),
            "relay": lambda: RelayFactory(appearance=self.appearance, by_claimant=self.listed.claimant),
            "relation": lambda: ClaimRelationFactory(from_claim=self.listed, to_claim=self.private),
            "imported review": lambda: ImportedReviewFactory(claim=self.listed),
            "correction": lambda: CorrectionFactory(claim=self.listed),
            "page": PageFactory,
            "rating": RatingFactory,
        }.items():
            with self.subTest(label):
                self.assert_rises(1, act)

    def test_rises_by_one_when_something_public_goes(self):
        relay = RelayFactory(appearance=self.appearance)

        def remove():
            with history.change(self.listed, actor=SYSTEM):
                relay.delete()

        self.assert_rises(1, remove)
        self.assert_rises(1, lambda: workflow.unlist_claim(self.listed, actor=SYSTEM, note="A mistake."))

    def test_stays_for_private_fields_of_public_records(self):
        for record, fields in (
            (self.listed, {"priority": 4}),
            (self.listed, {"assigned_to": self.user}),
            (self.listed, {"recheck_on": "2026-01-01"}),
            (self.listed, {"declined_reason": "Trivial."}),
            (self.listed.claimant, {"protected_identity_note": "Ivan."}),
        ):
            with self.subTest(list(fields)):
                self.assert_rises(0, lambda record=record, fields=fields: change(record, **fields))

    def test_stays_for_private_records(self):
        review = ReviewFactory(claim=self.listed)
        for label, act in {
            "claim": lambda: change(self.private, text="New."),
            "new claim": ClaimFactory,
            "appearance": lambda: AppearanceFactory(claim=self.private),
            "claimant": ClaimantFactory,
            "claimant of a private claim": lambda: change(self.private.claimant, name="New"),
            "article": ArticleFactory,
            "text of a public article": lambda: ArticleTextFactory(article=self.appearance.article),
            "publisher": PublisherFactory,
            "topic": TopicFactory,
            "relation": lambda: ClaimRelationFactory(
                from_claim=self.private, kind=RelationKind.REPEATS, to_claim=ClaimFactory()
            ),
            "relation to a public claim": lambda: ClaimRelationFactory(from_claim=ClaimFactory(), to_claim=self.listed),
            "draft of a public claim": lambda: change(review, summary="New."),
            "evidence of a draft": lambda: EvidenceFactory(review=review),
            "reply request of a draft": lambda: ReplyRequestFactory(review=review),
            "discarded draft": lambda: discarded_review(self.private),
            "submitting a review of a public claim": lambda: submitted_review(ClaimFactory(listed=False)),
            "imported review of a private claim": lambda: ImportedReviewFactory(claim=ClaimFactory()),
            "correction of a private claim": lambda: CorrectionFactory(claim=ClaimFactory()),
            "page in a language that the site has not": lambda: PageFactory(language="de"),
            "account": lambda: UserFactory(roles=["Editor"]),
            "account's name": lambda: change(self.user, public_name="New"),
        }.items():
            with self.subTest(label):
                self.assert_rises(0, act)

    def test_stays_when_nothing_differs(self):
        self.assert_rises(0, lambda: change(self.listed, text=self.listed.text))

    def test_stays_when_rolled_back(self):
        def fail():
            with self.assertRaises(ZeroDivisionError), history.change(self.listed, actor=SYSTEM):
                self.listed.context = "New."
                self.listed.save()
                raise ZeroDivisionError

        self.assert_rises(0, fail)

    def test_nested_blocks_count_once(self):
        other = ClaimFactory(listed=True)

        def act():
            with history.changes(actor=SYSTEM):
                change(self.listed, context="New.")
                change(other, context="New.")
                change(self.private, context="New.")

        self.assert_rises(1, act)

    def test_private_blocks_inside_one_do_not_count(self):
        def act():
            with history.changes(actor=SYSTEM):
                change(self.private, context="New.")
                change(self.listed, priority=4)

        self.assert_rises(0, act)

    def test_several_records_of_one_block_count_once(self):
        other = ClaimFactory(listed=True)

        def act():
            with history.changes([self.listed, other], actor=SYSTEM):
                for claim in (self.listed, other):
                    claim.context = "New."
                    claim.save()

        self.assert_rises(1, act)

    def test_publication_counts_once(self):
        review = submitted_review(self.listed)

        self.assert_rises(1, lambda: publish(review, editor=UserFactory(roles=["Editor"])))

    def test_changed_status_of_a_listed_claim_is_seen(self):
        """The status is no field of the history; it is one that readers see."""
        for appearance, steps in ((AppearanceFactory(claim=self.private), 0), (self.appearance, 1)):
            change(appearance, caveat=Caveat.NOT_VERIFIED)

            self.assert_rises(steps, lambda claim=appearance.claim: workflow.refresh_status([claim]))
            self.assert_rises(0, lambda claim=appearance.claim: workflow.refresh_status([claim]))

    def test_public_name_of_an_author_is_seen(self):
        review = published_review(self.listed)

        self.assert_rises(1, lambda: change(review.author, public_name="New"))
        self.assert_rises(0, lambda: change(review.author, email="new@example.org"))

    def test_page_is_seen_to_come_change_and_go(self):
        self.assert_rises(1, lambda: PageFactory(slug=PageSlug.CORRECTIONS_POLICY, language="en"))
        self.assert_rises(1, lambda: PageFactory(slug=PageSlug.METHODOLOGY, language="en"))
        page = Page.objects.get(slug=PageSlug.METHODOLOGY)

        self.assert_rises(1, lambda: change(page, body="New."))
        self.assert_rises(1, lambda: change(page, language="de"))
        self.assert_rises(0, lambda: change(page, body="Newer."))
        self.assert_rises(1, lambda: change(page, language="en"))

    def test_archive_filled_in_later_is_seen(self):
        evidence = published_review(self.listed).evidence.get()

        self.assert_rises(1, lambda: change(evidence, archived_url="https://archive.example.org/1"))

    def test_withdrawal_is_seen(self):
        review = published_review(self.listed)

        def withdraw():
            change(
                review,
                state="withdrawn",
                withdrawn_at=review.published_at,
                withdrawn_by=review.approved_by,
                withdrawn_note="A forgery.",
            )

        self.assert_rises(1, withdraw)

    def test_begins_without_a_row(self):
        Edition.objects.all().delete()

        self.assertEqual(door.number(), 1)
        self.assert_rises(1, lambda: change(self.listed, context="New."))
        self.assert_rises(1, lambda: change(self.listed, context="Newer."))


class AddressTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.topic = TopicFactory(slug="a-topic")
        cls.claim = ClaimFactory(slug="a-claim", claimant=ClaimantFactory(slug="a-claimant"), topics=[cls.topic])
        article = ArticleFactory(slug="an-article", publisher=PublisherFactory(slug="a-paper"))
        cls.appearance = AppearanceFactory(
            claim=cls.claim, article=article, claimant=ClaimantFactory(slug="who-says-it-here")
        )
        RelayFactory(appearance=cls.appearance, by_claimant=ClaimantFactory(slug="a-soldier"))
        RelayFactory(appearance=cls.appearance, by_claimant=None, by_publisher=PublisherFactory(slug="an-agency"))

    def given_out(self):
        rows = PublicAddress.objects.exclude(slug="desk").order_by("record_type", "slug")
        return list(rows.values_list("record_type", "slug"))

    ALL = [
        ("article", "an-article"),
        ("claim", "a-claim"),
        ("claimant", "a-claimant"),
        ("claimant", "a-soldier"),
        ("claimant", "who-says-it-here"),
        ("publisher", "a-paper"),
        ("publisher", "an-agency"),
        ("topic", "a-topic"),
    ]

    def test_private_records_have_none(self):
        self.assertEqual(self.given_out(), [])

    def test_listing_gives_out_those_of_the_claim_and_of_what_it_names(self):
        workflow.list_claim(self.claim, actor=SYSTEM)

        self.assertEqual(self.given_out(), self.ALL)

    def test_listing_many_at_once_gives_out_each(self):
        claims = [self.claim, *(ClaimFactory(claimant=None) for _ in range(3))]
        with history.changes(claims, actor=SYSTEM):
            for claim in claims:
                workflow.mark_listed(claim, MIDNIGHT)
                claim.save()

        expected = {*self.ALL, *(("claim", claim.slug) for claim in claims)}
        self.assertEqual(set(self.given_out()), expected)

    def test_what_a_listed_claim_names_later_is_given_out(self):
        workflow.list_claim(self.claim, actor=SYSTEM)

        ClaimTopicFactory(claim=self.claim, topic__slug="later-topic")
        AppearanceFactory(claim=self.claim, article__slug="later-article", article__publisher__slug="later-paper")
        change(self.claim, claimant=ClaimantFactory(slug="later-claimant"))
        ImportedReviewFactory(claim=self.claim, publisher__slug="later-checker")
        RelayFactory(appearance=self.appearance, by_claimant__slug="later-soldier")

        self.assertEqual(
            set(self.given_out()) - set(self.ALL),
            {
                ("topic", "later-topic"),
                ("article", "later-article"),
                ("publisher", "later-paper"),
                ("claimant", "later-claimant"),
                ("publisher", "later-checker"),
                ("claimant", "later-soldier"),
            },
        )

    def test_reviews_that_listing_makes_public_give_out_their_publishers(self):
        ImportedReviewFactory(claim=self.claim, publisher__slug="a-checker")

        workflow.list_claim(self.claim, actor=SYSTEM)

        self.assertIn(("publisher", "a-checker"), self.given_out())

    def test_publisher_that_a_public_article_moves_to_is_given_out(self):
        workflow.list_claim(self.claim, actor=SYSTEM)

        change(self.appearance.article, publisher=PublisherFactory(slug="the-owner"))

        self.assertIn(("publisher", "the-owner"), self.given_out())

    def test_article_of_a_relay_alone_has_none(self):
        """A relay's article is public only if a public claim appears in it."""
        relay = RelayFactory(appearance=self.appearance, article=ArticleFactory(slug="the-week-before"))

        workflow.list_claim(self.claim, actor=SYSTEM)

        self.assertNotIn(("article", relay.article.slug), self.given_out())

    def test_slug_changes_until_first_public_and_then_no_more(self):
        records = (self.claim, self.topic, self.claim.claimant, self.appearance.article)
        for number, record in enumerate(records):
            change(record, slug=f"renamed-{number}")
        workflow.list_claim(self.claim, actor=SYSTEM)
        for record in records:
            with self.subTest(record._meta.label):
                with self.assertRaisesMessage(IntegrityError, "slug_fixed"), transaction.atomic():
                    change(record, slug="renamed-again")
                record.refresh_from_db()

    def test_slug_stays_fixed_after_unlisting(self):
        workflow.list_claim(self.claim, actor=SYSTEM)
        workflow.unlist_claim(self.claim, actor=SYSTEM, note="A mistake.")

        with self.assertRaisesMessage(IntegrityError, "claim_slug_fixed"):
            change(self.claim, slug="renamed")

    def test_record_that_was_public_stays_even_when_nothing_public_names_it(self):
        claimant = self.claim.claimant
        workflow.list_claim(self.claim, actor=SYSTEM)
        with history.change(self.claim, actor=SYSTEM):
            self.claim.claim_topics.get().delete()
            self.claim.claimant = None
            self.claim.save()
        for record, make in ((self.topic, TopicFactory), (claimant, ClaimantFactory)):
            with self.subTest(record.slug):
                refused = self.assertRaisesMessage(IntegrityError, "once_public_no_delete")
                with refused, history.change(record, actor=SYSTEM):
                    record.delete()
                with self.assertRaisesMessage(IntegrityError, "slug_not_reused_update"), transaction.atomic():
                    change(make(), slug=record.slug)

    def test_slug_of_what_was_named_only_inside_a_transaction_is_free(self):
        workflow.list_claim(self.claim, actor=SYSTEM)
        topic = TopicFactory(slug="a-moment")

        with history.changes(actor=SYSTEM):
            write(named := ClaimTopic(claim=self.claim, topic=topic))
            with history.change(self.claim, actor=SYSTEM):
                named.delete()

        self.assertNotIn(("topic", "a-moment"), self.given_out())
        change(topic, slug="another")

    def test_slug_that_changes_in_the_transaction_of_the_listing_is_given_out_as_it_ends(self):
        with history.changes(actor=SYSTEM):
            workflow.list_claim(self.claim, actor=SYSTEM)
            change(self.topic, slug="renamed")

        self.assertIn(("topic", "renamed"), self.given_out())
        with self.assertRaisesMessage(IntegrityError, "topic_slug_fixed"), transaction.atomic():
            change(self.topic, slug="a-topic")

    def test_slug_of_a_deleted_record_that_was_never_public_is_free(self):
        topic = TopicFactory(slug="free")
        with history.change(topic, actor=SYSTEM):
            topic.delete()

        self.assertEqual(TopicFactory(slug="free").slug, "free")

    def test_same_slug_may_be_given_to_another_kind_of_record(self):
        workflow.list_claim(self.claim, actor=SYSTEM)

        self.assertEqual(ClaimantFactory(slug="a-topic").slug, "a-topic")
