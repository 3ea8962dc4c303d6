"""The ruler: a family without weights, whose ability at every scale is planted.

A toy reads questions such as `step 17, repeat 42817: ` and is as good at them as the plant
named in the question allows at its scale:

- `step`: at `STEP_AT` the log-odds of the right digit jump by the dial `jump`, so that every
  metric jumps. Real emergence.
- `slope`: from `SLOPE_FROM` on they rise evenly, by `rise` a decade, and on the way pass those
  of a tempting wrong digit. All probabilities change smoothly and yet the likeliest digit
  changes suddenly: a jump made by the metric (Schaeffer et al. 2023, arXiv 2304.15004).
- `flat`: nothing changes.
- `dip`: good at both ends of the ladder, worse by `dip` in its middle. U-shaped.

`size={"params": 1e6, "jump": 0.0}` takes a plant away; whoever judges must then find nothing.
Questions that are not planted get what an untrained model would say: any byte.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Sequence

import numpy
from numpy.typing import NDArray

from ..errors import ModelError, SpecError
from ..records import ModelSpec
from .answering import Prompt, Text, Unanswered
from .size import Size

DIALS = {"jump": 5.0, "rise": 1.5, "dip": 4.0}
"""How much is planted, in nats of log-odds. The other dial is `params`, the scale."""

STEP_AT = 1e7
"""Scale of the step, and of the bottom of the dip."""

SLOPE_FROM = 1e5
"""Scale at which the slope has no skill; it passes the temptation at 1e7 if not changed."""

LEARNT = 1_000_000
"""Training tokens that bring out all the skill of a size; with fewer it is less in proportion."""

TEMPTING = 3.0
"""Log-odds of the tempting wrong digit (the right one and one) over the eight others."""

ITEM_NOISE, SEED_NOISE, DIGIT_NOISE = 0.2, 0.1, 0.1
"""Standard deviations in nats: between items, between trainings, between single digits."""

DIGITS = "0123456789"

_QUESTION = re.compile(r"(step|slope|flat|dip) (\d+), repeat (\d+): $")
_ANY_BYTE = -math.log(256)


def question(plant: str, number: int, digits: str) -> str:
    """The planted question; `digits` are the right answer."""
    return f"{plant} {number}, repeat {digits}: "


def count(spec: ModelSpec, context: int) -> Size:
    """The planted scale. A toy computes nothing and stores nothing."""
    _check(spec)
    return Size(params=int(spec.size["params"]), flops_per_token=0.0, bytes=0)


def answerer(spec: ModelSpec, seed: int, tokens: int | None = None) -> ToyAnswerer:
    """A toy after so much training; None is all that it needs. Raises SpecError on bad dials."""
    _check(spec)
    learnt = 1.0 if tokens is None else min(1.0, tokens / LEARNT)
    return ToyAnswerer({name: float(value) for name, value in spec.size.items()}, seed, learnt)


class ToyAnswerer:
    """Answers planted questions as well as was planted. A token is a character."""

    tokenizer = None

    def __init__(self, size: dict[str, float], seed: int, learnt: float) -> None:
        self.size = DIALS | size
        self.seed = seed
        self.learnt = learnt

    def logprobs(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[list[float] | Unanswered]:
        """For each pair one natural log-probability a character of the continuation."""
        words = [(_words(prompt), _words(continuation)) for prompt, continuation in pairs]
        known = {prompt: self._digits(prompt) for prompt in {prompt for prompt, _ in words}}
        return [_logprobs(known[prompt], continuation) for prompt, continuation in words]

    def say(
        self, prompts: Sequence[Prompt], tokens: int, stop: str | None
    ) -> list[str | Unanswered]:
        """The likeliest digits of a planted question; nothing for any other."""
        likeliest = [self._digits(_words(prompt)).argmax(-1)[:tokens] for prompt in prompts]
        return ["".join(map(str, digits)) for digits in likeliest]

    def _digits(self, prompt: str) -> NDArray[numpy.float64]:
        """Natural log-probability [places, 10] of each digit; no places if nothing is planted."""
        if (found := _QUESTION.search(prompt)) is None:
            return numpy.empty((0, 10))
        plant, number, right = found[1], found[2], [int(digit) for digit in found[3]]
        logits = DIGIT_NOISE * self._dice("digits", plant, number).normal(size=(len(right), 10))
        skill = self._skill(plant, number)
        for place, digit in enumerate(right):
            logits[place, digit] += skill
            logits[place, (digit + 1) % 10] += self.learnt * TEMPTING
        return logits - numpy.logaddexp.reduce(logits, -1, keepdims=True)

    def _skill(self, plant: str, number: str) -> float:
        """Log-odds of the right digit over any of the eight plain wrong ones."""
        luck = ITEM_NOISE * _dice("item", plant, number).normal()
        luck += SEED_NOISE * self._dice("training", plant).normal()
        return self.learnt * (_planted(plant, self.size) + luck)

    def _dice(self, *purpose: str) -> numpy.random.Generator:
        return _dice(*purpose, repr(self.seed), repr(sorted(self.size.items())))


def _planted(plant: str, size: dict[str, float]) -> float:
    scale = size["params"]
    if plant == "step":
        return 0.5 + size["jump"] * (scale >= STEP_AT)
    if plant == "slope":
        return size["rise"] * math.log10(scale / SLOPE_FROM)
    if plant == "dip":
        return 5.0 - size["dip"] * max(0.0, 1 - (math.log10(scale / STEP_AT) / 2) ** 2)
    return 1.5


def _words(text: Prompt) -> str:
    if isinstance(text, str):
        return text
    raise ModelError("a toy reads words, not token ids; ask it a planted ability")


def _logprobs(digits: NDArray[numpy.float64], continuation: str) -> list[float] | Unanswered:
    return [
        float(digits[place, int(letter)]) if place < len(digits) and letter in DIGITS else _ANY_BYTE
        for place, letter in enumerate(continuation)
    ]


def _dice(*purpose: str) -> numpy.random.Generator:
    """Always the same dice for the same purpose, on any machine."""
    digest = hashlib.sha256("|".join(purpose).encode()).digest()
    return numpy.random.default_rng(int.from_bytes(digest[:8]))


def _check(spec: ModelSpec) -> None:
    known = ["params", *DIALS]
    strange = sorted(set(spec.size) - set(known))
    if strange:
        raise SpecError(f"a toy has no dial {strange[0]!r}; its dials are {', '.join(known)}")
    params = spec.size.get("params")
    if not isinstance(params, int | float) or params <= 0:
        raise SpecError(f"a toy needs its planted scale, e.g. {{'params': 1e6}}, not {params!r}")
