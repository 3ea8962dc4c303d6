import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
import torch

from upwell.errors import StoreError
from upwell.records import TrainLogEntry
from upwell.store import RunDir

from .samples import RUN, answer, model, observation

SAVER = """
import sys
from pathlib import Path
import torch
from upwell.store import RunDir
folder = RunDir(Path(sys.argv[1]))
number = 0
while True:
    number += 1
    folder.save_checkpoint("trunk", {"w": torch.full((20_000,), number)}, {"number": number})
    if number == 1:
        print("saved once", flush=True)
"""


@pytest.fixture
def folder(tmp_path):
    return RunDir(tmp_path / RUN.id)


def _damage(path):
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))


def _log_entry(step, branch=0, seconds=1.0, event=None):
    return TrainLogEntry(
        run=RUN.id, branch=branch, step=step, tokens=step, loss=1.0, lr_fraction=1.0,
        grad_norm=None, seconds=seconds, event=event,
    )  # fmt: skip


def test_a_killed_run_goes_on_with_what_it_found(folder):
    with folder.open_journal(RUN) as journal:
        journal.add([answer("1")], [observation("accuracy")])
    with (folder.path / "journal.jsonl").open("ab") as file:
        file.write(b'{"sum":"01')
    with folder.open_journal(RUN) as journal:
        assert list(journal.answers.values()) == [answer("1")]
        journal.add([answer("2")])
    assert folder.answers() == [answer("1"), answer("2")]
    assert folder.observations() == [observation("accuracy")]
    assert "cut 10 bytes" in (folder.path / "log.txt").read_text()


def test_nothing_is_found_twice(folder):
    with folder.open_journal(RUN) as journal:
        journal.add([answer("1")])
        with pytest.raises(ValueError, match="already"):
            journal.add([answer("2"), answer("1")])
        with pytest.raises(ValueError, match="twice"):
            journal.add([answer("2"), answer("2")])
    assert folder.answers() == [answer("1")]


def test_nan_is_refused_at_the_disk(folder):
    with folder.open_journal(RUN) as journal:
        with pytest.raises(ValueError, match="not a value"):
            journal.add(observations=[observation("loss", float("nan"))])
        assert not journal.observations
    assert folder.observations() == []


def test_a_finished_run_is_compact_and_reads_the_same(folder):
    missing = observation("accuracy", None)
    with folder.open_journal(RUN) as journal:
        ref = folder.save_model(model(), {"w": torch.ones(2)})
        folder.save_checkpoint("trunk", {"w": torch.ones(2)}, {})
        journal.add([answer("2"), answer("1")], [observation("loss"), missing])
        result = folder.finish(journal, [ref])
    assert folder.result() == result
    assert (result.answers, result.observations, result.missing) == (2, 2, 1)
    assert folder.answers() == [answer("1"), answer("2")]
    assert folder.observations() == [missing, observation("loss")]
    assert sorted(path.name for path in folder.path.iterdir()) == [
        "answers.parquet", "models", "observations.parquet", "result.json", "run.json",
    ]  # fmt: skip


def test_a_kill_before_tidying_is_tidied_later(folder):
    with folder.open_journal(RUN) as journal:
        folder.finish(journal, [])
    (folder.path / "journal.jsonl").touch()
    folder.save_checkpoint("trunk", {"w": torch.ones(2)}, {})
    folder.remove_checkpoints()
    folder.remove_checkpoints()
    assert not list(folder.path.glob("journal*")) and not list(folder.path.glob("checkpoint"))


def test_the_order_of_finding_leaves_no_trace(tmp_path):
    contents = []
    for items in (["1", "2", "3"], ["3", "1", "2"]):
        folder = RunDir(tmp_path / items[0])
        with folder.open_journal(RUN) as journal:
            for item in items:
                journal.add([answer(item)])
            folder.finish(journal, [model()])
        contents.append((folder.path / "result.json").read_bytes())
    assert contents[0] == contents[1]


