"""Asks a masked encoder of `transformers`, in words: each token in turn is hidden and guessed.

The log-probability of a continuation is its pseudo-log-likelihood: the sum, over its tokens, of the
log-probability of the token at its hidden place, given all the others on both sides (Salazar et al.
2020, arXiv 1910.14659). Such numbers compare texts under one model; they are no probabilities of
texts, and not to be held against those of a causal model. What is said word by word has a reason
instead of an answer.

Axes: B rows, T tokens, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

import torch

from ..errors import ModelError
from .answering import Prompt, Text, Told, Unanswered, Weighed, text_of
from .packing import batches, padded
from .sharing import GIGABYTE, PASS_TOKENS, Report, tokens_within
from .weighing import NOT_FINITE, Cut, joined, parted
from .words import Words

SAYS_NOTHING = Unanswered("a masked encoder fills in what is hidden and does not go on writing")

Row = tuple[list[int], range, int]
"""Ids with their specials, the places that are asked about, and how many ids were cut off."""


class MaskedAnswerer:
    """Answers with a masked encoder in eval mode.

    Has the methods of `Answerer` and `Weighing`. `context` is the largest number of tokens that
    the network reads at once, specials among them; `memory` the bytes it may use besides its
    weights. Raises ModelError where the tokenizer has nothing to hide a token with.
    """

    def __init__(
        self,
        network: Any,
        tokenizer: Words,
        context: int,
        *,
        cut: Cut = "left",
        memory: int = GIGABYTE,
        report: Report | None = None,
    ) -> None:
        if tokenizer.mask is None:
            raise ModelError("a masked encoder is asked with a mask token; its tokenizer has none")
        self.network = network
        self.tokenizer = tokenizer
        self.context = context
        self.cut = cut
        self.report = report
        self.hidden = tokenizer.mask
        self.before, self.behind = tokenizer.around
        self.room = context - len(self.before) - len(self.behind)
        self.limit = min(PASS_TOKENS, tokens_within(memory, network.config, 0))

    def weigh(self, pairs: Sequence[tuple[Text, Text]]) -> list[Weighed | Unanswered]:
        """For each pair, the numbers of every token of the continuation, or a reason."""
        rows = [self._row(*self._ids(*parted(*pair))) for pair in pairs]
        return self._weighed(rows)

    def roll(self, texts: Sequence[str]) -> list[Weighed | Unanswered]:
        """For each text, all its tokens, in windows as long as the context, or a reason."""
        windows = [self._windows(self.tokenizer.encode(text)) for text in texts]
        found = iter(self._weighed([row for each in windows for row in each]))
        return [joined([next(found) for _ in each]) for each in windows]

    def tell(
        self, prompts: Sequence[Text], tokens: int, stops: Sequence[str]
    ) -> list[Told | Unanswered]:
        """A reason for each prompt."""
        return [SAYS_NOTHING for _ in prompts]

    def logprobs(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[list[float] | Unanswered]:
        """For each pair one number a token of the continuation, or a reason."""
        found = self.weigh([(text_of(prompt), continuation) for prompt, continuation in pairs])
        return [x if isinstance(x, Unanswered) else list(x.logprobs) for x in found]

    def say(
        self, prompts: Sequence[Prompt], tokens: int, stop: str | None
    ) -> list[str | Unanswered]:
        """A reason for each prompt."""
        return [SAYS_NOTHING for _ in prompts]

    def _ids(self, prompt: Text, continuation: Text) -> tuple[list[int], list[int]]:
        """Encoded together where both are words, as the model met them in training."""
        encode = self.tokenizer.encode
        start = encode(prompt) if isinstance(prompt, str) else list(prompt)
        if not isinstance(continuation, str):
            return start, list(continuation)
        if not isinstance(prompt, str):
            return start, encode(continuation)
        return start, encode(prompt + continuation)[len(start) :]

    def _row(self, prompt: list[int], rest: list[int]) -> Row | Unanswered:
        if not rest:
            return Unanswered("the continuation has no token of its own")
        if len(rest) > self.room:
            return Unanswered(
                f"the continuation has {len(rest)} tokens; the model reads {self.room}"
            )
        over = max(0, len(prompt) + len(rest) - self.room)
        if over and self.cut == "never":
            return Unanswered(
                f"needs a context of {self.context + over} tokens; the model has {self.context}"
            )
        kept = prompt[over:] if self.cut == "left" else prompt[: len(prompt) - over]
        first = len(self.before) + len(kept)
        ids = [*self.before, *kept, *rest, *self.behind]
        return ids, range(first, first + len(rest)), over

    def _windows(self, ids: list[int]) -> list[Row | Unanswered]:
        """Every token once; the last window reaches back, so that it is as long as the others."""
        if not ids:
            return [Unanswered("the text is empty")]
        rows: list[Row | Unanswered] = []
        for begin in range(0, len(ids), self.room):
            end = min(begin + self.room, len(ids))
            start = max(0, end - self.room)
            rows.append(self._row(ids[start:begin], ids[begin:end]))
        return rows

    def _weighed(self, rows: Sequence[Row | Unanswered]) -> list[Weighed | Unanswered]:
        asked = [
            (ids, place) for row in rows if not isinstance(row, Unanswered)
            for ids, places, _ in [row] for place in places
        ]  # fmt: skip
        found = iter(self._read(asked))
        return [
            row if isinstance(row, Unanswered) else _joined([next(found) for _ in row[1]], row[2])
            for row in rows
        ]

    def _read(self, asked: Sequence[tuple[list[int], int]]) -> list[tuple[float, bool]]:
        """Of each token that is hidden, its log-probability, and whether it is the likeliest."""
        heard: dict[int, tuple[float, bool]] = {}
        for batch in batches([len(ids) for ids, _ in asked], self.limit):
            heard |= dict(zip(batch, self._pass([asked[each] for each in batch]), strict=True))
            if self.report:
                self.report(len(heard), len(asked))
        return [heard[place] for place in range(len(asked))]

    def _pass(self, asked: Sequence[tuple[list[int], int]]) -> list[tuple[float, bool]]:
        hidden = [[*ids[:place], self.hidden, *ids[place + 1 :]] for ids, place in asked]
        row_B, place_B = torch.arange(len(asked)), torch.tensor([place for _, place in asked])
        token_B = torch.tensor([ids[place] for ids, place in asked])
        there_BT = padded([[1] * len(ids) for ids in hidden])
        with torch.inference_mode():
            logits_BTV = self.network(input_ids=padded(hidden), attention_mask=there_BT).logits
        logits_BV = logits_BTV[row_B, place_B].float()
        chosen_B = logits_BV.log_softmax(-1)[row_B, token_B]
        likeliest_B = logits_BV.argmax(-1) == token_B
        return list(zip(chosen_B.tolist(), likeliest_B.tolist(), strict=True))


def _joined(heard: Sequence[tuple[float, bool]], dropped: int) -> Weighed | Unanswered:
    logprobs, likeliest = zip(*heard, strict=True)
    return Weighed(logprobs, likeliest, dropped) if all(map(isfinite, logprobs)) else NOT_FINITE
