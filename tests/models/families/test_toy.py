"""The ruler's abilities are what was planted, and are not there once they are taken out."""

import math
import subprocess
import sys

import numpy
import pytest

from upwell.errors import ModelError, SpecError
from upwell.models.families import toy
from upwell.models.protocols import LM
from upwell.records import ModelSpec

SCALES = numpy.geomspace(1e5, 1e9, 8)
NUMBERS = ["42817", "00000", "99999", "13570", "86420"] * 8


def spec(scale: float = 1e6, **dials: float) -> ModelSpec:
    return ModelSpec(family="toy", hparams={"params": scale, **dials})


def measured(plant, scale, seed=0, tokens=None, **dials):
    """Mean log-probability of a right number, and share of numbers said right."""
    lm = toy.build_lm(spec(scale, **dials), seed, tokens)
    prompts = [toy.render_question(plant, i, digits) for i, digits in enumerate(NUMBERS)]
    logprobs = lm.token_logprobs(list(zip(prompts, NUMBERS, strict=True)))
    said = lm.generate(prompts, 5, None)
    right = [a == b for a, b in zip(said, NUMBERS, strict=True)]
    return numpy.mean([sum(each) for each in logprobs]), numpy.mean(right)


def curves(plant, **dials):
    values = numpy.array([measured(plant, scale, **dials) for scale in SCALES])
    return values[:, 0], values[:, 1]


def largest_share(curve):
    """Share of the whole range that the largest single step makes."""
    return numpy.abs(numpy.diff(curve)).max() / numpy.ptp(curve)


def test_a_toy_is_a_language_model():
    assert isinstance(toy.build_lm(spec(), 0), LM)


def test_step_jumps_on_both_measures_at_the_planted_scale():
    logprob, exact = curves("step")
    first = int(numpy.searchsorted(SCALES, toy.STEP_SCALE))
    assert numpy.diff(logprob).argmax() == first - 1
    assert largest_share(logprob) > 0.9
    assert exact.tolist() == [0.0] * first + [1.0] * (8 - first)


def test_slope_jumps_on_exact_match_alone():
    logprob, exact = curves("slope")
    assert largest_share(exact) > 0.8
    assert (numpy.diff(logprob) > 0).all()
    assert largest_share(logprob) < 0.35


def test_flat_does_not_move():
    logprob, exact = curves("flat")
    assert numpy.ptp(logprob) < 2
    assert numpy.ptp(exact) == 0


def test_dip_falls_and_rises():
    logprob, exact = curves("dip")
    assert logprob[:4].min() < logprob[0] - 5
    assert logprob[-1] > logprob[4:].min() + 5
    assert (exact[0], exact[4], exact[-1]) == (1, 0, 1)


@pytest.mark.parametrize(("plant", "dial"), [("step", "jump"), ("slope", "rise"), ("dip", "dip")])
def test_a_plant_taken_out_is_not_there(plant, dial):
    logprob, exact = curves(plant, **{dial: 0.0})
    assert numpy.ptp(logprob) < 2
    assert numpy.ptp(exact) == 0


def test_skill_grows_with_training_and_an_untrained_toy_has_none():
    untrained, half, all_ = (measured("step", 1e8, tokens=n)[0] for n in (0, 500_000, 1_000_000))
    assert untrained == pytest.approx(5 * math.log(1 / 10), abs=0.1)
    assert untrained < half < all_ == measured("step", 1e8)[0]


def test_the_same_toy_gives_the_same_answers_and_another_seed_others():
    assert measured("slope", 1e7) == measured("slope", 1e7)
    assert measured("slope", 1e7, seed=0)[0] != measured("slope", 1e7, seed=1)[0]


def test_items_differ_in_difficulty_in_the_same_way_for_every_toy():
    def of_each(seed):
        lm = toy.build_lm(spec(1e7), seed)
        pairs = [(toy.render_question("flat", i, "12345"), "12345") for i in range(100)]
        return [sum(each) for each in lm.token_logprobs(pairs)]

    assert numpy.corrcoef(of_each(0), of_each(1))[0, 1] > 0.5


def test_digits_are_a_distribution():
    lm = toy.build_lm(spec(), 0)
    question = toy.render_question("slope", 3, "7")
    found = lm.token_logprobs([(question, str(digit)) for digit in range(10)])
    assert sum(math.exp(each[0]) for each in found) == pytest.approx(1)


def test_a_question_that_is_not_planted_gets_any_byte():
    lm = toy.build_lm(spec(1e9), 0)
    assert lm.token_logprobs([("27+35=", "62")]) == [[-math.log(256)] * 2]
    assert lm.generate(["27+35="], 5, None) == [""]


def test_token_ids_are_refused():
    with pytest.raises(ModelError, match="reads strings"):
        toy.build_lm(spec(), 0).token_logprobs([([1, 2], [3])])


def test_the_planted_scale_is_its_size():
    assert toy.count(spec(3.7e5), 64).params == 370_000


@pytest.mark.parametrize(
    ("size", "message"),
    [
        ({}, "needs its scale"),
        ({"params": 0}, "needs its scale"),
        ({"params": 1e6, "jmp": 1}, "'jmp'"),
    ],
)
def test_a_wrong_hyperparameter_is_named(size, message):
    with pytest.raises(SpecError, match=message):
        toy.count(ModelSpec(family="toy", hparams=size), 64)


def test_the_ruler_needs_no_torch():
    text = (
        "import sys; from upwell.models import load_family; from upwell.evaluation import "
        "load_ability; load_family('toy'); load_ability('step');"
        "print({'torch', 'transformers', 'scipy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
