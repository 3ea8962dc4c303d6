"""JSON from strangers: values, with one sentence for what is damaged, too deep or no text."""

from __future__ import annotations

import json
import re
from typing import Any

from ..errors import DataError

SURROGATE = re.compile(r"\\ud[89a-f]", re.IGNORECASE)
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
REPLACEMENT = "\ufffd"

MAX_DEPTH = 64
"""Deepest nesting of lists and objects. Rows, conversations and questions need a few levels."""


def parse_json(text: str, location: str) -> Any:
    """The value of a JSON text. Halves of surrogate pairs become U+FFFD.

    Raises DataError, with the location, for a text that is not JSON or nested too deeply.
    """
    try:
        value = json.loads(text)
    except ValueError as error:
        # Of a number with thousands of digits, Python speaks of its own settings.
        reason = str(error).partition(" for integer string")[0]
        raise DataError(f"{location} is not JSON: {reason}; correct it") from None
    except RecursionError:
        raise _too_deep(location) from None
    if not SURROGATE.search(text) and not _may_be_deep(text):
        return value
    return _clean(value, location, 0)


def _may_be_deep(text: str) -> bool:
    return text.count("[") + text.count("{") > MAX_DEPTH


def _clean(value: Any, location: str, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise _too_deep(location)
    if isinstance(value, str):
        return LONE_SURROGATE.sub(REPLACEMENT, value)
    if isinstance(value, list):
        return [_clean(each, location, depth + 1) for each in value]
    if isinstance(value, dict):
        return {
            LONE_SURROGATE.sub(REPLACEMENT, name): _clean(each, location, depth + 1)
            for name, each in value.items()
        }
    return value


def _too_deep(location: str) -> DataError:
    return DataError(f"{location} is nested over {MAX_DEPTH} levels deep; flatten it")
