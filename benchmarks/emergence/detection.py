"""Verdicts beside known answers: the labels of Wei et al., and the addition of Pythia.

    python benchmarks/emergence/detection.py

The labels come from other and larger models (GPT-3, LaMDA, PaLM), so verdicts on the
curves of BIG-G cannot agree with all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import polars as pl
from scipy.stats import rankdata
from sources import folder, table

from upwell.emergence import judge
from upwell.emergence.ladder.ladder import Ladder, build_ladders
from upwell.records import Table

EARLIER = ("emergent_gpt3_or_lamda",)
LATER = ("emergent_gpt3_or_lamda", "emergent_palm")


def auroc(score: Mapping[str, float], label: Mapping[str, str], emergent: tuple[str, ...]) -> float:
    """AUROC of emergent against smoothly increasing abilities."""
    high = [s for name, s in score.items() if label.get(name) in emergent]
    low = [s for name, s in score.items() if label.get(name) == "smoothly_increasing"]
    ranks = rankdata([*high, *low])[: len(high)].sum()
    return float((ranks - len(high) * (len(high) + 1) / 2) / (len(high) * len(low)))


def last_step(ladder: Ladder) -> float:
    return float((ladder.value[-1] - ladder.value[-2]) / max(np.ptp(ladder.value), 1e-9))


def breakthrough(ladder: Ladder) -> float:
    """BIG-bench's emergence score (Srivastava et al. 2022, section 3.4)."""
    value = ladder.value
    sign = np.sign(value.argmax() - value.argmin())
    return float(sign * np.ptp(value) / max(np.sqrt(np.median(np.diff(value) ** 2)), 1e-9))


def labels() -> None:
    frame = pl.read_csv(folder() / "wei2022_labels.csv")
    label = dict(frame.select("ability", "label").iter_rows())
    measurements = table("bigg")
    verdicts = judge(measurements, with_fits=False)
    ladders = {ladder.ability: ladder for ladder in build_ladders(measurements, "params")}
    scores = {
        "ours: no smooth rise so far (not_smooth_probability)": {
            v.ability: v.not_smooth_probability or 0.0 for v in verdicts
        },
        "ours: a jump on these rungs (probability)": {
            v.ability: v.probability or 0.0 for v in verdicts
        },
        "share of the rise in the last step": {n: last_step(k) for n, k in ladders.items()},
        "BIG-bench's emergence score": {n: breakthrough(k) for n, k in ladders.items()},
    }
    for name, score in scores.items():
        row = [f"{auroc(score, label, which):.3f}" for which in (EARLIER, LATER)]
        print(f"{name:42} AUROC {' with PaLM '.join(row)}")
    print(Counter((label.get(v.ability, "-").split("_")[0], v.kind) for v in verdicts))


def addition() -> None:
    measurements = table("pythia_arithmetic")
    verdicts = judge(measurements, with_fits=False)
    for shots in (0, 2, 4, 8, 16):
        some = [v for v in verdicts if v.shots == shots]
        jumps = [v for v in some if v.kind == "emergent"]
        held = sum((v.onset_low or 0) <= 1.42e9 and (v.onset_high or 0) >= 2.77e9 for v in jumps)
        dips = sum(v.dip is not None and 6e9 < v.dip < 7e9 for v in some)
        print(
            f"{shots:2} shots: {len(jumps)} emergent, {held} onsets hold 1.4B to 2.8B, {dips} dips"
        )
    early = Table(measurements.frame.filter(pl.col("params") < 1.5e9))
    for shots in (0, 2, 4, 8, 16):
        some = [v.alarm["2"] for v in judge(early, with_fits=False) if v.shots == shots and v.alarm]
        print(
            f"{shots:2} shots: alarm of a jump by 2.8B: {np.mean(some):.3f} ({len(some)} at chance)"
        )
    keys = [c for c in measurements.frame.columns if c not in PER_ABILITY]
    pooled = measurements.frame.group_by(keys).agg(
        pl.col("value").mean(), pl.col("items").sum(), stderr=pl.lit(None, dtype=pl.Float64),
        ability=pl.lit("arithmetic_addition"),
    )  # fmt: skip
    for v in judge(Table(pooled.select(measurements.frame.columns)), with_fits=False):
        print(v.shots, v.kind, v.explanation)


PER_ABILITY = ("ability", "value", "items", "stderr")


def false_alarms() -> None:
    """Fraction of false alarms, on ladders that start at chance and stay there."""
    for name, bound in (("bigg", 4.1e9), ("pythia", 1.5e9), ("gadre", 4.2e8), ("lmeval_old", 7e9)):
        frame = table(name).frame
        some = judge(Table(frame.filter(pl.col("params") <= bound)), with_fits=False)
        alarms = np.array([v.alarm["10"] for v in some if v.alarm])
        print(f"{name}: {alarms.size} at chance, {(alarms > 0.08).mean():.3f} alarm above .08")


if __name__ == "__main__":
    labels()
    addition()
    false_alarms()
