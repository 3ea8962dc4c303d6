"""Mutations of files: what a broken disk, a broken tool or an enemy makes of a valid input.

`mutate` is deterministic in its random generator. JSON and text are changed in their structure as
well as in their bytes, so that mutants get past the first check of a reader.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

MAX_DEPTH = 30_000
"""Levels of the deepest nested JSON."""

LONG_TEXT = 100_000
"""Characters of the longest string."""

STRANGE_VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, -0.0, 0.5, 3, 255, 2**31, 2**63, 10**400, 1e308, float("nan"),
    float("inf"), "", " ", "null", "NaN", "-1", "1e999", "0", "../../x", "/etc/passwd", "a\0b",
    "\ud800", "\u202e", "<b>&", "=1+1", "\r\n", [], {}, [[]], [None], {"": None}, ["a", 1],
)  # fmt: skip
"""Values that replace a value of JSON."""

STRANGE_CELLS = (
    b"", b" ", b"NA", b"nan", b"inf", b"-1", b"1e999", b"9" * 400, b"0x10", b"1,5", b'"', b"\0",
    b"\xff\xfe", b"\xed\xa0\x80", b"\xe2\x80\xae", b"=1+1", b"../../x", b"True", b"%", b"1_000",
)  # fmt: skip
"""Bytes that replace a word of a text."""

Mutation = Callable[[random.Random, bytes], bytes]


def mutate(rng: random.Random, data: bytes) -> bytes:
    """A changed copy of a file's content; one to three mutations of one kind."""
    structural = json_mutations(data)
    choices = [*BYTE_MUTATIONS, *TEXT_MUTATIONS, *structural, *structural]
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        data = rng.choice(choices)(rng, data)
    return data


def flip(rng: random.Random, data: bytes) -> bytes:
    """One byte is changed."""
    if not data:
        return data
    changed = bytearray(data)
    changed[rng.randrange(len(data))] ^= rng.randint(1, 255)
    return bytes(changed)


def flip_bit(rng: random.Random, data: bytes) -> bytes:
    """One bit is changed."""
    if not data:
        return data
    changed = bytearray(data)
    changed[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def truncate(rng: random.Random, data: bytes) -> bytes:
    """The end is cut off."""
    return data[: rng.randrange(len(data) + 1)]


def cut(rng: random.Random, data: bytes) -> bytes:
    """Some bytes in the middle are missing."""
    start = rng.randrange(len(data) + 1)
    return data[:start] + data[start + rng.randint(1, 40) :]


def repeat(rng: random.Random, data: bytes) -> bytes:
    """A part stands there twice."""
    start = rng.randrange(len(data) + 1)
    end = min(len(data), start + rng.randint(1, 400))
    return data[:end] + data[start:end] + data[end:]


def insert(rng: random.Random, data: bytes) -> bytes:
    """Random bytes are inserted."""
    start = rng.randrange(len(data) + 1)
    return data[:start] + rng.randbytes(rng.randint(1, 12)) + data[start:]


def zero(rng: random.Random, data: bytes) -> bytes:
    """A part is zero, as after a power cut."""
    start = rng.randrange(len(data) + 1)
    end = min(len(data), start + rng.randint(1, 4096))
    return data[:start] + bytes(end - start) + data[end:]


def replace_word(rng: random.Random, data: bytes) -> bytes:
    """A word or a cell becomes a strange one."""
    start = rng.randrange(len(data) + 1)
    end = start
    while end < len(data) and data[end : end + 1] not in b',\t"\n: ]})':
        end += 1
    return data[:start] + rng.choice(STRANGE_CELLS) + data[end:]


def shuffle_lines(rng: random.Random, data: bytes) -> bytes:
    """Two lines are exchanged, one is doubled, or one is missing."""
    lines = data.split(b"\n")
    i, j = rng.randrange(len(lines)), rng.randrange(len(lines))
    kind = rng.randrange(3)
    if kind == 0:
        lines[i], lines[j] = lines[j], lines[i]
    elif kind == 1:
        lines.insert(j, lines[i])
    else:
        del lines[i]
    return b"\n".join(lines)


def change_encoding(rng: random.Random, data: bytes) -> bytes:
    """The text is saved in another encoding."""
    text = data.decode("utf-8", "replace")
    return text.encode(rng.choice(("utf-16", "utf-8-sig", "latin-1", "utf-7")), "replace")


BYTE_MUTATIONS: tuple[Mutation, ...] = (flip, flip_bit, truncate, cut, repeat, insert, zero)
TEXT_MUTATIONS: tuple[Mutation, ...] = (replace_word, shuffle_lines, change_encoding)


def json_mutations(data: bytes) -> list[Mutation]:
    """The mutations of a JSON document, or of a file with one document a line; none for others."""
    if data[:1] not in (b"{", b"["):
        return []
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return [_change_json_line] * 6
    return [_change_json] * 6


def _change_json_line(rng: random.Random, data: bytes) -> bytes:
    lines = data.split(b"\n")
    number = rng.randrange(len(lines))
    lines[number] = _change_json(rng, lines[number])
    return b"\n".join(lines)


def _change_json(rng: random.Random, data: bytes) -> bytes:
    """A value is replaced, missing, doubled, nested deeply or very long."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return flip(rng, data)
    places = list(_iter_places(document))
    if not places:
        return flip(rng, data)
    container, key = rng.choice(places)
    kind = rng.randrange(10)
    if kind < 5:
        container[key] = rng.choice(STRANGE_VALUES)
    elif kind == 5:
        del container[key]
    elif kind == 6:
        container[key] = rng.choice(places)[0]
        return _dump(container if container is document else document, data)
    elif kind == 7 and isinstance(container, dict):
        container[str(rng.choice(STRANGE_VALUES))] = container.pop(key)
    elif kind == 8:
        container[key] = "x" * LONG_TEXT
    else:
        mark = "\x01deep"
        container[key] = mark
        opening, closing = rng.choice((("[", "]"), ('{"a":', "}")))
        deep = opening * MAX_DEPTH + "1" + closing * MAX_DEPTH
        return _dump(document, data).replace(json.dumps(mark).encode(), deep.encode())
    return _dump(document, data)


def _iter_places(document: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) of a document."""
    keys: Any = document if isinstance(document, dict) else ()
    if isinstance(document, list):
        keys = range(len(document))
    for key in keys:
        yield document, key
        yield from _iter_places(document[key])


def _dump(document: Any, original: bytes) -> bytes:
    try:
        return json.dumps(document).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):
        return original[: len(original) // 2]
