"""The studies of learning in context: what they plan, and a run of each in small."""

from dataclasses import replace

import polars as pl
import pytest

from upwell.store import Store
from upwell.studies import in_context, task_diversity
from upwell.study import execute_run, plan, table


def accuracy(asked, folder, limit):
    """After training on so many tasks, by ability and shots."""
    store, planned = Store.create(folder, asked), plan(asked)
    store.save_plan(planned)
    for run in planned.runs:
        if run.data[0].limit == limit:
            execute_run(run, store)
    frame = table(store).where(metric="accuracy", train_rows=limit).frame
    frame = frame.filter(pl.col("tokens") > 0)
    keys = zip(frame["ability"].to_list(), frame["shots"].to_list(), strict=True)
    return dict(zip(keys, frame["value"].to_list(), strict=True))


@pytest.fixture
def asked():
    return replace(task_diversity.study(tokens=80_000, seeds=1, width=32), shots=(0, 5))


def test_one_task_is_memorized(asked, tmp_path) -> None:
    found = accuracy(asked, tmp_path / "out", 1)
    assert found["training_tasks", 0] > 0.8
    assert found["new_tasks", 5] < 0.45


def test_many_tasks_are_learned_in_context(asked, tmp_path) -> None:
    found = accuracy(asked, tmp_path / "out", 4096)
    assert found["new_tasks", 5] > 0.55
    assert found["training_tasks", 0] == pytest.approx(0.2, abs=0.08)
    assert found["shuffled_tasks", 5] == pytest.approx(0.2, abs=0.08)


def test_the_ladder_of_widths_goes_from_few_to_many_parameters() -> None:
    runs = plan(in_context.study()).runs
    assert [run.model.hparams["width"] for run in runs[::2]] == list(in_context.WIDTHS)
    assert {run.data[0].limit for run in plan(in_context.study(tasks=16)).runs} == {16}
