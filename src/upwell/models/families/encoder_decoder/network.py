"""The encoder-decoder as a torch module.

Multipliers are those of the decoder family: 1/depth on each residual branch, 1/head_dim on
attention scores, 1/width on the logits. All of them fold into weights on export.

Rows are grouped by length, and logits are computed for real tokens only, so that padding costs
little.

Axes: B pairs of texts, S source positions, T target positions, H heads, D head width,
W = H D width, F feed-forward width, V vocabulary, N tokens of all targets.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from ....records import Train
from ...layers.fused_transformer import rms_norm
from ...lm.readers.batching import length_batches
from ...protocols import Batch, ParamRole, TrainableModel
from ..decoder.config import BASE_HEAD_DIM
from ..decoder.network import EMBEDDING_STD, LOGIT_SCALE
from .config import NUM_BUCKETS, EncoderDecoderConfig
from .relative_position import relative_position_bucket

MAX_GROUP_TOKENS = 1024
"""Source and target tokens of a group; larger groups are not faster on a CPU."""

KeysValues = tuple[Tensor, Tensor]
"""Keys and values, [B, H, S, D] each."""


class EncoderDecoder(nn.Module, TrainableModel):
    """Source [B, S] and target [B, T] to logits [B, T, V] of the next target token."""

    def __init__(self, config: EncoderDecoderConfig, recipe: Train) -> None:
        super().__init__()
        self.config, self.context = config, recipe.context_length
        self.label_smoothing, self.dropout = recipe.label_smoothing, recipe.dropout
        self.lr_scale = recipe.base_width / config.width
        self.residual_scale = recipe.base_depth / config.depth
        self.logit_scale = LOGIT_SCALE * recipe.base_width**0.5 / config.width
        self.embedding = nn.Parameter(torch.empty(config.vocab_size, config.width))
        self.encoder_position_bias = nn.Parameter(torch.empty(NUM_BUCKETS, config.num_heads))
        self.decoder_position_bias = nn.Parameter(torch.empty(NUM_BUCKETS, config.num_heads))
        self.encoder_layers = nn.ModuleList(EncoderLayer(config) for _ in range(config.depth))
        self.decoder_layers = nn.ModuleList(DecoderLayer(config) for _ in range(config.depth))

    def reset_parameters(self, seed: int) -> EncoderDecoder:
        """Initialize all weights from the seed, matrices with variance 1/fan-in. Returns itself."""
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            shared = torch.empty(self.config.width).normal_(0, EMBEDDING_STD, generator=generator)
            self.embedding.normal_(0, EMBEDDING_STD, generator=generator).add_(shared)
            self.encoder_position_bias.zero_()
            self.decoder_position_bias.zero_()
            for layer in (*self.encoder_layers, *self.decoder_layers):
                for weight in layer.parameters():
                    weight.normal_(0, weight.shape[1] ** -0.5, generator=generator)
        return self

    def forward(self, source: Tensor, length: Tensor, target: Tensor) -> Tensor:
        """Logits at every position of targets with a leading `bos`; `length` [B] of the sources."""
        hidden_BTW = self.decode(self.encode(source, length), length, target)
        return self.logits(hidden_BTW)

    def encode(self, source: Tensor, length: Tensor) -> list[KeysValues]:
        """Keys and values of cross-attention in each layer, for sources [B, S] of `length` [B]."""
        padding_bias = _padding_bias(length, source.shape[1])
        position = torch.arange(source.shape[1])
        position_bias = self.encoder_position_bias[
            relative_position_bucket(position, position, bidirectional=True)
        ].permute(2, 0, 1)
        x = self._embed(source)
        for layer in self.encoder_layers:
            x = self._add_residual(
                x, layer.self_attention, rms_norm(x), position_bias + padding_bias
            )
            x = self._add_residual(x, layer.feed_forward, rms_norm(x))
        memory = self._apply_dropout(rms_norm(x))
        return [layer.cross_attention.keys(memory) for layer in self.decoder_layers]

    def decode(self, memory: list[KeysValues], length: Tensor, target: Tensor) -> Tensor:
        """Normed hidden states [B, T, W] of whole targets."""
        padding_bias = _padding_bias(length, memory[0][0].shape[2])
        position = torch.arange(target.shape[1])
        position_bias = self.decoder_position_bias[
            relative_position_bucket(position, position, bidirectional=False)
        ].permute(2, 0, 1)
        causal_bias = torch.full(position_bias.shape[1:], float("-inf")).triu(1)
        x = self._embed(target)
        for layer, keys in zip(self.decoder_layers, memory, strict=True):
            x = self._add_residual(
                x, layer.self_attention, rms_norm(x), position_bias + causal_bias
            )
            x = self._add_residual(x, layer.cross_attention, rms_norm(x), padding_bias, keys)
            x = self._add_residual(x, layer.feed_forward, rms_norm(x))
        return self._apply_dropout(rms_norm(x))

    def step(
        self, memory: list[KeysValues], length: Tensor, token: Tensor, past: list[KeysValues]
    ) -> tuple[Tensor, list[KeysValues]]:
        """Logits [B, V] after one more target token [B], and the keys and values including it.

        `past` has the keys and values of the target so far, per layer; [] before the first token.
        """
        padding_bias = _padding_bias(length, memory[0][0].shape[2])
        position = torch.arange(1 + (past[0][0].shape[2] if past else 0))
        position_bias = self.decoder_position_bias[
            relative_position_bucket(position[-1:], position, bidirectional=False)
        ].permute(2, 0, 1)
        x, new_past = self._embed(token[:, None]), []
        for index, (layer, keys) in enumerate(zip(self.decoder_layers, memory, strict=True)):
            self_keys = layer.self_attention.keys(rms_norm(x))
            if past:
                self_keys = tuple(
                    torch.cat(both, 2) for both in zip(past[index], self_keys, strict=True)
                )
            new_past.append(self_keys)
            x = self._add_residual(x, layer.self_attention, rms_norm(x), position_bias, self_keys)
            x = self._add_residual(x, layer.cross_attention, rms_norm(x), padding_bias, keys)
            x = self._add_residual(x, layer.feed_forward, rms_norm(x))
        return self.logits(rms_norm(x)[:, 0]), new_past

    def logits(self, hidden: Tensor) -> Tensor:
        """Logits [..., V] of the next token from normed hidden states [..., W]."""
        return functional.linear(hidden, self.embedding * self.logit_scale)

    def losses(self, micro_batch: Batch, batch: Batch) -> dict[str, Tensor]:
        """`loss`: cross-entropy of the target tokens and their end, nats per token.

        With the recipe's label smoothing (Szegedy et al. 2016, arXiv 1512.00567).
        """
        total = sum(self._summed_loss(group) for group in _length_groups(micro_batch))
        return {"loss": total / batch["target_length"].sum()}

    def param_roles(self) -> dict[str, ParamRole]:
        """All maps within layers are matrices; the embedding and position biases are not."""
        return {
            name: self._build_role(name, weight) if "ers." in name else ParamRole(kind="vector")
            for name, weight in self.named_parameters()
        }

    def _build_role(self, name: str, weight: Tensor) -> ParamRole:
        stacked = 2 if name.endswith(("key_value", "gate_up")) else 1
        rows, fan_in = weight.shape
        return ParamRole(
            kind="matrix",
            stacked=stacked,
            lr_scale=self.lr_scale,
            fan_in=fan_in,
            fan_out=rows // stacked,
        )

    def _summed_loss(self, group: Batch) -> Tensor:
        source, target = group["source"], group["target"]
        memory = self.encode(source, group["source_length"])
        hidden_BTW = self.decode(memory, group["source_length"], target[:, :-1])
        mask_BT = torch.arange(hidden_BTW.shape[1]) < group["target_length"][:, None]
        return functional.cross_entropy(
            self.logits(hidden_BTW[mask_BT]),
            target[:, 1:][mask_BT],
            label_smoothing=self.label_smoothing if self.training else 0.0,
            reduction="sum",
        )

    def _embed(self, tokens: Tensor) -> Tensor:
        return self._apply_dropout(functional.embedding(tokens, self.embedding))

    def _add_residual(self, x: Tensor, module: nn.Module, *args: object) -> Tensor:
        return torch.add(x, self._apply_dropout(module(*args)), alpha=self.residual_scale)

    def _apply_dropout(self, x: Tensor) -> Tensor:
        return functional.dropout(x, self.dropout, self.training) if self.dropout else x


class EncoderLayer(nn.Module):
    """Self-attention and feed-forward layer."""

    def __init__(self, config: EncoderDecoderConfig) -> None:
        super().__init__()
        self.self_attention, self.feed_forward = RelativeAttention(config), GatedFeedForward(config)


class DecoderLayer(nn.Module):
    """Self-attention, cross-attention and feed-forward layer."""

    def __init__(self, config: EncoderDecoderConfig) -> None:
        super().__init__()
        self.self_attention, self.cross_attention, self.feed_forward = (
            RelativeAttention(config),
            RelativeAttention(config),
            GatedFeedForward(config),
        )


class RelativeAttention(nn.Module):
    """Multi-head attention with an additive position bias."""

    def __init__(self, config: EncoderDecoderConfig) -> None:
        super().__init__()
        self.head_dim, self.scale = config.head_dim, BASE_HEAD_DIM**0.5 / config.head_dim
        self.query = nn.Parameter(torch.empty(config.width, config.width))
        self.key_value = nn.Parameter(torch.empty(2 * config.width, config.width))
        self.out = nn.Parameter(torch.empty(config.width, config.width))

    def keys(self, x: Tensor) -> KeysValues:
        """Keys and values of x [B, S, W]."""
        key, value = functional.linear(x, self.key_value).chunk(2, -1)
        return self._split_heads(key), self._split_heads(value)

    def forward(self, x: Tensor, bias: Tensor, keys: KeysValues | None = None) -> Tensor:
        """Attention from x [B, T, W] to `keys`, or to itself; `bias` is added to the scores."""
        key, value = keys or self.keys(x)
        out = functional.scaled_dot_product_attention(
            self._split_heads(functional.linear(x, self.query)),
            key, value, attn_mask=bias, scale=self.scale,
        )  # fmt: skip
        return functional.linear(out.transpose(1, 2).flatten(2), self.out)

    def _split_heads(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (-1, self.head_dim)).transpose(1, 2)


class GatedFeedForward(nn.Module):
    """The gated layer (SwiGLU, Shazeer 2020, arXiv 2002.05202)."""

    def __init__(self, config: EncoderDecoderConfig) -> None:
        super().__init__()
        self.gate_up = nn.Parameter(torch.empty(2 * config.intermediate_size, config.width))
        self.down = nn.Parameter(torch.empty(config.width, config.intermediate_size))

    def forward(self, x: Tensor) -> Tensor:
        """[B, T, W] to [B, T, W]."""
        gate, up = (functional.linear(x, weight) for weight in self.gate_up.chunk(2))
        return functional.linear(functional.silu(gate) * up, self.down)


def _padding_bias(length: Tensor, max_length: int) -> Tensor:
    """[B, 1, 1, S]: -inf at padding."""
    ended = torch.arange(max_length) >= length[:, None]
    return torch.zeros(ended.shape).masked_fill(ended, float("-inf"))[:, None, None]


def _length_groups(micro_batch: Batch) -> Iterator[Batch]:
    """Pairs of similar length together, cut to the longest of the group."""
    source, target = micro_batch["source_length"], micro_batch["target_length"]
    for indices in length_batches((source + target).tolist(), MAX_GROUP_TOKENS):
        group = {name: rows[indices] for name, rows in micro_batch.items()}
        max_source, max_target = int(source[indices].max()), int(target[indices].max())
        yield group | {
            "source": group["source"][:, :max_source],
            "target": group["target"][:, : max_target + 1],
        }
