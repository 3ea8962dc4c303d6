"""Copies that go back where they came from, in memory or in a file."""

from pathlib import Path

import pytest
import torch

from upwell.train import snapshot_buffers
from upwell.train.snapshot_buffers import SnapshotBuffers, copy_tensors


@pytest.fixture(params=["memory", "file"])
def place(request, monkeypatch):
    monkeypatch.setattr(
        snapshot_buffers, "MIN_FILE_BYTES", 1 if request.param == "file" else 1 << 40
    )


def test_a_copy_stays_what_it_was(place):
    live = {
        "weights": torch.randn(40_000),
        "step": torch.tensor(3.0),
        "last": torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last),
        "count": torch.tensor([7], dtype=torch.int64),
        "none": torch.zeros(0),
        "half": torch.randn(8).to(torch.bfloat16),
    }
    before = {name: tensor.clone() for name, tensor in live.items()}
    kept = copy_tensors(live)
    for tensor in live.values():
        tensor.add_(1)
    assert all(torch.equal(kept[name], before[name]) for name in live)
    assert all(kept[name].dtype == before[name].dtype for name in live)


def test_two_copies_are_of_their_own(place):
    live = {"weights": torch.zeros(40_000)}
    first = copy_tensors(live)
    live["weights"].fill_(1)
    second = copy_tensors(live)
    assert first["weights"].sum() == 0 and second["weights"].sum() == 40_000


def test_the_last_two_of_many_stay_what_they_were(place):
    live, taking = {"weights": torch.zeros(40_000)}, SnapshotBuffers()
    kept = []
    for number in range(7):
        live["weights"].fill_(number)
        kept.append(taking.take(live)["weights"])
        assert [float(one[-1]) for one in kept[-2:]] == list(range(max(0, number - 1), number + 1))


def open_files():
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are told by Linux")
def test_files_are_given_back(monkeypatch):
    monkeypatch.setattr(snapshot_buffers, "MIN_FILE_BYTES", 1)
    before = open_files()
    taking = SnapshotBuffers()
    kept = [taking.take({"weights": torch.ones(40_000)}) for _ in range(5)]
    del taking, kept
    assert open_files() == before


def test_where_no_file_can_be_had_memory_is_used(monkeypatch):
    def none(**_):
        raise OSError("no room")

    monkeypatch.setattr(snapshot_buffers, "MIN_FILE_BYTES", 1)
    monkeypatch.setattr(snapshot_buffers, "TemporaryFile", none)
    live = {"weights": torch.ones(10)}
    kept = copy_tensors(live)
    live["weights"].zero_()
    assert kept["weights"].sum() == 10
