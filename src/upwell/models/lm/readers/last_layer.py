"""Hooks that compute the logits of a network, and its last layer, at some positions only.

Axes: B rows, T tokens, N positions, D width, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from .block_attention import skip_blocks_except

ATTENTION_NAMES = ("self_attn", "attention", "attn")
OUTPUT_PROJECTION_NAMES = ("o_proj", "out_proj", "dense", "c_proj")
"""Names of attention, and of the map after it, in the architectures of transformers."""


@contextmanager
def logits_at(network: Any, positions: Tensor) -> Iterator[None]:
    """Within the context the logits of the network are [1, N, V], at positions (row, token) [2, N].

    So is the output of its last layer, where nothing reads the other positions.
    """
    row_N, position_N = positions
    shapes: list[tuple[int, ...]] = []

    def gather_inputs(_: Any, args: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        shapes.append(tuple(args[0].shape))
        return args[0][row_N, position_N][None], *args[1:]

    def scatter_outputs(_: Any, __: Any, out_1ND: Tensor) -> Tensor:
        # Nothing reads the other positions: no layer follows and the head skips them.
        full_BTD = out_1ND.new_zeros(*shapes[0][:2], out_1ND.shape[-1])
        full_BTD[row_N, position_N] = out_1ND[0]
        return full_BTD

    hooks = [network.get_output_embeddings().register_forward_pre_hook(gather_inputs)]
    for module in _last_layer_modules(network):
        hooks += [
            module.register_forward_pre_hook(gather_inputs),
            module.register_forward_hook(scatter_outputs),
        ]
    try:
        with skip_blocks_except(_num_layers(network) - 1, position_N.tolist()):
            yield
    finally:
        for hook in hooks:
            hook.remove()


def _last_layer_modules(network: Any) -> Iterator[Any]:
    """Modules of the last layer that work on each position by itself and make no keys.

    These are the map after attention and the feed-forward network, if they are separate modules.
    """
    for stack in network.modules():
        if isinstance(stack, torch.nn.ModuleList) and len(stack) == _num_layers(network):
            yield from _find_modules(stack[-1], ATTENTION_NAMES, OUTPUT_PROJECTION_NAMES)
            yield from _find_modules(stack[-1], ("mlp",), ("",))
            return


def _find_modules(layer: Any, parts: Sequence[str], within: Sequence[str]) -> Iterator[Any]:
    """The first module of a layer with one of the names."""
    names = dict(layer.named_modules())
    paths = (f"{part}.{name}".rstrip(".") for part in parts for name in within)
    yield from [names[path] for path in paths if path in names][:1]


def _num_layers(network: Any) -> int:
    return int(network.config.get_text_config().num_hidden_layers)
