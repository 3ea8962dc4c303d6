"""Training curves: loss against tokens (or examples), with milestones and incidents."""

from __future__ import annotations

from collections.abc import Sequence

from ...formatting import UNKNOWN, format_count, format_exact, format_value, pluralize
from ...records import TrainLogEntry
from ..html.markup import Markup, element, isolate, join
from ..html.tables import details, table
from ..plot.axes import CHART_BOTTOM, CHART_HEIGHT, CHART_TOP, Axes, scale_axis
from ..plot.figure import Figure, slug
from ..plot.svg import canvas, cross, dot, path, spread_labels, text, truncate
from ..series.runs import collect_runs
from ..series.training_curves import RunCurves, Series, find_incidents, group_run_curves
from .report_data import ReportData

LEFT, RIGHT = 40.0, 322.0
RUNG_FIGURE_WIDTH = 328.0
"""Width of a single rung's figure, which has no names at its right."""

MAX_NAMES = 14
"""Names beside the lines; of more rungs every n-th is named."""

MAX_OPEN_FIGURES = 9
"""With more rungs than this their figures are folded."""

EVENT_TITLES = {"spike": "loss spike", "nan": "loss not finite"}

NUM_TONES = 5
"""Colors from the smallest rung to the largest; the style sheet has as many."""


def render(data: ReportData) -> Markup:
    """The section's content."""
    if not data.progress:
        return element("p", "There are no training logs for these results.", class_="quiet")
    rungs = group_run_curves(data.progress, collect_runs(data.plan, data.table))
    all_rungs, *rung_figures = _build_figures(rungs, data.unit)
    panels = element("div", [figure.render() for figure in rung_figures], class_="panels small")
    title = f"Each of the {pluralize(len(rung_figures), 'rung')} with its seeds"
    return join(
        element(
            "div",
            all_rungs.render(),
            _render_incidents(data.progress, rungs, data.unit),
            class_="two-columns",
        ),
        panels if len(rung_figures) <= MAX_OPEN_FIGURES else details(title, panels),
    )


def figures(data: ReportData) -> list[Figure]:
    """All rungs together, then each rung with its seeds; none without training logs."""
    if not data.progress:
        return []
    return _build_figures(
        group_run_curves(data.progress, collect_runs(data.plan, data.table)), data.unit
    )


def _build_figures(rungs: list[RunCurves], unit: str) -> list[Figure]:
    points = [point for rung in rungs for series in rung.series for point in series.points()]
    if not points:
        empty = canvas("Training loss", 40, text(0, 24, "no finite loss was logged", "note"))
        return [Figure(name="training", svg=empty, data_table=_data_table(rungs, unit))]
    tokens, losses = [tokens for tokens, _ in points], [loss for _, loss in points]
    axes = Axes(
        x=scale_axis("tokens", tokens, LEFT, RIGHT, padding=0.02),
        y=scale_axis("", losses, CHART_BOTTOM, CHART_TOP, padding=0.04, force_log=True),
    )
    return [_all_rungs_figure(rungs, axes, unit), *(_rung_figure(r, axes, unit) for r in rungs)]


def _all_rungs_figure(rungs: list[RunCurves], axes: Axes, unit: str) -> Figure:
    tones = [_tone(i, len(rungs)) for i in range(len(rungs))]
    svg = canvas(
        "Training loss of every rung",
        CHART_HEIGHT,
        text(0, 14, "Every rung: mean over seeds, milestones as dots", "title"),
        _draw_axes(axes, unit),
        [
            join(
                path(axes.to_px(_mean_trunk(one)), f"series tone-{tone}"),
                [
                    dot(*point, 2.6, f"marker tone-{tone}")
                    for point in axes.to_px(_mean_milestones(one))
                ],
            )
            for one, tone in zip(rungs, tones, strict=True)
        ],
        _draw_names(rungs, tones, axes),
    )
    return Figure(name="training", svg=svg, data_table=_data_table(rungs, unit))


def _rung_figure(rung: RunCurves, axes: Axes, unit: str) -> Figure:
    svg = canvas(
        f"Training loss of {rung.name}",
        CHART_HEIGHT,
        text(0, 14, truncate(rung.name, RUNG_FIGURE_WIDTH, 14), "title"),
        _draw_axes(axes, unit),
        [_draw_series(series, axes, unit) for series in rung.series],
        [
            _draw_incident(one, series, axes, unit)
            for series in rung.series
            for one in series.entries
            if one.event
        ],
        width=RUNG_FIGURE_WIDTH,
    )
    name = slug("training", rung.name)
    return Figure(name=name, svg=svg, data_table=_data_table([rung], unit))


def _draw_axes(axes: Axes, unit: str) -> Markup:
    return join(
        text(0, 31, f"loss (nats/{unit})", "note"),
        axes.draw(f"training {unit}s", y_gap=18, tick_marks=True),
    )


def _draw_series(series: Series, axes: Axes, unit: str) -> Markup | None:
    points = axes.to_px(series.points())
    if not points:
        return None
    if not series.branch:
        return path(points, "series trunk")
    seed = "" if series.seed is None else f"seed {series.seed}, "
    title = f"{seed}annealed to {format_count(series.branch)} {unit}s"
    return join(path(points, "series branch"), dot(*points[-1], 3.2, "milestone", title))


