"""The translator as a torch module. Its dials and its cost are in `translator.py`.

Multipliers stand where the decoder family has them (`decoder_network.py`): 1/depth on each
residual branch, 1/head on attention scores, 1/width on the logits. All fold into weights.

Texts of unlike length are computed in groups of like length, and only the tokens that are there
are weighed against the vocabulary, so that a batch costs what it holds and not what it pads.

Axes: B pairs of texts, S source positions, T target positions, H heads, D head width,
W = H D width, F feed-forward width, V vocabulary, N tokens of all targets.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..records import Train
from .answering import Tokenizer
from .decoder import HEAD
from .decoder_network import EMBEDDING_SCALE, LOGIT_SCALE
from .distances import buckets
from .fused import normed
from .network import Batch
from .packing import batches
from .roles import Role
from .translating import TranslatingAnswerer
from .translator import BUCKETS, Shape

GROUP_TOKENS = 1024
"""Source and target tokens that are computed together; on a CPU more brings nothing."""

Keys = tuple[Tensor, Tensor]
"""Keys and values, [B, H, S, D] each."""


class Translator(nn.Module):
    """source [B, S] and target [B, T] to logits [B, T, V] of what follows in the target."""

    def __init__(self, shape: Shape, recipe: Train) -> None:
        super().__init__()
        self.shape, self.context = shape, recipe.context
        self.smoothing, self.dropout = recipe.label_smoothing, recipe.dropout
        self.rate = recipe.base_width / shape.width
        self.branch = recipe.base_depth / shape.depth
        self.logit = LOGIT_SCALE * recipe.base_width**0.5 / shape.width
        self.embedding = nn.Parameter(torch.empty(shape.vocabulary, shape.width))
        self.near_source = nn.Parameter(torch.empty(BUCKETS, shape.heads))
        self.near_target = nn.Parameter(torch.empty(BUCKETS, shape.heads))
        self.readers = nn.ModuleList(Reader(shape) for _ in range(shape.depth))
        self.writers = nn.ModuleList(Writer(shape) for _ in range(shape.depth))

    def start(self, seed: int) -> Translator:
        """Draw every weight anew: variance 1/fan-in for matrices; the same for the same seed."""
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            shared = torch.empty(self.shape.width).normal_(0, EMBEDDING_SCALE, generator=generator)
            self.embedding.normal_(0, EMBEDDING_SCALE, generator=generator).add_(shared)
            self.near_source.zero_()
            self.near_target.zero_()
            for layer in (*self.readers, *self.writers):
                for weight in layer.parameters():
                    weight.normal_(0, weight.shape[1] ** -0.5, generator=generator)
        return self

    def forward(self, source: Tensor, length: Tensor, target: Tensor) -> Tensor:
        """Logits at every place of targets that begin with `bos`; `length` [B] of the sources."""
        hidden_BTW = self.written(self.read(source, length), length, target)
        return self.logits(hidden_BTW)

    def read(self, source: Tensor, length: Tensor) -> list[Keys]:
        """What each layer of the decoder looks at, for sources [B, S] of so many tokens [B]."""
        hidden = _padding(length, source.shape[1])
        place = torch.arange(source.shape[1])
        near = self.near_source[buckets(place, place, both=True)].permute(2, 0, 1)
        x = self._embedded(source)
        for layer in self.readers:
            x = self._add(x, layer.look, normed(x), near + hidden)
            x = self._add(x, layer.feed, normed(x))
        memory = self._dropped(normed(x))
        return [layer.across.keys(memory) for layer in self.writers]

    def written(self, memory: list[Keys], length: Tensor, target: Tensor) -> Tensor:
        """Normed hidden states [B, T, W] over whole targets."""
        hidden = _padding(length, memory[0][0].shape[2])
        place = torch.arange(target.shape[1])
        near = self.near_target[buckets(place, place, both=False)].permute(2, 0, 1)
        later = torch.full(near.shape[1:], float("-inf")).triu(1)
        x = self._embedded(target)
        for layer, keys in zip(self.writers, memory, strict=True):
            x = self._add(x, layer.look, normed(x), near + later)
            x = self._add(x, layer.across, normed(x), hidden, keys)
            x = self._add(x, layer.feed, normed(x))
        return self._dropped(normed(x))

    def next(
        self, memory: list[Keys], length: Tensor, token: Tensor, past: list[Keys]
    ) -> tuple[Tensor, list[Keys]]:
        """Logits [B, V] of what follows one more token [B], and the keys with it among them.

        `past` holds each layer's keys of the target so far; [] before the first token.
        """
        hidden = _padding(length, memory[0][0].shape[2])
        place = torch.arange(1 + (past[0][0].shape[2] if past else 0))
        near = self.near_target[buckets(place[-1:], place, both=False)].permute(2, 0, 1)
        x, seen = self._embedded(token[:, None]), []
        for number, (layer, keys) in enumerate(zip(self.writers, memory, strict=True)):
            here = layer.look.keys(normed(x))
            if past:
                here = tuple(torch.cat(both, 2) for both in zip(past[number], here, strict=True))
            seen.append(here)
            x = self._add(x, layer.look, normed(x), near, here)
            x = self._add(x, layer.across, normed(x), hidden, keys)
            x = self._add(x, layer.feed, normed(x))
        return self.logits(normed(x)[:, 0]), seen

    def logits(self, hidden: Tensor) -> Tensor:
        """Of the next token, from normed hidden states [..., W]."""
        return functional.linear(hidden, self.embedding * self.logit)

    def losses(self, part: Batch, whole: Batch) -> dict[str, Tensor]:
        """Cross-entropy of the targets' tokens and of their end, nats a token, with the recipe's
        label smoothing (Szegedy et al. 2016, arXiv 1512.00567)."""
        total = sum(self._summed(group) for group in _groups(part))
        return {"loss": total / whole["target_length"].sum()}

    def answerer(self, words: Tokenizer | None) -> TranslatingAnswerer:
        """Reads a text and writes another with the tokenizer it was trained with."""
        assert words is not None
        return TranslatingAnswerer(self.eval(), words, self.context)

    def roles(self) -> dict[str, Role]:
        """All maps within layers are matrices; embedding and positions are not."""
        return {
            name: self._matrix(name, weight) if "ers." in name else Role(kind="vector")
            for name, weight in self.named_parameters()
        }

    def _matrix(self, name: str, weight: Tensor) -> Role:
        parts = 2 if name.endswith(("key_value", "gate_up")) else 1
        rows, fan_in = weight.shape
        return Role(
            kind="matrix", parts=parts, rate=self.rate, fan_in=fan_in, fan_out=rows // parts
        )

    def _summed(self, group: Batch) -> Tensor:
        source, target = group["source"], group["target"]
        memory = self.read(source, group["source_length"])
        hidden_BTW = self.written(memory, group["source_length"], target[:, :-1])
        there_BT = torch.arange(hidden_BTW.shape[1]) < group["target_length"][:, None]
        return functional.cross_entropy(
            self.logits(hidden_BTW[there_BT]),
            target[:, 1:][there_BT],
            label_smoothing=self.smoothing if self.training else 0.0,
            reduction="sum",
        )

    def _embedded(self, tokens: Tensor) -> Tensor:
        return self._dropped(functional.embedding(tokens, self.embedding))

    def _add(self, x: Tensor, branch: nn.Module, *given: object) -> Tensor:
        return torch.add(x, self._dropped(branch(*given)), alpha=self.branch)

    def _dropped(self, x: Tensor) -> Tensor:
        return functional.dropout(x, self.dropout, self.training) if self.dropout else x


class Reader(nn.Module):
    """A layer of the encoder."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.look, self.feed = Attention(shape), FeedForward(shape)


