"""About seventy architectures: every way of reading gives the numbers of single rows."""

import random

import pytest
import torch

from upwell.models.lm.hf_causal import HFCausalLM
from upwell.models.lm.hf_tokenizer import HFTokenizer

from . import architectures, shapes

NEW_TOKENS = 4


def build_pairs():
    """Rows with long and short shared prefixes, of lengths from 4 to 150 tokens."""
    rng = random.Random(3)

    def draw(count):
        return [rng.randrange(shapes.BOS) for _ in range(count)]

    prefix = draw(90)
    pairs = []
    for cut in (90, 90, 70, 0):
        question = prefix[:cut] + draw(rng.randrange(3, 40))
        pairs += [(question, draw(count)) for count in (1, 7)]
    return [*pairs, (draw(140), draw(3))]


def single_row(network, prompt, continuation):
    ids = prompt + continuation
    with torch.inference_mode():
        logits = network(input_ids=torch.tensor([ids[:-1]]), use_cache=False).logits[0]
    logprobs = logits[len(prompt) - 1 :].float().log_softmax(-1)
    return logprobs.gather(-1, torch.tensor(continuation)[:, None])[:, 0].tolist()


def decode_by_hand(network, ids):
    new = []
    for _ in range(NEW_TOKENS):
        with torch.inference_mode():
            logits = network(input_ids=torch.tensor([ids + new]), use_cache=False).logits
        token = int(logits[0, -1].argmax())
        if token == shapes.BOS:
            break
        new.append(token)
    return new


@pytest.fixture(scope="module", params=architectures.ARCHITECTURES)
def lm(request):
    network = architectures.build(request.param)
    lm = HFCausalLM(network, HFTokenizer(shapes.tokenizer("gpt2")), architectures.CONTEXT)
    lm.name = request.param
    return lm


def test_log_likelihoods_are_those_of_single_rows(lm):
    pairs = build_pairs()
    for pair, found in zip(pairs, lm.loglikelihood(pairs), strict=True):
        expected = single_row(lm.network, *pair)
        assert sum(found.logprobs) == pytest.approx(sum(expected), abs=1e-4)


def test_greedy_text_is_decoding_by_hand(lm):
    pairs = build_pairs()
    prompts = [pairs[index][0] for index in (0, 6, 8)]
    expected = [lm.tokenizer.decode(decode_by_hand(lm.network, ids)) for ids in prompts]
    found = lm.generate(prompts, NEW_TOKENS, None)
    assert found == expected


def test_the_docs_say_how_it_is_read(lm):
    for page in architectures.PAGES:
        assert architectures.page_row(lm.name, lm.probe, page) in page.read_text(encoding="utf-8")


def test_the_docs_have_no_other_architecture():
    for page in architectures.PAGES:
        lines = page.read_text(encoding="utf-8").splitlines()
        rows = [line for line in lines if line.startswith("| `")]
        assert len(rows) == len(architectures.ARCHITECTURES)
