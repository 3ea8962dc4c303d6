"""Random labels: what a network of the textbook kind does where there is nothing to learn.

    upwell run random_labels
    upwell run random_labels --set labels=true        (the same points, parted by a rule)

Two minutes on two cores. 1,000 random points of 16 numbers in two classes, 100 epochs, perceptrons
of 2 to 512 hidden units. A textbook reports an accuracy of 0.99 for such a run with 2 units. Expect
`memorised` (accuracy on the training points) to rise with width, from little above chance with 2
units to nearly 1 with hundreds, and `held_out` (other points) to stay at chance at every width:
learning by heart is not an ability. With true labels both are high everywhere.
"""

from __future__ import annotations

from upwell.errors import SpecError
from upwell.records import DataSpec, ModelSpec, Study, Train

POINTS, DIMENSIONS, CLASSES = 1000, 16, 2

WIDTHS = (2, 4, 8, 16, 32, 64, 128, 256, 512)

EXPECTED = {
    "random": (
        "accuracy on training points rises smoothly with width, from about .6 with 2 units to "
        "above .95 with 512; on held-out points it is chance, .5, at every width; .99 with 2 units "
        "is not to be had."
    ),
    "true": "accuracy on training points and on others is above .9 at every width.",
}


def study(labels: str = "random", epochs: int = 100, seeds: int = 3) -> Study:
    """The study; `labels` is "random" or "true"."""
    if labels not in EXPECTED:
        raise SpecError(f"labels is 'random' or 'true', found {labels!r}")
    return Study(
        name="random_labels" if labels == "random" else "true_labels",
        question="Does a network that puts its training points into their classes have an ability?",
        expected=EXPECTED[labels],
        ladder=tuple(
            ModelSpec(family="mlp", size={"inputs": DIMENSIONS, "classes": CLASSES, "width": width})
            for width in WIDTHS
        ),
        data=(DataSpec(source="points", options={"dimensions": DIMENSIONS, "labels": labels}),),
        recipe=Train(
            context=1, batch=50, optimiser="adamw", learning_rate=0.01, vector_rate=0.01, decay=0.5
        ),
        abilities=("memorised", "held_out"),
        seeds=tuple(range(seeds)),
        milestones=(epochs * POINTS,),
        axis="width",
        held_out=1,
    )
