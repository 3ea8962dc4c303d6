"""A probe: planted faults are found, and networks without them are read in the fastest way."""

import pytest
import torch

from upwell.errors import ModelError
from upwell.models.lm.causal_probe import CausalProbe
from upwell.models.lm.generation import GreedyGenerator
from upwell.models.lm.hf_masked import HFMaskedLM
from upwell.models.lm.hf_seq2seq import HFSeq2SeqLM
from upwell.models.lm.hf_tokenizer import HFTokenizer

from .. import shapes


def modes(network, context=shapes.CONTEXT):
    probe = CausalProbe(network, context)
    return probe.scoring.mode, probe.generation.mode


def change_logits(network, change):
    """Add a planted fault to the logits of a network."""
    network.register_forward_hook(lambda _, args, given, out: change(given, out), with_kwargs=True)
    return network


@pytest.mark.parametrize("kind", [*shapes.SHAPES, *shapes.OTHERS])
@pytest.mark.parametrize("context", [shapes.CONTEXT, 12])
def test_every_plain_shape_is_read_in_the_fastest_way(kind, context):
    assert modes(shapes.network(kind), context) == ("shared", "batch_cache")


def test_a_network_that_sees_its_batch_is_read_row_by_row():
    def change(given, out):
        out.logits = out.logits * (1 + 0.01 * (given["input_ids"].shape[0] - 1))
        return out

    probe = CausalProbe(change_logits(shapes.network("bloom"), change), shapes.CONTEXT)
    assert (probe.scoring.mode, probe.generation.mode) == ("row", "row_cache")
    assert "padding changes its numbers by" in probe.notes[0]


def test_a_network_that_looks_at_what_follows_is_read_row_by_row():
    def change(given, out):
        out.logits = out.logits + 0.1 * given["input_ids"][:, -1, None, None] / shapes.VOCABULARY
        out.logits[..., 0] += 0.1 * given["input_ids"].float().mean(-1, keepdim=True)
        return out

    probe = CausalProbe(change_logits(shapes.network("llama"), change), shapes.CONTEXT)
    assert (probe.scoring.mode, probe.generation.mode) == ("row", "whole_row")
    assert all("later tokens change its numbers" in note for note in probe.notes)


def test_a_wrong_cache_is_not_used():
    def change(given, out):
        if given.get("use_cache") and given["input_ids"].shape[-1] == 1:
            out.logits = out.logits.roll(1, -1)
        return out

    network = change_logits(shapes.network("llama"), change)
    assert modes(network) == ("shared", "whole_batch")
    prompts = [list(range(20)), list(range(7))]
    found = GreedyGenerator(network, (), "whole_batch").generate(prompts, [4, 4], lambda _: False)
    alone = GreedyGenerator(network, (), "whole_row").generate(prompts, [4, 4], lambda _: False)
    assert found == alone


def test_a_window_that_a_short_row_cannot_show_is_read_from_the_config():
    network = shapes.network("mistral")
    network.config.sliding_window = 90
    assert modes(network) == ("padded", "row_cache")


def test_positions_that_depend_on_the_length_are_read_from_the_config():
    network = shapes.network("llama")
    network.config.rope_parameters = {"rope_type": "longrope", "rope_theta": 10000.0}
    assert modes(network) == ("row", "whole_row")


def test_a_network_that_cannot_read_is_one_sentence():
    def change(given, out):
        raise ValueError("no such kernel")

    network = change_logits(shapes.network("llama"), change)
    with pytest.raises(
        ModelError, match=r"LlamaForCausalLM cannot read a row of .* no such kernel"
    ):
        modes(network)


def test_what_is_fastest_is_not_said():
    probe = CausalProbe(shapes.network("llama"), shapes.CONTEXT)
    assert probe.notes == []
    assert probe.scoring.reason is None
    assert probe.notes == []


@pytest.mark.parametrize(("kind", "lm_class"), [("bert", HFMaskedLM), ("t5", HFSeq2SeqLM)])
@pytest.mark.parametrize("planted", [True, False])
def test_encoders_that_see_their_batch_are_read_row_by_row(kind, lm_class, planted):
    network = shapes.network(kind)

    def change(given, out):
        rows = (given.get("input_ids") if kind == "bert" else given["labels"]).shape[0]
        out.logits = out.logits * (1 + 0.01 * (rows - 1))
        return out

    pairs = [("The statement", " is"), ("a", " value"), ("a", " returns a value")]
    tokenizer = HFTokenizer(shapes.tokenizer(kind))
    expected = [
        lm_class(network, tokenizer, shapes.CONTEXT).loglikelihood([pair])[0] for pair in pairs
    ]
    if planted:
        change_logits(network, change)
    lm = lm_class(network, tokenizer, shapes.CONTEXT)
    found = lm.loglikelihood(pairs)
    assert lm.probe.choices["scored"].mode == ("row" if planted else "padded")
    for one, other in zip(found, expected, strict=True):
        assert one.logprobs == pytest.approx(other.logprobs, abs=1e-4)


def test_texts_of_an_encoder_decoder_are_those_of_single_rows():
    lm = HFSeq2SeqLM(shapes.network("t5"), HFTokenizer(shapes.tokenizer("t5")), shapes.CONTEXT)
    prompts = ["The statement", "a", "import x"]
    found = [each.text for each in lm.generate_until(prompts, 6, [])]
    assert lm.probe.choices["generated"].mode == "padded"
    assert found == [lm.generate_until([prompt], 6, [])[0].text for prompt in prompts]


def test_a_failure_while_reading_is_one_sentence():
    lm = HFMaskedLM(shapes.network("bert"), HFTokenizer(shapes.tokenizer("bert")), shapes.CONTEXT)
    with pytest.raises(ModelError, match="BertForMaskedLM cannot read its input: IndexError"):
        lm.loglikelihood([([1, 2], [shapes.VOCABULARY + 7])])


def test_numbers_that_are_not_finite_do_not_change_the_way():
    network = shapes.network("llama")
    with torch.no_grad():
        network.model.embed_tokens.weight.fill_(torch.nan)
    assert modes(network)[0] == "shared"
