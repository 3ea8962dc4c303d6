"""Jinja templates from untrusted files, in a sandbox with bounded work.

The templates are those of lm-eval-harness: `{{column}}`, filters, conditions and loops. A missing
column is an error. The sandbox gives no access to Python's private attributes. Loops have a limit
of iterations and texts a maximum length, which is checked before a long text is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from ...errors import DataError, MissingDependencyError
from ...plugins import did_you_mean, quoted_list

try:
    from jinja2 import StrictUndefined, Template, TemplateError, UndefinedError, nodes
    from jinja2.sandbox import ImmutableSandboxedEnvironment
except ImportError as error:
    raise MissingDependencyError("task files need Jinja: pip install jinja2") from error

MAX_TEXT_LENGTH = 1_000_000
"""Characters of any text that a template makes."""

MAX_LOOP_ITERATIONS = 100_000
"""Iterations of all loops of one rendering together."""

ALLOWED_FILTERS = (
    "abs", "capitalize", "count", "d", "default", "dictsort", "first", "float", "int", "items",
    "last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr",
    "reverse", "round", "select", "selectattr", "sort", "string", "sum", "title", "tojson",
    "trim", "unique", "upper", "wordcount",
)  # fmt: skip

REFUSED_METHODS = (
    "center", "ljust", "rjust", "zfill", "expandtabs", "format", "format_map", "translate",
)  # fmt: skip
"""Methods that make a text of any length out of a short one."""

REFUSED_NODES = (nodes.Macro, nodes.CallBlock, nodes.Include, nodes.Import, nodes.FromImport,
           nodes.Extends, nodes.Block)  # fmt: skip


class _TemplateLimitError(Exception):
    """A template does what is refused, or goes over a limit."""


class _BoundedEnvironment(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset({"*", "**", "%", "+"})

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, keep_trailing_newline=True)
        self.loop_iterations = 0
        self.filters = {name: self.filters[name] for name in ALLOWED_FILTERS} | {
            "limit_iterations": self._count_iterations,
            "limit_length": _check_value,
            "join": _join,
            "replace": _replace,
            "regex_replace": _regex_replace,
        }
        self.globals = {"range": _bounded_range}

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        parsed = super()._parse(source, name, filename)
        for node in parsed.find_all((*REFUSED_NODES, nodes.For, nodes.Assign)):
            if isinstance(node, REFUSED_NODES) or (isinstance(node, nodes.For) and node.recursive):
                raise _TemplateLimitError(f"{type(node).__name__.lower()} is not allowed here")
            if isinstance(node, nodes.For):
                node.iter = _wrap_in_filter(node.iter, "limit_iterations")
            elif isinstance(node, nodes.Assign):
                node.node = _wrap_in_filter(node.node, "limit_length")
        parsed.set_environment(self)
        return parsed

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Apply an operator; those that can make a long text are checked or refused."""
        if operator == "**" or (operator == "%" and isinstance(left, str | bytes)):
            raise _TemplateLimitError(f"the operator {operator} is not allowed here")
        if operator == "*":
            _check_length(
                _length(left) * _repeat_count(right), _length(right) * _repeat_count(left)
            )
        if operator == "+":
            _check_length(_length(left) + _length(right))
        return super().call_binop(context, operator, left, right)

    def call(self, context: Any, called: Any, *args: Any, **kwargs: Any) -> Any:
        """Call a function or method; methods that can make a long text are checked or refused."""
        name, owner = getattr(called, "__name__", ""), getattr(called, "__self__", None)
        if isinstance(owner, bytes):
            raise _TemplateLimitError("bytes are not allowed here")
        if isinstance(owner, str):
            if name in REFUSED_METHODS:
                raise _TemplateLimitError(f"the method {name} is not allowed here")
            if name == "replace":
                return _replace(owner, *args)
            if name == "join":
                return _join(args[0], owner)
        return super().call(context, called, *args, **kwargs)

    def _count_iterations(self, values: Iterable[Any]) -> Iterator[Any]:
        for value in values:
            self.loop_iterations += 1
            if self.loop_iterations > MAX_LOOP_ITERATIONS:
                raise _TemplateLimitError(
                    f"its loops have more than {MAX_LOOP_ITERATIONS} iterations"
                )
            yield value


