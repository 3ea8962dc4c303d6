"""The in-context network as a torch module. Its dials and its cost are in `in_context.py`.

A row is a task: examples with their labels, and questions without. Both go through the same
features, so that attention compares like with like; a label is added as an embedding, and a
question has one that says "unknown". Keys are scaled by 1/sqrt(head), heads are joined and
projected. Questions look at the examples and not at each other; a place that stands for "nothing
shown" lets a question look somewhere before the first example. The head gives logits, and
softmax is taken once, in the loss.

Axes: B tasks, S examples shown, Q questions, N = 1 + S + Q places, I inputs, W width, H heads,
D head width, C classes.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..errors import DataError
from .answering import Tokenizer
from .classifying import ClassifyingAnswerer
from .extracting import extractor, roles_of, start
from .in_context import Shape
from .network import Batch
from .roles import Role


class Layer(nn.Module):
    """Attention from every place to the examples, and a perceptron, each added to its input."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width, bias=False)
        self.key_value = nn.Linear(width, 2 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.up = nn.Linear(width, 4 * width, bias=False)
        self.down = nn.Linear(4 * width, width, bias=False)

    def forward(self, x_BNW: Tensor, examples: int, mask_BS: Tensor) -> Tensor:
        """The first `examples` places are looked at, where `mask_BS` is true."""
        normed = _normed(x_BNW)
        query = _parted(self.query(normed), self.heads)
        key, value = self.key_value(normed[:, :examples]).chunk(2, -1)
        mixed_BHND = functional.scaled_dot_product_attention(
            query, _parted(key, self.heads), _parted(value, self.heads), mask_BS[:, None, None]
        )
        x_BNW = x_BNW + self.out(mixed_BHND.transpose(1, 2).flatten(2))
        opened: Tensor = self.down(functional.gelu(self.up(_normed(x_BNW))))
        return x_BNW + opened


class InContext(nn.Module):
    """Examples, labels and questions to logits [B, Q, C]."""

    def __init__(self, shape: Shape, dropout: float, base_width: int) -> None:
        super().__init__()
        self.shape, self.dropout = shape, dropout
        self.rate = base_width / shape.width
        self.features = extractor(shape.features, shape.inputs, shape.side, shape.width)
        # The last two names are "unknown", and the place that stands for nothing.
        self.names = nn.Parameter(torch.empty(shape.classes + 2, shape.width))
        self.layers = nn.ModuleList(Layer(shape.width, shape.heads) for _ in range(shape.depth))
        self.head = nn.Linear(shape.width, shape.classes)

    def start(self, seed: int) -> InContext:
        """Draw every weight anew; the same for the same seed. The head starts at zero."""
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            start(self.features, generator)
            self.names.normal_(0, 1, generator=generator)
            for weight in self.layers.parameters():
                weight.normal_(0, weight.shape[1] ** -0.5, generator=generator)
            for layer in self.layers:
                # Queries and keys start alike, so that a question looks at what is like it from
                # the first step: after 75 steps .79 of the questions of unseen digit tasks were
                # answered, and .32 where they were drawn apart; chance is .20.
                layer.query.weight.copy_(layer.key_value.weight.chunk(2)[0])
            self.head.weight.zero_()
            self.head.bias.zero_()
        return self

    def forward(self, batch: Batch) -> Tensor:
        """Logits [B, Q, C] of the questions, after as many examples as are `seen`."""
        shown, query = self._checked(batch["shown"]), self._checked(batch["query"])
        (B, S, _), Q = shown.shape, query.shape[1]
        features = _normed(self.features(torch.cat([shown, query], 1).flatten(0, 1)))
        names = torch.cat([batch["shown_label"], batch["shown_label"].new_full((B, Q), -2)], 1)
        features = functional.dropout(features, self.dropout, self.training).view(B, S + Q, -1)
        named = features + self.names[names]
        x = torch.cat([self.names[-1].expand(B, 1, -1), named], 1)
        mask = torch.arange(S + 1) <= batch["seen"][:, None]
        for layer in self.layers:
            x = layer(x, S + 1, mask)
        logits: Tensor = self.head(_normed(x[:, S + 1 :]))
        return logits

    def losses(self, part: Batch, whole: Batch) -> dict[str, Tensor]:
        """Cross-entropy, nats a question."""
        self._check_classes(part)
        total = functional.cross_entropy(
            self(part).flatten(0, 1), part["label"].flatten(), reduction="sum"
        )
        return {"loss": total / whole["label"].numel()}

    def answerer(self, words: Tokenizer | None) -> ClassifyingAnswerer:
        """Answers a question (`query` [I]) after examples (`shown` [S, I], `shown_label` [S])."""
        self.eval()

        def logits(batch: Batch) -> Tensor:
            rows, examples = batch["shown_label"].shape
            one = {"query": batch["query"][:, None], "seen": torch.full((rows,), examples)}
            found: Tensor = self({**batch, **one})[:, 0]
            return found

        return ClassifyingAnswerer(logits)

    def roles(self) -> dict[str, Role]:
        """What each parameter is for, by name."""
        vector = Role(kind="vector")
        inside = roles_of(self.features, self.shape.inputs, self.rate)
        roles = {f"features.{name}": role for name, role in inside.items()}
        for name, weight in self.layers.named_parameters():
            parts = 2 if "key_value" in name else 1
            fan_out, fan_in = weight.shape[0] // parts, weight.shape[1]
            roles[f"layers.{name}"] = Role(
                kind="matrix", parts=parts, rate=self.rate, fan_in=fan_in, fan_out=fan_out
            )
        head = Role(
            kind="matrix", rate=self.rate, fan_in=self.shape.width, fan_out=self.shape.classes
        )
        return {**roles, "names": vector, "head.weight": head, "head.bias": vector}

    def _checked(self, examples: Tensor) -> Tensor:
        if examples.shape[-1] != self.shape.inputs:
            raise DataError(
                f"an example of the data has {examples.shape[-1]} numbers and the model reads "
                f"{self.shape.inputs}; give its size {examples.shape[-1]} inputs"
            )
        return examples

    def _check_classes(self, batch: Batch) -> None:
        most = int(torch.stack([batch["label"].max(), batch["shown_label"].max()]).max())
        if most >= self.shape.classes:
            raise DataError(
                f"the data have a class {most} and the model has classes 0 to "
                f"{self.shape.classes - 1}; give its size as many classes as the data have"
            )


def _normed(x: Tensor) -> Tensor:
    return functional.rms_norm(x, x.shape[-1:])


def _parted(x: Tensor, heads: int) -> Tensor:
    """[B, N, W] to [B, H, N, D]."""
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)
