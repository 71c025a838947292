from datetime import date

from django.test import TestCase

from factcheck import history
from factcheck.models import Appearance, Caveat, Relay
from tests import factories as made


class ClaimantListTests(TestCase):
    def test_public_claimants_are_listed_by_name(self):
        made.ClaimFactory(listed=True, claimant=made.ClaimantFactory(name="Zoe", role="Pilot", interest="party"))
        made.ClaimFactory(listed=True, claimant=made.ClaimantFactory(name="Abel"))
        made.ClaimFactory(claimant=made.ClaimantFactory(name="Hidden"))

        page = self.client.get("/claimants/").content.decode()

        self.assertLess(page.index("Abel"), page.index("Zoe"))
        self.assertIn("Pilot", page)
        self.assertIn("Interest: party to the matter", page)
        self.assertIn("1 claim first made", page)
        self.assertNotIn("Hidden", page)

    def test_pages_walk_over_every_claimant_once(self):
        names = [f"Speaker {number:03}" for number in range(60)]
        claimants = [made.ClaimantFactory.build(name=name) for name in names]
        with history.changes(actor=made.SYSTEM) as block:
            block.insert(claimants)
            block.insert([made.ClaimFactory.build(listed=True, claimant=one) for one in claimants])

        found, address = [], "/claimants/"
        while address:
            page = self.client.get(address).content.decode()
            found += [part.split("<")[0] for part in page.split('dir="auto">Speaker ')[1:]]
            address = page.split('rel="next"')[0].rpartition('href="')[2].split('"')[0] if 'rel="next"' in page else ""

        self.assertEqual([f"Speaker {number}" for number in found], names)

    def test_filters_narrow(self):
        for name, kind, interest in [
            ("Abel", "person", "party"), ("Zoe", "person", "monitor"), ("Staff", "group", "party"),
        ]:  # fmt: skip
            who = made.ClaimantFactory(name=name, kind=kind, interest=interest)
            made.ClaimFactory(listed=True, claimant=who)

        response = self.client.get("/claimants/?interest=party&kind=person")

        self.assertContains(response, "Abel")
        self.assertNotContains(response, "Zoe")
        self.assertNotContains(response, "Staff")
        self.assertContains(response, '<a href="/claimants/?kind=person"><span class="visually-hidden">Remove')
        for words in [
            'value="person" selected>Person (1)<', 'value="group">Group (1)<', 'value="monitor">Monitor (1)<',
            'value="independent">Independent (0)<', "no more than the newest 10,000 are counted",
        ]:  # fmt: skip
            with self.subTest(words):
                self.assertContains(response, words)
        self.assertContains(self.client.get("/claimants/?interest=odd"), "party, state-body", status_code=400)
        self.assertContains(self.client.get("/claimants/?kind=group&interest=monitor"), "Remove one of them")

    def test_number_of_queries_does_not_grow(self):
        for number in [20, 2000]:
            claimants = made.ClaimantFactory.build_batch(number)
            with history.changes(actor=made.SYSTEM) as block:
                block.insert(claimants)
                block.insert([made.ClaimFactory.build(listed=True, claimant=one) for one in claimants])
            made.analyze()
            # edition, the page of claimants, their number, how many each option would leave
            with self.subTest(number), self.assertNumQueries(4):
                self.client.get("/claimants/?kind=person&sort=newest")
            with self.subTest(number), self.assertNumQueries(3):
                self.client.get("/claimants/?kind=person")


