"""Carry a crossover out: every cell once, each on the disk before the next begins.

A cell is a pure function of the rows, the way, the model, the number of rows and the seed. What the
journal has is not done again, so a crossover that was killed goes on where it was.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from time import process_time

from ..adapt.adapting import adapt
from ..adapt.given import Given, given, params_of
from ..adapt.identity import ROOMS as ADAPTING
from ..adapt.recipes import Dials
from ..adapt.wanted import Wanted
from ..data.labelled import Columns, Labelled, Row, divided, mended
from ..data.labelled import read as read_rows
from ..errors import DataError, ModelError, SpecError
from ..naming import did_you_mean, listed, source_version
from ..records import Cell, Crossing, fingerprint, from_json, to_json
from ..store.atomic import write_bytes
from ..store.journal import Journal
from ..store.lock import locked_folder
from .draws import drawn, sizes
from .prompting import Prompting

WAYS = ("in_context", "head", "lora", "full")
JOURNAL, ROWS, WORK = "cells.jsonl", "rows", "work"
TESTED = 500
"""Test rows at most: in-context learning is asked about each label of each."""

LEAST = 2
"""Rows of a label without which nothing can be held back to choose by."""

ROOMS = (*ADAPTING, "crossover")
"""What makes numbers: a prompt that is written otherwise is another measurement."""

Tell = Callable[[str], None]
Watch = Callable[[Cell, int, int, float], None]
"""Hears of a cell that is done: how many are, how many there are, the seconds left."""


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
class _Ready:
    """Rows, parted once for all cells."""

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
        return self.learn.labels

    def draw(self, seed: int) -> tuple[Row, ...]:
        return drawn(self.learn.rows, seed)


def carry_out(order: Order, out: Path, tell: Tell, watch: Watch) -> Crossing:
    """Every cell of the crossover, in the folder `out`.

    Raises DataError, ModelError or SpecError for what cannot be used; what a model or a number of
    rows cannot do is a cell with a reason.
    """
    ready = _ready(order, tell)
    asked = list(_asked(ready))
    out.mkdir(parents=True, exist_ok=True)
    with locked_folder(out):
        journal = Journal(out / JOURNAL)
        try:
            done = _known(journal, ready)
            tell(_plan(ready, asked, done))
            cells = list(_carried(ready, asked, done, journal, out, watch))
        finally:
            journal.close()
    shutil.rmtree(out / WORK, ignore_errors=True)
    return Crossing(
        name=order.data.stem,
        data=order.data.name,
        test=ready.test_name,
        tested=len(ready.test.rows),
        labels=ready.labels,
        available=len(ready.learn.rows),
        rows=sizes(len(ready.learn.rows), order.rows),
        shots=order.shots,
        seeds=order.seeds,
        models=tuple(given.name for given in ready.givens.values()),
        cells=tuple(cells),
        problems=ready.problems,
    )


def _ready(order: Order, tell: Tell) -> _Ready:
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
    return _Ready(order, learn, test, name, problems, givens, params, width)


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


def _asked(ready: _Ready) -> Iterator[Cell]:
    """Every cell before anything came of it; those that cost least first."""
    order = ready.order
    tuned = [way for way in ("head", "lora", "full") if way in order.ways]
    shots = order.shots if "in_context" in order.ways else ()
    for seed in range(order.seeds):
        for model in order.models:
            blank = Cell(way="", model=ready.givens[model].name, params=ready.params[model],
                         rows=0, seed=seed)  # fmt: skip
            for count in shots:
                if seed == 0 or count:
                    yield replace(blank, way="in_context", rows=count)
            for count in sizes(len(ready.learn.rows), order.rows):
                for way in tuned:
                    yield replace(blank, way=way, rows=count)


@cache
def code_version() -> str:
    """Version of the package and of the source that makes a cell's numbers."""
    return source_version(ROOMS)


def _key(ready: _Ready, cell: Cell) -> str:
    """All that a cell depends on."""
    given = next(each for each in ready.givens.values() if each.name == cell.model)
    order = ready.order
    return fingerprint(
        replace(cell, params=0), given.mark, ready.learn.digest, ready.test.digest, order.dials,
        order.columns, code_version(),
    )  # fmt: skip


def _known(journal: Journal, ready: _Ready) -> dict[str, Cell]:
    found = {}
    for body in journal.bodies:
        noted = from_json(_Noted, body)
        found[noted.key] = noted.cell
    return found


@dataclass(frozen=True, kw_only=True)
class _Noted:
    """A line of the journal."""

    key: str
    cell: Cell


