"""Encoder-decoders that are lm, against a plain loop of transformers and its generation."""

import math

import pytest
import torch

from upwell.models.hub.language_models import load
from upwell.models.lm.hf_seq2seq import HFSeq2SeqLM
from upwell.models.lm.hf_tokenizer import HFTokenizer
from upwell.models.protocols import LM, NoAnswer

from .. import shapes

PAIRS = [
    ("The statement", " is"),
    ("The statement", " returns a value"),
    ("The statement ", "is"),
    ("a", "b"),
    ("import x\nimport y", "\nimport z"),
    ("", "The value"),
]


def build_lm(kind, **options):
    words = HFTokenizer(shapes.tokenizer(kind))
    return HFSeq2SeqLM(shapes.network(kind), words, shapes.CONTEXT, **options)


@pytest.fixture(scope="module", params=shapes.SEQUENCES)
def lm(request):
    return build_lm(request.param)


def alone(lm, prompt, continuation):
    """What transformers itself gives: the specials of the tokenizer go to the encoder only."""
    engine = lm.tokenizer.tokenizer
    kept = prompt.rstrip()
    ids = engine(kept)["input_ids"] if kept else [engine.bos_token_id]
    rest = engine(prompt[len(kept) :] + continuation, add_special_tokens=False)["input_ids"]
    with torch.no_grad():
        logits = lm.network(input_ids=torch.tensor([ids]), labels=torch.tensor([rest])).logits[0]
    return logits.log_softmax(-1)[range(len(rest)), rest].tolist()


def test_it_is_a_language_model(lm):
    assert isinstance(lm, LM)


def test_scores_are_those_of_transformers(lm):
    for pair, found in zip(PAIRS, lm.loglikelihood(PAIRS), strict=True):
        assert found.logprobs == pytest.approx(alone(lm, *pair), abs=1e-4)
    assert lm.token_logprobs(PAIRS[:1]) == [list(lm.loglikelihood(PAIRS[:1])[0].logprobs)]


def test_many_passes_give_the_same_as_one(lm):
    narrow = HFSeq2SeqLM(lm.network, lm.tokenizer, lm.context, memory=1)
    for one, other in zip(narrow.loglikelihood(PAIRS), lm.loglikelihood(PAIRS), strict=True):
        assert one.logprobs == pytest.approx(other.logprobs, abs=1e-5)
        assert one.is_greedy == other.is_greedy


def test_what_the_network_generates_is_greedy(lm):
    ids = lm.tokenizer.encode_with_specials(["The statement"])
    made = lm.network.generate(torch.tensor(ids), max_new_tokens=4, do_sample=False)[0, 1:]
    said = [int(each) for each in made if int(each) not in (shapes.BOS, shapes.PAD)]
    if said:
        (found,) = lm.loglikelihood([("The statement", said)])
        assert all(found.is_greedy)


def test_greedy_text_is_what_transformers_generates(lm):
    prompts = ["The statement", "a", "import x\nimport y", "The expression list of a"]
    said = lm.generate_until(prompts, 8, [])
    for prompt, told in zip(prompts, said, strict=True):
        ids = torch.tensor(lm.tokenizer.encode_with_specials([prompt]))
        # As lm-eval-harness sets it: the limit of the output counts the prompt.
        limit = ids.shape[1] + 8
        made = lm.network.generate(ids, max_length=limit, do_sample=False, num_beams=1)
        assert told.text == lm.tokenizer.decode(made[0].tolist())
    assert any(told.text for told in said)


def test_text_ends_before_the_first_stop():
    lm = build_lm("t5")
    whole = lm.generate_until(["a"], 12, [])[0].text
    stop = whole[3:5]
    assert stop
    assert lm.generate(["a"], 12, stop) == [whole.partition(stop)[0]]


def test_a_long_prompt_is_truncated_and_the_tokens_are_counted():
    prompt = list(range(3, 150))
    over = len(prompt) - shapes.CONTEXT
    for cut, kept in (("left", prompt[over:]), ("right", prompt[:-over])):
        found, by_hand = build_lm("t5", truncation=cut).loglikelihood([(prompt, [5]), (kept, [5])])
        assert found.logprobs == pytest.approx(by_hand.logprobs, abs=1e-6)
        assert (found.truncated_tokens, by_hand.truncated_tokens) == (over, 0)
    (refused,) = build_lm("t5", truncation="error").loglikelihood([(prompt, [5])])
    assert refused.reason == f"needs a context of 147 tokens; the model has {shapes.CONTEXT}"


def test_what_it_cannot_answer_is_a_reason():
    lm = build_lm("bart")
    (rolled,) = lm.loglikelihood_rolling(["The value"])
    assert "no probability without a prompt" in rolled.reason
    nothing, long = lm.loglikelihood([("a", ""), ("a", [5] * 97)])
    assert "no token of its own" in nothing.reason
    assert "97 tokens; the model reads 96" in long.reason


def test_numbers_that_are_not_finite_are_a_reason_on_their_item_alone():
    lm = build_lm("t5")
    with torch.no_grad():
        lm.network.shared.weight[7] = math.nan
    fine, broken = lm.loglikelihood([([1, 2], [3]), ([1, 7], [3])])
    # The head is tied to the embedding, so that every number but a prompt's own is broken.
    assert isinstance(broken, NoAnswer)
    assert isinstance(fine, NoAnswer)
    assert isinstance(lm.generate_until([[1, 7]], 3, [])[0], NoAnswer)


def test_a_folder_is_loaded_as_what_it_is(tmp_path):
    model = load(shapes.folder("bart", tmp_path))
    assert isinstance(model.as_lm(), HFSeq2SeqLM)
    assert model.size.params == model.network.num_parameters()
    assert model.context == shapes.CONTEXT
