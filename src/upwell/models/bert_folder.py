"""A BERT as a Hugging Face `BertForPreTraining`: the same outputs, the multiplier folded away.

The folder loads with transformers' `BertForPreTraining`, `BertModel` and `AutoTokenizer`, and so
does whatever else reads BERT folders.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from ..errors import ModelError
from .bert import SEGMENTS
from .bert_network import EPSILON, Bert, Layer
from .exporting import Exported, Words, exported

READING = {
    "tokenizer_class": "PreTrainedTokenizerFast",
    "model_input_names": ["input_ids", "token_type_ids", "attention_mask"],
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
    "clean_up_tokenization_spaces": False,
}
"""What transformers has to be told of the tokenizer."""


def as_bert(network: Bert, words: Words | None) -> Exported:
    """The folder of a `BertForPreTraining` with equal outputs, and of its tokenizer.

    Raises ModelError without a tokenizer.
    """
    if words is None:
        raise ModelError("a BERT is exported with its tokenizer, and this one has none")
    reading = {**READING, "model_max_length": network.context}
    settings = {"tokenizer_config.json": reading}
    return exported(config(network, words.pad), tensors(network), settings, words)


def config(network: Bert, pad: int | None) -> dict[str, Any]:
    """The configuration of a `BertForPreTraining` of this shape."""
    shape = network.shape
    return {
        "architectures": ["BertForPreTraining"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": shape.width,
        "intermediate_size": shape.hidden,
        "num_hidden_layers": shape.depth,
        "num_attention_heads": shape.heads,
        "hidden_dropout_prob": network.dropout,
        "attention_probs_dropout_prob": 0.0,
        "layer_norm_eps": EPSILON,
        "max_position_embeddings": network.context,
        "type_vocab_size": SEGMENTS,
        "tie_word_embeddings": True,
        "vocab_size": shape.vocabulary,
        "pad_token_id": pad,
        "dtype": "float32",
    }


def tensors(network: Bert) -> dict[str, Tensor]:
    """The weights under the names that transformers gives them."""
    embeddings, head = "bert.embeddings.", "cls.predictions."
    named = {
        embeddings + "word_embeddings.weight": network.tokens,
        embeddings + "position_embeddings.weight": network.places,
        embeddings + "token_type_embeddings.weight": network.segments,
        head + "bias": network.frequency,
        # The norm before the guesses may carry their multiplier.
        head + "transform.LayerNorm.weight": network.guess_norm.weight * network.logit,
        head + "transform.LayerNorm.bias": network.guess_norm.bias * network.logit,
        **_linear(head + "transform.dense", network.guess),
        **_linear("bert.pooler.dense", network.pool),
        **_linear("cls.seq_relationship", network.follows),
        **_linear(embeddings + "LayerNorm", network.norm),
    }
    for place, layer in enumerate(network.layers):
        named |= _layer(f"bert.encoder.layer.{place}.", layer)
    return {name: tensor.detach().clone().contiguous() for name, tensor in named.items()}


def _layer(name: str, layer: Layer) -> dict[str, Tensor]:
    weights, biases = layer.qkv.weight.chunk(3), layer.qkv.bias.chunk(3)
    named: dict[str, Tensor] = {}
    for part, weight, bias in zip(("query", "key", "value"), weights, biases, strict=True):
        named[f"{name}attention.self.{part}.weight"] = weight
        named[f"{name}attention.self.{part}.bias"] = bias
    return {
        **named,
        **_linear(name + "attention.output.dense", layer.out),
        **_linear(name + "attention.output.LayerNorm", layer.mixed),
        **_linear(name + "intermediate.dense", layer.up),
        **_linear(name + "output.dense", layer.down),
        **_linear(name + "output.LayerNorm", layer.fed),
    }


def _linear(name: str, module: Any) -> dict[str, Tensor]:
    return {f"{name}.weight": module.weight, f"{name}.bias": module.bias}
