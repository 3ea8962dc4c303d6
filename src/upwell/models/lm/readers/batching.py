"""Batches of inputs: token rows of similar length, and arrays of one shape.

Axes: B rows, T tokens, K outputs of a network per row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy
import torch
from torch import Tensor

from ....errors import DataError
from ...protocols import NOT_FINITE, ArrayInput, NoAnswer, Prompt

MAX_BATCH_ELEMENTS = 1 << 21
"""Maximum number of array elements of a forward pass."""

ForwardFn: TypeAlias = Callable[[Mapping[str, Tensor]], Tensor]
"""Arrays by name, [B, ...] each, to outputs [B, K]."""


def length_batches(lengths: Sequence[int], max_tokens: int) -> Iterator[list[int]]:
    """Indices of rows, batch by batch: similar lengths together, the longest first.

    A batch, padded to its longest row, has at most `max_tokens` tokens, or is one row.
    """
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda index: -lengths[index]):
        if batch and (len(batch) + 1) * lengths[batch[0]] > max_tokens:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def pad_rows(rows: Sequence[Sequence[int]]) -> Tensor:
    """Token ids [B, T] int64, padded with zeros on the right."""
    max_length = max(map(len, rows))
    return torch.tensor([[*row, *[0] * (max_length - len(row))] for row in rows])


def forward_instances(
    prompts: Sequence[Prompt], forward_fn: ForwardFn
) -> dict[int, list[float] | NoAnswer]:
    """Outputs [K] of each prompt by the `id()` of the prompt; a NoAnswer if not finite.

    Every prompt is read once. Raises DataError for a text prompt.
    """
    instances = {id(prompt): _require_instance(prompt) for prompt in prompts}
    results: dict[int, list[float] | NoAnswer] = {}
    for names in _same_shape_batches(instances):
        results |= _forward_batch({name: instances[name] for name in names}, forward_fn)
    return results


def _forward_batch(
    instances: Mapping[int, ArrayInput], forward_fn: ForwardFn
) -> dict[int, list[float] | NoAnswer]:
    """Outputs of instances of one shape."""
    arrays = [each.arrays for each in instances.values()]
    stacked = {name: numpy.stack([each[name] for each in arrays]) for name in arrays[0]}
    batch = {name: torch.from_numpy(stack) for name, stack in stacked.items()}
    with torch.inference_mode():
        out_BK = forward_fn(batch).float()
    is_finite = out_BK.isfinite().all(-1).tolist()
    return {
        name: row if finite else NOT_FINITE
        for name, row, finite in zip(instances, out_BK.tolist(), is_finite, strict=True)
    }


def _require_instance(prompt: Prompt) -> ArrayInput:
    if isinstance(prompt, ArrayInput):
        return prompt
    raise DataError(
        "this model reads arrays and the prompt is text; choose an ability with array prompts"
    )


def _same_shape_batches(instances: Mapping[int, ArrayInput]) -> Iterator[list[int]]:
    """Instances of one shape together, at most `MAX_BATCH_ELEMENTS` per batch."""
    shapes: dict[tuple[object, ...], list[int]] = {}
    for name, instance in instances.items():
        shape = tuple((key, array.shape) for key, array in sorted(instance.arrays.items()))
        shapes.setdefault(shape, []).append(name)
    for names in shapes.values():
        elements = sum(array.size for array in instances[names[0]].arrays.values())
        batch_size = max(1, MAX_BATCH_ELEMENTS // max(1, elements))
        yield from (names[start : start + batch_size] for start in range(0, len(names), batch_size))
