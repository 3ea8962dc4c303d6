"""Files of other people: opened only if they are regular, and named only by names that are safe.

A named pipe, a device or a socket among the inputs would block a reader for ever, or give it bytes
without end. `open_regular` refuses them as `open` refuses a folder: with an OSError that says why.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
import unicodedata
from io import BufferedReader
from pathlib import Path

MAX_NAME_BYTES = 200
"""Bytes of a file name that `to_filename` returns; file systems take 255."""

HASH_DIGITS = 8
"""Hex digits of the hash at the end of a name that had to be changed."""

HASH_PATTERN = re.compile(rf"-[0-9a-f]{{{HASH_DIGITS}}}\Z")

RESERVED_NAMES = frozenset(
    ("con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)))
)
"""Names that Windows keeps for devices, whatever the suffix."""

FILE_KINDS = (
    (stat.S_ISDIR, errno.EISDIR, "is a folder, not a file"),
    (stat.S_ISFIFO, errno.EINVAL, "is a named pipe, not a file; save its content in a file first"),
    (stat.S_ISSOCK, errno.EINVAL, "is a socket, not a file"),
    (stat.S_ISCHR, errno.EINVAL, "is a device, not a file"),
    (stat.S_ISBLK, errno.EINVAL, "is a device, not a file"),
)


def open_regular(path: str | Path) -> BufferedReader:
    """Open a file for reading, if it is a regular one. It never blocks.

    Raises OSError, whose `strerror` says what it is instead, for a folder, a named pipe, a device
    or a socket, and for a name that no file can have.
    """
    check_regular(path)
    # The file may have been replaced since: opening must not block, and is checked again.
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        _check_mode(os.fstat(handle).st_mode, path)
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def read_regular(path: str | Path, limit: int | None = None) -> bytes:
    """All bytes of a regular file. Raises OSError as `open_regular`, and over `limit` bytes."""
    with open_regular(path) as file:
        if limit is not None and os.fstat(file.fileno()).st_size > limit:
            reason = f"has over {limit:,} bytes, and at most these are read"
            raise OSError(errno.EFBIG, reason, str(path))
        return file.read()


def check_regular(path: str | Path) -> None:
    """Raise OSError unless the path is a regular file, for libraries that open paths themselves."""
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - a Path cannot be made of every name.
    except ValueError:
        raise OSError(errno.EINVAL, "is no name that a file can have", ascii(str(path))) from None
    _check_mode(mode, path)


def to_filename(name: str, suffix: str = "") -> str:
    """A file name for any name that a user has given: "a/b" becomes "a_b-c14cddc0".

    Letters and digits of all scripts, spaces and "_.+=@-" stay. A name that had to be changed ends
    in a hash of it, so different names never share a file. The result has at most 200 bytes.

    to_filename("gsm8k", ".jsonl")  # "gsm8k.jsonl"
    """
    text = "".join(
        letter if letter.isalnum() or letter in "_.+=@- " else "_"
        for letter in unicodedata.normalize("NFC", name).encode("utf-8", "replace").decode()
    ).strip(" .-")
    room = MAX_NAME_BYTES - len(suffix.encode())
    reserved = text.partition(".")[0].lower() in RESERVED_NAMES
    safe = bool(text) and text == name and not reserved and not HASH_PATTERN.search(text)
    if not safe or len(text.encode()) > room:
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:HASH_DIGITS]
        head = text.encode()[: room - HASH_DIGITS - 2].decode(errors="ignore")
        text = f"{'_' if reserved else ''}{head}-{digest}" if head else f"_{digest}"
    return text + suffix


def _check_mode(mode: int, path: str | Path) -> None:
    for is_kind, code, reason in FILE_KINDS:
        if is_kind(mode):
            raise OSError(code, reason, str(path))
