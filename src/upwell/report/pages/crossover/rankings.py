"""The best method for each number of train rows, and the value of more labels."""

from __future__ import annotations

from collections.abc import Sequence

from ....formatting import format_value, typographic_minus
from ....records import MarginalValue, Ranking
from ...html.markup import Markup, element, isolate, join
from ...html.tables import table
from ...titles import short_method_title


def render(method_rankings: Sequence[Ranking]) -> Markup | None:
    """A row for each number of train rows; None where nothing was measured."""
    if not method_rankings:
        return None
    head = ["train rows", "best", "", "difference", "accuracy", "runner-up", "accuracy", "model"]
    note = (
        "The difference is paired by test row; its interval covers the noise of rows and draws. "
        "Where the interval contains zero, the data cannot tell which method is better."
    )
    return join(
        element("p", note, class_="lead"),
        table(head, [_ranking_row(one) for one in method_rankings], num_text_columns=3),
    )


def _ranking_row(ranking: Ranking) -> tuple[object, ...]:
    first = ranking.methods[0]
    runner_up = next((score for score in ranking.methods if score.method != first.method), None)
    start, value, model = (
        (f"{ranking.train_rows:,}", short_method_title(first.method)),
        f"{first.value:.3f}",
        first.model,
    )
    if (
        runner_up is None
        or ranking.gain is None
        or ranking.interval_low is None
        or ranking.interval_high is None
    ):
        return (*start, "", "", value, "none", "", isolate(model))
    interval = f"{ranking.interval_low:+.3f} to {ranking.interval_high:+.3f}"
    difference = typographic_minus(f"{ranking.gain:+.3f} ({interval})")
    result = "wins" if ranking.significant else "cannot tell"
    return (
        *start,
        result,
        difference,
        value,
        short_method_title(runner_up.method),
        f"{runner_up.value:.3f}",
        isolate(model),
    )


def render_marginal_values(marginal_values: Sequence[MarginalValue]) -> Markup | None:
    """A row for each method that trains and each model; None without any."""
    if not marginal_values:
        return None
    lines = [
        (
            short_method_title(one.method),
            isolate(one.model),
            f"{one.train_rows:,}",
            "cannot tell" if one.gain is None else f"+{format_value(one.gain)}",
            "" if one.interval_low is None or one.interval_high is None else
            f"{format_value(one.interval_low)} to {format_value(one.interval_high)}",
            isolate(one.explanation),
        )
        for one in marginal_values
    ]  # fmt: skip
    head = ["method", "model", "from rows", "accuracy gain", "90 % interval", "estimated from"]
    return table(head, lines, num_text_columns=2)
