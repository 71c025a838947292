"""Captures: files that show a source as it was, each kept under the SHA-256 of its bytes.

They lie under MEDIA_ROOT as captures/<first two digits>/<SHA-256>. No address of the site leads there: the desk
downloads them as attachments. The place of a file follows from its hash alone, never from a name that somebody gave.
"""

import errno
import hashlib
import os
import re
import stat
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BufferedReader, BytesIO
from itertools import batched, groupby
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext

from factcheck.filekinds import ALLOWED, Kind, kind_of
from factcheck.models import CaptureFault, CaptureProblem, Change, Evidence

FOLDER = "captures"
INCOMING = "incoming-"  # what is not complete yet
PIECE = 1024 * 1024  # bytes that are read at once
UNUSED_FOR = 24 * 60 * 60  # seconds after which nobody is still filling in the form with a file that was not saved
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in the store. `kind` is None where somebody has changed it into none that is allowed."""

    sha256: str
    size: int
    kind: Kind | None

    def __str__(self) -> str:
        kind = self.kind.name if self.kind else gettext("file of an unknown kind")
        return f"{kind}, {filesizeformat(self.size)}"


def limit() -> int:
    """The bytes that a capture has at most."""
    return int(settings.MAX_CAPTURE_MB) * 1024 * 1024


def root() -> Path:
    return Path(settings.MEDIA_ROOT) / FOLDER


def name_of(sha256: str) -> str:
    """What `Evidence.capture` holds: the path under MEDIA_ROOT."""
    return f"{FOLDER}/{sha256[:2]}/{sha256}"


def _path(sha256: str) -> Path:
    """Where the file is. Raises OSError for what would lead out of the store: no SHA-256, or a link on the way."""
    if not SHA256.fullmatch(sha256):
        raise OSError(errno.EINVAL, "its name is no SHA-256")
    path = Path(settings.MEDIA_ROOT) / name_of(sha256)
    if path.parent.is_symlink():
        raise OSError(errno.ELOOP, "its folder is a link")
    return path


# Storing


def store(upload: File) -> Stored:
    """Keeps the file; one that is there already is not written again, unless it was damaged.

    Raises ValidationError for a file that is empty, too large or of a kind that is not allowed, OSError if the disk
    refuses.
    """
    if upload.size > limit():
        raise too_large(upload.size)
    root().mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=INCOMING, dir=root())  # readable by its owner alone
    try:
        with os.fdopen(descriptor, "w+b") as file:
            digest = hashlib.sha256()
            for piece in upload.chunks(PIECE):
                digest.update(piece)
                file.write(piece)
            if not (size := file.tell()):
                raise ValidationError(gettext("The file is empty."))
            if not (kind := kind_of(file)):
                words = gettext("By its content this file is none that can be a capture: %(allowed)s.")
                raise ValidationError(words % {"allowed": ALLOWED})
            file.flush()
            os.fsync(file.fileno())
        _put(Path(name), digest.hexdigest())
    finally:
        Path(name).unlink(missing_ok=True)
    CaptureFault.objects.filter(sha256=digest.hexdigest()).delete()  # whoever had lost it has it again
    return Stored(digest.hexdigest(), size, kind)


def too_large(size: int) -> ValidationError:
    words = gettext("The file has %(size)s; at most %(limit)s are allowed.")
    return ValidationError(words % {"size": filesizeformat(size), "limit": filesizeformat(limit())})


def _put(complete: Path, sha256: str) -> None:
    path = _path(sha256)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if _problem(sha256) is None:
        keep(sha256)
        return
    complete.replace(path)
    for folder in (path.parent, root()):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def keep(sha256: str) -> None:
    """Marks a file as wanted now, so that it is not removed before the form is saved. Raises OSError if it is gone."""
    os.utime(_path(sha256))


class TooLarge(UploadedFile):
    """What stands for a file of which more came than is allowed: it has a name and a size, and cannot be read."""

    def read(self, *args: Any) -> bytes:
        raise too_large(self.size or 0)

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        raise too_large(self.size or 0)


class CappedUploadHandler(FileUploadHandler):
    """Comes before Django's own: passes on no more than is allowed, and only counts the rest."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data if start + len(raw_data) <= limit() else None

    def file_complete(self, file_size: int) -> UploadedFile | None:
        if file_size <= limit():
            return None
        return TooLarge(BytesIO(), self.file_name, self.content_type, file_size)


# Reading


def opened(sha256: str) -> BufferedReader:
    """The stored file, to read. Raises OSError where it is missing, not to be read, or no file but a link."""
    path = _path(sha256)
    if path.is_symlink():
        raise OSError(errno.ELOOP, "it is a link")
    # Without waiting for the other end of a pipe that somebody put there
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no file")
    return os.fdopen(descriptor, "rb")


