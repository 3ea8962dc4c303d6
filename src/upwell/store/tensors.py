"""Named tensors with a record beside them, replaced together.

A folder holds `<sha256>.safetensors` and a checksummed JSON file that names it. The weights are
written first, under a name of their own, and the JSON file last. So a kill leaves the old pair or
the new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import MissingDependencyError, StoreError
from ..files import read_regular
from .atomic import sha256, write_by_content

Tensors = dict[str, Any]
"""Torch tensors by name."""


def write_tensors(folder: Path, tensors: Mapping[str, Any]) -> tuple[str, int]:
    """Write a new weights file into the folder. Returns its sha256 and its size in bytes."""
    plain = {name: tensor.detach().contiguous() for name, tensor in tensors.items()}
    save = _safetensors().save_file
    return write_by_content(
        folder, lambda path: save(plain, path), lambda digest: weights_path(folder, digest)
    )


def read_tensors(folder: Path, digest: str) -> Tensors:
    """Tensors by sha256, on the CPU. Raises StoreError if they are missing or damaged."""
    path = weights_path(folder, digest)
    try:
        data = read_regular(path)
    except FileNotFoundError:
        raise StoreError(f"{path} is missing; delete the folder {folder} and run again") from None
    if sha256(data) != digest:
        raise StoreError(f"{path} is damaged; delete the folder {folder} and run again")
    return dict(_safetensors().load(data))


def keep_only(folder: Path, digest: str | None) -> None:
    """Delete all weights but those of that sha256; all of them for None."""
    for path in folder.glob("*.safetensors"):
        if digest is None or path != weights_path(folder, digest):
            path.unlink()


def weights_path(folder: Path, digest: str) -> Path:
    """Path of weights by sha256."""
    return folder / f"{digest[:16]}.safetensors"


def _safetensors() -> Any:
    try:
        import safetensors.torch
    except ImportError:
        raise MissingDependencyError(
            "weights need torch and safetensors; pip install 'upwell[train]'"
        ) from None
    return safetensors.torch
