"""Questions that a rule generates, each after solved questions of the same rule.

A question is a line `question=answer`, so that 0 to k examples differ in number only. Wrong
choices are as long as the correct one where possible, because a longer text is less probable.
The questions are the same on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy

from ...errors import SpecError
from ...models.protocols import LM
from ...records import Answer
from .. import chance_level
from ..base import Ability, Bounds
from ..item import Item

NUM_CHOICES = 4
STOP = "\n"

MAX_ATTEMPTS = 1000
"""Draws after which a rule that repeats itself raises an error."""

Rng: TypeAlias = numpy.random.Generator


@dataclass(frozen=True)
class GeneratedQuestion:
    """A question, its answer, and plausible wrong answers."""

    question: str
    answer: str
    distractors: tuple[str, ...]


QuestionGenerator: TypeAlias = Callable[[Rng], GeneratedQuestion]


@dataclass(frozen=True)
class GeneratedAbility(Ability):
    """Questions of one rule, no question twice, each after `shots` other questions.

    Fewer examples are the first of many.
    """

    seed_name: str
    """Seeds the random generator. It stays the same if the ability is renamed."""

    generate: QuestionGenerator

    num_items = 100
    max_shots = 32
    metrics = (
        "exact_match",
        "token_edit_distance",
        "accuracy",
        "log_probability",
        "choice_probability",
        "brier",
    )

    def items(self, shots: int, lm: LM) -> list[Item]:
        """The questions, after `shots` solved ones."""
        questions = _distinct_questions(self.generate, self._rng(0), self.num_items, {})
        excluded = dict.fromkeys(entry.question for entry in questions)
        return [
            Item(
                id=f"{index:03d}",
                prompt=self._examples(index, shots, excluded) + entry.question + "=",
                target=entry.answer,
                choices=(entry.answer, *entry.distractors),
                max_new_tokens=len(entry.answer.encode()) + 2,
                stop=STOP,
            )
            for index, entry in enumerate(questions)
        ]

    def bounds(self, metric: str, answers: Sequence[Answer]) -> Bounds:
        """Chance and ceiling for the number of choices of the answers."""
        num_choices = len(answers[0].choices) if answers else NUM_CHOICES
        return chance_level.bounds(metric, num_choices)

    def _examples(self, index: int, shots: int, excluded: dict[str, None]) -> str:
        """Solved questions that are not among the items."""
        examples = _distinct_questions(self.generate, self._rng(1 + index), shots, excluded)
        return "".join(f"{example.question}={example.answer}{STOP}" for example in examples)

    def _rng(self, stream: int) -> Rng:
        return numpy.random.default_rng([*self.seed_name.encode(), stream])


def corrupt_one_letter(answer: str, rng: Rng, letters: str) -> tuple[str, ...]:
    """Wrong answers that differ from the correct one in one letter of `letters`.

    Raises SpecError if there are too few of them.
    """
    indices = [index for index, letter in enumerate(answer) if letter in letters]
    distractors: dict[str, None] = {}
    for _ in range(MAX_ATTEMPTS):
        index = int(rng.choice(indices))
        candidate = answer[:index] + str(rng.choice(list(letters))) + answer[index + 1 :]
        if candidate != answer:
            distractors[candidate] = None
        if len(distractors) == NUM_CHOICES - 1:
            return tuple(distractors)
    raise SpecError(f"{answer!r} has too few neighbors in {letters!r}; use more letters")


def _distinct_questions(
    generate: QuestionGenerator, rng: Rng, count: int, excluded: dict[str, None]
) -> list[GeneratedQuestion]:
    questions: list[GeneratedQuestion] = []
    seen = set(excluded)
    for _ in range(MAX_ATTEMPTS + 10 * count):
        if len(questions) == count:
            return questions
        candidate = generate(rng)
        if candidate.question not in seen:
            seen.add(candidate.question)
            questions.append(candidate)
    raise SpecError(f"the rule gave {len(questions)} different questions, and {count} are needed")
