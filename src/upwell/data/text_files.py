"""UTF-8 text files, plain or compressed with gzip or xz: whole, or line by line.

No encoding is guessed. A file that is not UTF-8 is refused with the line, the byte, and the command
that converts it.
"""

from __future__ import annotations

import gzip
import lzma
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from ..errors import DataError

OPENERS: dict[str, Callable[..., IO[Any]]] = {".xz": lzma.open, ".gz": gzip.open}

MAX_LINE_BYTES = 1 << 20
"""A longer line is not a sentence. A small compressed file could otherwise hold a huge one."""

FALLBACK_ENCODINGS = ("gb18030", "utf-16", "big5", "shift_jis", "cp1252")
"""Encodings tried, in this order, to name the one that a file has."""

_NON_ASCII = re.compile(rb"[\x80-\xff]+")


def read_utf8(path: Path, max_bytes: int | None = None) -> str:
    """The text of a file, without its byte order mark.

    Raises DataError for a file that cannot be read, is not UTF-8, or has more than `max_bytes`.
    """
    try:
        with OPENERS.get(path.suffix, open)(path, "rb") as file:
            data: bytes = file.read(-1 if max_bytes is None else max_bytes + 1)
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise DataError(f"{path} cannot be read: {error}") from None
    if max_bytes is not None and len(data) > max_bytes:
        raise DataError(f"{path} has more than {max_bytes:,} bytes of text; split it into parts")
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        line_start = data.rfind(b"\n", 0, error.start) + 1
        raise _not_utf8(path, line, error.start - line_start, data) from None


def iter_lines(path: Path) -> Iterator[str]:
    r"""Each line without its newline. Only "\n" ends a line: texts hold other separators.

    Raises DataError, with the number of the line, for what cannot be read.
    """
    number, line = 0, b""
    try:
        with OPENERS.get(path.suffix, open)(path, "rb") as file:
            while line := file.readline(MAX_LINE_BYTES + 1):
                number += 1
                if len(line) > MAX_LINE_BYTES:
                    raise DataError(
                        f"{path}:{number} is longer than {MAX_LINE_BYTES:,} bytes; split the line"
                    )
                yield line.decode("utf-8").removeprefix("\ufeff").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise _not_utf8(path, number, error.start, line) from None
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise DataError(f"{path}:{number + 1} cannot be read: {error}") from None


def uncompressed_suffix(path: Path) -> str:
    """The suffix without that of the compression, e.g. ".tsv" for "pairs.tsv.xz"."""
    return path.with_suffix("").suffix if path.suffix in OPENERS else path.suffix


def _not_utf8(path: Path, line: int, byte: int, data: bytes) -> DataError:
    candidates = (name for name in _candidate_encodings(data) if _can_decode(data, name))
    encoding = next(candidates, None)
    advice = f"iconv -f {encoding} -t utf-8" if encoding else "save it as UTF-8"
    return DataError(
        f"{path}:{line} is not UTF-8 at byte {byte} of the line; convert the file first ({advice})"
    )


def _candidate_encodings(data: bytes) -> Sequence[str]:
    """Encodings, the most probable first: Western European letters stand alone among ASCII."""
    runs = [len(run) for run in _NON_ASCII.findall(data)]
    is_western = b"\0" not in data and runs.count(1) > len(runs) / 2
    return ("cp1252", *FALLBACK_ENCODINGS) if is_western else FALLBACK_ENCODINGS


def _can_decode(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
