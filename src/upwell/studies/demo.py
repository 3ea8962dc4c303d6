"""The demo: seven decoders from 5 to 163 thousand parameters, three seeds, four abilities.

    upwell run demo            (or: upwell demo, or: make demo)

Four minutes on two free cores. Expect `induction` to well up between the last rung with
one layer and the first with two, `addition` to come with width, and `text` to improve evenly.

The prose is the documentation that comes with every Python (PSF licence); the in-context
sequences and the sums are made.
"""

from __future__ import annotations

from upwell.records import DataSpec, ModelSpec, Study, Train

VOCABULARY = 98
"""Of the tokenizer "ascii"."""

RUNGS = (
    {"width": 16, "depth": 1},
    {"width": 24, "depth": 1, "head": 24},
    {"width": 32, "depth": 1},
    {"width": 32, "depth": 2},
    {"width": 48, "depth": 2},
    {"width": 64, "depth": 2},
    {"width": 80, "depth": 2},
)


def study(tokens: int = 750_000, seeds: int = 3) -> Study:
    """The demo, or a shorter or longer one of the same shape."""
    return Study(
        name="demo",
        question="Which abilities well up between 5 and 163 thousand parameters?",
        expected=(
            "induction jumps at the first rung with two layers, because an induction head needs a "
            "head of an earlier layer; exact sums look sudden while their log-probability rises "
            "evenly; bits per byte of prose fall evenly."
        ),
        ladder=tuple(
            ModelSpec(
                family="decoder",
                size={**rung, "vocabulary": VOCABULARY},
                tokenizer="ascii",
            )
            for rung in RUNGS
        ),
        data=(
            DataSpec(source="repeats", share=0.22),
            DataSpec(source="sums", options={"digits": "2,3"}, share=0.68),
            DataSpec(source="pydoc", share=0.1),
        ),
        recipe=Train(context=64, batch=8, optimiser="muon", learning_rate=0.006, vector_rate=0.01),
        abilities=("induction", "addition2", "addition3", "text"),
        seeds=tuple(range(seeds)),
        milestones=tuple(round(tokens * share) for share in (0.5, 0.75, 1.0)),
        held_out=1,
    )
