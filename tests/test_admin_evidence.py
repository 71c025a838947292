"""Captures at the desk: attached, kept while a form is put right, filled in later, downloaded by who may."""

import json
import re
from html import unescape
from unittest import mock

from django.core.management import call_command
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from factcheck import captures, history
from factcheck.models import Change, Claim, Evidence, Review
from factcheck.queues import QUEUES
from tests import factories, public_world
from tests.capture_files import HTML, PDF, PNG, SAMPLES, SCRIPT, StoreMixin, captured_evidence, upload, without_rules
from tests.desk import DeskTestCase, FormReader
from tests.test_captures import age

NEW_ROW = {
    "evidence-TOTAL_FORMS": 1, "evidence-0-position": 1, "evidence-0-title": "The log", "evidence-0-kind": "document",
    "evidence-0-stance": "refutes", "evidence-0-interest": "unknown",
}  # fmt: skip


class EvidenceTestCase(StoreMixin, DeskTestCase):
    def inline_errors(self, response):
        [formset] = [
            one.formset for one in response.context["inline_admin_formsets"] if one.formset.prefix == "evidence"
        ]
        return formset.errors

    def text(self, response):
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", unescape(response.content.decode())))

    def publish(self, evidence, listed=False):
        review = Review.objects.get(pk=evidence.review_id)
        factories.submit(review)
        factories.publish(review)
        if listed:
            claim = Claim.objects.get(pk=review.claim_id)
            now = timezone.now()
            factories.change(claim, listed_at=now, first_listed_at=now)
        return Evidence.objects.get(pk=evidence.pk)


