"""What this machine has, and what is missing."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
from dataclasses import dataclass
from pathlib import Path

from .. import __version__
from ..formatting import format_bytes

LIBRARIES = {
    "numpy": ("everything", "upwell"),
    "scipy": ("judging", "upwell"),
    "polars": ("tables", "upwell"),
    "pydantic": ("reading records", "upwell"),
    "narwhals": ("data frames of pandas and pyarrow", "upwell"),
    "torch": ("training", "upwell[train]"),
    "safetensors": ("weights", "upwell[train]"),
    "tokenizers": ("tokenizers", "upwell[train]"),
    "transformers": ("models of others, export", "upwell[export]"),
    "peft": ("LoRA", "upwell[finetune]"),
    "scikit-learn": ("linear heads", "upwell[finetune]"),
    "jinja2": ("task files", "upwell[eval]"),
    "pyyaml": ("task files", "upwell[eval]"),
    "sacrebleu": ("BLEU and chrF", "upwell[eval]"),
    "pillow": ("image files", "upwell[images]"),
    "soundfile": ("audio files", "upwell[audio]"),
}
"""What each library is for, and what installs it."""

MIN_FREE_BYTES = 1e9


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """One thing that was checked."""

    name: str
    value: str
    ok: bool
    advice: str = ""


def doctor() -> list[HealthCheck]:
    """Check the machine and the libraries; a failed check says what to do."""
    return [*_check_machine(), *(_check_library(name) for name in LIBRARIES)]


def _check_machine() -> list[HealthCheck]:
    from ..study import cores, free_memory, peak_flops

    memory, disk = free_memory(), shutil.disk_usage(Path.cwd()).free
    checks = [
        HealthCheck(name="upwell", value=__version__, ok=True),
        HealthCheck(name="Python", value=platform.python_version(), ok=True),
        HealthCheck(name="system", value=f"{platform.system()} {platform.machine()}", ok=True),
        HealthCheck(name="cores", value=str(cores()), ok=True),
        _check_space("free memory", memory, "close programs; a worker takes 0.4 GB"),
        _check_space("free disk", disk, "make room; the demo takes 0.1 GB"),
        HealthCheck(
            name="matrix products", value=f"{peak_flops() / 1e9:.0f} GFLOP/s a core", ok=True
        ),
    ]
    if threads := os.environ.get("OMP_NUM_THREADS"):
        checks.append(HealthCheck(name="OMP_NUM_THREADS", value=threads, ok=True))
    return checks


def _check_space(name: str, free: int | None, advice: str) -> HealthCheck:
    ok = free is None or free > MIN_FREE_BYTES
    value = "unknown" if free is None else format_bytes(free)
    return HealthCheck(name=name, value=value, ok=ok, advice="" if ok else advice)


def _check_library(name: str) -> HealthCheck:
    purpose, extra = LIBRARIES[name]
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        advice = f"{purpose} needs it: pip install '{extra}'"
        return HealthCheck(name=name, value="", ok=False, advice=advice)
    return HealthCheck(name=name, value=version, ok=True)
