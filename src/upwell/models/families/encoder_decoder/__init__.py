"""An encoder-decoder Transformer: it reads one text and writes another, as T5 does.

Both halves have the decoder family's layer (RMSNorm before each branch, gated feed-forward layer,
no bias) with relative instead of rotary positions (Raffel et al. 2020, arXiv 1910.10683). A token
of a milestone is a source position and a target position, padding included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....records import ModelSpec, Train
from ...size import ModelSize
from .config import NUM_BUCKETS, parse_config

if TYPE_CHECKING:
    from ...hub.export import ExportableTokenizer, ExportedModel
    from ...lm.seq2seq import Seq2SeqLM
    from ...protocols import TokenizerLike
    from .network import EncoderDecoder


def count(spec: ModelSpec, context: int) -> ModelSize:
    """Parameters (the tied embedding once), training FLOPs per position, bytes of the weights."""
    config = parse_config(spec)
    # Four maps per attention; an encoder layer has one attention and a decoder layer two.
    layers = 12 * config.width**2 + 2 * 3 * config.width * config.intermediate_size
    positions = 2 * NUM_BUCKETS * config.num_heads
    params = config.depth * layers + config.vocab_size * config.width + positions
    # Attention scores and mixing: 2 products of 2 FLOPs over the context in the encoder and in
    # cross-attention, over half of it in the decoder; and twice that backward.
    attention = 3 * 4 * config.depth * config.width * context * 5 // 2
    return ModelSize(params=params, flops_per_token=6 * params + attention, bytes=4 * params)


def build(spec: ModelSpec, recipe: Train, seed: int) -> EncoderDecoder:
    """An encoder-decoder with random weights, bit for bit the same for the same seed."""
    from .network import EncoderDecoder

    return EncoderDecoder(parse_config(spec), recipe).reset_parameters(seed)


def as_lm(network: EncoderDecoder, tokenizer: TokenizerLike | None) -> Seq2SeqLM:
    """The network, in eval mode, as a language model with the tokenizer it was trained with."""
    from ...lm.seq2seq import Seq2SeqLM

    assert tokenizer is not None
    return Seq2SeqLM(network.eval(), tokenizer, network.context)


def export(network: EncoderDecoder, tokenizer: ExportableTokenizer | None) -> ExportedModel:
    """Files of a `T5ForConditionalGeneration` with the same logits, and of the tokenizer."""
    from .hf_export import to_t5_files

    assert tokenizer is not None
    return to_t5_files(network, tokenizer)
