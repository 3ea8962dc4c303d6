"""The prompt of a row and its few-shot examples.

The text is that of `fewshot_context` of lm-eval-harness 0.4.13, without a chat template.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import DataError
from .rows import TaskRow
from .safe_jinja import render
from .task import DocTarget, EvalTask, PromptTemplate


def fewshot_context(
    task: EvalTask,
    row: TaskRow,
    examples: Sequence[tuple[TaskRow, DocTarget]],
    template: PromptTemplate,
) -> str:
    """The text before the question: the description, and the examples with their targets."""
    return _render_description(task, row) + "".join(
        format_example(template, *example) for example in examples
    )


def format_example(template: PromptTemplate, row: TaskRow, target: DocTarget) -> str:
    """A question with its target, as in a prompt."""
    question, choices = template.render_question(row), template.render_choices(row)
    if isinstance(question, int):
        if choices is None:
            raise DataError(
                f"doc_to_text {template.doc_to_text!r} gives the number {question} and there is "
                "no doc_to_choice"
            )
        if not 0 <= question < len(choices):
            raise DataError(f"doc_to_text gives {question}, no index of the choices {choices!r}")
        question, choices = choices[question], None
    gen_prefix = template.render_gen_prefix(row)
    has_target = target is not None and target != ""
    target_text = (
        _join(gen_prefix, _target_text(target, choices), " ") if has_target else (gen_prefix or "")
    )
    return (
        question
        + _delimiter(template, question, gen_prefix, has_target)
        + target_text
        + (template.fewshot_delimiter if has_target else "")
    )


def build_prompts(template: PromptTemplate, row: TaskRow) -> list[str]:
    """The question of a row, or one for each choice where the choices are the questions."""
    question, gen_prefix = template.render_question(row), template.render_gen_prefix(row)
    if isinstance(question, str):
        return [question + _delimiter(template, question, gen_prefix, False) + (gen_prefix or "")]
    return [choice + (gen_prefix or "") for choice in template.render_choices(row) or []]


def _render_description(task: EvalTask, row: TaskRow) -> str:
    if not task.description:
        return ""
    if task.description in row:
        return str(row[task.description])
    return render(task.description, row)


def _target_text(target: DocTarget, choices: list[str] | None) -> str:
    """The text of a target; of several the first."""
    if isinstance(target, list):
        if not target:
            raise DataError("the target is an empty list")
        target = target[0]
    if isinstance(target, int) and choices:
        if not 0 <= target < len(choices):
            raise DataError(f"the target {target} is not an index of the choices {choices!r}")
        return choices[target]
    return str(target)


def _delimiter(
    template: PromptTemplate, question: str, gen_prefix: str | None, has_target: bool
) -> str:
    """The text between a question and what follows it."""
    if gen_prefix:
        needs_delimiter = bool(question) and not (question[-1].isspace() or gen_prefix[0].isspace())
        return template.target_delimiter if needs_delimiter else ""
    return template.target_delimiter if has_target else ""


def _join(first: str | None, second: str, delimiter: str) -> str:
    if not first or not second:
        return (first or "") + second
    touching = first[-1].isspace() or second[0].isspace()
    return first + second if touching else first + delimiter + second
