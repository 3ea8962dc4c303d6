"""Configs of other people: what is ignored, what is refused, and what never happens."""

import json

import pytest
import torch

from upwell.errors import ModelError, UpwellError
from upwell.models.hub.config_file import read_shapes
from upwell.models.hub.language_models import load

from .. import shapes

PAIRS = [("The value", " of"), ("import x", " y")]


@pytest.fixture
def folder(tmp_path):
    return shapes.folder("llama", tmp_path)


def edit(folder, name="config.json", **changes):
    path = folder / name
    document = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(document | changes), encoding="utf-8")
    return folder


def scores(folder):
    return [each.logprobs for each in load(folder).as_lm().loglikelihood(PAIRS)]


@pytest.mark.parametrize(
    "changes",
    [
        {"attn_implementation": "kernels-community/flash-attn"},
        {"_attn_implementation": "flash_attention_2"},
        {"attn_implementation": ["x"]},
        {"experts_implementation": 7},
        {"torch_dtype": "float16"},
        {"dtype": {"": "bfloat16"}},
        {"quantization_config": None},
        {"auto_map": {"AutoModelForCausalLM": "modeling_llama.LlamaForCausalLM",
                      "AutoConfig": "configuration_llama.LlamaConfig"}},
    ],
)  # fmt: skip
def test_how_the_author_ran_the_model_changes_no_number(folder, changes):
    expected = scores(folder)
    assert scores(edit(folder, **changes)) == expected


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"auto_map": {"AutoModelForCausalLM": "evil.Model"}}, "does not run it"),
        ({"auto_map": "x"}, "does not run it"),
        ({"quantization_config": {"quant_method": "fp8"}}, "quantized weights"),
        ({"text_config": {"quantization_config": {"bits": 4}}}, "quantized weights"),
        ({"num_hidden_layers": 10**9}, "num_hidden_layers 1,000,000,000"),
        ({"hidden_size": 10**9}, "hidden_size 1,000,000,000"),
        ({"num_attention_heads": 10**7}, "num_attention_heads|cannot be loaded"),
        ({"num_hidden_layers": 1}, "a layer that its config.json leaves out"),
        ({"num_hidden_layers": 3}, "which would be random"),
        ({"num_hidden_layers": "x"}, "cannot be loaded by transformers"),
        ({"num_hidden_layers": -1}, "-1 layers"),
        ({"max_position_embeddings": 0}, "it needs 1 or more"),
        ({"intermediate_size": 90}, r"in the weights and \(\d*(32, 90|90, 32)\) by"),
        ({"architectures": 7}, "cannot be loaded by transformers"),
        ({"model_type": ["x"]}, "cannot be loaded by transformers"),
    ],
)
def test_what_does_not_fit_is_one_sentence(folder, changes, sentence):
    with pytest.raises(ModelError, match=sentence) as caught:
        load(edit(folder, **changes)).as_lm().loglikelihood(PAIRS)
    assert "\n" not in str(caught.value)


def test_masks_for_a_million_positions_are_refused_before_they_are_made(tmp_path):
    folder = edit(shapes.folder("gpt_neo", tmp_path), max_position_embeddings=10**6)
    with pytest.raises(ModelError, match="the weights have 41,152"):
        load(folder)


@pytest.mark.parametrize("text", ["[]", "7", "{", "[" * 100_000, '{"a": "\\ud800"}', "\x00"])
def test_a_config_that_is_no_config_is_one_sentence(folder, text):
    (folder / "config.json").write_text(text, encoding="utf-8")
    with pytest.raises(ModelError):
        load(folder)


@pytest.mark.parametrize("text", ["[]", "{", '{"model": {"type": "BPE"}}', '{"version": 1.5}'])
@pytest.mark.parametrize("name", ["tokenizer.json", "tokenizer_config.json"])
def test_a_damaged_tokenizer_is_one_sentence_or_changes_nothing(folder, name, text):
    (folder / name).write_text(text, encoding="utf-8")
    try:
        load(folder).as_lm().loglikelihood(PAIRS)
    except UpwellError as error:
        assert "\n" not in str(error)


def test_a_tokenizer_of_a_larger_model_is_refused(folder):
    path = folder / "tokenizer.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["model"]["vocab"]["the "] = shapes.VOCABULARY + 5
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ModelError, match="'the ' the id 405"):
        load(folder)


def test_shards_outside_of_the_folder_are_refused(folder):
    index = {"weight_map": {"a": "../model.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")
    with pytest.raises(ModelError, match="no file of this folder"):
        load(folder)


def test_damaged_weights_are_one_sentence(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes((1 << 60).to_bytes(8, "little") + weights.read_bytes()[8:])
    with pytest.raises(ModelError, match="is damaged"):
        load(folder)


def test_shapes_come_from_the_header(folder):
    assert read_shapes(folder)["model.embed_tokens.weight"] == (shapes.VOCABULARY, 32)


def test_tensors_that_are_not_used_are_said(folder):
    from safetensors.torch import load_file, save_file

    tensors = load_file(folder / "model.safetensors")
    extra = {"value_head.weight": torch.zeros(1, 32)}
    save_file(tensors | extra, folder / "model.safetensors", {"format": "pt"})
    (note,) = load(folder).notes
    assert note == "llama: 1 tensors of its weights are not used, such as value_head.weight"


def test_a_model_without_a_padding_token_is_evaluated(folder):
    expected = scores(folder)
    for name in ("tokenizer_config.json", "config.json", "generation_config.json"):
        key = "pad_token" if name == "tokenizer_config.json" else "pad_token_id"
        edit(folder, name, **{key: None})
    model = load(folder)
    assert model.tokenizer.tokenizer.pad_token is None
    assert scores(folder) == expected
    assert len(model.as_lm().generate_until(["The value", "import", "x"], 3, [])) == 3


def test_special_tokens_in_texts_are_counted(folder):
    model = load(folder)
    lm = model.as_lm()
    lm.loglikelihood([("The value", " of"), ("<bos>The value", " of")])
    assert model.notes == []
    lm.loglikelihood([("The <bos> value", " of"), ("The value", " <pad>")])
    lm.loglikelihood([("The <bos> value", " of")])
    (note,) = model.notes
    assert "texts have a special token written in them" in note
