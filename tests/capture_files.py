"""Small files of each kind that can be a capture, and a store of a test's own."""

import gzip
import io
import tempfile
import zipfile
from contextlib import contextmanager
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import override_settings

from factcheck import captures
from tests.factories import MIDNIGHT, EvidenceFactory, UserFactory

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0:~\x9bU"
HTML = b"<!DOCTYPE html>\n<title>The harbour</title>\n<script>alert(1)</script>\n"
WARC = b"WARC/1.1\r\nWARC-Type: warcinfo\r\nContent-Length: 0\r\n\r\n\r\n\r\n"
SCRIPT = b"#!/bin/sh\necho '%PDF-1.7' '<html>'\n"


def zipped(*names, comment=b""):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, "{}")
        archive.comment = comment
    return content.getvalue()


WACZ = zipped("archive/data.warc.gz", "datapackage.json", comment=b"made by a test")

SAMPLES = {
    "PDF": PDF,
    "PNG image": PNG,
    "JPEG image": b"\xff\xd8\xff\xe0\0\x10JFIF\0",
    "GIF image": b"GIF89a\1\0\1\0",
    "WebP image": b"RIFF\x24\0\0\0WEBPVP8 ",
    "HTML page": HTML,
    "WARC": WARC,
    "gzipped WARC": gzip.compress(WARC, mtime=0),
    "WACZ": WACZ,
}


def upload(content=PDF, name="harbour.pdf"):
    return SimpleUploadedFile(name, content)


class StoreMixin:
    """Gives each test an empty store."""

    def setUp(self):
        super().setUp()
        self.media = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(override_settings(MEDIA_ROOT=self.media))

    def path(self, sha256):
        return self.media / "captures" / sha256[:2] / sha256

    def files(self):
        """All files of the store, by their path in it."""
        return sorted(str(path.relative_to(self.media)) for path in self.media.rglob("*") if not path.is_dir())


def captured_evidence(content=PDF, **fields):
    """An evidence with a stored capture."""
    stored = captures.store(upload(content))
    return EvidenceFactory(
        **{
            "capture": captures.name_of(stored.sha256),
            "capture_sha256": stored.sha256,
            "captured_at": MIDNIGHT,
            "captured_by": fields.pop("captured_by", None) or UserFactory(),
            "capture_tool": "upload",
            **fields,
        }
    )


@contextmanager
def without_rules():
    """Lets the database hold what its rules refuse of a capture, until the test is rolled back."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            connection.check_constraints()  # no table is altered while a foreign key is still to be checked
            for rule in ("evidence_capture_whole", "evidence_capture_sha256_is_sha256"):
                cursor.execute(f"ALTER TABLE factcheck_evidence DROP CONSTRAINT {rule}")
            yield
        else:
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            try:
                yield
            finally:
                cursor.execute("PRAGMA ignore_check_constraints = OFF")
