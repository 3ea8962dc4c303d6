"""The map of onsets: one row for every ability that has one, along one axis."""

from __future__ import annotations

from collections.abc import Sequence

from ...formatting import format_axis_value, format_exact, pluralize
from ..html.markup import Markup, isolate, isolate_ltr, join
from ..html.tables import table
from ..plot.axes import Axes, Axis, scale_axis
from ..plot.figure import Figure, slug
from ..plot.svg import canvas, dot, line, text, truncate
from ..plot.verdict_glyphs import glyph, kind_class
from ..titles import axis_title
from .report_data import Card

LEFT, RIGHT = 150.0, 392.0
ROW_HEIGHT = 22.0
TOP = 26.0


def figures(cards: Sequence[Card]) -> list[Figure]:
    """One map for each axis that has an onset."""
    axes = dict.fromkeys(card.axis for card in cards if card.verdict.onset is not None)
    return [_build_figure([card for card in cards if card.axis == axis]) for axis in axes]


def _build_figure(group: list[Card]) -> Figure:
    axis_name = group[0].axis
    with_onset = sorted((card for card in group if card.verdict.onset is not None), key=_card_onset)
    scales = sorted({rung.scale for card in group for curve in card.curves for rung in curve.rungs})
    bottom = TOP + ROW_HEIGHT * len(with_onset)
    title = f"Onsets of abilities along {axis_title(axis_name)}"
    axis = scale_axis(
        axis_name, scales + [_card_onset(card) for card in with_onset], LEFT, RIGHT, padding=0.04
    )
    axes = Axes(x=axis, y=Axis(low=0, high=len(with_onset), start=TOP, end=bottom))
    svg = canvas(
        title,
        bottom + 44,
        text(0, 12, title, "title"),
        axes.draw_vertical_grid(scales),
        axes.draw_baseline(),
        axes.draw_x(axis_title(axis_name), tick_marks=True),
        [_draw_row(card, axis, axes.y.to_px(i + 0.5)) for i, card in enumerate(with_onset)],
    )
    return Figure(
        name=f"onsets-{slug(axis_name)}",
        svg=svg,
        data_table=_data_table(with_onset),
        caption=_no_onset_note(len(group) - len(with_onset)),
    )


def _card_onset(card: Card) -> float:
    assert card.verdict.onset is not None
    return card.verdict.onset


def _no_onset_note(count: int) -> str | None:
    if not count:
        return None
    return f"{pluralize(count, 'other ability has', 'other abilities have')} no onset."


def _draw_row(card: Card, axis: Axis, y: float) -> Markup:
    verdict = card.verdict
    onset = _card_onset(card)
    ends = [onset if end is None else end for end in (verdict.onset_low, verdict.onset_high)]
    left, right = (min(max(axis.to_px(end), LEFT), RIGHT) for end in ends)
    name = kind_class(verdict.kind)
    title = f"{card.title}: onset at {format_axis_value(onset, card.axis)}"
    return join(
        glyph(verdict.kind, 0, y - 6.5),
        text(22, y + 4.2, truncate(card.title, LEFT - 34)),
        line(left, y, right, y, f"onset-range {name}"),
        dot(axis.to_px(onset), y, 4, f"marker {name}", title),
    )


def _data_table(group: list[Card]) -> Markup:
    return table(
        ["ability", "kind", "onset", "low", "high"],
        [
            (
                isolate_ltr(card.title),
                isolate(one.kind),
                *(format_exact(end) for end in (one.onset, one.onset_low, one.onset_high)),
            )
            for card in group
            for one in [card.verdict]
        ],
        num_text_columns=2,
    )
