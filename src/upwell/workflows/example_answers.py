"""The first question of each ability of a study, with the answer of each size."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..records import Answer, ExampleAnswer, ExampleQuestion, Study, Table
    from ..store import Store


def example_questions(store: Store, table: Table) -> list[ExampleQuestion]:
    """One question an ability, answered by the last model of the first seed of each rung.

    The question is the first one that has a text, so none is selected. Abilities whose questions
    are no texts have none.
    """
    study = store.study()
    last = _last_models(table, study.axis)
    answers: dict[tuple[str, int, str], dict[str, Answer]] = {}
    for run, (model, _) in last.items():
        for answer in store.run(run).answers():
            if answer.model == model:
                key = (answer.ability, answer.shots, answer.item)
                answers.setdefault(key, {})[run] = answer
    scales = {run: scale for run, (_, scale) in last.items()}
    examples = (
        _example_question(study, ability, shots, answers, scales)
        for ability in study.abilities
        for shots in study.shots
    )
    return [example for example in examples if example is not None]


def _last_models(table: Table, axis: str) -> dict[str, tuple[str, float]]:
    """{run: (last model, its scale)} of the first seed of each rung, smallest scale first."""
    import polars as pl

    frame = table.frame.filter(pl.col("id").is_not_null() & pl.col(axis).is_not_null())
    if frame.is_empty() or axis not in ("params", "flops", "train_rows"):
        return {}
    frame = frame.filter((pl.col("tokens") == pl.col("tokens").max()).over("run"))
    first = frame.sort(axis, "seed").unique("model", keep="first", maintain_order=True)
    return {
        run: (model, scale) for run, model, scale in first.select("run", "id", axis).iter_rows()
    }


def _example_question(
    study: Study,
    ability: str,
    shots: int,
    answers: dict[tuple[str, int, str], dict[str, Answer]],
    scales: dict[str, float],
) -> ExampleQuestion | None:
    from ..records import ExampleQuestion
    from ..study import build_questions

    for item, question in build_questions(study, ability, shots).items():
        by_run = answers.get((ability, shots, item), {})
        if by_run:
            return ExampleQuestion(
                ability=ability,
                shots=shots,
                question=question,
                target=next(iter(by_run.values())).target,
                answers=tuple(
                    _example_answer(scales[run], by_run[run]) for run in scales if run in by_run
                ),
            )
    return None


def _example_answer(scale: float, answer: Answer) -> ExampleAnswer:
    from ..records import ExampleAnswer

    if answer.reason is not None:
        return ExampleAnswer(scale=scale, text=f"no answer: {answer.reason}", correct=None)
    if answer.completion is not None:
        return ExampleAnswer(scale=scale, text=answer.completion, correct=answer.correct)
    if answer.choices:
        best = max(range(len(answer.choices)), key=lambda index: answer.logprobs[index])
        text = answer.choices[best]
        return ExampleAnswer(scale=scale, text=text, correct=text == answer.target)
    mean = math.fsum(answer.token_logprobs) / max(len(answer.token_logprobs), 1)
    text = f"gives each token a probability of {math.exp(mean):.0%}"
    return ExampleAnswer(scale=scale, text=text, correct=None)
