"""The decoder against transformers' Llama, and its own promises."""

import pytest
import torch
from torch.nn import functional

from upwell.errors import SpecError
from upwell.models.families.decoder import build, count, parse_config
from upwell.models.families.decoder.hf_export import to_llama
from upwell.models.layers.fused_transformer import attention, feed_forward, rms_norm
from upwell.records import ModelSpec, Train

RECIPE = Train(context_length=32)


def spec(**size: int) -> ModelSpec:
    return ModelSpec(family="decoder", hparams={"vocab_size": 40, **size}, tokenizer="ascii")


def composed_attention(x, qkv, out, places, heads, scale, branch):
    turns, mask = places
    B, T, W = x.shape
    h = functional.rms_norm(x, (W,), eps=1e-6) @ qkv.t()
    q, k, v = h.view(B, T, 3, heads, -1).permute(2, 0, 3, 1, 4)

    def turn(x):
        pairs = torch.view_as_complex(x.unflatten(-1, (-1, 2)).contiguous())
        return torch.view_as_real(pairs * turns).flatten(-2)

    p = (turn(q) @ turn(k).transpose(-1, -2) * scale + mask).softmax(-1)
    return x + branch * ((p @ v).transpose(1, 2).reshape(B, T, W) @ out.t())


def composed_feed_forward(x, gate_up, down, branch):
    gate, up = (functional.rms_norm(x, (x.shape[-1],), eps=1e-6) @ gate_up.t()).chunk(2, -1)
    return x + branch * ((functional.silu(gate) * up) @ down)


@pytest.mark.parametrize(
    "size",
    [
        {"width": 32, "depth": 1},
        {"width": 64, "depth": 3},
        {"width": 64, "depth": 2, "head_dim": 32},
    ],
)
def test_exported_logits_equal_those_of_a_llama(size):
    transformers = pytest.importorskip("transformers")
    decoder = build(spec(**size), RECIPE, seed=3)
    config, tensors = to_llama(decoder, {"bos": 0})
    llama = transformers.LlamaForCausalLM(transformers.LlamaConfig(**config))
    missing, unexpected = llama.load_state_dict(tensors, strict=False)
    assert missing == ["lm_head.weight"] and not unexpected
    llama.tie_weights()
    tokens = torch.randint(0, 40, (4, 32), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        torch.testing.assert_close(llama(tokens).logits, decoder(tokens), atol=1e-5, rtol=0)


def test_count_is_what_is_built():
    for size in ({"width": 16, "depth": 1}, {"width": 48, "depth": 2}, {"width": 256, "depth": 3}):
        built = build(spec(**size), RECIPE, seed=0)
        assert count(spec(**size), 32).params == sum(p.numel() for p in built.parameters())


def test_attention_shows_what_the_forward_pass_uses():
    decoder = build(spec(width=32, depth=2), RECIPE, seed=0)
    tokens = torch.randint(0, 40, (2, 20), generator=torch.Generator().manual_seed(0))
    p = decoder.attention(tokens)
    assert p.shape == (2, 2, 2, 20, 20)
    torch.testing.assert_close(p.sum(-1), torch.ones(2, 2, 2, 20))
    assert p.triu(1).abs().max() == 0


def test_a_later_token_does_not_change_an_earlier_logit():
    decoder = build(spec(width=32, depth=2), RECIPE, seed=0)
    tokens = torch.randint(0, 40, (1, 20), generator=torch.Generator().manual_seed(0))
    other = tokens.clone()
    other[0, 12:] = 1
    with torch.inference_mode():
        torch.testing.assert_close(decoder(tokens)[:, :12], decoder(other)[:, :12])


def draw(*shape):
    generator = torch.Generator().manual_seed(sum(shape))
    return torch.randn(*shape, dtype=torch.float64, generator=generator).requires_grad_()


def branches():
    """Each branch with its inputs, beside its composed form."""
    angle = torch.outer(torch.arange(5.0), torch.tensor([1.0, 0.1])).double()
    mask = torch.full((5, 5), float("-inf"), dtype=torch.float64).triu(1)
    turns = torch.polar(torch.ones_like(angle), angle)
    rest = ((turns, mask), 2, 0.5, 0.7)
    return (
        (attention, composed_attention, (draw(2, 5, 8), draw(24, 8), draw(8, 8)), rest),
        (feed_forward, composed_feed_forward, (draw(2, 5, 8), draw(12, 8), draw(6, 8)), (0.7,)),
    )


def test_written_out_gradients_are_the_true_ones():
    assert torch.autograd.gradcheck(rms_norm, (draw(2, 3, 6),))
    for written, composed, inputs, rest in branches():
        torch.testing.assert_close(written(*inputs, *rest), composed(*inputs, *rest))
        assert torch.autograd.gradcheck(lambda *i, f=written, r=rest: f(*i, *r), inputs)


def test_a_weight_with_a_gradient_is_given_more_of_it_in_place():
    for written, _, inputs, rest in branches():
        for weight in inputs[1:]:
            weight.grad = torch.ones_like(weight)
        homes = [weight.grad.data_ptr() for weight in inputs[1:]]
        written(*inputs, *rest).square().sum().backward()
        fresh = [i.detach().requires_grad_() for i in inputs]
        written(*fresh, *rest).square().sum().backward()
        for weight, alone in zip(inputs[1:], fresh[1:], strict=True):
            torch.testing.assert_close(weight.grad, alone.grad + 1)
        assert [weight.grad.data_ptr() for weight in inputs[1:]] == homes


def test_norm_is_that_of_torch():
    x = torch.randn(3, 5, 16, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(rms_norm(x), functional.rms_norm(x, (16,), eps=1e-6))


@pytest.mark.parametrize(
    "size", [{"width": 32}, {"width": 20, "depth": 1}, {"width": 32, "depth": 0}, {"wide": 3}]
)
def test_a_wrong_hyperparameter_is_one_sentence(size):
    with pytest.raises(SpecError, match=r"family .decoder.|width"):
        parse_config(spec(**size))
