"""What a source promises, and how one is found by its name.

A source is a module with a class `Source`, a frozen dataclass whose fields are its
options. It keeps one of four promises: to read texts, to have examples, to make rows, or to
make tasks. A name without a dot is a file of `upwell.data.sources`; a dotted name is a module
of your own. There is no registry, so a worker on another machine finds the same one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
from typing import Any, Protocol, TypeAlias, get_type_hints, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, SpecError
from ..naming import did_you_mean, listed, module_named, ours_in
from ..records import DataSpec
from .tokenizers import Tokenizer

SOURCES, PROMISE = "upwell.data.sources", "Source"

Rows: TypeAlias = dict[str, NDArray[Any]]
"""Arrays by name, whose first axis is the row. Rows of text have `tokens` [rows, context + 1]
int64, bos first, and `weights` [rows, context] float32, the loss weights of their targets, the
tokens from the second on. Examples of a class have their `label` [rows] int64."""

Pair: TypeAlias = tuple[str, str]
"""A text, and what it becomes."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a source of texts holds."""

    documents: tuple[str, ...]
    """The smallest pieces that the split may part. Strung together they are the text."""

    files: int
    empty: int = 0
    """Files that hold nothing but blanks."""


@runtime_checkable
class TextSource(Protocol):
    """A source that has documents."""

    def read(self) -> Reading:
        """Everything there is, in an order that does not change."""


@dataclass(frozen=True, kw_only=True)
class Examples:
    """What one split of a source of examples holds."""

    rows: Rows
    """All of them, in an order that does not change and mixes the classes."""

    classes: tuple[str, ...] = ()
    """What each number of `label` stands for; empty where there are no classes."""

    left_out: Mapping[str, int] = field(default_factory=dict)
    """How many were left out, by the reason why."""

    def __len__(self) -> int:
        return len(next(iter(self.rows.values())))


@runtime_checkable
class ExampleSource(Protocol):
    """A source that has examples: images, recordings, pairs of texts.

    It may have `augmented(rows, dice) -> Rows`: training rows as they are shown this time.
    """

    def examples(self, tokenizer: Tokenizer | None, split: str, context: int) -> Examples:
        """The examples of a split, the same at every call; a row of text has at most `context`
        tokens. None of the test split stands in the training split."""


@runtime_checkable
class TaskSource(Protocol):
    """A source of tasks, each a small problem of its own with examples and questions.

    A task is a number: the same number is the same task everywhere.
    """

    def episodes(
        self, tasks: NDArray[np.int64], split: str, context: int, dice: np.random.Generator
    ) -> Rows:
        """A row for each task, with fresh examples of `context` in all: `shown` and their
        `shown_label`, `seen` (how many of them may be looked at), `query` and `label`.

        No task of the test split is one of the training split, whatever its number.
        """


@runtime_checkable
class PairSource(Protocol):
    """A source of examples that are texts and what they become, such as their translations."""

    def pairs(self, split: str) -> Sequence[Pair]:
        """The pairs of a split as they are written, always in the same order."""


@runtime_checkable
class Augmenting(Protocol):
    """A source that shows its training rows a little changed each time."""

    def augmented(self, rows: Rows, dice: np.random.Generator) -> Rows:
        """The same number of rows, changed; the same dice change them in the same way."""


@runtime_checkable
class RowSource(Protocol):
    """A source that makes rows out of dice."""

    def fill(
        self,
        tokenizer: Tokenizer | None,
        split: str,
        context: int,
        rows: int,
        dice: np.random.Generator,
    ) -> Rows:
        """Fresh rows; the same dice give the same rows. Sources of text raise SpecError where
        there is no tokenizer."""

    def holds(self, text: str, split: str) -> bool:
        """Whether the text could stand in a row of the split other than by mere chance."""


