"""What counts as a spike, and what does not."""

import random

from upwell.train.guard import PATIENCE, Guard


def seen(losses, spike=3.0):
    guard = Guard(spike)
    return [guard.verdict(loss) for loss in losses]


def test_a_jump_far_above_all_recent_losses_is_a_spike() -> None:
    assert seen([2.0] * PATIENCE + [6.1]) == [None] * PATIENCE + ["spike"]
    assert seen([2.0] * PATIENCE + [5.9])[-1] is None


def test_a_hard_batch_among_examples_learnt_by_heart_is_none() -> None:
    dice = random.Random(0)
    falling = [2.3 * 0.9**step for step in range(200)]
    assert not any(seen([*falling, *(10 ** dice.uniform(-9, -1) for _ in range(500))]))


def test_what_is_no_number_is_told_at_once() -> None:
    assert seen([float("nan")]) == ["nan"] and seen([float("inf")]) == ["nan"]
    assert Guard(3.0).verdict(1.0, float("nan")) == "nan"


def test_a_guard_goes_on_from_what_was_kept() -> None:
    guard = Guard(3.0)
    for _ in range(PATIENCE):
        guard.verdict(2.0)
    again = Guard(3.0, list(guard.recent), list(guard.first))
    assert again.verdict(7.0) == guard.verdict(7.0) == "spike"
