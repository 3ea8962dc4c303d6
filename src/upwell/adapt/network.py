"""A model of transformers with a head, as a network that the training loop carries.

What it gives for a batch is told by the task; here is which weights learn, and how fast.

Axes: B rows, T tokens, D width, C labels.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import ModelError
from ..models.answering import Answerer, Tokenizer
from ..models.network import Batch
from ..models.roles import Role
from ..records import Adapt
from .adversary import with_moved
from .light import LIGHT, lighten
from .pooling import mean_state

LAYER = re.compile(r"\b(?:layers?|h|blocks?|block)\.(\d+)\.")
"""How names of parameters tell the layer."""

READ = (
    "input_ids", "attention_mask", "token_type_ids", "pixel_values", "pixel_mask", "input_values",
    "input_features",
)  # fmt: skip
"""Arrays of a batch that a model reads; the others are what it learns."""

Loss = Callable[[Any, Batch, Batch, Adapt], dict[str, Tensor]]
"""What a body gives, some rows of a batch, the whole batch: as `Network.losses` gives it."""


class Pooled(nn.Module):
    """An encoder, the mean of its states, dropout, a linear head."""

    def __init__(self, encoder: Any, labels: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(float(getattr(encoder.config, "hidden_dropout_prob", 0.1)))
        self.head = nn.Linear(encoder.config.hidden_size, labels)

    def put(self, encoder: Any) -> None:
        """Replace what lies under the head."""
        self.encoder = encoder

    def features(self, batch: Batch) -> Tensor:
        """[B, D]: what the head reads."""
        states = self.encoder(**read(batch)).last_hidden_state
        return mean_state(states, batch["attention_mask"])

    def forward(self, batch: Batch) -> Tensor:
        """Logits [B, C]."""
        logits: Tensor = self.head(self.dropout(self.features(batch)))
        return logits


class Stock(nn.Module):
    """A class of transformers with its own head, as it is."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model
        self.head = _last(model)

    @property
    def encoder(self) -> Any:
        """What lies under the head."""
        return getattr(self.model, self.model.base_model_prefix)

    def put(self, encoder: Any) -> None:
        """Replace what lies under the head."""
        setattr(self.model, self.model.base_model_prefix, encoder)

    def features(self, batch: Batch) -> Tensor:
        """[B, D], or [B, T, D] where every token has a label: what the last map reads."""
        seen: list[Tensor] = []
        hook = self.head.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
        try:
            logits = self(batch)
        finally:
            hook.remove()
        if seen[0].dim() == 3 and logits.dim() == 2:
            # A decoder maps every token and keeps what it says of the last.
            last_B = batch["attention_mask"].sum(1) - 1
            return seen[0][torch.arange(len(last_B)), last_B]
        return seen[0]

    def forward(self, batch: Batch) -> Tensor:
        """Logits [B, C], or [B, T, C]."""
        logits: Tensor = self.model(**read(batch)).logits
        return logits


class Whole(nn.Module):
    """A class of transformers as it is, with no head that could be fitted by itself."""

    head = None

    def __init__(self, model: Any, reads: Sequence[str] = READ, *, based: bool = False) -> None:
        """`reads` names the arrays of a batch that the model is given. A model that is `based` has
        a head that learns whole, whatever learns beneath it."""
        super().__init__()
        self.model, self.reads, self.based = model, tuple(reads), based

    @property
    def encoder(self) -> Any:
        """What lies under the head; all of it where there is none."""
        return getattr(self.model, self.model.base_model_prefix) if self.based else self.model

    def put(self, encoder: Any) -> None:
        """Replace what lies under the head."""
        if self.based:
            setattr(self.model, self.model.base_model_prefix, encoder)
        else:
            self.model = encoder

    def forward(self, batch: Batch) -> Any:
        """What the class gives, as an object of transformers."""
        return self.model(**{name: batch[name] for name in self.reads if name in batch})


Body = Pooled | Stock | Whole


def read(batch: Batch) -> dict[str, Tensor]:
    """The arrays of a batch that a model reads."""
    return {name: batch[name] for name in READ if name in batch}