class AttachTests(EvidenceTestCase):
    def test_a_file_is_attached_to_new_evidence_in_one_change(self):
        review = factories.ReviewFactory()

        response = self.save(review, **NEW_ROW, **{"evidence-0-file": upload(PDF, "log.exe")}, reason="Found it")

        self.assertSaved(response)
        evidence = review.evidence.get()
        self.assertEqual(self.files(), [evidence.capture.name])
        self.assertEqual(evidence.capture.name, captures.name_of(evidence.capture_sha256))
        self.assertEqual((evidence.captured_by, evidence.capture_tool), (self.editor, "upload"))
        self.assertLess((timezone.now() - evidence.captured_at).total_seconds(), 60)
        after = json.loads(self.last_change(review).after)["evidence"][str(evidence.pk)]
        self.assertEqual(after["capture_sha256"], evidence.capture_sha256)
        self.assertEqual(after["captured_by"], [self.editor.pk, "edna"])
        self.assertEqual(Change.objects.of(review).count(), 2)

    def test_a_tool_of_which_nothing_shows_is_none(self):
        evidence = factories.EvidenceFactory()

        self.assertSaved(self.save(evidence.review, **{"evidence-0-file": upload(), "evidence-0-tool": "\u200b"}))

        evidence.refresh_from_db()
        self.assertEqual(evidence.capture_tool, "upload")

    def test_the_page_shows_what_is_stored(self):
        evidence = factories.EvidenceFactory()

        self.assertSaved(
            self.save(evidence.review, **{"evidence-0-file": upload(), "evidence-0-tool": "SingleFile 1.22"})
        )

        evidence.refresh_from_db()
        page = self.client.get(self.address(evidence.review))
        words = (
            f"SHA-256 {evidence.capture_sha256[:12]}… : PDF, {len(PDF)} bytes, "
            f"{evidence.captured_at:%Y-%m-%d %H:%M} UTC, by edna with SingleFile 1.22"
        )
        self.assertIn(words, self.text(page))
        self.assertContains(page, f'href="/admin/factcheck/evidence/{evidence.pk}/capture/"')
        self.assertNotContains(page, str(self.media))

    def test_two_evidences_share_one_file(self):
        review = factories.ReviewFactory()
        for _ in range(2):
            factories.EvidenceFactory(review=review)

        self.assertSaved(self.save(review, **{"evidence-0-file": upload(), "evidence-1-file": upload(name="b")}))

        one, other = review.evidence.all()
        self.assertEqual(one.capture_sha256, other.capture_sha256)
        self.assertEqual(len(self.files()), 1)

    def test_what_is_refused_says_what_is_allowed_and_loses_nothing(self):
        evidence = factories.EvidenceFactory()
        for content, message in (
            (SCRIPT, "none that can be a capture: a PDF, an image (PNG, JPEG, GIF, WebP), an HTML page, a WARC"),
            (b"", "The file is empty."),
        ):
            with self.subTest(message):
                file = {"evidence-0-file": upload(content, "report.pdf")}
                response = self.save(
                    evidence.review, summary="Typed <b>.", **{"evidence-0-title": "Also typed."}, **file
                )

                self.assertIn(message, str(self.inline_errors(response)))
                self.assertContains(response, "Typed &lt;b&gt;.")
                self.assertContains(response, "Also typed.")
        with self.settings(MAX_CAPTURE_MB=1):
            file = upload(PDF + b"x" * 1024 * 1024)
            response = self.save(evidence.review, summary="Typed <b>.", **{"evidence-0-file": file})
        self.assertIn("at most 1.0\xa0MB are allowed", self.inline_errors(response)[0]["file"][0])
        self.assertContains(response, "Typed &lt;b&gt;.")
        with mock.patch("os.fsync", side_effect=OSError(28, "No space left on device")):
            response = self.save(evidence.review, **{"evidence-0-file": upload()})
        self.assertContains(response, "The file could not be stored: No space left on device.")
        self.assertEqual(self.files(), [])
        self.assertFalse(Evidence.objects.captured().exists())

    def test_a_page_named_as_a_picture_is_a_page(self):
        evidence = factories.EvidenceFactory()

        self.assertSaved(self.save(evidence.review, **{"evidence-0-file": upload(HTML, "picture.png")}))

        self.assertContains(self.client.get(self.address(evidence.review)), "HTML page")
        download = self.client.get(reverse("admin:factcheck_evidence_capture", args=[evidence.pk]))
        self.assertIn(".html", download["Content-Disposition"])

    def test_another_file_replaces_the_one_of_a_draft_and_it_can_be_taken_away(self):
        evidence = captured_evidence()
        review = Review.objects.get(pk=evidence.review_id)

        self.assertSaved(self.save(review, **{"evidence-0-file": upload(HTML)}))
        evidence.refresh_from_db()
        self.assertEqual(captures.look_at(evidence.capture_sha256).kind.name, "HTML page")
        self.assertEqual(evidence.captured_by, self.editor)

        self.assertSaved(self.save(review, **{"evidence-0-file-drop": "on"}))
        evidence.refresh_from_db()
        self.assertEqual((evidence.capture.name, evidence.capture_sha256, evidence.capture_tool), ("", "", ""))
        self.assertIsNone(evidence.captured_by)
        self.assertEqual(len(self.files()), 2)  # the history names both

    def test_the_same_file_again_changes_nothing(self):
        evidence = captured_evidence()
        before = Change.objects.count()

        self.assertSaved(self.save(evidence.review, **{"evidence-0-file": upload(), "evidence-0-tool": "wget"}))

        self.assertEqual(Change.objects.count(), before)

    def test_a_tool_without_a_file_is_refused(self):
        evidence = factories.EvidenceFactory()

        response = self.save(evidence.review, **{"evidence-0-tool": "wget"})

        self.assertContains(response, "Attach the file that was made with it.")

    def test_who_may_not_edit_stores_nothing(self):
        evidence = factories.EvidenceFactory()
        typed = self.form(evidence.review)
        for user, status in ((self.viewer, 403), (None, 302)):
            client = Client()
            if user:
                client.force_login(user)

            response = client.post(self.address(evidence.review), {**typed, "evidence-0-file": upload(), "_save": "x"})

            self.assertEqual(response.status_code, status)
        self.assertEqual(self.files(), [])

    def test_the_number_of_queries_does_not_grow_with_captures(self):
        review = captured_evidence().review
        self.client.get(self.address(review))

        def queries():
            with CaptureQueriesContext(connection) as captured:
                self.assertContains(self.client.get(self.address(review)), "SHA-256 ")
            return len(captured)

        one = queries()
        for _ in range(10):
            captured_evidence(review=review, captured_by=factories.UserFactory())

        self.assertEqual(queries(), one)


