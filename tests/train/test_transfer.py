"""The coordinate check: what a few steps change is of one order at every width and depth.

(Yang et al. 2022, arXiv 2203.03466, appendix D.1; in depth: Dey et al. 2025, arXiv 2505.01618.)
Each exponent is that of a power law through the changes of an activation along the scale.
"""

from functools import cache

import numpy as np
import pytest
import torch
from torch.nn import functional

from upwell.models.families import decoder
from upwell.models.layers.fused_transformer import attention, feed_forward
from upwell.records import ModelSpec, Train
from upwell.train.flat_params import FlatParams
from upwell.train.optimizer import Optimizer

WIDTHS, DEPTHS, SEEDS = (32, 64, 128, 256), (2, 4, 8), (0, 1)
BASE_WIDTH, BASE_DEPTH = 64, 2
VOCAB_SIZE, CONTEXT, BATCH, STEPS = 64, 16, 4, 4
RATES = {"muon": 0.006, "adamw": 0.0003}
TOKENS = torch.randint(VOCAB_SIZE, (BATCH, CONTEXT + 1), generator=torch.Generator().manual_seed(0))

LEAST, MOST = -0.25, 0.25
"""Exponents of the residual stream and of what attention adds to it."""

LEAST_LOGITS, MOST_LOGITS = -0.6, 0.1
"""A change of logits is part aligned, of order 1, and part chance, which falls as 1/sqrt(width);
with tied embeddings the latter is still most of it at these widths."""


@torch.no_grad()
def activations(network):
    """Residual stream at the end, all that attention has added to it, centred logits."""
    tokens = TOKENS[:, :-1]
    places = network.rotary[:CONTEXT], network.mask[:CONTEXT, :CONTEXT]
    x = functional.embedding(tokens, network.embedding)
    mixed = torch.zeros_like(x)
    for layer in range(network.config.depth):
        maps, heads = (network.qkv[layer], network.out[layer]), network.config.num_heads
        y = attention(x, *maps, places, heads, network.scale, network.residual_scale)
        mixed += y - x
        x = feed_forward(y, network.gate_up[layer], network.down[layer], network.residual_scale)
    logits = network(tokens)
    return {"stream": x, "attention": mixed, "logits": logits - logits.mean(-1, keepdim=True)}


def trained(optimizer, shape, base, seed):
    """The activations before and after a few steps."""
    recipe = Train(
        optimizer=optimizer, learning_rate=RATES[optimizer], embedding_lr=RATES[optimizer],
        context_length=CONTEXT, base_width=base[0], base_depth=base[1],
    )  # fmt: skip
    size = {"width": shape[0], "depth": shape[1], "vocab_size": VOCAB_SIZE}
    network = decoder.build(ModelSpec(family="decoder", hparams=size), recipe, seed)
    update = Optimizer(FlatParams(network, network.param_roles()), recipe)
    before = activations(network)
    for _ in range(STEPS):
        logits = network(TOKENS[:, :-1])
        functional.cross_entropy(logits.flatten(0, 1), TOKENS[:, 1:].flatten()).backward()
        update.step(1.0)
    return before, activations(network)


@cache
def changes(optimizer, shape, base):
    """Root mean square change of each activation, over all seeds."""
    squares = {"stream": [], "attention": [], "logits": []}
    for seed in SEEDS:
        before, after = trained(optimizer, shape, base, seed)
        for name, held in squares.items():
            held.append((after[name] - before[name]).square().mean().item())
    return {name: float(np.sqrt(np.mean(held))) for name, held in squares.items()}


def exponents(scales, found):
    logs = np.log(scales)
    return {
        name: float(np.polyfit(logs, np.log([each[name] for each in found]), 1)[0])
        for name in found[0]
    }


def along_width(optimizer, base_width=lambda width: BASE_WIDTH):
    found = [changes(optimizer, (w, 2), (base_width(w), BASE_DEPTH)) for w in WIDTHS]
    return exponents(WIDTHS, found)


def along_depth(optimizer, base_depth=lambda depth: BASE_DEPTH):
    found = [changes(optimizer, (BASE_WIDTH, d), (BASE_WIDTH, base_depth(d))) for d in DEPTHS]
    return exponents(DEPTHS, found)


def of_one_order(found):
    return (
        LEAST < found["stream"] < MOST
        and LEAST < found["attention"] < MOST
        and LEAST_LOGITS < found["logits"] < MOST_LOGITS
    )


@pytest.mark.parametrize("optimizer", RATES)
def test_changes_are_of_one_order_at_every_width(optimizer):
    assert of_one_order(along_width(optimizer)), along_width(optimizer)


@pytest.mark.parametrize("optimizer", RATES)
def test_without_the_multipliers_changes_grow_with_width(optimizer):
    found = along_width(optimizer, base_width=lambda width: width)
    assert not of_one_order(found), found


@pytest.mark.parametrize("optimizer", RATES)
def test_changes_are_of_one_order_at_every_depth(optimizer):
    assert of_one_order(along_depth(optimizer)), along_depth(optimizer)


@pytest.mark.parametrize("optimizer", RATES)
def test_without_the_multiplier_changes_grow_with_depth(optimizer):
    found = along_depth(optimizer, base_depth=lambda depth: depth)
    assert not of_one_order(found), found
