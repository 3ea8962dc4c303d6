"""How a model comes to be: what is asked for, what is planned, what exists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Dials = Mapping[str, int | float | str]


@dataclass(frozen=True, kw_only=True)
class ModelSpec:
    """A model that could be built: one rung of a ladder."""

    family: str
    """A file of `upwell.models` ("decoder", "toy"), or a module path of your own."""

    size: Dials
    """The family's dials, e.g. {"width": 64, "depth": 2}."""

    tokenizer: str | None = None
    """Name of the tokenizer; None for families that read no text."""


@dataclass(frozen=True, kw_only=True)
class DataSpec:
    """Rows to learn from. Several of them make a mixture, weighted by `share`."""

    source: str
    """A file of `upwell.data.sources`, or a module path of your own."""

    options: Dials = field(default_factory=dict)
    """What the source wants to know, e.g. {"digits": 2} or {"path": "books/"}."""

    split: str = "train"
    """"train" or "test"; rows are split by the hash of their content."""

    limit: int | None = None
    """At most this many rows, or tasks where a source makes tasks; None for all."""

    revision: str | None = None
    """sha256 of the source's content; None where a generator makes the rows."""

    share: float = 1.0
    """Weight in the mixture, relative to the other sources."""


@dataclass(frozen=True, kw_only=True)
class Train:
    """The recipe of one training run. Rates are those of the base shape.

    Width and depth are transferred (muP: Yang et al. 2022, arXiv 2203.03466;
    depth by CompleteP: Dey et al. 2025, arXiv 2505.01618), so one recipe serves
    every rung of a ladder.
    """

    optimiser: str = "muon"
    """"muon" (Muon on matrices, AdamW on the rest), "adamw", or "sgd" (Nesterov momentum)."""

    learning_rate: float = 0.006
    """Of the matrices, at the base shape."""

    vector_rate: float = 0.01
    """AdamW's rate for embeddings, head and norms when Muon has the matrices."""

    weight_decay: float = 0.0
    """Decoupled from the gradient (Loshchilov & Hutter 2019, arXiv 1711.05101)."""

    betas: tuple[float, float] = (0.9, 0.95)
    """AdamW's; the first is the momentum of "sgd"."""

    l1: float = 0.0
    l2: float = 0.0
    """Penalties on matrices, l1 |w| + l2/2 w^2: their gradients are *added* to the loss's."""

    dropout: float = 0.0
    """Share of hidden activations set to zero in training, by families that have dropout."""

    label_smoothing: float = 0.0
    """Share of each target's probability that training spreads over all tokens, by families that
    have it (Szegedy et al. 2016, arXiv 1512.00567)."""

    context: int = 64
    """Tokens in a sequence; 1 where a row is a single example, such as an image."""

    batch: int = 8
    """Rows in an optimiser step."""

    accumulate: int = 1
    """Parts that the batch is computed in; more parts, less memory."""

    warmup: float = 0.02
    """Share of the longest budget over which the rate rises to its peak."""

    decay: float = 0.2
    """Share of each budget over which the rate falls to zero (WSD schedule)."""

    clip: float = 1.0
    """Largest norm of the gradient; above it the gradient is scaled down."""

    spike: float = 3.0
    """A loss above this many times the greatest recent one is rolled back."""

    base_width: int = 64
    base_depth: int = 2

    checkpoint_seconds: float = 10.0
    """Time between checkpoints; a killed run loses at most this much."""

    @property
    def unit(self) -> str:
        """What training counts: a "token", or an "example" where a row is a single one."""
        return "example" if self.context == 1 else "token"


Scheme = Literal["", "bio", "bioes"]


@dataclass(frozen=True, kw_only=True)
class Adapt:
    """What a model is to learn from labelled rows. How fast is told by the `Train` beside it."""

    task: str
    """A file of `upwell.adapt.tasks` ("classify", "tag"), or a module path of your own."""

    labels: tuple[str, ...]
    """What each number of a label stands for."""

    method: str = "full"
    """"full" (every weight), "lora" (low-rank updates of every linear map: Hu et al. 2021, arXiv
    2106.09685), "dora" (the same for directions, with lengths learnt apart: Liu et al. 2024, arXiv
    2402.09353), "ia3" (a factor for every output: Liu et al. 2022, arXiv 2205.05638), "prompt"
    (tokens before each text: Lester et al. 2021, arXiv 2104.08691), or "head" (the model frozen, a
    linear map learnt on what it makes of a row)."""

    pooling: str = "own"
    """What the head reads: "mean" of all tokens, or the model's "own" way."""

    length: int = 128
    """Most tokens of a row; longer ones are cut, and counted."""

    rounds: int = 4
    """Times that every row is seen while the rate falls to zero."""

    patience: int = 2
    """Rounds without a better development score after which training stops."""

    keep: int | None = None
    """Stop after this round; None to keep the round that is best on the development rows."""

    last: bool = False
    """Keep the last round: the development rows are too few to tell one from another."""

    rank: int = 8
    """Of LoRA's and DoRA's updates, which are scaled by two."""

    head_rate: float = 1.0
    """Multiplier of the head's learning rate."""

    layer_decay: float = 1.0
    """Each layer learns at this share of the rate of the one above it."""

    smoothing: float = 0.0
    """Share of the target that is spread evenly over all labels."""

    dropout: float | None = None
    """Probability that a value is dropped in training; None for what the model says."""

    adversarial: float = 0.0
    """Length of the step, against the loss, on what the model is shown, as a share of a row's own
    length: it learns from both (the fast gradient method of Miyato et al. 2017, arXiv 1605.07725).
    0 for none."""

    margin: float = 0.0
    """By how much no answer has to be likelier than the likeliest to be what is said."""

    augment: bool = True
    """Whether rows to learn from are varied, where the task knows how."""

    hide: float = 0.0
    """Share of the words of a text that are hidden, others each time, while rows are varied."""

    scheme: Scheme = ""
    """What tags keep to: "bio" (what is inside an entity follows its beginning), "bioes" (what has
    begun also ends), or "" for neither. What breaks it is never said."""

    weighted: bool = False
    """Whether rare labels count more, so that all labels count alike."""

    penalty: float = 1.0
    """L2 penalty of the linear map that is fitted on frozen features."""


