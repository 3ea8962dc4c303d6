"""Ids of fine-tuning runs: readable, with a hash of everything that can change their numbers."""

from __future__ import annotations

from ..records import fingerprint

HASHED_PACKAGES = (
    "errors.py",
    "plugins.py",
    "records",
    "models",
    "data",
    "metrics",
    "train",
    "finetune",
)
"""The source that can change the numbers of a run."""


def run_id(model: str, task: str, method: str, seed: int, *records: object) -> str:
    """MODEL-TASK-METHOD-sSEED-HASH, with 8 hex digits of the fingerprint of `records`."""
    return f"{model}-{task.rsplit('.', 1)[-1]}-{method}-s{seed}-{fingerprint(*records)[:8]}"
