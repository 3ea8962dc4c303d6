"""A Llama-like decoder: RMSNorm, rotary positions, gated feed-forward layer, no bias, tied head."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....records import ModelSpec, Train
from ...size import ModelSize
from .config import parse_config

if TYPE_CHECKING:
    from ...hub.export import ExportableTokenizer, ExportedModel
    from ...lm.causal import CausalLM
    from ...protocols import TokenizerLike
    from .network import Decoder


def count(spec: ModelSpec, context: int) -> ModelSize:
    """Parameters (the tied embedding once), training FLOPs per token, bytes of the weights."""
    config = parse_config(spec)
    layer = 4 * config.width**2 + 3 * config.width * config.intermediate_size
    params = config.depth * layer + config.vocab_size * config.width
    # Attention scores and mixing: 2 products of 2 FLOPs over half of the context, and twice that
    # backward.
    attention = 3 * 2 * config.depth * config.width * context
    return ModelSize(params=params, flops_per_token=6 * params + attention, bytes=4 * params)


def build(spec: ModelSpec, recipe: Train, seed: int) -> Decoder:
    """A decoder with random weights, bit for bit the same for the same seed."""
    from .network import Decoder

    network = Decoder(
        parse_config(spec), recipe.context_length, recipe.base_width, recipe.base_depth
    )
    return network.reset_parameters(seed)


def as_lm(network: Decoder, tokenizer: TokenizerLike | None) -> CausalLM:
    """The network, in eval mode, as a language model with the tokenizer it was trained with."""
    from ...lm.causal import CausalLM

    return CausalLM(network.eval(), tokenizer, network.context)


def export(network: Decoder, tokenizer: ExportableTokenizer | None) -> ExportedModel:
    """Files of a `LlamaForCausalLM` with the same logits, and of the tokenizer."""
    from .hf_export import to_llama_files

    assert tokenizer is not None
    return to_llama_files(network, tokenizer)
