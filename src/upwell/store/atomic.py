"""Bytes onto the disk, all of them or none: the only place that replaces a file.

A file is written beside its final name, synced, renamed over it, and the folder is synced,
so that whoever reads sees the old content or the new and a kill or a power cut leaves no
third kind. It knows no formats.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path

from ..errors import StoreError

TEMPORARY = ".upwell-tmp"


def write_bytes(path: Path, data: bytes) -> str:
    """Make `path` hold exactly `data`; its sha256. Folders on the way are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}{TEMPORARY}")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)
    return sha256(data)


def write_by_content(
    folder: Path, write: Callable[[Path], None], path_of: Callable[[str], Path]
) -> tuple[str, int]:
    """Have `write` make a file in `folder` and give it the path that its sha256 has; the sha256
    and the bytes. For what is too large to be in memory twice."""
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".new.{os.getpid()}{TEMPORARY}"
    temporary.touch()
    mode = temporary.stat().st_mode
    write(temporary)
    temporary.chmod(mode)  # Libraries may make it for its owner alone.
    with temporary.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
        size = file.tell()
    temporary.replace(path_of(digest))
    sync_folder(folder)
    return digest, size


def sync_folder(path: Path) -> None:
    """Make the names in a folder survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256(data: bytes) -> str:
    """Hex digest of the bytes."""
    return hashlib.sha256(data).hexdigest()


def sweep(folder: Path) -> None:
    """Delete what a killed writer left half written. Only for who holds the folder's lock."""
    for path in folder.rglob(f".*{TEMPORARY}"):
        path.unlink(missing_ok=True)


def plain_name(name: str) -> str:
    """The name, if a folder inside ours can be called that; StoreError otherwise."""
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.@+=-]*", name):
        raise StoreError(
            f"{name!r} cannot name a folder; use letters, digits and any of _ . @ + = -"
        )
    return name
