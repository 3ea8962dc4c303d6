"""A few weights that learn in place of all of them, by peft; what they learn goes into the weights.

So the folder that ships is one that transformers loads, and what learnt lies beside it as peft
writes it.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from torch import nn

from ..errors import MissingExtra, ModelError
from ..records import Adapt

if TYPE_CHECKING:
    from .network import Body

LIGHT = ("lora", "dora", "ia3", "prompt")
"""Methods under which most weights stay as they are."""

OWN = ("lora_", "ia3_", "trainable_tokens_")
"""How peft calls what learns beside the weights, and what is in them once it is merged."""


def lighten(body: Body, adapt: Adapt, added: range) -> None:
    """Freeze what lies under the head, and put on it what is to learn. `added` are the tokens that
    a prompt is made of.

    Raises MissingExtra without peft, ModelError for a network that has no maps to put it on.
    """
    try:
        from peft import get_peft_model
    except ImportError as error:
        raise MissingExtra(
            f"method {adapt.method!r} needs peft: pip install 'upwell[adapt]'"
        ) from error
    settings = _settings(body.encoder, adapt, added)
    with warnings.catch_warnings():
        # peft still asks transformers for names that it has renamed.
        warnings.simplefilter("ignore", FutureWarning)
        body.put(get_peft_model(body.encoder, settings))


def merged_params(module: nn.Module) -> int:
    """Weights of the module once what learnt beside them is merged."""
    named = module.named_parameters()
    return sum(p.numel() for name, p in named if not any(mark in name for mark in OWN))


def _settings(encoder: Any, adapt: Adapt, added: range) -> Any:
    import peft

    if adapt.method == "prompt":
        return peft.TrainableTokensConfig(token_indices=list(added), init_weights=True)
    targets = _maps(encoder)
    if adapt.method == "ia3":
        return peft.IA3Config(target_modules=targets, feedforward_modules=[])
    return peft.LoraConfig(
        r=adapt.rank,
        lora_alpha=2 * adapt.rank,
        target_modules=targets,
        use_dora=adapt.method == "dora",
    )


def _maps(encoder: nn.Module) -> str | list[str]:
    """Every linear map; every convolution where there are none."""
    kinds = {type(module) for module in encoder.modules()}
    if any(issubclass(kind, nn.Linear) for kind in kinds):
        return "all-linear"
    found = [name for name, module in encoder.named_modules() if isinstance(module, nn.Conv2d)]
    if not found:
        raise ModelError(
            f"{type(encoder).__name__} has no linear map that could be updated; choose --method "
            "full or head"
        )
    return found
