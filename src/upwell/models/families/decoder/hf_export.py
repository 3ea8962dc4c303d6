"""A decoder as a Llama of transformers: the same logits, all multipliers folded into weights.

The folder loads with `AutoModelForCausalLM`, and with everything else that reads Llama folders.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, ones

from ....errors import ModelError
from ...hub.export import ExportableTokenizer, ExportedModel, export_files
from ...layers.fused_transformer import RMS_NORM_EPSILON
from .network import Decoder


def to_llama_files(decoder: Decoder, tokenizer: ExportableTokenizer) -> ExportedModel:
    """Files of a `LlamaForCausalLM` with the same logits, and of its tokenizer."""
    config, tensors = to_llama(decoder, {"bos": tokenizer.bos, "pad": tokenizer.pad, "eos": None})
    tokenizer_config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": "<bos>",
        "pad_token": "<pad>",
        "model_max_length": decoder.context,
        "clean_up_tokenization_spaces": False,
    }
    return export_files(config, tensors, {"tokenizer_config.json": tokenizer_config}, tokenizer)


def to_llama(
    decoder: Decoder, special: Mapping[str, int | None]
) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Configuration and tensors of a `LlamaForCausalLM` with the same logits.

    `special` maps "bos", "eos" and "pad" to token ids; None if there is none. Raises ModelError for
    a vocabulary that no Llama has.
    """
    config = decoder.config
    if config.vocab_size < 2:
        raise ModelError(f"a Llama needs at least two tokens, this one has {config.vocab_size}")
    tensors = {
        "model.embed_tokens.weight": decoder.embedding.detach().clone(),
        # The gain of the last norm carries the multiplier of the logits.
        "model.norm.weight": ones(config.width) * decoder.logit_scale,
    }
    for layer in range(config.depth):
        tensors |= _layer_tensors(decoder, layer)
    return _config(decoder, special), tensors


def _config(decoder: Decoder, special: Mapping[str, int | None]) -> dict[str, Any]:
    config = decoder.config
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "attention_bias": False,
        "mlp_bias": False,
        "hidden_act": "silu",
        "hidden_size": config.width,
        "intermediate_size": config.intermediate_size,
        "num_hidden_layers": config.depth,
        "num_attention_heads": config.num_heads,
        "num_key_value_heads": config.num_heads,
        "head_dim": config.head_dim,
        "max_position_embeddings": decoder.context,
        "rms_norm_eps": RMS_NORM_EPSILON,
        "rope_theta": decoder.rope_theta,
        "rope_parameters": {"rope_type": "default", "rope_theta": decoder.rope_theta},
        "tie_word_embeddings": True,
        "vocab_size": config.vocab_size,
        "bos_token_id": special.get("bos"),
        "eos_token_id": special.get("eos"),
        "pad_token_id": special.get("pad"),
        "dtype": "float32",
    }


def _layer_tensors(decoder: Decoder, layer: int) -> dict[str, Tensor]:
    config = decoder.config
    q, k, v = decoder.qkv[layer].detach().chunk(3)
    gate, up = decoder.gate_up[layer].detach().chunk(2)
    # A Llama divides scores by sqrt(head_dim); the queries carry the difference.
    q = q * (decoder.scale * config.head_dim**0.5)
    name = f"model.layers.{layer}."
    return {
        name + "self_attn.q_proj.weight": _to_rotate_half_layout(q, config.num_heads),
        name + "self_attn.k_proj.weight": _to_rotate_half_layout(k, config.num_heads),
        name + "self_attn.v_proj.weight": v.clone(),
        name + "self_attn.o_proj.weight": decoder.out[layer].detach() * decoder.residual_scale,
        name + "mlp.gate_proj.weight": gate.clone(),
        name + "mlp.up_proj.weight": up.clone(),
        name + "mlp.down_proj.weight": (decoder.down[layer].detach() * decoder.residual_scale)
        .t()
        .contiguous(),
        name + "input_layernorm.weight": ones(config.width),
        name + "post_attention_layernorm.weight": ones(config.width),
    }


def _to_rotate_half_layout(weight: Tensor, num_heads: int) -> Tensor:
    """Reorder the rows of each head from neighboring pairs to the two halves of a Llama."""
    rows, width = weight.shape
    pairs = weight.view(num_heads, rows // num_heads // 2, 2, width)
    return pairs.transpose(1, 2).reshape(rows, width)
