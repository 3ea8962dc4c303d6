"""Regular expressions of task files, in bounded time.

They mean what they mean to Python's `re`, which lm-eval-harness uses. The module `regex` matches
them, because it can stop after a time. An expression that the two read differently is refused.
"""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from typing import Any

from ...errors import DataError, MissingDependencyError

try:
    import regex
except ImportError as error:
    raise MissingDependencyError("task files need regex: pip install regex") from error

TIMEOUT_SECONDS = 0.3
"""Most processor time for one text."""

MAX_PATTERN_LENGTH = 2000
MAX_PATTERN_SIZE = 100_000
"""Most characters of a pattern with its counted repetitions written out."""

FUZZY = re.compile(r"(\\.)|\{(?=[a-zA-Z])", re.DOTALL)
"""A brace that `regex` takes for the begin of fuzzy matching, and `re` for a character."""

POSIX_CLASS = re.compile(r"\[:\^?\w+:\]")
"""A class of POSIX for `regex`, and single characters for `re`."""


def find_all(pattern: str, text: str) -> list[Any]:
    """`re.findall`. Raises DataError for an invalid pattern and for one that takes too long."""
    compiled = check_pattern(pattern)
    try:
        return [_groups_of(match) for match in compiled.finditer(text, timeout=TIMEOUT_SECONDS)]
    except (TimeoutError, MemoryError, RecursionError):
        raise _too_slow(pattern) from None


def _groups_of(match: Any) -> Any:
    """A match as `re.findall` gives it: the text, the only group, or all groups."""
    groups = match.groups(default="")
    return match.group() if not groups else groups[0] if len(groups) == 1 else groups


def substitute(pattern: str, replacement: str, text: str, count: int = 0) -> str:
    """`re.sub`. Raises DataError for an invalid pattern and for one that takes too long."""
    compiled = check_pattern(pattern)
    try:
        return str(compiled.sub(replacement, text, count=count, timeout=TIMEOUT_SECONDS))
    except (TimeoutError, MemoryError, RecursionError):
        raise _too_slow(pattern) from None
    except (regex.error, IndexError) as error:
        raise DataError(f"{replacement!r} is not a replacement for {pattern!r}: {error}") from None


@lru_cache(maxsize=256)
def check_pattern(pattern: str) -> Any:
    """The compiled pattern. Raises DataError for one that is invalid or too large."""
    if not isinstance(pattern, str) or len(pattern) > MAX_PATTERN_LENGTH:
        raise DataError(
            f"a regular expression is a text of at most {MAX_PATTERN_LENGTH} characters; "
            f"found {str(pattern)[:60]!r}"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
            size = _expanded_size(re._parser.parse(pattern))  # type: ignore[attr-defined]
    except (re.error, RecursionError, OverflowError, ValueError) as error:
        raise DataError(f"{pattern!r} is not a regular expression: {error}") from None
    if size > MAX_PATTERN_SIZE:
        raise DataError(
            f"the regular expression {pattern!r} repeats too much to be matched in time"
        )
    if POSIX_CLASS.search(pattern):
        raise DataError(
            f"the regular expression {pattern!r} has a class such as [:alpha:], which Python does "
            "not know; write the characters, such as [a-zA-Z]"
        )
    try:
        literal = FUZZY.sub(lambda match: match[1] or r"\{", pattern)
        return regex.compile(literal, flags=regex.VERSION0)
    except (regex.error, RecursionError, MemoryError, ValueError) as error:
        raise DataError(f"{pattern!r} is not a regular expression: {error}") from None


def _expanded_size(parsed: Any) -> int:
    """Characters of a pattern with its counted repetitions written out."""
    total = 0
    for operation, argument in parsed:
        inner = sum(map(_expanded_size, _subpatterns(argument)))
        counts = argument[:2] if "REPEAT" in str(operation) else (1,)
        counted = max(int(each) for each in counts if each is not re._parser.MAXREPEAT)  # type: ignore[attr-defined]
        total += max(1, inner) * max(1, counted)
    return total


def _subpatterns(argument: Any) -> list[Any]:
    """The sequences of operations within an operation."""
    if isinstance(argument, re._parser.SubPattern):  # type: ignore[attr-defined]
        return [argument]
    if isinstance(argument, list | tuple):
        return [each for element in argument for each in _subpatterns(element)]
    return []


def _too_slow(pattern: str) -> DataError:
    return DataError(
        f"the regular expression {pattern!r} takes more than {TIMEOUT_SECONDS:g} seconds for one "
        "text; write it with fewer repetitions"
    )
