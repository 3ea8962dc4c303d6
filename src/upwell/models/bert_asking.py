"""Asks a BERT: which tokens are hidden, does this text follow that one, what are its features?

An instance has `tokens` and `segments`, one row of a batch without padding. Where its hidden
tokens are asked for, it has `places`, and the continuation is the ids of the tokens there, in
their order. Whether the second text follows is asked as a class: "0", it does; "1", a stranger.

Axes: B rows, T places, M hidden places, W width.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..errors import DataError, ModelError
from .answering import Instance, Prompt, Text, Tokenizer, Unanswered
from .packing import batches, padded

if TYPE_CHECKING:
    from .bert_network import Bert

BATCH_TOKENS = 8192
"""Tokens in a forward pass."""

NOT_FINITE = Unanswered("the model's numbers are not finite")

Answer: TypeAlias = list[float] | Unanswered


class BertAnswerer:
    """Asks a network in eval mode; rows of like length are read together."""

    def __init__(self, network: Bert, tokenizer: Tokenizer | None) -> None:
        self.network, self.tokenizer = network, tokenizer

    def logprobs(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[Answer]:
        """For each (instance, ids) one natural log-probability a hidden token, all others of
        them hidden as well; for each (instance, class) one number. Or a reason."""
        shown = [_instance(prompt) for prompt, _ in pairs]
        found = self._read(shown, [continuation for _, continuation in pairs])
        return [each[0] if isinstance(each, tuple) else each for each in found]

    def guesses(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[list[int] | Unanswered]:
        """For each (instance, ids) the likeliest token at each hidden place."""
        shown = [_instance(prompt) for prompt, _ in pairs]
        found = self._read(shown, [continuation for _, continuation in pairs])
        return [each[1] if isinstance(each, tuple) else each for each in found]

    def say(
        self, prompts: Sequence[Prompt], tokens: int, stop: str | None
    ) -> list[str | Unanswered]:
        """The more probable class of each instance: a BERT has no decoder and writes no text."""
        pairs = [(prompt, label) for prompt in prompts for label in ("0", "1")]
        found = self.logprobs(pairs)
        return [
            one if isinstance(one, Unanswered) else str(int(_number(two) > _number(one)))
            for one, two in zip(found[::2], found[1::2], strict=True)
        ]

    def features(self, prompts: Sequence[Prompt]) -> NDArray[numpy.float32]:
        """[N, W]: the mean of the last layer over the tokens of each text, specials aside."""
        rows = [self._row(prompt) for prompt in prompts]
        features = numpy.empty((len(rows), self.network.shape.width), dtype=numpy.float32)
        for places in batches([len(tokens) for tokens, _ in rows], BATCH_TOKENS):
            batch = _batch([rows[place] for place in places])
            with torch.inference_mode():
                x_BTW = self.network(batch)
                T, last = x_BTW.shape[1], batch["length"][:, None] - 1
                inner = ((torch.arange(T) > 0) & (torch.arange(T) < last)).float()
                sums_BW = torch.einsum("btw,bt->bw", x_BTW, inner)
            features[places] = (sums_BW / inner.sum(1, keepdim=True).clamp(min=1)).numpy()
        return features

    def _read(
        self, shown: Sequence[Instance], continuations: Sequence[Text]
    ) -> list[tuple[list[float], list[int]] | Unanswered]:
        """For each instance its log-probabilities and its likeliest tokens."""
        found: list[tuple[list[float], list[int]] | Unanswered] = [
            Unanswered(
                f"needs a context of {len(each.arrays['tokens'])} tokens; the model has "
                f"{self.network.context}"
            )
            for each in shown
        ]
        for places in self._packed(shown):
            rows = [_arrays(shown[place]) for place in places]
            with torch.inference_mode():
                x_BTW = self.network(_batch(rows))
                for place, x_TW in zip(places, x_BTW, strict=True):
                    found[place] = self._answer(x_TW, shown[place], continuations[place])
        return found

    def _packed(self, shown: Sequence[Instance]) -> Iterator[list[int]]:
        """Places of the instances that the context can hold, like lengths together."""
        lengths = [len(each.arrays["tokens"]) for each in shown]
        fitting = [n for n, length in enumerate(lengths) if length <= self.network.context]
        for batch in batches([lengths[n] for n in fitting], BATCH_TOKENS):
            yield [fitting[place] for place in batch]

    def _answer(
        self, x_TW: Tensor, shown: Instance, continuation: Text
    ) -> tuple[list[float], list[int]] | Unanswered:
        if isinstance(continuation, str):
            logits, wanted = self.network.following(x_TW[None]), _label(continuation)
        else:
            places = torch.from_numpy(shown.arrays["places"])
            logits, wanted = self.network.guesses(x_TW[places]), torch.tensor(continuation)
        if not logits.isfinite().all():
            return NOT_FINITE
        chosen = logits.log_softmax(-1).gather(-1, wanted[:, None])[:, 0]
        return chosen.tolist(), logits.argmax(-1).tolist()

    def _row(self, prompt: Prompt) -> tuple[NDArray[Any], NDArray[Any]]:
        """Tokens and segments; a text is put between the specials and cut to the context."""
        if isinstance(prompt, Instance):
            return _arrays(prompt)
        words: Any = self.tokenizer
        if words is None:
            raise ModelError("the model is shown a text but has no tokenizer; give it one")
        ids = words.encode(prompt) if isinstance(prompt, str) else list(prompt)
        tokens = numpy.array([words.bos, *ids[: self.network.context - 2], words.sep])
        return tokens, numpy.zeros_like(tokens)


def _batch(rows: Sequence[tuple[NDArray[Any], NDArray[Any]]]) -> dict[str, Tensor]:
    return {
        "tokens": padded([tokens.tolist() for tokens, _ in rows]),
        "segments": padded([segments.tolist() for _, segments in rows]),
        "length": torch.tensor([len(tokens) for tokens, _ in rows]),
    }


def _instance(prompt: Prompt) -> Instance:
    if isinstance(prompt, Instance) and {"tokens", "segments"} <= set(prompt.arrays):
        return prompt
    raise DataError(
        "a BERT is shown tokens with their segments and continues no text; ask it "
        "'masked_words', 'next_sentence' or a probe"
    )


def _arrays(shown: Instance) -> tuple[NDArray[Any], NDArray[Any]]:
    return shown.arrays["tokens"], shown.arrays["segments"]


def _label(text: str) -> Tensor:
    if text not in ("0", "1"):
        raise ModelError(f"whether a text follows is asked as '0' or '1', not {text!r}")
    return torch.tensor([int(text)])


def _number(answer: Answer) -> float:
    assert not isinstance(answer, Unanswered)
    return answer[0]
