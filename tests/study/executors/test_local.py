import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from upwell.errors import RunError, StoreError
from upwell.records import ModelSpec
from upwell.store import Store
from upwell.study import execute, table
from upwell.study.executors.local import MAX_RETRIES, find_preload_modules
from upwell.study.worker import RunTask

from .. import samples
from ..samples import MAKER, TOYS, created, toys

VAST = {"width": 1 << 17, "depth": 64, "vocab_size": 98}


def carry_out(store, runs, workers=2):
    events = []
    execute(runs, store, workers, events.append, MAKER)
    return events


def kinds(events, run):
    return [event.kind for event in events if event.run == run.id]


def test_failing_runs_do_not_stop_the_rest(tmp_path):
    runs = toys(samples.RAISES, samples.BUG, samples.KILLED_ALWAYS, samples.FINE)
    raises, bug, killed, fine = runs
    store = created(tmp_path, TOYS, runs)
    events = carry_out(store, runs)
    assert kinds(events, fine) == ["started", "finished"]
    assert kinds(events, raises) == kinds(events, bug) == ["started", "failed"]
    assert kinds(events, killed) == ["started", "retried"] * MAX_RETRIES + ["started", "failed"]
    reasons = {run.seed: store.run(run.id).failure().reason for run in (raises, bug, killed)}
    assert reasons[samples.RAISES].endswith("lower the learning rate")
    assert reasons[samples.BUG] == "ZeroDivisionError: division by zero"
    assert "killed by SIGSEGV, 4 times" in reasons[samples.KILLED_ALWAYS]
    assert "Traceback" in (store.run(bug.id).path / "log.txt").read_text()


def test_what_a_failed_run_did_not_measure_is_missing_with_its_reason(tmp_path):
    runs = toys(samples.RAISES, samples.FINE)
    store = created(tmp_path, TOYS, runs)
    carry_out(store, runs)
    rows = table(store).frame
    failed = rows.filter(rows["seed"] == samples.RAISES)
    assert failed.height == rows.filter(rows["seed"] == samples.FINE).height == 20
    late = failed.filter(failed["tokens"] == 2_000_000)
    assert late["value"].null_count() == late.height == 10
    assert all("the loss broke" in reason for reason in late["reason"])
    assert failed.filter(failed["tokens"] == 1_000_000)["value"].null_count() == 0


@pytest.mark.parametrize("seed", [samples.KILLED_ONCE, samples.KILLS_SERVER])
def test_a_kill_is_tried_again_and_leaves_no_trace(tmp_path, seed):
    runs = toys(seed, samples.FINE)
    store = created(tmp_path / "killed", TOYS, runs)
    events = carry_out(store, runs)
    assert kinds(events, runs[0]) == ["started", "retried", "started", "finished"]
    calm = created(tmp_path / "calm", TOYS, runs)
    for run in runs:
        folder = calm.run(run.id)
        folder.path.mkdir(parents=True)
        (folder.path / "killed").touch()
    carry_out(calm, runs)
    assert store.results() == calm.results()


def test_finished_runs_are_found_and_failed_ones_tried_again(tmp_path):
    runs = toys(samples.RAISES, samples.FINE)
    store = created(tmp_path, TOYS, runs)
    carry_out(store, runs)
    events = carry_out(store, runs)
    assert kinds(events, runs[1]) == ["skipped"]
    assert kinds(events, runs[0]) == ["started", "failed"]


def test_a_run_that_needs_more_memory_than_there_is_fails_with_a_sentence(tmp_path):
    (run,) = toys(samples.FINE)
    store = created(tmp_path, TOYS, [run])
    vast = replace(run, model=ModelSpec(family="decoder", hparams=VAST, tokenizer="ascii"))
    execute([vast], store, 1, model_factory=MAKER)
    assert "MB of memory and only" in store.run(run.id).failure().reason


def test_two_drivers_do_not_work_on_one_study(tmp_path):
    runs = toys(samples.FINE)
    store = created(tmp_path, TOYS, runs)
    with store.lock(), pytest.raises(StoreError, match="in use by process"):
        execute(runs, Store.open(tmp_path), 1, model_factory=MAKER)
    with store.lock():
        carry_out(store, runs)


def test_ctrl_c_stops_everything_and_says_how_to_go_on(tmp_path):
    runs = toys(samples.FINE, samples.SLEEPS)
    store = created(tmp_path, TOYS, runs)

    def interrupt(event):
        if event.kind == "finished":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match="1 of 2 runs finished; nothing is lost"):
        execute(runs, store, 2, interrupt, MAKER)
    with store.run(runs[1].id).open_journal(runs[1]) as findings:
        assert len(findings.answers) == 200


def test_it_can_be_driven_from_a_thread(tmp_path):
    runs = toys(samples.FINE)
    store = created(tmp_path, TOYS, runs)
    thread = threading.Thread(target=carry_out, args=(store, runs))
    thread.start()
    thread.join()
    assert len(store.results()) == 1


def test_the_server_has_one_thread_when_it_forks(tmp_path):
    names = find_preload_modules(
        RunTask(root=str(tmp_path)), [*toys(0), *samples.build_runs(samples.DECODERS)]
    )
    assert "upwell.train" in names and "upwell.models.families.decoder" in names
    text = (
        "import os, sys; from upwell.study.executors.process_pool import server\n"
        f"server._preload({names!r})\n"
        "print(len(os.listdir('/proc/self/task')), 'torch._dynamo' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout == "1 True\n"


def test_a_server_that_cannot_start_is_one_sentence(tmp_path, monkeypatch):
    runs = toys(samples.FINE)
    store = created(tmp_path / "study", TOYS, runs)
    (tmp_path / "torch.py").write_text("raise SystemExit(3)")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(RunError, match="exit code 3 before it was ready"):
        execute(runs, store, 1, model_factory="upwell.models.lm.causal:never")
