"""Tasks of BIG-bench in its JSON format (Srivastava et al. 2022, arXiv 2206.04615).

Multiple choice is scored by log-probability and generation by exact match, with the prefixes and
separators of the format. Programmatic tasks are Python and are not read.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...errors import DataError
from .data_files import MAX_DATA_BYTES, read_file
from .safe_yaml import check_types, check_unicode, short_repr
from .task import EvalTask, MetricSpec, PromptTemplate

CHOICE_METRICS = ("accuracy", "choice_probability", "brier", "log_loss")
GENERATION_METRICS = ("exact_match", "token_edit_distance")

KEY_TYPES: Mapping[str, tuple[type, ...]] = {
    **dict.fromkeys(("task_prefix", "example_input_prefix", "example_output_prefix"), (str,)),
    **dict.fromkeys(("choice_prefix", "few_shot_example_separator"), (str,)),
    "append_choices_to_input": (bool,),
}


def load(path: Path) -> EvalTask:
    """Load the task of a task.json. Raises DataError that names what is missing."""
    document = _read_document(path)
    examples = document["examples"]
    is_multiple_choice = all("target_scores" in example for example in examples)
    rows = [
        _build_row(example, is_multiple_choice, f"{path}, example {index}")
        for index, example in enumerate(examples)
    ]
    output_prefix = document.get("example_output_prefix", "\nA: ")
    template = PromptTemplate(
        doc_to_text=_escape_jinja(document.get("example_input_prefix", "\nQ: "))
        + "{{input}}"
        + _choice_lines(document, is_multiple_choice)
        + _escape_jinja(output_prefix.rstrip(" ")),
        doc_to_target="correct" if is_multiple_choice else "target",
        doc_to_choice="options" if is_multiple_choice else None,
        # The format ends a prompt with a blank. Here it begins the choice, for every tokenizer.
        target_delimiter=" " if output_prefix.endswith(" ") else "",
        fewshot_delimiter=document.get("few_shot_example_separator", ""),
        columns=frozenset(rows[0]),
    )
    return EvalTask(
        name=str(document.get("name") or path.parent.name),
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
        notes=_notes(examples, is_multiple_choice, path),
        config={key: value for key, value in document.items() if key != "examples"},
    )


def _read_document(path: Path) -> dict[str, Any]:
    data = read_file(path, MAX_DATA_BYTES)
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is not JSON: {error}") from None
    check_unicode(document, path)
    examples = document.get("examples") if isinstance(document, dict) else None
    if not isinstance(examples, list) or not examples or not all(map(_is_example, examples)):
        raise DataError(f"{path} is not a task of BIG-bench: it needs examples with an input")
    parsed: dict[str, Any] = {key: value for key, value in document.items() if value is not None}
    check_types(parsed, KEY_TYPES, str(path))
    return parsed


def _is_example(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("input"), str)


def _build_row(
    example: Mapping[str, Any], is_multiple_choice: bool, location: str
) -> dict[str, Any]:
    if not is_multiple_choice:
        target = example.get("target")
        texts = target if isinstance(target, list) else [target]
        if not texts or not all(isinstance(text, str) for text in texts):
            raise DataError(f"{location} has neither a target nor target_scores")
        return {"input": example["input"], "target": target}
    scores = example["target_scores"]
    if not isinstance(scores, dict) or not scores or not all(map(_is_score, scores.values())):
        raise DataError(
            f"{location}: target_scores must give choices with their scores; "
            f"found {short_repr(scores)}"
        )
    best = max(scores.values())
    correct = [index for index, score in enumerate(scores.values()) if score == best]
    return {"input": example["input"], "options": list(scores), "correct": correct}


def _is_score(value: Any) -> bool:
    return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))


def _notes(
    examples: Sequence[Mapping[str, Any]], is_multiple_choice: bool, path: Path
) -> tuple[str, ...]:
    scores = {
        score
        for example in examples
        if is_multiple_choice
        for score in example["target_scores"].values()
    }
    if scores <= {0, 1}:
        return ()
    return (f"{path}: target_scores are not all 0 and 1; every choice below the best is wrong",)


def _choice_lines(document: Mapping[str, Any], is_multiple_choice: bool) -> str:
    """Template of the choices in the prompt, one a line; empty if the task omits them."""
    prefix = document.get("choice_prefix", "\n  choice: ")
    if not is_multiple_choice or not document.get("append_choices_to_input", True):
        return ""
    return "{% for option in options %}" + _escape_jinja(prefix) + "{{option}}{% endfor %}"


def _escape_jinja(text: str) -> str:
    """A template that renders to the text."""
    return text.replace("{", "{{'{'}}") if "{" in text else text
