"""Append-only file of lines with a checksum each.

A batch is one line, one write and one fsync. A kill can therefore tear only the last line, which
then has no end; opening the journal cuts it off. Any other damaged line is refused, never skipped,
also a complete last one. So is a file that is no journal.
"""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import StoreError
from ..files import check_regular, open_regular
from .atomic import sha256, sync_dir
from .lock import wait_for_lock

PREFIX = b'{"sum":"'
MIDDLE = b'","body":'
SUFFIX = b"}\n"
CHECKSUM_DIGITS = 16
"""Hex digits of sha256 in a line: 64 bits."""


class Journal:
    """A journal opened for appending, by one process at a time.

    Raises StoreError where it is damaged, and where another process appends to it and does not end
    within 20 s.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        if path.exists():
            check_regular(path)
        self._file = path.open("ab", buffering=0)
        try:
            wait_for_lock(self._file.fileno(), path)
            self.payloads, valid_end = read(path)
        except BaseException:
            self._file.close()
            raise
        self.torn_bytes = self._file.tell() - valid_end
        """Bytes of a torn last line that were cut off."""

        if self.torn_bytes:
            self._file.truncate(valid_end)
        os.fsync(self._file.fileno())
        sync_dir(path.parent)

    def append(self, payload: str) -> None:
        """Append one JSON value as a line; it is synced to disk when this returns."""
        line = encode_line(payload)
        start = self._file.tell()
        try:
            written = self._file.write(line)
            while written < len(line):
                written += self._file.write(line[written:])
            os.fsync(self._file.fileno())
        except BaseException:
            # A full disk has taken a part of the line; what comes next must not stand behind it.
            self._file.truncate(start)
            raise

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read(path: Path, start: int = 0) -> tuple[list[str], int]:
    """Payloads of the valid lines from byte `start` on, and the byte where they end.

    It never writes, so another process may be appending; a torn last line is left out. A missing
    file counts as empty. Raises StoreError if any other line is damaged.
    """
    if not path.exists():
        return [], start
    payloads: list[str] = []
    valid_end = start
    with open_regular(path) as file:
        file.seek(start)
        lines = file.readlines()
    for number, line in enumerate(lines, start=1):
        payload = decode_line(line)
        if payload is not None:
            payloads.append(payload)
            valid_end += len(line)
        elif not start and number == 1 and not _may_be_torn(line):
            raise StoreError(
                f"{path} is no journal of Upwell; choose another name, or "
                "restore it from a copy if it was one"
            )
        elif number < len(lines) or not _is_torn(line):
            raise StoreError(
                f"{path} is damaged in line {number} of {len(lines)}; restore it from a copy, or "
                "delete that line, whose content is lost"
            )
    return payloads, valid_end


def _may_be_torn(line: bytes) -> bool:
    """Whether a kill may have left this of a line: the rest of a page may be zeros."""
    content = line.rstrip(b"\0")
    return content[: len(PREFIX)] == PREFIX[: len(content)]


def _is_torn(line: bytes) -> bool:
    """Whether a line is the first part of a longer one, and not a whole one with a wrong byte."""
    return not line.endswith(b"\n") and decode_line(line[:-1] + b"\n") is None


def encode_line(payload: str) -> bytes:
    """Line for a JSON value."""
    data = payload.encode()
    assert b"\n" not in data and b"\r" not in data
    return PREFIX + sha256(data)[:CHECKSUM_DIGITS].encode() + MIDDLE + data + SUFFIX


def decode_line(line: bytes) -> str | None:
    """JSON value of a line, or None if any byte is wrong."""
    start = len(PREFIX) + CHECKSUM_DIGITS + len(MIDDLE)
    data = line[start : -len(SUFFIX)]
    if line != PREFIX + sha256(data)[:CHECKSUM_DIGITS].encode() + MIDDLE + data + SUFFIX:
        return None
    return data.decode()