@dataclass(frozen=True, kw_only=True)
class Study:
    """A question, and everything that is needed to answer it with measurements."""

    name: str
    question: str
    expected: str
    """What the author expects, written before anything ran."""

    ladder: tuple[ModelSpec, ...]
    """The rungs, smallest first."""

    data: tuple[DataSpec, ...] = ()
    recipe: Train = field(default_factory=Train)
    abilities: tuple[str, ...] = ()
    """Files of `upwell.abilities`, or module paths of your own."""

    shots: tuple[int, ...] = (0,)
    """Numbers of examples in the prompt."""

    seeds: tuple[int, ...] = (0,)
    rows: tuple[int, ...] = ()
    """Sizes of the training set, rising: every rung is trained on the first so many rows (or
    tasks) of each source. Empty for one training set, as `data` gives it."""

    milestones: tuple[int, ...] = ()
    """Token budgets, rising; every model is annealed and asked at each of them. Where a row is
    a single example, a token is an example seen."""

    axis: str = "params"
    """The scale that abilities are held against: params, tokens, flops, rows, loss, ..."""

    held_out: int = 1
    """Largest rungs (sizes of the training set along "rows") that are forecast before they are
    run, and graded after."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One act of making: one rung, one seed, all milestones."""

    id: str
    """Readable name with the hash of the specification and of the code as its tail."""

    study: str
    recipe: Train
    model: ModelSpec
    data: tuple[DataSpec, ...]
    seed: int
    milestones: tuple[int, ...]
    abilities: tuple[str, ...]
    shots: tuple[int, ...]
    code: str
    """Version of the code that makes numbers; a change of it makes a new run."""

    parent: str | None = None
    """Id of the ModelRef this run starts from; None for a fresh model."""

    adapt: Adapt | None = None
    """What the parent is adapted to; None where nothing is."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a run, or all of them, will take. Estimates, made before anything runs."""

    flops: float
    seconds: float
    """Wall-clock seconds on the workers that the plan was made for."""

    bytes: int
    """Disk space."""

    memory: int
    """Bytes of memory of the largest worker."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The runs of a study and their cost."""

    study: Study
    runs: tuple[Run, ...]
    costs: tuple[Cost, ...]
    """One per run, in the order of `runs`."""

    workers: int
    cost: Cost
    """Of all the runs together."""

    smallest_jump: float
    """Smallest jump of an accuracy between two rungs that the items and seeds could show."""

    forecast_width: float | None = None
    """Least width of a 90 % forecast interval of an accuracy, from item and seed noise."""


@dataclass(frozen=True, kw_only=True)
class ModelRef:
    """A model that exists, and how it came to be."""

    id: str
    run: str
    spec: ModelSpec
    made_by: str
    """The act: "train", "adapt", later "compress"; "init" for an untrained control, "given" for
    a model of others."""

    seed: int
    params: int
    """All parameters, embeddings counted once."""

    tokens: int
    """Training tokens seen; examples, where a row is a single example."""

    flops: float
    """Training compute of this model alone, 6 x params x tokens unless the family counts better."""

    bytes: int
    """Size of the weights."""

    weights: str | None
    """sha256 of the weights; None for a model that has none."""

    code: str
    parent: str | None = None
    loss: float | None = None
    """Mean training loss (nats per token) over the last tenth of the run."""

    study: str | None = None


@dataclass(frozen=True, kw_only=True)
class Progress:
    """A moment of a training run: a line of its learning curve, or an incident."""

    run: str
    branch: int
    """0 for the trunk; otherwise the token budget that the branch anneals to."""

    step: int
    tokens: int
    loss: float | None
    """Mean loss since the last line (nats per token of a language model); None when it was not
    finite."""

    rate: float
    """Learning rate as a share of its peak."""

    gradient: float | None
    """Norm of the gradient before clipping."""

    seconds: float
    """Time spent in this process so far."""

    event: str | None = None
    """What went wrong, if anything: "spike", "nan"; None for an ordinary line."""

    parts: Mapping[str, float] = field(default_factory=dict)
    """Means of the losses that `loss` is the sum of, where a family has several."""