def source(spec: DataSpec) -> TextSource | ExampleSource | RowSource | TaskSource:
    """The source that the spec names, with the spec's options, checked but not read.

    Raises SpecError for an unknown name, option or value, and whatever the source itself
    raises when it cannot be used here (a missing path or package).
    """
    if spec.split not in ("train", "test"):
        raise SpecError(f"source {spec.source!r}: split is {spec.split!r}, not 'train' or 'test'")
    if spec.limit is not None and spec.limit < 1:
        raise SpecError(f"source {spec.source!r}: limit is {spec.limit}, not None or at least 1")
    module = module_named(spec.source, package=SOURCES, noun="source", promises=(PROMISE,))
    kind = getattr(module, PROMISE)
    if not (isinstance(kind, type) and is_dataclass(kind)):
        raise SpecError(f"`{PROMISE}` of {spec.source!r} is no dataclass; its fields are options")
    made = kind(**_options(kind, spec))
    if not isinstance(made, TextSource | ExampleSource | RowSource | TaskSource):
        raise SpecError(
            f"`{PROMISE}` of {spec.source!r} has no `read`, no `examples`, no `episodes`, and not "
            "both `fill` and `holds`"
        )
    if isinstance(made, RowSource | TaskSource) and spec.revision is not None:
        raise SpecError(f"source {spec.source!r} makes its rows; it has no revision to pin")
    return made


def needed(tokenizer: Tokenizer | None, name: str) -> Tokenizer:
    """The tokenizer, for a source of text. Raises SpecError where the model has none."""
    if tokenizer is None:
        raise SpecError(
            f"source {name!r} is text, and the model has no tokenizer; give its ModelSpec one"
        )
    return tokenizer


def text_source(spec: DataSpec) -> TextSource:
    """Like `source`, for where only texts will do; DataError for any other source."""
    made = source(spec)
    if not isinstance(made, TextSource):
        raise DataError(f"source {spec.source!r} has no texts to read")
    return made


def example_source(spec: DataSpec) -> ExampleSource:
    """Like `source`, for where only examples will do; DataError for any other source."""
    made = source(spec)
    if not isinstance(made, ExampleSource):
        raise DataError(f"source {spec.source!r} has no examples; name one that has")
    return made


def task_source(spec: DataSpec) -> TaskSource:
    """Like `source`, for where only tasks will do; DataError for any other source."""
    made = source(spec)
    if not isinstance(made, TaskSource):
        raise DataError(f"source {spec.source!r} makes no tasks; name one that does")
    return made


def names() -> list[str]:
    """The sources that come with Upwell."""
    return ours_in(SOURCES, (PROMISE,))


def _options(kind: type[Any], spec: DataSpec) -> Mapping[str, Any]:
    """The options of a source, checked.

    An option whose type is `TextSource` names another source, which is made with all options
    that this one does not know.
    """
    own = {field.name for field in fields(kind)}
    inner = [name for name, hint in get_type_hints(kind).items() if hint is TextSource]
    if not inner or not isinstance(spec.options.get(inner[0]), str):
        return _checked(kind, spec)
    named = str(spec.options[inner[0]])
    others = {name: value for name, value in spec.options.items() if name not in own}
    made = text_source(DataSpec(source=named, options=others))
    ours = {name: value for name, value in spec.options.items() if name in own}
    return {**_checked(kind, replace(spec, options=ours)), inner[0]: made}


def _checked(kind: type[Any], spec: DataSpec) -> Mapping[str, Any]:
    options = {field.name: field for field in fields(kind)}
    hints = get_type_hints(kind)
    for name, value in spec.options.items():
        if name not in options:
            raise SpecError(
                f"source {spec.source!r} has no option {name!r}; it has {listed(options)}"
                + did_you_mean(name, options)
            )
        wanted = {float: int | float, TextSource: str}.get(hints[name], hints[name])
        if isinstance(value, bool) or not isinstance(value, wanted):
            raise SpecError(
                f"source {spec.source!r}: option {name} is {value!r}, expected {hints[name]}"
            )
    needed = {
        n for n, f in options.items() if f.default is MISSING and f.default_factory is MISSING
    }
    absent = needed - set(spec.options)
    if absent:
        raise SpecError(f"source {spec.source!r} needs the option {listed(absent)}")
    return spec.options
