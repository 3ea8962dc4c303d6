"""Strict reader of JSON from untrusted files: limited in size, without duplicate keys.

Every problem is a DataError. `NaN` and `Infinity`, which are not JSON but which harnesses write,
are floats here and become missing values in `schema`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import DataError
from ..files import open_regular, read_regular

MAX_DOCUMENT_BYTES = 256 * 2**20
"""Maximum bytes of a JSON document; result files are a thousand times smaller."""

SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
"""Half a character in JSON, if the other half does not follow."""

MAX_LINE_BYTES = 16 * 2**20
"""Maximum bytes of a line of a JSON-lines file."""


def read_json(path: Path) -> Any:
    """The document in the file. Raises DataError, in one sentence, where it is not JSON."""
    return _parse(read_bytes(path, MAX_DOCUMENT_BYTES), str(path))


def read_lines(path: Path) -> Iterator[tuple[int, Any]]:
    """(line number, document) of every line that is not blank.

    A DataError is in place of the document of a bad line, so that the caller can count it.
    """
    with _open(path) as file:
        number = 0
        while line := file.readline(MAX_LINE_BYTES + 1):
            number += 1
            if len(line) > MAX_LINE_BYTES:
                raise DataError(f"{path}: line {number} is longer than {MAX_LINE_BYTES} bytes")
            if line.strip():
                yield number, _parse_line(line, f"{path}, line {number}")


def read_bytes(path: Path, limit: int) -> bytes:
    """The whole file. Raises DataError where it cannot be read or has over `limit` bytes."""
    try:
        return read_regular(path, limit)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None


def _open(path: Path) -> BinaryIO:
    try:
        return open_regular(path)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None


def decode_utf8(data: bytes, where: str) -> str:
    """UTF-8 text, without a byte-order mark. Raises DataError with the position of a bad byte."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{where} is not UTF-8 (byte {error.start}); save it as UTF-8 and try again"
        ) from None


def _parse_line(line: bytes, where: str) -> Any:
    try:
        return _parse(line, where)
    except DataError as error:
        return error


def _parse(data: bytes, where: str) -> Any:
    text = decode_utf8(data, where)
    try:
        document = json.loads(text, object_pairs_hook=_reject_duplicate_keys)
        if SURROGATE.search(text):
            json.dumps(document, ensure_ascii=False).encode()
        return document
    except UnicodeEncodeError:
        raise DataError(f"{where} has half a character (an escape such as \\ud800)") from None
    except json.JSONDecodeError as error:
        raise DataError(
            f"{where} is not JSON: line {error.lineno}, column {error.colno}: {error.msg}"
        ) from None
    except RecursionError:
        raise DataError(f"{where} is nested too deeply to be a table of results") from None
    except ValueError as error:
        raise DataError(f"{where} is not JSON that can be used: {error}") from None


def _reject_duplicate_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) == len(pairs):
        return document
    keys = [key for key, _ in pairs]
    duplicates = next(key for i, key in enumerate(keys) if key in keys[:i])
    raise ValueError(f"the key {duplicates[:80]!r} occurs twice")
