"""Made images beside real ones: what lies near, what lies far, and what shows one class only."""

import numpy as np
import pytest
from scipy.linalg import sqrtm

from upwell import models
from upwell.abilities import ask, score
from upwell.abilities.eye import eye_for
from upwell.data import examples
from upwell.errors import DataError, SpecError
from upwell.records import Answer, DataSpec, ModelRef, ModelSpec, Train

DATA = (DataSpec(source="digits"),)
REF = ModelRef(
    id="m", run="r", spec=ModelSpec(family="gan", size={}), made_by="train", seed=0,
    params=1, tokens=1, flops=1.0, bytes=4, weights=None, code="c",
)  # fmt: skip


class Makes:
    """A model that makes given images again and again."""

    tokenizer = None

    def __init__(self, images):
        self.images = images

    def samples(self, count, seed):
        return np.resize(self.images, (count, *self.images.shape[1:]))

    def logprobs(self, pairs):
        raise AssertionError("nothing is weighed")

    say = logprobs


def scored(answerer):
    answers = ask(answerer, REF, "samples", data=DATA)
    return tuple(score(answers, metric) for metric in ("frechet_distance", "mode_coverage"))


@pytest.fixture(scope="module")
def held_out():
    return examples(DataSpec(source="digits", split="test"), None, 1).rows


def test_the_eye_knows_digits_that_it_was_not_fitted_to(held_out) -> None:
    eye = eye_for(DATA)
    assert np.mean(eye.classes_of(held_out["image"]) == held_out["label"]) > 0.96
    real = examples(DATA[0], None, 1).rows["image"]
    places = eye.places_of(real)
    assert np.allclose(places.mean(0), 0, atol=1e-6)
    assert np.allclose(np.cov(places, rowvar=False), np.eye(places.shape[1]), atol=1e-5)


def test_real_images_are_near_and_show_all_classes(held_out) -> None:
    distance, coverage = scored(Makes(held_out["image"]))
    assert distance.value < 1
    assert coverage.value == coverage.ceiling == 10
    assert distance.items == 1000 and not distance.missing


def test_a_maker_of_one_digit_shows_one_class_and_is_far(held_out) -> None:
    distance, coverage = scored(Makes(held_out["image"][held_out["label"] == 3][:1]))
    assert coverage.value == 1
    assert distance.value > 10


def test_half_of_the_classes_are_half_of_the_classes(held_out) -> None:
    near, _ = scored(Makes(held_out["image"]))
    distance, coverage = scored(Makes(held_out["image"][held_out["label"] < 5]))
    assert 5 <= coverage.value <= 6
    assert distance.value > 3 * near.value


def test_an_untrained_maker_is_far() -> None:
    spec = ModelSpec(family="gan", size={"side": 8, "channels": 1, "width": 4})
    network = models.named("gan").build(spec, Train(), 0)
    distance, coverage = scored(network.answerer(None))
    assert distance.value > 10
    assert coverage.value <= 2


def noted(places):
    return [
        Answer(model="m", ability="samples", item=str(row), shots=0, prompt="", target="",
               notes={f"at{d:02d}": value for d, value in enumerate(place)})
        for row, place in enumerate(places.tolist())
    ]  # fmt: skip


def test_the_distance_is_that_of_two_normal_distributions() -> None:
    dice = np.random.default_rng(0)
    places = dice.normal(size=(400, 5)) @ dice.normal(size=(5, 5)) + dice.normal(size=5)
    covariance = np.cov(places, rowvar=False)
    # Heusel et al. 2017: |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)).
    wanted = np.square(places.mean(0)).sum() + np.trace(
        covariance + np.eye(5) - 2 * sqrtm(covariance @ np.eye(5)).real
    )
    assert score(noted(places), "frechet_distance").value == pytest.approx(wanted)
    assert score(noted(places), "frechet_distance").stderr > 0


def test_too_few_images_have_a_reason_and_no_distance() -> None:
    found = score(noted(np.zeros((3, 5))), "frechet_distance")
    assert found.value is None and found.reason


def test_models_that_make_nothing_and_data_without_classes_are_told(tmp_path) -> None:
    spec = ModelSpec(family="mlp", size={"inputs": 64, "classes": 10, "width": 4})
    classifier = models.named("mlp").build(spec, Train(), 0).answerer(None)
    with pytest.raises(SpecError, match="this one makes none"):
        ask(classifier, REF, "samples", data=DATA)
    with pytest.raises(DataError, match="has no examples"):
        eye_for([DataSpec(source="pydoc")])