def _draw_incident(entry: TrainLogEntry, series: Series, axes: Axes, unit: str) -> Markup | None:
    if not axes.x.contains(entry.tokens):
        return None
    seed = "" if series.seed is None else f"seed {series.seed}, "
    title = f"{_event_title(entry)}: {seed}{format_count(entry.tokens)} {unit}s"
    return cross(axes.x.to_px(entry.tokens), axes.top + 4, 3.4, "missing", title)


def _event_title(entry: TrainLogEntry) -> str:
    """The title of an incident; an unknown event keeps its name."""
    assert entry.event is not None
    return EVENT_TITLES.get(entry.event, entry.event)


def _mean_trunk(rung: RunCurves) -> list[tuple[float, float]]:
    """Mean over the seeds at the tokens that all trunks have logged."""
    trunks = [dict(series.points()) for series in rung.series if not series.branch]
    if not trunks:
        return []
    common_tokens = sorted(set(trunks[0]).intersection(*trunks[1:]))
    if len(common_tokens) < 2:
        return sorted(trunks[0].items())
    return [
        (tokens, sum(trunk[tokens] for trunk in trunks) / len(trunks)) for tokens in common_tokens
    ]


def _mean_milestones(rung: RunCurves) -> list[tuple[float, float]]:
    """Mean over the seeds of the annealed loss at each budget."""
    ends: dict[int, list[float]] = {}
    for series in rung.series:
        if series.branch and series.points():
            ends.setdefault(series.branch, []).append(series.points()[-1][1])
    return [(float(budget), sum(losses) / len(losses)) for budget, losses in sorted(ends.items())]


def _tone(index: int, count: int) -> int:
    return NUM_TONES - 1 if count == 1 else round(index * (NUM_TONES - 1) / (count - 1))


def _draw_names(rungs: list[RunCurves], tones: list[int], axes: Axes) -> Markup:
    """Names at the right ends of the lines, at most `MAX_NAMES`."""
    stride = -(-len(rungs) // MAX_NAMES)
    ends = [
        (axes.to_px(sorted(points)[-1:])[0], rung.name, tone)
        for i, (rung, tone) in enumerate(zip(rungs, tones, strict=True))
        if (points := [*_mean_trunk(rung), *_mean_milestones(rung)])
        and (len(rungs) - 1 - i) % stride == 0
    ]
    label_ys = spread_labels([point[1] for point, _, _ in ends], 14, CHART_TOP + 2, CHART_BOTTOM)
    return join(
        [
            join(
                path([point, (RIGHT, point[1]), (RIGHT + 12, label_y)], f"leader tone-{tone}"),
                text(RIGHT + 15, label_y + 4.2, truncate(_short_name(name), 398 - RIGHT - 15)),
            )
            for label_y, (point, name, tone) in zip(label_ys, ends, strict=True)
        ]
    )


def _short_name(name: str) -> str:
    return name.removesuffix(" parameters").removesuffix(" rows")


def _data_table(rungs: list[RunCurves], unit: str) -> Markup:
    components = sorted(
        {name for rung in rungs for s in rung.series for name in s.loss_components()}
    )
    rows = [
        (
            isolate(rung.name),
            _seed_cell(series),
            _branch_cell(series),
            len(series.entries),
            *_end_cells(series),
            *(_component_cell(series, name) for name in components),
        )
        for rung in rungs
        for series in rung.series
    ]
    head = ["rung", "seed", "branch", "entries", f"{unit}s", "first loss", "last loss"]
    component_head = [f"last loss, {name.replace('_', ' ')}" for name in components]
    return table([*head, *component_head], rows, num_text_columns=3)


def _component_cell(series: Series, name: str) -> str:
    component = series.loss_components().get(name)
    return UNKNOWN if component is None else format_exact(component)


def _seed_cell(series: Series) -> str:
    return UNKNOWN if series.seed is None else str(series.seed)


def _branch_cell(series: Series) -> str:
    return "trunk" if not series.branch else f"annealed to {format_count(series.branch)}"


def _end_cells(series: Series) -> tuple[str, str, str]:
    points = series.points()
    if not points:
        return UNKNOWN, UNKNOWN, UNKNOWN
    return (
        format_count(points[-1][0]),
        format_exact(points[0][1]),
        format_exact(points[-1][1]),
    )


def _render_incidents(
    progress: Sequence[TrainLogEntry], rungs: list[RunCurves], unit: str
) -> Markup:
    events = find_incidents(progress)
    if not events:
        return element("p", "No loss spiked, and all losses were finite.", class_="lead")
    names = {series.run: rung.name for rung in rungs for series in rung.series}
    return element(
        "div",
        element(
            "p",
            f"{pluralize(len(events), 'incident')} during training.",
            class_="lead",
        ),
        table(
            ["rung", "run", "event", f"{unit}s", "step", "loss"],
            [
                (
                    isolate(names.get(one.run, one.run)),
                    isolate(one.run),
                    isolate(_event_title(one)),
                    format_count(one.tokens),
                    f"{one.step:,}",
                    "not finite" if one.loss is None else format_value(one.loss),
                )
                for one in events
            ],
            num_text_columns=3,
        ),
    )
