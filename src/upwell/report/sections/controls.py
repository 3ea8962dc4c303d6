"""Controls: verdicts on the ruler, where the answer is known, and scores of untrained models.

The ruler plants a jump, an even slope, no change, and a dip. If the slope is judged an emergent
jump, the other verdicts of the page are in doubt too. A control that was not run is missing, never
passed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from ...formatting import format_axis_value, format_value, pluralize
from ...records import Table, Verdict, get_metric
from ..html.markup import Markup, element, isolate, isolate_ltr
from ..html.tables import missing_cell, table
from ..titles import ability_title, join_with_and, metric_title
from .report_data import ReportData, display_order

MAX_Z_ABOVE_CHANCE = 2.576
"""Standard errors above chance that an untrained model exceeds once in two hundred times."""


@dataclass(frozen=True, kw_only=True)
class PlantedControl:
    """One planted effect, and the verdicts that are right and wrong for it."""

    name: str
    effect: str
    expected_kinds: tuple[str, ...]
    """Right kinds of the main verdict, which is on a sharp metric."""

    forbidden_kinds: tuple[str, ...]
    """Wrong kinds on any metric; `undecided` is no mistake."""


PLANTED_CONTROLS = {
    "step": PlantedControl(
        name="Planted step",
        effect="a real jump",
        expected_kinds=("emergent",),
        forbidden_kinds=("metric-made", "smooth", "flat", "inverse", "u-shaped"),
    ),
    "slope": PlantedControl(
        name="Planted slope",
        effect="an even rise that a sharp metric turns into a jump",
        expected_kinds=("metric-made", "smooth"),
        forbidden_kinds=("emergent", "flat", "inverse", "u-shaped"),
    ),
    "flat": PlantedControl(
        name="Planted flat",
        effect="no change at all",
        expected_kinds=("flat",),
        forbidden_kinds=("emergent", "metric-made", "smooth", "inverse", "u-shaped"),
    ),
    "dip": PlantedControl(
        name="Planted dip",
        effect="a fall and a rise",
        expected_kinds=("u-shaped",),
        forbidden_kinds=("emergent", "metric-made"),
    ),
}
"""By the name of the ruler's ability."""

REQUIRED_CONTROLS = ("step", "slope")
"""Controls that stand on every report, as missing where they were not run."""


@dataclass(frozen=True, kw_only=True)
class Control:
    """One control and its result."""

    name: str
    expected: str
    result: str
    passed: bool | None
    """None where it could not be graded."""


def render(data: ReportData) -> Markup:
    """The section's content."""
    rows = [
        *check_planted(data.controls),
        *_judge_notes(data.verdicts),
        *check_untrained(data.table),
    ]
    head = ["control", "expected", "observed", "result"]
    cells = [
        (
            element("b", isolate_ltr(one.name)),
            isolate(one.expected),
            isolate(one.result),
            _result_cell(one.passed),
        )
        for one in rows
    ]
    return element(
        "div", element("p", _summary(rows), class_="lead"), table(head, cells, num_text_columns=4)
    )


def check_planted(verdicts: Sequence[Verdict]) -> list[Control]:
    """The planted controls against the verdicts on the ruler, each on all its metrics."""
    groups = {name: [one for one in verdicts if one.ability == name] for name in PLANTED_CONTROLS}
    return [
        _check_planted_ability(PLANTED_CONTROLS[name], sorted(group, key=display_order))
        for name, group in groups.items()
        if group or name in REQUIRED_CONTROLS
    ]


def check_untrained(table: Table) -> list[Control]:
    """Untrained models against chance, on every sharp metric whose chance level is known."""
    frame = table.frame.filter(pl.col("tokens") == 0)
    if frame.is_empty():
        return [
            Control(
                name="Untrained model",
                expected="not above chance",
                result="no untrained model was measured",
                passed=None,
            )
        ]
    keys = ["family", "ability", "shots", "metric"]
    groups = frame.group_by(keys, maintain_order=True)
    controls = [_check_untrained_ability(names, rows) for names, rows in groups]
    return [one for one in controls if one is not None]


