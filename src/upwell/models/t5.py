"""A translator as a Hugging Face T5: the same logits, all multipliers folded into weights.

The folder it makes holds `config.json`, `model.safetensors` and the tokenizer; transformers loads
it with `AutoModelForSeq2SeqLM`. `generate` begins and ends a target with `bos`, as we do; its
length penalty divides by another function of the length than ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor, ones

from .distances import FARTHEST
from .exporting import Exported, Words, exported
from .fused import EPSILON
from .translator import BUCKETS
from .translator_network import Attention, FeedForward, Translator

Named = Iterator[tuple[str, Tensor]]


def as_t5(network: Translator, words: Words) -> Exported:
    """The folder of a `T5ForConditionalGeneration` with equal logits, and of its tokenizer."""
    config, tensors = to_t5(network, words.bos, words.pad)
    reading = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": "<bos>",
        "eos_token": "<bos>",
        "pad_token": "<pad>",
        "model_max_length": network.context,
        "clean_up_tokenization_spaces": False,
    }
    return exported(config, tensors, {"tokenizer_config.json": reading}, words)


def to_t5(
    network: Translator, bos: int | None, pad: int | None
) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The configuration and the tensors of a `T5ForConditionalGeneration` with equal logits."""
    shape = network.shape
    tensors = {
        "shared.weight": network.embedding.detach().clone(),
        "encoder.final_layer_norm.weight": ones(shape.width),
        # T5 divides the last hidden state by sqrt(width); the gain before that may carry the rest.
        "decoder.final_layer_norm.weight": ones(shape.width) * network.logit * shape.width**0.5,
    }
    near = "{}.block.0.layer.0.SelfAttention.relative_attention_bias.weight"
    tensors[near.format("encoder")] = network.near_source.detach().clone()
    tensors[near.format("decoder")] = network.near_target.detach().clone()
    for half, layers in (("encoder", network.readers), ("decoder", network.writers)):
        for number, layer in enumerate(layers):
            tensors |= dict(_layer(f"{half}.block.{number}.layer.", layer, network.branch))
    return _config(network, bos, pad), tensors


def _config(network: Translator, bos: int | None, pad: int | None) -> dict[str, Any]:
    shape = network.shape
    return {
        "architectures": ["T5ForConditionalGeneration"],
        "model_type": "t5",
        "is_encoder_decoder": True,
        "d_model": shape.width,
        "d_kv": shape.head,
        "d_ff": shape.hidden,
        "num_layers": shape.depth,
        "num_decoder_layers": shape.depth,
        "num_heads": shape.heads,
        "feed_forward_proj": "gated-silu",
        "relative_attention_num_buckets": BUCKETS,
        "relative_attention_max_distance": FARTHEST,
        "layer_norm_epsilon": EPSILON,
        "dropout_rate": network.dropout,
        "tie_word_embeddings": True,
        "n_positions": network.context,
        "vocab_size": shape.vocabulary,
        "decoder_start_token_id": bos,
        "bos_token_id": bos,
        "eos_token_id": bos,
        "pad_token_id": pad,
        "dtype": "float32",
    }


def _layer(name: str, layer: Any, branch: float) -> Named:
    yield from _attention(f"{name}0.SelfAttention.", layer.look, branch)
    parts = 2
    if hasattr(layer, "across"):
        yield from _attention(f"{name}1.EncDecAttention.", layer.across, branch)
        parts = 3
    yield from _feed_forward(f"{name}{parts - 1}.DenseReluDense.", layer.feed, branch)
    for part in range(parts):
        yield f"{name}{part}.layer_norm.weight", ones(layer.look.query.shape[1])


def _attention(name: str, attention: Attention, branch: float) -> Named:
    key, value = attention.key_value.detach().chunk(2)
    # A T5 does not scale its scores; queries carry the scale.
    yield name + "q.weight", attention.query.detach() * attention.scale
    yield name + "k.weight", key.clone()
    yield name + "v.weight", value.clone()
    yield name + "o.weight", attention.out.detach() * branch


def _feed_forward(name: str, feed: FeedForward, branch: float) -> Named:
    gate, up = feed.gate_up.detach().chunk(2)
    yield name + "wi_0.weight", gate.clone()
    yield name + "wi_1.weight", up.clone()
    yield name + "wo.weight", feed.down.detach() * branch