def look_at(sha256: str) -> Stored:
    """Size and kind of a stored file, without reading all of it. Raises OSError as `opened` does."""
    with opened(sha256) as file:
        return Stored(sha256, os.fstat(file.fileno()).st_size, kind_of(file))


# Verifying


@dataclass(frozen=True, slots=True)
class Fault:
    """An evidence of which the capture is not as it was stored."""

    evidence: Evidence
    problem: CaptureProblem
    detail: str


@dataclass(frozen=True, slots=True)
class Stray:
    """Something in the store that no evidence names: sound, but never saved with one (`unused`), or out of place."""

    path: Path
    what: str
    unused: bool = False


def _problem(sha256: str) -> tuple[CaptureProblem, str] | None:
    """What is wrong with a stored file; None if its bytes are those that were stored."""
    try:
        with opened(sha256) as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return CaptureProblem.MISSING, "the file is missing"
    except OSError as error:
        return CaptureProblem.UNREADABLE, f"the file cannot be read: {error.strerror}"
    return None if found == sha256 else (CaptureProblem.CHANGED, f"the file was changed, its SHA-256 is now {found}")


def faults(advance: Callable[[int], Any] = lambda number: None) -> Iterator[Fault]:
    """Reads every stored file once, and names each evidence of which it is missing or changed."""
    rows = Evidence.objects.captured().select_related("review__claim").order_by("capture_sha256", "pk")
    rows = rows.only("title", "capture", "capture_sha256", "review__number", "review__claim__slug")
    for sha256, group in groupby(rows.iterator(chunk_size=500), key=lambda evidence: str(evidence.capture_sha256)):
        problem = _problem(sha256)
        for evidence in group:
            found = problem
            if found is None and evidence.capture.name != name_of(sha256):
                found = CaptureProblem.UNREADABLE, f"the record names another place, {evidence.capture.name!a}"
            if found:
                yield Fault(evidence, *found)
        advance(1)


def record(found: Iterable[Fault], at: datetime) -> None:
    """Keeps the faults of this run in place of those of the last; one that was known already keeps its date."""
    with transaction.atomic():
        known = {(one.evidence_id, one.problem, one.sha256): one.found_at for one in CaptureFault.objects.all()}
        CaptureFault.objects.all().delete()
        for some in batched(found, 1000):
            keys = {one.evidence.pk: (one.evidence.pk, one.problem, one.evidence.capture_sha256) for one in some}
            there = Evidence.objects.filter(pk__in=keys).values_list("pk", flat=True)  # not those deleted meanwhile
            CaptureFault.objects.bulk_create(
                CaptureFault(evidence_id=pk, problem=keys[pk][1], sha256=keys[pk][2], found_at=known.get(keys[pk], at))
                for pk in there
            )


def strays() -> Iterator[Stray]:
    """What lies in the store and is no capture of an evidence. Files that only the history names stay for it."""
    folders = sorted(root().iterdir()) if root().is_dir() else []
    for folder in folders:
        try:
            if folder.name.startswith(INCOMING):
                if _is_old(folder):
                    yield Stray(folder, "it is an upload that did not end", unused=True)
            elif folder.is_symlink() or not folder.is_dir() or not re.fullmatch("[0-9a-f]{2}", folder.name):
                yield Stray(folder, "it is no folder of the store")
            else:
                for some in batched(folder.iterdir(), 500):
                    yield from _strays_among(some)
        except FileNotFoundError:
            continue  # an upload that ended just now
        except OSError as error:
            yield Stray(folder, f"it cannot be read: {error.strerror}")


def _strays_among(paths: Iterable[Path]) -> Iterator[Stray]:
    named = {path.name: path for path in paths if SHA256.fullmatch(path.name) and path.name[:2] == path.parent.name}
    for path in paths:
        if path.name not in named:
            yield Stray(path, "its name is not the SHA-256 of a file in this folder")
    known = Evidence.objects.filter(capture_sha256__in=named).values_list("capture_sha256", flat=True)
    for sha256 in sorted(named.keys() - set(known)):
        if problem := _problem(sha256):
            if problem[0] != CaptureProblem.MISSING:  # or it was removed just now
                yield Stray(named[sha256], problem[1])
        elif not Change.objects.filter(whole_type="review", after__contains=sha256).exists():
            yield Stray(named[sha256], "no evidence was ever saved with it", unused=True)


def _is_old(path: Path) -> bool:
    return time.time() - path.lstat().st_mtime > UNUSED_FOR


def remove(stray: Stray) -> bool:
    """Removes an unused file, if nobody can still be about to save an evidence with it. Raises OSError."""
    if not stray.unused or Evidence.objects.filter(capture_sha256=stray.path.name).exists() or not _is_old(stray.path):
        return False
    stray.path.unlink()
    return True
