"""Models and their training: what is asked for, what is planned, what exists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .finetune import FinetuneSpec

HParams = Mapping[str, int | float | str]


@dataclass(frozen=True, kw_only=True)
class ModelSpec:
    """An architecture with its hyperparameters: one rung of a ladder."""

    family: str
    """A family of `upwell.models.families` ("decoder", "toy"), or the dotted path of a module of
    your own."""

    hparams: HParams
    """Hyperparameters of the family, e.g. {"width": 64, "depth": 2}."""

    tokenizer: str | None = None
    """Name of the tokenizer; None for families that read no text."""


@dataclass(frozen=True, kw_only=True)
class DataSpec:
    """One source of training rows. Several of them make a mixture."""

    source: str
    """A source of `upwell.data.sources`, or the dotted path of a module of your own."""

    options: HParams = field(default_factory=dict)
    """Options of the source, e.g. {"digits": 2} or {"path": "books/"}."""

    split: str = "train"
    """"train" or "test"; the hash of its content puts a row into one of them."""

    limit: int | None = None
    """Maximum number of rows, or of tasks for a source of tasks; None for all."""

    revision: str | None = None
    """sha256 of the source's content; None for a source that generates its rows."""

    weight: float = 1.0
    """Weight in the mixture, relative to the other sources."""


@dataclass(frozen=True, kw_only=True)
class Train:
    """The recipe of a training run. Learning rates are those of the base shape.

    They are transferred to other widths (muP; Yang et al. 2022, arXiv 2203.03466) and depths
    (CompleteP; Dey et al. 2025, arXiv 2505.01618). One recipe serves every rung of a ladder.
    """

    optimizer: str = "muon"
    """"muon" (Muon on matrices, AdamW on the rest), "adamw", or "sgd" (Nesterov momentum)."""

    learning_rate: float = 0.006
    """Peak learning rate of matrices, at the base shape."""

    embedding_lr: float = 0.01
    """Peak learning rate of embeddings, norms and biases."""

    weight_decay: float = 0.0
    """Decoupled weight decay (Loshchilov & Hutter 2019, arXiv 1711.05101)."""

    betas: tuple[float, float] = (0.9, 0.95)
    """AdamW's betas; the first one is the momentum of "sgd"."""

    l1: float = 0.0
    l2: float = 0.0
    """Penalties l1 |w| + l2/2 w^2 of matrices: their gradients are added to that of the loss."""

    dropout: float = 0.0
    """Dropout probability of hidden activations, in families that have dropout."""

    label_smoothing: float = 0.0
    """Fraction of the target probability that is spread over all tokens, in families that have it
    (Szegedy et al. 2016, arXiv 1512.00567)."""

    context_length: int = 64
    """Tokens per sequence; 1 where a row is a single example, such as an image."""

    batch_size: int = 8
    """Rows per optimizer step."""

    grad_accumulation: int = 1
    """Micro-batches per optimizer step; more of them need less memory."""

    warmup_fraction: float = 0.02
    """Fraction of the longest budget over which the learning rate rises to its peak."""

    decay_fraction: float = 0.2
    """Fraction of each budget over which the learning rate falls to zero (WSD schedule)."""

    max_grad_norm: float = 1.0
    """Norm above which the gradient is scaled down to it."""

    spike_factor: float = 3.0
    """A loss above this multiple of the largest recent loss is rolled back."""

    base_width: int = 64
    base_depth: int = 2
    """Shape that the learning rates are given for."""

    checkpoint_seconds: float = 10.0
    """Seconds between checkpoints; a killed run loses at most these."""

    @property
    def unit(self) -> str:
        """What `tokens` count: "token", or "example" where a row is a single example."""
        return "example" if self.context_length == 1 else "token"


