"""What to learn with where nobody says: sensible for so many rows and so large a model."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..records import Adapt, Train

FEW, MANY = 2000, 20_000
"""Rows up to which each counts, and from which one look at them does most."""

SCARCE, SCARCE_ROUNDS = 200, 20
"""Rows up to which what is held back cannot tell one round from another: so many are made, and the
last is kept, when the rate has fallen to nothing (Mosbach et al. 2021, arXiv 2006.04884)."""

LARGE = 300_000_000
"""Parameters from which low-rank updates are tried before all weights are."""

UNEVEN = 4.0
"""Rows of the most frequent label for one of the rarest, from which labels are weighted."""

SEEN = 5
"""Rows from which a label counts as one of the rarest: fewer may be a mistake."""

HEAVIEST = 10.0
"""Times that a row of a rare label counts for one of the most frequent, at most."""

RATES = {"full": 2e-5, "lora": 3e-4, "dora": 3e-4, "ia3": 3e-3, "prompt": 3e-2}

FRESH_RATE, FRESH_BATCH, FRESH_STEPS, FRESH_ROUNDS = 5e-4, 16, 4000, (6, 60)
"""Of a small model that was made for the rows: so many steps in all, within bounds of rounds. It
gets better late, when the rate falls, so all of them are made."""

FRESH_HIDE = 0.15
"""Share of the words that are hidden from one that has few texts to learn every word from."""

LEAST_STEPS = 4


@dataclass(frozen=True)
class Dials:
    """What the user told; None where they leave it to us."""

    rate: float | None = None
    rounds: int | None = None
    batch: int | None = None
    length: int | None = None
    l1: float = 0.0
    l2: float = 0.0
    smoothing: float = 0.0
    dropout: float | None = None
    adversarial: float = 0.0
    layer_decay: float = 1.0
    augment: bool = True
    hide: float | None = None


def learning(
    adapt: Adapt, rows: int, dials: Dials, *, fresh: bool = False, fresh_batch: int = FRESH_BATCH
) -> tuple[Train, Adapt]:
    """The loop's recipe and the task's, for so many rows and a model that is `fresh` or knows
    something; `fresh_batch` is how many rows of the task a fresh one sees in a step."""
    scarce = rows <= SCARCE and not fresh
    usual = SCARCE_ROUNDS if scarce else 6 if rows <= FEW else 4 if rows <= MANY else 2
    least, most = FRESH_ROUNDS
    long = min(most, max(least, FRESH_STEPS * FRESH_BATCH // max(1, rows)))
    rounds = dials.rounds or (long if fresh else usual)
    batch = dials.batch or (fresh_batch if fresh else FRESH_BATCH if rows <= FEW else 32)
    rate = dials.rate or (FRESH_RATE if fresh and adapt.method == "full" else RATES[adapt.method])
    recipe = Train(
        optimiser="adamw",
        learning_rate=rate,
        vector_rate=rate,
        betas=(0.9, 0.999),
        context=1,
        batch=min(batch, rows),
        l1=dials.l1,
        l2=dials.l2,
        warmup=0.1,
        decay=1.0,
        checkpoint_seconds=60.0,
    )
    told = replace(
        adapt,
        rounds=rounds,
        patience=rounds if fresh else adapt.patience,
        last=scarce,
        smoothing=dials.smoothing,
        dropout=dials.dropout,
        adversarial=dials.adversarial,
        layer_decay=dials.layer_decay,
        augment=dials.augment,
        hide=dials.hide if dials.hide is not None else FRESH_HIDE if fresh else 0.0,
    )
    return recipe, told


def examples(recipe: Train, adapt: Adapt, rows: int) -> int:
    """Rows seen in all rounds."""
    return max(rows * adapt.rounds, recipe.batch * LEAST_STEPS)
