import pytest

from upwell.errors import SpecError
from upwell.records import Train
from upwell.train.schedule import lr_fraction, plan_branches, total_steps

RECIPE = Train(context_length=10, batch_size=10, decay_fraction=0.2, warmup_fraction=0.1)


def test_rate_rises_stays_and_falls_to_nearly_nothing():
    (branch,) = plan_branches(RECIPE, (10_000,))
    rates = [lr_fraction(RECIPE, branch.end, step, branch) for step in range(branch.end)]
    assert rates[:10] == pytest.approx([(i + 1) / 10 for i in range(10)])
    assert rates[10:80] == [1.0] * 70
    assert rates[80:] == pytest.approx([(100 - step) / 20 for step in range(80, 100)])


def test_trunk_never_decays():
    assert lr_fraction(RECIPE, 100, 99, None) == 1.0


def test_three_budgets_cost_little_more_than_half_of_three_runs():
    found = plan_branches(RECIPE, (50_000, 75_000, 100_000))
    alone = sum(branch.end for branch in found)
    assert total_steps(found) == 800 + 100 + 150 + 200
    assert total_steps(found) / alone < 0.56


@pytest.mark.parametrize("milestones", [(2000, 1000), (1000, 1000), (50,)])
def test_impossible_budgets_are_refused(milestones):
    with pytest.raises(SpecError, match="milestone"):
        plan_branches(RECIPE, milestones)
