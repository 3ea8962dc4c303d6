"""What is to be compared, and the rows and models that it is compared on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..adapt.given import Given, given, params_of
from ..adapt.recipes import Dials
from ..data.labelled import Columns, Labelled, Row, divided, mended
from ..data.labelled import read as read_rows
from ..errors import DataError, SpecError
from ..naming import did_you_mean, listed
from ..records import Cell
from .draws import drawn

WAYS = ("in_context", "head", "lora", "full")
TESTED = 500
"""Test rows at most: in-context learning is asked about each label of each."""

Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be compared."""

    data: Path
    models: tuple[str, ...]
    """Folders, packages or names of the hub, as `upwell adapt` takes them."""

    ways: tuple[str, ...] = WAYS
    rows: tuple[int, ...] = ()
    """Numbers of labelled rows; 8, 16, 32, ... and all where none are told."""

    shots: tuple[int, ...] = (0, 1, 2, 4, 8, 16, 32)
    seeds: int = 3
    test: Path | None = None
    columns: Columns = field(default_factory=Columns)
    dials: Dials = field(default_factory=Dials)

    def __post_init__(self) -> None:
        for way in self.ways:
            if way not in WAYS:
                raise SpecError(
                    f"no way {way!r}; there are {listed(WAYS)}{did_you_mean(way, WAYS)}"
                )
        if not self.models or self.seeds < 1:
            raise SpecError("a crossover needs a model and a seed at least")
        if len(set(self.models)) != len(self.models):
            raise SpecError("a model is named twice; name each once")


@dataclass(frozen=True)
class Ready:
    """What an order comes to: rows, parted once for all cells, and models that are there."""

    order: Order
    learn: Labelled
    test: Labelled
    test_name: str
    problems: tuple[str, ...]
    givens: dict[str, Given]
    params: dict[str, int]
    width: dict[str, float]
    """Mean tokens of a test row, for each model."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Of the rows to learn from, in the order in which a prompt weighs them."""
        return self.learn.labels

    def model(self, cell: Cell) -> str:
        """What the order calls a cell's model."""
        return next(model for model, each in self.givens.items() if each.name == cell.model)

    def draw(self, seed: int) -> tuple[Row, ...]:
        """The rows to learn from in the order of a draw: the first n are those of n rows."""
        return drawn(self.learn.rows, seed)


def ready_for(order: Order, tell: Tell) -> Ready:
    """Raises DataError, ModelError or SpecError for what cannot be used."""
    read = read_rows(order.data, order.columns)
    if read.columns.several is not None:
        raise SpecError("a crossover is of rows with one label; leave --several out")
    test = None if order.test is None else _usable(read_rows(order.test, read.columns))
    fit = mended(read, () if test is None else (test,))
    problems = tuple(f"{read.name}: {problem}" for problem in fit.problems)
    for problem in problems:
        tell(problem)
    learn, name = fit.data, order.data.name
    if test is None:
        learn, test = divided(fit.data, 0, TESTED)
        name = f"{name}, a share held out"
    else:
        name = test.name
    for count in order.rows:
        if count > len(learn.rows):
            tell(f"{order.data.name} has {len(learn.rows):,} rows to learn from, for {count:,} all")
    test = _few(test)
    strange = sorted(set(test.labels) - set(learn.labels))
    if strange or not test.rows:
        raise DataError(
            f"{test.name} has {f'the label {strange[0]!r}' if strange else 'no row'}, and "
            f"{'no row to learn from has it' if strange else 'rows to measure on are needed'}"
        )
    givens = {model: given(model) for model in order.models}
    named = [each.name for each in givens.values()]
    if len(set(named)) != len(named):
        raise SpecError(f"two of the models are called {max(named, key=named.count)!r}; rename one")
    texts = [" ".join(row.texts) for row in test.rows]
    width = {
        model: sum(map(len, each.words(texts)["input_ids"])) / len(texts)
        for model, each in givens.items()
    }
    params = {model: params_of(each) for model, each in givens.items()}
    return Ready(order, learn, test, name, problems, givens, params, width)


def _usable(data: Labelled) -> Labelled:
    return replace(data, rows=tuple(row for row in data.rows if all(row.texts) and row.labels))


def _few(test: Labelled) -> Labelled:
    """At most `TESTED` of them, each label with its share."""
    if len(test.rows) <= TESTED:
        return test
    step = len(test.rows) / TESTED
    order = sorted(test.rows, key=lambda row: (row.labels, row.line))
    kept = {order[int(place * step)].line for place in range(TESTED)}
    return replace(test, rows=tuple(row for row in test.rows if row.line in kept))
