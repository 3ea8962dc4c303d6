"""Whether the files of a folder belong to one model: tokenizer, config and weights.

A tokenizer or a config of another model often loads, and then every number is silently wrong.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from ...errors import ModelError

LAYER_PATTERN = re.compile(r"\.\d+\.")
"""The number of a layer in the name of a tensor."""


def check_matched(path: Path, mismatches: Collection[tuple[Any, ...]]) -> None:
    """Raise ModelError for weights whose shape is not that of the config: they would be random.

    `mismatches` are (name, shape in the weights, shape by the config).
    """
    if not mismatches:
        return
    name, shape, expected = min(mismatches, key=str)[:3]
    raise ModelError(
        f"{path}: {name} has the shape {tuple(shape)} in the weights and {tuple(expected)} by "
        "config.json; restore the config.json of these weights"
    )


def check_vocabulary(path: Path, tokenizer: Any, network: Any) -> None:
    """Raise ModelError for a tokenizer that gives tokens the network does not have.

    Special tokens beyond the embeddings are common, and matter only in a text that has them.
    """
    rows = int(network.get_input_embeddings().weight.shape[0])
    added = set(tokenizer.get_added_vocab())
    beyond = {t: i for t, i in tokenizer.get_vocab().items() if i >= rows and t not in added}
    if beyond:
        token = min(beyond, key=lambda each: beyond[each])
        raise ModelError(
            f"{path}: its tokenizer gives {token!r} the id {beyond[token]:,}, and the network has "
            f"embeddings of {rows:,} ids; restore the tokenizer of this model"
        )
    ids = tokenizer(["A text."])["input_ids"][0]
    if not ids or not all(isinstance(each, int) for each in ids):
        raise ModelError(f"{path}: its tokenizer makes no tokens of a text; restore it")


def check_unused(path: Path, network: Any, names: Collection[str]) -> tuple[str, ...]:
    """The tensors of the folder that the network does not have.

    Raises ModelError where they are further layers: the config says fewer than there are.
    """
    unused = tuple(sorted(names))
    layers = {LAYER_PATTERN.sub(".#.", name, count=1) for name, _ in network.named_parameters()}
    for name in unused:
        if LAYER_PATTERN.search(name) and LAYER_PATTERN.sub(".#.", name, count=1) in layers:
            raise ModelError(
                f"{path} has weights for {name}, a layer that its config.json leaves out; restore "
                "the config.json of these weights"
            )
    return unused
