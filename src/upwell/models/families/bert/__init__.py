"""BERT: an encoder trained on masked tokens and on next-sentence prediction.

Token, position and segment embeddings, layers with the norm after each branch, GELU, biases: the
network of Devlin et al. 2019 (arXiv 1810.04805). It has no decoder and generates no text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....records import ModelSpec, Train
from ...size import ModelSize
from .config import MLM_PROBABILITY, NUM_SEGMENTS, parse_config

if TYPE_CHECKING:
    from ...hub.export import ExportableTokenizer, ExportedModel
    from ...protocols import TokenizerLike
    from .lm import BertLM
    from .network import Bert


def count(spec: ModelSpec, context: int) -> ModelSize:
    """Parameters (the tied embedding once), training FLOPs per token, bytes of the weights."""
    config = parse_config(spec)
    W, F, V = config.width, config.intermediate_size, config.vocab_size
    layer = 4 * W * W + 2 * W * F
    embeddings = (V + context + NUM_SEGMENTS) * W
    head_params = 2 * W * W + V + 2 * W + 2
    vectors = 2 * W + config.depth * (9 * W + F) + 4 * W
    # Attention scores and mixing: 2 products of 2 FLOPs over the context, and twice that backward.
    attention = 12 * config.depth * W * context
    mlm_products = MLM_PROBABILITY * (V * W + W * W)
    return ModelSize(
        params=embeddings + config.depth * layer + head_params + vectors,
        flops_per_token=6 * (config.depth * layer + mlm_products) + attention,
        bytes=4 * (embeddings + config.depth * layer + head_params + vectors),
    )


def build(spec: ModelSpec, recipe: Train, seed: int) -> Bert:
    """A BERT with random weights, bit for bit the same for the same seed."""
    from .network import Bert

    return Bert(
        parse_config(spec), recipe.context_length, recipe.dropout, recipe.base_width
    ).reset_parameters(seed)


def as_lm(network: Bert, tokenizer: TokenizerLike | None) -> BertLM:
    """The network, in eval mode: masked tokens, next-sentence prediction and features."""
    from .lm import BertLM

    return BertLM(network.eval(), tokenizer)


def export(network: Bert, tokenizer: ExportableTokenizer | None) -> ExportedModel:
    """Files of a `BertForPreTraining` with the same outputs, and of the tokenizer.

    Raises ModelError without a tokenizer.
    """
    from .hf_export import to_bert_files

    return to_bert_files(network, tokenizer)
