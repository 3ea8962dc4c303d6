"""What counts as a spike, and what does not."""

import random

from upwell.train.guard import MIN_LOSSES_BEFORE_SPIKE, Guard


def seen(losses, spike=3.0):
    guard = Guard(spike)
    return [guard.check(loss) for loss in losses]


def test_a_jump_far_above_all_recent_losses_is_a_spike() -> None:
    assert seen([2.0] * MIN_LOSSES_BEFORE_SPIKE + [6.1]) == [None] * MIN_LOSSES_BEFORE_SPIKE + [
        "spike"
    ]
    assert seen([2.0] * MIN_LOSSES_BEFORE_SPIKE + [5.9])[-1] is None


def test_a_hard_batch_among_memorized_examples_is_no_spike() -> None:
    rng = random.Random(0)
    falling = [2.3 * 0.9**step for step in range(200)]
    assert not any(seen([*falling, *(10 ** rng.uniform(-9, -1) for _ in range(500))]))


def test_a_loss_that_is_not_finite_is_reported_at_once() -> None:
    assert seen([float("nan")]) == ["nan"] and seen([float("inf")]) == ["nan"]
    assert Guard(3.0).check(1.0, float("nan")) == "nan"


def test_a_guard_resumes_from_its_losses() -> None:
    guard = Guard(3.0)
    for _ in range(MIN_LOSSES_BEFORE_SPIKE):
        guard.check(2.0)
    again = Guard(3.0, list(guard.recent_losses), list(guard.first_losses))
    assert again.check(7.0) == guard.check(7.0) == "spike"
