"""What to say next: only the response is learnt from, and the folder says it in transformers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM

from upwell.adapt.adapting import adapt
from upwell.adapt.encoding import LEFT_OUT
from upwell.adapt.given import given
from upwell.adapt.network import Adapting
from upwell.adapt.predicting import Predictor
from upwell.adapt.recipes import Dials
from upwell.adapt.tasks import instruct
from upwell.adapt.wanted import Wanted
from upwell.data.labelled import Columns, Row
from upwell.data.labelled.talks import read_talks
from upwell.errors import DataError
from upwell.records import Adapt

from .tiny import BAD, GOOD, words

TEMPLATE = "{% for m in messages %}{{ m.content }} {% endfor %}the "


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("llama") / "tiny-llama"
    torch.manual_seed(0)
    reader = words()
    reader.eos_token = "[SEP]"
    LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(reader), hidden_size=32, intermediate_size=64, num_hidden_layers=2,
            num_attention_heads=2, max_position_embeddings=64, pad_token_id=0, eos_token_id=3,
            bos_token_id=2, initializer_range=0.1,
        )
    ).save_pretrained(folder)  # fmt: skip
    reader.save_pretrained(folder)
    return folder


def opposites(path: Path, rows: int) -> Path:
    """Rows of which no two are the same."""
    found = []
    for number in range(rows):
        good, bad = GOOD[number % len(GOOD)], BAD[number % len(GOOD)]
        asked = f"the {good} day{' a' * (number // len(GOOD))}"
        found.append({"instruction": asked, "response": f"a {bad} day"})
    path.write_text("\n".join(map(json.dumps, found)) + "\n")
    return path


def carried_out(model, data, out, rounds=2, **more):
    dials = Dials(rounds=rounds, rate=1e-2, batch=16)
    wanted = Wanted(model=str(model), data=data, task="instruct", dials=dials, **more)
    return adapt(wanted, out, lambda line: None, lambda *moment: None)


@pytest.mark.parametrize("method", ["full", "lora"])
def test_it_learns_to_respond_and_ships_what_it_says(tmp_path, llama, method):
    data = opposites(tmp_path / "rows.jsonl", 24)
    made = carried_out(llama, data, tmp_path / "out", rounds=30 if method == "full" else 3)
    assert [score.metric for score in made.scores] == ["log_probability", "exact_match"]
    if method == "full":
        assert made.scores[0].value > -0.7
    said = Predictor(tmp_path / "out")([Row(1, ("the bright day",), ())])[0]["said"]
    reader = AutoTokenizer.from_pretrained(tmp_path / "out")
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "out").eval()
    ask, say, _ = instruct.SAYS
    asked = reader(f"{ask}the bright day{say}", add_special_tokens=False).input_ids
    ids = torch.tensor([[2, *asked]])
    with torch.inference_mode():
        rest = model.generate(ids, max_new_tokens=16, do_sample=False)
    assert reader.decode(rest[0, ids.shape[1] :], skip_special_tokens=True).strip() == said


def test_only_the_response_is_learnt_from_and_the_loss_is_that_of_transformers(llama):
    rows = [
        Row(1, ("warm day",), (), "cold day"),
        Row(2, ("warm", "cold", "a kind room"), (), "harsh a room walk"),
    ]
    reading = given(str(llama))
    encoded = instruct.encode(rows, (), Columns(), reading, 48)
    words_of = reading.words.convert_ids_to_tokens
    learnt = [
        words_of(ids[wanted != LEFT_OUT].tolist())
        for ids, wanted in zip(encoded.parts["input_ids"], encoded.parts["labels"], strict=True)
    ]
    assert learnt == [["cold", "day", "[SEP]"], ["harsh", "a", "room", "walk", "[SEP]"]]
    arrays = {name: torch.from_numpy(array) for name, array in encoded.batch([0, 1]).items()}
    told = Adapt(task="instruct", labels=())
    network = Adapting(instruct.body(reading, told), told, instruct.loss).eval()
    ours = network.losses(arrays, arrays)["loss"]
    theirs = AutoModelForCausalLM.from_pretrained(llama).eval()(**arrays).loss
    torch.testing.assert_close(ours, theirs)
    with torch.inference_mode():
        said = instruct.outputs(network.body, reading, encoded, told)
    total = np.concatenate([one.logprobs for one in said])
    assert -total.mean() == pytest.approx(theirs.item(), abs=1e-5)


def test_answers_do_not_depend_on_what_stands_beside_them(llama):
    reading, told = given(str(llama)), Adapt(task="instruct", labels=())
    rows = [Row(1, ("warm",), ()), Row(2, ("the a cold grim dull day",), ())]
    body = instruct.body(reading, told).eval()
    both = instruct.encode(rows, (), Columns(), reading, 48)
    alone = [instruct.encode([row], (), Columns(), reading, 48) for row in rows]
    with torch.inference_mode():
        said = [one.text for one in instruct.outputs(body, reading, both, told)]
        assert said == [instruct.outputs(body, reading, one, told)[0].text for one in alone]


def test_the_tokenizers_own_template_is_used(llama):
    reading = given(str(llama))
    reading.words.chat_template = TEMPLATE
    ids = instruct.encode(
        [Row(1, ("warm", "cold", "kind"), (), "grim")], (), Columns(), reading, 48
    )
    tokens = reading.words.convert_ids_to_tokens(ids.parts["input_ids"][0].tolist())
    assert tokens == ["warm", "cold", "kind", "the", "grim", "[SEP]"]


def test_a_row_that_is_too_long_loses_its_beginning(llama):
    reading = given(str(llama))
    rows = [Row(1, (" ".join(["warm"] * 60),), (), "cold day")]
    found = instruct.encode(rows, (), Columns(), reading, 16)
    assert found.cut == 1
    assert len(found.parts["input_ids"][0]) == 16
    tokens = reading.words.convert_ids_to_tokens(found.parts["input_ids"][0].tolist())
    assert tokens[-3:] == ["cold", "day", "[SEP]"]


def test_talks_are_a_row_for_every_turn_of_the_assistant(tmp_path):
    talk = [
        {"role": "system", "content": "be kind"},
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": "two"},
        {"from": "human", "value": "three"},
        {"from": "gpt", "value": "四"},
    ]
    path = tmp_path / "talks.jsonl"
    path.write_text(json.dumps({"messages": talk}) + "\n")
    rows = read_talks(path, Columns()).rows
    assert [(row.texts, row.truth) for row in rows] == [
        (("be kind\n\none",), "two"),
        (("be kind\n\none", "two", "three"), "四"),
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"messages": "hello"}', "talks.jsonl:1: 'messages' is no list of messages"),
        ('{"messages": ["hello"]}', "talks.jsonl:1: a message is no object"),
        ('{"messages": [{"role": "cat", "content": "x"}]}', "a message needs a role among"),
        ('{"title": "x", "body": "y"}', "neither messages nor an instruction"),
    ],
)
def test_what_cannot_be_read_is_told(tmp_path, line, told):
    path = tmp_path / "talks.jsonl"
    path.write_text(line + "\n")
    with pytest.raises(DataError, match=told):
        read_talks(path, Columns())


def test_alpaca_rows_have_their_input_below_the_instruction(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"instruction": "turn", "input": "warm", "output": "cold"}\n')
    (row,) = read_talks(path, Columns()).rows
    assert (row.texts, row.truth) == (("turn\n\nwarm",), "cold")
