"""What to fine-tune a model for, and how. Optimizer and schedule stand in the `Train` beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TagScheme = Literal["", "bio", "bioes"]


@dataclass(frozen=True, kw_only=True)
class FinetuneSpec:
    """A fine-tuning task, its labels and its hyperparameters."""

    task: str
    """A task of `upwell.finetune.tasks` ("text-classification", "token-classification"), or the
    dotted path of a module of your own."""

    labels: tuple[str, ...]
    """Names of the labels; a label's id is its index."""

    method: str = "full"
    """How the weights are updated.

    - "full": all weights
    - "lora": low-rank updates of every linear layer (Hu et al. 2021, arXiv 2106.09685)
    - "dora": LoRA with a separate magnitude (Liu et al. 2024, arXiv 2402.09353)
    - "ia3": one factor per activation (Liu et al. 2022, arXiv 2205.05638)
    - "prompt": trained tokens before each text (Lester et al. 2021, arXiv 2104.08691)
    - "linear": a linear classifier on the features of the frozen model
    """

    pooling: str = "own"
    """Input of the head: "mean" over all tokens, or the pooling of the model's "own"."""

    max_length: int = 128
    """Tokens per row; longer rows are truncated, and counted."""

    epochs: int = 4
    """Epochs over which the learning rate falls to zero."""

    patience: int = 2
    """Epochs without a better dev score after which training stops."""

    stop_after_epoch: int | None = None
    """Epoch after which training stops; None to keep the epoch with the best dev score."""

    keep_last: bool = False
    """Keep the last epoch, because there are too few dev rows to compare epochs."""

    lora_rank: int = 8
    """Rank of the updates of LoRA and DoRA, whose scale is 2."""

    head_lr_scale: float = 1.0
    """Multiplier of the learning rate of the head."""

    layer_lr_decay: float = 1.0
    """Learning rate of a layer as a fraction of that of the layer above."""

    label_smoothing: float = 0.0
    """Fraction of the target probability that is spread evenly over all labels."""

    dropout: float | None = None
    """Dropout probability in training; None for that of the model's config."""

    fgm_epsilon: float = 0.0
    """Size of the adversarial perturbation of the inputs, relative to a row's norm; 0 for none.
    The loss is that of clean plus perturbed inputs (FGM; Miyato et al. 2017, arXiv 1605.07725)."""

    null_margin: float = 0.0
    """Margin by which "no answer" must score above the best span to be predicted."""

    augment: bool = True
    """Whether training rows are augmented, for tasks that can."""

    word_dropout: float = 0.0
    """Fraction of the words of a text that are masked, sampled anew in every epoch."""

    tag_scheme: TagScheme = ""
    """Scheme of the tags: "bio", "bioes" or "" for none. Invalid sequences are not predicted."""

    class_weighted: bool = False
    """Whether the loss weights rows such that all labels count the same."""

    l2: float = 1.0
    """L2 penalty of the linear classifier on frozen features."""
