from upwell.models.families import toy
from upwell.records import ModelSpec
from upwell.study.measure import measure, one_line

from . import samples

BROKEN = f"{__package__}.broken"


def measured(params, ability):
    (run,) = samples.toys(samples.FINE)
    spec = ModelSpec(family="toy", hparams={"params": params})
    return measure(samples.reference(run, 0), toy.build_lm(spec, 0), ability, 0)


def test_every_metric_of_an_ability_is_scored_from_the_same_answers():
    found = measured(1e9, "step")
    assert len(found.answers) == 100
    assert [o.metric for o in found.observations] == [
        "exact_match", "digit_accuracy", "log_probability", "choice_probability", "brier",
    ]  # fmt: skip
    assert all(o.value is not None and o.items == 100 for o in found.observations)
    assert found.errors == ()


def test_an_ability_that_fails_is_a_reason_and_not_a_zero():
    found = measured(1e9, BROKEN)
    assert found.answers == ()
    assert [o.value for o in found.observations] == [None, None]
    assert {o.reason for o in found.observations} == {"ValueError: too large for this ability"}
    assert "Traceback" in found.errors[0]


def test_a_metric_that_fails_leaves_the_others_standing():
    good, bad = measured(1e5, BROKEN).observations
    assert good.value is not None and good.reason is None
    assert bad.value is None and "nonsense" in bad.reason


def test_a_sentence_is_one_line_and_names_foreign_errors():
    assert one_line(KeyError("x\ny")) == r"KeyError: 'x\ny'"
