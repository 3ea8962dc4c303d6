"""The contents of a task file: its rows, and how a row becomes a prompt and a target.

Names are those of lm-evaluation-harness. `doc_to_text`, `doc_to_target` and `doc_to_choice` are a
column's name or a Jinja template over the columns. A target that is a number is the index of the
correct choice.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from ...errors import DataError
from .rows import TaskRow
from .safe_jinja import render

OutputType: TypeAlias = Literal[
    "multiple_choice", "loglikelihood", "loglikelihood_rolling", "generate_until"
]

DocTarget: TypeAlias = int | str | list[Any]
"""Index of the correct choice, the correct text, or a list of either."""


@dataclass(frozen=True, kw_only=True)
class PromptTemplate:
    """How a row becomes a question, choices and a target."""

    doc_to_text: str
    doc_to_target: str | int | list[Any]
    doc_to_choice: str | list[str] | Mapping[str, str] | None = None
    """A column or a template that gives a list, or the choices themselves."""

    target_delimiter: str = " "
    """Text between a question and its target."""

    fewshot_delimiter: str = "\n\n"
    """Text after each few-shot example."""

    gen_prefix: str | None = None
    """Beginning of every answer; part of the prompt."""

    columns: frozenset[str] = field(default=frozenset(), repr=False)
    """Columns of the evaluated rows. The order of a set differs from process to process, and the
    cache of answers is keyed by what `repr` shows."""

    def render_question(self, row: TaskRow) -> str | int:
        """The question of a row.

        A number where the choices are the prompts: the index of the correct one.
        """
        value = self._render_value(self.doc_to_text, row)
        if (
            isinstance(value, str)
            and value.isdecimal()
            and self._digits_are_index(self.doc_to_text)
        ):
            return int(value)
        if isinstance(value, str | int):
            return value
        raise DataError(f"doc_to_text {self.doc_to_text!r} gives {value!r}; a text is needed")

    def render_choices(self, row: TaskRow) -> list[str] | None:
        """The choices of a row; None without `doc_to_choice`. Raises DataError for no choices."""
        if self.doc_to_choice is None:
            return None
        if isinstance(self.doc_to_choice, Mapping):
            choices: Any = list(self.doc_to_choice.values())
        elif isinstance(self.doc_to_choice, str) and self.doc_to_choice not in self.columns:
            choices = _parse_literal(render(self.doc_to_choice, row), self.doc_to_choice)
        elif isinstance(self.doc_to_choice, str):
            choices = row.get(self.doc_to_choice)
        else:
            choices = self.doc_to_choice
        if not isinstance(choices, list | tuple) or not choices:
            raise DataError(f"doc_to_choice gives {choices!r}; a list of choices is needed")
        return [str(choice) for choice in choices]

    def render_target(self, row: TaskRow) -> DocTarget:
        """The target of a row."""
        if not isinstance(self.doc_to_target, str):
            return self.doc_to_target
        value = self._render_value(self.doc_to_target, row)
        if self.doc_to_target in self.columns or not isinstance(value, str):
            return value
        if value.isdecimal() and self.doc_to_choice is not None:
            return int(value)
        if len(value) >= 2 and value[0] == "[" and value[-1] == "]":
            try:
                parsed: list[Any] = ast.literal_eval(value)
            except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
                return value
            return parsed
        return value

    def render_gen_prefix(self, row: TaskRow) -> str | None:
        """The beginning of the answer to a row."""
        if self.gen_prefix is None:
            return None
        value = self._render_value(self.gen_prefix, row)
        return None if value is None else str(value)

    def _render_value(self, template: str, row: TaskRow) -> Any:
        return row.get(template) if template in self.columns else render(template, row)

    def _digits_are_index(self, template: str) -> bool:
        """Whether digits are an index: never in a column, whose value is used as it is."""
        return self.doc_to_choice is not None and template not in self.columns


@dataclass(frozen=True, kw_only=True)
class Filter:
    """How an answer is extracted from a completion: steps of (name, options)."""

    name: str = "none"
    steps: tuple[tuple[str, Mapping[str, Any]], ...] = (("take_first", {}),)


@dataclass(frozen=True, kw_only=True)
class MetricSpec:
    """A metric and its options."""

    metric: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class EvalTask:
    """The rows to evaluate, their prompts and metrics, and where few-shot examples come from."""

    name: str
    output_type: OutputType
    rows: Sequence[TaskRow]
    prompt_template: PromptTemplate
    metrics: tuple[MetricSpec, ...]
    templates: Mapping[str, PromptTemplate] = field(default_factory=dict)
    """Other prompt templates for the same rows, by name."""

    examples: Sequence[TaskRow] = ()
    """Rows that few-shot examples are drawn from."""

    fewshot_template: PromptTemplate | None = None
    """Template of a few-shot example; None for the template of the question."""

    num_fewshot: int | None = None
    """Number of few-shot examples that the file asks for; None if it does not say."""

    fewshot_first_n: bool = False
    """Whether the first examples are always used and none is drawn."""

    fewshot_from_test: bool = False
    """Whether examples are drawn from the evaluated rows. A row is never its own example."""

    lm_eval_excludes_question: bool | None = None
    """Whether lm-eval keeps a row from being its own example; None for `fewshot_from_test`.

    It does so only where `fewshot_split` and `test_split` are the same.
    """

    description: str = ""
    """Template of the text before everything else."""

    until: tuple[str, ...] = ()
    """Texts that end a completion."""

    max_gen_toks: int = 256
    """Maximum number of tokens of a completion."""

    filters: tuple[Filter, ...] = (Filter(),)
    ids: tuple[str, ...] = ()
    """Ids of the rows; their numbers if empty."""

    notes: tuple[str, ...] = ()
    """What the file asks for and does not get, one sentence each."""

    config: Mapping[str, Any] = field(default_factory=dict)
    """The file as it was read, for result files."""

    def get_template(self, template: str) -> PromptTemplate:
        """The prompt template with that name; "" is the task's own."""
        if not template:
            return self.prompt_template
        if template not in self.templates:
            raise DataError(
                f"task {self.name!r} has no template {template!r}; it has "
                f"{', '.join(self.templates) or 'only its own'}"
            )
        return self.templates[template]

    def item_id(self, index: int) -> str:
        """Id of a row, unique in the task."""
        return self.ids[index] if self.ids else f"{index:05d}"


def _parse_literal(text: str, template: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        raise DataError(f"doc_to_choice {template!r} gives {text!r}; a list is needed") from None