@dataclass(frozen=True, kw_only=True)
class Study:
    """A question, and the models and measurements that answer it."""

    name: str
    question: str
    hypothesis: str
    """What the author expects, written before anything ran."""

    ladder: tuple[ModelSpec, ...]
    """The rungs, smallest first."""

    data: tuple[DataSpec, ...] = ()
    recipe: Train = field(default_factory=Train)
    abilities: tuple[str, ...] = ()
    """Abilities of `upwell.evaluation.builtin`, or dotted paths of modules of your own."""

    shots: tuple[int, ...] = (0,)
    """Numbers of few-shot examples in the prompt."""

    seeds: tuple[int, ...] = (0,)
    train_sizes: tuple[int, ...] = ()
    """Training set sizes, increasing. Every rung is trained on the first rows (or tasks) of each
    source, once for each size. Empty for all rows that `data` gives."""

    milestones: tuple[int, ...] = ()
    """Token budgets, increasing. At each of them the learning rate is annealed and the model is
    evaluated. Where a row is a single example, examples are counted instead of tokens."""

    axis: str = "params"
    """Scale to judge abilities along: params, tokens, flops, train_rows, loss or another column."""

    held_out: int = 1
    """Number of largest rungs (training set sizes along "train_rows") that are forecast before
    they run and graded after."""

    expected: Mapping[str, str] = field(default_factory=dict)
    """Kind of the verdict that the author expects of an ability, one of `VERDICT_KINDS`. Abilities
    without one are not checked."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """The training of one model with one seed, through all milestones."""

    id: str
    """Readable name that ends in the hash of the specification and of the code."""

    study: str
    recipe: Train
    model: ModelSpec
    data: tuple[DataSpec, ...]
    seed: int
    milestones: tuple[int, ...]
    abilities: tuple[str, ...]
    shots: tuple[int, ...]
    code_version: str
    """Version of the code that makes numbers; a change of it makes a new run."""

    parent: str | None = None
    """Id of the ModelRef this run starts from; None for training from scratch."""

    finetune: FinetuneSpec | None = None
    """How the parent is fine-tuned; None for other runs."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Resources of one run or of all of them, estimated before anything runs."""

    flops: float
    seconds: float
    """Wall-clock seconds on the planned number of workers."""

    disk_bytes: int
    memory_bytes: int
    """Memory of the largest worker."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The runs of a study and their cost."""

    study: Study
    runs: tuple[Run, ...]
    costs: tuple[Cost, ...]
    """One per run, in the order of `runs`."""

    workers: int
    total_cost: Cost
    """Cost of all runs together."""

    smallest_jump: float
    """Smallest jump of an accuracy between two rungs that the items and seeds can detect."""

    forecast_width: float | None = None
    """Minimum width of a 90 % forecast interval of an accuracy, from item and seed noise; None
    where nothing is held out."""


@dataclass(frozen=True, kw_only=True)
class ModelRef:
    """A model that exists, and how it came to be."""

    id: str
    run: str
    spec: ModelSpec
    created_by: str
    """"train", "finetune", later "compress"; "init" for an untrained control, "external" for a
    model that others trained."""

    seed: int
    params: int
    """All parameters, embeddings counted once."""

    tokens: int
    """Training tokens seen; examples, where a row is a single example."""

    flops: float
    """Training compute of this model: 6 x params x tokens, unless the family counts better."""

    bytes: int
    """Size of the weights."""

    weights_sha256: str | None
    """sha256 of the weights; None for a model without weights."""

    code_version: str
    parent: str | None = None
    """Id of the model it was fine-tuned from."""

    loss: float | None = None
    """Mean training loss (nats per token) over the last tenth of the run."""

    study: str | None = None


@dataclass(frozen=True, kw_only=True)
class TrainLogEntry:
    """A line of the training log: means since the last line, or an incident."""

    run: str
    branch: int
    """0 for the trunk; otherwise the token budget that the branch anneals to."""

    step: int
    tokens: int
    loss: float | None
    """Mean loss since the last line (nats per token of a language model); None when it was not
    finite."""

    lr_fraction: float
    """Learning rate as a fraction of its peak."""

    grad_norm: float | None
    """Norm of the gradient before clipping."""

    seconds: float
    """Seconds since this process began to train."""

    event: str | None = None
    """"spike" or "nan" for an incident; None for an ordinary line."""

    loss_components: Mapping[str, float] = field(default_factory=dict)
    """Means of the terms of the loss, for families with several."""
