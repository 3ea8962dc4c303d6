"""Text of tables as spreadsheets save it: UTF-8, UTF-16 and GB18030, read where it is certain.

Every encoding other than UTF-8 is said. Text in another encoding, such as Windows-1252, is refused
with the command that converts it: bytes above 127 do not tell which of these they are.
"""

from __future__ import annotations

import codecs

from ..errors import DataError

UTF16_MARKS = {codecs.BOM_UTF16_LE: "UTF-16-LE", codecs.BOM_UTF16_BE: "UTF-16-BE"}

COMMON_HANZI = range(0xB0, 0xD8)
"""First bytes of the 3,755 common characters in GB2312, from which it has the rest by stroke."""

GB_SYMBOLS = range(0xA1, 0xAA)
"""First bytes of punctuation, full-width letters and other symbols in GB2312."""

MIN_COMMON_FRACTION = 0.8
"""Of the two-byte characters of a Chinese text, those that are common or symbols."""


def decode_table(data: bytes, where: str) -> tuple[str, str | None]:
    """The text, and the encoding if it is not UTF-8. Raises DataError with the first bad byte."""
    encoding = _find_utf16(data)
    if encoding is not None:
        try:
            return data.decode(encoding).removeprefix("\ufeff"), encoding[:6]
        except UnicodeDecodeError as error:
            raise DataError(f"{where} is not UTF-16 (byte {error.start})") from None
    try:
        return data.decode("utf-8-sig"), None
    except UnicodeDecodeError as error:
        position = error.start
    if _is_gb18030(data):
        return data.decode("gb18030"), "GB18030"
    raise DataError(
        f"{where} is not UTF-8 (byte {position}); save it as UTF-8, or run iconv -f WINDOWS-1252 "
        "-t UTF-8 (Western European; BIG5, SHIFT_JIS and EUC-KR are others)"
    )


def _find_utf16(data: bytes) -> str | None:
    """UTF-16 with its byte-order, by its mark or by the zero bytes of its ASCII letters."""
    mark = UTF16_MARKS.get(data[:2])
    head = data[:4000]
    if mark is not None and (len(data) % 2 == 0 or b"\x00" in head):
        return mark
    zeros = head[1::2].count(0), head[0::2].count(0)
    if len(head) >= 4 and max(zeros) > 0.8 * (len(head) // 2) and min(zeros) == 0:
        return "UTF-16-LE" if zeros[0] else "UTF-16-BE"
    return None


def _is_gb18030(data: bytes) -> bool:
    """Whether the bytes are Chinese text: pairs of the range of GB2312, most of them common."""
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return False
    common = others = 0
    i = 0
    while i < len(data):
        if data[i] < 0x80:
            i += 1
            continue
        is_pair = i + 1 < len(data) and data[i + 1] >= 0xA1
        if is_pair and (data[i] in COMMON_HANZI or data[i] in GB_SYMBOLS):
            common += 1
        else:
            others += 1
        i += 2
    return common >= MIN_COMMON_FRACTION * (common + others)
