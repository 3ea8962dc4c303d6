"""Asks a `transformers` encoder-decoder, in words: one half reads the prompt, the other writes.

How words become tokens follows lm-eval-harness 0.4.13 and its seq2seq models: blanks at the end of
a prompt go with the continuation, the prompt gets the specials of its tokenizer, the continuation
gets none. A prompt that several continuations follow is read once. A text without a prompt has no
probability here, which is told as a reason.

Axes: B rows, S tokens of the prompt, T tokens of the continuation, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import (
    LogitsProcessor,
    LogitsProcessorList,
    StoppingCriteria,
    StoppingCriteriaList,
)

from .answering import Prompt, Text, Told, Unanswered, Weighed, text_of
from .packing import batches
from .sharing import GIGABYTE, PASS_TOKENS, Report, tokens_within
from .weighing import NOT_FINITE, Cut, parted
from .words import Words

NO_PROMPT = Unanswered("an encoder-decoder gives a text no probability without a prompt before it")

TOGETHER = 16
"""Most continuations of a prompt in a pass."""

GREEDY: Mapping[str, Any] = {
    "do_sample": False,
    "num_beams": 1,
    "min_length": 0,
    "no_repeat_ngram_size": 0,
    "repetition_penalty": 1.0,
}
"""The most probable token, whatever a folder's own settings for generation prefer."""

Pair = tuple[tuple[int, ...], list[int], int]
"""Ids of the prompt, of its continuation, and how many ids were cut off the prompt."""


