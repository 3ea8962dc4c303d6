"""Snapshots of tensors, in unnamed files where they are large.

Weights and optimizer moments are three times the model, so a copy in memory would double what
training needs. Large tensors are written to an unnamed file, of which a kill leaves nothing, and
are mapped back from it.
"""

from __future__ import annotations

import mmap
import os
import weakref
from collections.abc import Mapping
from tempfile import TemporaryFile

import torch
from torch import Tensor

MIN_FILE_BYTES = 1 << 24
"""Total bytes from which large tensors are kept in a file."""

MAX_TENSOR_BYTES_IN_MEMORY = 1 << 16
"""Bytes up to which a tensor stays in memory: counters, running means of a batch norm."""


class SnapshotBuffers:
    """Takes snapshots, of which the last two stay valid.

    A third one overwrites the file of the first, at a tenth of the cost of a new file.
    """

    def __init__(self) -> None:
        self._descriptors: list[int] = []
        self._num_copies = 0

    def take(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Copies of the tensors, by the same names."""
        sizes = {name: tensor.numel() * tensor.element_size() for name, tensor in tensors.items()}
        use_file = sum(sizes.values()) >= MIN_FILE_BYTES
        large = {
            name: t
            for name, t in tensors.items()
            if use_file and sizes[name] > MAX_TENSOR_BYTES_IN_MEMORY
        }
        try:
            on_disk = _copy_to_file(large, self._next_descriptor()) if large else {}
        except OSError:  # No space for a file: use memory.
            on_disk = {}
        return {n: on_disk[n] if n in on_disk else t.detach().clone() for n, t in tensors.items()}

    def _next_descriptor(self) -> int:
        """Descriptor of the older of the two files."""
        self._num_copies += 1
        if len(self._descriptors) < 2:
            with TemporaryFile(buffering=0) as file:
                descriptor = os.dup(file.fileno())
            weakref.finalize(self, os.close, descriptor)
            self._descriptors.append(descriptor)
            return descriptor
        return self._descriptors[(self._num_copies - 1) % 2]


def copy_tensors(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A snapshot that stays valid for as long as it is referenced."""
    return SnapshotBuffers().take(tensors)


def _copy_to_file(tensors: Mapping[str, Tensor], descriptor: int) -> dict[str, Tensor]:
    os.lseek(descriptor, 0, os.SEEK_SET)
    ends = [_write_tensor(descriptor, tensor) for tensor in tensors.values()]
    mapped = mmap.mmap(descriptor, ends[-1], access=mmap.ACCESS_COPY)
    starts = [0, *ends]
    return {
        name: torch.frombuffer(
            mapped, dtype=tensor.dtype, count=tensor.numel(), offset=start
        ).view(tensor.shape)
        for (name, tensor), start in zip(tensors.items(), starts, strict=False)
    }  # fmt: skip


def _write_tensor(descriptor: int, tensor: Tensor) -> int:
    """Write a tensor. Returns its end in the file."""
    remaining = memoryview(tensor.detach().contiguous().view(-1).view(torch.uint8).numpy())
    while remaining:
        remaining = remaining[os.write(descriptor, remaining) :]
    return os.lseek(descriptor, 0, os.SEEK_CUR)
