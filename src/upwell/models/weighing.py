"""Asks a `transformers` causal network, in words, as other harnesses do.

How words become tokens follows lm-eval-harness 0.4.13, so that numbers can be compared:
blanks at the end of a prompt go with the continuation, prompt and continuation are encoded
together and cut where the prompt ends, an empty prompt is the token that starts a text. What
does not fit into the context is cut off, as told, and counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from math import isfinite
from typing import Any, Literal, TypeAlias

from .answering import Prompt, Text, Told, Unanswered, Weighed, text_of
from .plain import PlainReader
from .sharing import GIGABYTE, Heard, Report, SharedReader, can_share
from .speaking import Speaker
from .words import Words

Cut: TypeAlias = Literal["left", "right", "never"]
"""What goes when a prompt is too long: its beginning, its end, or the question."""

NOT_FINITE = Unanswered("the model's numbers are not finite")

_Row: TypeAlias = "tuple[list[int], int, int] | Unanswered"
"""Ids, where the continuation begins in them, and how many ids were cut off."""


class WeighingAnswerer:
    """Answers with a `transformers` causal network in eval mode.

    Has the methods of `Answerer`, `Guessing` and `Weighing`. `context` is the largest number
    of tokens that the network reads at once, `memory` the bytes it may use besides its weights.
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
        self.shares = can_share(network)
        reader = SharedReader if self.shares else PlainReader
        self._reader: SharedReader | PlainReader = reader(network, memory)
        self._speaker = Speaker(network, _ends(network, tokenizer), self.shares, memory)

    def weigh(self, pairs: Sequence[tuple[Text, Text]]) -> list[Weighed | Unanswered]:
        """For each pair, the numbers of every token of the continuation, or a reason."""
        return self._weighed([self._row(*pair) for pair in self._encoded(pairs)])

    def roll(self, texts: Sequence[str]) -> list[Weighed | Unanswered]:
        """For each text, all its tokens, in windows as long as the context, or a reason."""
        windows = [list(self._windows(ids)) for ids in self.tokenizer.encode_all(texts)]
        found = iter(self._weighed([row for each in windows for row in each]))
        return [joined([next(found) for _ in each]) for each in windows]

    def tell(
        self, prompts: Sequence[Text], tokens: int, stops: Sequence[str]
    ) -> list[Told | Unanswered]:
        """Greedy text up to the first of `stops`, which is cut off, or a reason."""
        return self._told(prompts, tokens, stops, room=tokens)

    def guesses(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[list[int] | Unanswered]:
        """For each pair the likeliest token id at each place of the continuation, or a reason."""
        heard = self._heard([self._row(*pair) for pair in self._encoded(_texts(pairs))])
        return [x if isinstance(x, Unanswered) else x.guesses for x in heard]

    def logprobs(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[list[float] | Unanswered]:
        """For each pair one natural log-probability a token of the continuation, or a reason."""
        return [
            x if isinstance(x, Unanswered) else list(x.logprobs) for x in self.weigh(_texts(pairs))
        ]

    def say(
        self, prompts: Sequence[Prompt], tokens: int, stop: str | None
    ) -> list[str | Unanswered]:
        """Greedy text up to `stop`, which is cut off; shorter where the context ends first."""
        told = self._told(
            [text_of(prompt) for prompt in prompts], tokens, [stop] if stop else [], room=1
        )
        return [x if isinstance(x, Unanswered) else x.text for x in told]

    def _encoded(self, pairs: Sequence[tuple[Text, Text]]) -> Iterator[tuple[list[int], list[int]]]:
        """Ids of prompt and continuation; every text is encoded once."""
        halves = [parted(*pair) for pair in pairs]
        prompts = {a for a, _ in halves if isinstance(a, str) and a}
        wholes = {a + b for a, b in halves if isinstance(a, str) and isinstance(b, str) and a}
        alone = {b for a, b in halves if isinstance(b, str) and not (isinstance(a, str) and a)}
        starting = self.tokenizer.encoded(prompts | wholes, starting=True)
        within = self.tokenizer.encoded(alone, starting=False)
        for prompt, continuation in halves:
            if not isinstance(prompt, str):
                yield list(prompt), _ids(continuation, within)
            elif not prompt:
                yield self._from_start(_ids(continuation, within))
            else:
                start = starting[prompt]
                if isinstance(continuation, str):
                    yield start, starting[prompt + continuation][len(start) :]
                else:
                    yield start, list(continuation)

    def _from_start(self, ids: list[int]) -> tuple[list[int], list[int]]:
        """A text from its start: behind the token that begins texts, if there is one."""
        first = self.tokenizer.prefix
        if first is None:
            return [], ids
        return (ids[:1], ids[1:]) if ids[:1] == [first] else ([first], ids)

    def _row(self, prompt: list[int], rest: list[int]) -> _Row:
        if not rest:
            return Unanswered("the continuation has no token of its own")
        if not prompt:
            return Unanswered("the prompt is empty and the tokenizer has no first token")
        if len(rest) > self.context:
            return Unanswered(
                f"the continuation has {len(rest)} tokens; the model reads {self.context}"
            )
        over = len(prompt) + len(rest) - 1 - self.context
        if over <= 0:
            return prompt + rest, len(prompt), 0
        if self.cut == "never":
            return self._too_long(len(prompt) + len(rest) - 1)
        kept = prompt[over:] if self.cut == "left" else prompt[:-over]
        return kept + rest, len(kept), over

    def _heard(self, rows: Sequence[_Row]) -> list[Heard | Unanswered]:
        asked = [row for row in rows if not isinstance(row, Unanswered)]
        found = iter(self._reader.read([(ids, start) for ids, start, _ in asked], self.report))
        return [row if isinstance(row, Unanswered) else _finite(next(found)) for row in rows]

    def _weighed(self, rows: Sequence[_Row]) -> list[Weighed | Unanswered]:
        pairs = zip(rows, self._heard(rows), strict=True)
        return [_weighed(row, heard) for row, heard in pairs]

    def _windows(self, ids: list[int]) -> Iterator[_Row]:
        """Every token once, with as much before it as the context lets stand there, but the
        first of a window, which has one (lm-eval-harness, `get_rolling_token_windows`)."""
        first = self.tokenizer.prefix
        if not ids or first is None:
            yield Unanswered("the text is empty" if not ids else "the tokenizer has no first token")
            return
        yield [first, *ids[: self.context]], 1, 0
        for begin in range(self.context, len(ids), self.context):
            end = min(begin + self.context, len(ids))
            # The last window reaches back, so that it is as long as the others.
            yield ids[end - self.context - 1 : end], begin - (end - self.context - 1), 0

    def _told(
        self, prompts: Sequence[Text], tokens: int, stops: Sequence[str], room: int
    ) -> list[Told | Unanswered]:
        texts = [prompt for prompt in prompts if isinstance(prompt, str)]
        known = self.tokenizer.encoded(set(texts), starting=True)
        starts = [self._start(_ids(prompt, known), room) for prompt in prompts]
        asked = [start for start in starts if not isinstance(start, Unanswered)]
        most = [min(tokens, self.context - len(ids) + 1) for ids, _ in asked]
        finished = _stopping(self.tokenizer.decode, stops)
        said = iter(self._speaker.speak([ids for ids, _ in asked], most, finished))
        return [
            start if isinstance(start, Unanswered) else self._said(next(said), stops, start[1])
            for start in starts
        ]

    def _start(self, ids: list[int], room: int) -> tuple[list[int], int] | Unanswered:
        """The prompt, with room for so many tokens after it, and what was cut off."""
        if not ids and self.tokenizer.prefix is not None:
            ids = [self.tokenizer.prefix]
        if not ids:
            return Unanswered("the prompt is empty and the tokenizer has no first token")
        kept = self.context - room + (1 if room == 1 else 0)
        if kept < 1:
            return Unanswered(f"{room} tokens are to be said; the model reads {self.context}")
        if len(ids) <= kept:
            return ids, 0
        if self.cut == "never":
            return self._too_long(len(ids))
        return (ids[-kept:] if self.cut == "left" else ids[:kept]), len(ids) - kept

    def _said(self, ids: list[int] | None, stops: Sequence[str], dropped: int) -> Told | Unanswered:
        if ids is None:
            return NOT_FINITE
        text = self.tokenizer.decode(ids)
        for stop in stops:
            text = text.partition(stop)[0] if stop else text
        return Told(text, dropped)

    def _too_long(self, tokens: int) -> Unanswered:
        return Unanswered(f"needs a context of {tokens} tokens; the model has {self.context}")


def _texts(pairs: Sequence[tuple[Prompt, Text]]) -> list[tuple[Text, Text]]:
    return [(text_of(prompt), continuation) for prompt, continuation in pairs]


def parted(prompt: Text, continuation: Text) -> tuple[Text, Text]:
    """Blanks at the end of a prompt belong to the first token of the continuation."""
    if isinstance(prompt, str) and isinstance(continuation, str):
        kept = prompt.rstrip()
        return kept, prompt[len(kept) :] + continuation
    return prompt, continuation


def _ids(text: Text, encoded: dict[str, list[int]]) -> list[int]:
    return encoded[text] if isinstance(text, str) else list(text)


def _finite(heard: Heard) -> Heard | Unanswered:
    return heard if all(map(isfinite, heard.logprobs)) else NOT_FINITE


def _weighed(row: _Row, heard: Heard | Unanswered) -> Weighed | Unanswered:
    if isinstance(row, Unanswered):
        return row
    if isinstance(heard, Unanswered):
        return heard
    ids, start, dropped = row
    likeliest = (guess == token for guess, token in zip(heard.guesses, ids[start:], strict=True))
    return Weighed(tuple(heard.logprobs), tuple(likeliest), dropped)


def joined(parts: Iterable[Weighed | Unanswered]) -> Weighed | Unanswered:
    """The windows of a text as one."""
    found: list[Weighed] = []
    for part in parts:
        if isinstance(part, Unanswered):
            return part
        found.append(part)
    return Weighed(
        tuple(chain.from_iterable(each.logprobs for each in found)),
        tuple(chain.from_iterable(each.likeliest for each in found)),
    )


def _stopping(
    decode: Callable[[list[int]], str], stops: Sequence[str]
) -> Callable[[list[int]], bool]:
    wanted = [stop for stop in stops if stop]
    return lambda ids: any(stop in decode(ids) for stop in wanted)


def _ends(network: Any, words: Words) -> set[int]:
    """Ids at which a text is over."""
    told = getattr(network.generation_config, "eos_token_id", None)
    ends = told if isinstance(told, list) else [told]
    return {int(each) for each in ends if each is not None} | words.ends
