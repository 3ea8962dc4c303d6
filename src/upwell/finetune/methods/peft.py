"""Parameter-efficient fine-tuning with peft: LoRA, DoRA, IA3 and prompt tuning.

After training, the adapter is merged into the weights, so the saved folder needs no peft. The
adapter itself is saved beside it.
"""

from __future__ import annotations

import warnings
from typing import Any

from torch import nn

from ...errors import MissingDependencyError, ModelError
from ...records import FinetuneSpec
from ..modeling.heads import TaskModel

ADAPTER_PREFIXES = ("lora_", "ia3_", "trainable_tokens_")
"""Parts of the names of adapter parameters, which disappear when the adapter is merged."""


def apply_peft(model: TaskModel, spec: FinetuneSpec, prompt_ids: range) -> None:
    """Freeze the encoder of `model` and add the adapter of `spec.method` to it.

    `prompt_ids` are the token ids of the prompt, for method "prompt". Raises
    MissingDependencyError without peft, ModelError for an encoder without suitable layers.
    """
    try:
        from peft import get_peft_model
    except ImportError as error:
        raise MissingDependencyError(
            f"method {spec.method!r} needs peft: pip install 'upwell[finetune]'"
        ) from error
    config = _peft_config(model.encoder, spec, prompt_ids)
    with warnings.catch_warnings():
        # peft uses deprecated names of transformers.
        warnings.simplefilter("ignore", FutureWarning)
        model.set_encoder(get_peft_model(model.encoder, config))


def count_merged_params(module: nn.Module) -> int:
    """Number of parameters after the adapter is merged."""
    named = module.named_parameters()
    return sum(
        p.numel() for name, p in named if not any(prefix in name for prefix in ADAPTER_PREFIXES)
    )


def _peft_config(encoder: Any, spec: FinetuneSpec, prompt_ids: range) -> Any:
    import peft

    if spec.method == "prompt":
        return peft.TrainableTokensConfig(token_indices=list(prompt_ids), init_weights=True)
    targets = _target_modules(encoder)
    if spec.method == "ia3":
        return peft.IA3Config(target_modules=targets, feedforward_modules=[])
    return peft.LoraConfig(
        r=spec.lora_rank,
        lora_alpha=2 * spec.lora_rank,
        target_modules=targets,
        use_dora=spec.method == "dora",
    )


def _target_modules(encoder: nn.Module) -> str | list[str]:
    """Every linear layer; every convolution if there are none."""
    module_types = {type(module) for module in encoder.modules()}
    if any(issubclass(module_type, nn.Linear) for module_type in module_types):
        return "all-linear"
    conv_names = [name for name, module in encoder.named_modules() if isinstance(module, nn.Conv2d)]
    if not conv_names:
        raise ModelError(
            f"{type(encoder).__name__} has no linear layer to adapt; choose --method full or linear"
        )
    return conv_names
