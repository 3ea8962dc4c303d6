"""An encoder-decoder as a T5 of transformers: the same logits, multipliers folded into weights.

The folder loads with `AutoModelForSeq2SeqLM`. `generate` begins and ends a target with `bos`, as
ours does; its length penalty is another function of the length.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor, ones

from ...hub.export import ExportableTokenizer, ExportedModel, export_files
from ...layers.fused_transformer import RMS_NORM_EPSILON
from .config import NUM_BUCKETS
from .network import DecoderLayer, EncoderDecoder, EncoderLayer, GatedFeedForward, RelativeAttention
from .relative_position import MAX_DISTANCE

NamedTensors = Iterator[tuple[str, Tensor]]


def to_t5_files(network: EncoderDecoder, tokenizer: ExportableTokenizer) -> ExportedModel:
    """Files of a `T5ForConditionalGeneration` with the same logits, and of its tokenizer."""
    config, tensors = to_t5(network, tokenizer.bos, tokenizer.pad)
    tokenizer_config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": "<bos>",
        "eos_token": "<bos>",
        "pad_token": "<pad>",
        "model_max_length": network.context,
        "clean_up_tokenization_spaces": False,
    }
    return export_files(config, tensors, {"tokenizer_config.json": tokenizer_config}, tokenizer)


def to_t5(
    network: EncoderDecoder, bos: int | None, pad: int | None
) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Configuration and tensors of a `T5ForConditionalGeneration` with the same logits."""
    config = network.config
    tensors = {
        "shared.weight": network.embedding.detach().clone(),
        "encoder.final_layer_norm.weight": ones(config.width),
        # T5 divides the last hidden state by sqrt(width); the gain before that carries the rest.
        "decoder.final_layer_norm.weight": ones(config.width)
        * network.logit_scale
        * config.width**0.5,
    }
    bias_name = "{}.block.0.layer.0.SelfAttention.relative_attention_bias.weight"
    tensors[bias_name.format("encoder")] = network.encoder_position_bias.detach().clone()
    tensors[bias_name.format("decoder")] = network.decoder_position_bias.detach().clone()
    for stack_name, layers in (
        ("encoder", network.encoder_layers),
        ("decoder", network.decoder_layers),
    ):
        for index, layer in enumerate(layers):
            tensors |= dict(
                _layer_tensors(f"{stack_name}.block.{index}.layer.", layer, network.residual_scale)
            )
    return _config(network, bos, pad), tensors


def _config(network: EncoderDecoder, bos: int | None, pad: int | None) -> dict[str, Any]:
    config = network.config
    return {
        "architectures": ["T5ForConditionalGeneration"],
        "model_type": "t5",
        "is_encoder_decoder": True,
        "d_model": config.width,
        "d_kv": config.head_dim,
        "d_ff": config.intermediate_size,
        "num_layers": config.depth,
        "num_decoder_layers": config.depth,
        "num_heads": config.num_heads,
        "feed_forward_proj": "gated-silu",
        "relative_attention_num_buckets": NUM_BUCKETS,
        "relative_attention_max_distance": MAX_DISTANCE,
        "layer_norm_epsilon": RMS_NORM_EPSILON,
        "dropout_rate": network.dropout,
        "tie_word_embeddings": True,
        "n_positions": network.context,
        "vocab_size": config.vocab_size,
        "decoder_start_token_id": bos,
        "bos_token_id": bos,
        "eos_token_id": bos,
        "pad_token_id": pad,
        "dtype": "float32",
    }


def _layer_tensors(
    name: str, layer: EncoderLayer | DecoderLayer, residual_scale: float
) -> NamedTensors:
    yield from _attention_tensors(f"{name}0.SelfAttention.", layer.self_attention, residual_scale)
    parts = 2
    if isinstance(layer, DecoderLayer):
        cross_attention = layer.cross_attention
        yield from _attention_tensors(f"{name}1.EncDecAttention.", cross_attention, residual_scale)
        parts = 3
    yield from _feed_forward_tensors(
        f"{name}{parts - 1}.DenseReluDense.", layer.feed_forward, residual_scale
    )
    for part in range(parts):
        yield f"{name}{part}.layer_norm.weight", ones(layer.self_attention.query.shape[1])


def _attention_tensors(
    name: str, attention: RelativeAttention, residual_scale: float
) -> NamedTensors:
    key, value = attention.key_value.detach().chunk(2)
    # A T5 does not scale its scores; the queries carry the scale.
    yield name + "q.weight", attention.query.detach() * attention.scale
    yield name + "k.weight", key.clone()
    yield name + "v.weight", value.clone()
    yield name + "o.weight", attention.out.detach() * residual_scale


def _feed_forward_tensors(
    name: str, feed_forward: GatedFeedForward, residual_scale: float
) -> NamedTensors:
    gate, up = feed_forward.gate_up.detach().chunk(2)
    yield name + "wi_0.weight", gate.clone()
    yield name + "wi_1.weight", up.clone()
    yield name + "wo.weight", feed_forward.down.detach() * residual_scale
