"""Is one learning rate optimal for every width and depth? A sweep, its figure and its table.

    python benchmarks/transfer.py                     (with Muon; ten minutes of one core)
    python benchmarks/transfer.py --optimizer adamw   (another ten)
    python benchmarks/transfer.py --draw              (only the figure and the table)

Three widths and two depths train on a mixture of repeats, sums and prose, at learning rates a
factor of two apart. The score of a run is its mean training loss over the last tenth of the steps,
after the decay. The losses are saved in benchmarks/transfer.jsonl, the figure in
docs/figures/transfer.svg.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
import math
import statistics
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path

import torch

from upwell.data import Loader, load_tokenizer
from upwell.errors import RunError
from upwell.models.families import decoder
from upwell.records import DataSpec, ModelSpec, Run, Train
from upwell.train.trainer import Trainer

HERE = Path(__file__).parent
LOSSES = HERE / "transfer.jsonl"
FIGURE = HERE.parent / "docs" / "figures" / "transfer.svg"

VOCAB_SIZE = load_tokenizer("ascii").size
DATA = (
    DataSpec(source="repeats", weight=0.25),
    DataSpec(source="arithmetic", options={"digits": "2,3"}, weight=0.6),
    DataSpec(source="pydoc", weight=0.15),
)
"""Repeated sequences, arithmetic and prose."""

WIDTHS, DEPTHS, SEEDS = (32, 64, 128), (2, 4), (0, 1)
TOKENS = 160_000
RATES = {
    "muon": (0.0025, 0.005, 0.01, 0.02, 0.04, 0.08),
    "adamw": (0.001, 0.002, 0.004, 0.008, 0.016, 0.032),
}
NAMES = {"muon": "Muon", "adamw": "AdamW"}


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One run of the sweep. `loss` is None if it diverged."""

    optimizer: str
    width: int
    depth: int
    rate: float
    seed: int
    loss: float | None = None


def cells(optimizer: str) -> list[Cell]:
    """All runs of the sweep, the cheapest first."""
    return [
        Cell(optimizer=optimizer, width=width, depth=depth, rate=rate, seed=seed)
        for width, depth, rate, seed in product(WIDTHS, DEPTHS, RATES[optimizer], SEEDS)
    ]


def run_of(cell: Cell) -> Run:
    size = {"width": cell.width, "depth": cell.depth, "vocab_size": VOCAB_SIZE}
    recipe = Train(optimizer=cell.optimizer, learning_rate=cell.rate)
    return Run(
        id="transfer", study="transfer", recipe=recipe, data=DATA, seed=cell.seed,
        model=ModelSpec(family="decoder", hparams=size, tokenizer="ascii"), milestones=(TOKENS,),
        abilities=(), shots=(), code_version="",
    )  # fmt: skip


def train(cell: Cell) -> Cell:
    run = run_of(cell)
    module = decoder.build(run.model, run.recipe, cell.seed)
    recipe = run.recipe
    batches = Loader(
        run.data, load_tokenizer("ascii"), recipe.context_length, recipe.batch_size, cell.seed
    )
    trainer = Trainer(run, module, module.param_roles(), batches, lambda *_: None, lambda _: None)
    (branch,) = trainer.branches
    try:
        trainer.advance(branch.start, None)
        trainer.advance(branch.end, branch)
    except RunError:
        return cell
    return replace(cell, loss=statistics.fmean(trainer.tail_losses))


def load_cells() -> list[Cell]:
    if not LOSSES.exists():
        return []
    return [Cell(**json.loads(line)) for line in LOSSES.read_text().splitlines()]


def sweep(optimizer: str) -> None:
    """Run every cell, and replace the cells of this optimizer in the file."""
    others = [cell for cell in load_cells() if cell.optimizer != optimizer]
    results = []
    for cell in cells(optimizer):
        results.append(train(cell))
        print(results[-1], flush=True)
    LOSSES.write_text("".join(json.dumps(asdict(cell)) + "\n" for cell in [*others, *results]))


Curve = dict[float, list[float]]
"""Losses of the seeds by learning rate; a rate at which one diverged is left out."""


def curves(results: list[Cell], optimizer: str) -> dict[tuple[int, int], Curve]:
    """By width and depth."""
    by_shape: dict[tuple[int, int], Curve] = defaultdict(dict)
    diverged = {(c.width, c.depth, c.rate) for c in results if c.loss is None}
    for cell in results:
        at = (cell.width, cell.depth, cell.rate)
        if cell.optimizer == optimizer and cell.loss is not None and at not in diverged:
            by_shape[at[:2]].setdefault(cell.rate, []).append(cell.loss)
    return dict(by_shape)


def best(curve: Curve) -> float:
    """The rate with the lowest mean loss."""
    return min(curve, key=lambda rate: statistics.fmean(curve[rate]))


def vertex(curve: Curve) -> float | None:
    """Minimum of the parabola through the best rate and its neighbors.

    None at an end of the sweep.
    """
    rates = sorted(curve)
    index = rates.index(best(curve))
    if not 0 < index < len(rates) - 1:
        return None
    left, low, right = (statistics.fmean(curve[rates[index + step]]) for step in (-1, 0, 1))
    return rates[index] * 2 ** ((left - right) / (2 * (left - 2 * low + right)))


