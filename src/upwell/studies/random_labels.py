"""Random labels: how much a perceptron memorizes where there is nothing to learn.

    upwell run random_labels
    upwell run random_labels --set labels=true        (the same points, labeled by a rule)

Two minutes on two cores. 1,000 random points of 16 numbers in two classes, 100 epochs, perceptrons
of 2 to 512 hidden units. A textbook reports an accuracy of 0.99 for such a run with 2 units.

Expect `train_examples` (accuracy on the training points) to rise with width, from little above
chance with 2 units to nearly 1 with hundreds. `test_examples` (other points) stays at chance at
every width: memorization is not an ability. With true labels both are high everywhere.
"""

from __future__ import annotations

from upwell.errors import SpecError
from upwell.records import DataSpec, ModelSpec, Study, Train

N_POINTS, N_DIMENSIONS, N_CLASSES = 1000, 16, 2

WIDTHS = (2, 4, 8, 16, 32, 64, 128, 256, 512)

HYPOTHESES = {
    "random": (
        "accuracy on training points rises smoothly with width, from about .6 with 2 units to "
        "above .95 with 512; on held-out points it is chance, .5, at every width; .99 with 2 units "
        "cannot be reached."
    ),
    "true": "accuracy on training points and on others is above .9 at every width.",
}


def study(labels: str = "random", epochs: int = 100, seeds: int = 3) -> Study:
    """The study; `labels` is "random" or "true"."""
    if labels not in HYPOTHESES:
        raise SpecError(f"labels is 'random' or 'true', found {labels!r}")
    return Study(
        name="random_labels" if labels == "random" else "true_labels",
        question="Does a network that classifies its training points correctly have an ability?",
        hypothesis=HYPOTHESES[labels],
        ladder=tuple(
            ModelSpec(
                family="mlp",
                hparams={"inputs": N_DIMENSIONS, "num_classes": N_CLASSES, "width": width},
            )
            for width in WIDTHS
        ),
        data=(
            DataSpec(
                source="random_points", options={"dimensions": N_DIMENSIONS, "labels": labels}
            ),
        ),
        recipe=Train(
            context_length=1,
            batch_size=50,
            optimizer="adamw",
            learning_rate=0.01,
            embedding_lr=0.01,
            decay_fraction=0.5,
        ),
        abilities=("train_examples", "test_examples"),
        seeds=tuple(range(seeds)),
        milestones=(epochs * N_POINTS,),
        axis="width",
        held_out=1,
    )
