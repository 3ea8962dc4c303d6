"""The demo: seven decoders from 5 to 163 thousand parameters, three seeds, four abilities.

    upwell run demo            (or: upwell demo, or: make demo)

Four minutes on two free cores. Expect `induction` to emerge between the last rung with one layer
and the first with two, addition to emerge with width, and `language_modeling` to improve steadily.

The text is the documentation that comes with Python (PSF license); the repeated sequences and the
sums are generated.
"""

from __future__ import annotations

from upwell.records import DataSpec, ModelSpec, Study, Train

VOCAB_SIZE = 98
"""Vocabulary size of the tokenizer "ascii"."""

RUNGS = (
    {"width": 16, "depth": 1},
    {"width": 24, "depth": 1, "head_dim": 24},
    {"width": 32, "depth": 1},
    {"width": 32, "depth": 2},
    {"width": 48, "depth": 2},
    {"width": 64, "depth": 2},
    {"width": 80, "depth": 2},
)


def study(tokens: int = 750_000, seeds: int = 3) -> Study:
    """The demo, with a token budget per run and a number of seeds."""
    return Study(
        name="demo",
        question="Which abilities emerge between 5 and 163 thousand parameters?",
        hypothesis=(
            "Induction jumps at the first rung with two layers, because an induction head needs a "
            "head in an earlier layer. Exact sums seem to jump while their log-probability rises "
            "steadily. Bits per byte of text fall steadily."
        ),
        ladder=tuple(
            ModelSpec(
                family="decoder",
                hparams={**rung, "vocab_size": VOCAB_SIZE},
                tokenizer="ascii",
            )
            for rung in RUNGS
        ),
        data=(
            DataSpec(source="repeats", weight=0.22),
            DataSpec(source="arithmetic", options={"digits": "2,3"}, weight=0.68),
            DataSpec(source="pydoc", weight=0.1),
        ),
        recipe=Train(
            context_length=64,
            batch_size=8,
            optimizer="muon",
            learning_rate=0.006,
            embedding_lr=0.01,
        ),
        abilities=("induction", "addition2", "addition3", "language_modeling"),
        seeds=tuple(range(seeds)),
        milestones=tuple(round(tokens * fraction) for fraction in (0.5, 0.75, 1.0)),
        held_out=1,
    )
