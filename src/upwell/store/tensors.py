"""Named tensors with a record beside them, replaced as a whole.

A folder holds `<sha256>.safetensors` and one sealed JSON file that names it. The JSON file
is the switch: weights are written first under a name of their own, so that a kill leaves
the old pair or the new one. Nothing here reads or writes a pickle.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import MissingExtra, StoreError
from .atomic import sha256, write_by_content

Tensors = dict[str, Any]
"""Torch tensors by name."""


def write_tensors(folder: Path, tensors: Mapping[str, Any]) -> tuple[str, int]:
    """Write a new weights file into the folder; its sha256 and its bytes."""
    plain = {name: tensor.detach().contiguous() for name, tensor in tensors.items()}
    save = _safetensors().save_file
    return write_by_content(
        folder, lambda path: save(plain, path), lambda digest: weights_path(folder, digest)
    )


def read_tensors(folder: Path, digest: str) -> Tensors:
    """The tensors of that sha256, on the CPU; StoreError if they are missing or damaged."""
    path = weights_path(folder, digest)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise StoreError(f"{path} is missing; delete the folder {folder} and run again") from None
    if sha256(data) != digest:
        raise StoreError(f"{path} is damaged; delete the folder {folder} and run again")
    return dict(_safetensors().load(data))


def keep_only(folder: Path, digest: str | None) -> None:
    """Delete the weights that a switch has left behind."""
    for path in folder.glob("*.safetensors"):
        if digest is None or path != weights_path(folder, digest):
            path.unlink()


def weights_path(folder: Path, digest: str) -> Path:
    """Where weights of that sha256 stand."""
    return folder / f"{digest[:16]}.safetensors"


def _safetensors() -> Any:
    try:
        import safetensors.torch
    except ImportError:
        raise MissingExtra(
            "weights need torch and safetensors; pip install 'upwell[train]'"
        ) from None
    return safetensors.torch
