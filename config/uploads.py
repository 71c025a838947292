"""How much a browser may send: settings that go together."""

from config.environment import number

__all__ = [
    "DATA_UPLOAD_MAX_MEMORY_SIZE", "DATA_UPLOAD_MAX_NUMBER_FIELDS", "DATA_UPLOAD_MAX_NUMBER_FILES",
    "FILE_UPLOAD_HANDLERS", "MAX_CAPTURE_MB",
]  # fmt: skip

DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024  # bytes; an article's text is pasted into a form
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000  # a claim with a hundred appearances is one form
DATA_UPLOAD_MAX_NUMBER_FILES = 1000  # a browser also sends the file boxes that were left empty

MAX_CAPTURE_MB = number("MAX_CAPTURE_MB", 50)

FILE_UPLOAD_HANDLERS = [
    "factcheck.captures.CappedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",  # from 2.5 MB on
]
