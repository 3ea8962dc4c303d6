"""Addition: held out, asked as in training, correct and wrong told apart."""

import pytest

from upwell.data.sources.arithmetic import Source, is_held_out
from upwell.evaluation import evaluate, load_ability, score
from upwell.evaluation.builtin.arithmetic import (
    NUM_CHOICES,
    NUM_SUMS,
    Addition,
    near_misses,
)

from ..fake_models import REF, Counting, Uniform, as_lm

ABILITIES = [("addition2", 2), ("addition3", 3)]


@pytest.fixture(scope="module", params=["addition2", "addition3"])
def answers_of_counting(request):
    return evaluate(as_lm(Counting()), REF, request.param)


def test_a_model_that_adds_gets_the_ceiling_of_every_metric(answers_of_counting):
    for metric in Addition.metrics:
        scored = score(answers_of_counting, metric)
        assert scored.value == pytest.approx(scored.ceiling, abs=1e-4)
        assert (scored.items, scored.missing) == (NUM_SUMS, 0)
    assert all(answer.correct for answer in answers_of_counting)


def test_sums_with_the_last_digit_first_are_the_same_questions():
    plain, reverse = (
        load_ability(name).items(2, as_lm(Uniform()))
        for name in ("addition2", "reversed_addition2")
    )
    for item, other in zip(plain, reverse, strict=True):
        assert (item.id, item.target) == (other.id, other.target[::-1])
        assert item.choices == tuple(choice[::-1] for choice in other.choices)
        example = other.prompt.split("\n")[0]
        assert example.split("=")[1] == item.prompt.split("\n")[0].split("=")[1][::-1]


def test_a_uniform_model_gets_chance():
    answers = evaluate(as_lm(Uniform()), REF, "addition2")
    assert score(answers, "exact_match").value == 0
    for metric in ("accuracy", "choice_probability", "brier"):
        scored = score(answers, metric)
        assert scored.value == pytest.approx(scored.chance, abs=1e-6)


@pytest.mark.parametrize(("ability", "digits"), ABILITIES)
def test_no_sum_is_in_the_training_data(ability, digits):
    for item in load_ability(ability).items(0, as_lm(Uniform())):
        a, b = map(int, item.id.split("+"))
        assert len(str(a)) == len(str(b)) == digits
        assert is_held_out(a, b) and is_held_out(b, a)
        assert not Source(digits=digits).contains(item.prompt, "train")
        assert Source(digits=digits).contains(item.prompt, "test")


@pytest.mark.parametrize(("ability", "digits"), ABILITIES)
def test_no_sum_occurs_twice(ability, digits):
    items = load_ability(ability).items(0, as_lm(Uniform()))
    assert len({frozenset(item.id.split("+")) for item in items}) == NUM_SUMS


def test_shots_are_solved_training_sums_before_the_same_question():
    none, two, three = (load_ability("addition2").items(k, as_lm(Uniform())) for k in (0, 2, 3))
    for zero, few, more in zip(none, two, three, strict=True):
        assert few.prompt.endswith("\n" + zero.prompt)
        assert (zero.id, zero.target) == (few.id, few.target)
        lines = few.prompt.split("\n")[:-1]
        assert more.prompt.split("\n")[:2] == lines
        for line in lines:
            a, b, total = map(int, line.replace("=", "+").split("+"))
            assert a + b == total
            assert not is_held_out(a, b)


def test_shots_are_in_the_prompt_and_a_prompt_that_does_not_fit_is_missing():
    answers = evaluate(as_lm(Counting()), REF, "addition2", shots=5)
    assert score(answers, "exact_match").value == 1
    long = score(evaluate(as_lm(Counting()), REF, "addition2", shots=7), "exact_match")
    assert long.value is None
    assert "context" in long.reason


def test_near_misses_are_other_sums_of_the_same_length():
    for total in [*range(20, 199), *range(200, 1999)]:
        misses = near_misses(total)
        assert len({*misses, str(total)}) == NUM_CHOICES
        assert {len(miss) for miss in misses} == {len(str(total))}
        assert all(abs(int(miss) - total) <= 11 for miss in misses)
