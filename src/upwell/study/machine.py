"""Cores, free memory and speed of this machine, as the system reports them.

Limits of control groups (version 2) count, because containers are the common case. What the system
does not report is None.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")


def cores() -> int:
    """Cores that this process may use, at least 1."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    quota, _, period = _read_text(CGROUP / "cpu.max").partition(" ")
    if quota.isdigit() and period.isdigit():
        allowed = min(allowed or 1, int(quota) // int(period))
    return max(1, allowed or 1)


def free_memory() -> int | None:
    """Bytes available without swapping; None if unknown."""
    available_kib = _read_fields(Path("/proc/meminfo")).get("MemAvailable:")
    system = None if available_kib is None else available_kib * 1024
    limit, used = _read_text(CGROUP / "memory.max"), _read_text(CGROUP / "memory.current")
    if not (limit.isdigit() and used.isdigit()):
        return system
    cache = _read_fields(CGROUP / "memory.stat").get("inactive_file", 0)
    inside = int(limit) - int(used) + cache
    return inside if system is None else min(system, inside)


def process_memory(pid: int) -> int | None:
    """Resident memory of a process in bytes; None if it is gone or unknown."""
    pages = _read_text(Path(f"/proc/{pid}/statm")).split(" ")
    return int(pages[1]) * os.sysconf("SC_PAGE_SIZE") if len(pages) > 1 else None


def peak_flops() -> float:
    """FLOP/s of one core at single-precision matrix products, measured in about 50 ms."""
    import numpy

    size, repeats = 512, 10
    matrix = numpy.random.default_rng(0).standard_normal((size, size), dtype=numpy.float32)
    matrix @ matrix
    # Processor time, not the clock: numpy may spread one product over several cores.
    started = time.process_time()
    for _ in range(repeats):
        matrix @ matrix
    return repeats * 2 * size**3 / (time.process_time() - started)


def _read_fields(path: Path) -> dict[str, int]:
    """Lines of "name number ..." as a dictionary; empty without such a file."""
    rows = [line.split() for line in _read_text(path).splitlines()]
    return {row[0]: int(row[1]) for row in rows if len(row) > 1 and row[1].isdigit()}


def _read_text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
