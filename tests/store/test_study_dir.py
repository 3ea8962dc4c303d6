from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from upwell.errors import StoreError
from upwell.records import Cost, Plan, Verdict
from upwell.store import Store

from .samples import RUN, STUDY, answer, forecast

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def test_a_study_can_be_made_twice_and_opened(tmp_path):
    Store.create(tmp_path / "out", STUDY)
    Store.create(tmp_path / "out", replace(STUDY, question="And now?"))
    assert Store.open(tmp_path / "out").study().question == "And now?"


def test_a_folder_of_another_study_is_refused(tmp_path):
    Store.create(tmp_path, STUDY)
    with pytest.raises(StoreError, match="holds the study 'small', not 'big'"):
        Store.create(tmp_path, replace(STUDY, name="big"))


def test_a_folder_of_somebody_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(StoreError, match=r"thesis\.tex"):
        Store.create(tmp_path, STUDY)
    with pytest.raises(StoreError, match="no study folder"):
        Store.open(tmp_path)


def test_an_interrupted_making_can_be_repeated(tmp_path):
    (tmp_path / "lock").touch()
    (tmp_path / ".study.json.12.upwell-tmp").write_text("{")
    assert Store.create(tmp_path, STUDY).study() == STUDY


@pytest.mark.parametrize("url", ["s3://bucket/study", Path("s3://bucket/study"), "file:///tmp"])
def test_a_url_is_one_sentence(url):
    with pytest.raises(StoreError, match="is a URL"):
        Store.open(url)


def test_only_begun_runs_are_listed_and_only_finished_ones_have_results(tmp_path):
    store = Store.create(tmp_path, STUDY)
    assert store.runs() == [] and store.results() == []
    folder = store.run(RUN.id)
    with folder.open_journal(RUN) as journal:
        journal.add([answer("1")])
        assert [f.path.name for f in store.runs()] == [RUN.id]
        assert store.results() == []
        result = folder.finish(journal, [])
    assert store.results() == [result]


def test_plan_and_verdicts_come_back(tmp_path):
    store = Store.create(tmp_path, STUDY)
    cost = Cost(flops=1e9, seconds=2.0, disk_bytes=10, memory_bytes=20)
    plan = Plan(
        study=STUDY, runs=(RUN,), costs=(cost,), workers=2, total_cost=cost, smallest_jump=0.1
    )
    verdict = Verdict(
        ability="a",
        metric="accuracy",
        axis="params",
        kind="flat",
        explanation="No rise.",
        onset=None,
    )
    with pytest.raises(StoreError, match=r"plan\.json does not exist"):
        store.plan()
    assert store.verdicts() == ()
    store.save_plan(plan)
    store.save_verdicts([verdict])
    assert (store.plan(), store.verdicts()) == (plan, (verdict,))


def test_a_forecast_is_dated_and_graded_once(tmp_path):
    store = Store.create(tmp_path, STUDY)
    store.write_forecasts([forecast(value=0.5)], NOON)
    store.write_forecasts([forecast(value=0.9), forecast(at=2e6)])
    first, second = store.forecasts()
    assert (first.value, first.created_at) == (0.5, "2026-01-02T12:00:00+00:00")
    assert second.target == 2e6
    store.grade_forecasts(lambda f: 0.45 if f.target == 1e6 else None)
    store.grade_forecasts(lambda f: 0.99 if f.target == 1e6 else None)
    assert store.forecasts() == (replace(first, actual=0.45), second)


def test_a_forecast_of_what_is_known_is_refused(tmp_path):
    store = Store.create(tmp_path, STUDY)
    with pytest.raises(ValueError, match="known already"):
        store.write_forecasts([replace(forecast(), actual=0.4)])


def test_pages_stay_inside_the_folder(tmp_path):
    store = Store.create(tmp_path / "out", STUDY)
    assert store.write_page("figures/loss.svg", "<svg/>").read_text() == "<svg/>"
    with pytest.raises(StoreError, match="outside"):
        store.write_page("../page.html", "")
