"""The store of captures: what comes in, what is there, and what verifyevidence finds."""

import errno
import hashlib
import os
import stat
import tracemalloc
from datetime import timedelta
from io import StringIO
from unittest import mock

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import TestCase, override_settings
from django.utils import timezone

from factcheck import captures, door, history
from factcheck.models import CaptureFault, Change, Claim, Evidence, Review
from tests.capture_files import HTML, PDF, SAMPLES, SCRIPT, StoreMixin, captured_evidence, upload, without_rules
from tests.factories import EvidenceFactory, change, publish, submit

MEGABYTE = 1024 * 1024


def age(path, days=2):
    """Makes a file look as if it had come some days ago."""
    then = timezone.now().timestamp() - timedelta(days=days).total_seconds()
    os.utime(path, (then, then), follow_symlinks=False)


class StoreTests(StoreMixin, TestCase):
    def test_a_file_lies_under_its_hash_and_nobody_else_can_read_it(self):
        stored = captures.store(upload())

        sha256 = hashlib.sha256(PDF).hexdigest()
        self.assertEqual((stored.sha256, stored.size, stored.kind.extension), (sha256, len(PDF), "pdf"))
        self.assertEqual(self.files(), [f"captures/{sha256[:2]}/{sha256}"])
        self.assertEqual(self.files(), [captures.name_of(sha256)])
        self.assertEqual(self.path(sha256).read_bytes(), PDF)
        self.assertEqual(stat.S_IMODE(self.path(sha256).stat().st_mode) & 0o077, 0)
        self.assertEqual(stat.S_IMODE(self.path(sha256).parent.stat().st_mode) & 0o077, 0)

    def test_every_kind_can_be_stored_under_any_name(self):
        for kind, content in SAMPLES.items():
            with self.subTest(kind):
                stored = captures.store(upload(content, "../../etc/passwd.exe"))

                self.assertEqual(captures.look_at(stored.sha256), stored)
        self.assertEqual(len(self.files()), len(SAMPLES))

    def test_the_name_says_nothing(self):
        with self.assertRaisesMessage(ValidationError, "a PDF, an image (PNG, JPEG, GIF, WebP), an HTML page, a WARC"):
            captures.store(upload(SCRIPT, "report.pdf"))

        self.assertEqual(captures.store(upload(HTML, "picture.png")).kind.extension, "html")

    @override_settings(MAX_CAPTURE_MB=1)
    def test_size_ends_at_the_limit(self):
        captures.store(upload(PDF + b"x" * (MEGABYTE - len(PDF))))
        before = self.files()

        with self.assertRaises(ValidationError) as refused:
            captures.store(upload(PDF + b"x" * (MEGABYTE - len(PDF) + 1)))

        self.assertEqual(refused.exception.messages, ["The file has 1.0\xa0MB; at most 1.0\xa0MB are allowed."])
        self.assertEqual(self.files(), before)

    def test_nothing_stays_of_what_is_refused(self):
        for content, message in ((b"", "The file is empty."), (SCRIPT, "none that can be a capture")):
            with self.assertRaisesMessage(ValidationError, message):
                captures.store(upload(content))
        with mock.patch("os.fsync", side_effect=OSError(errno.ENOSPC, "No space left on device")):
            self.assertRaises(OSError, captures.store, upload())

        self.assertEqual(self.files(), [])

    def test_an_equal_file_is_not_written_again(self):
        stored = captures.store(upload())
        before = self.path(stored.sha256).stat()
        age(self.path(stored.sha256))

        self.assertEqual(captures.store(upload(name="again.pdf")), stored)

        after = self.path(stored.sha256).stat()
        self.assertEqual((after.st_ino, self.files()), (before.st_ino, [captures.name_of(stored.sha256)]))
        self.assertLess(timezone.now().timestamp() - after.st_mtime, 60)  # wanted again, so not unused for long

    def test_a_damaged_file_is_made_good_by_the_same_one(self):
        evidence = captured_evidence()
        path = self.path(evidence.capture_sha256)
        for damage in (
            lambda: path.write_bytes(PDF + b"x"),
            path.unlink,
            lambda: (path.unlink(), path.symlink_to("x")),
        ):
            damage()
            captures.record(captures.faults(), timezone.now())
            self.assertEqual(list(Evidence.objects.failing()), [evidence])

            captures.store(upload())

            self.assertEqual(path.read_bytes(), PDF)
            self.assertFalse(path.is_symlink())
            self.assertFalse(Evidence.objects.failing().exists())

    def test_files_larger_than_one_piece(self):
        content = PDF + os.urandom(3 * MEGABYTE)

        stored = captures.store(ContentFile(content, "large"))

        self.assertEqual(stored.sha256, hashlib.sha256(content).hexdigest())
        self.assertEqual(self.path(stored.sha256).read_bytes(), content)

    def test_nothing_outside_the_store_is_opened(self):
        outside = self.media / "outside"
        outside.mkdir()
        sha256 = captures.store(upload()).sha256
        self.path(sha256).rename(outside / sha256)
        self.path(sha256).symlink_to(outside / sha256)
        self.assertRaises(OSError, captures.opened, sha256)

        self.path(sha256).unlink()
        self.path(sha256).parent.rmdir()
        self.path(sha256).parent.symlink_to(outside)
        for use in (captures.opened, captures.look_at, captures.keep):
            self.assertRaises(OSError, use, sha256)
        self.assertRaises(OSError, captures.store, upload())

        for name in ("", "..", "../outside", "/etc/passwd", "a" * 63, "A" * 64, sha256 + "\n", f"{sha256}\0"):
            with self.subTest(name):
                self.assertRaises(OSError, captures.opened, name)

    def test_a_pipe_in_the_store_keeps_nobody_waiting(self):
        sha256 = captures.store(upload()).sha256
        self.path(sha256).unlink()
        os.mkfifo(self.path(sha256))

        self.assertRaises(OSError, captures.opened, sha256)


