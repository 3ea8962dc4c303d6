"""Base classes of sources, and how a source is loaded by its name.

A source is a module with a frozen dataclass `Source`, whose fields are its options. It derives from
one of four classes: `TextSource` reads documents, `ExampleSource` has examples, `RowSource` makes
rows, and `TaskSource` makes few-shot tasks.

A name without a dot is a file of `upwell.data.sources`; a dotted name is a module of your own.
There is no registry, so a worker on another machine finds the same source.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from inspect import signature
from typing import Any, TypeAlias, get_type_hints

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, SpecError
from ..plugins import builtin_names, did_you_mean, load_plugin, quoted_list
from ..records import DataSpec
from .tokenization.tokenizer import Tokenizer

SOURCES_PACKAGE, SOURCE_CLASS = "upwell.data.sources", "Source"

Rows: TypeAlias = dict[str, NDArray[Any]]
"""Arrays by name, whose first axis is the row. Rows of text have `tokens` [rows, context + 1]
int64, beginning with bos, and `weights` [rows, context] float32, the loss weights of the targets:
the tokens from the second on. Examples with classes have a `label` [rows] int64."""

TextPair: TypeAlias = tuple[str, str]
"""A source text and its target text, e.g. a sentence and its translation."""


@dataclass(frozen=True, kw_only=True)
class Documents:
    """Everything that a source of texts holds."""

    documents: tuple[str, ...]
    """The smallest pieces that a split keeps whole. Joined, they are the text."""

    files: int
    empty: int = 0
    """Number of files without any text."""


@dataclass(frozen=True, kw_only=True)
class Examples:
    """The examples of one split."""

    rows: Rows
    """All of them, in a fixed order that mixes the classes."""

    classes: tuple[str, ...] = ()
    """The name of each `label`; empty where there are no classes."""

    left_out: Mapping[str, int] = field(default_factory=dict)
    """Number of examples left out, by reason."""

    def __len__(self) -> int:
        return len(next(iter(self.rows.values())))


class BaseSource(ABC):  # noqa: B024 - each of the four kinds has its own abstract methods.
    """What all sources have in common."""

    @property
    def source_name(self) -> str:
        """The name in a `DataSpec`, e.g. "pydoc" or "mycompany.tides"."""
        return type(self).__module__.removeprefix(f"{SOURCES_PACKAGE}.")


class TextSource(BaseSource):
    """A source that has documents."""

    @abstractmethod
    def read(self) -> Documents:
        """All documents, in an order that never changes."""


class ExampleSource(BaseSource):
    """A source that has examples: images, audio, pairs of texts."""

    @abstractmethod
    def examples(self, tokenizer: Tokenizer | None, split: str, context: int) -> Examples:
        """The examples of a split, the same at every call.

        A row of text has at most `context` tokens. No test example is a training example. Raises
        SpecError where a source of text gets no tokenizer.
        """

    def augment_rows(self, rows: Rows, rng: np.random.Generator) -> Rows:
        """Training rows with random augmentation: as many rows, and unchanged by default.

        The same state of `rng` gives the same rows.
        """
        return rows


class PairSource(ExampleSource):
    """A source of examples that are texts with their target texts, such as translations."""

    @abstractmethod
    def pairs(self, split: str) -> Sequence[TextPair]:
        """The pairs of a split as written, in an order that never changes."""


class TaskSource(BaseSource):
    """A source of few-shot tasks: small problems with examples and queries.

    A task is a number; the same number is the same task everywhere.
    """

    @abstractmethod
    def episodes(
        self, tasks: NDArray[np.int64], split: str, context: int, rng: np.random.Generator
    ) -> Rows:
        """A row for each task, with `context` newly drawn examples and queries in all.

        Tasks with classes have `support` [rows, S, F] and `support_label` [rows, S], the number of
        examples that may be used (`num_visible` [rows]), `query` [rows, Q, F] and `label`
        [rows, Q]. No test task is a training task, whatever its number.
        """


class RowSource(BaseSource):
    """A source that makes its rows from random numbers."""

    @abstractmethod
    def generate_rows(
        self,
        tokenizer: Tokenizer | None,
        split: str,
        context: int,
        rows: int,
        rng: np.random.Generator,
    ) -> Rows:
        """New rows; the same state of `rng` gives the same rows.

        Raises SpecError where a source of text gets no tokenizer.
        """

    @abstractmethod
    def contains(self, text: str, split: str) -> bool:
        """Whether rows of the split may hold the text other than by chance."""


SOURCE_KINDS = (TextSource, ExampleSource, RowSource, TaskSource)

AnySource: TypeAlias = TextSource | ExampleSource | RowSource | TaskSource


def load_source(spec: DataSpec) -> AnySource:
    """The source that the spec names, with the spec's options, checked but not read.

    Raises SpecError for an unknown name, option or value and for a class that is not a source.
    The source itself raises what prevents its use here, such as a missing path or package.
    """
    if spec.split not in ("train", "test"):
        raise SpecError(f"source {spec.source!r}: split is {spec.split!r}, not 'train' or 'test'")
    if spec.limit is not None and spec.limit < 1:
        raise SpecError(f"source {spec.source!r}: limit is {spec.limit}, not None or at least 1")
    module = load_plugin(
        spec.source, package=SOURCES_PACKAGE, kind="source", required=(SOURCE_CLASS,)
    )
    source_class = getattr(module, SOURCE_CLASS)
    _check_class(source_class, spec.source)
    data_source: AnySource = source_class(**_resolve_options(source_class, spec))
    if isinstance(data_source, RowSource | TaskSource) and spec.revision is not None:
        raise SpecError(f"source {spec.source!r} makes its rows; it has no revision to pin")
    return data_source


def require_tokenizer(tokenizer: Tokenizer | None, source_name: str) -> Tokenizer:
    """The tokenizer, for a source of text. Raises SpecError where the model has none."""
    if tokenizer is None:
        raise SpecError(
            f"source {source_name!r} is text, and the model has no tokenizer; give its ModelSpec "
            "one"
        )
    return tokenizer


def load_text_source(spec: DataSpec) -> TextSource:
    """Like `load_source`, where only texts will do. Raises DataError for any other source."""
    data_source = load_source(spec)
    if not isinstance(data_source, TextSource):
        raise DataError(f"source {spec.source!r} has no texts to read")
    return data_source


def load_example_source(spec: DataSpec) -> ExampleSource:
    """Like `load_source`, where only examples will do. Raises DataError for any other source."""
    data_source = load_source(spec)
    if not isinstance(data_source, ExampleSource):
        raise DataError(f"source {spec.source!r} has no examples; name one that has")
    return data_source


def load_task_source(spec: DataSpec) -> TaskSource:
    """Like `load_source`, where only tasks will do. Raises DataError for any other source."""
    data_source = load_source(spec)
    if not isinstance(data_source, TaskSource):
        raise DataError(f"source {spec.source!r} makes no tasks; name one that does")
    return data_source


def source_names() -> list[str]:
    """The sources that come with Upwell."""
    return builtin_names(SOURCES_PACKAGE, (SOURCE_CLASS,))


def _check_class(source_class: Any, name: str) -> None:
    """Raises SpecError that says what a class lacks to be a source."""
    label = f"`{SOURCE_CLASS}` of {name!r}"
    if not isinstance(source_class, type) or "__dataclass_fields__" not in vars(source_class):
        raise SpecError(
            f"{label} is not a dataclass; write @dataclass(frozen=True, kw_only=True) above it, "
            "for its fields are the options"
        )
    kind = next((each for each in SOURCE_KINDS if issubclass(source_class, each)), None)
    if kind is None:
        names = ", ".join(each.__name__ for each in SOURCE_KINDS)
        raise SpecError(f"{label} derives from none of {names} of upwell.data; choose one of them")
    missing = _abstract_methods(source_class)
    if missing:
        raise SpecError(f"{label} is a {kind.__name__} without `{missing[0]}`; define that method")
    for method in _abstract_methods(kind):
        expected = list(signature(getattr(kind, method)).parameters)
        try:
            signature(getattr(source_class, method)).bind(*expected)
        except TypeError:
            raise SpecError(
                f"{label}: `{method}` takes other arguments than ({', '.join(expected)})"
            ) from None


def _abstract_methods(source_class: type) -> list[str]:
    return sorted(getattr(source_class, "__abstractmethods__", ()))


def _resolve_options(source_class: type[Any], spec: DataSpec) -> Mapping[str, Any]:
    """The options of a source, checked.

    An option whose type is `TextSource` names another source. That source gets all the options
    that this one does not know.
    """
    known = {field.name for field in fields(source_class)}
    nested = [name for name, hint in get_type_hints(source_class).items() if hint is TextSource]
    if not nested or not isinstance(spec.options.get(nested[0]), str):
        return _check_options(source_class, spec)
    nested_name = str(spec.options[nested[0]])
    nested_options = {name: value for name, value in spec.options.items() if name not in known}
    nested_source = load_text_source(DataSpec(source=nested_name, options=nested_options))
    outer_options = {name: value for name, value in spec.options.items() if name in known}
    return {
        **_check_options(source_class, replace(spec, options=outer_options)),
        nested[0]: nested_source,
    }


def _check_options(source_class: type[Any], spec: DataSpec) -> Mapping[str, Any]:
    options = {field.name: field for field in fields(source_class)}
    hints = get_type_hints(source_class)
    for name, value in spec.options.items():
        if name not in options:
            raise SpecError(
                f"source {spec.source!r} has no option {name!r}; it has {quoted_list(options)}"
                + did_you_mean(name, options)
            )
        expected = {float: int | float, TextSource: str}.get(hints[name], hints[name])
        if isinstance(value, bool) or not isinstance(value, expected):
            raise SpecError(
                f"source {spec.source!r}: option {name} is {value!r}, expected {hints[name]}"
            )
    required_options = {
        n for n, f in options.items() if f.default is MISSING and f.default_factory is MISSING
    }
    missing = required_options - set(spec.options)
    if missing:
        raise SpecError(f"source {spec.source!r} needs the option {quoted_list(missing)}")
    return spec.options
