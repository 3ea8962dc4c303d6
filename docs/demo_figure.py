"""The picture of the demo in the README, drawn from the results of one run of it.

    upwell run demo
    python docs/demo_figure.py out/demo     takes over the results, and draws the picture
    python docs/demo_figure.py              draws the picture again

`figures/demo.csv` has the results of the last models, and `figures/demo_items.csv` what every item
of the text was worth. A test judges them again and draws the same picture.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import polars as pl

from upwell.emergence import judge
from upwell.records import Table, Verdict
from upwell.report import ability_figure, check_expectations
from upwell.study_loader import load_study

FIGURES = Path(__file__).parent / "figures"
RESULTS, ITEMS, PICTURE = (FIGURES / name for name in ("demo.csv", "demo_items.csv", "demo.svg"))

COLUMNS = (
    "family", "model", "params", "tokens", "seed", "ability", "shots", "metric", "value", "stderr",
    "items", "missing", "chance", "ceiling", "width", "depth",
)  # fmt: skip
"""Columns of a table that the verdicts rest on."""

PANELS = (
    ("reversed_addition2", "exact_match"),
    ("reversed_addition2", "choice_probability"),
    ("facts", "exact_match"),
    ("facts", "log_probability"),
    ("language_modeling", "bits_per_byte"),
    ("unknown_facts", "accuracy"),
)
"""(ability, metric) of each panel, two a row."""

PANEL_WIDTH, PANEL_HEIGHT, TITLE_HEIGHT = 428, 304, 34
FONT = "Inter, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def take_over(folder: Path) -> None:
    """Copy the results of a finished demo."""
    from upwell.store import Store
    from upwell.study import table
    from upwell.workflows.item_outcomes import item_outcomes

    store = Store.open(folder)
    observed = table(store)
    last = observed.frame.filter(pl.col("tokens") == pl.col("tokens").max())
    last.select(COLUMNS).write_csv(RESULTS, float_precision=5)
    outcomes = item_outcomes(store, observed)
    rounded = outcomes.group_by(outcomes.columns[:-1], maintain_order=True).mean()
    rounded.filter(pl.col("metric") == "bits_per_byte").write_csv(ITEMS, float_precision=5)


def read_results() -> Table:
    """The results of the demo's last models."""
    frame = pl.read_csv(RESULTS)
    known = ("flops", "step", "loss")
    return Table(
        frame.with_columns(
            *(pl.lit(None, dtype=pl.Float64).alias(name) for name in known),
            reason=pl.lit(None, dtype=pl.String),
        )
    )


def judge_results() -> list[Verdict]:
    """The verdicts on these results."""
    return judge(read_results(), outcomes=pl.read_csv(ITEMS, schema_overrides={"item": pl.String}))


def draw() -> str:
    """The picture as SVG: the main metrics of each ability under its verdict."""
    table, verdicts = read_results(), judge_results()
    met = {row.ability: row.met for row in check_expectations(load_study("demo"), verdicts)}
    kinds = {(one.ability, one.metric): one for one in verdicts}
    main_kinds: dict[str, str] = {}
    parts = []
    for index, key in enumerate(PANELS):
        verdict = kinds[key]
        kind = main_kinds.setdefault(key[0], verdict.kind)
        x = index % 2 * PANEL_WIDTH
        y = index // 2 * (PANEL_HEIGHT + TITLE_HEIGHT)
        mark = "as expected" if met[key[0]] else "not as expected"
        parts.append(
            f'<text x="{x + 14}" y="{y + 24}" font-family="{FONT}" font-size="17" '
            f'font-weight="700" fill="#1a1d23">{key[0]}: {kind}, {mark}</text>'
        )
        parts.append(_place(ability_figure(table, verdict, "params").standalone(), x, y))
    width, height = 2 * PANEL_WIDTH, 3 * (PANEL_HEIGHT + TITLE_HEIGHT)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}"><rect width="{width}" height="{height}" fill="#fdfcf9"/>'
        + "".join(parts)
        + "</svg>\n"
    )


def _place(svg: str, x: int, y: int) -> str:
    """A standalone figure as a part of another one."""
    body = re.sub(r"<\?xml[^>]*\?>\s*", "", svg).strip()
    return body.replace("<svg ", f'<svg x="{x}" y="{y + TITLE_HEIGHT}" ', 1)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        take_over(Path(sys.argv[1]))
    PICTURE.write_text(draw(), encoding="utf-8")