class VerifyTests(StoreMixin, TestCase):
    def run_command(self, *arguments):
        out = StringIO()
        error = ""
        try:
            call_command("verifyevidence", *arguments, stdout=out)
        except CommandError as refused:
            error = str(refused)
        return error, out.getvalue()

    def test_sound_files_are_counted_once(self):
        one, other = captured_evidence(), captured_evidence()
        self.assertEqual(one.capture_sha256, other.capture_sha256)
        captured_evidence(HTML)
        EvidenceFactory()

        self.assertEqual(self.run_command(), ("", "2 captured files verified.\n"))
        self.assertFalse(CaptureFault.objects.exists())

    def test_a_changed_byte_is_named_and_the_claims_are_in_the_queue(self):
        one, other, sound = captured_evidence(), captured_evidence(), captured_evidence(HTML)
        path = self.path(one.capture_sha256)
        path.write_bytes(PDF.replace(b"1.7", b"1.6"))

        error, out = self.run_command()

        self.assertEqual(error, "Captures not as they were stored: 2. Other faulty files: 0.")
        changed = hashlib.sha256(path.read_bytes()).hexdigest()
        for evidence in (one, other):
            line = (
                f"{evidence.review.claim.slug}, review 1, “{evidence.title}”: {evidence.capture_sha256}: "
                f"the file was changed, its SHA-256 is now {changed}."
            )
            self.assertIn(line, out)
        self.assertNotIn(sound.title, out)
        self.assertEqual(list(Evidence.objects.failing()), [one, other])
        self.assertEqual(list(Claim.objects.with_capture_faults()), [one.review.claim, other.review.claim])

    def test_each_run_replaces_the_findings_and_keeps_the_date_of_what_is_known(self):
        one, other = captured_evidence(), captured_evidence(HTML)
        self.path(one.capture_sha256).unlink()
        captures.record(captures.faults(), timezone.now() - timedelta(days=3))
        self.path(other.capture_sha256).write_bytes(b"")
        self.run_command()
        problems = dict(CaptureFault.objects.values_list("evidence", "problem"))
        self.assertEqual(problems, {one.pk: "missing", other.pk: "changed"})
        known, new = (CaptureFault.objects.get(evidence=evidence).found_at for evidence in (one, other))
        self.assertGreater(new - known, timedelta(days=2))
        self.assertEqual(list(Evidence.objects.failing()), [one, other])

        self.path(one.capture_sha256).write_bytes(PDF)
        self.path(other.capture_sha256).unlink()
        self.run_command()

        self.assertEqual(CaptureFault.objects.get().problem, "missing")
        self.assertEqual(list(Evidence.objects.failing()), [other])

    def test_a_fault_is_about_the_file_that_the_evidence_had(self):
        evidence = captured_evidence()
        self.path(evidence.capture_sha256).unlink()
        self.run_command()
        other = captures.store(upload(HTML)).sha256

        change(evidence, capture=captures.name_of(other), capture_sha256=other)

        self.assertFalse(Evidence.objects.failing().exists())
        self.assertFalse(Claim.objects.with_capture_faults().exists())

    def test_a_fault_goes_with_its_evidence_and_none_is_made_for_one_that_went_meanwhile(self):
        evidence = captured_evidence()
        self.path(evidence.capture_sha256).unlink()
        [fault] = captures.faults()
        self.run_command()
        review = Review.objects.get(pk=evidence.review_id)

        with history.change(review, actor=history.System("test")):
            evidence.delete()

        self.assertFalse(CaptureFault.objects.exists())
        captures.record([fault], timezone.now())
        self.assertFalse(CaptureFault.objects.exists())

    def test_what_is_public_and_the_history_do_not_know_of_it(self):
        evidence = captured_evidence()
        submit(evidence.review)
        publish(evidence.review)
        self.path(evidence.capture_sha256).unlink()
        before = door.number(), Change.objects.count()
        self.run_command()

        self.assertTrue(CaptureFault.objects.exists())
        self.assertEqual((door.number(), Change.objects.count()), before)

    def test_links_and_unreadable_files_are_named(self):
        evidence = captured_evidence()
        path = self.path(evidence.capture_sha256)
        path.rename(self.media / "elsewhere")
        path.symlink_to(self.media / "elsewhere")

        error, out = self.run_command()

        self.assertEqual(error, "Captures not as they were stored: 1. Other faulty files: 0.")
        self.assertIn("the file cannot be read: it is a link.", out)
        path.unlink()
        path.mkdir()
        self.assertIn("it is no file", self.run_command()[1])
        self.assertEqual(CaptureFault.objects.get().problem, "unreadable")

    def test_a_record_that_names_another_place_is_a_fault(self):
        evidence = captured_evidence()
        self.enterContext(without_rules())
        for name in ("captures/../../etc/passwd", "/etc/passwd", "captures/00/x"):
            with connection.cursor() as cursor:
                cursor.execute("UPDATE factcheck_evidence SET capture = %s WHERE id = %s", [name, evidence.pk])

            error, out = self.run_command()

            self.assertIn("Captures not as they were stored: 1", error)
            self.assertIn(f"the record names another place, '{name}'", out)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE factcheck_evidence SET capture_sha256 = '' WHERE id = %s", [evidence.pk])
        self.assertIn("its name is no SHA-256", self.run_command()[1])

    def test_other_files_in_the_store_are_named(self):
        sha256 = captures.store(upload()).sha256
        folder = self.path(sha256).parent
        wrong = {
            folder / "notes.txt": "its name is not the SHA-256 of a file in this folder",
            folder / (sha256[:-1] + ("0" if sha256[-1] != "0" else "1")): "the file was changed",
            folder
            / ("f" * 64 if sha256[0] != "f" else "0" * 64): "its name is not the SHA-256 of a file in this folder",
            self.media / "captures" / "readme": "it is no folder of the store",
            folder / "line\nbreak": "its name is not the SHA-256 of a file in this folder",
        }
        for path in wrong:
            path.write_bytes(b"x")
        (folder / "not\udcffutf8").write_bytes(b"x")
        (self.media / "captures" / "zz").symlink_to("/")

        error, out = self.run_command()

        self.assertEqual(error, "Captures not as they were stored: 0. Other faulty files: 7.")
        for path, what in wrong.items():
            [line] = [line for line in out.splitlines() if ascii(str(path)) in line]
            self.assertIn(what, line)
        self.assertEqual(len(out.splitlines()), 8)  # and the one that is only unused

    def test_files_that_were_never_saved_are_removed_after_a_day(self):
        evidence = captured_evidence()
        removed, recent = (captures.store(upload(content)).sha256 for content in (HTML, SAMPLES["WARC"]))
        broken, growing = (self.media / "captures" / f"incoming-{name}" for name in ("old", "new"))
        for path in (broken, growing):
            path.write_bytes(b"x")
        for path in (self.path(evidence.capture_sha256), self.path(removed), broken):
            age(path)

        error, out = self.run_command()
        self.assertEqual((error, len(self.files())), ("", 5))
        self.assertIn(f"{removed}': no evidence was ever saved with it.", out)
        error, out = self.run_command("--remove-unused")

        self.assertEqual(error, "")
        self.assertIn(f"{removed}': no evidence was ever saved with it; removed.", out)
        self.assertIn(f"{recent}': no evidence was ever saved with it.", out)
        kept = {captures.name_of(evidence.capture_sha256), captures.name_of(recent), "captures/incoming-new"}
        self.assertEqual(set(self.files()), kept)

    def test_what_the_history_names_stays(self):
        evidence = captured_evidence()
        review = Review.objects.get(pk=evidence.review_id)
        with history.change(review, actor=history.System("test")):
            evidence.delete()
        age(self.path(evidence.capture_sha256))

        self.assertEqual(self.run_command("--remove-unused"), ("", "0 captured files verified.\n"))

        self.assertEqual(self.files(), [captures.name_of(evidence.capture_sha256)])

    def test_a_file_that_was_taken_up_meanwhile_is_not_removed(self):
        sha256 = captures.store(upload()).sha256
        age(self.path(sha256))
        [stray] = captures.strays()
        captures.keep(sha256)
        self.assertFalse(captures.remove(stray))

        age(self.path(sha256))
        captured_evidence()
        age(self.path(sha256))
        self.assertFalse(captures.remove(stray))
        self.assertEqual(len(self.files()), 1)

    def test_memory_does_not_grow_with_a_file(self):
        captured_evidence(PDF + bytes(20 * MEGABYTE))
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)

        self.assertEqual(list(captures.faults()), [])

        self.assertLess(tracemalloc.get_traced_memory()[1], 5 * MEGABYTE)

    def test_an_empty_store_is_no_fault(self):
        self.assertEqual(self.run_command(), ("", "0 captured files verified.\n"))
