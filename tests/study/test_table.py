from dataclasses import replace

import polars
import pytest

from upwell.errors import StoreError
from upwell.records.evaluation import TABLE_COLUMNS
from upwell.store import RunDir
from upwell.study import build_runs, execute_run, table

from . import samples
from .samples import DECODERS, TOYS, created, grow, reference, toys


def test_every_observation_stands_beside_its_model(tmp_path):
    runs = build_runs(replace(TOYS, seeds=(7, 8)))[:3]
    store = created(tmp_path, TOYS, runs)
    for run in runs:
        execute_run(run, store, grow)
    frame = table(store).frame
    assert frame.columns[: len(TABLE_COLUMNS)] == list(TABLE_COLUMNS)
    assert frame.columns[len(TABLE_COLUMNS) :] == ["train_rows", "run", "id"]
    assert frame.height == 3 * 2 * 2 * 5
    assert frame["model"].unique(maintain_order=True).to_list() == ["toy-p10000", "toy-p100000"]
    assert frame["id"].n_unique() == 6
    assert frame["params"].unique().sort().to_list() == [10_000, 100_000]


def test_unknown_is_null_and_never_nan(tmp_path):
    runs = toys(samples.FINE)
    store = created(tmp_path, TOYS, runs)
    execute_run(runs[0], store, grow)
    frame = table(store).frame
    floats = frame.select(polars.selectors.float())
    assert not any(floats[name].is_nan().any() for name in floats.columns)
    assert frame["step"].null_count() == frame["loss"].null_count() == frame.height


def test_numeric_hyperparameters_are_columns_and_axes(tmp_path):
    runs = build_runs(DECODERS)
    store = created(tmp_path, DECODERS, runs)
    store.run(runs[0].id).fail("it was not to be")
    frame = table(store).frame
    assert frame["width"].unique().to_list() == [16]
    assert frame["depth"].dtype == polars.Int64
    assert frame["step"].unique().sort().to_list() == [0, 156, 312]
    assert frame["reason"].unique().to_list() == ["it was not to be"]


def test_an_unfinished_run_is_read_from_its_journal(tmp_path):
    (run,) = toys(samples.FINE)
    store = created(tmp_path, TOYS, [run])
    assert len(table(store)) == 0

    def half(run, folder):
        yield next(iter(grow(run, folder)))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execute_run(run, store, half)
    assert table(store).frame["tokens"].unique().to_list() == [1_000_000]


def test_runs_of_an_earlier_plan_are_left_out(tmp_path):
    old, new = toys(samples.FINE, samples.SLEEPS)
    store = created(tmp_path, TOYS, [old])
    execute_run(old, store, grow)
    created(tmp_path, TOYS, [new])
    assert len(store.results()) == 1
    assert len(table(store)) == 0


def test_damage_is_refused_by_name(tmp_path):
    (run,) = toys(samples.FINE)
    store = created(tmp_path, TOYS, [run])
    execute_run(run, store, grow)
    path = RunDir(store.run(run.id).path).path / "observations.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(StoreError, match=r"observations\.parquet is damaged"):
        table(store)


def test_reference_ids_are_those_of_the_store(tmp_path):
    (run,) = toys(samples.FINE)
    store = created(tmp_path, TOYS, [run])
    execute_run(run, store, grow)
    ids = set(table(store).frame["id"])
    assert ids == {reference(run, tokens).id for tokens in run.milestones}