class Writer(nn.Module):
    """A layer of the decoder, which also looks across at what was read."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.look, self.across, self.feed = Attention(shape), Attention(shape), FeedForward(shape)


class Attention(nn.Module):
    """Several heads look side by side; what they find is strung together and projected."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.head, self.scale = shape.head, HEAD**0.5 / shape.head
        self.query = nn.Parameter(torch.empty(shape.width, shape.width))
        self.key_value = nn.Parameter(torch.empty(2 * shape.width, shape.width))
        self.out = nn.Parameter(torch.empty(shape.width, shape.width))

    def keys(self, x: Tensor) -> Keys:
        """Of what is looked at, [B, S, W]."""
        key, value = functional.linear(x, self.key_value).chunk(2, -1)
        return self._by_head(key), self._by_head(value)

    def forward(self, x: Tensor, bias: Tensor, keys: Keys | None = None) -> Tensor:
        """x [B, T, W] looks at `keys`, or at itself; `bias` is added to the scores."""
        key, value = keys or self.keys(x)
        found = functional.scaled_dot_product_attention(
            self._by_head(functional.linear(x, self.query)),
            key, value, attn_mask=bias, scale=self.scale,
        )  # fmt: skip
        return functional.linear(found.transpose(1, 2).flatten(2), self.out)

    def _by_head(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (-1, self.head)).transpose(1, 2)


class FeedForward(nn.Module):
    """The gated layer (SwiGLU, Shazeer 2020, arXiv 2002.05202)."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.gate_up = nn.Parameter(torch.empty(2 * shape.hidden, shape.width))
        self.down = nn.Parameter(torch.empty(shape.width, shape.hidden))

    def forward(self, x: Tensor) -> Tensor:
        """[B, T, W] to the same."""
        gate, up = (functional.linear(x, half) for half in self.gate_up.chunk(2))
        return functional.linear(functional.silu(gate) * up, self.down)


def _padding(length: Tensor, longest: int) -> Tensor:
    """[B, 1, 1, S]: -inf where a source has ended."""
    ended = torch.arange(longest) >= length[:, None]
    return torch.zeros(ended.shape).masked_fill(ended, float("-inf"))[:, None, None]


def _groups(part: Batch) -> Iterator[Batch]:
    """Pairs of like length together, without the padding that they do not need."""
    source, target = part["source_length"], part["target_length"]
    for places in batches((source + target).tolist(), GROUP_TOKENS):
        some = {name: rows[places] for name, rows in part.items()}
        longest, latest = int(source[places].max()), int(target[places].max())
        yield some | {
            "source": some["source"][:, :longest],
            "target": some["target"][:, : latest + 1],
        }
