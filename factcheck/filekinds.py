"""What a file is by its content, whatever its name says: the few kinds in which a source is captured."""

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import SEEK_CUR, SEEK_END
from typing import TYPE_CHECKING, BinaryIO

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

HEAD = 64 * 1024  # bytes in which the kind shows; an HTML page may begin with long comments

# https://mimesniff.spec.whatwg.org/, without tags that stand in a text of any other kind. Nothing is tried twice.
_HTML = re.compile(r"(?>\s+|<!--.*?-->|<\?.*?\?>)*+<(?:!doctype\s+html|html|head|title|meta|body)[\s/>]", re.I | re.S)
_WARC = re.compile(rb"WARC/[01]\.\d+\r?\n")
_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
_UTF8_MARK, _UTF16_MARKS = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Kind:
    name: "StrOrPromise"
    extension: str
    recognises: Callable[[bytes, BinaryIO], bool]


def kind_of(file: BinaryIO) -> Kind | None:
    """The kind of an open file; None if it is none of those that are allowed."""
    file.seek(0)
    head = file.read(HEAD)
    return next((kind for kind in KINDS if kind.recognises(head, file)), None)


def _is_webp(head: bytes, file: BinaryIO) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def _is_html(head: bytes, file: BinaryIO) -> bool:
    encoding = "utf-16" if head[:2] in _UTF16_MARKS else "latin-1"
    text = head.removeprefix(_UTF8_MARK).decode(encoding, errors="ignore")
    return _HTML.match(text) is not None


def _is_warc(head: bytes, file: BinaryIO) -> bool:
    return _WARC.match(head) is not None


def _is_gzipped_warc(head: bytes, file: BinaryIO) -> bool:
    try:
        return _is_warc(zlib.decompressobj(wbits=31).decompress(head, 64), file)
    except zlib.error:
        return False


def _is_wacz(head: bytes, file: BinaryIO) -> bool:
    """https://specs.webrecorder.net/wacz/1.1.1/: a zip file with a datapackage.json."""
    return head[:4] == b"PK\3\4" and b"datapackage.json" in _names_in_zip(file)


def _names_in_zip(file: BinaryIO) -> Iterator[bytes]:
    """The names in a zip file's directory, one by one: the standard library reads all of a forged one at once."""
    size = file.seek(0, SEEK_END)
    file.seek(max(0, size - 22 - 0xFFFF))  # the record at the end, and the longest comment
    tail = file.read()
    end = tail.rfind(b"PK\5\6")
    if end < 0 or len(tail) < end + 22:
        return
    count, _, start = struct.unpack_from("<HII", tail, end + 10)
    file.seek(start)
    for _ in range(count):
        entry = file.read(46)
        if len(entry) < 46 or entry[:4] != b"PK\1\2":
            return
        name, extra, comment = struct.unpack_from("<HHH", entry, 28)
        yield file.read(name)
        file.seek(extra + comment, SEEK_CUR)


KINDS = (
    Kind("PDF", "pdf", lambda head, file: head.startswith(b"%PDF-")),
    Kind(_("PNG image"), "png", lambda head, file: head.startswith(_PNG)),
    Kind(_("JPEG image"), "jpg", lambda head, file: head.startswith(_JPEG)),
    Kind(_("GIF image"), "gif", lambda head, file: head.startswith((b"GIF87a", b"GIF89a"))),
    Kind(_("WebP image"), "webp", _is_webp),
    Kind(_("HTML page"), "html", _is_html),
    Kind("WARC", "warc", _is_warc),
    Kind(_("gzipped WARC"), "warc.gz", _is_gzipped_warc),
    Kind("WACZ", "wacz", _is_wacz),
)
ALLOWED = _("a PDF, an image (PNG, JPEG, GIF, WebP), an HTML page, a WARC (also gzipped) or a WACZ")
