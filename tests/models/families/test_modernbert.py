"""ModernBERT: the network is that of transformers, learns, and keeps its own promises."""

import pytest
import torch

from upwell import models
from upwell.data import train_wordpiece
from upwell.errors import ModelError, SpecError
from upwell.records import ModelSpec, Train

CONTEXT = 24
TEXTS = ["The tide wells up, and the gulls wheel.", "潮水涌现，海鸥盘旋。"] * 4
SIZES = [{}, {"width": 128, "depth": 5}, {"head_dim": 8, "intermediate_size": 40, "window": 4}]


def spec(**size) -> ModelSpec:
    return ModelSpec(
        family="modernbert", hparams={"width": 32, "depth": 4, "vocab_size": 60, **size}
    )


def built(seed=0, **size):
    network = models.load_family("modernbert").build(
        spec(**size), Train(context_length=CONTEXT), seed
    )
    return network.eval()


def batch(rows=4, seed=0):
    rng = torch.Generator().manual_seed(seed)
    length = torch.randint(6, CONTEXT - 4, (rows,), generator=rng)
    length[0] = CONTEXT - 4
    real = torch.arange(CONTEXT) < length[:, None]
    tokens = torch.randint(5, 60, (rows, CONTEXT), generator=rng) * real
    positions = real & (torch.rand(rows, CONTEXT, generator=rng) < 0.3)
    positions[:, 1] = True
    return {"tokens": tokens, "length": length, "labels": torch.where(positions, tokens, -1)}


@pytest.mark.parametrize("size", SIZES)
def test_parameters_are_those_that_are_counted(size) -> None:
    counted = models.load_family("modernbert").count(spec(**size), CONTEXT)
    assert counted.params == sum(p.numel() for p in built(**size).parameters())
    assert counted.bytes == 4 * counted.params


@pytest.mark.parametrize("size", SIZES)
def test_an_exported_folder_gives_equal_outputs_in_transformers(size, tmp_path) -> None:
    transformers = pytest.importorskip("transformers")
    network, shown = built(**size), batch()
    with torch.no_grad():
        network.mlm_bias.normal_(0, 0.1)
    words = train_wordpiece(TEXTS, 45)
    folder = models.load_family("modernbert").export(network, words)
    for name, data in folder.files.items():
        (tmp_path / name).write_bytes(data)
    theirs, loading_info = transformers.ModernBertForMaskedLM.from_pretrained(
        tmp_path, output_loading_info=True
    )
    assert not loading_info["missing_keys"] and not loading_info["unexpected_keys"]
    T = int(shown["length"].max())
    real = torch.arange(T) < shown["length"][:, None]
    with torch.inference_mode():
        found = theirs.eval()(input_ids=shown["tokens"][:, :T], attention_mask=real.long())
        guesses = network.mlm_logits(network(shown)[real])
    torch.testing.assert_close(found.logits[real], guesses, atol=1e-5, rtol=0)
    read = transformers.AutoTokenizer.from_pretrained(tmp_path)
    assert set(read(TEXTS[1])) == {"input_ids", "attention_mask"}
    assert read.mask_token_id == words.mask


def test_a_local_layer_attends_to_half_its_window_on_each_side() -> None:
    network, one = built(depth=1), batch(1)
    far, near = (
        {**one, "tokens": one["tokens"].clone().index_fill_(1, torch.tensor([place]), 9)}
        for place in (15, 13)
    )
    change = [(network(other)[0, 10] - network(one)[0, 10]).abs().max() for other in (far, near)]
    assert change[0] < 1e-6 < change[1]


def test_parts_of_a_batch_add_up_to_its_loss_and_what_stands_behind_a_row_is_nothing() -> None:
    network, whole = built(), batch(6)
    parts = [{name: rows[i : i + 2] for name, rows in whole.items()} for i in (0, 2, 4)]
    total = sum(network.losses(part, whole)["masked"].item() for part in parts)
    value = network.losses(whole, whole)["masked"].item()
    assert total == pytest.approx(value, rel=1e-5)
    behind = torch.arange(CONTEXT) >= whole["length"][:, None]
    other = {**whole, "tokens": whole["tokens"].masked_fill(behind, 7)}
    assert network.losses(other, whole)["masked"].item() == pytest.approx(value, abs=1e-6)


def test_a_seed_gives_the_same_weights_and_leaves_the_global_generator_alone() -> None:
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    one, two, other = built(1).state_dict(), built(1).state_dict(), built(2).state_dict()
    assert torch.equal(before, torch.random.get_rng_state())
    name = "model.layers.0.attn.Wqkv.weight"
    assert torch.equal(one[name], two[name]) and not torch.equal(one[name], other[name])


def test_what_it_cannot_do_is_one_sentence() -> None:
    with pytest.raises(SpecError, match="24 is not a multiple"):
        models.load_family("modernbert").count(spec(width=24), CONTEXT)
    with pytest.raises(ModelError, match="with its tokenizer"):
        models.load_family("modernbert").export(built(), None)
    with pytest.raises(ModelError, match="no next-sentence prediction"):
        built().nsp_logits(torch.zeros(1, 2, 32))
