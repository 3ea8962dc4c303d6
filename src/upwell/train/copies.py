"""Copies of tensors that later steps leave alone, kept out of memory where they are large.

Weights and moments of an optimiser are three times the model: a copy at hand to go back to would
double what training needs. Large ones go into a file that has no name, so a kill leaves nothing,
and come back by mapping it.
"""

from __future__ import annotations

import mmap
import os
import weakref
from collections.abc import Mapping
from tempfile import TemporaryFile

import torch
from torch import Tensor

LARGE = 1 << 24
"""Bytes of all tensors from which they are kept in a file."""

SMALL = 1 << 16
"""Bytes up to which a tensor stays in memory: counters, and the means of a batch norm."""


class Copies:
    """Takes copies again and again. The last two stay what they were: a third is written where the
    first was, which costs the system a tenth of a new file's pages."""

    def __init__(self) -> None:
        self._places: list[int] = []
        self._taken = 0

    def take(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The same values under the same names, which no change of `tensors` reaches."""
        sizes = {name: tensor.numel() * tensor.element_size() for name, tensor in tensors.items()}
        far = sum(sizes.values()) >= LARGE
        large = {name: t for name, t in tensors.items() if far and sizes[name] > SMALL}
        try:
            kept = _in_file(large, self._place()) if large else {}
        except OSError:  # No room for a file: memory it is.
            kept = {}
        return {n: kept[n] if n in kept else t.detach().clone() for n, t in tensors.items()}

    def _place(self) -> int:
        """Descriptor of the file that was written longest ago, one of two."""
        self._taken += 1
        if len(self._places) < 2:
            with TemporaryFile(buffering=0) as file:
                place = os.dup(file.fileno())
            weakref.finalize(self, os.close, place)
            self._places.append(place)
            return place
        return self._places[(self._taken - 1) % 2]


def copies(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A copy that stays for as long as it is held."""
    return Copies().take(tensors)


def _in_file(tensors: Mapping[str, Tensor], place: int) -> dict[str, Tensor]:
    os.lseek(place, 0, os.SEEK_SET)
    ends = [_write(place, tensor) for tensor in tensors.values()]
    held = mmap.mmap(place, ends[-1], access=mmap.ACCESS_COPY)
    starts = [0, *ends]
    return {
        name: torch.frombuffer(
            held, dtype=tensor.dtype, count=tensor.numel(), offset=start
        ).view(tensor.shape)
        for (name, tensor), start in zip(tensors.items(), starts, strict=False)
    }  # fmt: skip


def _write(place: int, tensor: Tensor) -> int:
    """Where the tensor ends in the file."""
    left = memoryview(tensor.detach().contiguous().view(-1).view(torch.uint8).numpy())
    while left:
        left = left[os.write(place, left) :]
    return os.lseek(place, 0, os.SEEK_CUR)