class KeptTests(EvidenceTestCase):
    """The form comes back, and the file is still attached."""

    def again(self, response):
        """What the form that came back would send."""
        reader = FormReader("review_form")
        reader.feed(response.content.decode())
        return {name: value for name, value in reader.values.items() if "__prefix__" not in name}

    def test_after_a_mistake_elsewhere(self):
        review = factories.ReviewFactory()
        typed = self.form(review)

        response = self.save(
            review, typed=typed, **NEW_ROW, **{"evidence-0-url": "odd", "evidence-0-file": upload(PNG, "<i>.png")}
        )

        self.assertIn("Attached, not saved yet: <i>.png (PNG image, ", unescape(response.content.decode()))
        self.assertNotContains(response, "<i>.png")
        self.assertFalse(Evidence.objects.exists())
        self.assertEqual(len(self.files()), 1)
        response = self.save(review, typed=self.again(response), **{"evidence-0-url": "also odd"})
        self.assertContains(response, "Attached, not saved yet")
        self.assertSaved(self.save(review, typed=self.again(response), **{"evidence-0-url": "https://example.org/"}))
        evidence = review.evidence.get()
        self.assertEqual(captures.opened(evidence.capture_sha256).read(), PNG)

    def test_after_a_conflict(self):
        evidence = factories.EvidenceFactory()
        review = Review.objects.get(pk=evidence.review_id)
        typed = self.form(review)
        factories.change(review, summary="Theirs.")

        response = self.save(review, typed=typed, **{"evidence-0-file": upload(PDF, "mine.pdf"), "title": "Mine."})

        self.assertContains(response, "Attached, not saved yet: mine.pdf", status_code=409)
        self.assertFalse(Evidence.objects.captured().exists())
        review.refresh_from_db()
        fresh = {**self.again(response), "seen": review.version, "summary": "Theirs."}
        self.assertSaved(self.save(review, typed=fresh))
        self.assertEqual(Evidence.objects.captured().get().capture_tool, "upload")

    def test_after_a_refusal_of_the_database(self):
        evidence = factories.EvidenceFactory()

        with mock.patch.object(Review, "save", side_effect=IntegrityError("a_rule: It cannot be.")):
            response = self.save(evidence.review, title="Typed.", **{"evidence-0-file": upload(PDF, "mine.pdf")})

        self.assertContains(response, "It cannot be.")
        self.assertContains(response, "Attached, not saved yet: mine.pdf")

    def test_what_was_attached_can_be_left_out_or_exchanged(self):
        review = factories.ReviewFactory()
        attached = self.again(self.save(review, **NEW_ROW, **{"evidence-0-url": "odd", "evidence-0-file": upload()}))
        attached["evidence-0-url"] = ""

        response = self.save(review, typed={**attached, "evidence-0-url": "odd"}, **{"evidence-0-file": upload(SCRIPT)})
        self.assertContains(response, "Attached, not saved yet: harbour.pdf")  # a bad one does not push it out
        response = self.save(review, typed={**attached, "evidence-0-url": "odd"}, **{"evidence-0-file": upload(HTML)})
        self.assertContains(response, "Attached, not saved yet: harbour.pdf (HTML page, ")
        self.assertSaved(self.save(review, typed=attached, **{"evidence-0-file-drop": "on"}))
        self.assertEqual(review.evidence.get().capture_sha256, "")

    def test_a_reference_is_signed_and_dies_with_its_file(self):
        review = factories.ReviewFactory()
        sha256 = captures.store(upload()).sha256
        attached = self.again(self.save(review, **NEW_ROW, **{"evidence-0-url": "odd", "evidence-0-file": upload()}))
        attached["evidence-0-url"] = ""
        gone = "The file that was attached is not there any more"

        for forged in (sha256, f'["{sha256}","x"]', attached["evidence-0-file-attached"][:-1] + "!", "x:y:z"):
            response = self.save(review, typed=attached, **{"evidence-0-file-attached": forged})
            self.assertContains(response, gone)
        self.path(sha256).unlink()
        self.assertContains(self.save(review, typed=attached), gone)
        self.assertFalse(Evidence.objects.exists())

    def test_a_file_that_is_still_attached_is_not_removed(self):
        review = factories.ReviewFactory()
        response = self.save(review, **NEW_ROW, **{"evidence-0-url": "odd", "evidence-0-file": upload()})
        [name] = self.files()
        age(self.media / name)

        self.save(review, typed=self.again(response), **{"evidence-0-url": "odd"})

        [stray] = captures.strays()
        self.assertFalse(captures.remove(stray))

    def test_a_capture_that_somebody_else_attached_is_not_replaced_unasked(self):
        evidence = factories.EvidenceFactory()
        review = Review.objects.get(pk=evidence.review_id)
        typed = self.form(review)
        theirs = captures.store(upload(HTML)).sha256
        factories.change(
            evidence, capture=captures.name_of(theirs), capture_sha256=theirs, captured_at=timezone.now(),
            captured_by=self.researcher, capture_tool="curl",
        )  # fmt: skip
        review.refresh_from_db()
        typed["seen"] = review.version

        response = self.save(review, typed=typed, **{"evidence-0-file": upload()})
        for _ in range(2):  # saving again does not force it
            self.assertContains(response, "Somebody else attached another file meanwhile.")
            response = self.save(review, typed=self.again(response))
        evidence.refresh_from_db()
        self.assertEqual(evidence.capture_sha256, theirs)
        self.assertSaved(self.save(review, typed=self.again(response), **{"evidence-0-file-replace": "on"}))

        evidence.refresh_from_db()
        self.assertEqual(captures.opened(evidence.capture_sha256).read(), PDF)