def _check_planted_ability(control: PlantedControl, verdicts: Sequence[Verdict]) -> Control:
    expected = f"{' or '.join(control.expected_kinds)}, because {control.effect} was planted"
    if not verdicts:
        result = "the ruler was not run"
        return Control(name=control.name, expected=expected, result=result, passed=None)
    kinds = dict.fromkeys(one.kind for one in verdicts)
    result = "; ".join(
        _describe_verdicts(kind, [one for one in verdicts if one.kind == kind]) for kind in kinds
    )
    has_forbidden_kind = any(one.kind in control.forbidden_kinds for one in verdicts)
    passed = verdicts[0].kind in control.expected_kinds and not has_forbidden_kind
    return Control(name=control.name, expected=expected, result=result, passed=passed)


def _describe_verdicts(kind: str, verdicts: Sequence[Verdict]) -> str:
    """`emergent on exact match and Brier score, onset at 10M`."""
    metrics = [(one.metric, get_metric(one.metric)) for one in verdicts]
    titles = [name if metric is None else metric.title.lower() for name, metric in metrics]
    onsets = [format_axis_value(one.onset, one.axis) for one in verdicts if one.onset is not None]
    onset_text = f", onset at {join_with_and(list(dict.fromkeys(onsets)))}" if onsets else ""
    return f"{kind} on {join_with_and(titles)}{onset_text}"


def _check_untrained_ability(names: tuple[object, ...], rows: pl.DataFrame) -> Control | None:
    metric, chance = get_metric(str(names[3])), rows["chance"].drop_nulls()
    values = rows["value"].drop_nulls().to_list()
    if metric is None or metric.continuous or metric.high != 1 or chance.is_empty():
        return None
    shots = 0 if names[2] is None else int(str(names[2]))
    title = ability_title(str(names[1]), shots or None)
    name = f"Untrained model, {title}, {metric_title(metric).lower()}"
    expected = f"not above chance ({format_value(chance[0])})"
    if not values:
        reason = rows["reason"].drop_nulls()
        result = f"missing: {reason[0] if len(reason) else 'no reason given'}"
        return Control(name=name, expected=expected, result=result, passed=None)
    return _compare_with_chance(name, expected, float(chance[0]), values, _min_items(rows))


def _compare_with_chance(
    name: str, expected: str, chance: float, values: list[float], items: int | None
) -> Control:
    """Passed unless the mean exceeds chance by more than item noise explains."""
    mean = math.fsum(values) / len(values)
    result = f"{format_value(mean)} over {pluralize(len(values), 'model')}"
    if items is None:
        return Control(name=name, expected=expected, result=f"{result}; items unknown", passed=None)
    # A score moves by at least one item, also where the chance level has no spread.
    noise = max(math.sqrt(chance * (1 - chance) / items), 1 / items)
    return Control(
        name=name,
        expected=expected,
        result=f"{result}, {pluralize(items, 'item')}",
        passed=mean <= chance + MAX_Z_ABOVE_CHANCE * noise,
    )


def _min_items(rows: pl.DataFrame) -> int | None:
    known = rows["items"].drop_nulls()
    known = known.filter(known > 0)
    return None if known.is_empty() else int(min(known.to_list()))


def _judge_notes(verdicts: Sequence[Verdict]) -> list[Control]:
    """Controls that a verdict carries as text; they are quoted, not graded."""
    pairs = dict.fromkeys(pair for one in verdicts for pair in one.controls.items())
    return [
        Control(name=name, expected="note of the judge", result=text, passed=None)
        for name, text in pairs
    ]


def _summary(rows: Sequence[Control]) -> str:
    failed = sum(one.passed is False for one in rows)
    passed = sum(one.passed is True for one in rows)
    unknown = sum(one.passed is None for one in rows)
    sentences = [
        f"{pluralize(passed, 'control')} passed." if passed else "",
        f"{failed} failed: the verdicts of this page are in doubt." if failed else "",
        f"{unknown} could not be graded." if unknown else "",
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _result_cell(passed: bool | None) -> Markup:
    if passed is None:
        return missing_cell("not graded")
    word = "passed" if passed else "failed"
    return element("b", word, class_=f"result {'hit' if passed else 'miss'}")
