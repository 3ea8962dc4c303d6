"""Methods that learn few weights, and the guards against learning by heart."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from upwell.adapt.adapting import adapt
from upwell.adapt.given import given
from upwell.adapt.light import LIGHT
from upwell.adapt.network import Adapting, trainable
from upwell.adapt.recipes import Dials
from upwell.adapt.tasks import classify
from upwell.adapt.wanted import Wanted
from upwell.errors import ModelError
from upwell.records import Adapt

from .tiny import encoder, reviews

RATES = {"lora": 1e-2, "dora": 1e-2, "ia3": 5e-2, "prompt": 1e-1}


def carried_out(model, data, out, method="full", test=None, **dials):
    dials = Dials(rounds=3, **dials)
    wanted = Wanted(model=str(model), data=data, test=test, method=method, dials=dials)
    return adapt(wanted, out, lambda line: None, lambda *moment: None)


@pytest.mark.parametrize("method", LIGHT)
@pytest.mark.parametrize("kind", ["bert", "distilbert"])
def test_what_few_weights_learnt_is_in_a_folder_that_transformers_loads(tmp_path, kind, method):
    model = encoder(tmp_path / "model", kind)
    data = reviews(tmp_path / "rows.csv", 80, 0)
    test = reviews(tmp_path / "test.csv", 30, 1)
    made = carried_out(model, data, tmp_path / "out", method, test, rate=RATES[method])
    assert made.adapt.method == method
    tuned = next(one for one in made.tried if one.method == method)
    assert tuned.params < 0.75 * made.ref.params
    losses = [one.loss for one in tuned.rounds]
    assert losses[-1] != losses[0]
    shipped = AutoModelForSequenceClassification.from_pretrained(tmp_path / "out").eval()
    # A BERT ships with one more layer, which is its mean.
    weights = sum(p.numel() for p in shipped.parameters())
    assert made.ref.params < weights if kind == "bert" else made.ref.params == weights
    words = AutoTokenizer.from_pretrained(tmp_path / "out")
    shown = [row.text for row in made.rows]
    with torch.inference_mode():
        logits = shipped(**words(shown, padding=True, return_tensors="pt")).logits
    chances = (logits / made.calibration.temperature).softmax(-1).max(-1).values
    expected = torch.tensor([row.probability for row in made.rows])
    torch.testing.assert_close(chances, expected, atol=2e-3, rtol=0)
    assert (tmp_path / "out" / "adapter" / "adapter_config.json").is_file()


def test_a_prompt_stands_before_every_text_and_is_all_that_learns(tmp_path, tiny):
    data = reviews(tmp_path / "rows.csv", 60, 0)
    made = carried_out(tiny, data, tmp_path / "out", "prompt", rate=0.1)
    words = AutoTokenizer.from_pretrained(tmp_path / "out")
    tokens = words.convert_ids_to_tokens(words("warm day").input_ids)
    assert tokens == ["[CLS]", *(f"[PROMPT{i}]" for i in range(16)), "warm", "day", "[SEP]"]
    before = AutoModelForSequenceClassification.from_pretrained(tiny)
    after = AutoModelForSequenceClassification.from_pretrained(tmp_path / "out")
    name = "bert.embeddings.word_embeddings.weight"
    old, new = before.state_dict()[name], after.state_dict()[name]
    torch.testing.assert_close(new[: len(old)], old, rtol=0, atol=0)
    layer = "bert.encoder.layer.1.output.dense.weight"
    torch.testing.assert_close(after.state_dict()[layer], before.state_dict()[layer])
    assert made.tried[-1].params == 16 * 32 + 2 * 32 + 2


def network(tiny, batch, **more) -> Adapting:
    torch.manual_seed(0)
    told = Adapt(task="classify", labels=("bad", "good"), **more)
    return Adapting(classify.body(given(str(tiny)), told), told, classify.loss).train()


@pytest.fixture
def batch(tiny):
    words = AutoTokenizer.from_pretrained(tiny)
    read = words(["warm bright day", "cold grim walk we felt"], padding=True, return_tensors="pt")
    return {**read, "label": torch.tensor([1, 0])}


def test_a_step_against_the_loss_raises_it_and_another_way_does_not(tiny, batch):
    made = network(tiny, batch, dropout=0.0, adversarial=0.05)
    found = made.losses(batch, batch)
    assert set(found) == {"loss", "adversarial"}
    assert found["adversarial"] > found["loss"]
    made.adapt = replace(made.adapt, adversarial=-0.05)
    assert made.losses(batch, batch)["adversarial"] < found["loss"]
    made.eval()
    assert set(made.losses(batch, batch)) == {"loss"}


def test_the_adversarial_loss_is_that_of_embeddings_moved_by_hand(tiny, batch):
    made = network(tiny, batch, dropout=0.0, adversarial=0.3)
    found = made.losses(batch, batch)["adversarial"]
    body = made.body.model
    embedded = body.get_input_embeddings()(batch["input_ids"]).detach().requires_grad_()
    rest = {name: batch[name] for name in ("attention_mask", "token_type_ids") if name in batch}

    def loss(embeddings):
        logits = body(inputs_embeds=embeddings, **rest).logits
        return torch.nn.functional.cross_entropy(logits, batch["label"])

    (slope,) = torch.autograd.grad(loss(embedded), embedded)
    there = batch["attention_mask"][..., None]
    length = 0.3 * (embedded * there).flatten(1).norm(dim=1) / slope.flatten(1).norm(dim=1)
    moved = embedded + slope * length[:, None, None]
    torch.testing.assert_close(found, loss(moved))


def test_what_is_learnt_from_a_step_is_learnt_from_the_row_as_well(tiny, batch):
    made, plain = (network(tiny, batch, dropout=0.0, adversarial=share) for share in (0.2, 0.0))
    losses = made.losses(batch, batch)
    losses["loss"].backward(retain_graph=True)
    plain.losses(batch, batch)["loss"].backward()
    for one, other in zip(made.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad)
    losses["adversarial"].backward()
    assert any(
        not torch.allclose(one.grad, other.grad)
        for one, other in zip(made.parameters(), plain.parameters(), strict=True)
        if one.grad is not None
    )


def test_dropout_and_smoothing_are_what_was_asked_for(tiny, batch):
    drops = [
        module.p
        for module in network(tiny, batch, dropout=0.4).modules()
        if isinstance(module, torch.nn.Dropout)
    ]
    assert drops
    assert set(drops) == {0.4}
    plain = network(tiny, batch, dropout=0.0).losses(batch, batch)["loss"]
    smooth = network(tiny, batch, dropout=0.0, smoothing=0.2)
    logits = smooth(batch).log_softmax(-1)
    expected = 0.9 * plain - 0.1 * logits[[0, 1], [0, 1]].mean()
    torch.testing.assert_close(smooth.losses(batch, batch)["loss"], expected)


def test_lower_layers_learn_slower_where_asked(tiny, batch):
    roles = network(tiny, batch, layer_decay=0.5).roles()
    rate = {name: role.rate for name, role in roles.items() if name.endswith("query.weight")}
    assert sorted(rate.values()) == [0.25, 0.5] or sorted(rate.values()) == [0.5, 1.0]


def test_a_network_without_maps_cannot_be_lightened():
    from upwell.adapt.light import _maps

    with pytest.raises(ModelError, match="no linear map"):
        _maps(torch.nn.Sequential(torch.nn.ReLU()))
    assert trainable(torch.nn.ReLU()) == 0
