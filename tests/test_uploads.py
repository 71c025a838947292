"""What a browser may send: too much is said in words, and loses nothing that was typed."""

from pathlib import Path
from unittest import mock

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.test import SimpleTestCase, override_settings
from django.urls import reverse

from factcheck.checks import captures_are_not_served
from factcheck.models import ArticleText
from tests import factories
from tests.desk import DeskTestCase

MEGABYTE = 1024 * 1024


def text_of(megabytes):
    return SimpleUploadedFile("a.txt", b"x" * megabytes * MEGABYTE)


@override_settings(MAX_CAPTURE_MB=1)
class LargeFileTests(DeskTestCase):
    def test_a_file_above_the_limit_is_counted_and_not_kept(self):
        article = factories.ArticleFactory()
        written = []
        receive = TemporaryFileUploadHandler.receive_data_chunk

        def count(handler, data, start):
            written.append(len(data))
            return receive(handler, data, start)

        with mock.patch.object(TemporaryFileUploadHandler, "receive_data_chunk", count):
            response = self.save(
                "articletext", article=article.pk, file=SimpleUploadedFile("a.txt", b"x" * 7 * MEGABYTE)
            )

        self.assertContains(response, "The file has 7.0\xa0MB; at most 1.0\xa0MB are allowed.")
        self.assertContains(response, f'value="{article.pk}"')
        self.assertLessEqual(sum(written), MEGABYTE)
        self.assertGreater(sum(written), 0)
        self.assertFalse(ArticleText.objects.exists())

    def test_a_large_file_goes_to_the_disk_and_a_file_at_the_limit_is_taken(self):
        article = factories.ArticleFactory()
        files = []
        new_file = TemporaryFileUploadHandler.file_complete

        def seen(handler, size):
            files.append(new_file(handler, size))
            return files[-1]

        with (
            self.settings(MAX_CAPTURE_MB=3),
            mock.patch.object(TemporaryFileUploadHandler, "file_complete", seen),
        ):
            response = self.save(
                "articletext", article=article.pk, file=SimpleUploadedFile("a.txt", b"x" * 3 * MEGABYTE)
            )

        self.assertSaved(response)
        self.assertEqual([type(file) for file in files], [TemporaryUploadedFile])
        self.assertEqual(len(ArticleText.objects.get().text), 3 * MEGABYTE)


class LargeFormTests(DeskTestCase):
    def test_too_much_text_is_said_in_words(self):
        for address in (self.address("topic", "add"), reverse("admin:login")):
            response = self.client.post(address, {"description": "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)})

            self.assertContains(response, "That was too much at once", status_code=413)
            self.assertContains(response, "5.0\xa0MB of text", status_code=413)

    def test_too_many_boxes_or_files_are_said_in_words(self):
        many = {f"box{number}": "" for number in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 10)}
        self.assertContains(self.client.post(self.address("topic", "add"), many), "5000 boxes", status_code=413)

        with self.settings(DATA_UPLOAD_MAX_NUMBER_FILES=1):
            files = {name: SimpleUploadedFile("a", b"x") for name in ("one", "two")}
            response = self.client.post(self.address("topic", "add"), files)
        self.assertContains(response, "Go back in your browser", status_code=413)


class ServedTests(SimpleTestCase):
    def test_captures_lie_outside_of_what_is_served(self):
        self.assertEqual(captures_are_not_served(None), [])

        package = Path(settings.BASE_DIR) / "factcheck" / "static"
        for folder in (
            settings.STATIC_ROOT,
            Path(settings.STATIC_ROOT) / "x",
            package,
            package / ".." / "static" / "y",
        ):
            with self.subTest(folder), self.settings(MEDIA_ROOT=folder):
                [error] = captures_are_not_served(None)

                self.assertEqual(error.id, "factcheck.E004")
                self.assertIn("MEDIA_ROOT", error.msg)
