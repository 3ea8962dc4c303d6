"""Copies that go back where they came from, in memory or in a file."""

import pytest
import torch

from upwell.train import copies as module
from upwell.train.copies import copies


@pytest.fixture(params=["memory", "file"])
def place(request, monkeypatch):
    monkeypatch.setattr(module, "LARGE", 1 if request.param == "file" else 1 << 40)


def test_a_copy_stays_what_it_was(place):
    live = {
        "weights": torch.randn(1000),
        "step": torch.tensor(3.0),
        "last": torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last),
        "count": torch.tensor([7], dtype=torch.int64),
        "none": torch.zeros(0),
        "half": torch.randn(8).to(torch.bfloat16),
    }
    before = {name: tensor.clone() for name, tensor in live.items()}
    kept = copies(live)
    for tensor in live.values():
        tensor.add_(1)
    assert all(torch.equal(kept[name], before[name]) for name in live)
    assert all(kept[name].dtype == before[name].dtype for name in live)


def test_two_copies_are_of_their_own(place):
    live = {"weights": torch.zeros(100)}
    first = copies(live)
    live["weights"].fill_(1)
    second = copies(live)
    assert first["weights"].sum() == 0 and second["weights"].sum() == 100


def test_where_no_file_can_be_had_memory_is_used(monkeypatch):
    def none(**_):
        raise OSError("no room")

    monkeypatch.setattr(module, "LARGE", 1)
    monkeypatch.setattr(module, "TemporaryFile", none)
    live = {"weights": torch.ones(10)}
    kept = copies(live)
    live["weights"].zero_()
    assert kept["weights"].sum() == 10
