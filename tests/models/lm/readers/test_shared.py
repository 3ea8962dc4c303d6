"""Sharing changes no number: every shape, every kind of tree, against rows read alone."""

import random

import pytest
import torch

from upwell.models.lm.readers.base import max_tokens_for_memory
from upwell.models.lm.readers.plain import PlainReader
from upwell.models.lm.readers.shared import PrefixSharingReader

from ... import shapes

CLOSE = 1e-5


@pytest.fixture(scope="module", params=[*shapes.SHAPES, *shapes.OTHERS])
def network(request):
    return shapes.network(request.param)


def trunk_and_branches():
    """A long beginning, questions after parts of it, choices after every question."""
    rng = random.Random(0)
    beginning = [rng.randrange(398) for _ in range(60)]
    rows = []
    for cut in (0, 20, 60):
        for _ in range(9):
            question = beginning[:cut] + [rng.randrange(4) for _ in range(rng.randrange(1, 9))]
            for _ in range(3):
                choice = [rng.randrange(3) for _ in range(rng.randrange(1, 4))]
                rows.append((question + choice, len(question)))
    return rows


def alone(network, rows):
    found = []
    for ids, start in rows:
        with torch.no_grad():
            logits = network(torch.tensor([ids])).logits[0]
        logprobs = logits.log_softmax(-1)
        found.append([logprobs[place - 1, ids[place]].item() for place in range(start, len(ids))])
    return found


def furthest(heard, expected):
    return max(
        abs(a - b)
        for each, expected in zip(heard, expected, strict=True)
        for a, b in zip(each.logprobs, expected, strict=True)
    )


@pytest.mark.parametrize("reader", [PrefixSharingReader, PlainReader])
def test_numbers_are_those_of_rows_read_alone(network, reader):
    rows = trunk_and_branches()
    assert furthest(reader(network).read(rows), alone(network, rows)) < CLOSE


def test_small_memory_gives_the_same_numbers(network):
    rows = trunk_and_branches()
    small = PrefixSharingReader(network, memory=200_000)
    assert furthest(small.read(rows), alone(network, rows)) < CLOSE


def test_every_token_of_a_text_can_be_scored(network):
    ids = [place * 7 % 390 for place in range(90)]
    rows = [(ids, 1), (ids[:50], 1), ([*ids[:30], 3, 4], 25)]
    assert furthest(PrefixSharingReader(network).read(rows), alone(network, rows)) < CLOSE


def test_argmax_tokens_are_those_of_the_network(network):
    rows = trunk_and_branches()[:6]
    for (ids, start), heard in zip(rows, PrefixSharingReader(network).read(rows), strict=True):
        with torch.no_grad():
            guesses = network(torch.tensor([ids])).logits[0, start - 1 : -1].argmax(-1)
        assert heard.argmax_tokens == guesses.tolist()


@pytest.mark.parametrize("kind", shapes.PARTIAL)
def test_networks_that_cannot_share_are_read_plainly(kind):
    network = shapes.network(kind)
    rows = trunk_and_branches()[:9]
    assert furthest(PlainReader(network).read(rows), alone(network, rows)) < 1e-4


def test_tokens_that_are_shared_are_read_once(monkeypatch):
    network, read = shapes.network("llama"), []
    network.register_forward_pre_hook(
        lambda _, args, given: read.append(given["input_ids"].numel()), with_kwargs=True
    )
    beginning = list(range(80))
    rows = [([*beginning, 300 + n, 4, 5], 82) for n in range(40)]
    PrefixSharingReader(network).read(rows)
    assert sum(read) == 80 + 40 * 2
    assert len(read) <= 3


def test_progress_rises_to_the_total():
    told = []
    rows = trunk_and_branches()
    PrefixSharingReader(shapes.network("llama")).read(
        rows, lambda done, total: told.append((done, total))
    )
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]


def test_less_memory_means_fewer_tokens_at_once():
    config = shapes.network("llama").config
    assert max_tokens_for_memory(1 << 20, config, 0) < max_tokens_for_memory(1 << 24, config, 0)
    assert max_tokens_for_memory(1 << 24, config, 1000) < max_tokens_for_memory(1 << 24, config, 0)
    assert max_tokens_for_memory(0, config, 0) == 16


def test_no_rows_give_no_scores():
    assert PrefixSharingReader(shapes.network("gpt2")).read([]) == []


def test_long_rows_that_look_in_blocks_have_the_same_numbers():
    """A context long enough for several blocks, which are asked for in some places only."""
    network = shapes.network("llama")
    rng = random.Random(1)
    rows = []
    for length in (90, 80, 95):
        start = [rng.randrange(398) for _ in range(length)]
        rows += [(start + [rng.randrange(398) for _ in range(3)], length) for _ in range(3)]
    assert furthest(PrefixSharingReader(network).read(rows), alone(network, rows)) < CLOSE