class OriginTests(EvidenceTestCase):
    def test_origins_named_for_this_claim_are_offered_once(self):
        claim = factories.ClaimFactory()
        imported = factories.ImportedReviewFactory(claim=claim)
        factories.EvidenceFactory(review=imported, origin="Port authority")
        review = factories.ReviewFactory(claim=claim)
        for origin in ("PORT AUTHORITY", 'A "sailor" <b>', ""):
            factories.EvidenceFactory(review=review, origin=origin)
        factories.EvidenceFactory(origin="Of another claim")

        page = self.client.get(self.address(review)).content.decode()

        offered = re.search(r'<datalist id="evidence-origins">(.*?)</datalist>', page)[1]
        values = [unescape(value) for value in re.findall(r'<option value="([^"]*)"></option>', offered)]
        self.assertEqual(values, ['A "sailor" <b>', "Port authority"])
        self.assertEqual(page.count('list="evidence-origins"'), 4)  # three rows and the empty one


class LaterTests(EvidenceTestCase):
    def test_an_empty_capture_and_archive_address_are_filled_in_after_publication(self):
        evidence = self.publish(factories.EvidenceFactory())
        page = self.client.get(self.address(evidence.review))
        self.assertContains(page, f'<a href="{self.address(evidence)}">Add what is missing</a>')
        self.assertNotContains(page, 'name="_save"')

        archived = "https://archive.example.org/1"
        response = self.save(evidence, archived_url=archived, file=upload(), tool="wget", reason="It vanished")

        self.assertRedirects(response, self.address("evidence", "changelist"))
        evidence.refresh_from_db()
        self.assertEqual((evidence.archived_url, evidence.capture_tool), (archived, "wget"))
        self.assertEqual(captures.opened(evidence.capture_sha256).read(), PDF)
        change = self.last_change(evidence.review)
        self.assertEqual((change.actor, change.reason), (self.editor, "It vanished"))
        after = json.loads(change.after)["evidence"][str(evidence.pk)]
        self.assertEqual(
            set(after), {"archived_url", "capture", "capture_sha256", "captured_at", "captured_by", "capture_tool"}
        )
        self.assertNotContains(self.client.get(self.address(evidence.review)), "Add what is missing")
        self.assertContains(self.client.get(self.address(evidence, "history")), "It vanished")

    def test_the_file_stays_attached_there_too(self):
        evidence = self.publish(factories.EvidenceFactory())

        response = self.save(evidence, archived_url="odd", file=upload(PDF, "mine.pdf"))

        self.assertContains(response, "Attached, not saved yet: mine.pdf")
        stale = self.form(evidence)
        factories.change(evidence, archived_url="https://archive.example.org/theirs")
        response = self.save(evidence, typed=stale, archived_url="https://archive.example.org/mine", file=upload())
        self.assertContains(response, "Attached, not saved yet", status_code=409)
        evidence.refresh_from_db()
        self.assertEqual((evidence.archived_url[-6:], evidence.capture_sha256), ("theirs", ""))

    def test_what_is_there_stays_as_it_is(self):
        evidence = self.publish(captured_evidence(archived_url="https://archive.example.org/1"))

        page = self.client.get(self.address(evidence))
        response = self.client.post(
            self.address(evidence), {"archived_url": "https://x.example/", "file": upload(HTML), "_save": "x"}
        )

        self.assertNotContains(page, 'name="_save"')
        self.assertEqual(response.status_code, 403)
        half = self.publish(captured_evidence())
        self.assertNotContains(self.client.get(self.address(half)), 'name="file"')
        response = self.save(half, archived_url="https://archive.example.org/2", title="Other", file=upload(HTML))
        self.assertSaved(response)
        changed = Evidence.objects.get(pk=half.pk)
        self.assertEqual((changed.title, changed.capture_sha256), (half.title, half.capture_sha256))
        self.assertEqual(changed.archived_url, "https://archive.example.org/2")

    def test_a_lost_file_is_made_good_only_by_itself(self):
        evidence = self.publish(captured_evidence(archived_url="https://archive.example.org/1"))
        self.path(evidence.capture_sha256).unlink()
        captures.record(captures.faults(), timezone.now())
        before = Change.objects.count()
        page = self.client.get(self.address(evidence))
        self.assertContains(page, "The file is missing, found")
        self.assertContains(page, "the file is missing or cannot be read")

        response = self.save(evidence, file=upload(HTML))
        self.assertContains(response, f"only the one with the SHA-256 {evidence.capture_sha256} puts it right")
        self.assertSaved(self.save(evidence, file=upload()))

        self.assertEqual(captures.opened(evidence.capture_sha256).read(), PDF)
        self.assertFalse(Claim.objects.with_capture_faults().exists())
        self.assertEqual(Change.objects.count(), before)

    def test_of_what_readers_see_an_editor_fills_it_in(self):
        private = self.publish(factories.EvidenceFactory())
        public = self.publish(factories.EvidenceFactory(), listed=True)
        for user, evidence, status in (
            (self.viewer, private, 403),
            (self.researcher, private, 409),  # it names no version
            (self.researcher, public, 403),
            (self.editor, public, 409),
        ):
            with self.subTest(user=user.username):
                self.client.force_login(user)
                self.assertEqual(self.client.get(self.address(evidence)).status_code, 200)
                self.assertEqual(self.client.post(self.address(evidence), {"_save": "x"}).status_code, status)

    def test_evidence_in_work_or_of_others_is_edited_nowhere_else(self):
        draft = factories.EvidenceFactory()
        others = factories.EvidenceFactory(review=factories.ImportedReviewFactory())
        for evidence in (draft, others):
            self.assertNotContains(self.client.get(self.address(evidence)), 'name="_save"')
            self.assertEqual(self.client.post(self.address(evidence), {"_save": "x"}).status_code, 403)
        self.assertEqual(self.client.get(self.address("evidence", "add")).status_code, 403)

    def test_only_evidence_of_a_draft_is_deleted(self):
        draft, published = factories.EvidenceFactory(), self.publish(factories.EvidenceFactory())
        others = factories.EvidenceFactory(review=factories.ImportedReviewFactory())
        submitted = factories.submitted_review().evidence.first()
        for evidence in (published, others, submitted):
            self.assertEqual(self.client.post(self.address(evidence, "delete"), {"post": "yes"}).status_code, 403)

        self.client.post(self.address(draft, "delete"), {"post": "yes", "reason": "Twice there"})

        self.assertEqual(set(Evidence.objects.all()), {published, others, submitted})
        change = self.last_change(draft.review)
        self.assertEqual((change.action, change.reason, change.actor), ("changed", "Twice there", self.editor))

    def test_the_approver_may_fill_it_in_and_the_history_verifies(self):
        evidence = self.publish(factories.EvidenceFactory())
        approver = evidence.review.approved_by
        approver.is_superuser = True
        with history.change(approver, actor=self.superuser):
            approver.save()
        self.client.force_login(approver)

        self.assertSaved(self.save(evidence, file=upload()))

        call_command("verifyhistory", verbosity=0)
        call_command("verifyevidence", verbosity=0)


