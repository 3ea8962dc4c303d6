"""One vector for all parameters, and AdamW on it against AdamW on each of them."""

import pytest
import torch

from upwell.models.families.decoder import build
from upwell.models.protocols import ParamRole
from upwell.records import ModelSpec, Train
from upwell.train.flat_params import FlatParams
from upwell.train.optimizer import Optimizer

SPEC = ModelSpec(family="decoder", hparams={"width": 32, "depth": 2, "vocab_size": 40})
TOKENS = torch.randint(0, 40, (4, 16), generator=torch.Generator().manual_seed(0))


def decoder(recipe):
    return build(SPEC, recipe, seed=0)


def test_moving_parameters_changes_neither_output_nor_count():
    recipe = Train(context_length=16)
    module = decoder(recipe)
    before = module(TOKENS).detach()
    flat = FlatParams(module, module.param_roles())
    assert torch.equal(module(TOKENS), before)
    assert flat.weight.numel() == sum(p.numel() for p in module.parameters())


def test_gradients_gather_in_the_one_vector():
    recipe = Train(context_length=16)
    module, plain = decoder(recipe), decoder(recipe)
    flat = FlatParams(module, module.param_roles())
    module(TOKENS).square().mean().backward()
    plain(TOKENS).square().mean().backward()
    whole = torch.cat([p.grad.flatten() for p in plain.parameters()])
    torch.testing.assert_close(flat.grad.norm(), whole.norm())
    for one, other in zip(module.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad)


@pytest.mark.parametrize("apart", [False, True])
def test_adamw_is_that_of_torch_parameter_by_parameter(apart):
    recipe = Train(
        context_length=16, optimizer="adamw", learning_rate=0.003, embedding_lr=0.01,
        weight_decay=0.1, max_grad_norm=1e9, base_width=64,
    )  # fmt: skip
    module, plain = decoder(recipe), decoder(recipe)
    ours = Optimizer(FlatParams(module, module.param_roles(), separate_grads=apart), recipe)
    # Width 32 against base 64: muP doubles the matrices' rate and halves their decay.
    matrices = [p for name, p in plain.named_parameters() if name != "embedding"]
    theirs = torch.optim.AdamW(
        [
            {"params": matrices, "lr": 0.006, "weight_decay": 0.05},
            {"params": [plain.embedding], "lr": 0.01, "weight_decay": 0.1},
        ],
        betas=recipe.betas,
        eps=1e-8,
    )
    for _ in range(5):
        module(TOKENS).square().mean().backward()
        ours.step(1.0)
        theirs.zero_grad()
        plain(TOKENS).square().mean().backward()
        theirs.step()
    for one, other in zip(module.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(one, other, atol=2e-5, rtol=1e-3)


def test_muon_has_every_matrix_and_adamw_the_rest():
    recipe = Train(context_length=16)
    module = decoder(recipe)
    optimizer = Optimizer(FlatParams(module, module.param_roles()), recipe)
    matrices = sum(muon.weight.numel() for muon in optimizer.muons)
    assert matrices == sum(p.numel() for n, p in module.named_parameters() if n != "embedding")


def test_a_gradient_that_is_no_number_changes_nothing():
    recipe = Train(context_length=16)
    module = decoder(recipe)
    flat = FlatParams(module, module.param_roles())
    optimizer = Optimizer(flat, recipe)
    before = flat.weight.clone()
    flat.grad[3] = float("nan")
    assert optimizer.step(1.0) != optimizer.step(1.0)
    assert torch.equal(flat.weight, before)


def test_parameters_that_need_no_gradient_stay_as_they_are():
    recipe = Train(context_length=16, optimizer="adamw")
    module = decoder(recipe)
    module.embedding.requires_grad_(False)
    frozen = module.embedding.detach().clone()
    flat = FlatParams(module, module.param_roles())
    assert flat.weight.numel() == sum(p.numel() for p in module.parameters()) - frozen.numel()
    optimizer = Optimizer(flat, recipe)
    before = flat.weight.clone()
    module(TOKENS).square().mean().backward()
    optimizer.step(1.0)
    assert torch.equal(module.embedding, frozen)
    assert not torch.equal(flat.weight, before)


def test_a_vector_learns_at_the_rate_of_its_role():
    recipe = Train(context_length=16, optimizer="adamw", embedding_lr=0.01, max_grad_norm=1e9)
    module = torch.nn.Linear(3, 2)
    roles = {
        "weight": ParamRole(kind="vector", lr_scale=0.5),
        "bias": ParamRole(kind="vector", lr_scale=0.1),
    }
    flat = FlatParams(module, roles)
    optimizer = Optimizer(flat, recipe)
    before = {name: p.detach().clone() for name, p in module.named_parameters()}
    flat.grad.fill_(1.0)
    optimizer.step(1.0)
    # The first step of AdamW is as long as its rate.
    for name, rate in (("weight", 0.005), ("bias", 0.001)):
        moved = before[name] - dict(module.named_parameters())[name]
        torch.testing.assert_close(moved, torch.full_like(moved, rate))


def penalised(apart):
    """Weights after three steps of a clipped, penalised run, and the optimizer."""
    recipe = Train(context_length=16, optimizer="adamw", max_grad_norm=0.01, l1=0.001, l2=0.01)
    module = decoder(recipe)
    optimizer = Optimizer(FlatParams(module, module.param_roles(), separate_grads=apart), recipe)
    norms = []
    for _ in range(3):
        module(TOKENS).square().mean().backward()
        norms.append(optimizer.step(1.0))
    return module, optimizer, norms


def test_gradients_apart_are_penalised_and_clipped_as_together():
    (one, _, norms), (other, _, others) = penalised(False), penalised(True)
    assert norms == pytest.approx(others, rel=1e-5)
    for here, there in zip(one.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(here, there, atol=1e-5, rtol=1e-4)
    assert all(p.grad is None for p in other.parameters())


def test_the_state_of_joint_gradients_loads_into_separate_ones():
    (one, kept, _), (other, going, _) = penalised(False), penalised(True)
    for tensor in going.state_dict().values():
        tensor.zero_()
    going.load_state_dict(kept.state_dict())
    for optimizer, module in ((kept, one), (going, other)):
        module(TOKENS).square().mean().backward()
        optimizer.step(1.0)
    for here, there in zip(one.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(here, there, atol=1e-5, rtol=1e-4)


def test_a_gradient_apart_that_is_no_number_changes_nothing():
    recipe = Train(context_length=16, optimizer="adamw")
    module = decoder(recipe)
    flat = FlatParams(module, module.param_roles(), separate_grads=True)
    before = flat.weight.clone()
    module(TOKENS).square().mean().mul(float("nan")).backward()
    norm = Optimizer(flat, recipe).step(1.0)
    assert norm != norm and torch.equal(flat.weight, before)
