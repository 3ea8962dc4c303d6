"""A decoder as a Hugging Face Llama: the same logits, all multipliers folded into weights.

The folder it makes holds `config.json` and `model.safetensors`; transformers loads it with
`AutoModelForCausalLM`, and so does whatever reads Llama folders.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, ones

from ..errors import ModelError
from .decoder_network import Decoder
from .exporting import Exported, Words, exported
from .fused import EPSILON


def as_llama(decoder: Decoder, words: Words) -> Exported:
    """The folder of a `LlamaForCausalLM` with equal logits, and of its tokenizer."""
    config, tensors = to_llama(decoder, {"bos": words.bos, "pad": words.pad, "eos": None})
    reading = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": "<bos>",
        "pad_token": "<pad>",
        "model_max_length": decoder.context,
        "clean_up_tokenization_spaces": False,
    }
    return exported(config, tensors, {"tokenizer_config.json": reading}, words)


def to_llama(
    decoder: Decoder, special: Mapping[str, int | None]
) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The configuration and the tensors of a `LlamaForCausalLM` with equal logits.

    `special` maps "bos", "eos" and "pad" to token ids, None where there is none.
    Raises ModelError for a shape that no Llama has.
    """
    shape = decoder.shape
    if shape.vocabulary < 2:
        raise ModelError(f"a Llama needs at least two tokens, this one has {shape.vocabulary}")
    tensors = {
        "model.embed_tokens.weight": decoder.embedding.detach().clone(),
        # RMSNorm's gain multiplies the hidden state, so it may carry the logits' multiplier.
        "model.norm.weight": ones(shape.width) * decoder.logit,
    }
    for layer in range(shape.depth):
        tensors |= _layer(decoder, layer)
    return _config(decoder, special), tensors


def _config(decoder: Decoder, special: Mapping[str, int | None]) -> dict[str, Any]:
    shape = decoder.shape
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "attention_bias": False,
        "mlp_bias": False,
        "hidden_act": "silu",
        "hidden_size": shape.width,
        "intermediate_size": shape.hidden,
        "num_hidden_layers": shape.depth,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.heads,
        "head_dim": shape.head,
        "max_position_embeddings": decoder.context,
        "rms_norm_eps": EPSILON,
        "rope_theta": decoder.rotary,
        "rope_parameters": {"rope_type": "default", "rope_theta": decoder.rotary},
        "tie_word_embeddings": True,
        "vocab_size": shape.vocabulary,
        "bos_token_id": special.get("bos"),
        "eos_token_id": special.get("eos"),
        "pad_token_id": special.get("pad"),
        "dtype": "float32",
    }


def _layer(decoder: Decoder, layer: int) -> dict[str, Tensor]:
    shape = decoder.shape
    q, k, v = decoder.qkv[layer].detach().chunk(3)
    gate, up = decoder.gate_up[layer].detach().chunk(2)
    # A Llama divides scores by sqrt(head); queries carry the difference.
    q = q * (decoder.scale * shape.head**0.5)
    name = f"model.layers.{layer}."
    return {
        name + "self_attn.q_proj.weight": _halves(q, shape.heads),
        name + "self_attn.k_proj.weight": _halves(k, shape.heads),
        name + "self_attn.v_proj.weight": v.clone(),
        name + "self_attn.o_proj.weight": decoder.out[layer].detach() * decoder.branch,
        name + "mlp.gate_proj.weight": gate.clone(),
        name + "mlp.up_proj.weight": up.clone(),
        name + "mlp.down_proj.weight": (decoder.down[layer].detach() * decoder.branch)
        .t()
        .contiguous(),
        name + "input_layernorm.weight": ones(shape.width),
        name + "post_attention_layernorm.weight": ones(shape.width),
    }


def _halves(weight: Tensor, heads: int) -> Tensor:
    """Rows of each head from neighbouring pairs to the two halves that a Llama turns."""
    rows, width = weight.shape
    pairs = weight.view(heads, rows // heads // 2, 2, width)
    return pairs.transpose(1, 2).reshape(rows, width)
