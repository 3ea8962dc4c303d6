"""From answers to an observation. Scoring is cheap and can be repeated with another metric."""

from __future__ import annotations

from collections.abc import Sequence

from .. import metrics
from ..records import Answer, Observation
from .base import load_ability


def score(answers: Sequence[Answer], metric: str) -> Observation:
    """A metric over the answers of one model to one ability with one number of shots.

    Answers with a reason count as missing. If all are missing, the observation has a reason and
    no value. Raises SpecError for an unknown metric or ability.
    """
    first = answers[0]
    assert {(a.model, a.ability, a.shots) for a in answers} == {
        (first.model, first.ability, first.shots)
    }
    result = metrics.load_metric(metric)(answers)
    chance, ceiling = load_ability(first.ability).bounds(metric, answers)
    return Observation(
        model=first.model,
        ability=first.ability,
        shots=first.shots,
        metric=metric,
        value=result.value,
        reason=result.reason,
        items=result.items,
        stderr=result.stderr,
        chance=chance,
        ceiling=ceiling,
        missing=result.missing,
    )
