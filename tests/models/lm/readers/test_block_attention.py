"""Attention in blocks is the attention of torch, and leaves a network as it was."""

import pytest
import torch
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from upwell.models.lm.readers.block_attention import (
    ATTENTION_NAME,
    BLOCK_SIZE,
    block_attention,
    skip_blocks_except,
    use_block_attention,
)

from ... import shapes


def heads(tokens, keys):
    rng = torch.Generator().manual_seed(0)
    return (torch.randn(2, 4, many, 8, generator=rng) for many in (tokens, keys, keys))


def causal(tokens, keys):
    """A mask that hides what comes later, and every seventh key."""
    later = torch.arange(keys)[None, :] > torch.arange(keys - tokens, keys)[:, None]
    hidden = later | (torch.arange(keys) % 7 == 6)[None, :]
    return torch.zeros(2, 1, tokens, keys).masked_fill(hidden, torch.finfo(torch.float32).min)


@pytest.mark.parametrize(
    ("tokens", "before"), [(200, 0), (BLOCK_SIZE + 1, 30), (3, 90), (BLOCK_SIZE, 5)]
)
def test_blocks_give_what_the_whole_gives(tokens, before):
    query, key, value = heads(tokens, before + tokens)
    mask = causal(tokens, before + tokens)
    module = torch.nn.Module()
    found, _ = block_attention(module, query, key, value, mask, scaling=0.3)
    expected, _ = sdpa_attention_forward(module, query, key, value, mask, scaling=0.3)
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=1e-5)


def test_a_block_takes_no_key_that_comes_after_it():
    query, key, value = heads(2 * BLOCK_SIZE, 2 * BLOCK_SIZE)
    key[:, :, BLOCK_SIZE:] = value[:, :, BLOCK_SIZE:] = torch.nan
    found, _ = block_attention(
        torch.nn.Module(), query, key, value, causal(2 * BLOCK_SIZE, 2 * BLOCK_SIZE)
    )
    assert found[:, :BLOCK_SIZE].isfinite().all()
    assert found[:, BLOCK_SIZE:].isnan().all()


def test_block_attention_ends_with_its_context():
    network = shapes.network("llama")
    with use_block_attention(network):
        assert network.config._attn_implementation == ATTENTION_NAME
    assert network.config._attn_implementation == "sdpa"


def test_other_attention_than_that_of_torch_stays():
    network = shapes.network("llama")
    network.set_attn_implementation("eager")
    with use_block_attention(network):
        assert network.config._attn_implementation == "eager"


def test_blocks_that_are_not_needed_are_left_out_in_that_layer_only():
    query, key, value = heads(2 * BLOCK_SIZE, 2 * BLOCK_SIZE)
    module, mask = torch.nn.Module(), causal(2 * BLOCK_SIZE, 2 * BLOCK_SIZE)
    whole, _ = block_attention(module, query, key, value, mask)
    with skip_blocks_except(1, [BLOCK_SIZE + 3]):
        for layer, first in (
            (0, whole[:, :BLOCK_SIZE]),
            (1, torch.zeros_like(whole[:, :BLOCK_SIZE])),
        ):
            module.layer_idx = layer
            found, _ = block_attention(module, query, key, value, mask)
            assert torch.equal(found[:, BLOCK_SIZE:], whole[:, BLOCK_SIZE:])
            assert torch.equal(found[:, :BLOCK_SIZE], first)