class SequenceAnswerer:
    """Answers with an encoder-decoder in eval mode.

    Has the methods of `Answerer` and `Weighing`. `context` is the largest number of tokens of a
    prompt, and of a continuation; `memory` the bytes it may use besides its weights.
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
        self.network = network
        self.tokenizer = tokenizer
        self.context = context
        self.cut = cut
        self.report = report
        self.limit = min(PASS_TOKENS, tokens_within(memory, network.config, 0))

    def weigh(self, pairs: Sequence[tuple[Text, Text]]) -> list[Weighed | Unanswered]:
        """For each pair, the numbers of every token of the continuation, or a reason."""
        rows = [self._row(*pair) for pair in pairs]
        asked = [row for row in rows if not isinstance(row, Unanswered)]
        found = iter(self._read(asked))
        return [row if isinstance(row, Unanswered) else next(found) for row in rows]

    def roll(self, texts: Sequence[str]) -> list[Weighed | Unanswered]:
        """A reason for each text: nothing stands before it that the encoder could read."""
        return [NO_PROMPT for _ in texts]

    def tell(
        self, prompts: Sequence[Text], tokens: int, stops: Sequence[str]
    ) -> list[Told | Unanswered]:
        """Greedy text up to the first of `stops`, which is cut off, or a reason."""
        starts = [self._start(prompt) for prompt in prompts]
        asked = [start[0] for start in starts if not isinstance(start, Unanswered)]
        said = iter(self._spoken(asked, tokens, [stop for stop in stops if stop]))
        return [
            start if isinstance(start, Unanswered) else _told(next(said), stops, start[1])
            for start in starts
        ]

    def logprobs(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[list[float] | Unanswered]:
        """For each pair one natural log-probability a token of the continuation, or a reason."""
        found = self.weigh([(text_of(prompt), continuation) for prompt, continuation in pairs])
        return [x if isinstance(x, Unanswered) else list(x.logprobs) for x in found]

    def say(
        self, prompts: Sequence[Prompt], tokens: int, stop: str | None
    ) -> list[str | Unanswered]:
        """Greedy text up to `stop`, which is cut off."""
        told = self.tell([text_of(prompt) for prompt in prompts], tokens, [stop] if stop else [])
        return [x if isinstance(x, Unanswered) else x.text for x in told]

    def _row(self, prompt: Text, continuation: Text) -> Pair | Unanswered:
        prompt, continuation = parted(prompt, continuation)
        rest = self._ids(continuation)
        start = self._start(prompt)
        if isinstance(start, Unanswered):
            return start
        if not rest:
            return Unanswered("the continuation has no token of its own")
        if len(rest) > self.context:
            return Unanswered(
                f"the continuation has {len(rest)} tokens; the model reads {self.context}"
            )
        return start[0], rest, start[1]

    def _start(self, prompt: Text) -> tuple[tuple[int, ...], int] | Unanswered:
        """Ids for the encoder, and how many were cut off; an empty prompt is an empty text."""
        if isinstance(prompt, str):
            first = self.tokenizer.prefix
            empty = [] if first is None else [first]
            ids = self.tokenizer.encode_all([prompt])[0] if prompt else empty
        else:
            ids = list(prompt)
        if not ids:
            return Unanswered("the prompt is empty and the tokenizer has no first token")
        over = len(ids) - self.context
        if over <= 0:
            return tuple(ids), 0
        if self.cut == "never":
            return Unanswered(f"needs a context of {len(ids)} tokens; the model has {self.context}")
        return tuple(ids[over:] if self.cut == "left" else ids[:-over]), over

    def _ids(self, text: Text) -> list[int]:
        return self.tokenizer.encode(text) if isinstance(text, str) else list(text)

    def _read(self, rows: Sequence[Pair]) -> list[Weighed | Unanswered]:
        found: dict[int, Weighed | Unanswered] = {}
        groups = _groups(rows)
        lengths = [len(group) * max(sum(map(len, rows[each][:2])) for each in group)
                   for group in groups]  # fmt: skip
        for batch in batches(lengths, self.limit):
            places = [place for each in batch for place in groups[each]]
            owner = [n for n, each in enumerate(batch) for _ in groups[each]]
            prompts = [rows[groups[each][0]][0] for each in batch]
            heard = self._pass(prompts, owner, [rows[place] for place in places])
            found |= dict(zip(places, heard, strict=True))
            if self.report:
                self.report(len(found), len(rows))
        return [found[place] for place in range(len(rows))]

    def _pass(
        self, prompts: Sequence[Sequence[int]], owner: Sequence[int], rows: Sequence[Pair]
    ) -> Iterator[Weighed | Unanswered]:
        """One reading of each prompt, and of every continuation after the prompt it belongs to."""
        tokens_BS, looked_BS = self._padded(prompts)
        label_BT, there_BT = self._padded([rest for _, rest, _ in rows])
        with torch.inference_mode():
            read = self.network.get_encoder()(input_ids=tokens_BS, attention_mask=looked_BS)
            logits_BTV = self.network(
                encoder_outputs=(read.last_hidden_state[owner],),
                attention_mask=looked_BS[owner],
                labels=label_BT,
            ).logits.float()
        chosen_BT = logits_BTV.log_softmax(-1).gather(-1, label_BT[:, :, None])[:, :, 0]
        likeliest_BT = logits_BTV.argmax(-1) == label_BT
        for row, (_, _, dropped) in enumerate(rows):
            many = int(there_BT[row].sum())
            numbers = chosen_BT[row, :many]
            if not numbers.isfinite().all():
                yield NOT_FINITE
            else:
                likeliest = tuple(likeliest_BT[row, :many].tolist())
                yield Weighed(tuple(numbers.tolist()), likeliest, dropped)

    def _spoken(
        self, prompts: Sequence[Sequence[int]], tokens: int, stops: Sequence[str]
    ) -> list[str | None]:
        """What follows each prompt, or None for numbers that are not finite."""
        said: dict[int, str | None] = {}
        for batch in batches([len(prompt) + tokens for prompt in prompts], self.limit):
            tokens_BS, looked_BS = self._padded([prompts[place] for place in batch])
            watch = _Watch(len(batch))
            made_BT = self.network.generate(
                tokens_BS,
                attention_mask=looked_BS,
                logits_processor=LogitsProcessorList([watch]),
                stopping_criteria=StoppingCriteriaList([_Stop(self.tokenizer, stops)]),
                max_new_tokens=tokens,
                pad_token_id=self.tokenizer.pad,
                **GREEDY,
            )
            for place, ids, broken in zip(batch, made_BT.tolist(), watch.broken, strict=True):
                said[place] = None if broken else self.tokenizer.decode(ids)
        return [said[place] for place in range(len(prompts))]

    def _padded(self, rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """Tokens [B, T], and 1 where there is a token."""
        longest = max(map(len, rows))
        tokens = [[*row, *[self.tokenizer.pad] * (longest - len(row))] for row in rows]
        looked = [[1] * len(row) + [0] * (longest - len(row)) for row in rows]
        return torch.tensor(tokens), torch.tensor(looked)


class _Watch(LogitsProcessor):
    """Notes which rows met numbers that are not finite."""

    def __init__(self, rows: int) -> None:
        self.broken = [False] * rows

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        found = scores.isnan().any(-1).tolist()
        self.broken = [a or b for a, b in zip(self.broken, found, strict=True)]
        return scores


class _Stop(StoppingCriteria):
    """Ends a row whose text has one of the stops."""

    def __init__(self, tokenizer: Words, stops: Sequence[str]) -> None:
        self.tokenizer, self.stops = tokenizer, stops

    def __call__(self, input_ids: Tensor, scores: Tensor, **kwargs: Any) -> Tensor:
        texts = [self.tokenizer.decode(ids) for ids in input_ids.tolist()] if self.stops else []
        over = [any(stop in text for stop in self.stops) for text in texts]
        return torch.tensor(over or [False] * len(input_ids))


def _groups(rows: Sequence[Pair]) -> list[list[int]]:
    """Places of rows that have the same prompt, at most TOGETHER at a time."""
    sharing: dict[tuple[int, ...], list[int]] = {}
    for place, (prompt, _, _) in enumerate(rows):
        sharing.setdefault(prompt, []).append(place)
    return [
        places[first : first + TOGETHER]
        for places in sharing.values()
        for first in range(0, len(places), TOGETHER)
    ]


def _told(text: str | None, stops: Sequence[str], dropped: int) -> Told | Unanswered:
    if text is None:
        return NOT_FINITE
    for stop in stops:
        text = text.partition(stop)[0] if stop else text
    return Told(text, dropped)
