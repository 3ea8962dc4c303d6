"""Run a crossover: measure every cell once, and write it to the journal before the next.

A cell is a pure function of the rows, the method, the model, the number of rows and the seed. Cells
in the journal are not run again, so an interrupted crossover resumes.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import process_time

from ..data.labeled import Columns, Row
from ..errors import DataError, ModelError
from ..finetune.config import FinetuneConfig, LogFn
from ..finetune.pipeline import finetune
from ..finetune.predictor import Predictor
from ..finetune.run_id import HASHED_PACKAGES as FINETUNE_PACKAGES
from ..plugins import code_version
from ..records import Cell, CrossoverResult, fingerprint, from_json, to_json
from ..store.atomic import write_bytes
from ..store.journal import Journal, read
from ..store.lock import claim_dir
from .cost import estimated_flops, measured_flops
from .in_context import InContextClassifier
from .setup import CrossoverConfig, CrossoverSetup, prepare
from .subsets import train_sizes

JOURNAL_FILE, ROWS_DIR, WORK_DIR = "cells.jsonl", "rows", "work"
LATENCY_ROWS = 64
"""Rows that are timed to measure the latency of a prediction."""

MIN_ROWS_PER_LABEL = 2
"""Fewest rows of each label: one for training and one for the dev rows."""

HASHED_PACKAGES = (*FINETUNE_PACKAGES, "crossover")
"""The source that can change the numbers of a cell."""

CrossoverProgressFn = Callable[[Cell, int, int, float], None]
"""Receives a finished cell, the number of finished and of all cells, and the seconds left."""


@dataclass(frozen=True)
class CrossoverPlan:
    """The work of a crossover."""

    measurements: int
    remaining: int
    """Measurements that are not in the journal yet."""

    test_rows: int
    """Test rows of each measurement."""

    flops: float
    """Estimated FLOPs of the remaining measurements."""


def plan_crossover(config: CrossoverConfig, out: Path, log: LogFn) -> CrossoverPlan:
    """The plan of `run_crossover`, without writing anything. Raises the same errors."""
    setup = prepare(config, log)
    return _build_plan(setup, list(_list_cells(setup)), _read_journal(read(out / JOURNAL_FILE)[0]))


def run_crossover(
    config: CrossoverConfig,
    out: Path,
    log: LogFn,
    on_plan: Callable[[CrossoverPlan], None],
    on_progress: CrossoverProgressFn,
) -> CrossoverResult:
    """Measure every cell, with the journal in the folder `out`.

    `on_plan` receives the plan before the first cell. Raises DataError, ModelError or SpecError for
    unusable input. A cell that a model cannot do has a reason instead of results.
    """
    setup = prepare(config, log)
    planned = list(_list_cells(setup))
    with claim_dir(out):
        journal = Journal(out / JOURNAL_FILE)
        try:
            done = _read_journal(journal.payloads)
            on_plan(_build_plan(setup, planned, done))
            cells = list(_run_cells(setup, planned, done, journal, out, on_progress))
        finally:
            journal.close()
    shutil.rmtree(out / WORK_DIR, ignore_errors=True)
    return CrossoverResult(
        name=config.data.stem,
        data=config.data.name,
        eval_set=setup.test_name,
        test_rows=len(setup.test.rows),
        labels=setup.labels,
        available_rows=len(setup.train.rows),
        train_sizes=train_sizes(len(setup.train.rows), config.train_sizes),
        shots=config.shots,
        seeds=config.seeds,
        models=tuple(pretrained.name for pretrained in setup.pretrained.values()),
        cells=tuple(cells),
        problems=setup.problems,
    )


def _list_cells(setup: CrossoverSetup) -> Iterator[Cell]:
    """The cells before they are measured, cheap ones first within a seed and model."""
    config = setup.config
    methods = [method for method in ("linear", "lora", "full") if method in config.methods]
    shots = config.shots if "in_context" in config.methods else ()
    for seed in range(config.seeds):
        for model in config.models:
            base_cell = Cell(
                method="",
                model=setup.pretrained[model].name,
                params=setup.params[model],
                train_rows=0,
                seed=seed,
            )
            for count in shots:
                if seed == 0 or count:
                    yield replace(base_cell, method="in_context", train_rows=count)
            for count in train_sizes(len(setup.train.rows), config.train_sizes):
                for method in methods:
                    yield replace(base_cell, method=method, train_rows=count)


def _cell_key(setup: CrossoverSetup, cell: Cell) -> str:
    """The fingerprint of everything that a cell depends on."""
    pretrained, config = setup.pretrained[setup.model_key(cell)], setup.config
    return fingerprint(
        replace(cell, params=0),
        pretrained.weights_hash,
        setup.train.digest,
        setup.test.digest,
        config.hyperparameters,
        config.columns,
        code_version(HASHED_PACKAGES),
    )


def _read_journal(payloads: Sequence[str]) -> dict[str, Cell]:
    cells = {}
    for payload in payloads:
        line = from_json(_JournalLine, payload)
        cells[line.key] = line.cell
    return cells


@dataclass(frozen=True, kw_only=True)
class _JournalLine:
    """A line of the journal."""

    key: str
    cell: Cell


def _build_plan(
    setup: CrossoverSetup, planned: Sequence[Cell], done: dict[str, Cell]
) -> CrossoverPlan:
    remaining = [cell for cell in planned if _cell_key(setup, cell) not in done]
    flops = sum(_estimate_cell_flops(setup, cell) for cell in remaining)
    return CrossoverPlan(len(planned), len(remaining), len(setup.test.rows), flops)


def _estimate_cell_flops(setup: CrossoverSetup, cell: Cell) -> float:
    """Estimated FLOPs of a cell, with its evaluation."""
    mean_tokens = setup.mean_tokens[setup.model_key(cell)]
    test_rows, num_labels = len(setup.test.rows), len(setup.labels)
    return estimated_flops(cell, mean_tokens, test_rows, num_labels, setup.config.hyperparameters)


def _run_cells(
    setup: CrossoverSetup,
    planned: Sequence[Cell],
    done: dict[str, Cell],
    journal: Journal,
    out: Path,
    on_progress: CrossoverProgressFn,
) -> Iterator[Cell]:
    costs = [_estimate_cell_flops(setup, cell) for cell in planned]
    elapsed, completed, classifiers = 0.0, 0.0, dict[str, InContextClassifier]()
    for index, base_cell in enumerate(planned):
        key = _cell_key(setup, base_cell)
        if key not in done:
            started = process_time()
            done[key] = _run_cell(setup, base_cell, out, classifiers)
            journal.append(to_json(_JournalLine(key=key, cell=done[key])))
            elapsed, completed = elapsed + process_time() - started, completed + costs[index]
        remaining = sum(
            w
            for c, w in zip(planned[index + 1 :], costs[index + 1 :], strict=True)
            if _cell_key(setup, c) not in done
        )
        on_progress(
            done[key],
            index + 1,
            len(planned),
            remaining * elapsed / completed if completed else 0.0,
        )
        yield done[key]


def _run_cell(
    setup: CrossoverSetup, cell: Cell, out: Path, classifiers: dict[str, InContextClassifier]
) -> Cell:
    try:
        if cell.method == "in_context":
            return _run_in_context(setup, cell, classifiers)
        return _run_finetuning(setup, cell, out)
    except (ModelError, DataError) as error:
        path = setup.pretrained[setup.model_key(cell)].path
        return replace(cell, reason=str(error).replace(str(path), cell.model))


def _run_in_context(
    setup: CrossoverSetup, cell: Cell, classifiers: dict[str, InContextClassifier]
) -> Cell:
    if cell.train_rows > len(setup.train.rows):
        return replace(cell, reason=f"there are only {len(setup.train.rows)} labeled rows")
    if cell.model not in classifiers:
        path = setup.pretrained[setup.model_key(cell)].path
        classifiers[cell.model] = InContextClassifier(path, setup.labels)
    classifier, examples = classifiers[cell.model], setup.sample_rows(cell.seed)[: cell.train_rows]
    classifier.model  # noqa: B018, loaded before the clock starts
    started = process_time()
    correct, flops = classifier.evaluate(setup.test.rows, examples)
    seconds = (process_time() - started) / len(setup.test.rows)
    return replace(cell, correct=correct, inference_flops=flops, inference_seconds=seconds)


def _run_finetuning(setup: CrossoverSetup, cell: Cell, out: Path) -> Cell:
    rows = setup.sample_rows(cell.seed)[: cell.train_rows]
    counts = [sum(row.labels == (label,) for row in rows) for label in setup.labels]
    if min(counts) < MIN_ROWS_PER_LABEL:
        return replace(
            cell,
            reason=f"{cell.train_rows} rows have fewer than {MIN_ROWS_PER_LABEL} of "
            f"some of the {len(setup.labels)} labels",
        )
    model = setup.model_key(cell)
    folder = out / WORK_DIR / f"{cell.model}-{cell.method}-n{cell.train_rows}-s{cell.seed}"
    config = FinetuneConfig(
        model=str(setup.pretrained[model].path),
        data=_write_rows(rows, setup, out / ROWS_DIR / f"n{cell.train_rows}-s{cell.seed}.jsonl"),
        test=_write_rows(setup.test.rows, setup, out / ROWS_DIR / "test.jsonl"),
        method=cell.method,
        columns=Columns(text_columns=_text_column_names(setup), label_column="label"),
        seed=cell.seed,
        hyperparameters=setup.config.hyperparameters,
    )
    started = process_time()
    card = finetune(config, folder, lambda line: None, lambda *log_entry: None)
    train_seconds = process_time() - started
    inference_seconds = _inference_seconds(
        Predictor.from_pretrained(folder), setup.test.rows[:LATENCY_ROWS]
    )
    shutil.rmtree(folder, ignore_errors=True)
    return replace(
        cell,
        correct="".join(
            "01"[prediction.prediction == prediction.label] for prediction in card.predictions
        ),
        train_flops=measured_flops(card, setup.mean_tokens[model]),
        train_seconds=train_seconds,
        inference_flops=2.0 * card.ref.params * setup.mean_tokens[model],
        inference_seconds=inference_seconds,
    )


def _inference_seconds(predictor: Predictor, rows: Sequence[Row]) -> float:
    """CPU seconds of one prediction, after a warm-up."""
    predictor(rows[:1])
    started = process_time()
    predictor(rows)
    return (process_time() - started) / len(rows)


def _text_column_names(setup: CrossoverSetup) -> tuple[str, ...]:
    return tuple(f"text{number}" for number in range(1, 1 + len(setup.train.columns.text_columns)))


def _write_rows(rows: Sequence[Row], setup: CrossoverSetup, path: Path) -> Path:
    names = (*_text_column_names(setup), "label")
    records = (dict(zip(names, (*row.texts, row.label), strict=True)) for row in rows)
    write_bytes(path, "".join(f"{json.dumps(record)}\n" for record in records).encode())
    return path
