"""The in-context regressor as a torch module.

Axes: B rows (a function each), N pairs, T = 2 N - 1 positions, I inputs, W width.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ....errors import DataError
from ...layers.fused_transformer import rms_norm
from ...layers.transformer import TransformerStack, rotary_frequencies
from ...protocols import Batch, ParamRole, TrainableModel
from .config import HEAD_DIM, InContextRegressorConfig

ROPE_BASE_PER_TOKEN, INPUT_BIAS_STD = 2.0, 0.5
"""As in the decoder: base of the rotary angles per position, and standard deviation of the
direction that all vectors of a kind share, by which a head tells positions apart."""


class InContextRegressor(nn.Module, TrainableModel):
    """x [B, N, I] and their values [B, N], the last one unused, to an estimate at every x."""

    def __init__(
        self, config: InContextRegressorConfig, context: int, base_width: int, base_depth: int
    ) -> None:
        super().__init__()
        self.config, self.context = config, context
        self.lr_scale = base_width / config.width
        self.residual_scale = base_depth / config.depth
        self.read_x = nn.Linear(config.inputs, config.width)
        self.read_y = nn.Linear(1, config.width)
        self.blocks = TransformerStack(
            config.width, config.depth, HEAD_DIM, config.intermediate_size
        )
        self.head = nn.Linear(config.width, 1)
        max_positions = 2 * context
        rotary = rotary_frequencies(max_positions, HEAD_DIM, ROPE_BASE_PER_TOKEN * max_positions)
        self.register_buffer("rotary", rotary, persistent=False)
        mask = torch.full((max_positions, max_positions), float("-inf")).triu(1)
        self.register_buffer("mask", mask, persistent=False)

    def reset_parameters(self, seed: int) -> InContextRegressor:
        """Initialize every weight from the seed; the head starts at zero. Returns itself."""
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for linear in (self.read_x, self.read_y):
                linear.weight.normal_(0, linear.in_features**-0.5, generator=generator)
                linear.bias.normal_(0, INPUT_BIAS_STD, generator=generator)
            self.blocks.reset_parameters(generator)
            self.head.weight.zero_()
            self.head.bias.zero_()
        return self

    def forward(self, batch: Batch) -> Tensor:
        """Estimates [B, N], each from the pairs before it and its own x."""
        x_BNI, y_BN = self._check_inputs(batch["features"]), batch["target"]
        N, T = x_BNI.shape[1], 2 * x_BNI.shape[1] - 1
        values = self.read_y(y_BN[:, : N - 1, None])
        # The last x has no value after it; zeros keep the pairs aligned and are cut off.
        values = torch.cat([values, values.new_zeros(len(values), 1, self.config.width)], 1)
        x_BTW = torch.stack([self.read_x(x_BNI), values], 2).flatten(1, 2)[:, :T]
        hidden = self.blocks(
            x_BTW.contiguous(), (self.rotary[:T], self.mask[:T, :T]), self.residual_scale
        )
        estimates: Tensor = self.head(rms_norm(hidden[:, ::2].contiguous()))[..., 0]
        return estimates

    def losses(self, micro_batch: Batch, batch: Batch) -> dict[str, Tensor]:
        """`loss`: squared error after every number of pairs, from 0 on."""
        total = (self(micro_batch) - micro_batch["target"]).square().sum()
        return {"loss": total / batch["target"].numel()}

    def last_estimate(self, batch: Batch) -> Tensor:
        """Estimates [B, 1] at the last x of `features` [B, k + 1, I], after `target` [B, k]."""
        estimates: Tensor = self(batch)[:, -1:]
        return estimates

    def param_roles(self) -> dict[str, ParamRole]:
        """Maps within layers are matrices; input maps and the head are vectors."""
        roles = {name: ParamRole(kind="vector") for name, _ in self.named_parameters()}
        return roles | self.blocks.param_roles("blocks", self.lr_scale)

    def _check_inputs(self, x_BNI: Tensor) -> Tensor:
        if x_BNI.shape[-1] != self.config.inputs or x_BNI.shape[1] > self.context:
            raise DataError(
                f"a row of the data has {x_BNI.shape[1]} pairs of {x_BNI.shape[-1]} inputs and the "
                f"model reads at most {self.context} of {self.config.inputs}; change inputs or the "
                "recipe's context_length"
            )
        return x_BNI
