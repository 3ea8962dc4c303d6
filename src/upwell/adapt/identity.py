"""Names of acts of adapting: readable, with the hash of all that could change their numbers."""

from __future__ import annotations

from functools import cache

from ..naming import source_version
from ..records import fingerprint

ROOMS = ("errors.py", "naming.py", "records", "models", "data", "train", "adapt")
"""What makes numbers."""


@cache
def code_version() -> str:
    """Version of the package and of the source that makes numbers."""
    return source_version(ROOMS)


def run_id(model: str, task: str, method: str, seed: int, *records: object) -> str:
    """The name of a run: model, task, method, seed, and eight digits of the fingerprint."""
    return f"{model}-{task.rsplit('.', 1)[-1]}-{method}-s{seed}-{fingerprint(*records)[:8]}"
