"""Atomic file replacement.

A file is written under a temporary name, synced and renamed; then the folder is synced. A reader
sees the old content or the new one, also after a kill or a power cut.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import StoreError

TEMPORARY_SUFFIX = ".upwell-tmp"


def write_bytes(path: Path, data: bytes) -> str:
    """Replace the content of `path`; create its parent folders. Returns the sha256 of `data`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}{TEMPORARY_SUFFIX}")
    with _removed_on_error(temporary):
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    sync_dir(path.parent)
    return sha256(data)


def write_by_content(
    folder: Path, write: Callable[[Path], None], build_path: Callable[[str], Path]
) -> tuple[str, int]:
    """Let `write` create a file in `folder`, and rename it to the path that its sha256 gives.

    For content that is too large to be in memory twice. Returns the sha256 and the size in bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".new.{os.getpid()}{TEMPORARY_SUFFIX}"
    with _removed_on_error(temporary):
        temporary.touch()
        mode = temporary.stat().st_mode
        write(temporary)
        temporary.chmod(mode)  # Libraries may create it readable by its owner only.
        with temporary.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
            size = file.tell()
        temporary.replace(build_path(digest))
    sync_dir(folder)
    return digest, size


@contextmanager
def _removed_on_error(temporary: Path) -> Iterator[None]:
    """Where the disk is full, half a file would take the room that is left."""
    try:
        yield
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def sync_dir(path: Path) -> None:
    """Sync a folder, so that new names survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256(data: bytes) -> str:
    """Hex digest."""
    return hashlib.sha256(data).hexdigest()


def remove_temporary(folder: Path) -> None:
    """Delete files that a killed writer left half written. The caller holds the folder's lock."""
    for path in folder.rglob(f".*{TEMPORARY_SUFFIX}"):
        path.unlink(missing_ok=True)


def check_filename(name: str) -> str:
    """Return the name. Raises StoreError if it is not safe as the name of a subfolder."""
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.@+=-]*", name):
        raise StoreError(
            f"{name!r} cannot name a folder; use letters, digits and any of _ . @ + = -"
        )
    return name
