"""A ModernBERT as files that transformers loads: its own class, with our tokenizer."""

from __future__ import annotations

from ....errors import ModelError
from ...hub.export import (
    ENCODER_TOKENIZER_CONFIG,
    ExportableTokenizer,
    ExportedModel,
    export_files,
)
from .network import ModernBert


def to_modernbert_files(
    network: ModernBert, tokenizer: ExportableTokenizer | None
) -> ExportedModel:
    """Files of a `ModernBertForMaskedLM` and of its tokenizer.

    Raises ModelError without a tokenizer.
    """
    if tokenizer is None:
        raise ModelError("a ModernBERT is exported with its tokenizer, and this one has none")
    config = {
        **network.model.config.to_dict(),
        "architectures": ["ModernBertForMaskedLM"],
        "pad_token_id": tokenizer.pad,
        "dtype": "float32",
    }
    named = {name.replace("mlm_bias", "decoder.bias"): p for name, p in network.named_parameters()}
    tensors = {name: tensor.detach().clone().contiguous() for name, tensor in named.items()}
    tokenizer_config = {
        **ENCODER_TOKENIZER_CONFIG,
        "model_input_names": ["input_ids", "attention_mask"],
        "model_max_length": network.context,
    }
    return export_files(config, tensors, {"tokenizer_config.json": tokenizer_config}, tokenizer)
