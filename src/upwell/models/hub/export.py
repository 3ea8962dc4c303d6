"""A model of ours as files that transformers loads: what `export` of a family returns.

Every family has `config.json` and `model.safetensors`, and a tokenizer or preprocessor.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from torch import Tensor

ENCODER_TOKENIZER_CONFIG = {
    "tokenizer_class": "PreTrainedTokenizerFast",
    "model_input_names": ["input_ids", "token_type_ids", "attention_mask"],
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
    "clean_up_tokenization_spaces": False,
}
"""`tokenizer_config.json` of encoders with the special tokens of BERT."""


class ExportableTokenizer(Protocol):
    """The part of a tokenizer that an export needs."""

    @property
    def bos(self) -> int | None:
        """Id of the token that begins a text; None if there is none."""

    @property
    def pad(self) -> int | None:
        """Id of the padding token; None if there is none."""

    def to_json(self) -> str:
        """Contents of `tokenizer.json` of the `tokenizers` library."""


@dataclass(frozen=True, kw_only=True)
class ExportedModel:
    """Files to write into a folder, and the class that loads them."""

    model_class: str
    """Class of transformers with the same outputs, e.g. "LlamaForCausalLM"."""

    files: Mapping[str, bytes]
    """Contents by file name."""


def export_files(
    config: Mapping[str, Any],
    tensors: Mapping[str, Tensor],
    extra_files: Mapping[str, Mapping[str, Any]] | None = None,
    tokenizer: ExportableTokenizer | None = None,
) -> ExportedModel:
    """Files of a configuration, whose first `architectures` is its class, and of the tensors.

    `extra_files` are further JSON files by name. The tokenizer becomes `tokenizer.json`.
    """
    from safetensors.torch import save

    contents = {"config.json": config, **(extra_files or {})}
    files = {name: json.dumps(text, indent=2).encode() for name, text in contents.items()}
    files["model.safetensors"] = save(dict(tensors), metadata={"format": "pt"})
    if tokenizer is not None:
        files["tokenizer.json"] = tokenizer.to_json().encode()
    return ExportedModel(model_class=config["architectures"][0], files=files)
