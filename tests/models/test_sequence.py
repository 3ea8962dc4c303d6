"""Encoder-decoders that are asked, against a plain loop of transformers and its generation."""

import math

import pytest
import torch

from upwell.models.answering import Answerer, Unanswered, Weighing
from upwell.models.huggingface import load
from upwell.models.sequence import SequenceAnswerer
from upwell.models.words import Words

from . import shapes

PAIRS = [
    ("The statement", " is"),
    ("The statement", " returns a value"),
    ("The statement ", "is"),
    ("a", "b"),
    ("import x\nimport y", "\nimport z"),
    ("", "The value"),
]


def answerer(kind, **how):
    words = Words(shapes.tokenizer(kind))
    return SequenceAnswerer(shapes.network(kind), words, shapes.CONTEXT, **how)


@pytest.fixture(scope="module", params=shapes.SEQUENCES)
def asked(request):
    return answerer(request.param)


def alone(asked, prompt, continuation):
    """What transformers itself gives: the specials of the tokenizer go to the encoder only."""
    engine = asked.tokenizer.engine
    kept = prompt.rstrip()
    ids = engine(kept)["input_ids"] if kept else [engine.bos_token_id]
    rest = engine(prompt[len(kept) :] + continuation, add_special_tokens=False)["input_ids"]
    with torch.no_grad():
        logits = asked.network(input_ids=torch.tensor([ids]), labels=torch.tensor([rest])).logits[0]
    return logits.log_softmax(-1)[range(len(rest)), rest].tolist()


def test_it_keeps_its_promises(asked):
    assert isinstance(asked, Answerer)
    assert isinstance(asked, Weighing)


def test_continuations_weigh_what_transformers_gives(asked):
    for pair, found in zip(PAIRS, asked.weigh(PAIRS), strict=True):
        assert found.logprobs == pytest.approx(alone(asked, *pair), abs=1e-4)
    assert asked.logprobs(PAIRS[:1]) == [list(asked.weigh(PAIRS[:1])[0].logprobs)]


def test_many_passes_give_the_same_as_one(asked):
    narrow = SequenceAnswerer(asked.network, asked.tokenizer, asked.context, memory=1)
    for one, other in zip(narrow.weigh(PAIRS), asked.weigh(PAIRS), strict=True):
        assert one.logprobs == pytest.approx(other.logprobs, abs=1e-5)
        assert one.likeliest == other.likeliest


def test_what_the_network_would_say_is_likeliest(asked):
    ids = asked.tokenizer.encode_all(["The statement"])
    made = asked.network.generate(torch.tensor(ids), max_new_tokens=4, do_sample=False)[0, 1:]
    said = [int(each) for each in made if int(each) not in (shapes.BOS, shapes.PAD)]
    if said:
        (found,) = asked.weigh([("The statement", said)])
        assert all(found.likeliest)


def test_greedy_text_is_what_transformers_generates(asked):
    prompts = ["The statement", "a", "import x\nimport y", "The expression list of a"]
    said = asked.tell(prompts, 8, [])
    for prompt, told in zip(prompts, said, strict=True):
        ids = torch.tensor(asked.tokenizer.encode_all([prompt]))
        made = asked.network.generate(ids, max_new_tokens=8, do_sample=False, num_beams=1)
        assert told.text == asked.tokenizer.decode(made[0].tolist())
    assert any(told.text for told in said)


def test_text_ends_before_the_first_stop():
    asked = answerer("t5")
    whole = asked.tell(["a"], 12, [])[0].text
    stop = whole[3:5]
    assert stop
    assert asked.say(["a"], 12, stop) == [whole.partition(stop)[0]]


def test_what_is_too_long_is_cut_as_told_and_counted():
    prompt = list(range(3, 150))
    over = len(prompt) - shapes.CONTEXT
    for cut, kept in (("left", prompt[over:]), ("right", prompt[:-over])):
        found, by_hand = answerer("t5", cut=cut).weigh([(prompt, [5]), (kept, [5])])
        assert found.logprobs == pytest.approx(by_hand.logprobs, abs=1e-6)
        assert (found.dropped, by_hand.dropped) == (over, 0)
    (refused,) = answerer("t5", cut="never").weigh([(prompt, [5])])
    assert refused.reason == f"needs a context of 147 tokens; the model has {shapes.CONTEXT}"


def test_what_it_cannot_answer_is_a_reason():
    asked = answerer("bart")
    (rolled,) = asked.roll(["The value"])
    assert "no probability without a prompt" in rolled.reason
    nothing, long = asked.weigh([("a", ""), ("a", [5] * 97)])
    assert "no token of its own" in nothing.reason
    assert "97 tokens; the model reads 96" in long.reason


def test_numbers_that_are_not_finite_are_a_reason_on_their_item_alone():
    asked = answerer("t5")
    with torch.no_grad():
        asked.network.shared.weight[7] = math.nan
    fine, broken = asked.weigh([([1, 2], [3]), ([1, 7], [3])])
    # The head is tied to the embedding, so that every number but a prompt's own is broken.
    assert isinstance(broken, Unanswered)
    assert isinstance(fine, Unanswered)
    assert isinstance(asked.tell([[1, 7]], 3, [])[0], Unanswered)


def test_a_folder_is_loaded_as_what_it_is(tmp_path):
    model = load(shapes.folder("bart", tmp_path))
    assert isinstance(model.answerer(), SequenceAnswerer)
    assert model.size.params == model.network.num_parameters()
    assert model.context == shapes.CONTEXT
