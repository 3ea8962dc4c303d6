"""A model of ours as a folder that transformers loads: what a family's `export` gives.

The folder of every family holds `config.json` and `model.safetensors`, and what it reads text
with where it reads any.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from torch import Tensor


class Words(Protocol):
    """The part of a tokenizer that goes into the folder."""

    @property
    def bos(self) -> int | None:
        """The token that begins a text."""

    @property
    def pad(self) -> int | None:
        """The token that fills a batch."""

    def to_json(self) -> str:
        """A `tokenizer.json` of the `tokenizers` library."""


@dataclass(frozen=True, kw_only=True)
class Exported:
    """A folder that is to be written, and what reads it."""

    loads_as: str
    """The class of transformers that has the same outputs, e.g. "LlamaForCausalLM"."""

    files: Mapping[str, bytes]
    """Contents by file name."""


def exported(
    config: Mapping[str, Any],
    tensors: Mapping[str, Tensor],
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    words: Words | None = None,
) -> Exported:
    """The folder of a configuration that names its class first in `architectures`.

    `settings` are further files of JSON by their name; `words` becomes `tokenizer.json`.
    """
    from safetensors.torch import save

    texts = {"config.json": config, **(settings or {})}
    files = {name: json.dumps(text, indent=2).encode() for name, text in texts.items()}
    files["model.safetensors"] = save(dict(tensors), metadata={"format": "pt"})
    if words is not None:
        files["tokenizer.json"] = words.to_json().encode()
    return Exported(loads_as=config["architectures"][0], files=files)
