"""Families other than the decoder go through the same loop, with dropout and noise."""

import itertools
from dataclasses import replace

import pytest
import torch

from upwell.data import train_wordpiece
from upwell.records import DataSpec, ModelSpec
from upwell.train import grow

from .conftest import Killed, Memory, tiny


def perceptron(**recipe):
    size = {"inputs": 64, "num_classes": 10, "width": 8, "depth": 2}
    return replace(
        tiny(
            context_length=1,
            batch_size=16,
            optimizer="adamw",
            learning_rate=0.01,
            dropout=0.2,
            **recipe,
        ),
        model=ModelSpec(family="mlp", hparams=size),
        data=(DataSpec(source="digits"),),
        milestones=(1600, 3200),
    )


def translator(folder, **recipe):
    """Learns to double letters, from a table of pairs of unlike length."""
    words = ("".join(letters) for n in (1, 2, 4) for letters in itertools.product("abcd", repeat=n))
    (folder / "p.tsv").write_text("\n".join(f"{word}\t{word}{word}" for word in words))
    return replace(
        tiny(context_length=9, batch_size=16, dropout=0.1, label_smoothing=0.1, **recipe),
        model=ModelSpec(
            family="encoder_decoder",
            hparams={"width": 16, "depth": 1, "vocab_size": 98},
            tokenizer="ascii",
        ),
        data=(DataSpec(source="parallel_text", options={"path": str(folder / "p.tsv")}),),
        milestones=(9 * 16 * 20, 9 * 16 * 40),
    )


def adversaries(**recipe):
    return replace(
        tiny(context_length=1, batch_size=16, optimizer="adamw", learning_rate=0.001,
             embedding_lr=0.001, betas=(0.5, 0.999), max_grad_norm=1000.0,
             spike_factor=10.0, **recipe),
        model=ModelSpec(family="gan", hparams={"image_size": 8, "channels": 1, "width": 4}),
        data=(DataSpec(source="digits"),),
        milestones=(16 * 20, 16 * 40),
    )  # fmt: skip


TIDES = [
    " ".join(f"the tide of day {day} wells up {n} times, gulls wheel." for n in range(6))
    for day in range(40)
]


def bert(folder):
    (folder / "tides.txt").write_text("\n\n".join(TIDES))
    words = train_wordpiece(TIDES, 60)
    size = {"width": 16, "depth": 1, "vocab_size": words.size}
    return replace(
        tiny(context_length=24, batch_size=4, dropout=0.1),
        model=ModelSpec(family="bert", hparams=size, tokenizer=str(words.save(folder))),
        data=(
            DataSpec(
                source="masked_lm",
                options={"text_source": "text", "path": str(folder / "tides.txt")},
            ),
        ),
        milestones=(4000, 6000),
    )


def learner(family, source, limit=7, **size):
    """Learns tasks or functions in context, from the first few of them."""
    each = 8 * 31
    return replace(
        tiny(context_length=31, batch_size=8),
        model=ModelSpec(family=family, hparams={"inputs": 5, "width": 16, "depth": 1, **size}),
        data=(DataSpec(source=source, options={"inputs": 5}, limit=limit),),
        milestones=(each * 20, each * 40),
    )


def grown(run, folder):
    return {ref.id: folder.models[ref.id][1] for ref, _ in grow(run, folder)}


def same(one, other):
    return one.keys() == other.keys() and all(
        torch.equal(one[name][key], other[name][key]) for name in one for key in one[name]
    )


@pytest.mark.parametrize("optimizer", ["muon", "adamw", "sgd"])
def test_dropout_is_the_same_after_a_kill(optimizer) -> None:
    killed_as_whole(replace(perceptron(), recipe=replace(perceptron().recipe, optimizer=optimizer)))


def test_a_translator_goes_on_as_it_was_after_a_kill(tmp_path) -> None:
    killed_as_whole(translator(tmp_path))


def test_two_networks_against_each_other_go_on_as_they_were_after_a_kill() -> None:
    killed_as_whole(adversaries())


@pytest.mark.parametrize(
    "run",
    [
        learner("in_context_learner", "cluster_tasks", num_classes=5),
        learner("in_context_regressor", "functions"),
    ],
    ids=["tasks", "functions"],
)
def test_who_learns_in_context_goes_on_as_it_was_after_a_kill(run) -> None:
    killed_as_whole(run)


def test_the_losses_of_both_networks_are_logged() -> None:
    folder = Memory()
    grown(adversaries(), folder)
    for line in folder.lines:
        assert line.loss_components.keys() == {"discriminator", "generator"}
        assert sum(line.loss_components.values()) == pytest.approx(line.loss)


def test_a_bert_goes_on_as_it_was_after_a_kill(tmp_path) -> None:
    killed_as_whole(bert(tmp_path))


def killed_as_whole(run) -> None:
    """The same models, to the bit, whether a run is killed at every few writes or not at all."""
    whole = grown(run, Memory())
    broken, kills = Memory(lives=0), 0
    for lives in itertools.cycle((2, 3, 5)):
        broken.lives = lives
        try:
            again = grown(run, broken)
            break
        except Killed:
            kills += 1
    assert kills > 3
    assert same(whole, again)


def test_a_penalty_draws_weights_towards_zero() -> None:
    def size(**penalty):
        models = grown(perceptron(**penalty), Memory())
        return list(models.values())[-1]["layers.1.weight"].abs().mean()

    assert size(l2=0.3) < 0.7 * size()
    assert size(l1=0.01) < 0.7 * size()


def test_both_losses_are_logged_and_masked_tokens_are_learned(tmp_path) -> None:
    folder = Memory()
    grown(bert(tmp_path), folder)
    parts = [line.loss_components for line in folder.lines if line.event is None]
    assert all(set(each) == {"masked", "next_sentence"} for each in parts)
    assert all(
        abs(sum(line.loss_components.values()) - line.loss) < 1e-4
        for line in folder.lines
        if not line.event
    )
    assert parts[-1]["masked"] < parts[0]["masked"] - 0.5
