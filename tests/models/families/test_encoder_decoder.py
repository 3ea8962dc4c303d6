"""The translator against transformers' T5, its own cache, and an exhaustive search."""

import itertools
import json
import math

import pytest
import torch

from upwell import models
from upwell.data import load_tokenizer
from upwell.errors import SpecError
from upwell.models.families.encoder_decoder import as_lm
from upwell.models.lm.beam_search import beam_search
from upwell.models.lm.seq2seq import Seq2SeqLM
from upwell.models.protocols import NoAnswer
from upwell.records import ModelSpec, Train

ASCII = load_tokenizer("ascii")
RECIPE = Train(context_length=24)


def spec(**size) -> ModelSpec:
    size = {"width": 32, "depth": 2, "vocab_size": ASCII.size, **size}
    return ModelSpec(family="encoder_decoder", hparams=size, tokenizer="ascii")


def built(seed=3, recipe=RECIPE, **size):
    """An untrained network that tells distances apart, and does not just repeat its input."""
    network = models.load_family("encoder_decoder").build(spec(**size), recipe, seed).eval()
    rng = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name in ("encoder_position_bias", "decoder_position_bias"):
            getattr(network, name).normal_(generator=rng)
        network.embedding.sub_(network.embedding.mean(0)).mul_(0.2)
    return network


def batch(rows=5, seed=0):
    rng = torch.Generator().manual_seed(seed)
    return {
        "source": torch.randint(0, 90, (rows, 24), generator=rng),
        "source_length": torch.tensor([24, 3, 1, 11, 8])[:rows],
        "target": torch.randint(0, 90, (rows, 25), generator=rng),
        "target_length": torch.tensor([7, 24, 2, 1, 13])[:rows],
    }


@pytest.fixture
def folder(tmp_path):
    """A network, and the transformers model of the folder that it is exported to."""
    transformers = pytest.importorskip("transformers")
    network = built(width=64, head_dim=32)
    exported = models.load_family("encoder_decoder").export(network, ASCII)
    for name, data in exported.files.items():
        (tmp_path / name).write_bytes(data)
    assert exported.model_class == "T5ForConditionalGeneration"
    model = transformers.AutoModelForSeq2SeqLM.from_pretrained(tmp_path).eval()
    return network, model, transformers.AutoTokenizer.from_pretrained(tmp_path)


@pytest.mark.parametrize(
    "size", [{}, {"depth": 3, "intermediate_size": 24}, {"width": 64, "head_dim": 32}]
)
def test_parameters_are_those_that_are_counted(size) -> None:
    counted = models.load_family("encoder_decoder").count(spec(**size), 24).params
    assert counted == sum(p.numel() for p in built(**size).parameters())


def test_the_exported_folder_gives_equal_logits(folder) -> None:
    network, model, _ = folder
    rows = batch()
    looked = (torch.arange(24) < rows["source_length"][:, None]).long()
    with torch.inference_mode():
        ours = network(rows["source"], rows["source_length"], rows["target"])
        theirs = model(
            input_ids=rows["source"], attention_mask=looked, decoder_input_ids=rows["target"]
        ).logits
    assert ours.std() > 0.1
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=0)


def test_the_exported_folder_generates_what_we_generate(folder) -> None:
    network, model, words = folder
    texts = ["a cat", "two dogs run", "z"]
    ours = Seq2SeqLM(network, ASCII, 24, num_beams=1).generate(texts, 12, None)
    theirs = [
        model.generate(**words(text, return_tensors="pt"), num_beams=1, max_new_tokens=13)
        for text in texts
    ]
    assert any(ours)
    assert ours == [words.decode(ids[0], skip_special_tokens=True)[:12] for ids in theirs]


def test_what_a_source_is_padded_with_changes_nothing() -> None:
    network, rows = built(), batch()
    alone = network(rows["source"][1:2, :3], torch.tensor([3]), rows["target"][1:2])
    among = network(rows["source"], rows["source_length"], rows["target"])[1:2]
    torch.testing.assert_close(alone, among, atol=1e-5, rtol=0)


def test_kept_keys_give_what_whole_targets_give() -> None:
    network, rows = built(), batch()
    with torch.inference_mode():
        whole = network(rows["source"], rows["source_length"], rows["target"])
        memory, past = network.encode(rows["source"], rows["source_length"]), []
        for place, token in enumerate(rows["target"].T):
            logits, past = network.step(memory, rows["source_length"], token, past)
            torch.testing.assert_close(logits, whole[:, place], atol=1e-4, rtol=0)


def test_the_loss_is_that_of_every_pair_by_itself_and_of_no_padding() -> None:
    network, rows = built(), batch()
    sums = []
    for row in range(5):
        T = int(rows["target_length"][row])
        source = rows["source"][row : row + 1, : rows["source_length"][row]]
        target = rows["target"][row]
        logits = network(source, torch.tensor([source.shape[1]]), target[None, :T])[0]
        sums.append(torch.nn.functional.cross_entropy(logits, target[1 : T + 1], reduction="sum"))
    expected = sum(sums) / rows["target_length"].sum()
    assert network.losses(rows, rows)["loss"].item() == pytest.approx(expected.item(), rel=1e-5)


