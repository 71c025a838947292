from datetime import UTC, date, datetime, timedelta
from unittest import mock

from django.test import TestCase
from django.utils import timezone

from factcheck import history, workflow
from factcheck.models import Appearance, Caveat, Claim, Precision, RelationKind, Stance
from factcheck.views import claims as claims_module
from factcheck.views import paging
from tests import factories as made


def listed(number, claimant):
    """That many public claims in few statements, some at the same moment, each with a place in one article."""
    began, article = datetime(2025, 11, 1, tzinfo=UTC), made.ArticleFactory()
    claims = [
        made.ClaimFactory.build(claimant=claimant, listed=began + timedelta(minutes=n // 3)) for n in range(number)
    ]
    with history.changes(actor=made.SYSTEM) as block:
        block.insert(claims)
        block.insert([Appearance(claim=one, article=article, claimant=claimant, paragraph=7) for one in claims])
    return claims


class ClaimListTests(TestCase):
    def test_claims_are_listed_with_status_and_basis(self):
        reported = made.ClaimFactory(listed=True, text="The bridge was open.")
        made.AppearanceFactory(claim=reported, caveat=Caveat.NOT_VERIFIED)
        made.ClaimFactory(listed=True, text="The road was open.")

        page = self.client.get("/claims/").content.decode()

        self.assertInHTML('<span class="rating rating-grey basis-reported">Unverified</span>', page)
        self.assertIn("Reported by the source, not reviewed by us", page)
        self.assertIn("Recorded, not yet reviewed", page)
        self.assertLess(page.index("The road was open."), page.index("The bridge was open."))

    def test_private_and_unlisted_claims_stay_hidden_and_uncounted(self):
        made.ClaimFactory(text="Private.")
        gone = made.ClaimFactory(text="Gone.", listed=True)
        workflow.unlist_claim(gone, actor=made.SYSTEM)
        made.ClaimFactory(text="Public.", listed=True)

        response = self.client.get("/claims/")

        self.assertContains(response, "Public.")
        self.assertContains(response, "1 claim,")
        self.assertNotContains(response, "Private.")
        self.assertNotContains(response, "Gone.")

    def test_unknown_value_of_a_filter_is_refused_naming_what_is_allowed(self):
        made.scale()
        for query, words in [
            ("status=bogus", "true, mostly-true, half-true"),
            ("basis=bogus", "reviewed, reported, none"),
            ("kind=bogus", "fact, figure, allegation, prediction, opinion"),
            ("caveat=bogus", "none, not-independently-verified"),
            ("claimant=bogus", "the address of a page under /claimants/"),
            ("article=bogus", "the address of a page under /articles/"),
            ("made_from=bogus", "2025, 2025-11 or 2025-11-14"),
            ("made_to=2025-02-30", "2025, 2025-11 or 2025-11-14"),
            ("kind=fact&kind=opinion", "give it once"),
            ("topic=%00", "Allowed are: none"),
            ("claimant=null", "/claimants/"),
            ("basis=null", "reviewed, reported, none"),
        ]:
            with self.subTest(query):
                self.assertContains(self.client.get(f"/claims/?{query}"), words, status_code=400)

    def test_all_problems_are_named_at_once(self):
        response = self.client.get("/claims/?kind=bogus&basis=bogus")

        self.assertContains(response, "kind: “bogus”", status_code=400)
        self.assertContains(response, "basis: “bogus”", status_code=400)

    def test_private_records_are_no_filter(self):
        hidden = made.ClaimFactory(topics=[made.TopicFactory(slug="hidden")])

        self.assertEqual(self.client.get("/claims/?topic=hidden").status_code, 400)
        self.assertEqual(self.client.get(f"/claims/?claimant={hidden.claimant.slug}").status_code, 400)
        self.assertNotContains(self.client.get("/claims/"), 'value="hidden"')

    def test_filters_in_use_can_be_removed_one_by_one(self):
        topic = made.TopicFactory(name="Harbours & ships", slug="harbours")
        made.ClaimFactory(listed=True, topics=[topic])

        response = self.client.get("/claims/?topic=harbours&kind=fact&made_from=2025-11")

        self.assertContains(response, '<strong dir="auto">Harbours &amp; ships</strong>')
        self.assertContains(response, '<strong dir="auto">November 2025</strong>')
        self.assertContains(response, 'href="/claims/?kind=fact&amp;made_from=2025-11"')
        self.assertContains(response, '<option value="harbours" selected>')

    def test_article_filter_stays_while_others_change(self):
        place = made.AppearanceFactory(claim__listed=True)

        response = self.client.get(f"/claims/?article={place.article.slug}")

        self.assertContains(response, f'<input type="hidden" name="article" value="{place.article.slug}"')
        self.assertContains(response, place.claim.text)

    def test_empty_states_say_what_to_do(self):
        self.assertContains(self.client.get("/claims/"), "No claim is listed yet.")
        self.assertContains(self.client.get("/claims/?kind=fact"), "Remove one of them")

    def test_pages_walk_over_every_claim_once(self):
        expected = [claim.slug for claim in reversed(listed(60, made.ClaimantFactory()))]
        found, address = [], "/claims/?kind=fact"

        while address:
            response = self.client.get(address)
            found += [part.split('/"')[0] for part in response.content.decode().split('href="/claims/claim-')[1:]]
            page = response.content.decode()
            following = page.split('rel="next"')[0].rpartition('href="')[2] if 'rel="next"' in page else ""
            address = following.split('"')[0].replace("&amp;", "&")

        self.assertEqual([f"claim-{number}" for number in found], expected)

    def test_claim_listed_meanwhile_moves_nobody(self):
        speaker = made.ClaimantFactory()
        listed(30, speaker)
        after = self.client.get("/claims/").content.decode().split('rel="next"')[0].rpartition('href="')[2]
        address = after.split('"')[0]
        before = self.client.get(address).content.decode().count('class="row"')

        made.ClaimFactory(claimant=speaker, listed=True)

        self.assertEqual(self.client.get(address).content.decode().count('class="row"'), before)

    def test_count_stops_counting(self):
        listed(12, made.ClaimantFactory())

        with mock.patch.object(paging, "COUNTED", 10):
            self.assertContains(self.client.get("/claims/"), "10+ claims")

    def test_number_of_queries_does_not_grow(self):
        speaker = made.ClaimantFactory()
        listed(20, speaker)
        address = f"/claims/?claimant={speaker.slug}&kind=fact&basis=none&made_from=2025"
        for _ in range(2):
            # edition, what can be chosen, how many each would leave, the page of claims, their number
            with self.assertNumQueries(5):
                self.client.get(address)
            listed(200, speaker)


class ClaimDetailTests(TestCase):
    def test_five_things_stand_apart(self):
        paper = made.PublisherFactory(name="The Gazette")
        soldier = made.ClaimantFactory(name="A soldier", kind="unnamed-source", interest="party", role="At the front")
        claim = made.ClaimFactory(listed=True, claimant=soldier, text="It is worse there than anywhere.")
        place = made.AppearanceFactory(
            claim=claim, article__publisher=paper, paragraph=22, wording="attributed", quote="worse there",
            caveat=Caveat.NOT_VERIFIED, caveat_note="The article adds so.",
        )  # fmt: skip
        made.RelayFactory(appearance=place, by_claimant=soldier, note="Told the paper.")
        made.RelayFactory(appearance=place, by_claimant=None, by_publisher=paper, note="The week before.")

        page = self.client.get(claim.get_absolute_url()).content.decode()

        for words in [
            "It is worse there than anywhere.", "At the front", "Party to the matter", "paragraph 22", "Attributed",
            "worse there", "Not independently verified.", "The article adds so.", "not our verdict",
            "Reported by The Gazette as not independently verified; not reviewed by us.",
            "Nobody at this desk has reviewed this claim.",
        ]:  # fmt: skip
            with self.subTest(words):
                self.assertIn(words, page)
        path = page.split('<ol class="path">')[1].split("</ol>")[0]
        self.assertLess(path.index("Told the paper."), path.index("The week before."))
        self.assertLess(path.index("The week before."), path.index("Where we read it"))

    def test_unreviewed_claim_looks_unreviewed(self):
        claim = made.ClaimFactory(listed=True)
        made.ReviewFactory(claim=claim, title="A draft", rating=made.rating("false"))

        response = self.client.get(claim.get_absolute_url())

        self.assertContains(response, "Recorded, not yet reviewed.")
        self.assertNotContains(response, "A draft")
        self.assertNotContains(response, "Reviewed by us")
        self.assertNotContains(response, "rating-red")

    def test_review_of_ours_names_date_author_and_checker(self):
        claim = made.ClaimFactory(listed=True)
        review = made.ReviewFactory(claim=claim, title="It was open", author__public_name="Olena K.")
        for stance, origin in [("refutes", "Port"), ("refutes", "PORT"), ("supports", ""), ("context", "Other")]:
            made.EvidenceFactory(review=review, stance=stance, origin=origin)
        made.submit(review)
        made.publish(
            review, made.UserFactory(public_name="Ada B.", roles=["Editor"]), datetime(2025, 11, 20, tzinfo=UTC)
        )

        page = self.client.get(claim.get_absolute_url()).content.decode()

        for words in [
            "Reviewed by us on 20 November 2025.", "It was open", "Olena K.", "Ada B.", "Refutes the claim",
            "3 sources for or against, 2 origins", "Strength: primary record", "rating-red basis-reviewed",
        ]:  # fmt: skip
            with self.subTest(words):
                self.assertIn(words, page)
        self.assertEqual(page.count("<h5>"), len({Stance.SUPPORTS, Stance.REFUTES, Stance.CONTEXT}))

    def test_what_we_lack_is_said_with_the_reason_and_nothing_is_said_of_a_strength_that_nobody_gave(self):
        reasons = {"origins_exception": "The log is the record.", "no_reply_reason": "The master is dead."}
        review = made.published_review(made.ClaimFactory(listed=True), evidence_strength="none", **reasons)

        page = self.client.get(review.claim.get_absolute_url()).content.decode()

        self.assertIn("Why fewer than two origins are enough:", page)
        self.assertIn("Nobody was asked for a reply", page)
        for reason in reasons.values():
            self.assertIn(reason, page)
        self.assertNotIn("Strength:", page)

    def test_that_a_review_was_withdrawn_stands_before_everything_else(self):
        review = made.withdrawn_review(made.ClaimFactory(listed=True), note="A forgery.")

        page = self.client.get(review.claim.get_absolute_url()).content.decode()

        top = page[: page.index("Who said it")]
        self.assertIn("We withdrew our review on", top)
        self.assertIn("A forgery.", top)
        self.assertIn(f'<a href="#review-{review.number}">', top)
        self.assertIn(f'id="review-{review.number}"', page)

    def test_person_without_public_name_is_not_named(self):
        review = made.published_review(
            made.ClaimFactory(listed=True), author=made.UserFactory(username="secretname", public_name="")
        )

        response = self.client.get(review.claim.get_absolute_url())

        self.assertContains(response, "a member of the desk")
        self.assertNotContains(response, "secretname")

    def test_superseded_and_withdrawn_reviews_stay_readable_under_a_notice(self):
        claim = made.superseded_review(made.ClaimFactory(listed=True), title="The first").claim
        self.assertContains(
            self.client.get(claim.get_absolute_url()), "A newer review has taken the place of this one."
        )
        self.assertContains(self.client.get(claim.get_absolute_url()), "The first")

        withdrawn = made.withdrawn_review(made.ClaimFactory(listed=True), note="A forgery.", title="The second").claim
        response = self.client.get(withdrawn.get_absolute_url())
        self.assertContains(response, "A forgery.")
        self.assertContains(response, "The second")
        self.assertContains(response, "our review was withdrawn")

    def test_reviews_of_others_stand_under_their_own_name(self):
        claim = made.ClaimFactory(listed=True)
        made.ImportedReviewFactory(claim=claim, publisher__name="Another desk", verdict="Pants on fire")

        response = self.client.get(claim.get_absolute_url())

        self.assertContains(response, "Pants on fire")
        self.assertContains(response, "Another desk")
        self.assertContains(response, "As given: 2 on a scale from 1 (worst) to 6 (best)")
        self.assertContains(response, "Recorded, not yet reviewed.")

    def test_corrections_stand_before_everything_else(self):
        claim = made.ClaimFactory(listed=True)
        made.CorrectionFactory(claim=claim, note="The day was wrong.", before="Monday", after="Tuesday")

        page = self.client.get(claim.get_absolute_url()).content.decode()

        self.assertLess(page.index("The day was wrong."), page.index("Who said it"))
        self.assertInHTML("<del>Monday</del>", page)

    def test_relations_read_from_both_sides(self):
        one, other = made.ClaimFactory(listed=True), made.ClaimFactory(listed=True)
        words = {
            RelationKind.NARROWER_THAN: ("It is narrower than", "It is wider than"),
            RelationKind.DEPENDS_ON: ("It depends on", "What depends on it"),
            RelationKind.REPEATS: ("It repeats", "It is repeated by"),
            RelationKind.CONTRADICTS: ("It contradicts", "It contradicts"),
            RelationKind.SAME_AS: ("It is the same claim as", "It is the same claim as"),
        }
        for kind in RelationKind:
            made.ClaimRelationFactory(from_claim=one, kind=kind, to_claim=other)
        for kind in RelationKind:
            with self.subTest(kind):
                self.assertContains(self.client.get(one.get_absolute_url()), f"<h3>{words[kind][0]}</h3>")
                self.assertContains(self.client.get(other.get_absolute_url()), f"<h3>{words[kind][1]}</h3>")

    def test_related_private_claim_is_not_shown(self):
        claim, hidden = made.ClaimFactory(listed=True), made.ClaimFactory(text="Hidden.")
        made.ClaimRelationFactory(from_claim=claim, kind=RelationKind.REPEATS, to_claim=hidden, note="Hidden note.")

        self.assertNotContains(self.client.get(claim.get_absolute_url()), "Hidden")

    def test_relay_links_its_article_only_if_that_is_public(self):
        hidden = made.ArticleFactory(headline="Not public")
        place = made.AppearanceFactory(claim__listed=True)
        made.RelayFactory(appearance=place, article=hidden, note="Said there.")

        response = self.client.get(place.claim.get_absolute_url())
        self.assertContains(response, "Said there.")
        self.assertNotContains(response, "Not public")

        made.AppearanceFactory(claim__listed=True, article=hidden)
        self.assertContains(self.client.get(place.claim.get_absolute_url()), f'href="{hidden.get_absolute_url()}"')

    def test_prediction_says_how_it_will_be_judged(self):
        past = made.PredictionFactory(listed=True, due_on=timezone.now().date() - timedelta(days=1))
        today = made.PredictionFactory(listed=True, due_on=timezone.now().date())
        undated = made.PredictionFactory(listed=True, due_on=None)

        self.assertContains(self.client.get(past.get_absolute_url()), "We have not recorded an outcome yet.")
        self.assertContains(self.client.get(past.get_absolute_url()), past.resolution)
        self.assertContains(self.client.get(today.get_absolute_url()), "may still come true")
        self.assertContains(self.client.get(undated.get_absolute_url()), "The source sets no last day")

    def test_prediction_of_which_the_outcome_is_known_says_how_it_was_judged(self):
        claim = made.PredictionFactory(listed=True, due_on=timezone.now().date() + timedelta(days=9))
        open_still = made.PredictionFactory(listed=True, due_on=timezone.now().date() - timedelta(days=1))
        made.published_review(claim, rating=made.rating("fulfilled"))
        made.published_review(open_still, rating=made.rating("too-early"))

        page = self.client.get(claim.get_absolute_url())
        self.assertContains(page, "How this prediction was judged</h2>\n<p>Outcome: <strong>Fulfilled</strong></p>")
        self.assertContains(page, "was judged by this rule")
        self.assertNotContains(page, "may still come true")
        page = self.client.get(open_still.get_absolute_url())
        self.assertContains(page, "How this prediction will be judged")
        self.assertContains(page, "We have not recorded an outcome yet.")

    def test_dates_say_no_more_than_is_known(self):
        for precision, words in [(Precision.YEAR, "<dd>2025</dd>"), (Precision.MONTH, "<dd>January 2025</dd>")]:
            claim = made.ClaimFactory(listed=True, made_on=date(2025, 1, 1), made_on_precision=precision)
            with self.subTest(precision):
                self.assertContains(self.client.get(claim.get_absolute_url()), words)

    def test_other_language_is_marked(self):
        claim = made.ClaimFactory(listed=True, text="Міст був відкритий.", language="uk")

        self.assertContains(
            self.client.get(claim.get_absolute_url()), '<h1 dir="auto" lang="uk">Міст був відкритий.</h1>', html=True
        )

    def test_never_listed_is_404_and_unlisted_is_410_with_date_and_note(self):
        private = made.ClaimFactory()
        unlisted = made.ClaimFactory(listed=True, text="The old words.")
        at = datetime(2027, 3, 4, tzinfo=UTC)
        workflow.unlist_claim(unlisted, actor=made.SYSTEM, note="Recorded twice.", at=at)

        self.assertEqual(self.client.get(private.get_absolute_url()).status_code, 404)
        response = self.client.get(unlisted.get_absolute_url())
        self.assertContains(response, "4 March 2027", status_code=410)
        self.assertContains(response, "Recorded twice.", status_code=410)
        self.assertNotContains(response, "The old words.", status_code=410)

        workflow.list_claim(Claim.objects.get(pk=unlisted.pk), actor=made.SYSTEM)
        self.assertEqual(self.client.get(unlisted.get_absolute_url()).status_code, 200)

    def test_long_page_says_that_more_is_recorded(self):
        claim = made.ClaimFactory(listed=True)
        made.AppearanceFactory.create_batch(3, claim=claim)

        with mock.patch.object(claims_module, "SHOWN", 2):
            self.assertContains(self.client.get(claim.get_absolute_url()), "Only the first of them are shown.")

    def test_number_of_queries_does_not_grow(self):
        claim = made.ClaimFactory(listed=True)
        article, speaker = made.ArticleFactory(), made.ClaimantFactory()
        for rounds in [2, 8]:
            for _ in range(rounds):
                claim.refresh_from_db(fields=["version"])
                place = made.AppearanceFactory(claim=claim, article=article)
                made.RelayFactory(appearance=place, article=article)
                made.ClaimTopicFactory(claim=claim)
                made.ClaimRelationFactory(
                    from_claim=claim,
                    kind=RelationKind.REPEATS,
                    to_claim=made.ClaimFactory(listed=True, claimant=speaker),
                )
                made.published_review(claim, evidence=3, replies=2)
                made.CorrectionFactory(claim=claim)
            # edition, claim, places, stations, relations, reviews, evidence, replies, corrections, topics, changes
            with self.subTest(rounds), self.assertNumQueries(11):
                self.client.get(claim.get_absolute_url())
