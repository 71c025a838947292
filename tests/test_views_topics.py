from django.test import TestCase

from factcheck import history
from factcheck.models import ClaimTopic
from tests import factories as made


class TopicListTests(TestCase):
    def test_topics_of_public_claims_are_listed_by_name_with_their_number(self):
        ships = made.TopicFactory(name="Ships", slug="ships", description="All that floats.")
        made.ClaimFactory(listed=True, topics=[ships, made.TopicFactory(name="Harbours")])
        made.ClaimFactory(listed=True, topics=[ships])
        made.ClaimFactory(topics=[ships, made.TopicFactory(name="Hidden")])

        page = self.client.get("/topics/").content.decode()

        self.assertLess(page.index("Harbours"), page.index("Ships"))
        self.assertIn("2 topics of", page)
        self.assertIn('<a href="/topics/ships/" dir="auto">Ships</a>', page)
        self.assertIn("All that floats.", page)
        self.assertIn("2 claims</p>", page)
        self.assertNotIn("Hidden", page)

    def test_words_find_topics_by_the_beginnings_of_words(self):
        made.ClaimFactory(listed=True, topics=[made.TopicFactory(name=name) for name in ["Black Sea ships", "Зброя"]])
        made.ClaimFactory(topics=[made.TopicFactory(name="Black market")])

        response = self.client.get("/topics/?q=SHIP+bla")

        self.assertContains(response, "Black Sea ships")
        self.assertContains(response, "1 topic of")
        self.assertNotContains(response, "Зброя")
        self.assertNotContains(response, "market")
        self.assertContains(response, '<a href="/topics/"><span class="visually-hidden">Remove the filter')
        self.assertContains(self.client.get("/topics/?q=зБр"), "Зброя</a>")
        self.assertContains(self.client.get("/topics/?q=hip"), "No topic has a name like this.")
        self.assertContains(self.client.get("/topics/?q=%21%3F"), "No topic has a name like this.")
        self.assertContains(self.client.get("/topics/?q=%00"), "2 topics of")
        self.assertContains(self.client.get("/topics/?q=a&q=b"), "give it once", status_code=400)

    def test_empty_list_leads_on(self):
        self.assertContains(self.client.get("/topics/"), "No listed claim has a topic yet.")

    def test_pages_walk_over_every_topic_once(self):
        names = [f"Topic number {number:03}" for number in range(60)]
        made.ClaimFactory(listed=True, topics=[made.TopicFactory(name=name) for name in names])

        found, address = [], "/topics/"
        while address:
            page = self.client.get(address).content.decode()
            found += [part.split("<")[0] for part in page.split('dir="auto">Topic number ')[1:]]
            address = page.split('rel="next"')[0].rpartition('href="')[2].split('"')[0] if 'rel="next"' in page else ""

        self.assertEqual([f"Topic number {number}" for number in found], names)

    def test_number_of_queries_does_not_grow(self):
        for number in [20, 2000]:
            claims, topics = made.ClaimFactory.build_batch(number, listed=True, claimant=None), []
            with history.changes(actor=made.SYSTEM) as block:
                block.insert(topics := made.TopicFactory.build_batch(number))
                block.insert(claims)
                block.insert([ClaimTopic(claim=one, topic=topic) for one, topic in zip(claims, topics, strict=True)])
            made.analyze()
            with self.subTest(number), self.assertNumQueries(3):  # edition, the page of topics, their number
                self.client.get("/topics/?sort=newest")
            with self.subTest(number), self.assertNumQueries(4):  # what they are called, too
                self.client.get("/topics/?q=topic")


class TopicDetailTests(TestCase):
    def test_claims_of_the_topic_alone(self):
        ships = made.TopicFactory(name="Ships", slug="ships", description="All that floats.")
        made.ClaimFactory(listed=True, topics=[ships], text="It sank.")
        made.ClaimFactory(topics=[ships], text="Hidden.")
        made.ClaimFactory(listed=True, text="It flew.")

        response = self.client.get("/topics/ships/")

        for words in ['<h1 dir="auto">Ships</h1>', "All that floats.", "1 claim on this topic", "It sank."]:
            with self.subTest(words):
                self.assertContains(response, words)
        self.assertNotContains(response, "Hidden.")
        self.assertNotContains(response, "It flew.")

    def test_its_filters_narrow_further_and_stay_at_its_address(self):
        ships = made.TopicFactory(name="Ships", slug="ships")
        made.ClaimFactory(listed=True, topics=[ships], text="It sank.")
        made.ClaimFactory(listed=True, topics=[ships], text="It will sink.", kind="prediction")

        response = self.client.get("/topics/ships/?kind=prediction&basis=none")

        self.assertContains(response, "It will sink.")
        self.assertNotContains(response, "It sank.")
        self.assertContains(response, '<form aria-label="Filters" method="get" action="/topics/ships/">')
        self.assertContains(response, '<a href="/topics/ships/?kind=prediction">')
        self.assertContains(response, "/topics/ships/?basis=none&amp;kind=prediction")
        self.assertContains(self.client.get("/topics/ships/?kind=opinion"), "Remove one of them")

    def test_its_own_filter_is_neither_offered_nor_known(self):
        ships, planes = made.TopicFactory(slug="ships"), made.TopicFactory(slug="planes")
        made.ClaimFactory(listed=True, topics=[ships], text="It sank.")
        made.ClaimFactory(listed=True, topics=[planes], text="It flew.")

        for address in ["/topics/ships/", "/topics/ships/?topic=planes", "/topics/ships/?topic=odd"]:
            with self.subTest(address):
                response = self.client.get(address)

                self.assertNotContains(response, 'name="topic"')
                self.assertContains(response, "It sank.")
                self.assertNotContains(response, "It flew.")

    def test_unknown_value_is_refused_and_unknown_topic_not_found(self):
        made.ClaimFactory(listed=True, topics=[made.TopicFactory(slug="ships")])
        made.ClaimFactory(topics=[made.TopicFactory(slug="hidden")])

        self.assertContains(self.client.get("/topics/ships/?kind=odd"), "fact, figure", status_code=400)
        for slug in ["hidden", "nothing"]:
            with self.subTest(slug):
                self.assertEqual(self.client.get(f"/topics/{slug}/").status_code, 404)

    def test_a_claim_leads_to_its_topics(self):
        claim = made.ClaimFactory(listed=True, topics=[made.TopicFactory(slug="ships")])

        self.assertContains(self.client.get(claim.get_absolute_url()), 'href="/topics/ships/"')
