"""The request for a row in a variant: what a model has to score or to complete."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...errors import DataError
from ...metrics.extras import OTHER_CORRECT_PREFIX, TARGET_INDEX_KEY
from ...records import Answer
from .prompting import build_prompts, fewshot_context
from .rows import TaskRow
from .task import DocTarget, EvalTask, PromptTemplate
from .variant import Variant


@dataclass(frozen=True, kw_only=True)
class Request:
    """One of: (prompt, continuation) pairs or a text to score, or a prompt to complete."""

    variant: Variant
    partial_answer: Answer
    """The fields of the answer that do not depend on the model's response."""

    pairs: tuple[tuple[str, str], ...] = ()
    text: str | None = None
    prompt: str | None = None

    @property
    def reason(self) -> str | None:
        """Why there is nothing to ask."""
        return self.partial_answer.reason


def build_request(
    task: EvalTask, index: int, variant: Variant, examples: Sequence[TaskRow], model_id: str
) -> Request:
    """Build the request for a row. Raises DataError where the row does not fit the task."""
    row, template = task.rows[index], task.get_template(variant.template)
    wrong_labels = variant.labels == "wrong"
    fewshot_template = task.fewshot_template or template
    shots = [
        _with_wrong_label(fewshot_template, examples, position)
        if wrong_labels
        else (example, fewshot_template.render_target(example))
        for position, example in enumerate(examples)
    ]
    context = fewshot_context(task, row, shots, fewshot_template)
    prompts = [context + question for question in build_prompts(template, row)]
    partial = Answer(
        model=model_id,
        ability=task.name,
        item=task.item_id(index),
        shots=variant.shots,
        prompt=hashlib.sha256(prompts[0].encode()).hexdigest(),
        target="",
    )
    if task.output_type == "multiple_choice":
        return _build_choice_request(template, row, variant, prompts, partial)
    targets = _target_texts(template, row)
    partial_answer = replace(partial, target=targets[0])
    if task.output_type == "loglikelihood":
        return Request(
            variant=variant, partial_answer=partial_answer, pairs=((prompts[0], targets[0]),)
        )
    if task.output_type == "loglikelihood_rolling":
        return Request(variant=variant, partial_answer=partial_answer, text=targets[0])
    other_correct = {f"{OTHER_CORRECT_PREFIX}{n}": 1.0 for n in range(1, len(targets))}
    partial_answer = replace(
        partial_answer, choices=tuple(targets) if other_correct else (), extras=other_correct
    )
    return Request(variant=variant, partial_answer=partial_answer, prompt=prompts[0])


def build_request_or_reason(
    task: EvalTask, index: int, variant: Variant, examples: Sequence[TaskRow], model_id: str
) -> Request:
    """The request for a row; one with a reason where the row does not fit the task."""
    try:
        return build_request(task, index, variant, examples, model_id)
    except DataError as error:
        answer = Answer(
            model=model_id,
            ability=task.name,
            item=task.item_id(index),
            shots=variant.shots,
            prompt="",
            target="",
            reason=str(error),
        )
        return Request(variant=variant, partial_answer=answer)


def _build_choice_request(
    template: PromptTemplate,
    row: TaskRow,
    variant: Variant,
    prompts: Sequence[str],
    partial: Answer,
) -> Request:
    choices = template.render_choices(row)
    if choices is None:
        raise DataError("a multiple_choice task has no doc_to_choice")
    question = template.render_question(row)
    correct = _correct_indices(
        template.render_target(row) if isinstance(question, str) else question, choices
    )
    partial_answer = replace(
        partial,
        target=choices[correct[0]],
        choices=tuple(choices),
        extras={TARGET_INDEX_KEY: float(correct[0])}
        | {f"{OTHER_CORRECT_PREFIX}{index}": 1.0 for index in correct[1:]},
    )
    if isinstance(question, str):
        pairs = tuple((prompts[0], template.target_delimiter + choice) for choice in choices)
    else:
        continuation = f"{template.target_delimiter}{template.render_target(row)}"
        pairs = tuple((prompt, continuation) for prompt in prompts)
    return Request(variant=variant, partial_answer=partial_answer, pairs=pairs)


def _correct_indices(target: DocTarget, choices: Sequence[str]) -> list[int]:
    """Indices of the correct choices."""
    indices = [
        choices.index(answer) if isinstance(answer, str) and answer in choices else answer
        for answer in (target if isinstance(target, list) else [target])
    ]
    valid = [
        int(index) for index in indices if isinstance(index, int) and 0 <= index < len(choices)
    ]
    if len(valid) < len(indices) or not valid:
        raise DataError(f"the target {target!r} is not among the choices {list(choices)!r}")
    return valid


def _target_texts(template: PromptTemplate, row: TaskRow) -> list[str]:
    """All correct texts; the first is the target."""
    target, choices = template.render_target(row), template.render_choices(row)
    if choices and isinstance(target, int):
        return [choices[index] for index in _correct_indices(target, choices)]
    texts = [str(text) for text in (target if isinstance(target, list) else [target])]
    if target is None or not texts:
        raise DataError(f"doc_to_target {template.doc_to_target!r} gives nothing")
    return texts


def _with_wrong_label(
    template: PromptTemplate, examples: Sequence[TaskRow], position: int
) -> tuple[TaskRow, DocTarget]:
    """An example with a wrong target: another choice, or the target of another example."""
    row = examples[position]
    choices, target = template.render_choices(row), template.render_target(row)
    if choices is None:
        wrong_target: DocTarget = template.render_target(examples[(position + 1) % len(examples)])
    else:
        correct = _correct_indices(target, choices)
        incorrect = [index for index in range(len(choices)) if index not in correct]
        wrong_target = (
            random.Random(str(sorted(row.items()))).choice(incorrect) if incorrect else correct[0]
        )
    return row, wrong_target
