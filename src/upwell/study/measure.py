"""Evaluate one ability of one model: values, or the reason why there are none."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass

from .. import evaluation
from ..errors import UpwellError
from ..models.protocols import LM
from ..records import Answer, DataSpec, ModelRef, Observation


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """Answers and observations for one ability of one model."""

    answers: tuple[Answer, ...]
    observations: tuple[Observation, ...]
    """One per metric of the ability."""

    errors: tuple[str, ...]
    """Tracebacks of evaluation and scoring errors, for the log."""


def measure(
    ref: ModelRef, lm: LM, ability: str, shots: int, data: Sequence[DataSpec] = ()
) -> Measurement:
    """Evaluate an ability and score every metric of it.

    `data` is what the model was trained on. An error becomes the reason of an observation without
    a value. Only MemoryError is raised, because it concerns the machine and not the model.
    """
    metrics = evaluation.load_ability(ability).metrics
    try:
        answers = evaluation.evaluate(lm, ref, ability, shots, data=data)
    except MemoryError:
        raise
    # An ability that fails becomes a reason, beside the values of the others.
    except Exception as error:
        missing = tuple(
            missing_observation(ref.id, ability, shots, m, one_line(error)) for m in metrics
        )
        return Measurement(answers=(), observations=missing, errors=(traceback.format_exc(),))
    scored = [_score_metric(ref, ability, shots, metric, answers) for metric in metrics]
    return Measurement(
        answers=tuple(answers),
        observations=tuple(observation for observation, _ in scored),
        errors=tuple(trace for _, trace in scored if trace),
    )


def missing_observation(
    model: str, ability: str, shots: int, metric: str, reason: str
) -> Observation:
    """An observation without a value."""
    return Observation(
        model=model, ability=ability, shots=shots, metric=metric, value=None, reason=reason
    )


def one_line(error: BaseException) -> str:
    """Message of an error on one line, with the class name if it is not ours."""
    text = " ".join(str(error).split())
    return text if isinstance(error, UpwellError) else f"{type(error).__name__}: {text}"


def _score_metric(
    ref: ModelRef, ability: str, shots: int, metric: str, answers: list[Answer]
) -> tuple[Observation, str]:
    try:
        return evaluation.score(answers, metric), ""
    except MemoryError:
        raise
    # A metric that fails becomes a reason, beside the values of the others.
    except Exception as error:
        trace = traceback.format_exc()
        return missing_observation(ref.id, ability, shots, metric, one_line(error)), trace