class ListTests(EvidenceTestCase):
    def test_evidence_is_found_by_what_is_captured(self):
        failing, there, none = captured_evidence(), captured_evidence(HTML), factories.EvidenceFactory()
        self.path(failing.capture_sha256).write_bytes(b"")
        captures.record(captures.faults(), timezone.now())
        address = self.address("evidence", "changelist")

        for value, rows in (("failing", {failing}), ("there", {failing, there}), ("none", {none})):
            found = self.client.get(f"{address}?capture={value}").context["cl"].result_list
            self.assertEqual(set(found), rows)
        found = self.client.get(f"{address}?q={there.capture_sha256[:16]}").context["cl"].result_list
        self.assertEqual(list(found), [there])

    def test_claims_with_a_faulty_capture_are_in_the_queue(self):
        evidence = captured_evidence()
        self.path(evidence.capture_sha256).unlink()
        found_at = timezone.now() - timezone.timedelta(days=4)
        captures.record(captures.faults(), found_at)

        page = self.client.get(reverse("admin:index"))
        [queue] = [one for one in page.context["queues"] if one.title == QUEUES["captures"].title]
        self.assertEqual((queue.number.number, queue.oldest), (1, found_at.date()))
        self.assertEqual(list(self.client.get(queue.address).context["cl"].result_list), [evidence.review.claim])


