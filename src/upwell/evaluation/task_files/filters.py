"""Extraction of an answer from a completion: the filter steps of lm-eval-harness 0.4.13."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .safe_jinja import safe_pattern
from .task import Filter

MAX_REGEX_INPUT = 20_000
"""Characters of a completion that a regular expression is applied to."""


def apply_filter(completion: str, answer_filter: Filter) -> str:
    """The completion after every step of the filter."""
    for name, options in answer_filter.steps:
        completion = FILTER_STEPS[name](completion, options)
    return completion


def _extract_regex(completion: str, options: Mapping[str, Any]) -> str:
    pattern = safe_pattern(options.get("regex_pattern", r"#### (\-?[0-9\.\,]+)"))
    fallback = str(options.get("fallback", "[invalid]"))
    matches = pattern.findall(completion[:MAX_REGEX_INPUT])
    if not matches:
        return fallback
    match = matches[options.get("group_select", 0)]
    if isinstance(match, tuple):
        match = next((group for group in match if group), fallback)
    return str(match).strip()


def _map_value(completion: str, options: Mapping[str, Any]) -> str:
    return str(options.get("mapping_dict", {}).get(completion, options.get("default_value")))


FILTER_STEPS: Mapping[str, Callable[[str, Mapping[str, Any]], str]] = {
    "regex": _extract_regex,
    "take_first": lambda completion, options: completion,
    "remove_whitespace": lambda completion, options: completion.strip(),
    "lowercase": lambda completion, options: completion.lower(),
    "uppercase": lambda completion, options: completion.upper(),
    "map": _map_value,
}
