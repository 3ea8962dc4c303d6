"""What larger scales will score, with an interval: nothing is promised that was not tried before.

A forecast is the ladder's level, noise weighed in, plus a change whose coefficients were
learnt by cutting this table's own ladders at earlier rungs and grading what followed, and
by what families published before taught. Its interval comes from the errors of those
trials. No row above a ladder's last rung is used, of any ability, seed or family.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..records import Forecast, Table, fingerprint
from .alarm import hazards, within
from .features import FEWEST, Kinship, Seen, describe, see
from .kriging import UNKNOWN_NOISE
from .ladder import Ladder, ladders
from .learning import known_before, learn
from .plain import follow, trust
from .target import Place, Target, targets
from .trials import Trials, trials
from .view import BOUNDED
from .widths import Width, width
from .wording import scale

Floats = npt.NDArray[np.float64]

LEVEL = 0.9
METHOD = "level and pooled change"


@dataclass(frozen=True, kw_only=True)
class _Learnt:
    coefficients: Floats
    width: Width
    trials: int
    families: int


def forecast(
    table: Table,
    at: Place | Sequence[Place],
    axis: str = "params",
    metrics: list[str] | None = None,
) -> list[Forecast]:
    """A forecast for each ladder of the table and each place `at`, in that order.

    A place is a scale on the axis or a model's numbers ({"params": 7e9, "tokens": 4e12});
    tokens that are not told continue the ladder's own line. A ladder with fewer than three
    rungs, or one that already reaches the place, gives a forecast without a value that says
    so. Raises SpecError for a place that is not on the axis, DataError for an unknown axis.
    """
    asked = targets(at, axis)
    found = ladders(table, axis, metrics)
    return predict([(ladder, asked) for ladder in found])


def predict(asked: list[tuple[Ladder, list[Target]]]) -> list[Forecast]:
    """A forecast for each ladder and each of its targets, in order."""
    seen = see([ladder for ladder, _ in asked])
    kinship = Kinship(seen)
    learnt = _lessons(seen, kinship)
    by_ladder = {id(one.ladder): one for one in seen}
    hazard = hazards([ladder for ladder, _ in asked])
    return [
        _alarmed(
            _forecast(ladder, by_ladder.get(id(ladder)), target, learnt, kinship),
            ladder,
            within(hazard.get(id(ladder), 0.0), target.at / float(ladder.scale[-1])),
        )
        for ladder, places in asked
        for target in places
    ]


def _alarmed(made: Forecast, ladder: Ladder, jump: float) -> Forecast:
    """Where a jump is likelier than the share that may lie above the interval, the interval
    must reach up to it, and the value is not to be relied on."""
    if made.value is None or jump <= (1 - LEVEL) / 2:
        return made
    top = ladder.metric.high if ladder.ceiling is None else ladder.ceiling
    return replace(
        made,
        high=made.high if top is None else float(top),
        forecastable=False,
        why=(
            f"at chance and creeping up: {jump:.0%} for a jump before this scale, by what "
            f"abilities in this state have done elsewhere; {made.why}"
        ),
    )


def _lessons(seen: list[Seen], kinship: Kinship) -> dict[tuple[str, str | None], _Learnt]:
    """What there is to learn for each kind of view and family."""
    tried = {kind: trials(seen, kind, kinship) for kind in {one.view.kind for one in seen}}
    pairs = {(one.view.kind, one.ladder.family) for one in seen}
    known: dict[tuple[str, tuple[str, ...]], _Learnt] = {}
    return {pair: _lesson(tried[pair[0]], *pair, known) for pair in sorted(pairs, key=str)}


def _lesson(
    tried: Trials,
    kind: str,
    family: str | None,
    known: dict[tuple[str, tuple[str, ...]], _Learnt],
) -> _Learnt:
    past = known_before(family, kind)
    name = (kind, tuple(p.name for p in past))
    if name not in known:
        coefficients = learn(tried, past)
        known[name] = _Learnt(
            coefficients=coefficients,
            width=width(tried, past),
            trials=len(tried),
            families=len(past),
        )
    return known[name]


def _forecast(
    ladder: Ladder,
    one: Seen | None,
    target: Target,
    learnt: dict[tuple[str, str | None], _Learnt],
    kinship: Kinship,
) -> Forecast:
    rungs = ladder.scale.size
    if one is None:
        return none(ladder, target, f"{rungs} rungs have a value; {FEWEST} are needed")
    distance = target.reach(ladder) - float(ladder.reach[-1])
    if distance <= 0:
        top = scale(float(ladder.scale[-1]) - ladder.offset, ladder.axis)
        return none(ladder, target, f"the ladder already reaches {top}")
    lesson = learnt[one.view.kind, ladder.family]
    row = describe(one, rungs, distance, kinship)
    change = float(row @ lesson.coefficients)
    # A middle beyond the metric's bounds would leave an interval of nothing at the bound.
    middle = _leaned(one, target, one.view.within(float(one.at(rungs)[0]) + change))
    below, above = lesson.width.around(float(one.item[-1]), one.wobble, distance, change)
    bottom = max(middle - below, min(middle, _worst(one)))
    value, low, high = one.view.back(np.array([middle, bottom, middle + above]))
    known = ladder.item[~np.isnan(ladder.item)]
    return Forecast(
        ability=ladder.ability,
        metric=ladder.metric.name,
        axis=ladder.axis,
        at=target.at,
        value=float(value),
        low=float(min(low, high)),
        high=float(max(low, high)),
        level=LEVEL,
        method=METHOD,
        family=ladder.family,
        model=target.model,
        shots=ladder.shots,
        rows=fingerprint({"scale": ladder.scale.tolist(), "value": ladder.value.tolist()}),
        noise_floor=float(known[-1]) if known.size else None,
        why=(
            f"from {rungs} rungs; learnt from {lesson.trials} forecasts of earlier rungs and "
            f"{lesson.families} families published before"
        ),
    )


def _worst(one: Seen) -> float:
    """As low as an open ladder may sink, as seen: guessing, or its worst rung with its noise,
    whichever is lower. An interval of losses would otherwise reach far beyond guessing."""
    if one.view.kind == BOUNDED or one.ladder.chance is None:
        return -np.inf
    guessing = float(one.view.see(np.array([one.ladder.chance]))[0])
    noise = np.where(np.isnan(one.noise), UNKNOWN_NOISE, one.noise)
    return min(guessing, float((one.value - 2 * noise).min()))


def _leaned(one: Seen, target: Target, middle: float) -> float:
    """The pooled forecast and the plain curve, as the item noise has it."""
    if one.view.kind != BOUNDED:
        return middle
    share = trust(float(one.item[-1]))
    decades = float(np.log10(target.at / one.ladder.scale[-1]))
    return (1 - share) * middle + share * follow(one.plain, one.chance, decades)


def none(ladder: Ladder, target: Target, why: str) -> Forecast:
    """A forecast that says why there is none."""
    return Forecast(
        ability=ladder.ability,
        metric=ladder.metric.name,
        axis=ladder.axis,
        at=target.at,
        value=None,
        low=None,
        high=None,
        family=ladder.family,
        model=target.model,
        shots=ladder.shots,
        forecastable=False,
        why=why,
    )
