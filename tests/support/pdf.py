"""Reads the words of a PDF of fpdf2, whose texts are numbers into the embedded fonts."""

from __future__ import annotations

import re
import zlib

_OBJECT = re.compile(rb"\n(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_SHOWN = re.compile(rb"/F(\d+) [\d.]+ Tf|\(((?:\\.|[^\\)])*)\) Tj", re.DOTALL)
_ESCAPES = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def pdf_text(data: bytes) -> str:
    """All texts in the order in which they are drawn, one a line."""
    objects = dict(_OBJECT.findall(data))
    named = b"".join(body for body in objects.values() if b"/Font <<" in body)
    fonts = {name: _characters(objects, number) for name, number in re.findall(rb"/F(\d+) (\d+) 0 R", named)}
    texts, font = [], {}
    for page in (body for body in objects.values() if b" Tj" in _unpacked(body)):
        for name, shown in _SHOWN.findall(_unpacked(page)):
            if name:
                font = fonts[name]
            else:
                raw = re.sub(rb"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), shown, flags=re.DOTALL)
                texts.append("".join(font[raw[at : at + 2]] for at in range(0, len(raw), 2)))
    return "\n".join(texts)


def pdf_size_mm(data: bytes) -> tuple[float, float]:
    """Width and height of its pages."""
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", data)
    assert box is not None
    return float(box[1]) * 25.4 / 72, float(box[2]) * 25.4 / 72


def _characters(objects: dict[bytes, bytes], number: bytes) -> dict[bytes, str]:
    """What the numbers of this font stand for."""
    table = re.search(rb"/ToUnicode (\d+) 0 R", objects[number])
    assert table is not None and b"/FontDescriptor" in b"".join(objects.values())
    pairs = re.findall(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>\n", objects[table[1]])
    return {bytes.fromhex(a.decode()): bytes.fromhex(b.decode()).decode("utf-16-be") for a, b in pairs}


def _unpacked(body: bytes) -> bytes:
    stream = _STREAM.search(body)
    if stream is None or b"/FlateDecode" not in body:
        return b""
    return zlib.decompressobj().decompress(stream[1])