def render(template: str, row: Mapping[str, Any]) -> str:
    """The text of a template for a row. Raises DataError, in one sentence."""
    try:
        compiled = _compile(template)
        _ENVIRONMENT.loop_iterations = 0
        pieces: list[str] = []
        length = 0
        for piece in compiled.generate(**row):
            pieces.append(piece)
            length += len(piece)
            _check_length(length)
        return "".join(pieces)
    except UndefinedError as error:
        raise DataError(_missing_column_message(template, row, error)) from None
    except (TemplateError, _TemplateLimitError) as error:
        raise DataError(f"template {_abbreviate(template)}: {error}") from None
    # A template can add a text to a number; Python's message is the clearest there is.
    except (TypeError, ValueError, KeyError, IndexError, ArithmeticError, RecursionError) as error:
        raise DataError(f"template {_abbreviate(template)} does not fit a row: {error}") from None


def safe_pattern(pattern: str) -> re.Pattern[str]:
    """Compile a regular expression without nested repetitions, whose matching could take forever.

    Raises DataError for one that has them, and for an invalid expression.
    """
    try:
        compiled = re.compile(pattern)
        nested = _has_nested_repeat(re._parser.parse(pattern), False)  # type: ignore[attr-defined]
    except (re.error, RecursionError) as error:
        raise DataError(f"{pattern!r} is not a regular expression: {error}") from None
    if nested:
        raise DataError(
            f"the regular expression {pattern!r} repeats a repetition, which can take forever; "
            "write it without a repetition inside another"
        )
    return compiled


def _has_nested_repeat(parsed: Any, inside: bool) -> bool:
    """Whether an unbounded repetition is inside another."""
    for operation, argument in parsed:
        repeats = str(operation) in ("MAX_REPEAT", "MIN_REPEAT") and argument[1] > 100
        if repeats and inside:
            return True
        for subpattern in _subpatterns(argument):
            if _has_nested_repeat(subpattern, inside or repeats):
                return True
    return False


def _subpatterns(argument: Any) -> Iterator[Any]:
    """The sequences of operations within an operation."""
    if isinstance(argument, re._parser.SubPattern):  # type: ignore[attr-defined]
        yield argument
    elif isinstance(argument, list | tuple):
        for element in argument:
            yield from _subpatterns(element)


@lru_cache(maxsize=512)
def _compile(template: str) -> Template:
    return _ENVIRONMENT.from_string(template)


def _wrap_in_filter(node: Any, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


def _missing_column_message(template: str, row: Mapping[str, Any], error: UndefinedError) -> str:
    match = re.search(r"'(\w+)' is undefined", str(error))
    if not match:
        return f"template {_abbreviate(template)}: {error}"
    suggestion = did_you_mean(match[1], map(str, row))
    columns = quoted_list(map(str, row))
    return (
        f"template {_abbreviate(template)} names the column {match[1]!r}; "
        f"there are {columns}{suggestion}"
    )


def _abbreviate(template: str) -> str:
    return repr(template if len(template) < 60 else template[:57] + "...")


def _bounded_range(*args: int) -> range:
    values = range(*args)
    _check_length(len(values))
    return values


def _check_value(value: Any) -> Any:
    _check_length(_length(value))
    return value


def _join(values: Iterable[Any], delimiter: str = "", attribute: str | None = None) -> str:
    texts = [str(value if attribute is None else value[attribute]) for value in values]
    _check_length(sum(map(len, texts)) + len(delimiter) * len(texts))
    return delimiter.join(texts)


def _replace(text: str, old: str, new: str, count: int = -1) -> str:
    _check_length(len(text) + text.count(old) * len(new))
    return text.replace(old, new, count)


def _regex_replace(text: str, pattern: str, new: str, count: int = 0) -> str:
    _check_length(len(text) * (len(new) + 1))
    return safe_pattern(pattern).sub(new, text, count=count)


def _length(value: Any) -> int:
    return len(value) if isinstance(value, str | bytes | list | tuple) else 0


def _repeat_count(value: Any) -> int:
    return abs(value) if isinstance(value, int) else 0


def _check_length(*lengths: int) -> None:
    if max(lengths) > MAX_TEXT_LENGTH:
        raise _TemplateLimitError(f"it makes a text longer than {MAX_TEXT_LENGTH} characters")


_ENVIRONMENT = _BoundedEnvironment()
