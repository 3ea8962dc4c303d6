"""A BERT as a `BertForPreTraining` of transformers: the same outputs, the multiplier folded in.

The folder loads with `BertForPreTraining`, `BertModel` and `AutoTokenizer`, and with everything
else that reads BERT folders.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from ....errors import ModelError
from ...hub.export import (
    ENCODER_TOKENIZER_CONFIG,
    ExportableTokenizer,
    ExportedModel,
    export_files,
)
from .config import NUM_SEGMENTS
from .network import LAYER_NORM_EPSILON, Bert, BertLayer


def to_bert_files(network: Bert, tokenizer: ExportableTokenizer | None) -> ExportedModel:
    """Files of a `BertForPreTraining` with the same outputs, and of its tokenizer.

    Raises ModelError without a tokenizer.
    """
    if tokenizer is None:
        raise ModelError("a BERT is exported with its tokenizer, and this one has none")
    tokenizer_config = {**ENCODER_TOKENIZER_CONFIG, "model_max_length": network.context}
    settings = {"tokenizer_config.json": tokenizer_config}
    return export_files(
        build_hf_config(network, tokenizer.pad), build_hf_tensors(network), settings, tokenizer
    )


def build_hf_config(network: Bert, pad: int | None) -> dict[str, Any]:
    """Configuration of a `BertForPreTraining` of this size."""
    config = network.config
    return {
        "architectures": ["BertForPreTraining"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": config.width,
        "intermediate_size": config.intermediate_size,
        "num_hidden_layers": config.depth,
        "num_attention_heads": config.num_heads,
        "hidden_dropout_prob": network.dropout,
        "attention_probs_dropout_prob": 0.0,
        "layer_norm_eps": LAYER_NORM_EPSILON,
        "max_position_embeddings": network.context,
        "type_vocab_size": NUM_SEGMENTS,
        "tie_word_embeddings": True,
        "vocab_size": config.vocab_size,
        "pad_token_id": pad,
        "dtype": "float32",
    }


def build_hf_tensors(network: Bert) -> dict[str, Tensor]:
    """The weights under their names in transformers."""
    embeddings, head = "bert.embeddings.", "cls.predictions."
    named = {
        embeddings + "word_embeddings.weight": network.token_embeddings,
        embeddings + "position_embeddings.weight": network.position_embeddings,
        embeddings + "token_type_embeddings.weight": network.segment_embeddings,
        head + "bias": network.mlm_bias,
        # The norm before the logits carries their multiplier.
        head + "transform.LayerNorm.weight": network.mlm_norm.weight * network.logit_scale,
        head + "transform.LayerNorm.bias": network.mlm_norm.bias * network.logit_scale,
        **_linear_tensors(head + "transform.dense", network.mlm_dense),
        **_linear_tensors("bert.pooler.dense", network.pool),
        **_linear_tensors("cls.seq_relationship", network.nsp_head),
        **_linear_tensors(embeddings + "LayerNorm", network.norm),
    }
    for index, layer in enumerate(network.layers):
        named |= _layer_tensors(f"bert.encoder.layer.{index}.", layer)
    return {name: tensor.detach().clone().contiguous() for name, tensor in named.items()}


def _layer_tensors(name: str, layer: BertLayer) -> dict[str, Tensor]:
    weights, biases = layer.qkv.weight.chunk(3), layer.qkv.bias.chunk(3)
    named: dict[str, Tensor] = {}
    for part, weight, bias in zip(("query", "key", "value"), weights, biases, strict=True):
        named[f"{name}attention.self.{part}.weight"] = weight
        named[f"{name}attention.self.{part}.bias"] = bias
    return {
        **named,
        **_linear_tensors(name + "attention.output.dense", layer.out),
        **_linear_tensors(name + "attention.output.LayerNorm", layer.attention_norm),
        **_linear_tensors(name + "intermediate.dense", layer.up),
        **_linear_tensors(name + "output.dense", layer.down),
        **_linear_tensors(name + "output.LayerNorm", layer.output_norm),
    }


def _linear_tensors(name: str, module: Any) -> dict[str, Tensor]:
    return {f"{name}.weight": module.weight, f"{name}.bias": module.bias}
