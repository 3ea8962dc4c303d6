"""An append-only file of sealed lines: what a run has learnt before it is finished.

A batch is one line, one write and one fsync, and every line carries a checksum. A kill can
therefore tear the last line only: that tail is cut on opening, and its work is done again.
A line that does not fit its checksum and has lines after it was damaged later, by a disk or
a hand: that is refused, never skipped. So is a file that is none of ours, before it is touched.
"""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import StoreError
from .atomic import sha256, sync_folder

PREFIX = b'{"sum":"'
MIDDLE = b'","body":'
SUFFIX = b"}\n"
DIGITS = 16
"""Hex digits of sha256 that stand in a line: 64 bits."""


class Journal:
    """A journal opened for appending. The caller makes sure that there is only one."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.bodies, good = read(path)
        self._file = path.open("ab", buffering=0)
        self.cut = self._file.tell() - good
        """Bytes of torn tail that were cut on opening."""

        if self.cut:
            self._file.truncate(good)
        os.fsync(self._file.fileno())
        sync_folder(path.parent)

    def append(self, body: str) -> None:
        """Add one JSON value as a line; it is on the disk when this returns."""
        line = seal(body)
        written = self._file.write(line)
        while written < len(line):
            written += self._file.write(line[written:])
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def read(path: Path, start: int = 0) -> tuple[list[str], int]:
    """Bodies of the good lines from byte `start`, and the byte where they end.

    Never writes, so it may read what another process is appending to: a torn tail is left
    out. A missing file is an empty one. StoreError if a line before the last is damaged.
    """
    if not path.exists():
        return [], start
    bodies: list[str] = []
    good = start
    with path.open("rb") as file:
        file.seek(start)
        lines = file.readlines()
    for number, line in enumerate(lines, start=1):
        body = unseal(line)
        if body is None and not bodies and not start and not _begun(line):
            raise StoreError(f"{path} is no journal of Upwell; give another name")
        if body is None and number < len(lines):
            raise StoreError(
                f"{path} is damaged in line {number} of {len(lines)}; "
                "restore it from a copy, or begin anew under another name"
            )
        if body is None:
            break
        bodies.append(body)
        good += len(line)
    return bodies, good


def _begun(line: bytes) -> bool:
    """Whether it may be what a kill left of a line: the rest of a page may be zeros."""
    there = line.rstrip(b"\0")
    return there[: len(PREFIX)] == PREFIX[: len(there)]


def seal(body: str) -> bytes:
    """The line that holds a JSON value."""
    data = body.encode()
    assert b"\n" not in data and b"\r" not in data
    return PREFIX + sha256(data)[:DIGITS].encode() + MIDDLE + data + SUFFIX


def unseal(line: bytes) -> str | None:
    """The JSON value that a line holds, or None if any byte of it is wrong."""
    start = len(PREFIX) + DIGITS + len(MIDDLE)
    data = line[start : -len(SUFFIX)]
    if line != PREFIX + sha256(data)[:DIGITS].encode() + MIDDLE + data + SUFFIX:
        return None
    return data.decode()