def test_parts_of_a_batch_add_up_to_its_loss() -> None:
    network, rows = built(), batch()
    parts = [{name: each[i : i + 2] for name, each in rows.items()} for i in (0, 2, 4)]
    total = sum(network.losses(part, rows)["loss"].item() for part in parts)
    assert total == pytest.approx(network.losses(rows, rows)["loss"].item(), rel=1e-5)


def test_smoothing_raises_the_loss_of_training_alone() -> None:
    sure, rows = built(recipe=Train(context_length=24, label_smoothing=0.3)), batch()
    with torch.no_grad():
        sure.embedding.mul_(5)
    asked = sure.losses(rows, rows)["loss"].item()
    plain = built()
    plain.load_state_dict(sure.state_dict())
    assert asked == plain.losses(rows, rows)["loss"].item()
    assert sure.train().losses(rows, rows)["loss"].item() != pytest.approx(asked, rel=1e-3)


def test_log_probabilities_are_those_of_the_tokens_and_of_the_end() -> None:
    network = built()
    lm = as_lm(network, ASCII)
    found = lm.token_logprobs([("a cat", "die"), ("a cat and a dog", "x"), ("b", "")])
    assert [len(each) for each in found] == [4, 2, 1]
    source = torch.tensor([[ASCII.bos, *ASCII.encode("a cat")]])
    target = torch.tensor([[ASCII.bos, *ASCII.encode("die"), ASCII.bos]])
    with torch.inference_mode():
        logits = network(source, torch.tensor([source.shape[1]]), target[:, :-1])
    expected = logits.log_softmax(-1)[0].gather(1, target[0, 1:, None])[:, 0].tolist()
    assert found[0] == pytest.approx(expected, abs=1e-5)


def test_what_cannot_be_read_gets_a_reason() -> None:
    lm = as_lm(built(), ASCII)
    long, foreign = lm.token_logprobs([("w" * 30, "x"), ("猫", "Katze")])
    assert long == NoAnswer("needs a context of 31 tokens; the model has 24")
    assert isinstance(foreign, NoAnswer) and "猫" in foreign.reason
    assert lm.generate(["猫", "a"], 3, None)[0] == foreign
    assert lm.generate(["a"], 3, None) == [lm.generate(["a"], 3, None)[0]]


def test_numbers_that_are_not_finite_get_a_reason() -> None:
    network = built()
    with torch.no_grad():
        network.embedding[5] = torch.nan
    lm = as_lm(network, ASCII)
    for found in (lm.token_logprobs([("a", "b")]), lm.generate(["a"], 3, None)):
        assert found == [NoAnswer("the model's numbers are not finite")]


START, END, WIDE, MOST = 0, 1, 4, 4


def chain(seed):
    """Log-probabilities of the next of four tokens given the last two."""
    rng = torch.Generator().manual_seed(seed)
    return torch.randn(WIDE, WIDE, WIDE, generator=rng).mul(2).log_softmax(-1)


class Following:
    """Beams over a chain; keeps the token before the last, as a network keeps its keys."""

    def __init__(self, table, rows):
        self.table, self.before = table, torch.zeros(rows, dtype=torch.int64)

    def step(self, last, kept):
        before, self.before = self.before[kept], last
        return self.table[before, last]


def exhaustive(table, penalty):
    """The best text of at most MOST tokens, found by looking at all."""
    best = (-math.inf, [])
    for length in range(MOST):
        for text in itertools.product((0, 2, 3), repeat=length):
            path = [START, *text, END]
            pairs = zip([START, *path], path, path[1:], strict=False)
            total = sum(table[a, b, c].item() for a, b, c in pairs)
            best = max(best, (total / ((5 + length + 1) / 6) ** penalty, list(text)))
    return best[1]


@pytest.mark.parametrize("penalty", [0.0, 0.6, 2.0])
def test_enough_beams_find_the_best_of_all_texts(penalty) -> None:
    found = []
    for seed in range(20):
        following = Following(chain(seed), 2)
        both = beam_search(following.step, START, END, [MOST, MOST], 30, penalty)
        assert both[0] == both[1] == exhaustive(chain(seed), penalty)
        found.append(len(both[0]))
    assert len(set(found)) > 1


def test_a_penalty_on_shortness_makes_longer_texts() -> None:
    def length(penalty):
        return sum(
            len(beam_search(Following(chain(seed), 1).step, START, END, [8], 4, penalty)[0])
            for seed in range(20)
        )

    assert length(0.0) < length(1.0) < length(3.0)


def test_a_text_that_does_not_end_is_cut() -> None:
    table = torch.full((WIDE, WIDE, WIDE), -math.inf)
    table[..., 2] = 0.0
    assert beam_search(Following(table, 1).step, START, END, [5], 2, 0.6) == [[2] * 4]


def test_a_width_that_heads_do_not_divide_is_one_sentence() -> None:
    with pytest.raises(SpecError, match="width 30 is not a multiple of head_dim 16"):
        models.load_family("encoder_decoder").count(spec(width=30), 24)


def test_the_export_has_the_start_token_of_targets() -> None:
    files = models.load_family("encoder_decoder").export(built(), ASCII).files
    config = json.loads(files["config.json"])
    assert config["decoder_start_token_id"] == config["eos_token_id"] == ASCII.bos
