"""Configuration of the in-context regressor."""

from __future__ import annotations

from dataclasses import dataclass

from ....errors import SpecError
from ....records import ModelSpec
from ...hparams import check_hparams, positive_int
from ...transformer_config import swiglu_intermediate_size

HEAD_DIM = 16
"""Width of an attention head."""


@dataclass(frozen=True, kw_only=True)
class InContextRegressorConfig:
    """Hyperparameters of an in-context regressor, with every default filled in."""

    inputs: int
    """Dimension of x."""

    width: int
    depth: int

    @property
    def intermediate_size(self) -> int:
        """Width of the gated feed-forward layers, as in the decoder."""
        return swiglu_intermediate_size(self.width)


def parse_config(spec: ModelSpec) -> InContextRegressorConfig:
    """The configuration of a spec.

    Raises SpecError for a missing, unknown or wrong hyperparameter.
    """
    check_hparams(spec, ("inputs", "width", "depth"))
    width = positive_int(spec, "width")
    if width % HEAD_DIM:
        raise SpecError(
            f"family {spec.family!r}: width {width} is not a multiple of {HEAD_DIM}, the "
            "head width; choose one that is"
        )
    return InContextRegressorConfig(
        inputs=positive_int(spec, "inputs"), width=width, depth=positive_int(spec, "depth")
    )
