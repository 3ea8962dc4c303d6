"""Ask one model one ability and score what it said: values, or the reason why there are none."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass

from .. import abilities
from ..errors import UpwellError
from ..models.answering import Answerer
from ..records import Answer, DataSpec, ModelRef, Observation


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One ability of one model with so many shots."""

    answers: tuple[Answer, ...]
    observations: tuple[Observation, ...]
    """One for each metric of the ability."""

    errors: tuple[str, ...]
    """Tracebacks of what could not be asked or scored, for the log."""


def measure(
    ref: ModelRef, answerer: Answerer, ability: str, shots: int, data: Sequence[DataSpec] = ()
) -> Measured:
    """Every metric of the ability, with a reason where it could not be had.

    `data` is what the model learns from.

    Raises MemoryError, which says more of the machine than of the model.
    """
    metrics = abilities.named(ability).METRICS
    try:
        answers = abilities.ask(answerer, ref, ability, shots, data=data)
    except MemoryError:
        raise
    # The border where an ability that fails becomes a reason beside the others' values.
    except Exception as error:
        missing = tuple(unmeasured(ref.id, ability, shots, m, sentence(error)) for m in metrics)
        return Measured(answers=(), observations=missing, errors=(traceback.format_exc(),))
    scored = [_scored(ref, ability, shots, metric, answers) for metric in metrics]
    return Measured(
        answers=tuple(answers),
        observations=tuple(observation for observation, _ in scored),
        errors=tuple(trace for _, trace in scored if trace),
    )


def unmeasured(model: str, ability: str, shots: int, metric: str, reason: str) -> Observation:
    """An observation that is missing."""
    return Observation(
        model=model, ability=ability, shots=shots, metric=metric, value=None, reason=reason
    )


def sentence(error: BaseException) -> str:
    """What went wrong on one line, and of what kind where the message was not written by us."""
    text = " ".join(str(error).split())
    return text if isinstance(error, UpwellError) else f"{type(error).__name__}: {text}"


def _scored(
    ref: ModelRef, ability: str, shots: int, metric: str, answers: list[Answer]
) -> tuple[Observation, str]:
    try:
        return abilities.score(answers, metric), ""
    except MemoryError:
        raise
    # The same border: a metric that fails leaves the others standing.
    except Exception as error:
        trace = traceback.format_exc()
        return unmeasured(ref.id, ability, shots, metric, sentence(error)), trace
