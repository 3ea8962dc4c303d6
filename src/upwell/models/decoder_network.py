"""The decoder as a torch module. Its dials and its cost are in `decoder.py`.

Multipliers stand where muP (Yang et al. 2022, arXiv 2203.03466) and, for depth, CompleteP
(Dey et al. 2025, arXiv 2505.01618) put them: 1/depth on each residual branch, 1/head on
attention scores, 1/width on the logits. All of them fold into weights, so `llama.py` makes
an ordinary Llama with the same logits.

Norms carry no gain: a gain before a linear map is that map's own, and the Llama gets ones.

Axes: B sequences, T positions, H heads, D head width, W = H D width, F feed-forward width,
V vocabulary, L layers.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from .answering import Tokenizer
from .causal import CausalAnswerer
from .decoder import HEAD, Shape
from .fused import attention, feed_forward, normed, turned, weights
from .network import Batch, next_token
from .roles import Role

ROTARY_TURNS = 2.0
"""Base of the rotary angles per token of context; a Llama of 4,096 tokens has 10,000."""

EMBEDDING_SCALE = 0.5
"""Standard deviation of the embedding at the start, about a direction that all tokens share.

Without biases the shared direction is what a head needs to look at a position whatever stands
there. From a centred start a 2-layer model of width 64 had 12 % induction accuracy after
375 thousand tokens, with it and short rotary angles 95 %.
"""

LOGIT_SCALE = 4.0
"""Multiplier of the logits at the base width, over sqrt(width): room for certainty."""


class Decoder(nn.Module):
    """tokens [B, T] int64 to logits [B, T, V]."""

    def __init__(self, shape: Shape, context: int, base_width: int, base_depth: int) -> None:
        super().__init__()
        self.shape, self.context = shape, context
        W, F, L = shape.width, shape.hidden, shape.depth
        self.rate = base_width / W
        self.branch = base_depth / L
        self.scale = HEAD**0.5 / shape.head
        self.logit = LOGIT_SCALE * base_width**0.5 / W
        self.rotary = ROTARY_TURNS * context
        self.embedding = nn.Parameter(torch.empty(shape.vocabulary, W))
        self.qkv = _layers(L, 3 * W, W)
        self.out = _layers(L, W, W)
        self.gate_up = _layers(L, 2 * F, W)
        self.down = _layers(L, F, W)
        angle = torch.outer(
            torch.arange(context, dtype=torch.float64),
            self.rotary ** (-torch.arange(0, shape.head, 2, dtype=torch.float64) / shape.head),
        )
        turns = torch.polar(torch.ones_like(angle), angle).to(torch.complex64)
        self.register_buffer("turns", turns, persistent=False)
        mask = torch.full((context, context), float("-inf")).triu(1)
        self.register_buffer("mask", mask, persistent=False)

    def start(self, seed: int) -> Decoder:
        """Draw every weight anew: variance 1/fan-in for matrices; the same for the same seed."""
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            shared = torch.empty(self.shape.width).normal_(0, EMBEDDING_SCALE, generator=generator)
            self.embedding.normal_(0, EMBEDDING_SCALE, generator=generator).add_(shared)
            for layer in range(self.shape.depth):
                for stack in (self.qkv, self.out, self.gate_up, self.down):
                    fan_in = self.shape.hidden if stack is self.down else self.shape.width
                    stack[layer].normal_(0, fan_in**-0.5, generator=generator)
        return self

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits of the next token at every position."""
        T = tokens.shape[1]
        places = self.turns[:T], self.mask[:T, :T]
        x = functional.embedding(tokens, self.embedding)
        for layer in range(self.shape.depth):
            qkv, out = self.qkv[layer], self.out[layer]
            x = attention(x, qkv, out, places, self.shape.heads, self.scale, self.branch)
            x = feed_forward(x, self.gate_up[layer], self.down[layer], self.branch)
        return functional.linear(normed(x), self.embedding * self.logit)

    def attention(self, tokens: Tensor) -> Tensor:
        """Attention weights [B, L, H, T, T] of every head, queries before keys."""
        B, T = tokens.shape
        turns, mask, H = self.turns[:T], self.mask[:T, :T], self.shape.heads
        seen = []
        x = functional.embedding(tokens, self.embedding)
        for layer in range(self.shape.depth):
            q, k, v = turned(functional.linear(normed(x), self.qkv[layer]), turns, H).unbind(0)
            p = weights(q, k, mask, self.scale)
            seen.append(p.view(B, H, T, T))
            mixed = torch.bmm(p, v).view(B, H, T, -1).transpose(1, 2).flatten(2)
            x = torch.add(x, functional.linear(mixed, self.out[layer]), alpha=self.branch)
            x = feed_forward(x, self.gate_up[layer], self.down[layer], self.branch)
        return torch.stack(seen, 1)

    def losses(self, part: Batch, whole: Batch) -> dict[str, Tensor]:
        """Nats a token: see `network.next_token`."""
        return next_token(self, part, whole)

    def answerer(self, words: Tokenizer | None) -> CausalAnswerer:
        """Reads and writes text with the tokenizer it was trained with."""
        return CausalAnswerer(self.eval(), words, self.context)

    def roles(self) -> dict[str, Role]:
        """What each parameter is for, by name."""
        W, F, rate = self.shape.width, self.shape.hidden, self.rate
        kinds = {
            "qkv": Role(kind="matrix", parts=3, rate=rate, fan_in=W, fan_out=W),
            "out": Role(kind="matrix", rate=rate, fan_in=W, fan_out=W),
            "gate_up": Role(kind="matrix", parts=2, rate=rate, fan_in=W, fan_out=F),
            "down": Role(kind="matrix", rate=rate, fan_in=F, fan_out=W),
            "embedding": Role(kind="vector"),
        }
        return {name: kinds[name.split(".")[0]] for name, _ in self.named_parameters()}


def _layers(depth: int, rows: int, columns: int) -> nn.ParameterList:
    return nn.ParameterList(nn.Parameter(torch.empty(rows, columns)) for _ in range(depth))
