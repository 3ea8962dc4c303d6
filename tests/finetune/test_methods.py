"""Peft methods, adversarial training, dropout, label smoothing and layer-wise learning rates."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from upwell.errors import ModelError
from upwell.finetune.base_model import load_base_model
from upwell.finetune.config import FinetuneConfig
from upwell.finetune.defaults import FinetuneHyperparameters
from upwell.finetune.modeling.network import FinetuneModule, count_trainable
from upwell.finetune.pipeline import finetune
from upwell.finetune.tasks import load_task
from upwell.records import PEFT_METHODS, FinetuneSpec

from .tiny_models import encoder, reviews

RATES = {"lora": 1e-2, "dora": 1e-2, "ia3": 5e-2, "prompt": 1e-1}


def run_finetune(model, data, out, method="full", test=None, **hyperparameters):
    hyperparameters = FinetuneHyperparameters(epochs=3, **hyperparameters)
    config = FinetuneConfig(
        model=str(model), data=data, test=test, method=method, hyperparameters=hyperparameters
    )
    return finetune(config, out, lambda line: None, lambda *entry: None)


@pytest.mark.parametrize("method", PEFT_METHODS)
@pytest.mark.parametrize("kind", ["bert", "distilbert"])
def test_transformers_loads_the_merged_adapter(tmp_path, kind, method):
    model = encoder(tmp_path / "model", kind)
    data = reviews(tmp_path / "rows.csv", 80, 0)
    test = reviews(tmp_path / "test.csv", 30, 1)
    card = run_finetune(model, data, tmp_path / "out", method, test, learning_rate=RATES[method])
    assert card.finetune.method == method
    tuned = next(one for one in card.candidates if one.method == method)
    assert tuned.trainable_params < 0.75 * card.ref.params
    losses = [one.loss for one in tuned.epoch_scores]
    assert losses[-1] != losses[0]
    saved = AutoModelForSequenceClassification.from_pretrained(tmp_path / "out").eval()
    # A BERT is saved with an extra layer for mean pooling.
    weights = sum(p.numel() for p in saved.parameters())
    assert card.ref.params < weights if kind == "bert" else card.ref.params == weights
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "out")
    texts = [row.text for row in card.predictions]
    with torch.inference_mode():
        logits = saved(**tokenizer(texts, padding=True, return_tensors="pt")).logits
    probs = (logits / card.calibration.temperature).softmax(-1).max(-1).values
    expected = torch.tensor([row.probability for row in card.predictions])
    torch.testing.assert_close(probs, expected, atol=2e-3, rtol=0)
    assert (tmp_path / "out" / "adapter" / "adapter_config.json").is_file()


def test_a_prompt_precedes_every_text_and_is_all_that_is_trained(tmp_path, tiny):
    data = reviews(tmp_path / "rows.csv", 60, 0)
    card = run_finetune(tiny, data, tmp_path / "out", "prompt", learning_rate=0.1)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "out")
    tokens = tokenizer.convert_ids_to_tokens(tokenizer("warm day").input_ids)
    assert tokens == ["[CLS]", *(f"[PROMPT{i}]" for i in range(16)), "warm", "day", "[SEP]"]
    before = AutoModelForSequenceClassification.from_pretrained(tiny)
    after = AutoModelForSequenceClassification.from_pretrained(tmp_path / "out")
    name = "bert.embeddings.word_embeddings.weight"
    old, new = before.state_dict()[name], after.state_dict()[name]
    torch.testing.assert_close(new[: len(old)], old, rtol=0, atol=0)
    layer = "bert.encoder.layer.1.output.dense.weight"
    torch.testing.assert_close(after.state_dict()[layer], before.state_dict()[layer])
    assert card.candidates[-1].trainable_params == 16 * 32 + 2 * 32 + 2


def network(tiny, batch, **more) -> FinetuneModule:
    torch.manual_seed(0)
    task = load_task("text-classification")
    spec = FinetuneSpec(task="text-classification", labels=("bad", "good"), **more)
    return FinetuneModule(
        task.build_model(load_base_model(str(tiny)), spec),
        spec,
        task.loss,
    ).train()


@pytest.fixture
def batch(tiny):
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    encoded = tokenizer(
        ["warm bright day", "cold grim walk we felt"], padding=True, return_tensors="pt"
    )
    return {**encoded, "label": torch.tensor([1, 0])}


def test_an_adversarial_step_raises_the_loss_and_the_opposite_step_does_not(tiny, batch):
    module = network(tiny, batch, dropout=0.0, fgm_epsilon=0.05)
    losses = module.losses(batch, batch)
    assert set(losses) == {"loss", "adversarial"}
    assert losses["adversarial"] > losses["loss"]
    module.spec = replace(module.spec, fgm_epsilon=-0.05)
    assert module.losses(batch, batch)["adversarial"] < losses["loss"]
    module.eval()
    assert set(module.losses(batch, batch)) == {"loss"}


def test_the_adversarial_loss_equals_that_of_embeddings_perturbed_by_hand(tiny, batch):
    module = network(tiny, batch, dropout=0.0, fgm_epsilon=0.3)
    losses = module.losses(batch, batch)["adversarial"]
    model = module.model.model
    embedded = model.get_input_embeddings()(batch["input_ids"]).detach().requires_grad_()
    inputs = {name: batch[name] for name in ("attention_mask", "token_type_ids") if name in batch}

    def loss(embeddings):
        logits = model(inputs_embeds=embeddings, **inputs).logits
        return torch.nn.functional.cross_entropy(logits, batch["label"])

    (grad,) = torch.autograd.grad(loss(embedded), embedded)
    mask = batch["attention_mask"][..., None]
    length = 0.3 * (embedded * mask).flatten(1).norm(dim=1) / grad.flatten(1).norm(dim=1)
    moved = embedded + grad * length[:, None, None]
    torch.testing.assert_close(losses, loss(moved))


def test_adversarial_training_keeps_the_gradient_of_the_clean_row(tiny, batch):
    module, plain = (
        network(tiny, batch, dropout=0.0, fgm_epsilon=epsilon) for epsilon in (0.2, 0.0)
    )
    losses = module.losses(batch, batch)
    losses["loss"].backward(retain_graph=True)
    plain.losses(batch, batch)["loss"].backward()
    for one, other in zip(module.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad)
    losses["adversarial"].backward()
    assert any(
        not torch.allclose(one.grad, other.grad)
        for one, other in zip(module.parameters(), plain.parameters(), strict=True)
        if one.grad is not None
    )


def test_dropout_and_label_smoothing_follow_the_spec(tiny, batch):
    drops = [
        layer.p
        for layer in network(tiny, batch, dropout=0.4).modules()
        if isinstance(layer, torch.nn.Dropout)
    ]
    assert drops
    assert set(drops) == {0.4}
    plain = network(tiny, batch, dropout=0.0).losses(batch, batch)["loss"]
    smooth = network(tiny, batch, dropout=0.0, label_smoothing=0.2)
    logits = smooth(batch).log_softmax(-1)
    expected = 0.9 * plain - 0.1 * logits[[0, 1], [0, 1]].mean()
    torch.testing.assert_close(smooth.losses(batch, batch)["loss"], expected)


def test_layer_lr_decay_slows_lower_layers(tiny, batch):
    roles = network(tiny, batch, layer_lr_decay=0.5).param_roles()
    rate = {name: role.lr_scale for name, role in roles.items() if name.endswith("query.weight")}
    assert sorted(rate.values()) == [0.25, 0.5] or sorted(rate.values()) == [0.5, 1.0]


def test_a_network_without_linear_layers_has_no_adapter():
    from upwell.finetune.methods.peft import _target_modules

    with pytest.raises(ModelError, match="no linear layer"):
        _target_modules(torch.nn.Sequential(torch.nn.ReLU()))
    assert count_trainable(torch.nn.ReLU()) == 0
