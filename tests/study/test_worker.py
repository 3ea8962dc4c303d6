import numpy as np
import pytest

from upwell.models.families import toy
from upwell.study import execute_run

from . import samples
from .samples import TOYS, created, grow, reference, toys


def test_a_finished_run_returns_at_once(tmp_path):
    (run,) = toys(samples.FINE)
    store = created(tmp_path, TOYS, [run])
    refs = execute_run(run, store, grow)

    def never(run, folder):
        raise AssertionError("made again")

    assert execute_run(run, store, never) == refs
    assert [ref.tokens for ref in refs] == [1_000_000, 2_000_000]


def test_an_interrupted_run_evaluates_only_what_is_missing(tmp_path):
    (run,) = toys(samples.FINE)
    store, calm = created(tmp_path / "cut", TOYS, [run]), created(tmp_path / "calm", TOYS, [run])
    asked = []

    class Counting(toy.ToyLM):
        def token_logprobs(self, pairs):
            asked.append(len(pairs))
            return super().token_logprobs(pairs)

    def make(run, folder, stop):
        for tokens in run.milestones:
            if tokens == stop:
                raise KeyboardInterrupt
            size = {name: float(value) for name, value in run.model.hparams.items()}
            yield reference(run, tokens), Counting(size, run.seed, 1.0)

    with pytest.raises(KeyboardInterrupt):
        execute_run(run, store, lambda run, folder: make(run, folder, 2_000_000))
    first = len(asked)
    execute_run(run, store, lambda run, folder: make(run, folder, None))
    assert len(asked) == 2 * first
    execute_run(run, calm, lambda run, folder: make(run, folder, None))
    assert store.results() == calm.results()
    assert store.run(run.id).observations() == calm.run(run.id).observations()


def test_a_failed_run_that_is_tried_again_is_no_longer_failed(tmp_path):
    (run,) = toys(samples.FINE)
    store = created(tmp_path, TOYS, [run])
    store.run(run.id).fail("the disk was full")
    execute_run(run, store, grow)
    assert store.run(run.id).failure() is None
    assert not (store.run(run.id).path / "failed.json").exists()


def test_generated_images_are_saved_and_are_artifacts(tmp_path):
    (run,) = toys(samples.FINE)
    store = created(tmp_path, TOYS, [run])

    class Making(toy.ToyLM):
        def samples(self, count, seed):
            return np.full((count, 4, 4, 1), seed, dtype=np.uint8)

    def make(run, folder):
        for tokens in run.milestones:
            size = {name: float(value) for name, value in run.model.hparams.items()}
            yield reference(run, tokens), Making(size, run.seed, 1.0)

    refs = execute_run(run, store, make)
    found = store.run(run.id).sample_sheets()
    assert [each.model for each in found] == refs
    assert all(each.png.startswith(b"\x89PNG") for each in found)
    kept = store.run(run.id).result().artifacts
    assert sum(name.endswith("samples.png") for name in kept) == len(refs)
