"""BERT against transformers' own, and its own promises."""

import numpy as np
import pytest
import torch

from upwell import models
from upwell.data import train_wordpiece
from upwell.errors import DataError, ModelError, SpecError
from upwell.models.families.bert import as_lm
from upwell.models.protocols import ArrayInput
from upwell.records import ModelSpec, Train

CONTEXT = 24
TEXTS = ["The tide wells up, and the gulls wheel.", "潮水涌现，海鸥盘旋。"] * 4

SIZES = [{}, {"width": 128, "depth": 1}, {"head_dim": 8, "intermediate_size": 40}]


def spec(**size) -> ModelSpec:
    return ModelSpec(family="bert", hparams={"width": 32, "depth": 2, "vocab_size": 60, **size})


def built(seed=0, **size):
    """A network all of whose weights are drawn, those that start at nothing as well."""
    network = models.load_family("bert").build(spec(**size), Train(context_length=CONTEXT), seed)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.empty_like(parameter).normal_(0, 0.1, generator=generator))
    return network.eval()


def batch(rows=4, seed=0):
    rng = torch.Generator().manual_seed(seed)
    length = torch.randint(6, CONTEXT - 4, (rows,), generator=rng)
    length[0] = CONTEXT - 4
    real = torch.arange(CONTEXT) < length[:, None]
    tokens = torch.randint(5, 60, (rows, CONTEXT), generator=rng) * real
    positions = real & (torch.rand(rows, CONTEXT, generator=rng) < 0.3)
    positions[:, 1] = True
    return {
        "tokens": tokens,
        "segments": (torch.arange(CONTEXT) > 5).long().expand(rows, -1) * real,
        "length": length,
        "labels": torch.where(positions, tokens, -1),
        "is_random_next": torch.arange(rows) % 2,
    }


@pytest.mark.parametrize(
    "size", [{}, {"width": 128, "depth": 1}, {"head_dim": 8, "intermediate_size": 40}]
)
def test_parameters_are_those_that_are_counted(size) -> None:
    counted = models.load_family("bert").count(spec(**size), CONTEXT)
    assert counted.params == sum(p.numel() for p in built(**size).parameters())
    assert counted.bytes == 4 * counted.params


@pytest.mark.parametrize(
    "size", [{}, {"width": 128, "depth": 1}, {"head_dim": 8, "intermediate_size": 40}]
)
def test_an_exported_folder_gives_equal_outputs_in_transformers(size, tmp_path) -> None:
    transformers = pytest.importorskip("transformers")
    network, shown = built(**size), batch()
    words = train_wordpiece(TEXTS, 45)
    folder = models.load_family("bert").export(network, words)
    assert folder.model_class == "BertForPreTraining"
    for name, data in folder.files.items():
        (tmp_path / name).write_bytes(data)
    theirs, loading_info = transformers.BertForPreTraining.from_pretrained(
        tmp_path, output_loading_info=True
    )
    assert not loading_info["missing_keys"] and not loading_info["unexpected_keys"]
    T = int(shown["length"].max())
    with torch.inference_mode():
        found = theirs.eval()(
            input_ids=shown["tokens"][:, :T],
            token_type_ids=shown["segments"][:, :T],
            attention_mask=(torch.arange(T) < shown["length"][:, None]).long(),
        )
        x = network(shown)
        real = torch.arange(T) < shown["length"][:, None]
        guesses, following = network.mlm_logits(x[real]), network.nsp_logits(x)
    torch.testing.assert_close(found.prediction_logits[real], guesses, atol=1e-5, rtol=0)
    torch.testing.assert_close(found.seq_relationship_logits, following, atol=1e-5, rtol=0)
    read = transformers.AutoTokenizer.from_pretrained(tmp_path)
    both = read(TEXTS[1], "潮水。")
    first, second = words.encode(TEXTS[1]), words.encode("潮水。")
    assert both["input_ids"] == [words.bos, *first, words.sep, *second, words.sep]
    assert both["token_type_ids"] == [0] * (len(first) + 2) + [1] * (len(second) + 1)
    assert read.mask_token_id == words.mask


def test_both_losses_are_those_of_transformers() -> None:
    transformers = pytest.importorskip("transformers")
    from upwell.models.families.bert.hf_export import build_hf_config, build_hf_tensors

    network, shown = built(), batch()
    theirs = transformers.BertForPreTraining(transformers.BertConfig(**build_hf_config(network, 0)))
    theirs.load_state_dict(build_hf_tensors(network), strict=False)
    theirs.tie_weights()
    with torch.inference_mode():
        found = theirs.eval()(
            input_ids=shown["tokens"],
            token_type_ids=shown["segments"],
            attention_mask=(torch.arange(CONTEXT) < shown["length"][:, None]).long(),
            labels=torch.where(shown["labels"] < 0, -100, shown["labels"]),
            next_sentence_label=shown["is_random_next"],
        )
        ours = network.losses(shown, shown)
    assert set(ours) == {"masked", "next_sentence"}
    assert sum(ours.values()).item() == pytest.approx(found.loss.item(), abs=1e-5)


