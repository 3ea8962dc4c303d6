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
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import StoreError

WAIT_SECONDS = 20.0
"""How long a command waits for another one that writes the same files."""


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
def dir_lock(path: Path, timeout_seconds: float | None = None) -> Iterator[None]:
    """Hold the lock of a folder, after waiting at most `timeout_seconds` for it.

    Raises StoreError if the lock is still taken then.
    """
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        wait_for_lock(handle, path, timeout_seconds)
        yield
    finally:
        os.close(handle)


@contextmanager
def claim_dir(path: Path) -> Iterator[None]:
    """Create a folder for what a command writes, and hold its lock; a failure leaves no empty one.

    Raises StoreError if another command writes there and does not end within 20 s.
    """
    path.mkdir(parents=True, exist_ok=True)
    try:
        with dir_lock(path):
            yield
    except BaseException:
        with suppress(OSError):
            path.rmdir()
        raise


def wait_for_lock(handle: int, path: Path, timeout_seconds: float | None = None) -> None:
    """Lock an open file until it is closed. Raises StoreError if it stays taken that long."""
    deadline = time.monotonic() + (WAIT_SECONDS if timeout_seconds is None else timeout_seconds)
    while not _try_lock(handle):
        if time.monotonic() > deadline:
            raise StoreError(
                f"{path} is in use by another process, which writes it; wait for it or stop it, "
                "then start again"
            )
        time.sleep(0.02)


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
