"""Jinja templates from untrusted files, in a sandbox with bounded work and memory.

The templates are those of lm-eval-harness: `{{column}}`, filters, conditions and loops. A missing
column is an error. The sandbox gives no access to Python's private attributes. Every operation adds
the size of what it reads to the work of a rendering, and the work has a limit. What makes a longer
value than it reads is checked before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache, wraps
from string import Formatter
from typing import Any

from ...errors import DataError, MissingDependencyError
from ...plugins import did_you_mean, quoted_list
from .safe_regex import substitute

try:
    from jinja2 import StrictUndefined, Template, UndefinedError, nodes, pass_eval_context
    from jinja2.filters import do_round, do_tojson
    from jinja2.sandbox import ImmutableSandboxedEnvironment
    from jinja2.utils import Namespace
except ImportError as error:
    raise MissingDependencyError("task files need Jinja: pip install jinja2") from error

MAX_TEXT_LENGTH = 1_000_000
"""Characters of any text, and elements of any list, that a template makes."""

MAX_WORK = 5_000_000
"""Characters and elements that all operations of one rendering read, and iterations of loops."""

ITERATION_WORK = 10
"""Work of an iteration of a loop."""

ELEMENT_WORK = 20
"""Work of an element of a list, in characters."""

MAX_TEMPLATE_LENGTH = 200_000
"""Characters of a template."""

MAX_INT_BITS = 10_000
MAX_DECIMALS = 100
MAX_FORMAT_WIDTH = 1000
"""Largest number in a format such as {:>20}."""

ALLOWED_FILTERS = (
    "abs", "capitalize", "count", "d", "default", "dictsort", "first", "float", "int", "items",
    "last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr",
    "reverse", "select", "selectattr", "sort", "string", "title", "trim", "unique", "upper",
    "wordcount",
)  # fmt: skip

REFUSED_METHODS = ("center", "ljust", "rjust", "zfill", "expandtabs", "translate")
"""Methods that make a text of any length out of a short one."""

REFUSED_NODES = (nodes.Macro, nodes.CallBlock, nodes.Include, nodes.Import, nodes.FromImport,
           nodes.Extends, nodes.Block)  # fmt: skip


class _TemplateLimitError(Exception):
    """A template does what is refused, or goes over a limit."""


class _Namespace(Namespace):
    def __repr__(self) -> str:
        return "<Namespace>"


class _BoundedEnvironment(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset({"*", "**", "%", "+", "-", "/", "//"})

    def __init__(self) -> None:
        # Not optimized: constants would be computed while a template is compiled.
        super().__init__(undefined=StrictUndefined, keep_trailing_newline=True, optimized=False)
        self.work = 0
        self.finalize = self._count
        functions: dict[str, Callable[..., Any]] = {
            **{name: self.filters[name] for name in ALLOWED_FILTERS},
            "join": self._join,
            "replace": self._replace,
            "regex_replace": self._regex_replace,
            "round": _round,
            "sum": self._sum,
            "tojson": _to_json,
        }
        self.filters = {
            name: self._count_calls(function) for name, function in functions.items()
        } | {
            "count_work": self._count,
            "count_access": self._count_access,
            "count_loop": self._count_iterations,
            "concat": self._concat,
        }
        tests: Any = self.tests
        self.tests = {name: self._count_calls(function) for name, function in tests.items()}
        self.globals = {"range": self._range, "dict": dict, "namespace": _Namespace}

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        parsed = super()._parse(source, name, filename)
        parsed.set_environment(self)
        for node in list(parsed.find_all(nodes.Node)):
            if isinstance(node, REFUSED_NODES) or (isinstance(node, nodes.For) and node.recursive):
                raise _TemplateLimitError(f"{type(node).__name__.lower()} is not allowed here")
            if isinstance(node, nodes.For):
                texts = sum(len(each.data) for each in node.find_all(nodes.TemplateData))
                node.iter = _filter(node.iter, "count_loop", texts)
            elif isinstance(node, nodes.Assign):
                node.node = _filter(node.node, "count_work")
            elif isinstance(node, nodes.Compare | nodes.Operand):
                node.expr = _filter(node.expr, "count_work")
            elif isinstance(node, nodes.Getitem):
                node.node = _filter(node.node, "count_access")
        _replace_concatenations(parsed)
        parsed.set_environment(self)
        return parsed

    def _count(self, value: Any) -> Any:
        """The value; its size is added to the work."""
        self.work += _size(value, MAX_WORK + 1 - self.work) + 1
        if self.work > MAX_WORK:
            raise _TemplateLimitError("it takes too much work")
        return value

    def _count_access(self, value: Any) -> Any:
        """The value, of which a part is taken: at most its elements are copied, not read."""
        self.work += 1 + _length(value) // 50
        return value

    def _count_calls(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function; the sizes of what it takes and gives are added to the work."""

        # Keeps the marks of filters that Jinja gives its context or environment.
        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            for argument in (*args, *kwargs.values()):
                self._count(argument)
            return self._count(function(*args, **kwargs))

        return call

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
        for value in (left, right):
            self._count(_check_int(value))
        return self._count(_check_int(super().call_binop(context, operator, left, right)))

    def call(self, context: Any, called: Any, *args: Any, **kwargs: Any) -> Any:
        """Call a function or method; methods that can make a long text are checked or refused."""
        name, owner = getattr(called, "__name__", ""), getattr(called, "__self__", None)
        for value in (owner, *args, *kwargs.values()):
            if not callable(value):
                self._count(value)
        if isinstance(owner, bytes | int | float):
            raise _TemplateLimitError(f"the method {name} is not allowed here")
        if isinstance(owner, str):
            if name in REFUSED_METHODS:
                raise _TemplateLimitError(f"the method {name} is not allowed here")
            if name == "replace":
                return self._count(self._replace(owner, *args))
            if name == "join":
                return self._count(self._join(args[0], owner))
        return self._count(super().call(context, called, *args, **kwargs))

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """`str.format` of the sandbox, with bounded widths."""
        wrapped = super().wrap_str_format(value)
        if wrapped is None:
            return None
        text = value.__self__

        def format_text(*args: Any, **kwargs: Any) -> str:
            _check_format(text)
            _check_length(
                len(text) * (1 + max(map(_printed_size, [*args, *kwargs.values()]), default=0))
            )
            return str(wrapped(*args, **kwargs))

        return format_text

    def _count_iterations(self, values: Iterable[Any], texts: int = 0) -> Iterator[Any]:
        """The values; each adds its overhead, and the length of the texts in its loop."""
        for value in values:
            self.work += ITERATION_WORK + texts
            if self.work > MAX_WORK:
                raise _TemplateLimitError("its loops take too much work")
            yield value

    def _range(self, *args: int) -> range:
        values = range(*args)
        _check_length(len(values))
        return values

    def _concat(self, values: list[Any]) -> str:
        _check_length(sum(map(_printed_size, values)))
        return "".join(str(self._count(value)) for value in values)

    def _join(self, values: Iterable[Any], delimiter: Any = "", attribute: Any = None) -> str:
        elements = list(self._count_iterations(values))
        if attribute is not None:
            elements = [self.getitem(value, attribute) for value in elements]
        delimiter = str(delimiter)
        _check_length(sum(map(_printed_size, elements)) + len(delimiter) * len(elements))
        return delimiter.join(map(str, elements))

    def _replace(self, text: Any, old: Any, new: Any, count: int | None = None) -> str:
        text, old, new = str(text), str(old), str(new)
        occurrences = text.count(old)
        _check_length(len(text) + occurrences * len(new))
        return text.replace(old, new, -1 if count is None else count)

    def _regex_replace(self, text: str, pattern: str, new: str, count: int = 0) -> str:
        _check_length(len(text) * (len(new) + 1))
        return substitute(pattern, new, text, count)

    def _sum(self, values: Iterable[Any], attribute: Any = None, start: float = 0) -> Any:
        total = start
        for value in self._count_iterations(values):
            number = value if attribute is None else self.getitem(value, attribute)
            if not isinstance(number, int | float) or not isinstance(total, int | float):
                raise _TemplateLimitError("the filter sum adds numbers")
            total = _check_int(total + number)
        return total