def table(results: dict[tuple[int, int], Curve]) -> Iterator[str]:
    rates = sorted({rate for curve in results.values() for rate in curve})
    yield f"| width | depth | {' | '.join(f'{rate:g}' for rate in rates)} | best | between |"
    yield "|---" * (len(rates) + 4) + "|"
    for (width, depth), curve in sorted(results.items()):
        means = [f"{statistics.fmean(curve[r]):.3f}" if r in curve else "diverged" for r in rates]
        means[rates.index(best(curve))] = f"**{means[rates.index(best(curve))]}**"
        between = vertex(curve)
        vertex_text = "at the end" if between is None else f"{between:.4f}"
        yield f"| {width} | {depth} | {' | '.join(means)} | {best(curve):g} | {vertex_text} |"


LEFT, TOP, PANEL_WIDTH, PANEL_HEIGHT, GAP, EDGE = 46.0, 34.0, 330.0, 240.0, 60.0, 12.0
COLORS = {32: "#7a9cc6", 64: "#3b6ea5", 128: "#12355b"}
STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#333}path{fill:none;stroke-width:1.8}"
    ".grid{stroke:#e4e4e4;stroke-width:1}"
)


def figure(results: dict[str, dict[tuple[int, int], Curve]]) -> str:
    """One panel per optimizer; a line for each shape, with its best rate marked."""
    width = LEFT + len(results) * PANEL_WIDTH + (len(results) - 1) * GAP + EDGE
    height = TOP + PANEL_HEIGHT + 66
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img">',
        "<title>Final loss by learning rate at three widths and two depths</title>",
        f"<style>{STYLE}</style>",
        f'<rect width="{width:g}" height="{height:g}" fill="#fff"/>',
    ]
    for i, (optimizer, lines) in enumerate(results.items()):
        parts += panel(optimizer, lines, LEFT + i * (PANEL_WIDTH + GAP))
    for i, (shape, color, dash) in enumerate(_strokes()):
        x, y = LEFT + i * 112, height - 10
        parts.append(f'<path d="M{x:g},{y - 4:g}h24" stroke="{color}" stroke-dasharray="{dash}"/>')
        parts.append(_text(x + 29, y, f"w {shape[0]}, d {shape[1]}"))
    return "\n".join([*parts, "</svg>", ""])


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'


def _strokes() -> Iterator[tuple[tuple[int, int], str, str]]:
    for width, depth in product(WIDTHS, DEPTHS):
        yield (width, depth), COLORS[width], "none" if depth == DEPTHS[0] else "5 3"


def panel(optimizer: str, lines: dict[tuple[int, int], Curve], left: float) -> Iterator[str]:
    rates = sorted({rate for curve in lines.values() for rate in curve})
    losses = [statistics.fmean(each) for curve in lines.values() for each in curve.values()]
    low, high = math.floor(min(losses) * 5) / 5, math.ceil(max(losses) * 5) / 5

    def x(rate: float) -> float:
        return (
            left
            + 12
            + (PANEL_WIDTH - 24) * math.log(rate / rates[0]) / math.log(rates[-1] / rates[0])
        )

    def y(loss: float) -> float:
        return TOP + PANEL_HEIGHT * (high - loss) / (high - low)

    yield _text(left, 18, f"{NAMES[optimizer]}: loss, nats a token")
    for step in range(round((high - low) * 5) + 1):
        loss = low + step / 5
        yield f'<path class="grid" d="M{left:g},{y(loss):.1f}h{PANEL_WIDTH:g}"/>'
        yield _text(left - 6, y(loss) + 4, f"{loss:.1f}", "end")
    for rate in rates:
        yield _text(x(rate), TOP + PANEL_HEIGHT + 18, f"{rate:g}", "middle")
    yield _text(
        left + PANEL_WIDTH / 2, TOP + PANEL_HEIGHT + 36, "learning rate of the matrices", "middle"
    )
    for shape, color, dash in _strokes():
        curve = {rate: statistics.fmean(each) for rate, each in sorted(lines[shape].items())}
        spots = " ".join(f"{x(rate):.1f},{y(loss):.1f}" for rate, loss in curve.items())
        yield f'<path d="M{spots}" stroke="{color}" stroke-dasharray="{dash}"/>'
        lowest = best(lines[shape])
        yield f'<circle cx="{x(lowest):.1f}" cy="{y(curve[lowest]):.1f}" r="4" fill="{color}"/>'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--optimizer", choices=RATES, default="muon")
    parser.add_argument("--draw", action="store_true", help="only draw the figure and the table")
    args = parser.parse_args()
    torch.set_num_threads(1)
    if not args.draw:
        sweep(args.optimizer)
    results = {name: lines for name in RATES if (lines := curves(load_cells(), name))}
    for optimizer, lines in results.items():
        print(f"\n{NAMES[optimizer]}\n\n" + "\n".join(table(lines)))
    FIGURE.parent.mkdir(parents=True, exist_ok=True)
    FIGURE.write_text(figure(results))


if __name__ == "__main__":
    main()
