"""Generated images: near real ones, far from them, and of one class only."""

import numpy as np
import pytest
from scipy.linalg import sqrtm

from upwell import models
from upwell.data import load_examples
from upwell.errors import DataError, SpecError
from upwell.evaluation import evaluate, score
from upwell.evaluation.builtin.image_classifier import fit_reference_classifier
from upwell.models.protocols import LM
from upwell.records import Answer, DataSpec, ModelRef, ModelSpec, Train

DATA = (DataSpec(source="digits"),)
REF = ModelRef(
    id="m", run="r", spec=ModelSpec(family="gan", hparams={}), created_by="train", seed=0,
    params=1, tokens=1, flops=1.0, bytes=4, weights_sha256=None, code_version="c",
)  # fmt: skip


class Repeater(LM):
    """A model that repeats its images."""

    def __init__(self, images):
        self.images = images

    def samples(self, count, seed):
        return np.resize(self.images, (count, *self.images.shape[1:]))

    def token_logprobs(self, pairs):
        raise AssertionError("there is no question")

    def generate(self, prompts, max_new_tokens, stop):
        raise AssertionError("there is no question")


def scores(lm):
    answers = evaluate(lm, REF, "generated_images", data=DATA)
    return tuple(score(answers, metric) for metric in ("frechet_distance", "mode_coverage"))


@pytest.fixture(scope="module")
def held_out():
    return load_examples(DataSpec(source="digits", split="test"), None, 1).rows


def test_the_classifier_knows_digits_that_it_was_not_fitted_to(held_out) -> None:
    classifier = fit_reference_classifier(DATA)
    assert np.mean(classifier.predict(held_out["image"]) == held_out["label"]) > 0.96
    real = load_examples(DATA[0], None, 1).rows["image"]
    features = classifier.whitened_features(real)
    assert np.allclose(features.mean(0), 0, atol=1e-6)
    assert np.allclose(np.cov(features, rowvar=False), np.eye(features.shape[1]), atol=1e-5)


def test_real_images_are_near_and_show_all_classes(held_out) -> None:
    distance, coverage = scores(Repeater(held_out["image"]))
    assert distance.value < 1
    assert coverage.value == coverage.ceiling == 10
    assert distance.items == 1000 and not distance.missing


def test_a_generator_of_one_digit_shows_one_class_and_is_far(held_out) -> None:
    distance, coverage = scores(Repeater(held_out["image"][held_out["label"] == 3][:1]))
    assert coverage.value == 1
    assert distance.value > 10


def test_half_of_the_classes_are_half_of_the_classes(held_out) -> None:
    near, _ = scores(Repeater(held_out["image"]))
    distance, coverage = scores(Repeater(held_out["image"][held_out["label"] < 5]))
    assert 5 <= coverage.value <= 6
    assert distance.value > 3 * near.value


def test_an_untrained_generator_is_far() -> None:
    spec = ModelSpec(family="gan", hparams={"image_size": 8, "channels": 1, "width": 4})
    gan = models.load_family("gan")
    distance, coverage = scores(gan.as_lm(gan.build(spec, Train(), 0), None))
    assert distance.value > 10
    assert coverage.value <= 2


def image_answers(features):
    return [
        Answer(model="m", ability="generated_images", item=str(row), shots=0, prompt="", target="",
               extras={f"feature_{d:02d}": value for d, value in enumerate(values)})
        for row, values in enumerate(features.tolist())
    ]  # fmt: skip


def test_the_distance_is_that_of_two_normal_distributions() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(400, 5)) @ rng.normal(size=(5, 5)) + rng.normal(size=5)
    covariance = np.cov(features, rowvar=False)
    # Heusel et al. 2017: |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)).
    expected = np.square(features.mean(0)).sum() + np.trace(
        covariance + np.eye(5) - 2 * sqrtm(covariance @ np.eye(5)).real
    )
    assert score(image_answers(features), "frechet_distance").value == pytest.approx(expected)
    assert score(image_answers(features), "frechet_distance").stderr > 0


def test_too_few_images_have_a_reason_and_no_distance() -> None:
    scored = score(image_answers(np.zeros((3, 5))), "frechet_distance")
    assert scored.value is None and scored.reason


def test_models_without_images_and_data_without_classes_are_refused(tmp_path) -> None:
    spec = ModelSpec(family="mlp", hparams={"inputs": 64, "num_classes": 10, "width": 4})
    mlp = models.load_family("mlp")
    classifier = mlp.as_lm(mlp.build(spec, Train(), 0), None)
    with pytest.raises(SpecError, match="this model generates no images"):
        evaluate(classifier, REF, "generated_images", data=DATA)
    with pytest.raises(DataError, match="has no examples"):
        fit_reference_classifier([DataSpec(source="pydoc")])
