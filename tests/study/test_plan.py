from dataclasses import replace

import pytest

from upwell.errors import SpecError
from upwell.records import ModelSpec
from upwell.study import build_runs, plan, run_scale

from .samples import DECODERS, TOYS

LADDER = tuple(
    replace(DECODERS.ladder[0], hparams={**DECODERS.ladder[0].hparams, "width": 16 * n})
    for n in range(1, 8)
)
SMALL = replace(DECODERS, ladder=LADDER)


def test_a_plan_has_every_rung_with_every_seed():
    found = plan(SMALL, workers=2)
    assert [(run.model.hparams["width"], run.seed) for run in found.runs[:4]] == [
        (16, 0), (16, 1), (32, 0), (32, 1),
    ]  # fmt: skip
    assert len(found.runs) == len(found.costs) == 14
    assert len({run.id for run in found.runs}) == 14
    assert found.workers == 2 and found.study == SMALL


def test_a_plan_is_pure():
    assert plan(SMALL) == plan(SMALL)


def test_the_whole_costs_what_its_runs_cost():
    found = plan(SMALL, workers=2)
    assert found.total_cost.flops == sum(cost.flops for cost in found.costs)
    assert found.total_cost.seconds == pytest.approx(sum(cost.seconds for cost in found.costs) / 2)
    assert found.total_cost.memory_bytes == max(cost.memory_bytes for cost in found.costs)


def test_more_seeds_see_smaller_jumps():
    few, many = plan(SMALL), plan(replace(SMALL, seeds=(0, 1, 2, 3)))
    assert many.smallest_jump == pytest.approx(few.smallest_jump / 2**0.5)
    assert many.forecast_width < few.forecast_width


def test_nothing_held_out_is_nothing_forecast():
    assert plan(replace(SMALL, held_out=0)).forecast_width is None


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"ladder": LADDER[:5]}, "5 rungs and holds out 1"),
        ({"held_out": 3}, "7 rungs and holds out 3"),
        ({"held_out": -1}, "held_out is -1"),
        ({"axis": "tokens"}, "along tokens with 2 milestones"),
        ({"axis": "shots"}, "along shots with 1 shots"),
        ({"milestones": (80_000, 40_000)}, "have to rise, found 80000, 40000"),
        ({"milestones": (40_000, 40_000)}, "have to rise"),
        ({"milestones": (0, 40_000)}, "above 0"),
        ({"milestones": (100,)}, "under two steps"),
        ({"milestones": ()}, "has no milestones"),
        ({"data": ()}, "has no data"),
        ({"abilities": ()}, "has no abilities"),
        ({"abilities": ("inductoin",)}, "did you mean 'induction'"),
        ({"shots": (0, 99)}, "takes 0 to 0 shots"),
        ({"seeds": (0, 0)}, "0 twice in seeds"),
        ({"ladder": (*LADDER, LADDER[0])}, r"decoder \(width 16.*twice in ladder"),
        ({"ladder": tuple(reversed(LADDER))}, "smallest first"),
        ({"hypothesis": " "}, "what is expected"),
        (
            {"data": (replace(DECODERS.data[0], source="repeat"),)},
            "did you mean 'repeats'",
        ),
        (
            {"ladder": (*LADDER, ModelSpec(family="decodr", hparams={"width": 512}))},
            "did you mean 'decoder'",
        ),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_sentence(changes, sentence):
    with pytest.raises(SpecError, match=sentence) as caught:
        plan(replace(SMALL, **changes))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"seconds": 1.0}, "takes about .* on 1 workers and 1 s are given"),
        ({"free_bytes": 1000}, "of disk and 0 MB are free"),
        ({"memory": 1000}, "of memory and 0 MB are free"),
        ({"workers": 0}, "0 workers"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(given, sentence):
    with pytest.raises(SpecError, match=sentence):
        plan(SMALL, **given)
    assert plan(SMALL, seconds=1e9, free_bytes=10**15, memory=10**12)


def test_other_axes_need_their_own_places():
    five = tuple(n * 40_000 for n in range(1, 6))
    assert plan(replace(SMALL, ladder=LADDER[:1], axis="tokens", milestones=five, held_out=0))
    assert plan(TOYS)


def test_the_scale_of_a_run_has_its_hyperparameters():
    run = build_runs(DECODERS)[0]
    assert run_scale(run)["width"] == run.model.hparams["width"]
