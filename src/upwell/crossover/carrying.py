"""Carry a crossover out: every cell once, each on the disk before the next begins.

A cell is a pure function of the rows, the way, the model, the number of rows and the seed. What the
journal has is not done again, so a crossover that was killed goes on where it was.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from io import StringIO
from pathlib import Path
from time import process_time

from ..adapt.adapting import adapt
from ..adapt.identity import ROOMS as ADAPTING
from ..adapt.predicting import Predictor
from ..adapt.wanted import Wanted
from ..data.labelled import Columns, Row
from ..errors import DataError, ModelError
from ..naming import source_version
from ..records import Cell, Crossing, fingerprint, from_json, to_json
from ..store.atomic import write_bytes
from ..store.journal import Journal, read
from ..store.lock import locked_folder
from .draws import sizes
from .pricing import foreseen, spent
from .prompting import Prompting
from .readying import Order, Ready, Tell, ready_for

JOURNAL, ROWS, WORK = "cells.jsonl", "rows", "work"
TIMED = 64
"""Rows by which the time of an answer is taken."""

LEAST = 2
"""Rows of a label without which nothing can be held back to choose by."""

ROOMS = (*ADAPTING, "crossover")
"""What makes numbers: a prompt that is written otherwise is another measurement."""

Watch = Callable[[Cell, int, int, float], None]
"""Hears of a cell that is done: how many are, how many there are, the seconds left."""


@dataclass(frozen=True)
class Plan:
    """What there is to do."""

    measurements: int
    left: int
    """Of them, those that the folder has not yet."""

    tested: int
    """Test rows of each."""

    flops: float
    """About what they take."""


def plan(order: Order, out: Path, tell: Tell) -> Plan:
    """What `carry_out` would do; nothing is written. Raises as it does."""
    ready = ready_for(order, tell)
    return _plan(ready, list(_asked(ready)), _known(read(out / JOURNAL)[0]))


def carry_out(
    order: Order, out: Path, tell: Tell, begin: Callable[[Plan], None], watch: Watch
) -> Crossing:
    """Every cell of the crossover, in the folder `out`; `begin` hears the plan.

    Raises DataError, ModelError or SpecError for what cannot be used; what a model or a number of
    rows cannot do is a cell with a reason.
    """
    ready = ready_for(order, tell)
    asked = list(_asked(ready))
    out.mkdir(parents=True, exist_ok=True)
    with locked_folder(out):
        journal = Journal(out / JOURNAL)
        try:
            done = _known(journal.bodies)
            begin(_plan(ready, asked, done))
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


def _asked(ready: Ready) -> Iterator[Cell]:
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


def _key(ready: Ready, cell: Cell) -> str:
    """All that a cell depends on."""
    given, order = ready.givens[ready.model(cell)], ready.order
    return fingerprint(
        replace(cell, params=0), given.mark, ready.learn.digest, ready.test.digest, order.dials,
        order.columns, code_version(),
    )  # fmt: skip


def _known(bodies: Sequence[str]) -> dict[str, Cell]:
    found = {}
    for body in bodies:
        noted = from_json(_Noted, body)
        found[noted.key] = noted.cell
    return found


@dataclass(frozen=True, kw_only=True)
class _Noted:
    """A line of the journal."""

    key: str
    cell: Cell


def _plan(ready: Ready, asked: Sequence[Cell], done: dict[str, Cell]) -> Plan:
    left = [cell for cell in asked if _key(ready, cell) not in done]
    flops = sum(_weight(ready, cell) for cell in left)
    return Plan(len(asked), len(left), len(ready.test.rows), flops)


def _weight(ready: Ready, cell: Cell) -> float:
    """About how much compute a cell takes, its test rows included."""
    width = ready.width[ready.model(cell)]
    tested, labels = len(ready.test.rows), len(ready.labels)
    return foreseen(cell, width, tested, labels, ready.order.dials)


def _carried(
    ready: Ready,
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


def _measured(ready: Ready, cell: Cell, out: Path, prompting: dict[str, Prompting]) -> Cell:
    try:
        if cell.way == "in_context":
            return _prompted(ready, cell, prompting)
        return _adapted(ready, cell, out)
    except (ModelError, DataError) as error:
        path = ready.givens[ready.model(cell)].path
        return replace(cell, reason=str(error).replace(str(path), cell.model))


def _prompted(ready: Ready, cell: Cell, prompting: dict[str, Prompting]) -> Cell:
    if cell.rows > len(ready.learn.rows):
        return replace(cell, reason=f"there are {len(ready.learn.rows)} labelled rows")
    if cell.model not in prompting:
        path = ready.givens[ready.model(cell)].path
        prompting[cell.model] = Prompting(path, ready.labels)
    asked, shown = prompting[cell.model], ready.draw(cell.seed)[: cell.rows]
    asked.model  # noqa: B018, read before time is taken
    began = process_time()
    bits, flops = asked.right(ready.test.rows, shown)
    took = (process_time() - began) / len(ready.test.rows)
    return replace(cell, right=bits, answer_flops=flops, answer_seconds=took)


def _adapted(ready: Ready, cell: Cell, out: Path) -> Cell:
    rows = ready.draw(cell.seed)[: cell.rows]
    counts = [sum(row.labels == (label,) for row in rows) for label in ready.labels]
    if min(counts) < LEAST:
        return replace(
            cell,
            reason=f"{cell.rows} rows are fewer than {LEAST} of each of {len(ready.labels)} labels",
        )
    model = ready.model(cell)
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
    answered = _answering(Predictor(folder), ready.test.rows[:TIMED])
    shutil.rmtree(folder, ignore_errors=True)
    row = 2.0 * made.ref.params * ready.width[model]
    return replace(
        cell,
        right="".join("01"[one.said == one.label] for one in made.rows),
        make_flops=spent(made, ready.width[model]),
        make_seconds=took,
        answer_flops=row,
        answer_seconds=answered,
    )


def _answering(predictor: Predictor, rows: Sequence[Row]) -> float:
    """Processor seconds of one answer; what happens at the first alone is left out."""
    predictor(rows[:1])
    began = process_time()
    predictor(rows)
    return (process_time() - began) / len(rows)


def _names(ready: Ready) -> tuple[str, ...]:
    return tuple(f"text{number}" for number in range(1, 1 + len(ready.learn.columns.texts)))


def _written(rows: Sequence[Row], ready: Ready, path: Path) -> Path:
    """The rows as a file; one that is there is the same."""
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow((*_names(ready), "label"))
    writer.writerows((*row.texts, row.label) for row in rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, text.getvalue().encode())
    return path
