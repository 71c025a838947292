"""A file is what its content says."""

import gzip
import io
import struct
import time

import pytest

from factcheck.filekinds import KINDS, kind_of
from tests.capture_files import PDF, SAMPLES, SCRIPT, WACZ, WARC, zipped


def kind(content):
    found = kind_of(io.BytesIO(content))
    return found.name if found else None


@pytest.mark.parametrize("name", SAMPLES)
def test_each_kind_is_known_by_its_content(name):
    assert kind(SAMPLES[name]) == name


def test_there_is_a_sample_of_each_kind():
    assert {one.name for one in KINDS} == SAMPLES.keys()


@pytest.mark.parametrize(
    "content",
    [
        b"<html>",
        b"\xef\xbb\xbf  \r\n<HTML lang=en>",
        b"<!-- saved from url=(0014)about:internet -->\n<!doctype HTML PUBLIC>",
        b'<?xml version="1.0"?>\n<!-- > --><html xmlns="http://www.w3.org/1999/xhtml">',
        "<!DOCTYPE html>".encode("utf-16"),
        b"<title>A page without more</title>",
        b"<!--" + b"x" * 50_000 + b"--><html>",
    ],
)
def test_pages_begin_in_many_ways(content):
    assert kind(content) == "HTML page"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        SCRIPT,
        b"\n" + PDF,
        b"GIF90a",
        b"RIFF\x24\0\0\0WAVEfmt ",
        b"Text about <html>",
        b"<htmlx>",
        b"<!-- <html> ",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
        b"<?xml version='1.0'?><feed/>",
        WARC[5:],
        gzip.compress(b"x" * 100, mtime=0),
        gzip.compress(WARC, mtime=0)[:12],
        b"\x1f\x8b\x08" + b"\xff" * 20,
        zipped("document.xml"),
        zipped("folder/datapackage.json"),
        WACZ[:-40],
        b"PK\3\4" + b"PK\5\6" + b"\xff" * 18,
        b"MZ\x90\0",
        b"\x7fELF",
    ],
    ids=lambda content: content[:8].hex(),  # beyond it may be the time
)
def test_everything_else_is_none(content):
    assert kind(content) is None


@pytest.mark.parametrize(
    "content",
    [
        b"<!---->" * 9_000 + b"x",
        b"<!--" * 16_000,
        b"<?" * 32_000,
        b" " * 65_536,
        gzip.compress(b"WARC/1.1\r\n" + b"\0" * 50_000_000),
        b"PK\3\4" + b"\0" * 100 + b"PK\5\6" + struct.pack("<4xHHIIH", 0xFFFF, 0xFFFF, 0, 0, 0),
        b"PK\3\4" + (b"PK\1\2" + b"\0" * 42) * 60_000 + b"PK\5\6" + struct.pack("<4xHHIIH", 9, 60_000, 0, 4, 0),
    ],
    ids=["comments", "open comments", "instructions", "spaces", "bomb", "count", "many names"],
)
def test_nothing_takes_long(content):
    begun = time.perf_counter()

    kind(content)

    assert time.perf_counter() - begun < 2