def test_parts_of_a_batch_add_up_to_its_losses() -> None:
    network, whole = built(), batch(6)
    parts = [{name: rows[i : i + 2] for name, rows in whole.items()} for i in (0, 2, 4)]
    for name, value in network.losses(whole, whole).items():
        total = sum(network.losses(part, whole)[name].item() for part in parts)
        assert total == pytest.approx(value.item(), rel=1e-5)


def test_an_untrained_network_finds_both_answers_about_the_next_sentence_equally_probable() -> None:
    network = models.load_family("bert").build(spec(), Train(context_length=CONTEXT), 0)
    assert network.losses(batch(), batch())["next_sentence"].item() == pytest.approx(np.log(2))


def test_what_stands_behind_a_row_changes_nothing_in_it() -> None:
    network, one = built(), batch()
    other = {**one, "tokens": one["tokens"].clone()}
    for row, length in enumerate(one["length"].tolist()):
        other["tokens"][row, length:] = 7
    for name, value in network.losses(one, one).items():
        assert network.losses(other, one)[name].item() == pytest.approx(value.item(), abs=1e-6)


def test_a_token_is_read_with_what_stands_on_both_sides_of_it() -> None:
    network, one = built(), batch()
    for place in (2, 8):
        other = {**one, "tokens": one["tokens"].clone()}
        other["tokens"][0, place] += 1
        assert (network(other)[0, 5] - network(one)[0, 5]).abs().max() > 1e-4


def shown(row, **more):
    whole = batch()
    length = int(whole["length"][row])
    arrays = {name: whole[name][row, :length].numpy() for name in ("tokens", "segments")}
    return ArrayInput({**arrays, **more})


def test_the_losses_are_means_of_the_scores_of_the_lm() -> None:
    network, whole = built(), batch()
    lm = as_lm(network, None)
    truth = [row[row >= 0].tolist() for row in whole["labels"]]
    pairs = [
        (shown(row, positions=np.flatnonzero(whole["labels"][row].numpy() >= 0)), truth[row])
        for row in range(4)
    ]
    found = lm.token_logprobs(pairs)
    nats = [-number for numbers in found for number in numbers]
    losses = network.losses(whole, whole)
    assert np.mean(nats) == pytest.approx(losses["masked"].item(), abs=1e-5)
    follows = lm.token_logprobs([(shown(row), str(row % 2)) for row in range(4)])
    assert -np.mean(follows) == pytest.approx(losses["next_sentence"].item(), abs=1e-5)


def test_argmax_tokens_are_the_most_probable_ones() -> None:
    network = built()
    lm = as_lm(network, None)
    asked = shown(0, positions=np.array([1, 3]))
    guessed = lm.argmax_tokens([(asked, [9, 9])])[0]
    best = lm.token_logprobs([(asked, guessed)])[0]
    others = lm.token_logprobs([(asked, [token, token]) for token in range(60)])
    assert best == pytest.approx(np.max(others, axis=0).tolist())


def test_features_of_a_text_do_not_depend_on_the_texts_beside_it() -> None:
    words = train_wordpiece(TEXTS, 45)
    lm = as_lm(built(), words)
    together = lm.features([*TEXTS[:2], "tide " * 40, ""])
    assert together.shape == (4, 32) and np.isfinite(together).all()
    assert together[0] == pytest.approx(lm.features(TEXTS[:1])[0], abs=1e-5)
    assert np.abs(together[0] - together[1]).max() > 0.01


def test_what_a_bert_cannot_answer_is_one_sentence() -> None:
    lm = as_lm(built(), None)
    with pytest.raises(DataError, match="continues no text"):
        lm.token_logprobs([("27+35=", "62")])
    with pytest.raises(ModelError, match="'0' or '1', not 'yes'"):
        lm.token_logprobs([(shown(0), "yes")])
    long = np.full(CONTEXT + 1, 9)
    row = ArrayInput({"tokens": long, "segments": long * 0, "positions": np.array([1])})
    assert "context of 25" in lm.token_logprobs([(row, [9])])[0].reason


@pytest.mark.parametrize(
    ("size", "message"),
    [
        ({"width": 24}, "24 is not a multiple of head_dim 16"),
        ({"depth": 0}, "depth is a whole number above 0, found 0"),
        ({"widht": 3}, "did you mean 'width'"),
    ],
)
def test_a_wrong_hyperparameter_is_one_sentence(size, message) -> None:
    with pytest.raises(SpecError, match=message):
        models.load_family("bert").count(spec(**size), CONTEXT)
