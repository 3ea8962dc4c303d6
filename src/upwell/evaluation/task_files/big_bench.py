"""Tasks of BIG-bench in its JSON format (Srivastava et al. 2022, arXiv 2206.04615).

Multiple choice is scored by log-probability and generation by exact match, with the prefixes and
separators of the format. Programmatic tasks are Python and are not read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import DataError
from .safe_yaml import MAX_BYTES
from .task import EvalTask, MetricSpec, PromptTemplate

CHOICE_METRICS = ("accuracy", "choice_probability", "brier", "log_loss")
GENERATION_METRICS = ("exact_match", "token_edit_distance")


def load(path: Path) -> EvalTask:
    """Load the task of a task.json. Raises DataError that names what is missing."""
    document = _read_document(path)
    is_multiple_choice = all("target_scores" in example for example in document["examples"])
    rows = [
        _build_row(example, is_multiple_choice, index, path)
        for index, example in enumerate(document["examples"])
    ]
    output_prefix = document.get("example_output_prefix", "\nA: ")
    input_prefix = document.get("example_input_prefix", "\nQ: ")
    template = PromptTemplate(
        doc_to_text=input_prefix
        + "{{input}}"
        + _choice_lines(document, is_multiple_choice)
        + output_prefix.rstrip(" "),
        doc_to_target="{{index}}" if is_multiple_choice else "target",
        doc_to_choice="options" if is_multiple_choice else None,
        # The format ends a prompt with a blank. Here it begins the choice, for every tokenizer.
        target_delimiter=" " if output_prefix.endswith(" ") else "",
        fewshot_delimiter=document.get("few_shot_example_separator", ""),
        columns=frozenset(rows[0]),
    )
    return EvalTask(
        name=str(document.get("name", path.parent.name)),
        output_type="multiple_choice" if is_multiple_choice else "generate_until",
        rows=rows,
        prompt_template=template,
        metrics=tuple(
            MetricSpec(metric=metric)
            for metric in (CHOICE_METRICS if is_multiple_choice else GENERATION_METRICS)
        ),
        examples=rows,
        fewshot_from_test=True,
        description=_escape_jinja(document.get("task_prefix", "")),
        until=("\n",),
        max_gen_toks=64,
        config={key: value for key, value in document.items() if key != "examples"},
    )


def _read_document(path: Path) -> dict[str, Any]:
    try:
        data = path.read_bytes()
        if len(data) > 100 * MAX_BYTES:
            raise DataError(f"{path} is larger than 100 MB")
        document = json.loads(data)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is not JSON: {error}") from None
    examples = document.get("examples") if isinstance(document, dict) else None
    if not isinstance(examples, list) or not examples or not all(map(_is_example, examples)):
        raise DataError(f"{path} is not a task of BIG-bench: it needs examples with an input")
    parsed: dict[str, Any] = document
    return parsed


def _is_example(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("input"), str)


def _build_row(
    example: Mapping[str, Any], is_multiple_choice: bool, index: int, path: Path
) -> dict[str, Any]:
    if not is_multiple_choice:
        target = example.get("target")
        if not isinstance(target, str | list) or not target:
            raise DataError(f"{path}, example {index} has neither target nor target_scores")
        return {"input": example["input"], "target": target}
    scores = example["target_scores"]
    if not isinstance(scores, dict) or not scores:
        raise DataError(f"{path}, example {index}: target_scores has no choice")
    best = max(scores.values())
    return {
        "input": example["input"],
        "options": list(scores),
        "index": next(i for i, score in enumerate(scores.values()) if score == best),
    }


def _choice_lines(document: Mapping[str, Any], is_multiple_choice: bool) -> str:
    """Template of the choices in the prompt, one a line; empty if the task omits them."""
    prefix = document.get("choice_prefix", "\n  choice: ")
    if not is_multiple_choice or not document.get("append_choices_to_input", True):
        return ""
    return "{% for option in options %}" + _escape_jinja(prefix) + "{{option}}{% endfor %}"


def _escape_jinja(text: str) -> str:
    """A template that renders to the text."""
    return text.replace("{", "{{'{'}}") if "{" in text else text
