"""An adapted classifier as something that abilities can ask: a text in, a label by its name out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..errors import DataError, ModelError
from ..models.answering import Prompt, Text, Unanswered, text_of
from ..naming import did_you_mean
from .linear import Floats

Weigh = Callable[[Sequence[str]], Floats]
"""Texts to the natural log-probabilities of all labels, [N, C]."""


class LabellingAnswerer:
    """Asks `weigh`. It says labels and nothing else."""

    tokenizer = None

    def __init__(self, weigh: Weigh, labels: Sequence[str]) -> None:
        self._weigh, self._labels = weigh, list(labels)

    def logprobs(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[list[float] | Unanswered]:
        """For each (text, label) the label's log-probability. ModelError for another label."""
        places = [self._place(label) for _, label in pairs]
        rows = self._weigh([_words(prompt) for prompt, _ in pairs])
        return [[float(row[place])] for row, place in zip(rows, places, strict=True)]

    def say(
        self, prompts: Sequence[Prompt], tokens: int, stop: str | None
    ) -> list[str | Unanswered]:
        """The most probable label of each text."""
        rows = self._weigh([_words(prompt) for prompt in prompts])
        return [self._labels[int(row.argmax())] for row in rows]

    def _place(self, label: Text) -> int:
        if isinstance(label, str) and label.strip() in self._labels:
            return self._labels.index(label.strip())
        near = did_you_mean(label, self._labels) if isinstance(label, str) else ""
        raise ModelError(f"this model has {len(self._labels)} labels and not {label!r}{near}")


def _words(prompt: Prompt) -> str:
    text = text_of(prompt)
    if isinstance(text, str):
        return text
    raise DataError("this model reads words, not the token ids of another one")
