"""Attention in blocks is the attention of torch, and leaves a network as it was."""

import pytest
import torch
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from upwell.models.causal_blocks import BLOCK, NAME, asking_only, in_blocks, looking_in_blocks

from . import shapes


def heads(tokens, keys):
    dice = torch.Generator().manual_seed(0)
    return (torch.randn(2, 4, many, 8, generator=dice) for many in (tokens, keys, keys))


def causal(tokens, keys):
    """A mask that hides what comes later, and every seventh key."""
    later = torch.arange(keys)[None, :] > torch.arange(keys - tokens, keys)[:, None]
    hidden = later | (torch.arange(keys) % 7 == 6)[None, :]
    return torch.zeros(2, 1, tokens, keys).masked_fill(hidden, torch.finfo(torch.float32).min)


@pytest.mark.parametrize(("tokens", "before"), [(200, 0), (BLOCK + 1, 30), (3, 90), (BLOCK, 5)])
def test_blocks_give_what_the_whole_gives(tokens, before):
    query, key, value = heads(tokens, before + tokens)
    mask = causal(tokens, before + tokens)
    module = torch.nn.Module()
    found, _ = in_blocks(module, query, key, value, mask, scaling=0.3)
    wanted, _ = sdpa_attention_forward(module, query, key, value, mask, scaling=0.3)
    torch.testing.assert_close(found, wanted, atol=1e-6, rtol=1e-5)


def test_a_block_takes_no_key_that_comes_after_it():
    query, key, value = heads(2 * BLOCK, 2 * BLOCK)
    key[:, :, BLOCK:] = value[:, :, BLOCK:] = torch.nan
    found, _ = in_blocks(torch.nn.Module(), query, key, value, causal(2 * BLOCK, 2 * BLOCK))
    assert found[:, :BLOCK].isfinite().all()
    assert found[:, BLOCK:].isnan().all()


def test_a_network_looks_in_blocks_for_a_while_only():
    network = shapes.network("llama")
    with looking_in_blocks(network):
        assert network.config._attn_implementation == NAME
    assert network.config._attn_implementation == "sdpa"


def test_another_attention_than_torchs_is_left_alone():
    network = shapes.network("llama")
    network.set_attn_implementation("eager")
    with looking_in_blocks(network):
        assert network.config._attn_implementation == "eager"


def test_what_is_not_asked_for_is_left_out_in_that_layer_only():
    query, key, value = heads(2 * BLOCK, 2 * BLOCK)
    module, mask = torch.nn.Module(), causal(2 * BLOCK, 2 * BLOCK)
    whole, _ = in_blocks(module, query, key, value, mask)
    with asking_only(1, [BLOCK + 3]):
        for layer, first in ((0, whole[:, :BLOCK]), (1, torch.zeros_like(whole[:, :BLOCK]))):
            module.layer_idx = layer
            found, _ = in_blocks(module, query, key, value, mask)
            assert torch.equal(found[:, BLOCK:], whole[:, BLOCK:])
            assert torch.equal(found[:, :BLOCK], first)