def _plan(ready: _Ready, asked: Sequence[Cell], done: dict[str, Cell]) -> str:
    left = [cell for cell in asked if _key(ready, cell) not in done]
    flops = sum(_weight(ready, cell) for cell in left)
    return (
        f"{len(asked)} measurements on {len(ready.test.rows)} test rows, {len(left)} to do, about "
        f"{flops:.1e} FLOPs"
    )


def _weight(ready: _Ready, cell: Cell) -> float:
    """About how much compute a cell takes, its test rows included."""
    model = next(m for m, each in ready.givens.items() if each.name == cell.model)
    row = 2.0 * cell.params * ready.width[model]
    if cell.way == "in_context":
        return row * len(ready.test.rows) * (cell.rows + len(ready.labels))
    rounds = {"head": 1, "lora": 12, "full": 15}[cell.way]
    return row * (rounds * cell.rows + len(ready.test.rows) + cell.rows)


def _carried(
    ready: _Ready,
    asked: Sequence[Cell],
    done: dict[str, Cell],
    journal: Journal,
    out: Path,
    watch: Watch,
) -> Iterator[Cell]:
    weights = [_weight(ready, cell) for cell in asked]
    spent, worked, prompting = 0.0, 0.0, dict[str, Prompting]()
    for place, blank in enumerate(asked):
        key = _key(ready, blank)
        if key not in done:
            began = process_time()
            done[key] = _measured(ready, blank, out, prompting)
            journal.append(to_json(_Noted(key=key, cell=done[key])))
            spent, worked = spent + process_time() - began, worked + weights[place]
        left = sum(w for c, w in zip(asked[place + 1 :], weights[place + 1 :], strict=True)
                   if _key(ready, c) not in done)  # fmt: skip
        watch(done[key], place + 1, len(asked), left * spent / worked if worked else 0.0)
        yield done[key]


def _measured(ready: _Ready, cell: Cell, out: Path, prompting: dict[str, Prompting]) -> Cell:
    try:
        if cell.way == "in_context":
            return _prompted(ready, cell, prompting)
        return _adapted(ready, cell, out)
    except (ModelError, DataError) as error:
        return replace(cell, reason=str(error))


def _prompted(ready: _Ready, cell: Cell, prompting: dict[str, Prompting]) -> Cell:
    if cell.rows > len(ready.learn.rows):
        return replace(cell, reason=f"there are {len(ready.learn.rows)} labelled rows")
    if cell.model not in prompting:
        path = next(each.path for each in ready.givens.values() if each.name == cell.model)
        prompting[cell.model] = Prompting(path, ready.labels)
    bits, flops = prompting[cell.model].right(ready.test.rows, ready.draw(cell.seed)[: cell.rows])
    return replace(cell, right=bits, answer_flops=flops)


def _adapted(ready: _Ready, cell: Cell, out: Path) -> Cell:
    rows = ready.draw(cell.seed)[: cell.rows]
    counts = [sum(row.labels == (label,) for row in rows) for label in ready.labels]
    if min(counts) < LEAST:
        return replace(
            cell,
            reason=f"{cell.rows} rows are fewer than {LEAST} of each of {len(ready.labels)} labels",
        )
    model = next(m for m, each in ready.givens.items() if each.name == cell.model)
    folder = out / WORK / f"{cell.model}-{cell.way}-n{cell.rows}-s{cell.seed}"
    wanted = Wanted(
        model=str(ready.givens[model].path),
        data=_written(rows, ready, out / ROWS / f"n{cell.rows}-s{cell.seed}.csv"),
        test=_written(ready.test.rows, ready, out / ROWS / "test.csv"),
        method=cell.way,
        columns=Columns(texts=_names(ready), label="label"),
        seed=cell.seed,
        dials=ready.order.dials,
    )
    began = process_time()
    made = adapt(wanted, folder, lambda line: None, lambda *moment: None)
    took = process_time() - began
    shutil.rmtree(folder, ignore_errors=True)
    row = 2.0 * made.ref.params * ready.width[model]
    return replace(
        cell,
        right="".join("01"[one.said == one.label] for one in made.rows),
        make_flops=row * cell.rows if cell.way == "head" else made.ref.flops,
        make_seconds=took,
        answer_flops=row,
    )


def _names(ready: _Ready) -> tuple[str, ...]:
    return tuple(f"text{number}" for number in range(1, 1 + len(ready.learn.columns.texts)))


def _written(rows: Sequence[Row], ready: _Ready, path: Path) -> Path:
    """The rows as a file; one that is there is the same."""
    from io import StringIO

    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow((*_names(ready), "label"))
    writer.writerows((*row.texts, row.label) for row in rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, text.getvalue().encode())
    return path
