"""A fine-tuned classifier as a language model that evaluation can query."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..errors import DataError, ModelError
from ..metrics.logits import Floats
from ..models.protocols import LM, NoAnswer, Prompt, Text, require_text
from ..plugins import did_you_mean

LogProbsFn = Callable[[Sequence[str]], Floats]
"""Texts to the natural log-probabilities [N, C] of all labels."""


class TextClassifierLM(LM):
    """An LM whose only completions are the labels of a classifier."""

    def __init__(self, log_probs: LogProbsFn, labels: Sequence[str]) -> None:
        self._log_probs, self._labels = log_probs, list(labels)

    def token_logprobs(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[list[float] | NoAnswer]:
        """[log-probability] of each (text, label). Raises ModelError for an unknown label."""
        label_ids = [self._label_index(label) for _, label in pairs]
        rows = self._log_probs([_prompt_text(prompt) for prompt, _ in pairs])
        return [[float(row[label_id])] for row, label_id in zip(rows, label_ids, strict=True)]

    def generate(
        self, prompts: Sequence[Prompt], max_new_tokens: int, stop: str | None
    ) -> list[str | NoAnswer]:
        """The most probable label of each text."""
        rows = self._log_probs([_prompt_text(prompt) for prompt in prompts])
        return [self._labels[int(row.argmax())] for row in rows]

    def _label_index(self, label: Text) -> int:
        if isinstance(label, str) and label.strip() in self._labels:
            return self._labels.index(label.strip())
        suggestion = did_you_mean(label, self._labels) if isinstance(label, str) else ""
        raise ModelError(f"this model has {len(self._labels)} labels and not {label!r}{suggestion}")


def _prompt_text(prompt: Prompt) -> str:
    text = require_text(prompt)
    if isinstance(text, str):
        return text
    raise DataError("this model reads text, not token ids")
