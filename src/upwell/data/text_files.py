"""Text files, plain or compressed with gzip or xz: whole, or line by line.

They are UTF-8. `read_text` also reads what is certain: UTF-16 or UTF-32 with a byte order mark, and
Chinese in GB 18030; it says so. Any other file is refused with the line, the byte, and the command
that converts it.
"""

from __future__ import annotations

import codecs
import gzip
import lzma
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ..errors import DataError

OPENERS: dict[str, Callable[..., IO[Any]]] = {".xz": lzma.open, ".gz": gzip.open}

MAX_LINE_BYTES = 1 << 20
"""A longer line is not a sentence. A small compressed file could otherwise hold a huge one."""

MAX_UNCOMPRESSED_BYTES = 1 << 28
"""A small compressed file could otherwise hold a huge text."""

FALLBACK_ENCODINGS = ("gb18030", "utf-16", "big5", "shift_jis", "cp1252")
"""Encodings tried, in this order, to name the one that a file has."""

BYTE_ORDER_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""The encoding that each byte order mark names; the longer marks first."""

COMMON_CHINESE = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后"
    "作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因"
    "只从想实日者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战"
    "向头文体政美相见被利什二等产或新己制身果加月话合回特代内信表化老给世位次度门任常先海通教东声提立"
    "及比员解水名真论处走义各入几口认条平系气题活更别打女变四总何电数安少报才结反受目太量再感建务做接"
)
"""The most frequent Chinese characters: more than a third of those of most texts."""

MIN_CHINESE_CHARACTERS = 20
MIN_COMMON_FRACTION = 0.2
MAX_KANA_FRACTION = 0.02
"""A text in GB 18030 has Chinese characters, many of them common, and hardly any kana. Korean and
Japanese encodings share its bytes and not its frequencies."""

_NON_ASCII = re.compile(rb"[\x80-\xff]+")


@dataclass(frozen=True)
class DecodedText:
    """The text of a file."""

    text: str
    notes: tuple[str, ...] = ()
    """What was recognized, if the file is not UTF-8."""


def read_text(path: Path) -> DecodedText:
    """The text of a file in UTF-8, in UTF-16 or UTF-32 with a mark, or in GB 18030.

    Raises DataError for a file that cannot be read, has another encoding, or holds NUL characters.
    """
    data = _read_bytes(path, MAX_UNCOMPRESSED_BYTES if path.suffix in OPENERS else None)
    encoding = next((name for mark, name in BYTE_ORDER_MARKS.items() if data.startswith(mark)), "")
    if encoding:
        try:
            text = data.decode(encoding)
            if "\0" in text:
                raise _nul_characters(path, text.count("\n", 0, text.index("\0")) + 1)
            return DecodedText(text, (f"read as {encoding}",))
        except UnicodeDecodeError as error:
            raise DataError(
                f"{path} begins like {encoding} and is damaged at byte {error.start}; save it as "
                "UTF-8"
            ) from None
    if b"\0" in data:
        raise _nul_characters(path, data.count(b"\n", 0, data.index(b"\0")) + 1)
    if not _can_decode(data, "utf-8") and _is_gb18030(data):
        return DecodedText(data.decode("gb18030"), ("read as gb18030, for it is not UTF-8",))
    return DecodedText(_decode_utf8(path, data))


def read_utf8(path: Path, max_bytes: int | None = None) -> str:
    """The text of a file, without its byte order mark.

    Raises DataError for a file that cannot be read, is not UTF-8, or has more than `max_bytes`.
    """
    return _decode_utf8(path, _read_bytes(path, max_bytes))


def _nul_characters(path: Path, line: int) -> DataError:
    return DataError(
        f"{path}:{line} holds NUL characters, as UTF-16 without a byte order mark or a binary "
        "file does; save it as UTF-8"
    )


def _read_bytes(path: Path, max_bytes: int | None) -> bytes:
    try:
        with OPENERS.get(path.suffix, open)(path, "rb") as file:
            data: bytes = file.read(-1 if max_bytes is None else max_bytes + 1)
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise DataError(f"{path} cannot be read: {error}") from None
    if max_bytes is not None and len(data) > max_bytes:
        raise DataError(f"{path} has more than {max_bytes:,} bytes of text; split it into parts")
    return data


def _decode_utf8(path: Path, data: bytes) -> str:
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
    advice = "save it as UTF-8" + (f", or run iconv -f {encoding} -t utf-8" if encoding else "")
    return DataError(
        f"{path}:{line} is not UTF-8 at byte {byte} of the line; convert the file first ({advice})"
    )


def _candidate_encodings(data: bytes) -> Sequence[str]:
    """Encodings, the most probable first: Western European letters stand alone among ASCII."""
    runs = [len(run) for run in _NON_ASCII.findall(data)]
    is_western = b"\0" not in data and runs.count(1) > len(runs) / 2
    return ("cp1252", *FALLBACK_ENCODINGS) if is_western else FALLBACK_ENCODINGS


def _is_gb18030(data: bytes) -> bool:
    """Whether the bytes are Chinese in GB 18030, and not another encoding with the same bytes."""
    if not _can_decode(data, "gb18030"):
        return False
    characters = [each for each in data.decode("gb18030") if each > "\x7f"]
    chinese = [each for each in characters if "\u4e00" <= each <= "\u9fff"]
    kana = sum("\u3040" <= each <= "\u30ff" for each in characters)
    return (
        len(chinese) >= max(MIN_CHINESE_CHARACTERS, len(characters) / 2)
        and kana <= MAX_KANA_FRACTION * len(characters)
        and sum(each in COMMON_CHINESE for each in chinese) >= MIN_COMMON_FRACTION * len(chinese)
    )


def _can_decode(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
