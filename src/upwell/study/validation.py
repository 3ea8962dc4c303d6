"""Checks of a study before anything is trained. Each error is one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from .. import data, evaluation, models
from ..errors import SpecError
from ..formatting import format_bytes, format_duration
from ..plugins import quoted_list
from ..records import VERDICT_KINDS, Cost, ModelSpec, Study

MIN_AXIS_POINTS = 5
"""Minimum points along the axis to tell a jump from a smooth rise: a curve with a break has four
parameters, and one more point is needed to reject it."""

AXIS_FIELDS = {
    "tokens": "milestones",
    "step": "milestones",
    "shots": "shots",
    "train_rows": "train_sizes",
}
"""Axes along which rungs do not differ, and the field of the study with their points."""


def check_study(study: Study, workers: int) -> None:
    """Raise SpecError with the first reason why the study cannot run."""
    if workers < 1:
        raise SpecError(f"{workers} workers cannot run a study; give at least 1")
    _check_lists(study)
    for spec in {spec.family: spec for spec in reversed(study.ladder)}.values():
        models.check_family(spec.family, spec, study.recipe)
    for name in study.abilities:
        _check_shots(name, evaluation.load_ability(name), study)
    for source in study.data:
        data.load_source(source)
    _check_expected(study)
    _check_ladder(study)
    _check_axis_points(study)
    _check_training(study)


def _check_expected(study: Study) -> None:
    for name, kind in study.expected.items():
        if name not in study.abilities:
            raise SpecError(
                f"a verdict on {name!r} is expected, which is no ability of the study; there are "
                f"{quoted_list(study.abilities)}"
            )
        if kind not in VERDICT_KINDS:
            raise SpecError(
                f"the verdict {kind!r} is expected of {name!r}; there are "
                f"{quoted_list(VERDICT_KINDS)}"
            )


def check_data_readable(study: Study) -> None:
    """Read the training examples once, as the run with the smallest training set will.

    A damaged image or an unknown label is then one error here, not one per worker. Texts are read
    by `check_study_contamination`, and generated rows need no check. Raises DataError or SpecError
    for what cannot be used, and for fewer rows than a batch.
    """
    any_trainable = any(hasattr(models.load_family(s.family), "build") for s in study.ladder)
    has_examples = all(isinstance(data.load_source(s), data.ExampleSource) for s in study.data)
    if not (any_trainable and has_examples):
        return
    name = next((spec.tokenizer for spec in study.ladder if spec.tokenizer), None)
    tokenizer = None if name is None else data.load_tokenizer(name)
    limit = study.train_sizes[0] if study.train_sizes else None
    specs = study.data if limit is None else [replace(s, limit=limit) for s in study.data]
    data.Loader(specs, tokenizer, study.recipe.context_length, study.recipe.batch_size, seed=0)


def check_resources(
    study: Study,
    cost: Cost,
    workers: int,
    seconds: float | None,
    free_bytes: int | None,
    memory: int | None,
) -> None:
    """Raise SpecError if the study takes more time, disk space or memory than there is."""
    if seconds is not None and cost.seconds > seconds:
        raise SpecError(
            f"study {study.name!r} takes about {format_duration(cost.seconds)} on {workers} "
            f"workers and {format_duration(seconds)} are given; lower the milestones, or drop the "
            "largest rungs"
        )
    if free_bytes is not None and cost.disk_bytes > free_bytes:
        raise SpecError(
            f"study {study.name!r} needs about {format_bytes(cost.disk_bytes)} of disk and "
            f"{format_bytes(free_bytes)} are free; choose another folder or a smaller study"
        )
    if memory is not None and cost.memory_bytes > memory:
        raise SpecError(
            f"the largest run of study {study.name!r} needs about "
            f"{format_bytes(cost.memory_bytes)} of memory and {format_bytes(memory)} are free; "
            "raise grad_accumulation, or lower batch_size or the largest rung"
        )


def _check_lists(study: Study) -> None:
    required = {"ladder": study.ladder, "abilities": study.abilities, "seeds": study.seeds}
    for name, values in {
        **required,
        "shots": study.shots,
        "train_sizes": study.train_sizes,
    }.items():
        if not values and name != "train_sizes":
            raise SpecError(f"study {study.name!r} has no {name}; give at least one")
        duplicates: list[Any] = [v for index, v in enumerate(values) if v in values[:index]]
        if duplicates:
            label = (
                _describe_spec(duplicates[0])
                if isinstance(duplicates[0], ModelSpec)
                else repr(duplicates[0])
            )
            raise SpecError(f"study {study.name!r} has {label} twice in {name}; drop one")
    if not all(text.strip() for text in (study.name, study.question, study.hypothesis)):
        raise SpecError(
            "a study needs a name, a question and a hypothesis: what is expected, written before"
        )


def _check_shots(name: str, ability: evaluation.Ability, study: Study) -> None:
    max_shots = ability.max_shots
    invalid = [shots for shots in study.shots if not 0 <= shots <= max_shots]
    if invalid:
        raise SpecError(
            f"ability {name!r} takes 0 to {max_shots} shots and study {study.name!r} asks for "
            f"{invalid[0]}; drop these shots, or evaluate the ability in a study of its own"
        )


def _check_ladder(study: Study) -> None:
    params = [_count_params(spec, study) for spec in study.ladder]
    for (small, large), rung in zip(pairwise(params), study.ladder[1:], strict=True):
        if large < small:
            raise SpecError(
                f"study {study.name!r}: rung {_describe_spec(rung)} has {large:,} parameters and "
                f"the one before it {small:,}; order the ladder, smallest first"
            )
    if study.held_out < 0:
        raise SpecError(f"held_out is {study.held_out}; give 0 or the number of rungs to hold out")


def _check_axis_points(study: Study) -> None:
    field = AXIS_FIELDS.get(study.axis)
    if field is not None:
        num_points = len(getattr(study, field)) - (study.held_out if field == "train_sizes" else 0)
        if num_points < MIN_AXIS_POINTS:
            raise SpecError(
                f"study {study.name!r} goes along {study.axis} with {num_points} {field} that are "
                f"not held out; telling a jump from a smooth rise takes at least {MIN_AXIS_POINTS}"
            )
        return
    rungs, held_out = len(study.ladder), study.held_out
    if rungs - held_out < MIN_AXIS_POINTS:
        raise SpecError(
            f"study {study.name!r} has {rungs} rungs and holds out {held_out}; telling a jump from "
            f"a smooth rise takes at least {MIN_AXIS_POINTS} others: add rungs or lower held_out"
        )


def _check_training(study: Study) -> None:
    budgets: Sequence[int] = (0, *study.milestones)
    if any(later <= earlier for earlier, later in pairwise(budgets)):
        raise SpecError(
            f"study {study.name!r}: milestones are token budgets above 0 and have to rise, "
            f"found {', '.join(map(str, study.milestones))}"
        )
    if any(later <= earlier for earlier, later in pairwise((0, *study.train_sizes))):
        raise SpecError(
            f"study {study.name!r}: train_sizes are training set sizes above 0 and have to rise, "
            f"found {', '.join(map(str, study.train_sizes))}"
        )
    trainable_specs = [s for s in study.ladder if models.is_trainable(s.family)]
    if trainable_specs and not (study.data and study.milestones):
        missing = "milestones" if study.data else "data"
        raise SpecError(
            f"study {study.name!r} trains {trainable_specs[0].family!r} and has no {missing}; "
            "give some"
        )


def _count_params(spec: ModelSpec, study: Study) -> int:
    params: int = models.load_family(spec.family).count(spec, study.recipe.context_length).params
    return params


def _describe_spec(spec: ModelSpec) -> str:
    hparams = ", ".join(f"{name} {value}" for name, value in spec.hparams.items())
    return f"{spec.family} ({hparams})"
