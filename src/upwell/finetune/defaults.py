"""Default hyperparameters, from the number of rows and the size of the model."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..records import FinetuneSpec, Train

SMALL_DATASET_ROWS, LARGE_DATASET_ROWS = 2000, 20_000
"""Datasets up to these sizes get 6 and 4 epochs. Larger ones get 2."""

TINY_DATASET_ROWS, TINY_DATASET_EPOCHS = 200, 20
"""Up to this size the dev rows are too few to select an epoch. Training always runs this many
epochs and keeps the last (Mosbach et al. 2021, arXiv 2006.04884)."""

LORA_MIN_PARAMS = 300_000_000
"""Models from this size on are tuned with LoRA unless the user asks for another method."""

IMBALANCE_RATIO = 4.0
"""Classes are weighted when the most frequent label has this many times the rows of the rarest."""

MIN_CLASS_ROWS = 5
"""Labels with fewer rows do not count as the rarest: they may be mistakes."""

MAX_CLASS_WEIGHT = 10.0
"""Upper bound of the weight of a rare label, relative to the most frequent one."""

LEARNING_RATES = {"full": 2e-5, "lora": 3e-4, "dora": 3e-4, "ia3": 3e-3, "prompt": 3e-2}

SCRATCH_LEARNING_RATE = 5e-4
SCRATCH_BATCH_SIZE = 16
SCRATCH_STEPS, SCRATCH_EPOCHS_RANGE = 4000, (6, 60)
"""Steps for a scratch model, within this range of epochs. It improves late, as the learning rate
falls, so there is no early stopping."""

SCRATCH_WORD_DROPOUT = 0.15
"""Default word dropout of a scratch model."""

MIN_STEPS = 4


@dataclass(frozen=True)
class FinetuneHyperparameters:
    """Hyperparameters set by the user. None means: derive a default."""

    learning_rate: float | None = None
    """Peak learning rate."""

    epochs: int | None = None
    batch_size: int | None = None
    """Rows of a step."""

    max_length: int | None = None
    """Most tokens, samples or pixels of a row, as the task counts them."""

    l1: float = 0.0
    l2: float = 0.0
    """L1 and L2 penalties on the weights."""

    label_smoothing: float = 0.0
    """Share of the target that is spread evenly over all labels."""

    dropout: float | None = None
    """Dropout probability. None keeps the model's own."""

    fgm_epsilon: float = 0.0
    """Relative length of the adversarial step. 0 for none."""

    layer_lr_decay: float = 1.0
    """Learning rate of a layer, relative to the layer above."""

    augment: bool = True
    """Whether training rows are augmented, where the task supports it."""

    word_dropout: float | None = None
    """Share of the words masked during training."""


def default_recipe(
    spec: FinetuneSpec,
    rows: int,
    hyperparameters: FinetuneHyperparameters,
    *,
    from_scratch: bool = False,
    scratch_batch_size: int = SCRATCH_BATCH_SIZE,
) -> tuple[Train, FinetuneSpec]:
    """The training recipe and the resolved spec for a dataset of `rows` training rows.

    `from_scratch` is for models without pretraining, which train longer, at a higher learning rate
    and with `scratch_batch_size` rows a step.
    """
    is_tiny = rows <= TINY_DATASET_ROWS and not from_scratch
    epochs = hyperparameters.epochs or (
        _scratch_epochs(rows) if from_scratch else _default_epochs(rows)
    )
    default_batch_size = SCRATCH_BATCH_SIZE if rows <= SMALL_DATASET_ROWS else 32
    batch_size = hyperparameters.batch_size or (
        scratch_batch_size if from_scratch else default_batch_size
    )
    learning_rate = hyperparameters.learning_rate or (
        SCRATCH_LEARNING_RATE
        if from_scratch and spec.method == "full"
        else LEARNING_RATES[spec.method]
    )
    word_dropout = hyperparameters.word_dropout
    if word_dropout is None:
        word_dropout = SCRATCH_WORD_DROPOUT if from_scratch else 0.0
    recipe = Train(
        optimizer="adamw",
        learning_rate=learning_rate,
        embedding_lr=learning_rate,
        betas=(0.9, 0.999),
        context_length=1,
        batch_size=min(batch_size, rows),
        l1=hyperparameters.l1,
        l2=hyperparameters.l2,
        warmup_fraction=0.1,
        decay_fraction=1.0,
        checkpoint_seconds=60.0,
    )
    resolved_spec = replace(
        spec,
        epochs=epochs,
        patience=epochs if from_scratch else spec.patience,
        keep_last=is_tiny,
        label_smoothing=hyperparameters.label_smoothing,
        dropout=hyperparameters.dropout,
        fgm_epsilon=hyperparameters.fgm_epsilon,
        layer_lr_decay=hyperparameters.layer_lr_decay,
        augment=hyperparameters.augment,
        word_dropout=word_dropout,
    )
    return recipe, resolved_spec


def total_examples(recipe: Train, spec: FinetuneSpec, rows: int) -> int:
    """Training examples over all epochs; a row counts once an epoch."""
    return max(rows * spec.epochs, recipe.batch_size * MIN_STEPS)


def _default_epochs(rows: int) -> int:
    if rows <= TINY_DATASET_ROWS:
        return TINY_DATASET_EPOCHS
    if rows <= SMALL_DATASET_ROWS:
        return 6
    return 4 if rows <= LARGE_DATASET_ROWS else 2


def _scratch_epochs(rows: int) -> int:
    min_epochs, max_epochs = SCRATCH_EPOCHS_RANGE
    return min(max_epochs, max(min_epochs, SCRATCH_STEPS * SCRATCH_BATCH_SIZE // max(1, rows)))
