"""Runs that are killed, rolled back or given up, against runs that never stop."""

import itertools

import pytest
import torch

from upwell import models
from upwell.errors import RunError, SpecError
from upwell.models.families.decoder import network
from upwell.train import grow, model_id, trainer

from .conftest import Killed, Memory, tiny


def weights(folder, run):
    return {name: folder.models[name][1] for name in sorted(folder.models)}


def grown(run, folder):
    return [ref for ref, _ in grow(run, folder)]


def same(one, other):
    return one.keys() == other.keys() and all(
        torch.equal(one[name][key], other[name][key]) for name in one for key in one[name]
    )


@pytest.mark.parametrize("optimizer, large", [("muon", 1), ("adamw", 1 << 40), ("adamw", 1)])
def test_a_run_killed_at_every_write_gives_the_same_bits(monkeypatch, optimizer, large):
    monkeypatch.setattr(trainer, "MIN_SEPARATE_GRAD_PARAMS", large)
    run = tiny(optimizer=optimizer)
    whole = Memory()
    grown(run, whole)
    broken, kills = Memory(lives=0), 0
    for lives in itertools.cycle((1, 2, 3, 5, 8)):
        broken.lives = lives
        try:
            grown(run, broken)
            break
        except Killed:
            kills += 1
    assert kills > 5
    assert same(weights(whole, run), weights(broken, run))


def test_a_run_that_lost_its_checkpoints_gives_the_same_bits():
    run = tiny()
    whole, bare = Memory(), Memory()
    grown(run, whole)
    with pytest.raises(Killed):
        bare.lives = 12
        grown(run, bare)
    bare.lives, bare.checkpoints = None, {}
    grown(run, bare)
    assert same(weights(whole, run), weights(bare, run))


def test_models_come_in_order_with_the_untrained_one_first(folder):
    run = tiny()
    refs = grown(run, folder)
    assert [ref.tokens for ref in refs] == [0, 4000, 6000, 8000]
    assert refs[0].created_by == "init" and refs[0].loss is None
    assert all(ref.created_by == "train" and ref.loss > 0 for ref in refs[1:])
    assert refs[-1].loss < refs[1].loss


def test_a_shorter_budget_does_not_depend_on_the_longer_ones():
    run = tiny(warmup_fraction=0.0)
    short = type(run)(**{**vars(run), "milestones": (4000,)})
    one, other = Memory(), Memory()
    grown(run, one), grown(short, other)
    name = model_id(run, 4000)
    assert same({name: one.models[name][1]}, {name: other.models[name][1]})


def test_seeds_differ(folder):
    run = tiny()
    other = type(run)(**{**vars(run), "seed": 1})
    second = Memory()
    grown(run, folder), grown(other, second)
    assert not same(weights(folder, run), weights(second, other))


class Poisoned(network.Decoder):
    """Gives logits that are no numbers at chosen calls while it is trained."""

    calls, bad = 0, frozenset()

    def forward(self, tokens):
        logits = super().forward(tokens)
        if torch.is_grad_enabled():
            type(self).calls += 1
            if type(self).calls in self.bad:
                return logits * float("nan")
        return logits


def poison(monkeypatch, calls):
    monkeypatch.setattr(network, "Decoder", Poisoned)
    monkeypatch.setattr(Poisoned, "calls", 0)
    monkeypatch.setattr(Poisoned, "bad", frozenset(calls))


def test_a_loss_that_is_no_number_is_rolled_back_and_recorded(monkeypatch, folder):
    poison(monkeypatch, {40, 70})
    run = tiny()
    refs = grown(run, folder)
    events = [(line.event, line.loss) for line in folder.lines if line.event]
    assert events == [("nan", None), ("nan", None)]
    assert all(
        torch.isfinite(t).all() for _, tensors in folder.models.values() for t in tensors.values()
    )
    assert refs[-1].loss is not None


def test_without_the_poison_nothing_is_recorded(monkeypatch, folder):
    poison(monkeypatch, ())
    grown(tiny(), folder)
    assert not [line for line in folder.lines if line.event]


class Touchy(network.Decoder):
    """Is led astray by some batches while it is trained, whenever it meets them."""

    def forward(self, tokens):
        logits = super().forward(tokens)
        astray = torch.is_grad_enabled() and int(tokens.sum()) % 23 == 0
        return logits * 40 if astray else logits


@pytest.mark.parametrize("optimizer", ["muon", "adamw"])
def test_a_rolled_back_run_killed_and_resumed_gives_the_same_bits(monkeypatch, optimizer):
    monkeypatch.setattr(network, "Decoder", Touchy)
    monkeypatch.setattr(trainer, "MIN_SEPARATE_GRAD_PARAMS", 1)
    run = tiny(optimizer=optimizer)
    whole, broken = Memory(), Memory()
    grown(run, whole)
    assert {line.event for line in whole.lines} == {None, "spike"}, "no spike was provoked"
    for lives in itertools.count(2):
        broken.lives = lives
        try:
            grown(run, broken)
            break
        except Killed:
            continue
    assert same(weights(whole, run), weights(broken, run))


def test_hard_batches_far_apart_do_not_end_a_run_and_the_same_close_together_do(
    monkeypatch, folder
):
    monkeypatch.setattr(trainer, "SNAPSHOT_STEPS", 4)
    monkeypatch.setattr(trainer, "STABLE_STEPS", 5)
    poison(monkeypatch, range(12, 1000, 12))
    grown(tiny(), folder)
    incidents = sum(line.event is not None for line in folder.lines)
    assert incidents > trainer.MAX_ROLLBACKS
    monkeypatch.setattr(trainer, "STABLE_STEPS", 1000)
    poison(monkeypatch, range(12, 1000, 12))
    with pytest.raises(RunError, match="9 times in a row"):
        grown(tiny(), Memory())


def test_a_run_that_breaks_again_and_again_is_given_up_with_advice(monkeypatch, folder):
    poison(monkeypatch, range(10, 1000))
    with pytest.raises(RunError, match="lower the learning rate"):
        grown(tiny(), folder)


def test_gradient_accumulation_gives_the_same_gradient():
    from upwell.data import Loader, load_tokenizer
    from upwell.train.trainer import Trainer

    grads = []
    for parts in (1, 2):
        run = tiny(grad_accumulation=parts)
        module = models.load_family("decoder").build(run.model, run.recipe, 0)
        batches = Loader(run.data, load_tokenizer("ascii"), 16, 4, 0)
        trainer = Trainer(
            run, module, module.param_roles(), batches, lambda *_: None, lambda _: None
        )
        trainer._backward()
        grads.append(trainer.flat_params.grad.clone())
    torch.testing.assert_close(*grads, atol=1e-6, rtol=1e-4)


def test_a_vocabulary_that_is_not_the_tokenizers_is_refused(folder):
    run = tiny()
    wrong = type(run.model)(
        family="decoder", hparams={"width": 16, "depth": 1, "vocab_size": 40}, tokenizer="ascii"
    )
    with pytest.raises(SpecError, match="98"):
        grown(type(run)(**{**vars(run), "model": wrong}), folder)


def test_a_toy_is_not_trained(folder):
    run = tiny()
    toy = type(run.model)(family="toy", hparams={"params": 1e6})
    refs = grown(type(run)(**{**vars(run), "model": toy}), folder)
    assert [ref.tokens for ref in refs] == [4000, 6000, 8000]
    assert not folder.lines