class DownloadTests(EvidenceTestCase):
    def get(self, evidence, client=None, method="get"):
        return getattr(client or self.client, method)(reverse("admin:factcheck_evidence_capture", args=[evidence.pk]))

    def test_it_comes_as_a_file_that_no_browser_runs(self):
        for name, content in SAMPLES.items():
            with self.subTest(name):
                evidence = captured_evidence(content)

                response = self.get(evidence)

                self.assertEqual(b"".join(response.streaming_content), content)
                extension = captures.look_at(evidence.capture_sha256).kind.extension
                file_name = f"evidence-{evidence.pk}-{evidence.capture_sha256[:8]}.{extension}"
                self.assertEqual(response["Content-Disposition"], f'attachment; filename="{file_name}"')
                self.assertEqual(response["Content-Type"], "application/octet-stream")
                self.assertEqual(response["Content-Length"], str(len(content)))
                self.assertEqual(response["X-Content-Type-Options"], "nosniff")
                self.assertEqual(response["Content-Security-Policy"], "sandbox; default-src 'none'")
                self.assertIn("no-store", response["Cache-Control"])
                self.assertNotIn("public", response["Cache-Control"])

    def test_the_desk_may_get_it_and_nobody_else(self):
        evidence = captured_evidence()
        outsider = factories.UserFactory()
        administrator = factories.UserFactory(roles=["Administrator"])
        for user, status in (
            (self.viewer, 200), (self.researcher, 200), (outsider, 302), (administrator, 403), (None, 302),
        ):  # fmt: skip
            with self.subTest(user=user and user.username):
                client = Client()
                if user:
                    client.force_login(user)
                for method in ("get", "head"):
                    response = self.get(evidence, client, method)
                    self.assertEqual(response.status_code, status)
                    self.assertNotIn(PDF, b"" if response.streaming else response.content)

    def test_it_is_only_read(self):
        evidence = captured_evidence()
        for method in ("post", "put", "patch", "delete"):
            self.assertEqual(self.get(evidence, method=method).status_code, 405)

    def test_a_missing_file_is_said_on_a_page(self):
        evidence = captured_evidence()
        self.path(evidence.capture_sha256).unlink()
        nothing = factories.EvidenceFactory()

        for one, words in ((evidence, "The capture cannot be had: No such file"), (nothing, "has no capture.")):
            response = self.client.get(reverse("admin:factcheck_evidence_capture", args=[one.pk]), follow=True)
            self.assertContains(response, words)
            self.assertContains(response, one.title)
        for pk in (0, 10**30):
            address = reverse("admin:factcheck_evidence_capture", args=[pk])
            self.assertEqual(self.client.get(address).status_code, 404)

    def test_a_changed_file_is_still_only_a_download(self):
        evidence = captured_evidence()
        self.path(evidence.capture_sha256).write_bytes(SCRIPT)

        response = self.get(evidence)

        self.assertEqual(b"".join(response.streaming_content), SCRIPT)
        self.assertIn(".bin", response["Content-Disposition"])
        self.assertContains(self.client.get(self.address(evidence.review)), "file of an unknown kind")

    def test_no_path_leads_out_of_the_store(self):
        evidence = captured_evidence()
        secret = self.media / "secret"
        secret.write_bytes(b"the key")
        self.enterContext(without_rules())
        for name in ("secret", "captures/../secret", str(secret), "captures/00/../../secret", ""):
            with connection.cursor() as cursor:
                cursor.execute("UPDATE factcheck_evidence SET capture = %s WHERE id = %s", [name, evidence.pk])
            with self.subTest(name):
                response = self.get(evidence)

                self.assertEqual(response.status_code, 302)
                self.assertNotIn(b"the key", response.content)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE factcheck_evidence SET capture = %s, capture_sha256 = %s WHERE id = %s",
                ["captures/../../secret", "../../secret", evidence.pk],
            )
        self.assertEqual(self.get(evidence).status_code, 302)
        self.assertEqual(self.client.get(self.address(evidence.review)).status_code, 200)

    def test_a_link_in_the_store_is_not_followed(self):
        evidence = captured_evidence()
        secret = self.media / "secret"
        secret.write_bytes(b"open sesame")
        self.path(evidence.capture_sha256).unlink()
        self.path(evidence.capture_sha256).symlink_to(secret)

        response = self.client.get(reverse("admin:factcheck_evidence_capture", args=[evidence.pk]), follow=True)

        self.assertContains(response, "The capture cannot be had: it is a link.")
        self.assertNotContains(response, "open sesame")

    def test_no_public_address_leads_to_a_capture(self):
        public_world.build()
        published = self.publish(captured_evidence(PDF + b"the only one"), listed=True)
        sha256 = published.capture_sha256
        reader = Client()
        addresses = [
            f"/{published.capture.name}", f"/media/{published.capture.name}", f"/media/{sha256}",
            f"/static/{published.capture.name}", f"/static/../{published.capture.name}",
            f"/static/%2e%2e/{published.capture.name}", published.capture.url,
            f"/{self.media}/{published.capture.name}",
        ]  # fmt: skip
        for address in addresses:
            with self.subTest(address):
                self.assertEqual(reader.get(address).status_code, 404)
        pages = [address for some in public_world.ADDRESSES.values() for address in some]
        for address in [*pages, published.review.claim.get_absolute_url()]:
            content = reader.get(address).content
            self.assertNotIn(b"the only one", content)
            self.assertNotIn(published.capture.name.encode(), content)
