"""Choice of the few-shot examples of every row, in one of two ways.

Nested: each draw is an order of all examples for every row (or one for all rows), and k shots are
its first k. So few shots are the beginning of many, and prompts share what is read only once.

As lm-eval-harness 0.4.13: the same examples as it draws, from one stream of random numbers through
all rows, anew for every k.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass

from ...errors import DataError
from .rows import TaskRow
from .task import EvalTask

LM_EVAL_SEED = 1234
"""Default `fewshot_random_seed` of lm-eval-harness."""


@dataclass(frozen=True, kw_only=True)
class FewshotSampling:
    """How few-shot examples are drawn and ordered."""

    draw: int = 0
    """Index of the draw."""

    order: int = 0
    """0 for the order in which they were drawn; others shuffle the same examples."""

    shared: bool = False
    """Whether all rows get the same examples."""

    lm_eval: bool = False
    """Whether to draw the same examples as lm-eval-harness."""

    seed: int | None = None
    """Random seed; None for the default of each way (`LM_EVAL_SEED` as lm-eval)."""


def sample_fewshot(task: EvalTask, shots: int, sampling: FewshotSampling) -> list[list[TaskRow]]:
    """The examples of every row of the task, in the order of the prompt.

    Raises DataError where there are not enough.
    """
    if shots == 0:
        return [[] for _ in task.rows]
    check_enough_examples(task, shots, sampling)
    examples_by_row = (
        _sample_like_lm_eval(task, shots, sampling)
        if sampling.lm_eval
        else _sample_nested(task, shots, sampling)
    )
    return [_reorder(examples, sampling.order) for examples in examples_by_row]


def check_enough_examples(task: EvalTask, shots: int, sampling: FewshotSampling) -> None:
    """Raises DataError where a task has fewer examples than `shots` needs."""
    num_spare = 1 if shots and _excludes_question(task, sampling) else 0
    if shots + num_spare > len(task.examples):
        note = "one more, because a row is never its own example" if num_spare else "more"
        raise DataError(
            f"task {task.name!r} has {len(task.examples)} examples to draw from; "
            f"{shots} shots need {note}"
        )


def _excludes_question(task: EvalTask, sampling: FewshotSampling) -> bool:
    """Whether a row is kept from being its own example."""
    if sampling.lm_eval and task.lm_eval_excludes_question is not None:
        return task.lm_eval_excludes_question
    return task.fewshot_from_test


def _sample_nested(task: EvalTask, shots: int, sampling: FewshotSampling) -> list[list[TaskRow]]:
    if task.fewshot_first_n:
        return [_take_first(task, row, sampling, shots) for row in task.rows]
    orders = [
        _example_order(task, sampling, "" if sampling.shared else task.item_id(index))
        for index in range(len(task.rows))
    ]
    return [
        _take_first(task, row, sampling, shots, order)
        for row, order in zip(task.rows, orders, strict=True)
    ]


def _example_order(task: EvalTask, sampling: FewshotSampling, item: str) -> list[int]:
    text = f"{task.name}\n{sampling.draw}\n{item}"
    if sampling.seed is not None:
        text = f"{sampling.seed}\n{text}"
    seed = hashlib.sha256(text.encode()).digest()
    return random.Random(seed).sample(range(len(task.examples)), len(task.examples))


def _take_first(
    task: EvalTask,
    row: TaskRow,
    sampling: FewshotSampling,
    shots: int,
    order: Sequence[int] | None = None,
) -> list[TaskRow]:
    """The first examples in an order (by default that of the file), without the row itself."""
    excludes_question = _excludes_question(task, sampling)
    taken: list[TaskRow] = []
    for index in range(len(task.examples)) if order is None else order:
        if not (excludes_question and task.examples[index] == row):
            taken.append(task.examples[index])
        if len(taken) == shots:
            return taken
    raise DataError(f"task {task.name!r} has too few examples that differ from the row itself")


def _sample_like_lm_eval(
    task: EvalTask, shots: int, sampling: FewshotSampling
) -> list[list[TaskRow]]:
    """`ContextSampler.sample` and `FirstNSampler.sample` of lm-eval-harness 0.4.13."""
    examples = list(task.examples)
    if task.fewshot_first_n:
        return [_take_first(task, row, sampling, shots) for row in task.rows]
    seed = LM_EVAL_SEED if sampling.seed is None else sampling.seed
    rng = random.Random(seed + sampling.draw)
    if not _excludes_question(task, sampling):
        return [rng.sample(examples, shots) for _ in task.rows]
    return [_sample_excluding(rng, examples, row, shots) for row in task.rows]


def _sample_excluding(
    rng: random.Random, examples: list[TaskRow], row: TaskRow, shots: int
) -> list[TaskRow]:
    sampled = [example for example in rng.sample(examples, shots + 1) if example != row][:shots]
    if len(sampled) < shots:
        sampled = rng.sample([example for example in examples if example != row], shots)
    return sampled


def _reorder(examples: list[TaskRow], order: int) -> list[TaskRow]:
    if order == 0:
        return examples
    return random.Random(order).sample(examples, len(examples))
