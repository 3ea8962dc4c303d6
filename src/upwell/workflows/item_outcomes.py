"""Per-item outcomes of a study, scored from its answers, so that comparisons can be paired."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from ..records import Answer, Table
    from ..store import Store


def item_outcomes(store: Store, table: Table) -> pl.DataFrame:
    """What every item was worth to the last model of each run, on every metric of the table.

    Columns as in `Reading.outcomes`. A metric that is no mean over items gives values all
    the same; whoever pairs them must check that their mean is the measured value.
    """
    import polars as pl

    from ..results import OUTCOME_SCHEMA

    last_models = table.frame.filter((pl.col("tokens") == pl.col("tokens").max()).over("run"))
    keys = last_models.select("id", "model", "step", "ability", "shots", "metric", "run").unique()
    rows = []
    for (run,), models in keys.partition_by("run", as_dict=True).items():
        answers: dict[tuple[str, str, int], list[Answer]] = {}
        for answer in store.run(str(run)).answers():
            answers.setdefault((answer.model, answer.ability, answer.shots), []).append(answer)
        for id_, model, step, ability, shots, metric, _ in models.iter_rows():
            for item, value in _item_values(answers.get((id_, ability, shots), []), metric):
                rows.append((model, step, ability, shots, metric, item, value))
    return pl.DataFrame(rows, schema=OUTCOME_SCHEMA, orient="row")


def _item_values(answers: list[Answer], metric: str) -> Iterator[tuple[str, float]]:
    from ..metrics import load_metric

    measure = load_metric(metric)
    for answer in answers:
        value = measure([answer]).value
        if value is not None:
            yield answer.item, value
