"""Which way of using a model wins, by labeled rows, model size and cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from .documents import build_document, to_text, write_text
from .finetune import LogFn, check_output_dir, no_log, resolve_model_dir

if TYPE_CHECKING:
    from ..crossover import CrossoverConfig
    from ..crossover import CrossoverPlan as CrossoverPlan
    from ..records import Cell, CrossoverResult, MarginalValue, Ranking

CellProgressFn: TypeAlias = "Callable[[Cell, int, int, float], None]"
"""Called with a measured cell, how many are done, how many there are, and the seconds left."""

DEFAULT_METHODS = ("in_context", "linear", "lora", "full")
DEFAULT_SHOTS = (0, 1, 2, 4, 8, 16, 32)


@dataclass(frozen=True)
class Crossover:
    """Every measurement, which method wins at each number of rows, and what more labels gain."""

    result: CrossoverResult
    rankings: Sequence[Ranking]
    marginal_values: Sequence[MarginalValue]
    report: Path

    @property
    def finding(self) -> str:
        """Which method wins where, in a sentence."""
        from ..report import crossover_finding

        return crossover_finding(self.rankings)

    def document(self) -> dict[str, Any]:
        """The JSON of `upwell crossover`."""
        return build_document(
            "crossover",
            **asdict(self.result),
            rankings=[asdict(ranking) for ranking in self.rankings],
            marginal_values=[asdict(value) for value in self.marginal_values],
        )

    def to_json(self, path: str | Path | None = None) -> str:
        """The JSON text, also written to a file where a path is given."""
        text = to_text(self.document())
        if path is not None:
            write_text(Path(path), text)
        return text


def crossover(
    data: str | Path,
    models: str | Sequence[str],
    *,
    output_dir: str | Path | None = None,
    log: LogFn = no_log,
    on_plan: Callable[[CrossoverPlan], None] = lambda plan: None,
    on_progress: CellProgressFn = lambda *_: None,
    **options: Any,
) -> Crossover:
    """Measure in-context learning, a linear head, LoRA and full fine-tuning on the same rows.

    `options` are those of `crossover_config`. Finished measurements are kept in `output_dir`.
    """
    from ..crossover import marginal_label_value, rank_methods, run_crossover
    from ..report import crossover_page

    config, folder = crossover_config(data, models, output_dir=output_dir, **options)
    result = run_crossover(config, folder, log, on_plan, on_progress)
    rankings, values = rank_methods(result), marginal_label_value(result)
    page = folder / "report.html"
    write_text(page, crossover_page(result, rankings, values))
    return Crossover(result, rankings, values, page)


def plan_crossover(
    data: str | Path, models: str | Sequence[str], *, log: LogFn = no_log, **options: Any
) -> CrossoverPlan:
    """What `crossover` would measure, and its cost; nothing is trained."""
    from ..crossover import plan_crossover as plan_measurements

    config, folder = crossover_config(data, models, **options)
    return plan_measurements(config, folder, log)


def estimate_core_seconds(plan: CrossoverPlan) -> float:
    """Seconds of one core of this machine that a plan takes."""
    from ..study import peak_flops

    # The embedding table is counted though it costs nothing, which makes up for small products
    # being slower than large ones: an encoder of 22.7 million parameters takes 1.03 of this.
    return plan.flops / peak_flops()


def crossover_config(
    data: str | Path,
    models: str | Sequence[str],
    *,
    output_dir: str | Path | None = None,
    methods: Sequence[str] = DEFAULT_METHODS,
    train_sizes: Sequence[int] = (),
    shots: Sequence[int] = DEFAULT_SHOTS,
    seeds: int = 3,
    test: str | Path | None = None,
    text_column: str | Sequence[str] = (),
    label_column: str = "",
    epochs: int | None = None,
    learning_rate: float | None = None,
) -> tuple[CrossoverConfig, Path]:
    """What `crossover` measures, and the folder that it writes to."""
    from ..crossover import CrossoverConfig
    from ..data.labeled import Columns
    from ..finetune.defaults import FinetuneHyperparameters

    rows = Path(data)
    folder = Path(output_dir) if output_dir else Path("out", "crossover", rows.stem)
    check_output_dir(folder)
    names = [models] if isinstance(models, str) else models
    texts = (text_column,) if isinstance(text_column, str) else tuple(text_column)
    config = CrossoverConfig(
        data=rows,
        models=tuple(resolve_model_dir(name, folder) for name in names),
        methods=tuple(methods),
        train_sizes=tuple(train_sizes),
        shots=tuple(shots),
        seeds=seeds,
        test=None if test is None else Path(test),
        columns=Columns(text_columns=texts, label_column=label_column),
        hyperparameters=FinetuneHyperparameters(epochs=epochs, learning_rate=learning_rate),
    )
    return config, folder
