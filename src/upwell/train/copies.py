"""Copies of tensors that later steps leave alone, kept out of memory where they are large.

Weights and moments of an optimiser are three times the model: a copy at hand to go back to would
double what training needs. Large ones go into a file that has no name, so a kill leaves nothing,
and come back by mapping it.
"""

from __future__ import annotations

import mmap
from collections.abc import Mapping
from tempfile import TemporaryFile
from typing import IO

import torch
from torch import Tensor

LARGE = 1 << 24
"""Bytes of all tensors from which they are kept in a file."""

SMALL = 1 << 16
"""Bytes up to which a tensor stays in memory: counters, and the means of a batch norm."""


def copies(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same values under the same names, which no change of `tensors` reaches."""
    sizes = {name: tensor.numel() * tensor.element_size() for name, tensor in tensors.items()}
    far = sum(sizes.values()) >= LARGE
    large = {name: t for name, t in tensors.items() if far and sizes[name] > SMALL}
    try:
        kept = _in_file(large)
    except OSError:  # No room for a file: memory it is.
        kept = {}
    return {n: kept[n] if n in kept else t.detach().clone() for n, t in tensors.items()}


def _in_file(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    if not tensors:
        return {}
    with TemporaryFile(buffering=0) as file:
        ends = [_write(file, tensor) for tensor in tensors.values()]
        held = mmap.mmap(file.fileno(), ends[-1], access=mmap.ACCESS_COPY)
    starts = [0, *ends]
    return {
        name: torch.frombuffer(
            held, dtype=tensor.dtype, count=tensor.numel(), offset=start
        ).view(tensor.shape)
        for (name, tensor), start in zip(tensors.items(), starts, strict=False)
    }  # fmt: skip


def _write(file: IO[bytes], tensor: Tensor) -> int:
    """Where the tensor ends in the file."""
    left = memoryview(tensor.detach().contiguous().view(-1).view(torch.uint8).numpy())
    while left:
        left = left[file.write(left) :]
    return file.tell()