def _last(model: Any) -> nn.Linear:
    """The last linear map of a model, which gives its logits."""
    maps = [module for module in model.modules() if isinstance(module, nn.Linear)]
    if not maps or maps[-1].out_features != model.config.num_labels:
        raise ModelError(
            f"the head of {type(model).__name__} is none that can be fitted; choose another model"
        )
    return maps[-1]


class Adapting(nn.Module):
    """A body with a head, and the loss of a task: keeps the three promises of a network."""

    def __init__(
        self,
        body: Body,
        adapt: Adapt,
        loss: Loss,
        weights: Tensor | None = None,
        added: range = range(0),
    ) -> None:
        """`weights` [C] say how much each label counts; None where all rows count alike. `added`
        are the tokens of a prompt."""
        super().__init__()
        self.body, self.adapt, self.loss = body, adapt, loss
        self.register_buffer("weights", weights, persistent=False)
        if adapt.method in LIGHT:
            lighten(body, adapt, added)
        if adapt.dropout is not None:
            _drop(body, adapt.dropout)

    def forward(self, batch: Batch) -> Any:
        """What the body gives: logits, where it has a head."""
        return self.body(batch)

    def losses(self, part: Batch, whole: Batch) -> dict[str, Tensor]:
        """The task's loss, and that of rows moved against it where the recipe says so; rare labels
        count more where it does."""
        weights: Any = self.weights
        extra = {} if weights is None else {"label_weights": weights}

        def of(some: Batch) -> dict[str, Tensor]:
            return self.loss(self(some), {**some, **extra}, {**whole, **extra}, self.adapt)

        if not (self.training and self.adapt.adversarial):
            return of(part)
        return with_moved(of, part, self.body.encoder, self.adapt.adversarial)

    def answerer(self, words: Tokenizer | None) -> Answerer:
        """Not asked while it learns: the folder that is made of it is what can be asked."""
        raise ModelError("a model that is being adapted cannot be asked; write its folder first")

    def roles(self) -> Mapping[str, Role]:
        """Of the weights that learn: layers further down learn slower, the head by its own rate."""
        names = [name for name, parameter in self.named_parameters() if parameter.requires_grad]
        head = self.body.head
        heads = set() if head is None else {id(parameter) for parameter in head.parameters()}
        known = {id(p): name for name, p in self.named_parameters()}
        own = {known[each] for each in heads}
        top = 1 + max((int(found[1]) for name in names if (found := LAYER.search(name))), default=0)
        parameters = dict(self.named_parameters())
        return {name: _role(parameters[name], self._rate(name, top, name in own)) for name in names}

    def _rate(self, name: str, top: int, head: bool) -> float:
        if head:
            return self.adapt.head_rate
        found = LAYER.search(name)
        if found is None and "embed" not in name:
            return 1.0
        depth = 0 if found is None else 1 + int(found[1])
        return float(self.adapt.layer_decay ** (top - depth))


def _role(parameter: nn.Parameter, rate: float) -> Role:
    if parameter.dim() < 2:
        return Role(kind="vector", rate=rate)
    rows, columns = parameter.shape[0], parameter[0].numel()
    return Role(kind="matrix", rate=rate, fan_in=columns, fan_out=rows)


def _drop(body: nn.Module, share: float) -> None:
    """Have every dropout drop this share."""
    for module in body.modules():
        if isinstance(module, nn.Dropout):
            module.p = share


def trainable(network: nn.Module) -> int:
    """Numbers that learn."""
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


def outputs(
    act: Callable[[Batch], Tensor], batches: Iterator[tuple[list[int], Mapping[str, Any]]]
) -> dict[int, Any]:
    """What a network in eval mode gives for each row, by the row's place, as numpy."""
    found: dict[int, Any] = {}
    with torch.inference_mode():
        for places, arrays in batches:
            rows = act({name: torch.from_numpy(array) for name, array in arrays.items()})
            found.update(zip(places, rows.float().numpy(), strict=True))
    return found