def render(template: str, row: Mapping[str, Any]) -> str:
    """The text of a template for a row. Raises DataError, in one sentence."""
    try:
        compiled = _compile(template)
        _ENVIRONMENT.work = 0
        pieces: list[str] = []
        length = 0
        for piece in compiled.generate(**{str(key): value for key, value in row.items()}):
            pieces.append(piece)
            length += len(piece)
            _check_length(length)
        text = "".join(pieces)
        text.encode()
        return text
    except DataError:
        raise
    except UndefinedError as error:
        raise DataError(_missing_column_message(template, row, error)) from None
    # A template can add a text to a number or call a method that is not there.
    except Exception as error:
        message = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"template {_abbreviate(template)}: {message[:300]}") from None


@lru_cache(maxsize=512)
def _compile(template: str) -> Template:
    if len(template) > MAX_TEMPLATE_LENGTH:
        raise _TemplateLimitError(f"it has more than {MAX_TEMPLATE_LENGTH} characters")
    return _ENVIRONMENT.from_string(template)


def _filter(node: Any, name: str, *arguments: int) -> nodes.Filter:
    constants: list[Any] = [nodes.Const(value, lineno=node.lineno) for value in arguments]
    return nodes.Filter(node, name, constants, [], None, None, lineno=node.lineno)


