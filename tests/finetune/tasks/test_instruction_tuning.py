"""Instruction tuning: the loss, chat templates, and responses as transformers gives them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM

from upwell.data.labeled import Columns, Row
from upwell.data.labeled.conversations import read_conversations
from upwell.errors import DataError
from upwell.finetune.base_model import load_base_model
from upwell.finetune.config import FinetuneConfig
from upwell.finetune.defaults import FinetuneHyperparameters
from upwell.finetune.inputs.text import IGNORE_INDEX
from upwell.finetune.modeling.network import FinetuneModule
from upwell.finetune.pipeline import finetune
from upwell.finetune.predictor import Predictor
from upwell.finetune.tasks import instruction_tuning
from upwell.finetune.tasks.instruction_tuning import InstructionTuning
from upwell.records import FinetuneSpec

from ..tiny_models import BAD, GOOD, build_tokenizer

TASK = InstructionTuning()

TEMPLATE = "{% for m in messages %}{{ m.content }} {% endfor %}the "


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("llama") / "tiny-llama"
    torch.manual_seed(0)
    reader = build_tokenizer()
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


def run_finetune(model, data, out, epochs=2, **more):
    hyperparameters = FinetuneHyperparameters(epochs=epochs, learning_rate=1e-2, batch_size=16)
    config = FinetuneConfig(
        model=str(model),
        data=data,
        task="instruction-tuning",
        hyperparameters=hyperparameters,
        **more,
    )
    return finetune(config, out, lambda line: None, lambda *moment: None)


@pytest.mark.parametrize("method", ["full", "lora"])
def test_it_learns_to_respond_and_transformers_gives_its_responses(tmp_path, llama, method):
    data = opposites(tmp_path / "rows.jsonl", 24)
    card = run_finetune(llama, data, tmp_path / "out", epochs=30 if method == "full" else 3)
    assert [score.metric for score in card.scores] == ["log_probability", "exact_match"]
    if method == "full":
        assert card.scores[0].value > -0.7
    output = Predictor.from_pretrained(tmp_path / "out")([Row(1, ("the bright day",), ())])[0][
        "prediction"
    ]
    reader = AutoTokenizer.from_pretrained(tmp_path / "out")
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "out").eval()
    ask, say, _ = instruction_tuning.PLAIN_TEMPLATE
    asked = reader(f"{ask}the bright day{say}", add_special_tokens=False).input_ids
    ids = torch.tensor([[2, *asked]])
    with torch.inference_mode():
        rest = model.generate(ids, max_new_tokens=16, do_sample=False)
    assert reader.decode(rest[0, ids.shape[1] :], skip_special_tokens=True).strip() == output


def test_only_the_response_is_in_the_loss_which_is_that_of_transformers(llama):
    rows = [
        Row(1, ("warm day",), (), "cold day"),
        Row(2, ("warm", "cold", "a kind room"), (), "harsh a room walk"),
    ]
    base_model = load_base_model(str(llama))
    encoded = TASK.encode(rows, (), Columns(), base_model, 48)
    words_of = base_model.tokenizer.convert_ids_to_tokens
    learnt = [
        words_of(ids[config != IGNORE_INDEX].tolist())
        for ids, config in zip(encoded.ragged["input_ids"], encoded.ragged["labels"], strict=True)
    ]
    assert learnt == [["cold", "day", "[SEP]"], ["harsh", "a", "room", "walk", "[SEP]"]]
    arrays = {name: torch.from_numpy(array) for name, array in encoded.batch([0, 1]).items()}
    spec = FinetuneSpec(task="instruction-tuning", labels=())
    network = FinetuneModule(TASK.build_model(base_model, spec), spec, TASK.loss).eval()
    ours = network.losses(arrays, arrays)["loss"]
    theirs = AutoModelForCausalLM.from_pretrained(llama).eval()(**arrays).loss
    torch.testing.assert_close(ours, theirs)
    with torch.inference_mode():
        output = TASK.predict(network.model, base_model, encoded, spec)
    total = np.concatenate([one.logprobs for one in output])
    assert -total.mean() == pytest.approx(theirs.item(), abs=1e-5)


def test_responses_do_not_depend_on_other_rows_of_the_batch(llama):
    base_model, spec = (
        load_base_model(str(llama)),
        FinetuneSpec(task="instruction-tuning", labels=()),
    )
    rows = [Row(1, ("warm",), ()), Row(2, ("the a cold grim dull day",), ())]
    body = TASK.build_model(base_model, spec).eval()
    both = TASK.encode(rows, (), Columns(), base_model, 48)
    alone = [TASK.encode([row], (), Columns(), base_model, 48) for row in rows]
    with torch.inference_mode():
        output = [one.text for one in TASK.predict(body, base_model, both, spec)]
        assert output == [TASK.predict(body, base_model, one, spec)[0].text for one in alone]


def test_the_chat_template_of_the_tokenizer_is_used(llama):
    base_model = load_base_model(str(llama))
    base_model.tokenizer.chat_template = TEMPLATE
    ids = TASK.encode([Row(1, ("warm", "cold", "kind"), (), "grim")], (), Columns(), base_model, 48)
    tokens = base_model.tokenizer.convert_ids_to_tokens(ids.ragged["input_ids"][0].tolist())
    assert tokens == ["warm", "cold", "kind", "the", "grim", "[SEP]"]


def test_a_row_that_is_too_long_loses_its_beginning(llama):
    base_model = load_base_model(str(llama))
    rows = [Row(1, (" ".join(["warm"] * 60),), (), "cold day")]
    found = TASK.encode(rows, (), Columns(), base_model, 16)
    assert found.num_truncated == 1
    assert len(found.ragged["input_ids"][0]) == 16
    tokens = base_model.tokenizer.convert_ids_to_tokens(found.ragged["input_ids"][0].tolist())
    assert tokens[-3:] == ["cold", "day", "[SEP]"]


def test_a_conversation_is_a_row_for_every_turn_of_the_assistant(tmp_path):
    talk = [
        {"role": "system", "content": "be kind"},
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": "two"},
        {"from": "human", "value": "three"},
        {"from": "gpt", "value": "四"},
    ]
    path = tmp_path / "talks.jsonl"
    path.write_text(json.dumps({"messages": talk}) + "\n")
    rows = read_conversations(path, Columns()).rows
    assert [(row.texts, row.target) for row in rows] == [
        (("be kind\n\none",), "two"),
        (("be kind\n\none", "two", "three"), "四"),
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"messages": "hello"}', "talks.jsonl:1: 'messages' is not a list of messages"),
        ('{"messages": ["hello"]}', "talks.jsonl:1: a message is not an object"),
        ('{"messages": [{"role": "cat", "content": "x"}]}', "a message needs a role among"),
        ('{"title": "x", "body": "y"}', "neither messages nor an instruction"),
    ],
)
def test_wrong_rows_are_refused_with_their_line(tmp_path, line, told):
    path = tmp_path / "talks.jsonl"
    path.write_text(line + "\n")
    with pytest.raises(DataError, match=told):
        read_conversations(path, Columns())


def test_alpaca_rows_have_their_input_below_the_instruction(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"instruction": "turn", "input": "warm", "output": "cold"}\n')
    (row,) = read_conversations(path, Columns()).rows
    assert (row.texts, row.target) == (("turn\n\nwarm",), "cold")
