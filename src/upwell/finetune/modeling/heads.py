"""A transformers model with a head: the three shapes that tasks build.

Axes: B rows, T tokens, D width, C labels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ...errors import ModelError
from ...models.protocols import Batch
from .mean_pooling import mean_pool

MODEL_INPUTS = (
    "input_ids", "attention_mask", "token_type_ids", "pixel_values", "pixel_mask", "input_values",
    "input_features",
)  # fmt: skip
"""Arrays of a batch that a model reads. The others are targets."""


class MeanPooledClassifier(nn.Module):
    """An encoder, mean pooling over its tokens, dropout and a linear head."""

    def __init__(self, encoder: Any, num_labels: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(float(getattr(encoder.config, "hidden_dropout_prob", 0.1)))
        self.head = nn.Linear(encoder.config.hidden_size, num_labels)

    def set_encoder(self, encoder: Any) -> None:
        """Replace the encoder under the head."""
        self.encoder = encoder

    def features(self, batch: Batch) -> Tensor:
        """[B, D] inputs of the head."""
        states = self.encoder(**model_inputs(batch)).last_hidden_state
        return mean_pool(states, batch["attention_mask"])

    def forward(self, batch: Batch) -> Tensor:
        """[B, C] logits."""
        logits: Tensor = self.head(self.dropout(self.features(batch)))
        return logits


class HFModelWithHead(nn.Module):
    """A transformers model whose last linear layer is its head."""

    def __init__(self, model: Any) -> None:
        """Raises ModelError for a model whose last linear layer does not give its logits."""
        super().__init__()
        self.model = model
        self.head = _find_head(model)

    @property
    def encoder(self) -> Any:
        """The part of the model under the head."""
        return getattr(self.model, self.model.base_model_prefix)

    def set_encoder(self, encoder: Any) -> None:
        """Replace the part under the head."""
        setattr(self.model, self.model.base_model_prefix, encoder)

    def features(self, batch: Batch) -> Tensor:
        """Inputs of the head: [B, D], or [B, T, D] in token classification."""
        head_inputs: list[Tensor] = []
        hook = self.head.register_forward_pre_hook(lambda _, inputs: head_inputs.append(inputs[0]))
        try:
            logits = self(batch)
        finally:
            hook.remove()
        if head_inputs[0].dim() == 3 and logits.dim() == 2:
            # A decoder applies its head to every token and keeps the logits of the last one.
            pad_id = self.model.config.get_text_config().pad_token_id
            is_text_BT = (batch["input_ids"] != pad_id).int()
            positions_T = torch.arange(is_text_BT.shape[1], dtype=torch.int32)
            last_B = (is_text_BT * positions_T).argmax(1)
            return head_inputs[0][torch.arange(len(last_B)), last_B]
        return head_inputs[0]

    def forward(self, batch: Batch) -> Tensor:
        """Logits: [B, C], or [B, T, C] in token classification."""
        logits: Tensor = self.model(**model_inputs(batch)).logits
        return logits


class HFModel(nn.Module):
    """A transformers model without a linear head that could be fitted on frozen features."""

    head = None

    def __init__(
        self, model: Any, input_names: Sequence[str] = MODEL_INPUTS, *, has_head: bool = False
    ) -> None:
        """`input_names` are the arrays of a batch that the model reads.

        With `has_head`, adapters go into the base model only, and all weights above it are trained.
        """
        super().__init__()
        self.model, self.input_names, self.has_head = model, tuple(input_names), has_head

    @property
    def encoder(self) -> Any:
        """The part under the head; the whole model if there is no head."""
        return getattr(self.model, self.model.base_model_prefix) if self.has_head else self.model

    def set_encoder(self, encoder: Any) -> None:
        """Replace the part under the head, or the whole model."""
        if self.has_head:
            setattr(self.model, self.model.base_model_prefix, encoder)
        else:
            self.model = encoder

    def forward(self, batch: Batch) -> Any:
        """The output object of the transformers model."""
        return self.model(**{name: batch[name] for name in self.input_names if name in batch})


TaskModel = MeanPooledClassifier | HFModelWithHead | HFModel


def model_inputs(batch: Batch) -> dict[str, Tensor]:
    """The arrays of a batch that a model reads."""
    return {name: batch[name] for name in MODEL_INPUTS if name in batch}


def forward_batches(
    forward_fn: Callable[[Batch], Tensor], batches: Iterator[tuple[list[int], Mapping[str, Any]]]
) -> dict[int, Any]:
    """{row index: output as numpy} of a network in eval mode, for batches with their indices."""
    outputs: dict[int, Any] = {}
    with torch.inference_mode():
        for indices, arrays in batches:
            rows = forward_fn({name: torch.from_numpy(array) for name, array in arrays.items()})
            outputs.update(zip(indices, rows.float().numpy(), strict=True))
    return outputs


def _find_head(model: Any) -> nn.Linear:
    """The last linear layer of a model, which gives its logits."""
    layers = [module for module in model.modules() if isinstance(module, nn.Linear)]
    if not layers or layers[-1].out_features != model.config.num_labels:
        raise ModelError(
            f"the head of {type(model).__name__} is not a linear layer; choose another model"
        )
    return layers[-1]
