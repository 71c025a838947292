"""How much a browser may send: settings that go together."""

import os

from django.core.exceptions import ImproperlyConfigured

__all__ = [
    "DATA_UPLOAD_MAX_MEMORY_SIZE", "DATA_UPLOAD_MAX_NUMBER_FIELDS", "DATA_UPLOAD_MAX_NUMBER_FILES",
    "FILE_UPLOAD_HANDLERS", "MAX_CAPTURE_MB",
]  # fmt: skip

DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024  # bytes; an article's text is pasted into a form
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000  # a claim with a hundred appearances is one form
DATA_UPLOAD_MAX_NUMBER_FILES = 1000  # a browser also sends the file boxes that were left empty

_megabytes = os.environ.get("MAX_CAPTURE_MB") or "50"
if not (_megabytes.isascii() and _megabytes.isdigit() and 1 <= int(_megabytes[:5]) <= 4000):
    raise ImproperlyConfigured("MAX_CAPTURE_MB is a whole number of megabytes from 1 to 4000.")
MAX_CAPTURE_MB = int(_megabytes)

FILE_UPLOAD_HANDLERS = [
    "factcheck.captures.CappedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",  # from 2.5 MB on
]
