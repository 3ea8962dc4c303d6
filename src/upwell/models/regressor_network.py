"""The regressor as a torch module. Its dials and its cost are in `regressor.py`.

Axes: B rows (a function each), N pairs, T = 2 N - 1 positions, I inputs, W width.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..errors import DataError
from .answering import Tokenizer
from .blocks import Blocks, turns_of
from .estimating import EstimatingAnswerer
from .fused import normed
from .network import Batch
from .regressor import HEAD, Shape
from .roles import Role

ROTARY_TURNS, KIND_SCALE = 2.0, 0.5
"""As in the decoder: base of the rotary angles per position, and spread of the direction that all
vectors of a kind share, by which a head tells positions apart whatever stands there."""


class Regressor(nn.Module):
    """x [B, N, I] and their values [B, N], but for the last, to an estimate at every x."""

    def __init__(self, shape: Shape, context: int, base_width: int, base_depth: int) -> None:
        super().__init__()
        self.shape, self.context = shape, context
        self.rate = base_width / shape.width
        self.branch = base_depth / shape.depth
        self.read_x = nn.Linear(shape.inputs, shape.width)
        self.read_y = nn.Linear(1, shape.width)
        self.blocks = Blocks(shape.width, shape.depth, HEAD, shape.hidden)
        self.head = nn.Linear(shape.width, 1)
        places = 2 * context
        turns = turns_of(places, HEAD, ROTARY_TURNS * places)
        self.register_buffer("turns", turns, persistent=False)
        mask = torch.full((places, places), float("-inf")).triu(1)
        self.register_buffer("mask", mask, persistent=False)

    def start(self, seed: int) -> Regressor:
        """Draw every weight anew; the same for the same seed. The head starts at zero."""
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for read in (self.read_x, self.read_y):
                read.weight.normal_(0, read.in_features**-0.5, generator=generator)
                read.bias.normal_(0, KIND_SCALE, generator=generator)
            self.blocks.start(generator)
            self.head.weight.zero_()
            self.head.bias.zero_()
        return self

    def forward(self, batch: Batch) -> Tensor:
        """Estimates [B, N]; each rests on the pairs before it and on its own x."""
        x_BNI, y_BN = self._checked(batch["features"]), batch["target"]
        N, T = x_BNI.shape[1], 2 * x_BNI.shape[1] - 1
        values = self.read_y(y_BN[:, : N - 1, None])
        # The last x has no value after it; a row of zeros keeps the pairs in step and is cut off.
        values = torch.cat([values, values.new_zeros(len(values), 1, self.shape.width)], 1)
        x_BTW = torch.stack([self.read_x(x_BNI), values], 2).flatten(1, 2)[:, :T]
        seen = self.blocks(x_BTW.contiguous(), (self.turns[:T], self.mask[:T, :T]), self.branch)
        estimates: Tensor = self.head(normed(seen[:, ::2].contiguous()))[..., 0]
        return estimates

    def losses(self, part: Batch, whole: Batch) -> dict[str, Tensor]:
        """Squared error, after every number of pairs from none on."""
        total = (self(part) - part["target"]).square().sum()
        return {"loss": total / whole["target"].numel()}

    def answerer(self, words: Tokenizer | None) -> EstimatingAnswerer:
        """Estimates the value at the last x of `features` [k + 1, I], after `target` [k]."""
        self.eval()
        return EstimatingAnswerer(lambda batch: self(batch)[:, -1:])

    def roles(self) -> dict[str, Role]:
        """Maps between widths are matrices; what reads and the head are vectors."""
        roles = {name: Role(kind="vector") for name, _ in self.named_parameters()}
        return roles | self.blocks.roles("blocks", self.rate)

    def _checked(self, x_BNI: Tensor) -> Tensor:
        if x_BNI.shape[-1] != self.shape.inputs or x_BNI.shape[1] > self.context:
            raise DataError(
                f"a row of the data has {x_BNI.shape[1]} pairs of {x_BNI.shape[-1]} inputs and the "
                f"model reads at most {self.context} of {self.shape.inputs}; change its size or "
                "the recipe's context"
            )
        return x_BNI
