"""Fit the priors of forecasts to published families: src/upwell/emergence/forecasting/priors.json.

    python benchmarks/emergence/learn_priors.py

The file holds sums over pseudo-forecasts only: a matrix, a vector and quantiles of errors for each
family. One minute on one core.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
from sources import accuracy_for_score, table

from upwell.emergence.forecasting.features import FEATURE_NAMES, RelatedLadders, summarize
from upwell.emergence.forecasting.intervals import cross_val_predict, error_quantiles
from upwell.emergence.forecasting.pseudo_forecasts import (
    PseudoForecasts,
    collect_pseudo_forecasts,
)
from upwell.emergence.forecasting.regression import (
    load_family_priors,
    priors_before,
    sufficient_statistics,
)
from upwell.emergence.ladder.ladder import build_ladders
from upwell.records import Table

YEARS = {
    # Prefix of family names (lower case): year in which results of the family were published.
    "gpt-2": 2019.1, "gpt3": 2020.4, "gpt-neo": 2021.4, "xglm": 2021.9, "opt": 2022.4,
    "big-g": 2022.45, "bloom": 2022.6, "llama": 2023.1, "cerebras": 2023.2, "pythia": 2023.26,
    "rwkv": 2023.4, "starcoder": 2023.4, "falcon": 2023.5, "codellama": 2023.6,
    "qwen1.5": 2024.1, "openlm": 2024.2, "qwen2": 2024.4, "olmo": 2024.9,
}  # fmt: skip

OUT = (
    Path(__file__).resolve().parents[2]
    / "src"
    / "upwell"
    / "emergence"
    / "forecasting"
    / "priors.json"
)


def merge_families(measurements: Table, start: str, name: str) -> Table:
    """Merge the families whose names start with a prefix."""
    family = pl.when(pl.col("family").str.starts_with(start)).then(pl.lit(name))
    return Table(
        measurements.frame.with_columns(family.otherwise(pl.col("family")).alias("family"))
    )


def gather() -> list[PseudoForecasts]:
    """Pseudo-forecasts of every table, by kind."""
    tables = {
        "bigg": table("bigg"),
        "pythia": table("pythia"),
        "gadre": table("gadre"),
        "olmo_ladder": merge_families(table("olmo_ladder"), "olmo", "olmo"),
        "lmeval_old": table("lmeval_old"),
        "gpt3": table("gpt3"),
        "obsscaling": accuracy_for_score(table("obsscaling")),
    }
    out = []
    for measurements in tables.values():
        summaries = summarize(build_ladders(measurements, "params"))
        related_ladders = RelatedLadders(summaries)
        out.append(
            {
                kind: collect_pseudo_forecasts(summaries, kind, related_ladders)
                for kind in ("bounded", "open")
            }
        )
    return out


def build_entry(parts: list[PseudoForecasts], name: str, kind: str) -> dict[str, object]:
    """Statistics of one family, without quantiles."""
    gram = sum(sufficient_statistics(part)[0] for part in parts)
    moment = sum(sufficient_statistics(part)[1] for part in parts)
    return {
        "name": name,
        "year": YEARS[name],
        "kind": kind,
        "pseudo_forecasts": sum(len(part) for part in parts),
        "gram": [float(f"{v:.5g}") for v in gram[np.triu_indices(len(FEATURE_NAMES))]],
        "cross_products": [float(f"{v:.5g}") for v in moment],
        "quantiles": [],
    }


def write(entries: list[dict[str, object]]) -> None:
    head = {"made_by": "benchmarks/emergence/learn_priors.py", "features": list(FEATURE_NAMES)}
    OUT.write_text(json.dumps(head | {"families": entries}, separators=(",", ":")) + "\n")
    load_family_priors.cache_clear()


def widths(parts: list[PseudoForecasts], name: str, kind: str) -> list[list[float | None]]:
    """Quantiles of the scaled errors of the family, with the priors of earlier families."""
    largest = max(parts, key=len)
    predicted = cross_val_predict(largest, priors_before(name, kind))
    sides = error_quantiles(largest, predicted)
    return [[None if v != v else round(float(v), 3) for v in side] for side in sides]


def main() -> None:
    gathered = gather()
    families = {}
    for kind in ("bounded", "open"):
        for name in YEARS:
            parts = [
                by_kind[kind].where(
                    np.array([f.lower().startswith(name) for f in by_kind[kind].family])
                )
                for by_kind in gathered
                if len(by_kind[kind])
            ]
            parts = [part for part in parts if len(part)]
            if parts:
                families[name, kind] = parts
    entries = [build_entry(parts, *key) for key, parts in families.items()]
    write(entries)
    for entry, (key, parts) in zip(entries, families.items(), strict=True):
        entry["quantiles"] = widths(parts, *key)
        print(*key, entry["pseudo_forecasts"], entry["quantiles"])
    write(entries)
    print(f"{OUT} {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
