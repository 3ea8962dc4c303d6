"""The ruler: a family without weights, whose ability at every scale is planted.

A toy reads questions such as `step 17, repeat 42817: `. Its log-odds of the correct digit over the
wrong ones depend on its scale as the plant named in the question says:

- `step`: they jump by `jump` at `STEP_SCALE`, so every metric jumps. Real emergence.
- `slope`: they rise by `rise` per decade from `SLOPE_START` and pass those of a distractor on the
  way. All probabilities change smoothly, and yet the most probable digit changes suddenly: a jump
  made by the metric (Schaeffer et al. 2023, arXiv 2304.15004).
- `flat`: they do not change.
- `dip`: they are high at both ends of the ladder and lower by `dip` in the middle. U-shaped.

`hparams={"params": 1e6, "jump": 0.0}` removes a plant, and a judge must then find nothing. To any
other question every byte is equally probable, as for an untrained model.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Sequence

import numpy
from numpy.typing import NDArray

from ...errors import ModelError, SpecError
from ...records import ModelSpec
from ..protocols import LM, NoAnswer, Prompt, Text
from ..size import ModelSize

DEFAULT_HPARAMS = {"jump": 5.0, "rise": 1.5, "dip": 4.0}
"""Sizes of the plants, in nats of log-odds. The other hyperparameter is `params`, the scale."""

STEP_SCALE = 1e7
"""Parameters at the step, and at the bottom of the dip."""

SLOPE_START = 1e5
"""Parameters at which the slope has log-odds 0; by default it passes the distractor at 1e7."""

FULL_SKILL_TOKENS = 1_000_000
"""Training tokens for the full skill of a size; with fewer the skill is proportionally less."""

DISTRACTOR_LOGIT = 3.0
"""Log-odds of the distractor (the correct digit plus one) over the eight other wrong digits."""

ITEM_NOISE, SEED_NOISE, DIGIT_NOISE = 0.2, 0.1, 0.1
"""Standard deviations in nats: between items, between training runs, between digits."""

DIGITS = "0123456789"

_QUESTION = re.compile(r"(step|slope|flat|dip) (\d+), repeat (\d+): $")
_UNIFORM_BYTE_LOGPROB = -math.log(256)


def render_question(plant: str, number: int, digits: str) -> str:
    """The planted question; `digits` are its correct answer."""
    return f"{plant} {number}, repeat {digits}: "


def count(spec: ModelSpec, context: int) -> ModelSize:
    """The planted scale. A toy computes nothing and stores nothing."""
    _check_hparams(spec)
    return ModelSize(params=int(spec.hparams["params"]), flops_per_token=0.0, bytes=0)


def build_lm(spec: ModelSpec, seed: int, tokens: int | None = None) -> ToyLM:
    """A toy after `tokens` training tokens; None is enough for its full skill.

    Raises SpecError for a missing, unknown or wrong hyperparameter.
    """
    _check_hparams(spec)
    skill_fraction = 1.0 if tokens is None else min(1.0, tokens / FULL_SKILL_TOKENS)
    return ToyLM({name: float(value) for name, value in spec.hparams.items()}, seed, skill_fraction)


class ToyLM(LM):
    """Answers planted questions with the planted skill. A token is a character."""

    def __init__(self, hparams: dict[str, float], seed: int, skill_fraction: float) -> None:
        self.hparams = DEFAULT_HPARAMS | hparams
        self.seed = seed
        self.skill_fraction = skill_fraction

    def token_logprobs(self, pairs: Sequence[tuple[Prompt, Text]]) -> list[list[float] | NoAnswer]:
        """One natural log-probability per character of each continuation."""
        texts = [
            (_require_text(prompt), _require_text(continuation)) for prompt, continuation in pairs
        ]
        known = {prompt: self._digit_logprobs(prompt) for prompt in {prompt for prompt, _ in texts}}
        return [_logprobs(known[prompt], continuation) for prompt, continuation in texts]

    def generate(
        self, prompts: Sequence[Prompt], max_new_tokens: int, stop: str | None
    ) -> list[str | NoAnswer]:
        """The most probable digits for a planted question; "" for any other."""
        argmax_digits = [
            self._digit_logprobs(_require_text(prompt)).argmax(-1)[:max_new_tokens]
            for prompt in prompts
        ]
        return ["".join(map(str, digits)) for digits in argmax_digits]

    def _digit_logprobs(self, prompt: str) -> NDArray[numpy.float64]:
        """Natural log-probability [positions, 10] of each digit; empty if nothing is planted."""
        if (match := _QUESTION.search(prompt)) is None:
            return numpy.empty((0, 10))
        plant, number, target_digits = match[1], match[2], [int(digit) for digit in match[3]]
        logits = DIGIT_NOISE * self._make_rng("digits", plant, number).normal(
            size=(len(target_digits), 10)
        )
        skill = self._skill(plant, number)
        for index, digit in enumerate(target_digits):
            logits[index, digit] += skill
            logits[index, (digit + 1) % 10] += self.skill_fraction * DISTRACTOR_LOGIT
        return logits - numpy.logaddexp.reduce(logits, -1, keepdims=True)

    def _skill(self, plant: str, number: str) -> float:
        """Log-odds of the correct digit over any of the eight wrong ones but the distractor."""
        noise = ITEM_NOISE * _make_rng("item", plant, number).normal()
        noise += SEED_NOISE * self._make_rng("training", plant).normal()
        return self.skill_fraction * (_planted_skill(plant, self.hparams) + noise)

    def _make_rng(self, *purpose: str) -> numpy.random.Generator:
        return _make_rng(*purpose, repr(self.seed), repr(sorted(self.hparams.items())))


def _planted_skill(plant: str, hparams: dict[str, float]) -> float:
    scale = hparams["params"]
    if plant == "step":
        return 0.5 + hparams["jump"] * (scale >= STEP_SCALE)
    if plant == "slope":
        return hparams["rise"] * math.log10(scale / SLOPE_START)
    if plant == "dip":
        return 5.0 - hparams["dip"] * max(0.0, 1 - (math.log10(scale / STEP_SCALE) / 2) ** 2)
    return 1.5


def _require_text(text: Prompt) -> str:
    if isinstance(text, str):
        return text
    raise ModelError("a toy reads strings, not token ids; evaluate it on a planted ability")


def _logprobs(digits: NDArray[numpy.float64], continuation: str) -> list[float] | NoAnswer:
    return [
        float(digits[index, int(letter)])
        if index < len(digits) and letter in DIGITS
        else _UNIFORM_BYTE_LOGPROB
        for index, letter in enumerate(continuation)
    ]


def _make_rng(*purpose: str) -> numpy.random.Generator:
    """The same generator for the same purpose, on any machine."""
    digest = hashlib.sha256("|".join(purpose).encode()).digest()
    return numpy.random.default_rng(int.from_bytes(digest[:8]))


def _check_hparams(spec: ModelSpec) -> None:
    known = ["params", *DEFAULT_HPARAMS]
    unknown = sorted(set(spec.hparams) - set(known))
    if unknown:
        raise SpecError(
            f"family {spec.family!r} has no hyperparameter {unknown[0]!r}; it has "
            f"{', '.join(known)}"
        )
    params = spec.hparams.get("params")
    if not isinstance(params, int | float) or params <= 0:
        raise SpecError(
            f"family {spec.family!r} needs its scale, e.g. {{'params': 1e6}}, found {params!r}"
        )
