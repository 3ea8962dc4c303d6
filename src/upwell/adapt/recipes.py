"""What to learn with where nobody says: sensible for so many rows and so large a model."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..records import Adapt, Train

FEW, MANY = 2000, 20_000
"""Rows up to which each counts, and from which one look at them does most."""

LARGE = 300_000_000
"""Parameters from which low-rank updates are tried before all weights are."""

UNEVEN = 4.0
"""Rows of the most frequent label for one of the rarest, from which labels are weighted."""

SEEN = 5
"""Rows from which a label counts as one of the rarest: fewer may be a mistake."""

HEAVIEST = 10.0
"""Times that a row of a rare label counts for one of the most frequent, at most."""

RATES = {"full": 2e-5, "lora": 3e-4}
LEAST_STEPS = 4


@dataclass(frozen=True)
class Dials:
    """What the user told; None where they leave it to us."""

    rate: float | None = None
    rounds: int | None = None
    batch: int | None = None
    length: int | None = None


def learning(adapt: Adapt, rows: int, dials: Dials) -> tuple[Train, Adapt]:
    """The loop's recipe and the task's, for so many rows."""
    rounds = dials.rounds or (6 if rows <= FEW else 4 if rows <= MANY else 2)
    batch = dials.batch or (16 if rows <= FEW else 32)
    rate = dials.rate or RATES[adapt.method]
    recipe = Train(
        optimiser="adamw",
        learning_rate=rate,
        vector_rate=rate,
        betas=(0.9, 0.999),
        context=1,
        batch=min(batch, rows),
        warmup=0.1,
        decay=1.0,
        checkpoint_seconds=60.0,
    )
    return recipe, replace(adapt, rounds=rounds)


def examples(recipe: Train, adapt: Adapt, rows: int) -> int:
    """Rows seen in all rounds."""
    return max(rows * adapt.rounds, recipe.batch * LEAST_STEPS)