def _replace_concatenations(node: nodes.Node) -> None:
    """Put a checked filter in the place of every `a ~ b`."""
    for name, value in list(node.iter_fields()):
        children = value if isinstance(value, list) else [value]
        replaced = [_checked_concatenation(child) for child in children]
        setattr(node, name, replaced if isinstance(value, list) else replaced[0])
        for child in replaced:
            if isinstance(child, nodes.Node):
                _replace_concatenations(child)


def _checked_concatenation(node: Any) -> Any:
    if not isinstance(node, nodes.Concat):
        return node
    return _filter(nodes.List(node.nodes, lineno=node.lineno), "concat")


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


def _round(value: Any, precision: int = 0, method: str = "common") -> float:
    if abs(precision) > MAX_DECIMALS:
        raise _TemplateLimitError(f"the filter round has at most {MAX_DECIMALS} decimals")
    return do_round(value, precision, method)  # type: ignore[arg-type]


@pass_eval_context
def _to_json(context: Any, value: Any) -> Any:
    """Without an indentation, which can be of any length."""
    return do_tojson(context, value)


def _size(value: Any, limit: int) -> int:
    """Work to read a value and all that is in it; not counted beyond `limit`."""
    size, pending = 0, [value]
    while pending and size <= limit:
        each = pending.pop()
        if isinstance(each, str | bytes):
            size += len(each)
        elif isinstance(each, int):
            size += each.bit_length() // 8
        elif isinstance(each, dict):
            size += ELEMENT_WORK * len(each)
            pending += [*each.keys(), *each.values()] if size <= limit else ()
        elif isinstance(each, range):
            size += ELEMENT_WORK * len(each)
        elif isinstance(each, list | tuple | set | frozenset):
            size += ELEMENT_WORK * len(each)
            pending += each if size <= limit else ()
    return size


def _printed_size(value: Any) -> int:
    """A bound of the length of the text of a value."""
    if isinstance(value, str):
        return len(value)
    return 16 * (_size(value, MAX_TEXT_LENGTH) + 2)


def _length(value: Any) -> int:
    return len(value) if isinstance(value, str | bytes | list | tuple) else 0


def _repeat_count(value: Any) -> int:
    return abs(value) if isinstance(value, int) else 0


def _check_int(value: Any) -> Any:
    if isinstance(value, int) and value.bit_length() > MAX_INT_BITS:
        raise _TemplateLimitError("it makes a number with too many digits")
    return value


def _check_format(text: str) -> None:
    """Raises for a width or a precision that is large or computed."""
    total = 0
    for _, _, spec, _ in Formatter().parse(text):
        numbers = [int(number) for number in re.findall(r"\d+", (spec or "")[:100])]
        if spec and ("{" in spec or len(spec) > 20 or max(numbers, default=0) > MAX_FORMAT_WIDTH):
            raise _TemplateLimitError(f"the format {spec[:20]!r} is not allowed here")
        total += sum(numbers)
    _check_length(total)


def _check_length(*lengths: int) -> None:
    if max(lengths) > MAX_TEXT_LENGTH:
        raise _TemplateLimitError(f"it makes a text longer than {MAX_TEXT_LENGTH} characters")


_ENVIRONMENT = _BoundedEnvironment()
