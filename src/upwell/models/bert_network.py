"""BERT as a torch module. Its dials and its cost are in `bert.py`.

The rates of matrices follow muP (Yang et al. 2022, arXiv 2203.03466). The guesses are divided by
sqrt(width), so that they start equally large whatever the width; on export that folds into the norm
before them. Layers are normed after their branches, so there is no multiplier of depth.

On a CPU most of a plain BERT's step is spent on what nobody asks for. Here words are guessed at
hidden places alone, and a batch is cut to its longest row.

Axes: B rows, T places, W width, M hidden places, V vocabulary.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from .answering import Tokenizer
from .attention import attended
from .bert import SEGMENTS, Shape
from .bert_asking import BertAnswerer
from .network import Batch
from .roles import Role

EPSILON = 1e-12
"""Of the norms, as BERT has it."""

EMBEDDING_SCALE = 0.5
"""Standard deviation of the embeddings at the start; the norm after them takes it away."""

LOGIT_SCALE = 1.0
"""Multiplier of the guesses, over sqrt(width)."""

MATRICES = ("qkv", "out", "up", "down", "guess", "pool")
"""The linear maps from width to width."""


class Layer(nn.Module):
    """Attention and a feed-forward layer, each added to what came in and normed."""

    def __init__(self, shape: Shape, dropout: float) -> None:
        super().__init__()
        W, F = shape.width, shape.hidden
        self.heads, self.dropout = shape.heads, dropout
        self.qkv, self.out = nn.Linear(W, 3 * W), nn.Linear(W, W)
        self.up, self.down = nn.Linear(W, F), nn.Linear(F, W)
        self.mixed, self.fed = nn.LayerNorm(W, EPSILON), nn.LayerNorm(W, EPSILON)

    def forward(self, x_BTW: Tensor, mask: Tensor | None) -> Tensor:
        """[B, T, W]; `mask` [B, 1, 1, T] is true where there is a token."""
        q, k, v = self.qkv(x_BTW).chunk(3, -1)
        seen = attended(q, k, v, self.heads, mask)
        x_BTW = self.mixed(x_BTW + self._dropped(self.out(seen)))
        fed: Tensor = self.down(functional.gelu(self.up(x_BTW)))
        normed: Tensor = self.fed(x_BTW + self._dropped(fed))
        return normed

    def _dropped(self, x: Tensor) -> Tensor:
        return functional.dropout(x, self.dropout, self.training) if self.dropout else x


class Bert(nn.Module):
    """Reads batches of `tokens` and `segments` [B, T] and the `length` [B] of each row."""

    def __init__(self, shape: Shape, context: int, dropout: float, base_width: int) -> None:
        super().__init__()
        self.shape, self.context, self.dropout = shape, context, dropout
        W, V = shape.width, shape.vocabulary
        self.rate = base_width / W
        self.logit = LOGIT_SCALE / W**0.5
        self.tokens = nn.Parameter(torch.empty(V, W))
        self.places = nn.Parameter(torch.empty(context, W))
        self.segments = nn.Parameter(torch.empty(SEGMENTS, W))
        self.norm = nn.LayerNorm(W, EPSILON)
        self.layers = nn.ModuleList(Layer(shape, dropout) for _ in range(shape.depth))
        self.guess, self.guess_norm = nn.Linear(W, W), nn.LayerNorm(W, EPSILON)
        self.frequency = nn.Parameter(torch.empty(V))
        self.pool, self.follows = nn.Linear(W, W), nn.Linear(W, 2)

    def start(self, seed: int) -> Bert:
        """Draw every weight anew: variance 1/fan-in for matrices; the same for the same seed."""
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for embedding in (self.tokens, self.segments):
                embedding.normal_(0, EMBEDDING_SCALE, generator=generator)
            self.places.copy_(_waves(*self.places.shape))
            self.frequency.zero_()
            for module in self.modules():
                if isinstance(module, nn.Linear):
                    spread = module.in_features**-0.5
                    module.weight.normal_(0, spread, generator=generator)
                    module.bias.zero_()
            self.follows.weight.zero_()
        return self

    def forward(self, batch: Batch) -> Tensor:
        """What the last layer gives, [B, T, W]; T is the length of the longest row."""
        length = batch["length"]
        T = int(length.max())
        tokens, segments = batch["tokens"][:, :T], batch["segments"][:, :T]
        x = functional.embedding(tokens, self.tokens) + self.places[:T]
        x = self.norm(x + functional.embedding(segments, self.segments))
        if self.dropout:
            x = functional.dropout(x, self.dropout, self.training)
        mask = None
        if int(length.min()) < T:
            mask = (torch.arange(T) < length[:, None])[:, None, None]
        for layer in self.layers:
            x = layer(x, mask)
        return x

    def guesses(self, x_MW: Tensor) -> Tensor:
        """Logits [M, V] of the words at some places."""
        x = self.guess_norm(functional.gelu(self.guess(x_MW)))
        return functional.linear(x * self.logit, self.tokens, self.frequency)

    def following(self, x_BTW: Tensor) -> Tensor:
        """Logits [B, 2]: the second text follows the first, or it is a stranger."""
        logits: Tensor = self.follows(torch.tanh(self.pool(x_BTW[:, 0])))
        return logits

    def losses(self, part: Batch, whole: Batch) -> dict[str, Tensor]:
        """`masked`, nats a hidden token, and `next_sentence`, nats a pair.

        `truth` [B, T] holds the hidden tokens and -1 where none is hidden; `stranger` [B] is 1
        where the second text comes from elsewhere. The sums run over hidden places and over
        pairs, each by the part's own index (Devlin et al. 2019, 3.1).
        """
        x_BTW = self(part)
        truth = part["truth"][:, : x_BTW.shape[1]]
        hidden = truth >= 0
        masked = functional.cross_entropy(
            self.guesses(x_BTW[hidden]), truth[hidden], reduction="sum"
        )
        follow = functional.cross_entropy(self.following(x_BTW), part["stranger"], reduction="sum")
        return {
            "masked": masked / (whole["truth"] >= 0).sum(),
            "next_sentence": follow / len(whole["stranger"]),
        }

    def answerer(self, words: Tokenizer | None) -> BertAnswerer:
        """Guesses hidden tokens, tells whether texts follow each other, and gives features."""
        return BertAnswerer(self.eval(), words)

    def roles(self) -> dict[str, Role]:
        """Linear maps between hidden places are matrices; embeddings, norms, biases and the last
        map to two classes are vectors."""
        roles = {name: Role(kind="vector") for name, _ in self.named_parameters()}
        W, F = self.shape.width, self.shape.hidden
        fans = {"up": (W, F), "down": (F, W)}
        for name in roles:
            which = name.removesuffix(".weight").rpartition(".")[2]
            if name.endswith(".weight") and which in MATRICES:
                fan_in, fan_out = fans.get(which, (W, W))
                parts = 3 if which == "qkv" else 1
                roles[name] = Role(
                    kind="matrix", parts=parts, rate=self.rate, fan_in=fan_in, fan_out=fan_out
                )
        return roles


def _waves(places: int, width: int) -> Tensor:
    """Sines and cosines of the places [T, W], in which a shift is a linear map."""
    turns = (2.0 * places) ** (-torch.arange(0, width, 2) / width)
    angle = torch.outer(torch.arange(places), turns)
    waves = torch.stack([angle.sin(), angle.cos()], -1).flatten(1)[:, :width]
    return EMBEDDING_SCALE * 2**0.5 * waves
