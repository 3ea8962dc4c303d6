"""Strict reader of YAML from untrusted files.

Aliases are refused, because a few lines of them expand to gigabytes. So are duplicate keys, tags
and files over a megabyte. `!function`, with which lm-eval-harness runs Python, is refused too:
nothing in a task file is ever run.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ...errors import DataError, MissingDependencyError
from ...plugins import did_you_mean, quoted_list
from .data_files import read_file

try:
    import yaml  # type: ignore[import-untyped, unused-ignore]
except ImportError as error:
    raise MissingDependencyError("task files need PyYAML: pip install pyyaml") from error

MAX_BYTES = 1_000_000
TYPE_NAMES: Mapping[type, str] = {
    str: "text",
    int: "a whole number",
    bool: "true or false",
    list: "a list",
    dict: "a mapping",
}

MAX_REPR_LENGTH = 100
"""Characters of a value that a message shows."""

MAX_DEPTH = 20
"""Maximum nesting of lists and mappings."""


class _StrictLoader(yaml.SafeLoader):
    """A YAML loader of plain values only."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Compose a node; aliases and deep nesting are refused."""
        if self.check_event(yaml.AliasEvent):
            raise _UnsafeYamlError(self.peek_event().start_mark, "an alias (*name); write it out")
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _UnsafeYamlError(
                self.peek_event().start_mark, f"more than {MAX_DEPTH} levels of nesting"
            )
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """Construct a mapping; a duplicate key is refused."""
        keys: set[Any] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _UnsafeYamlError(key.start_mark, "a key that is a list or a mapping")
            if key.value in keys:
                raise _UnsafeYamlError(key.start_mark, f"the key {key.value!r} a second time")
            keys.add(key.value)
        return super().construct_mapping(node, deep)


class _UnsafeYamlError(Exception):
    def __init__(self, position: Any, problem: str) -> None:
        super().__init__(f"line {position.line + 1} has {problem}")


def _refuse_function(loader: Any, node: Any) -> Any:
    raise _UnsafeYamlError(
        node.start_mark,
        f"!function {node.value}, which would run Python; write it as a template, or write an "
        "ability of your own in Python (docs/concepts/abilities.md)",
    )


_StrictLoader.add_constructor("!function", _refuse_function)


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file. Raises DataError with the file, the line and the problem."""
    data = read_file(path, MAX_BYTES)
    try:
        parsed = yaml.load(data.decode("utf-8"), Loader=_StrictLoader)
    except _UnsafeYamlError as error:
        raise DataError(f"{path}: {error}") from None
    # PyYAML raises TypeError for a key that is a list.
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise DataError(f"{path} is not YAML: {_one_line(error)}") from None
    check_unicode(parsed, path)
    if not isinstance(parsed, dict) or not all(isinstance(key, str) for key in parsed):
        raise DataError(f"{path} is not a task file: expected keys and values at the top level")
    return parsed


def check_unicode(value: Any, path: Path) -> None:
    """Raises DataError for half of a surrogate pair, which no file and no tokenizer takes."""
    try:
        json.dumps(value, ensure_ascii=False, default=str, skipkeys=True).encode()
    except UnicodeEncodeError:
        raise DataError(f"{path} has half of a surrogate pair, which is no character") from None


def short_repr(value: Any) -> str:
    """The value as a message shows it."""
    text = repr(value)
    return text if len(text) <= MAX_REPR_LENGTH else f"{text[:MAX_REPR_LENGTH]}..."


def check_keys(config: Mapping[str, Any], known: Iterable[str], location: str) -> None:
    """Raises DataError for an unknown key, with the nearest known one."""
    known = list(known)
    for key in config:
        if key not in known:
            raise DataError(
                f"{location}: unknown key {short_repr(key)}{did_you_mean(str(key), known)} "
                f"(known: {quoted_list(known)})"
            )


def check_types(
    config: Mapping[str, Any], types: Mapping[str, tuple[type, ...]], location: str
) -> None:
    """Raises DataError for a value of another type than its key takes; null counts as absent."""
    for key, allowed in types.items():
        value = config.get(key)
        if value is not None and (
            not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed)
        ):
            expected = " or ".join(TYPE_NAMES[allowed_type] for allowed_type in allowed)
            raise DataError(f"{location}: {key} must be {expected}; found {short_repr(value)}")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
