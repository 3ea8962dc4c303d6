"""Forecasts of scales whose scores are known, ours beside every baseline, as Markdown tables.

    python benchmarks/emergence/backtests.py

Fits see rows at or below the bound, and statistics of families that were published before
(src/upwell/emergence/forecasting/priors.json). Half a minute on one core.
"""

from __future__ import annotations

from dataclasses import dataclass

from sources import table

from upwell.emergence import backtest


@dataclass(frozen=True)
class Case:
    """One back-test."""

    title: str
    source: str
    holdout_above: float
    predict_at: float
    metrics: list[str]


CASES = (
    Case("BIG-G, <= 4B to 27B", "bigg", 4.1e9, 2.7e10, ["accuracy"]),
    Case("BIG-G, <= 4B to 128B", "bigg", 4.1e9, 1.28e11, ["accuracy"]),
    Case("BIG-G, <= 1B to 8B", "bigg", 1.1e9, 8e9, ["accuracy"]),
    Case("Pythia, <= 1.4B to 12B", "pythia", 1.5e9, 1.1846e10, ["accuracy", "acc_norm"]),
    Case("Pythia, <= 1B to 6.9B", "pythia", 1.1e9, 6.857e9, ["accuracy", "acc_norm"]),
    Case("Gadre, <= 411M to 6.9B", "gadre", 4.2e8, 6.9e9, ["accuracy"]),
    Case("OLMo ladder, <= 3B to 7B", "olmo_ladder", 3.3e9, 6.9e9, ["accuracy", "acc_len_norm"]),
    Case("OLMo ladder, bits per byte to 7B", "olmo_ladder", 3.3e9, 6.9e9, ["bits_per_byte"]),
    Case("OLMo ladder, losses to 7B", "olmo_ladder", 3.3e9, 6.9e9, ["loss"]),
    Case("OPT and others, <= 7B to 30B", "lmeval_old", 7e9, 3e10, ["accuracy", "acc_norm"]),
    Case("GPT-3, <= 2.7B to 175B", "gpt3", 2.8e9, 1.75e11, ["accuracy"]),
    Case("Pythia addition, <= 1.4B to 12B", "pythia_arithmetic", 1.5e9, 1.1846e10, ["exact_match"]),
)


def main() -> None:
    for case in CASES:
        _, summary = backtest(
            table(case.source), "params", case.holdout_above, case.predict_at, case.metrics
        )
        print(f"\n**{case.title}** ({summary['ours']['graded']} graded)\n")
        print("| method | mean | median | p90 | bias | coverage | interval score |")
        print("|---|---|---|---|---|---|---|")
        for name, grades in summary.items():
            numbers = [grades[key] for key in ("mean", "median", "p90", "bias")]
            row = " | ".join(f"{number:.4f}" for number in numbers)
            print(f"| {name} | {row} | {grades['coverage']:.2f} | {grades['interval_score']:.3f} |")


if __name__ == "__main__":
    main()
