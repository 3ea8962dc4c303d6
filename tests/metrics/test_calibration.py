"""Temperature, calibration error and abstention, each with the truth planted."""

import numpy as np
import pytest

from upwell.metrics.calibration import (
    abstention_threshold,
    calibrate,
    expected_calibration_error,
    fit_temperature,
)


def logits_and_labels(rows: int, scale: float, seed: int = 0):
    """Logits `scale` times too large for the labels that were drawn from them."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(scale=2, size=(rows, 4))
    probs = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    labels = [rng.choice(4, p=row) for row in probs]
    return (scale * logits).astype(np.float32), np.eye(4, dtype=np.float32)[labels]


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0])
def test_the_planted_temperature_is_recovered(scale):
    assert fit_temperature(*logits_and_labels(4000, scale), multilabel=False) == pytest.approx(
        scale, rel=0.1
    )


def test_a_temperature_corrects_overconfidence_and_leaves_calibrated_logits():
    overconfident = calibrate(*logits_and_labels(4000, 3.0), multilabel=False)
    assert overconfident.ece_before > 0.1 and overconfident.ece_after < 0.04
    calibrated = calibrate(*logits_and_labels(4000, 1.0), multilabel=False)
    assert calibrated.ece_before < 0.04 and calibrated.ece_after < 0.04


@pytest.mark.parametrize("binning", ["equal_mass", "equal_width"])
def test_the_error_of_a_model_that_is_always_certain_is_its_error_rate(binning):
    correct = np.arange(100) < 70
    assert expected_calibration_error(
        np.ones(100, np.float32),
        correct[np.random.default_rng(0).permutation(100)],
        binning=binning,
    ) == pytest.approx(0.3)


def test_the_two_binnings_are_two_numbers():
    # All confidences are in one bin of equal width, and in two of equal mass.
    confidence = np.array([0.51, 0.52, 0.58, 0.59])
    correct = np.array([True, True, False, False])
    width, mass = (
        expected_calibration_error(confidence, correct, binning=binning, num_bins=2)
        for binning in ("equal_width", "equal_mass")
    )
    assert width == pytest.approx(0.55 - 0.5)
    assert mass == pytest.approx((0.485 + 0.585) / 2)


def test_rows_are_left_unanswered_until_the_target_accuracy_is_reached():
    confidence = np.linspace(1, 0, 100).astype(np.float32)
    correct = np.arange(100) < 80
    threshold, abstained, accuracy = abstention_threshold(confidence, correct, target_accuracy=0.9)
    assert threshold == pytest.approx(confidence[87])
    assert (abstained, accuracy) == (pytest.approx(0.12), pytest.approx(80 / 88))
    assert abstention_threshold(confidence, np.ones(100, bool), 0.9) == (0.0, 0.0, 1.0)
    assert abstention_threshold(confidence, np.zeros(100, bool), 0.9) == (None, 1.0, None)


def test_rows_with_the_same_confidence_are_answered_together():
    confidence = np.full(10, 0.6, np.float32)
    assert abstention_threshold(confidence, np.arange(10) < 9, 0.95) == (None, 1.0, None)


def test_rows_that_are_all_correct_do_not_make_the_model_certain():
    logits = (4 * np.eye(4, dtype=np.float32))[np.arange(40) % 4]
    calibration = calibrate(
        logits, np.eye(4, dtype=np.float32)[np.arange(40) % 4], multilabel=False
    )
    assert calibration.temperature > 0.5
    assert calibration.threshold == 0


def test_a_single_row_has_temperature_one():
    calibration = calibrate(np.array([[3.0, 0.0]]), np.array([[1.0, 0.0]]), multilabel=False)
    assert (calibration.temperature, calibration.rows) == (1.0, 1)
