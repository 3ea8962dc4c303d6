"""BERT as a torch module.

Learning rates of matrices follow muP (Yang et al. 2022, arXiv 2203.03466). The logits of masked
tokens are divided by sqrt(width), so that their initial size does not depend on the width; the
export folds this into the norm before them. Norms follow the branches, so depth has no multiplier.

Only the tokens at masked positions are predicted and a batch is cut to its longest row: on a CPU
the rest is most of a plain BERT's step.

Axes: B rows, T positions, W width, M masked positions, V vocabulary.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ...layers.attention import multi_head_attention
from ...protocols import Batch, ParamRole, TrainableModel
from .config import NUM_SEGMENTS, BertModelConfig

LAYER_NORM_EPSILON = 1e-12
"""As in BERT."""

EMBEDDING_STD = 0.5
"""Standard deviation of the initial embeddings; the norm after them removes it."""

LOGIT_SCALE = 1.0
"""Multiplier of the logits of masked tokens, over sqrt(width)."""

MATRIX_LAYERS = ("qkv", "out", "up", "down", "mlm_dense", "pool")
"""Linear maps between hidden states."""


class BertLayer(nn.Module):
    """Attention and a feed-forward layer, each with a residual connection and a norm after it."""

    def __init__(self, config: BertModelConfig, dropout: float) -> None:
        super().__init__()
        W, F = config.width, config.intermediate_size
        self.num_heads, self.dropout = config.num_heads, dropout
        self.qkv, self.out = nn.Linear(W, 3 * W), nn.Linear(W, W)
        self.up, self.down = nn.Linear(W, F), nn.Linear(F, W)
        self.attention_norm, self.output_norm = (
            nn.LayerNorm(W, LAYER_NORM_EPSILON),
            nn.LayerNorm(W, LAYER_NORM_EPSILON),
        )

    def forward(self, x_BTW: Tensor, mask: Tensor | None) -> Tensor:
        """States [B, T, W]; `mask` [B, 1, 1, T] is true at tokens and false at padding."""
        q, k, v = self.qkv(x_BTW).chunk(3, -1)
        attention_out = multi_head_attention(q, k, v, self.num_heads, mask)
        x_BTW = self.attention_norm(x_BTW + self._apply_dropout(self.out(attention_out)))
        mlp_out: Tensor = self.down(functional.gelu(self.up(x_BTW)))
        normed: Tensor = self.output_norm(x_BTW + self._apply_dropout(mlp_out))
        return normed

    def _apply_dropout(self, x: Tensor) -> Tensor:
        return functional.dropout(x, self.dropout, self.training) if self.dropout else x


class Bert(nn.Module, TrainableModel):
    """Reads batches of `tokens` and `segments` [B, T] and the `length` [B] of each row."""

    def __init__(
        self, config: BertModelConfig, context: int, dropout: float, base_width: int
    ) -> None:
        super().__init__()
        self.config, self.context, self.dropout = config, context, dropout
        W, V = config.width, config.vocab_size
        self.lr_scale = base_width / W
        self.logit_scale = LOGIT_SCALE / W**0.5
        self.token_embeddings = nn.Parameter(torch.empty(V, W))
        self.position_embeddings = nn.Parameter(torch.empty(context, W))
        self.segment_embeddings = nn.Parameter(torch.empty(NUM_SEGMENTS, W))
        self.norm = nn.LayerNorm(W, LAYER_NORM_EPSILON)
        self.layers = nn.ModuleList(BertLayer(config, dropout) for _ in range(config.depth))
        self.mlm_dense, self.mlm_norm = nn.Linear(W, W), nn.LayerNorm(W, LAYER_NORM_EPSILON)
        self.mlm_bias = nn.Parameter(torch.empty(V))
        self.pool, self.nsp_head = nn.Linear(W, W), nn.Linear(W, 2)

    def reset_parameters(self, seed: int) -> Bert:
        """Initialize all weights from the seed, matrices with variance 1/fan-in. Returns itself."""
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for embedding in (self.token_embeddings, self.segment_embeddings):
                embedding.normal_(0, EMBEDDING_STD, generator=generator)
            self.position_embeddings.copy_(_sinusoidal_positions(*self.position_embeddings.shape))
            self.mlm_bias.zero_()
            for module in self.modules():
                if isinstance(module, nn.Linear):
                    std = module.in_features**-0.5
                    module.weight.normal_(0, std, generator=generator)
                    module.bias.zero_()
            self.nsp_head.weight.zero_()
        return self

    def forward(self, batch: Batch) -> Tensor:
        """States [B, T, W] of the last layer; T is the length of the longest row."""
        length = batch["length"]
        T = int(length.max())
        tokens, segments = batch["tokens"][:, :T], batch["segments"][:, :T]
        x = functional.embedding(tokens, self.token_embeddings) + self.position_embeddings[:T]
        x = self.norm(x + functional.embedding(segments, self.segment_embeddings))
        if self.dropout:
            x = functional.dropout(x, self.dropout, self.training)
        mask = None
        if int(length.min()) < T:
            mask = (torch.arange(T) < length[:, None])[:, None, None]
        for layer in self.layers:
            x = layer(x, mask)
        return x

    def mlm_logits(self, x_MW: Tensor) -> Tensor:
        """Logits [M, V] of the tokens at some positions."""
        x = self.mlm_norm(functional.gelu(self.mlm_dense(x_MW)))
        return functional.linear(x * self.logit_scale, self.token_embeddings, self.mlm_bias)

    def nsp_logits(self, x_BTW: Tensor) -> Tensor:
        """Logits [B, 2]: the second text follows the first, or it is a random one."""
        logits: Tensor = self.nsp_head(torch.tanh(self.pool(x_BTW[:, 0])))
        return logits

    def losses(self, micro_batch: Batch, batch: Batch) -> dict[str, Tensor]:
        """`masked`, nats per masked token, and `next_sentence`, nats per pair.

        `labels` [B, T] are the masked tokens and -1 at other positions. `is_random_next` [B] is 1
        if the second text does not follow the first (Devlin et al. 2019, 3.1).
        """
        x_BTW = self(micro_batch)
        labels = micro_batch["labels"][:, : x_BTW.shape[1]]
        is_masked = labels >= 0
        mlm_loss = functional.cross_entropy(
            self.mlm_logits(x_BTW[is_masked]), labels[is_masked], reduction="sum"
        )
        nsp_loss = functional.cross_entropy(
            self.nsp_logits(x_BTW), micro_batch["is_random_next"], reduction="sum"
        )
        return {
            "masked": mlm_loss / (batch["labels"] >= 0).sum(),
            "next_sentence": nsp_loss / len(batch["is_random_next"]),
        }

    def param_roles(self) -> dict[str, ParamRole]:
        """Linear maps between hidden states are matrices; everything else is a vector."""
        roles = {name: ParamRole(kind="vector") for name, _ in self.named_parameters()}
        W, F = self.config.width, self.config.intermediate_size
        fans = {"up": (W, F), "down": (F, W)}
        for name in roles:
            layer_name = name.removesuffix(".weight").rpartition(".")[2]
            if name.endswith(".weight") and layer_name in MATRIX_LAYERS:
                fan_in, fan_out = fans.get(layer_name, (W, W))
                stacked = 3 if layer_name == "qkv" else 1
                roles[name] = ParamRole(
                    kind="matrix",
                    stacked=stacked,
                    lr_scale=self.lr_scale,
                    fan_in=fan_in,
                    fan_out=fan_out,
                )
        return roles


def _sinusoidal_positions(num_positions: int, width: int) -> Tensor:
    """Sines and cosines of the positions [T, W], in which a shift is a linear map."""
    frequencies = (2.0 * num_positions) ** (-torch.arange(0, width, 2) / width)
    angle = torch.outer(torch.arange(num_positions), frequencies)
    sinusoids = torch.stack([angle.sin(), angle.cos()], -1).flatten(1)[:, :width]
    return EMBEDDING_STD * 2**0.5 * sinusoids