class ClaimantDetailTests(TestCase):
    def test_who_they_are_and_what_they_said(self):
        speaker = made.ClaimantFactory(
            name="A speaker",
            role="Head of research",
            interest="independent",
            same_as="https://www.wikidata.org/wiki/Q1",
        )
        own = made.ClaimFactory(listed=True, claimant=speaker, text="Their own words.")
        made.AppearanceFactory(claim=own)
        other = made.ClaimFactory(listed=True, text="Words of others.")
        made.AppearanceFactory(claim=other, claimant=speaker, paragraph=4)
        made.AppearanceFactory(claim=other, claimant=speaker, paragraph=9)
        nobody = made.ClaimFactory(listed=True, text="Words of nobody.", claimant=None)
        made.AppearanceFactory(claim=nobody, claimant=speaker)
        passed = made.AppearanceFactory(claim__listed=True, claim__text="Words passed on.")
        made.RelayFactory(appearance=passed, by_claimant=speaker)

        page = self.client.get(speaker.get_absolute_url()).content.decode()

        for words in ["Head of research", "Independent", 'href="https://www.wikidata.org/wiki/Q1" rel="noopener"']:
            with self.subTest(words):
                self.assertIn(words, page)
        for words in ["Their own words.", "Words of others.", "Words of nobody.", "Words passed on."]:
            with self.subTest(words):
                self.assertEqual(page.count(words), 1)
        self.assertIn("paragraph 4", page)
        self.assertIn("paragraph 9", page)

    def test_statuses_are_counts_and_no_score(self):
        speaker = made.ClaimantFactory(slug="speaker")
        for slug in ["false", "false", "true"]:
            made.published_review(made.ClaimFactory(listed=True, claimant=speaker), rating=made.rating(slug))
        reported = made.ClaimFactory(listed=True, claimant=speaker)
        made.AppearanceFactory(claim=reported, caveat=Caveat.NOT_VERIFIED)
        made.ClaimFactory(listed=True, claimant=speaker)
        made.ClaimFactory(claimant=speaker)

        response = self.client.get("/claimants/speaker/")

        self.assertContains(response, "5 claims. These are counts, not a score")
        self.assertContains(response, 'href="/claims/?status=false&amp;basis=reviewed&amp;claimant=speaker"')
        self.assertContains(response, '<span class="number">2</span>', count=1)
        self.assertNotContains(response, "%<")

    def test_predictions_stand_with_their_outcomes(self):
        speaker = made.ClaimantFactory(slug="speaker")
        late = made.PredictionFactory(claimant=speaker, listed=True, due_on=date(2026, 5, 1))
        made.PredictionFactory(claimant=speaker, listed=True, due_on=None, text="Without a day.")
        made.published_review(late, rating=made.rating("not-fulfilled"))
        soon = made.PredictionFactory(claimant=speaker, listed=True, due_on=date(2026, 4, 1), text="It will be open.")
        made.PredictionFactory(claimant=speaker, text="Hidden.")

        page = self.client.get("/claimants/speaker/").content.decode()

        part = page.split('id="predictions"')[1].split("</section>")[0]
        self.assertLess(part.index(soon.text), part.index(late.text))
        self.assertLess(part.index(late.text), part.index("Without a day."))
        self.assertIn("Last day: 1 May 2026", part)
        self.assertEqual(part.count("No outcome recorded yet"), 2)
        self.assertIn("Outcome: <strong>Not fulfilled</strong>", part)
        self.assertNotIn("Hidden.", page)

    def test_private_claims_and_claimants_stay_hidden(self):
        speaker = made.ClaimantFactory()
        made.ClaimFactory(listed=True, claimant=speaker)
        made.ClaimFactory(claimant=speaker, text="Hidden.")
        made.AppearanceFactory(claimant=speaker, claim__text="Hidden.")
        made.RelayFactory(by_claimant=speaker, appearance__claim__text="Hidden.")
        private = made.ClaimFactory().claimant

        self.assertNotContains(self.client.get(speaker.get_absolute_url()), "Hidden.")
        self.assertEqual(self.client.get(private.get_absolute_url()).status_code, 404)

    def test_number_of_queries_does_not_grow(self):
        speaker, article = made.ClaimantFactory(), made.ArticleFactory()
        for number in [20, 2000]:
            own = made.ClaimFactory.build_batch(number, listed=True, claimant=speaker)
            others = made.ClaimFactory.build_batch(number, listed=True, claimant=made.ClaimantFactory())
            with history.changes(actor=made.SYSTEM) as block:
                block.insert([*own, *others])
                places = [Appearance(claim=one, article=article, claimant=speaker) for one in others]
                block.insert(places)
                block.insert([Relay(appearance=place, position=1, by_claimant=speaker) for place in places])
            made.analyze()
            # edition, claimant, page of claims, statuses, predictions, also said, passed on
            with self.subTest(number), self.assertNumQueries(7):
                self.client.get(speaker.get_absolute_url())