def test_damaged_results_are_refused_by_name(folder):
    with folder.open_journal(RUN) as journal:
        journal.add([answer("1")])
        folder.finish(journal, [])
    _damage(folder.path / "answers.parquet")
    with pytest.raises(StoreError, match=r"answers\.parquet is damaged"):
        folder.answers()
    assert folder.observations() == []


def test_a_checkpoint_comes_back_to_the_bit(folder):
    tensors = {"w": torch.randn(3, 4).T, "step": torch.tensor(7), "b": torch.randn(2).bfloat16()}
    folder.save_checkpoint("trunk", tensors, {"loader": {"row": 3}, "losses": [1.5, None]})
    loaded, state = folder.load_checkpoint("trunk")
    assert state == {"loader": {"row": 3}, "losses": [1.5, None]}
    assert loaded.keys() == tensors.keys()
    assert all(torch.equal(loaded[name], tensors[name]) for name in tensors)
    folder.drop_checkpoint("trunk")
    assert folder.load_checkpoint("trunk") is None


def test_a_damaged_checkpoint_is_refused_by_name(folder):
    folder.save_checkpoint("trunk", {"w": torch.ones(2)}, {})
    (weights,) = folder.path.glob("checkpoint/trunk/*.safetensors")
    _damage(weights)
    with pytest.raises(StoreError, match=weights.name):
        folder.load_checkpoint("trunk")


def test_a_kill_while_saving_leaves_a_whole_checkpoint(folder):
    last = 0
    for attempt in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", SAVER, folder.path], stdout=subprocess.PIPE
        ) as saver:
            saver.stdout.readline()
            time.sleep(0.02 + 0.007 * attempt)
            os.kill(saver.pid, signal.SIGKILL)
        tensors, state = folder.load_checkpoint("trunk")
        assert set(tensors["w"].tolist()) == {state["number"]}
        last = max(last, state["number"])
    assert last > 0


def test_a_model_is_named_by_its_weights(folder):
    ref = folder.save_model(model(), {"w": torch.zeros(2)})
    again = folder.save_model(model(), {"w": torch.ones(2)})
    assert ref.weights_sha256 != again.weights_sha256 and again.bytes > 0
    loaded, tensors = folder.load_model(ref.id)
    assert loaded == again and tensors["w"].tolist() == [1, 1]
    assert len(list(folder.path.glob("models/*/*.safetensors"))) == 1
    assert folder.has_model(ref.id) and not folder.has_model("other")


def test_a_model_without_weights_is_a_model(folder):
    folder.save_model(model(200), {})
    folder.save_model(model(0), {})
    assert folder.load_model(model(200).id) == (model(200), {})
    assert [ref.tokens for ref in folder.models()] == [0, 200]


def test_a_step_done_again_counts_once_and_its_time_twice(folder):
    with folder.open_journal(RUN):
        for step in (1, 2, 3):
            folder.progress(_log_entry(step, seconds=step))
    with folder.open_journal(RUN):
        for step in (3, 4):
            folder.progress(_log_entry(step, seconds=step - 2))
        folder.progress(_log_entry(4, event="spike", seconds=2.5))
    assert [(m.step, m.event) for m in folder.curve()] == [
        (1, None), (2, None), (3, None), (4, None), (4, "spike"),
    ]  # fmt: skip
    assert folder.seconds() == 3 + 2.5


def test_no_progress_is_no_time_and_not_zero_time(folder):
    assert folder.seconds() is None
    assert folder.curve() == []


def test_a_failure_stays_until_it_is_cleared(folder):
    folder.fail("the loss was not finite")
    assert folder.failure().reason == "the loss was not finite"
    folder.clear_failure()
    assert folder.failure() is None


def test_a_folder_holds_one_run(folder):
    with folder.open_journal(RUN):
        pass
    with (
        pytest.raises(StoreError, match="another run"),
        folder.open_journal(replace(RUN, seed=1)),
    ):
        pass
