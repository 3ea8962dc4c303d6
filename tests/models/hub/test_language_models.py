"""Model folders: what is loaded, what is counted, what is refused."""

import json
import shutil

import pytest
import transformers

from upwell.errors import ModelError
from upwell.models.hub.language_models import get_context, load

from .. import shapes


@pytest.fixture(scope="module", params=shapes.SHAPES)
def folder(request, tmp_path_factory):
    return shapes.folder(request.param, tmp_path_factory.mktemp("models"))


def test_a_folder_is_loaded_and_scores_text(folder):
    model = load(folder)
    assert (model.name, model.model_type, model.context) == (
        folder.name,
        folder.name,
        shapes.CONTEXT,
    )
    (found,) = model.as_lm().loglikelihood([("The value", " of")])
    assert all(number < 0 for number in found.logprobs)


def test_parameters_are_counted_once(folder):
    model = load(folder)
    assert model.size.params == model.network.num_parameters()
    assert model.size.bytes == 4 * model.size.params


def test_flops_are_six_a_multiplied_weight_and_attention():
    network = shapes.network("llama")
    from upwell.models.hub.language_models import count

    embedding = network.get_input_embeddings().weight.numel()
    untied = count(network, 64)
    assert untied.flops_per_token == 6 * (untied.params - embedding) + 6 * 2 * 32 * 64


def test_a_config_without_a_context_leaves_it_to_the_tokenizer():
    network, words = shapes.network("bloom"), shapes.tokenizer("bloom")
    assert get_context(network.config, words) == 2048
    words.model_max_length = 77
    assert get_context(network.config, words) == 77


def test_what_is_no_model_folder_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(ModelError, match=r"no config\.json"):
        load(tmp_path)
    (tmp_path / "config.json").write_text("{", encoding="utf-8")
    with pytest.raises(ModelError, match="not JSON"):
        load(tmp_path)


def test_code_from_the_folder_is_never_run(tmp_path):
    path = shapes.folder("gpt2", tmp_path)
    config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    config["auto_map"] = {"AutoModelForCausalLM": "evil.Model"}
    (path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(ModelError, match="does not run it"):
        load(path)


def test_pickles_are_not_opened(tmp_path):
    path = shapes.folder("gpt2", tmp_path)
    (path / "model.safetensors").rename(path / "pytorch_model.bin")
    with pytest.raises(ModelError, match="safetensors"):
        load(path)


def test_a_head_that_would_be_random_is_refused(tmp_path):
    path = shapes.folder("bert", tmp_path)
    config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    config["architectures"] = ["BertLMHeadModel"]
    shutil.copytree(path, tmp_path / "whole")
    transformers.BertModel.from_pretrained(path).save_pretrained(path)
    (path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(ModelError, match="which would be random"):
        load(path)
    assert load(tmp_path / "whole").model_type == "bert"


def test_a_folder_without_a_tokenizer_is_refused(tmp_path):
    path = shapes.folder("gpt2", tmp_path)
    (path / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match="no tokenizer"):
        load(path)


def test_an_unknown_architecture_is_one_sentence(tmp_path):
    path = shapes.folder("gpt2", tmp_path)
    (path / "config.json").write_text('{"model_type": "nonesuch"}', encoding="utf-8")
    with pytest.raises(ModelError, match="cannot be loaded by transformers"):
        load(path)
