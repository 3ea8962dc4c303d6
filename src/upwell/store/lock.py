"""One writer at a time: locks that the kernel releases when their holder dies.

Readers take no lock and never wait, and no stale lock has to be removed by hand. The package
filelock does not offer both: it cannot lock a folder without leaving a file in it, and where a
filesystem has no `flock` it falls back to a marker file that a kill leaves behind.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import StoreError


@contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Hold a lock file. Raises StoreError with the process id of the holder if it is taken."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        if not _try_lock(handle):
            holder = os.read(handle, 32).decode(errors="replace").strip() or "unknown"
            raise StoreError(
                f"{path.parent} is in use by process {holder}; wait for it, or stop it "
                f"(kill {holder}), then start again"
            )
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


@contextmanager
def dir_lock(path: Path, timeout_seconds: float = 20.0) -> Iterator[None]:
    """Hold the lock of a folder, after waiting at most `timeout_seconds` for it.

    Raises StoreError if the lock is still taken then.
    """
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        deadline = time.monotonic() + timeout_seconds
        while not _try_lock(handle):
            if time.monotonic() > deadline:
                raise StoreError(
                    f"{path} is being written by another process; stop it, then start again"
                )
            time.sleep(0.02)
        yield
    finally:
        os.close(handle)


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
