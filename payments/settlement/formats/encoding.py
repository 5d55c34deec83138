"""Finds how the bytes of a file spell text, by looking at all of them and never at the name."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import BinaryIO

_CHUNK_BYTES = 1 << 20
# What is no text shows it at once.
_LOOKED_AT_CHARS = 400
# Bytes that cp1252 leaves undefined; a file that has one is latin-1 (or worse, and then it shows in the text).
_NOT_CP1252 = b"\x81\x8d\x8f\x90\x9d"

_NOT_PLAIN = (b'"', b"\t", b"\\", b"\0")


@dataclass(frozen=True, slots=True)
class Spelling:
    """
    A codec's name, and whether NUL may occur in the text, which no database column can hold.

    `is_plain`: no quotation mark, tab or backslash is in it either, so that each line is a record and a cell is nothing but its letters.
    """

    encoding: str
    may_hold_nul: bool
    is_plain: bool = False


def find_spelling(stream: BinaryIO) -> Spelling:
    """Return how `stream` is encoded: UTF-16 or UTF-8 by mark or content, else cp1252, else latin-1. Rewinds it."""
    stream.seek(0)
    head = stream.read(4096)
    stream.seek(0)
    wide = _wide_encoding(head)
    if wide:
        return Spelling(wide, may_hold_nul=True)
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    is_utf8, may_hold_nul, is_plain = True, False, True
    while chunk := stream.read(_CHUNK_BYTES):
        may_hold_nul = may_hold_nul or b"\0" in chunk
        is_plain = is_plain and not any(sign in chunk for sign in _NOT_PLAIN)
        is_utf8 = is_utf8 and _continues(decoder, chunk)
    is_utf8 = is_utf8 and _continues(decoder, b"", final=True)
    stream.seek(0)
    if is_utf8:
        return Spelling("utf-8-sig", may_hold_nul, is_plain)
    return Spelling("cp1252" if _is_cp1252(stream) else "latin-1", may_hold_nul, is_plain)


def is_text(head: str) -> bool:
    """Say whether the beginning of a file is text, in which a line can be found, and no picture, archive or program."""
    return not any((sign < " " and sign not in "\t\r\n\f") or sign == "\ufffd" for sign in head[:_LOOKED_AT_CHARS])


def _wide_encoding(head: bytes) -> str | None:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    zeros_first, zeros_second = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if half >= 8 and zeros_second > half * 0.7 and zeros_first < half * 0.1:
        return "utf-16-le"
    if half >= 8 and zeros_first > half * 0.7 and zeros_second < half * 0.1:
        return "utf-16-be"
    return None


def _continues(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _is_cp1252(stream: BinaryIO) -> bool:
    """Return whether every byte of the file is defined in cp1252. Rewinds it."""
    while chunk := stream.read(_CHUNK_BYTES):
        if chunk.translate(None, _NOT_CP1252) != chunk:
            stream.seek(0)
            return False
    stream.seek(0)
    return True
