"""Temperature, calibration error and abstention, each with the truth planted."""

import numpy as np
import pytest

from upwell.adapt.calibration import abstention, calibration, error, fitted


def planted(rows: int, heat: float, seed: int = 0):
    """Logits `heat` times too large for the labels that were drawn from them."""
    dice = np.random.default_rng(seed)
    logits = dice.normal(scale=2, size=(rows, 4))
    chances = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    labels = [dice.choice(4, p=row) for row in chances]
    return (heat * logits).astype(np.float32), np.eye(4, dtype=np.float32)[labels]


@pytest.mark.parametrize("heat", [0.5, 1.0, 3.0])
def test_the_planted_temperature_is_found(heat):
    assert fitted(*planted(4000, heat), several=False) == pytest.approx(heat, rel=0.1)


def test_a_temperature_mends_what_is_too_sure_and_spoils_nothing_else():
    hot = calibration(*planted(4000, 3.0), several=False)
    assert hot.before > 0.1 and hot.after < 0.04
    fine = calibration(*planted(4000, 1.0), several=False)
    assert fine.before < 0.04 and fine.after < 0.04


def test_the_error_of_a_model_that_is_always_sure_is_its_share_of_errors():
    right = np.arange(100) < 70
    assert error(
        np.ones(100, np.float32), right[np.random.default_rng(0).permutation(100)]
    ) == pytest.approx(0.3)


def test_answers_are_withheld_until_the_aim_is_met():
    sure = np.linspace(1, 0, 100).astype(np.float32)
    right = np.arange(100) < 80
    threshold, abstained, share = abstention(sure, right, aim=0.9)
    assert threshold == pytest.approx(sure[87])
    assert (abstained, share) == (pytest.approx(0.12), pytest.approx(80 / 88))
    assert abstention(sure, np.ones(100, bool), 0.9) == (0.0, 0.0, 1.0)
    assert abstention(sure, np.zeros(100, bool), 0.9) == (None, 1.0, None)


def test_rows_that_are_equally_sure_are_answered_together():
    sure = np.full(10, 0.6, np.float32)
    assert abstention(sure, np.arange(10) < 9, 0.95) == (None, 1.0, None)


def test_rows_that_are_all_right_leave_a_doubt():
    logits = (4 * np.eye(4, dtype=np.float32))[np.arange(40) % 4]
    found = calibration(logits, np.eye(4, dtype=np.float32)[np.arange(40) % 4], several=False)
    assert found.temperature > 0.5
    assert found.threshold == 0


def test_of_a_single_row_no_temperature_is_told():
    found = calibration(np.array([[3.0, 0.0]]), np.array([[1.0, 0.0]]), several=False)
    assert (found.temperature, found.rows) == (1.0, 1)
