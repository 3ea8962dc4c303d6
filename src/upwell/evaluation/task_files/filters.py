"""Extraction of an answer from a completion: the filter steps of lm-eval-harness 0.4.13."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...errors import DataError
from .safe_regex import find_all
from .task import Filter

DEFAULT_PATTERN = r"#### (\-?[0-9\.\,]+)"

STEP_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "regex": ("regex_pattern", "group_select", "fallback"),
    "take_first": (),
    "remove_whitespace": (),
    "lowercase": (),
    "uppercase": (),
    "map": ("mapping_dict", "default_value"),
}
"""Options of each step."""


def apply_filter(completion: str, answer_filter: Filter) -> str:
    """The completion after every step of the filter.

    Raises DataError for a group that a regular expression does not have, and for an expression
    that takes too long.
    """
    for name, options in answer_filter.steps:
        completion = FILTER_STEPS[name](completion, options)
    return completion


def _extract_regex(completion: str, options: Mapping[str, Any]) -> str:
    pattern, select = options.get("regex_pattern", DEFAULT_PATTERN), options.get("group_select", 0)
    fallback = str(options.get("fallback", "[invalid]"))
    matches = find_all(pattern, completion)
    if not matches:
        return fallback
    try:
        match = matches[select]
    except IndexError:
        raise DataError(
            f"group_select {select} of the regular expression {pattern!r}: a completion has "
            f"{len(matches)} matches"
        ) from None
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
