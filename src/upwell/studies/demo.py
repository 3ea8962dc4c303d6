"""The demo: eight decoders from 1 to 107 thousand parameters, three seeds, four abilities.

    upwell run demo            (or: upwell demo, or: make demo)

About seven minutes on two cores. All models have two layers; only their width grows. What is
expected of each ability is in `EXPECTED`, and the output says which verdicts are as expected.

The sums and the facts are generated. The text is the documentation that comes with Python (PSF
license).
"""

from __future__ import annotations

from upwell.records import DataSpec, ModelSpec, Study, Train

VOCAB_SIZE = 98
"""Vocabulary size of the tokenizer "ascii"."""

WIDTHS = (4, 8, 12, 16, 24, 32, 48, 64)
DEPTH = 2
NUM_HEADS = 2

EXPECTED = {
    "reversed_addition2": "emergent",
    "facts": "metric-made",
    "language_modeling": "smooth",
    "unknown_facts": "flat",
}
"""Kind of the verdict on each ability."""


def study(tokens: int = 1_100_000, seeds: int = 3, first_seed: int = 0) -> Study:
    """The demo, with a token budget per run, and its seeds."""
    return Study(
        name="demo",
        question="Which abilities emerge between 1 and 107 thousand parameters?",
        hypothesis=(
            "Sums that training never showed are guessed below some width and solved above it, "
            "also by their probability: emergent. Facts of ten digits seem to jump when whole "
            "numbers are counted, while the probability of the digits rises with every width: "
            "metric-made. Text is predicted a little better by each larger model: smooth. Facts "
            "that training never tells stay at chance: flat."
        ),
        ladder=tuple(
            ModelSpec(
                family="decoder",
                hparams={
                    "width": width,
                    "depth": DEPTH,
                    "head_dim": width // NUM_HEADS,
                    "vocab_size": VOCAB_SIZE,
                },
                tokenizer="ascii",
            )
            for width in WIDTHS
        ),
        data=(
            DataSpec(
                source="arithmetic", options={"digits": 2, "last_digit_first": 1}, weight=0.65
            ),
            DataSpec(source="facts", options={"count": 60, "digits": 10}, weight=0.2),
            DataSpec(source="pydoc", weight=0.15),
        ),
        recipe=Train(
            context_length=64,
            batch_size=16,
            optimizer="muon",
            learning_rate=0.006,
            embedding_lr=0.01,
        ),
        abilities=tuple(EXPECTED),
        seeds=tuple(range(first_seed, first_seed + seeds)),
        milestones=(tokens,),
        held_out=1,
        expected=EXPECTED,
    )
