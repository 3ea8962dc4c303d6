"""Names of acts of adapting: readable, with the hash of all that could change their numbers."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import upwell

from ..records import fingerprint

ROOMS = ("errors.py", "naming.py", "records", "models", "data", "train", "adapt")
"""What makes numbers."""


@cache
def code_version() -> str:
    """Version of the package and of the source that makes numbers, e.g. "0.1.0+3f2a9c1d"."""
    root = Path(upwell.__file__).parent
    digest = hashlib.sha256()
    for room in ROOMS:
        path = root / room
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(f"{file.relative_to(root)}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return f"{upwell.__version__}+{digest.hexdigest()[:8]}"


def run_id(model: str, task: str, method: str, seed: int, *records: object) -> str:
    """The name of a run: model, task, method, seed, and eight digits of the fingerprint."""
    return f"{model}-{task.rsplit('.', 1)[-1]}-{method}-s{seed}-{fingerprint(*records)[:8]}"
