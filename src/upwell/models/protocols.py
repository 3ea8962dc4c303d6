"""What the rooms of Upwell ask of a model: a language model to evaluate, a network to train.

`LM` is what evaluation asks. Its three main methods are those of lm-evaluation-harness
(`lm_eval/api/model.py`). A model that lacks an ability returns a `NoAnswer` that names it.
`TrainableModel` is what the training loop asks of a network. Importing this module loads no torch.

Axes: N prompts, B rows of a batch, T positions, D features.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, TypeAlias

import numpy
from numpy.typing import NDArray

from ..errors import DataError

if TYPE_CHECKING:
    from torch import Tensor

Text: TypeAlias = str | Sequence[int]
"""Input of a language model: a string, or the ids of its own tokens."""


@dataclass(frozen=True, eq=False)
class ArrayInput:
    """Input that is not text: arrays by name, one row of a batch without its label."""

    arrays: Mapping[str, NDArray[Any]]

    def digest(self) -> str:
        """sha256 of names, types, shapes and bytes."""
        hasher = hashlib.sha256()
        for name, array in sorted(self.arrays.items()):
            hasher.update(f"{name} {array.dtype.str} {array.shape}\0".encode())
            hasher.update(numpy.ascontiguousarray(array).tobytes())
        return hasher.hexdigest()


Prompt: TypeAlias = Text | ArrayInput
"""Input before a continuation."""


def require_text(prompt: Prompt) -> Text:
    """Return a text prompt unchanged. Raises DataError for an `ArrayInput`."""
    if isinstance(prompt, ArrayInput):
        raise DataError(
            f"this model reads text and the prompt has arrays: {', '.join(sorted(prompt.arrays))}; "
            "choose an ability with text prompts"
        )
    return prompt


@dataclass(frozen=True)
class NoAnswer:
    """Stands in the place of an answer that the model could not give."""

    reason: str


NOT_FINITE = NoAnswer("the model's numbers are not finite")


class TokenizerLike(Protocol):
    """The part of a tokenizer that a language model needs."""

    @property
    def size(self) -> int:
        """Number of tokens in the vocabulary."""

    @property
    def bos(self) -> int | None:
        """Id of the token before the first of a text; None if there is none."""

    @property
    def regular_ids(self) -> Sequence[int]:
        """Ids of all tokens that are not special."""

    def encode(self, text: str) -> list[int]:
        """Token ids, without `bos`."""

    def decode(self, ids: Sequence[int]) -> str:
        """Text of token ids."""


@dataclass(frozen=True)
class ScoredContinuation:
    """Score of a continuation, token by token."""

    logprobs: tuple[float, ...]
    """Natural log-probability of every token given all tokens before it."""

    is_greedy: tuple[bool, ...]
    """Whether each token was the most probable one at its position; empty if unknown."""

    truncated_tokens: int = 0
    """Tokens of the prompt that were cut off to fit the context."""


@dataclass(frozen=True)
class Generation:
    """Text that a model generated."""

    text: str
    truncated_tokens: int = 0
    """Tokens of the prompt that were cut off to fit the context."""


class LM(ABC):
    """Base class of language models. Batching is the model's own business; results keep the order.

    A model implements `token_logprobs` and `generate`. The other methods have defaults: those that
    can be computed from the two are, and those of an optional ability return a `NoAnswer`.
    """

    tokenizer: TokenizerLike | None = None
    """None for a model that reads text as it is."""

    @abstractmethod
    def token_logprobs(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[list[float] | NoAnswer]:
        """Natural log-probability of every token of each continuation, given all before it.

        `pairs` are (prompt, continuation). For a class label after an `ArrayInput` there is one
        number. All numbers are finite.
        """

    @abstractmethod
    def generate(
        self, prompts: Sequence[Prompt], max_new_tokens: int, stop: str | None
    ) -> list[str | NoAnswer]:
        """Greedy completion of each prompt: at most `max_new_tokens` tokens, cut before `stop`."""

    def loglikelihood(
        self, pairs: Sequence[tuple[Text, Text]]
    ) -> list[ScoredContinuation | NoAnswer]:
        """Score of each (prompt, continuation); an empty prompt is the start of a text."""
        return [
            x if isinstance(x, NoAnswer) else ScoredContinuation(tuple(x), ())
            for x in self.token_logprobs(pairs)
        ]

    def loglikelihood_rolling(self, texts: Sequence[str]) -> list[ScoredContinuation | NoAnswer]:
        """Score of all tokens of each text, in windows as long as the context."""
        return self.loglikelihood([("", text) for text in texts])

    def generate_until(
        self, prompts: Sequence[Text], max_new_tokens: int, stops: Sequence[str]
    ) -> list[Generation | NoAnswer]:
        """Greedy completion of each prompt, cut before the first of `stops`."""
        completions = self.generate(prompts, max_new_tokens, stops[0] if stops else None)
        return [
            x if isinstance(x, NoAnswer) else Generation(cut_at_stops(x, stops))
            for x in completions
        ]

    def argmax_tokens(
        self, pairs: Sequence[tuple[Prompt, Text]]
    ) -> list[list[int] | NoAnswer] | NoAnswer:
        """Most probable token id at each position of each continuation, given the true tokens.

        A single `NoAnswer` from a model that cannot tell.
        """
        return NoAnswer("this model does not give its most probable tokens")

    def features(self, prompts: Sequence[Prompt]) -> NDArray[numpy.float32] | NoAnswer:
        """[N, D]: features of each prompt, independent of the other prompts.

        A `NoAnswer` from a model without features.
        """
        return NoAnswer("this model has no features")

    def attention(self, ids: NDArray[numpy.int64]) -> NDArray[Any] | NoAnswer:
        """Token ids [B, T] to attention weights [B, layers, heads, T queries, T keys].

        A `NoAnswer` from a model without attention weights.
        """
        return NoAnswer("this model has no attention weights")

    def samples(self, count: int, seed: int) -> NDArray[numpy.uint8] | NoAnswer:
        """`count` generated images [B, H, W, C], the same for the same seed.

        A `NoAnswer` from a model that generates no images.
        """
        return NoAnswer("this model generates no images")


def cut_at_stops(text: str, stops: Sequence[str]) -> str:
    """The text before the first of the non-empty `stops`."""
    for stop in stops:
        text = text.partition(stop)[0] if stop else text
    return text


Batch: TypeAlias = "Mapping[str, Tensor]"
"""Training rows: tensors by name, whose first axis is B."""


@dataclass(frozen=True, kw_only=True)
class ParamRole:
    """How the optimizer updates one parameter of a network."""

    kind: Literal["matrix", "vector"]
    """"matrix": a hidden linear map, whose update shrinks with its fan-in under AdamW and may be
    orthogonalized by Muon. "vector": anything else (embedding, head, norm, bias)."""

    stacked: int = 1
    """Matrices stacked in this parameter along its first axis, e.g. 3 for fused q, k, v."""

    lr_scale: float = 1.0
    """Multiplier of AdamW's learning rate for width transfer."""

    fan_in: int = 1
    fan_out: int = 1
    """Of each stacked matrix."""


class TrainableModel(ABC):
    """What the training loop needs of a network, which is a `torch.nn.Module` as well.

    A network of your own is `class MyNetwork(nn.Module, TrainableModel)`.
    """

    NETWORK_METHODS: ClassVar[tuple[str, ...]] = ("losses", "param_roles")
    """Methods that a network must define; see `upwell.models.check_family`."""

    @abstractmethod
    def losses(self, micro_batch: Batch, batch: Batch) -> Mapping[str, Tensor]:
        """Losses by name of some rows of a batch; training minimizes their sum.

        Each loss is the micro-batch's share of the mean over the whole batch. So the micro-batches
        of a batch add up to the same gradient, however many there are.
        """

    @abstractmethod
    def param_roles(self) -> Mapping[str, ParamRole]:
        """Role of each trainable parameter, by its name."""
