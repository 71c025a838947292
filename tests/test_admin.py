"""Every record at the desk: made, opened, saved, and looked at by those who may."""

from django.contrib.admin.models import LogEntry
from django.urls import reverse

from factcheck.models import (
    Appearance,
    Article,
    ArticleText,
    Change,
    Claim,
    ClaimRelation,
)
from factcheck.models.history import Whole
from tests import factories
from tests.desk import DeskTestCase


class EveryRecordTests(DeskTestCase):
    def new(self):
        """What a person types to make one of each."""
        claim, other = factories.ClaimFactory(), factories.ClaimFactory()
        publisher, claimant = factories.PublisherFactory(), factories.ClaimantFactory()
        article = factories.ArticleFactory()
        factories.desk()
        return {
            "publisher": {"name": "New", "slug": "new-paper", "homepage": "https://example.org/"},
            "claimant": {"name": "New", "slug": "new-one", "kind": "person", "publisher": publisher.pk},
            "article": {
                "headline": "New", "slug": "new-article", "publisher": publisher.pk, "published_on": "2025-11",
                "url": "https://example.org/new",
            },
            "articletext": {"article": article.pk, "text": "One\r\nTwo \r\n"},
            "topic": {"name": "New", "slug": "new-topic"},
            "claim": {"text": "New.", "slug": "new-claim", "kind": "fact", "claimant": claimant.pk, "made_on": "2025"},
            "appearance": {"claim": claim.pk, "article": article.pk, "claimant": claimant.pk, "said_on": "2025-11-02"},
            "claimrelation": {"from_claim": other.pk, "kind": "contradicts", "to_claim": claim.pk},
            "rating": {"label": "New", "slug": "fresh", "definition": "New.", "position": 9, "rating_class": "open"},
            "correction": {"claim": claim.pk, "severity": "detail", "note": "New."},
            "page": {"slug": "about", "language": "en", "title": "New", "body": "New."},
        }  # fmt: skip

    def test_every_record_can_be_made_and_is_recorded_under_the_person(self):
        for model, typed in self.new().items():
            with self.subTest(model):
                response = self.save(model, **typed)

                self.assertSaved(response)
                change = Change.objects.first()
                whole = "claim" if model == "appearance" else model
                action = "changed" if model == "appearance" else "created"
                self.assertEqual((change.whole_type, change.action, change.actor), (whole, action, self.editor))

        self.assertEqual(ArticleText.objects.get().text, "One\nTwo \n")
        self.assertEqual(ArticleText.objects.get().received_by, self.editor)
        relation = ClaimRelation.objects.get()
        self.assertLess(relation.from_claim_id, relation.to_claim_id)
        self.assertEqual(relation.confirmed_by, self.editor)
        self.assertEqual(str(Article.objects.get(slug="new-article").published_on_partial), "2025-11")
        self.assertEqual(str(Claim.objects.get(slug="new-claim").made_on_partial), "2025")
        self.assertEqual(str(Appearance.objects.get().said_on_partial), "2025-11-02")
        self.assertFalse(LogEntry.objects.exists())

    def stored(self):
        text = "Two\nlines "
        claim = factories.ClaimFactory(context=text, topics=[factories.TopicFactory()])
        relay = factories.RelayFactory(appearance__claim=claim, note=text)
        review = factories.ReviewFactory(rationale=text)
        factories.EvidenceFactory(review=review)
        factories.ReplyRequestFactory(review=review, asked_at=factories.MIDNIGHT.replace(microsecond=5))
        return [
            factories.PublisherFactory(), factories.ClaimantFactory(protected_identity_note="x"),
            factories.ArticleFactory(), factories.ArticleTextFactory(), factories.TopicFactory(), claim,
            relay.appearance, factories.ClaimRelationFactory(), factories.RatingFactory(), review,
            factories.CorrectionFactory(made_at=factories.MIDNIGHT.replace(microsecond=5)), factories.PageFactory(),
            factories.UserFactory(),
        ]  # fmt: skip

    def test_a_save_that_changes_nothing_writes_nothing(self):
        records = self.stored()
        before = Change.objects.count()
        for person in (self.superuser, self.editor):
            self.client.force_login(person)
            for record in records:
                name = record._meta.model_name
                if name == "articletext" or (name == "user" and person != self.superuser):
                    continue  # which they do not change
                with self.subTest(record=name, person=person.username):
                    response = self.save(record)

                    self.assertSaved(response)
                    self.assertEqual(Change.objects.count(), before, Change.objects.first())
                    if isinstance(record, Whole):
                        self.assertEqual(type(record).objects.get(pk=record.pk).version, record.version)

    def test_who_may_only_look_sees_forms_without_fields_and_cannot_save(self):
        records = [record for record in self.stored() if record._meta.model_name != "user"]
        self.client.force_login(self.viewer)
        for record in records:
            with self.subTest(record._meta.model_name):
                response = self.client.get(self.address(record))

                self.assertEqual(response.status_code, 200)
                self.assertNotContains(response, 'name="_save"')
                self.assertNotContains(response, 'name="seen"')
                self.assertEqual(self.client.post(self.address(record), {"_save": "x"}).status_code, 403)
                self.assertEqual(self.client.get(self.address(record._meta.model_name, "add")).status_code, 403)
                self.assertEqual(self.client.post(self.address(record, "delete"), {"post": "yes"}).status_code, 403)

    def test_a_researcher_saves_records_but_not_ratings_pages_and_corrections(self):
        records = self.stored()
        self.client.force_login(self.researcher)
        for record in records:
            with self.subTest(record._meta.model_name):
                expected = 200 if record._meta.model_name not in ("user",) else 403
                self.assertEqual(self.client.get(self.address(record)).status_code, expected)
                closed = record._meta.model_name in ("rating", "page", "correction", "user", "articletext")
                response = self.client.post(self.address(record), {"_save": "x"})
                self.assertEqual(response.status_code, 403 if closed else 409)  # it names no version

    def test_partial_dates_are_shown_as_known_where_they_are_not_edited(self):
        article = factories.ArticleFactory()
        appearance = factories.AppearanceFactory(article=article)
        self.client.force_login(self.viewer)

        self.assertContains(self.client.get(self.address(article)), '<div class="readonly">2025-11</div>', html=True)
        self.assertContains(self.client.get(self.address(appearance)), '<div class="readonly">2025-11</div>', html=True)
        self.assertContains(
            self.client.get(self.address(appearance.claim)), '<div class="readonly">2025-11</div>', html=True
        )
        self.assertContains(self.client.get(self.address("article", "changelist")), ">2025-11<")

    def test_a_new_record_linked_from_nothing_has_no_version_and_no_reason(self):
        response = self.client.get(self.address("claim", "add"))

        self.assertNotContains(response, 'name="seen"')
        self.assertNotContains(response, 'name="reason"')

    def test_a_text_comes_from_a_file_byte_by_byte(self):
        from django.core.files.uploadedfile import SimpleUploadedFile

        article = factories.ArticleFactory()
        received = "\ufeffOne\r\nTwo  \n\n".encode()
        file = SimpleUploadedFile("a.txt", received)

        self.assertSaved(self.save("articletext", article=article.pk, file=file))

        held = ArticleText.objects.get()
        self.assertEqual(held.text.encode(), received)
        again = self.save("articletext", article=article.pk, file=SimpleUploadedFile("a.txt", received))
        self.assertContains(again, "This text of the article is held already.")
        bad = self.save("articletext", article=article.pk, file=SimpleUploadedFile("a.txt", b"ab\xff"))
        self.assertContains(bad, "Byte 3 of the file is not UTF-8.")
        none = self.save("articletext", article=article.pk)
        self.assertContains(none, "one of both")

    def test_hostile_text_is_text(self):
        bad = "<script>alert(1)</script>"
        claim = factories.ClaimFactory(text=bad, context=bad, claimant__name=bad)
        factories.AppearanceFactory(claim=claim, article__headline=bad, quote=bad)
        self.save(claim, text=bad + "2", reason=bad)
        self.assertEqual(self.last_change(claim).reason, bad)
        pages = [
            self.address("claim", "changelist"), self.address(claim), self.address(claim, "history"),
            self.address(claim, "delete"), self.address("change", "changelist"), self.address(self.last_change(claim)),
            self.address("appearance", "changelist"), self.address(claim.appearances.get()), reverse("admin:index"),
        ]  # fmt: skip
        for page in pages:
            with self.subTest(page):
                self.assertNotContains(self.client.get(page), "<script>alert")

        stale = self.client.post(self.address(claim), {"seen": "1", "text": bad, "_save": "x"})
        self.assertEqual(stale.status_code, 409)
        self.assertNotIn(b"<script>alert", stale.content)

    def test_answers_are_not_kept(self):
        for page in [reverse("admin:index"), self.address("claim", "changelist"), self.address("claim", "add")]:
            with self.subTest(page):
                header = self.client.get(page)["Cache-Control"]
                self.assertIn("no-store", header)
                self.assertIn("private", header)
        self.client.logout()
        login = self.client.get(reverse("admin:login"))
        self.assertContains(login, "factcheck desk")
        self.assertIn("no-store", login["Cache-Control"])
        self.assertIn("no-store", self.client.get(reverse("admin:index"))["Cache-Control"])

    def test_signing_in(self):
        self.client.logout()

        response = self.client.post(
            reverse("admin:login"), {"username": "edna", "password": factories.PASSWORD, "next": "/admin/"}, follow=True
        )

        self.assertContains(response, "factcheck desk")
        self.assertContains(response, "View site")
