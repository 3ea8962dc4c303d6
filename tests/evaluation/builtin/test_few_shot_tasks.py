"""Few-shot tasks, asked of a nearest-mean classifier, which learns from the examples."""

import numpy as np
import pytest
import torch

from upwell.errors import SpecError
from upwell.evaluation import evaluate, score
from upwell.evaluation.builtin.few_shot_tasks import FewShotTasks
from upwell.models.lm.classifier import ClassifierLM
from upwell.records import DataSpec

from ..fake_models import REF

DATA = (DataSpec(source="cluster_tasks", options={"noise": 0.7}),)


def nearest(batch):
    """Logits [B, 5]: minus the squared distance to the mean of each class of the examples."""
    logits = []
    for support, label, query in zip(
        batch["support"], batch["support_label"], batch["query"], strict=True
    ):
        means = [support[label == c].mean(0) if (label == c).any() else query * 0 for c in range(5)]
        logits.append(-(torch.stack(means) - query).square().sum(-1))
    return torch.stack(logits)


def accuracy(ability, shots):
    answers = evaluate(ClassifierLM(nearest), REF, ability, shots, data=DATA)
    return score(answers, "accuracy").value


def test_a_model_that_learns_from_examples_does_better_with_more_of_them() -> None:
    assert accuracy("new_tasks", 0) == pytest.approx(0.2, abs=0.05)
    assert 0.7 < accuracy("new_tasks", 1) < accuracy("new_tasks", 5)
    assert accuracy("new_tasks", 5) > 0.95


def test_shuffled_labels_take_the_ability_away() -> None:
    assert accuracy("shuffled_tasks", 5) == pytest.approx(0.2, abs=0.06)


def test_fewer_examples_are_the_first_of_many_and_questions_stay() -> None:
    few, many = (FewShotTasks("test").items_from_data(DATA, shots, None) for shots in (1, 5))
    assert [item.id for item in few] == [item.id for item in many]
    for one, other in zip(few, many, strict=True):
        assert np.array_equal(one.prompt.arrays["query"], other.prompt.arrays["query"])
        assert np.array_equal(one.prompt.arrays["support"], other.prompt.arrays["support"][:5])


def test_more_shots_than_the_source_has_are_refused() -> None:
    with pytest.raises(SpecError, match="at most 5 examples of a class, found 8 shots"):
        accuracy("new_tasks", 8)


def test_without_data_there_is_nothing_to_ask() -> None:
    with pytest.raises(SpecError, match="asks about the rows of a study"):
        evaluate(ClassifierLM(nearest), REF, "new_tasks", 1)
