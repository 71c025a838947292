from unittest import mock

from django.conf import settings
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client, TestCase, override_settings
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from factcheck import door, workflow
from factcheck.models import Caveat, RelationKind
from factcheck.views import public
from tests import factories as made
from tests import public_world

PAGES = public_world.EVERY
# One of each route, for what its filters have no part in
FIRST = [addresses[0] for addresses in public_world.ADDRESSES.values()]
CACHED = [address for address in PAGES if address not in {"/healthz", "/readyz"}]
EMBEDDED = [address for address in PAGES if address.endswith("/embed/")]
HOSTILE = "<script>alert(1)</script>\"'&<b>\u200fעברית"


def routes():
    """The names of all public routes, those under the prefix of a language among them."""
    found, resolvers = set(), [get_resolver()]
    while resolvers:
        for one in resolvers.pop().url_patterns:
            if isinstance(one, URLPattern):
                found.add(one.name)
            elif one.app_name != "admin":
                resolvers.append(one)
    return found


def content_of(response):
    """All that a reader gets: status, headers that say what it is, and the bytes."""
    return response.status_code, response.headers.get("ETag"), response.headers.get("Cache-Control"), response.content


def html(response):
    """The page, or nothing where the answer is one for machines."""
    return response.content.decode() if response.headers["Content-Type"].startswith("text/html") else None


class EveryPageTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.world = public_world.build()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cache.clear()  # of what another class had
        reader = Client()
        cls.answers = {address: reader.get(address) for address in PAGES}  # got once, for many tests

    def test_every_route_is_among_the_addresses(self):
        self.assertEqual(routes(), set(public_world.ADDRESSES))

    def test_first_address_of_each_route_answers(self):
        for address in FIRST:
            with self.subTest(address):
                self.assertEqual(self.answers[address].status_code, 200)

    def test_nothing_about_a_visitor_matters_and_nothing_is_left_with_them(self):
        other = Client(headers={"accept-language": "uk"})
        other.force_login(made.UserFactory(is_superuser=True))
        other.cookies[settings.CSRF_COOKIE_NAME] = "y"
        for address in PAGES:
            with self.subTest(address):
                response = other.get(address)

                self.assertEqual(content_of(response), content_of(self.answers[address]))
                self.assertLeavesNothing(response)
                self.assertLeavesNothing(self.answers[address])

    def assertLeavesNothing(self, response):
        self.assertEqual(dict(response.cookies), {})
        self.assertNotIn("Cookie", response.headers.get("Vary", ""))
        self.assertNotIn("Accept-Language", response.headers.get("Vary", ""))

    def test_a_cookie_of_no_session_is_left_alone(self):
        for cookie in ("sessionid=x; csrftoken=", "sessionid=abcdefghijklmnopqrstuvwxyz012345; csrftoken=x"):
            visitor = Client(headers={"cookie": cookie})
            for address in FIRST:
                with self.subTest(address, cookie=cookie):
                    self.assertLeavesNothing(visitor.get(address))

    def test_headers_keep_readers_safe(self):
        for address in PAGES:
            with self.subTest(address):
                headers = self.answers[address].headers

                self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
                self.assertNotIn("unsafe", headers["Content-Security-Policy"])
                self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
                self.assertEqual(headers["Referrer-Policy"], "same-origin")
                self.assertEqual(headers["Cross-Origin-Opener-Policy"], "same-origin")
                for feature in ("camera", "geolocation", "microphone", "payment", "browsing-topics"):
                    self.assertIn(f"{feature}=()", headers["Permissions-Policy"])
                if address not in EMBEDDED:
                    self.assertEqual(headers["X-Frame-Options"], "DENY")
                    self.assertIn("frame-ancestors 'none'", headers["Content-Security-Policy"])

    def test_only_https_is_asked_for_where_the_site_has_it(self):
        with override_settings(SECURE_HSTS_SECONDS=60):
            secure = Client()
            for address in FIRST:
                with self.subTest(address):
                    headers = secure.get(address, secure=True).headers

                    self.assertEqual(headers["Strict-Transport-Security"], "max-age=60")
        self.assertNotIn("Strict-Transport-Security", self.client.get("/").headers)

    def test_only_reading_is_allowed(self):
        strict = Client(enforce_csrf_checks=True)
        for address in PAGES:
            for method in ["post", "put", "patch", "delete", "options", "trace"]:
                with self.subTest(address, method=method):
                    self.assertEqual(getattr(strict, method)(address).status_code, 405)

    def test_head_answers_as_get_without_a_body(self):
        for address in FIRST:
            with self.subTest(address):
                got, headed = self.answers[address], self.client.head(address)

                self.assertEqual(headed.status_code, got.status_code)
                self.assertEqual(headed.headers.get("ETag"), got.headers.get("ETag"))
                self.assertEqual(headed.content, b"")

    def test_nothing_runs_or_loads_from_elsewhere(self):
        for address in CACHED:
            with self.subTest(address):
                page = self.answers[address].content.decode()

                self.assertNotIn("<script", page)
                self.assertNotIn("style=", page)
                self.assertNotIn(" on", " ".join(part.split(">")[0] for part in page.split("<button")[1:]))
                self.assertNotIn('src="http', page)

    def test_every_page_has_one_heading_a_language_and_a_description(self):
        for address in CACHED:
            with self.subTest(address):
                page = html(self.answers[address])
                if page is None:
                    continue

                self.assertEqual(page.count("<h1"), 1)
                self.assertIn(f'<html lang="{"uk" if address in public_world.UKRAINIAN else "en"}">', page)
                self.assertIn('<meta name="description"', page)
                self.assertIn('href="#content"', page)
                self.assertIn('<main id="content"', page)

    def test_every_address_has_an_etag_of_its_own(self):
        answers = [self.answers[address] for address in CACHED if self.answers[address].status_code == 200]
        for query in ("status=unverified&basis=reported", "basis=reported&status=unverified"):
            answers.append(self.client.get(f"/claims/?{query}"))

        self.assertEqual(len({answer.headers["ETag"] for answer in answers}), len(answers))

    def test_what_is_for_the_desk_alone_changes_no_public_byte(self):
        edition = door.number()

        self.fill_private_fields()
        self.plant()
        cache.clear()  # so that what was remembered in this edition is counted anew

        self.assertEqual(door.number(), edition)
        secrets = [
            "SECRET", "PLANTED", "the clerk was friendly", "By telephone", "The text of the article",
            *made.User.objects.values_list("username", flat=True),
        ]  # fmt: skip
        for address in PAGES:
            with self.subTest(address):
                response = self.client.get(address)
                page = response.content.decode()
                self.assertEqual(content_of(response), content_of(self.answers[address]))
                self.assertEqual([secret for secret in secrets if secret in page], [])

    def plant(self):
        """One private record of each kind, sharing words, topics and sources with public ones."""
        records, claim = self.world.records, self.world.claim
        hidden = made.ClaimFactory(
            slug="planted", text=claim.text, claimant=records["soldier"], topics=[records["topic"]], context="PLANTED"
        )
        made.AppearanceFactory(
            claim=hidden, article=records["article"], paragraph=22, caveat=Caveat.NOT_VERIFIED, caveat_note="PLANTED"
        )
        alone = made.ArticleFactory(slug="planted", publisher=records["paper"], headline="PLANTED")
        place = made.AppearanceFactory(claim=hidden, article=alone, claimant=records["speaker"])
        made.RelayFactory(appearance=place, by_claimant=records["soldier"], article=records["article"], note="PLANTED")
        lonely = made.ClaimFactory(claimant=made.ClaimantFactory(slug="planted", name="PLANTED"))
        made.AppearanceFactory(claim=lonely, article=made.ArticleFactory(publisher__name="PLANTED"))
        made.TopicFactory(name="PLANTED")
        made.ClaimTopicFactory(claim=hidden, topic=made.TopicFactory(name="PLANTED"))
        made.ClaimRelationFactory(from_claim=hidden, kind=RelationKind.REPEATS, to_claim=claim, note="PLANTED")
        made.ClaimRelationFactory(from_claim=claim, kind=RelationKind.CONTRADICTS, to_claim=hidden, note="PLANTED")
        made.published_review(hidden, title="PLANTED")
        made.ImportedReviewFactory(claim=hidden, title="PLANTED")
        made.CorrectionFactory(claim=hidden, note="PLANTED")
        draft = made.ReviewFactory(claim=claim, title="PLANTED", summary="PLANTED", rating=made.rating("false"))
        made.EvidenceFactory(review=draft, title="PLANTED")
        made.ReplyRequestFactory(review=draft, asked_whom="PLANTED")
        made.submitted_review(self.world.prediction, title="PLANTED")
        made.discarded_review(records["reviewed"], title="PLANTED")
        made.ArticleTextFactory(article=records["article"], text="PLANTED", sha256=made.history.sha256("PLANTED"))
        made.UserFactory(public_name="PLANTED")

    def fill_private_fields(self):
        records, claim = self.world.records, self.world.claim
        claim.refresh_from_db()
        made.change(
            claim,
            assigned_to=made.UserFactory(username="SECRETUSER"),
            priority=4,
            recheck_on=timezone.now().date(),
            declined_reason="SECRET",
        )
        made.change(records["soldier"], protected_identity_note="SECRET")
        made.change(records["author"], email="SECRET@example.org")

    def test_canonical_address_drops_what_is_unknown(self):
        for asked, canonical in [
            ("/?utm_source=x", "/"),
            ("/claims/?kind=&status=unverified&utm_source=x", "/claims/?status=unverified"),
            ("/claims/claim/?x=1", "/claims/claim/"),
            ("/articles/?x=1", "/articles/"),
        ]:
            with self.subTest(asked):
                self.assertContains(
                    self.client.get(asked), f'<link rel="canonical" href="http://testserver{canonical}">'
                )

    def test_unknown_parameters_change_nothing_but_the_etag(self):
        for address in ["/", "/claims/", "/claims/claim/", "/articles/report/", "/claimants/speaker/", "/about/"]:
            with self.subTest(address):
                status, etag, cached, content = content_of(self.client.get(address))
                same = content_of(self.client.get(f"{address}?utm_source=x&page=7"))

                self.assertEqual((status, cached, content), (same[0], *same[2:]))
                self.assertNotEqual(etag, same[1])


class EtagTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.world = public_world.build()

    def test_known_page_is_not_sent_again_and_costs_one_query(self):
        for address in ["/", "/claims/?basis=none", "/claims/claim/", "/articles/report/", "/methodology/"]:
            with self.subTest(address):
                etag = self.client.get(address).headers["ETag"]

                with self.assertNumQueries(1):
                    response = self.client.get(address, headers={"if-none-match": etag})

                self.assertEqual((response.status_code, response.content), (304, b""))
                self.assertEqual(response.headers["ETag"], etag)
                self.assertEqual(response.headers["Cache-Control"], "public, no-cache")

    def test_etag_is_known_among_others_and_where_a_proxy_made_it_weak(self):
        etag = self.client.get("/claims/").headers["ETag"]
        for given in (f"W/{etag}", f'"x", {etag}', f'"x",W/{etag} , "y"'):
            with self.subTest(given):
                self.assertEqual(self.client.get("/claims/", headers={"if-none-match": given}).status_code, 304)
        for given in ("", "*", '"x"', etag.strip('"'), f'"{etag}"', f"w/{etag}", "garbage, ,"):
            with self.subTest(given):
                self.assertEqual(self.client.get("/claims/", headers={"if-none-match": given}).status_code, 200)

    def test_what_is_no_page_says_so_whatever_the_reader_has(self):
        etags = [self.client.get(address).headers["ETag"] for address in ("/", "/claims/", "/claims/claim/")]
        for address, status in (
            ("/claims/?status=nope", 400), ("/claims/?after=odd", 400), ("/articles/?after=odd", 400),
            ("/claims/unlisted/", 410), ("/claims/nothing/", 404), ("/articles/planted/", 404),
            ("/api/v1/claims/similar", 400), ("/oembed?url=http://testserver/claims/claim/&format=xml", 501),
        ):  # fmt: skip
            for name in ("if-none-match", "if-match"):
                for given in (*etags, ", ".join(etags), "*", '"x"'):
                    with self.subTest(address, **{"name": name, "given": given}):
                        response = self.client.get(address, headers={name: given})

                        self.assertEqual(response.status_code, status)
                        self.assertNotIn("ETag", response.headers)
                        self.assertTrue(response.content)

    def test_address_of_a_page_that_went_says_so_to_who_had_the_page(self):
        reviewed = self.world.records["reviewed"]
        had = {
            address: self.client.get(address).headers["ETag"]
            for address in ("/claims/reviewed/", "/claims/prediction/", "/claims/claim/", "/claims/?topic=morale")
        }
        for claim in (reviewed, self.world.prediction, self.world.claim):
            claim.refresh_from_db()
            workflow.unlist_claim(claim, actor=made.SYSTEM, note="A mistake.")

        answers = {
            address: self.client.get(address, headers={"if-none-match": etag}).status_code
            for address, etag in had.items()
        }

        self.assertEqual(answers, dict(zip(had, (410, 410, 410, 400), strict=True)))

    def test_etag_cannot_be_made_up_without_the_key(self):
        etag = self.client.get("/claims/").headers["ETag"]

        with override_settings(SECRET_KEY="another"):
            self.assertNotEqual(self.client.get("/claims/").headers["ETag"], etag)

    def test_pages_are_kept_and_always_asked_about(self):
        response = self.client.get("/claims/")

        self.assertEqual(response.headers["Cache-Control"], "public, no-cache")
        self.assertFalse(response.headers["ETag"].startswith("W/"))

    def test_public_edit_gives_a_new_etag(self):
        etag = self.client.get("/claims/claim/").headers["ETag"]

        made.change(self.world.claim, context="Another context.")
        response = self.client.get("/claims/claim/", headers={"if-none-match": etag})

        self.assertContains(response, "Another context.")
        self.assertNotEqual(response.headers["ETag"], etag)

    def test_new_release_gives_a_new_etag(self):
        etag = self.client.get("/").headers["ETag"]

        with mock.patch.object(public, "RELEASE", "another"):
            response = self.client.get("/", headers={"if-none-match": etag})

        self.assertEqual(response.status_code, 200)

    def test_a_claim_page_may_read_differently_tomorrow(self):
        etag = self.client.get("/claims/prediction/").headers["ETag"]

        self.assertIn(f"{timezone.now():%Y%m%d}", etag)
        self.assertNotIn(f"{timezone.now():%Y%m%d}", self.client.get("/claims/").headers["ETag"])

    def test_errors_have_no_etag(self):
        for address in ["/claims/nothing/", "/claims/unlisted/", "/claims/?kind=odd"]:
            with self.subTest(address):
                response = self.client.get(address)

                self.assertNotIn("ETag", response.headers)
                self.assertIn("no-cache", response.headers["Cache-Control"])


class HostileTextTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.world = public_world.build(HOSTILE)

    def test_no_text_becomes_markup(self):
        for address in CACHED:
            with self.subTest(address):
                page = html(self.client.get(address))
                if page is None:
                    continue

                self.assertNotIn("<script", page)
                self.assertNotIn("alert(1)</", page.replace("alert(1)&lt;/", ""))
                self.assertNotIn("<b>", page)

    def test_texts_are_there_all_the_same(self):
        page = self.client.get("/claims/reviewed/").content.decode()
        for word in ["Reviewed", "Title", "Sum", "Rationale", "How", "Evidence", "Source", "Origin", "Excerpt", "Asked",
                     "Answer", "Correction", "Before", "After", "Import", "Verdict", "Other desk", "Author",
                     "Editor", "As worded elsewhere"]:  # fmt: skip
            with self.subTest(word):
                self.assertIn(f"{word} &lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;&amp;", page)


class ErrorPageTests(TestCase):
    def test_unknown_address_has_a_page_of_its_own(self):
        response = self.client.get("/nothing/here/")

        self.assertContains(response, "Page not found", status_code=404)
        self.assertContains(response, "site.css", status_code=404)

    def test_database_that_does_not_answer_is_503(self):
        self.client.raise_request_exception = False
        for address in ["/", "/claims/", "/claims/x/"]:
            with self.subTest(address), mock.patch.object(door, "number", side_effect=OperationalError("gone")):
                response = self.client.get(address)

                self.assertContains(response, "Back in a moment", status_code=503)
                self.assertEqual(response.headers["Retry-After"], "30")
                self.assertEqual(response.headers["Cache-Control"], "no-store")
                self.assertIn("default-src 'none'", response.headers["Content-Security-Policy"])

    def test_mistake_of_ours_is_500_and_needs_no_database(self):
        self.client.raise_request_exception = False
        with (
            mock.patch.object(door, "site", side_effect=ZeroDivisionError("secret detail")),
            self.assertNumQueries(0),
        ):
            response = self.client.get("/claims/")

        self.assertContains(response, "Something went wrong here", status_code=500)
        self.assertNotContains(response, "secret detail", status_code=500)
        self.assertEqual(response.headers["Cache-Control"], "no-store")

    def test_wrong_host_is_400_with_a_page(self):
        response = self.client.get("/", headers={"host": "elsewhere.example"})

        self.assertContains(response, "This address cannot be answered", status_code=400)
