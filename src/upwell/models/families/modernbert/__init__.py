"""ModernBERT: an encoder trained on masked tokens, with mostly local attention.

Most layers attend to a few tokens on each side and every fourth to the whole text. Positions are
relative (Warner et al. 2024, arXiv 2412.13663). So a small one learns from few texts which words
stand together, where a BERT has to learn every position by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....records import ModelSpec, Train
from ...size import ModelSize
from .config import GLOBAL_ATTENTION_EVERY, MLM_PROBABILITY, parse_config

if TYPE_CHECKING:
    from ...hub.export import ExportableTokenizer, ExportedModel
    from ...protocols import TokenizerLike
    from ..bert.lm import BertLM
    from .network import ModernBert


def count(spec: ModelSpec, context: int) -> ModelSize:
    """Parameters (the tied embedding once), training FLOPs per token, bytes of the weights."""
    config = parse_config(spec)
    W, F, V, layers = config.width, config.intermediate_size, config.vocab_size, config.depth
    layer = 4 * W * W + 3 * W * F
    # Norms: two per layer but one in the first, and those of embeddings, last layer and head.
    params = V * W + V + layers * layer + W * W + (2 * layers - 1 + 3) * W
    global_layers = layers // GLOBAL_ATTENTION_EVERY
    attended_tokens = global_layers * context + (layers - global_layers) * min(
        context, config.window
    )
    mlm_products = MLM_PROBABILITY * (V * W + W * W)
    return ModelSize(
        params=params,
        flops_per_token=6 * (layers * layer + mlm_products) + 12 * W * attended_tokens,
        bytes=4 * params,
    )


def build(spec: ModelSpec, recipe: Train, seed: int) -> ModernBert:
    """A ModernBERT with random weights, bit for bit the same for the same seed."""
    from .network import ModernBert

    return ModernBert(
        parse_config(spec), recipe.context_length, recipe.dropout, recipe.base_width, seed
    )


def as_lm(network: ModernBert, tokenizer: TokenizerLike | None) -> BertLM:
    """The network, in eval mode: masked tokens and features."""
    from ..bert.lm import BertLM

    return BertLM(network.eval(), tokenizer)


def export(network: ModernBert, tokenizer: ExportableTokenizer | None) -> ExportedModel:
    """Files of a `ModernBertForMaskedLM`, which the network is, and of the tokenizer.

    Raises ModelError without a tokenizer.
    """
    from .hf_export import to_modernbert_files

    return to_modernbert_files(network, tokenizer)
