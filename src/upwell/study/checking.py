"""What a study must be before a minute is spent on it: each refusal is one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from .. import abilities, data, models
from ..errors import SpecError
from ..records import Cost, ModelSpec, Study

FEWEST = 5
"""Places along the axis below which a jump cannot be told from a smooth rise: a curve with a
break has four parameters, and one more place is needed to be wrong."""

ALONG = {"tokens": "milestones", "step": "milestones", "shots": "shots", "rows": "rows"}
"""Axes that are not walked by rungs, and the field of the study that holds their places."""


def check_study(study: Study, workers: int) -> None:
    """Raise SpecError with the first reason why the study cannot be carried out."""
    if workers < 1:
        raise SpecError(f"{workers} workers cannot carry out a study; give at least 1")
    _check_lists(study)
    for family in {spec.family for spec in study.ladder}:
        models.named(family)
    for name in study.abilities:
        _check_shots(name, abilities.named(name), study)
    for source in study.data:
        data.source(source)
    _check_ladder(study)
    _check_places(study)
    _check_training(study)


def check_room(
    study: Study,
    cost: Cost,
    workers: int,
    seconds: float | None,
    free_bytes: int | None,
    memory: int | None,
) -> None:
    """Raise SpecError if the study takes more time, disk or memory than there is."""
    if seconds is not None and cost.seconds > seconds:
        raise SpecError(
            f"study {study.name!r} takes about {_time(cost.seconds)} on {workers} workers and "
            f"{_time(seconds)} are given; lower the milestones or drop the largest rungs"
        )
    if free_bytes is not None and cost.bytes > free_bytes:
        raise SpecError(
            f"study {study.name!r} needs about {_size(cost.bytes)} of disk and "
            f"{_size(free_bytes)} are free; choose another folder or a smaller study"
        )
    if memory is not None and cost.memory > memory:
        raise SpecError(
            f"the largest run of study {study.name!r} needs about {_size(cost.memory)} of memory "
            f"and {_size(memory)} are free; raise accumulate, or lower batch or the largest rung"
        )


def _check_lists(study: Study) -> None:
    wanted = {"ladder": study.ladder, "abilities": study.abilities, "seeds": study.seeds}
    for name, values in {**wanted, "shots": study.shots, "rows": study.rows}.items():
        if not values and name != "rows":
            raise SpecError(f"study {study.name!r} has no {name}; give at least one")
        doubled: list[Any] = [v for place, v in enumerate(values) if v in values[:place]]
        if doubled:
            shown = _shown(doubled[0]) if isinstance(doubled[0], ModelSpec) else repr(doubled[0])
            raise SpecError(f"study {study.name!r} has {shown} twice in {name}; drop one")
    if not all(text.strip() for text in (study.name, study.question, study.expected)):
        raise SpecError("a study has a name, a question and what is expected, written before")


def _check_shots(name: str, ability: abilities.Ability, study: Study) -> None:
    most = ability.MOST_SHOTS
    wrong = [shots for shots in study.shots if not 0 <= shots <= most]
    if wrong:
        raise SpecError(
            f"ability {name!r} takes 0 to {most} shots and study {study.name!r} asks for "
            f"{wrong[0]}; drop the shots, or ask the ability in a study of its own"
        )


def _check_ladder(study: Study) -> None:
    params = [_count(spec, study) for spec in study.ladder]
    for (small, large), rung in zip(pairwise(params), study.ladder[1:], strict=True):
        if large < small:
            raise SpecError(
                f"study {study.name!r}: rung {_shown(rung)} has {large:,} parameters and the one "
                f"before it {small:,}; order the ladder, smallest first"
            )
    if study.held_out < 0:
        raise SpecError(f"held_out is {study.held_out}; give 0 or the number of rungs to hold out")


def _check_places(study: Study) -> None:
    field = ALONG.get(study.axis)
    if field is not None:
        found = len(getattr(study, field)) - (study.held_out if field == "rows" else 0)
        if found < FEWEST:
            raise SpecError(
                f"study {study.name!r} goes along {study.axis} with {found} {field} that are not "
                f"held out; to tell a jump from a smooth rise takes at least {FEWEST}"
            )
        return
    rungs, held = len(study.ladder), study.held_out
    if rungs - held < FEWEST:
        raise SpecError(
            f"study {study.name!r} has {rungs} rungs and holds out {held}; to tell a jump from a "
            f"smooth rise takes at least {FEWEST} others: add rungs or lower held_out"
        )


def _check_training(study: Study) -> None:
    rising: Sequence[int] = (0, *study.milestones)
    if any(later <= earlier for earlier, later in pairwise(rising)):
        raise SpecError(
            f"study {study.name!r}: milestones are token budgets above 0 and have to rise, "
            f"found {', '.join(map(str, study.milestones))}"
        )
    if any(later <= earlier for earlier, later in pairwise((0, *study.rows))):
        raise SpecError(
            f"study {study.name!r}: rows are sizes of the training set above 0 and have to rise, "
            f"found {', '.join(map(str, study.rows))}"
        )
    learning = [s for s in study.ladder if hasattr(models.named(s.family), "build")]
    if learning and not (study.data and study.milestones):
        lacking = "milestones" if study.data else "data"
        raise SpecError(
            f"study {study.name!r} trains {learning[0].family!r} and has no {lacking}; give some"
        )


def _count(spec: ModelSpec, study: Study) -> int:
    params: int = models.named(spec.family).count(spec, study.recipe.context).params
    return params


def _shown(spec: ModelSpec) -> str:
    dials = ", ".join(f"{name} {value}" for name, value in spec.size.items())
    return f"{spec.family} ({dials})"


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
