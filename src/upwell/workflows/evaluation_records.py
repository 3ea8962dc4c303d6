"""Records of `upwell eval`: what to evaluate and how, scores, gains, progress."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeAlias

from .documents import build_document
from .result_objects import ResultSet

Truncation: TypeAlias = Literal["left", "right", "error"]
"""What to cut from a prompt that is too long; "error" gives a reason instead of an answer.

The same as `models.lm.hf_base.Truncation`, which loads torch.
"""

GIGABYTE = 1 << 30

TASK_FILE_SUFFIXES = (".yaml", ".yml", ".json")

ALL_TEMPLATES = "all"
"""Name that stands for every template of a task."""

WRONG_LABELS_SUFFIX = ", wrong labels"
"""End of the ability's name for scores with wrong few-shot labels."""

GainKind: TypeAlias = Literal["fewshot", "wrong_labels", "labels"]
"""fewshot: examples against none. wrong_labels: examples with wrong labels against none.
labels: true labels in the examples against wrong ones."""


@dataclass(frozen=True, kw_only=True)
class EvalConfig:
    """What to evaluate, and how."""

    models: tuple[str, ...]
    """Folders for transformers, models of a study (out/demo/MODEL), or of the hub (ORG/NAME)."""

    tasks: tuple[str, ...]
    """Task files (.yaml, .json) and names of abilities."""

    num_fewshot: tuple[int, ...] | None = None
    """Numbers of few-shot examples; None for the one in each task file, otherwise 0."""

    fewshot_draws: int = 1
    """Draws of few-shot examples. Scores average over them."""

    fewshot_orders: int = 1
    """Orders of the same examples. Scores average over them."""

    templates: tuple[str, ...] = ()
    """Prompt templates of the task files; `("all",)` for every one. Scores average over them."""

    wrong_labels: bool = False
    """Whether to evaluate a second time with wrong labels in the examples."""

    fewshot_per_item: bool = False
    """Whether every row gets examples of its own, instead of all rows the same."""

    lm_eval_fewshot: bool = False
    """Whether to draw the same examples as lm-eval-harness."""

    seed: int | None = None
    """Random seed of the few-shot draws; None for the default."""

    data_dir: Path | None = None
    """Folder that rows may be read from, besides the folders of the task files."""

    limit: int | None = None
    """Number of rows of each task file, from the first; None for all."""

    truncation: Truncation = "left"
    memory: int = GIGABYTE
    """Bytes to use besides the weights. The batch size follows from it."""

    output_dir: Path = Path("out/eval")
    """Folder of the cached answers."""

    lm_eval_json: Path | None = None
    """Folder for results in the format of lm-eval-harness."""


@dataclass(frozen=True, kw_only=True)
class EvalScore:
    """One metric of one model on one task, at one number of few-shot examples."""

    model: str
    revision: str | None
    """Commit on the hub; None for a model from elsewhere."""

    params: int
    ability: str
    """Name of the task or ability; ends in ", wrong labels" for wrong few-shot labels."""

    shots: int
    metric: str
    value: float | None
    reason: str | None
    """Why there is no value; None when there is one."""

    stderr: float | None
    """Over items, and over draws, orders and templates where there are several."""

    chance: float | None = None
    ceiling: float | None = None
    items: int
    """Items with an answer."""

    missing: int
    """Answers with a reason instead of a response."""

    reasons: Mapping[str, int]
    """Why answers are missing, with the number for each reason, the most frequent first."""

    truncated: int = 0
    """Answers whose prompt was cut to fit the model."""

    variances: Mapping[str, float] | None = None
    """Variance of items, draws, orders, templates and the rest; None for one condition."""

    levels: Mapping[str, int] | None = None
    """Number of items, draws, orders and templates; None for one condition."""


@dataclass(frozen=True, kw_only=True)
class EvalGain:
    """Paired difference of a metric between two conditions on the same items."""

    kind: GainKind
    model: str
    ability: str
    metric: str
    shots: int
    value: float
    interval_low: float | None
    """Limits of the 90 % interval; None where no item differs."""

    interval_high: float | None
    items: int


@dataclass(frozen=True, repr=False)
class EvalResult(ResultSet):
    """Scores of all models and tasks, and the gains from few-shot examples."""

    scores: Sequence[EvalScore]
    gains: Sequence[EvalGain] = ()
    notes: Sequence[str] = ()
    """Settings that do not apply to a task, keys of task files without effect, and models that are
    read in a slower way."""

    columns: ClassVar = (
        "ability", "model", "shots", "metric", "value", "stderr", "items", "missing", "truncated",
    )  # fmt: skip

    @property
    def records(self) -> Sequence[EvalScore]:  # type: ignore[override]
        """The scores."""
        return self.scores

    def document(self) -> dict[str, Any]:
        """The JSON of `upwell eval`."""
        return build_document(
            "evaluation",
            gains=[asdict(gain) for gain in self.gains],
            notes=list(self.notes),
            rows=[asdict(score) for score in self.scores],
        )

    def _summary(self) -> str:
        return f"{len(self.scores)} scores, {len(self.gains)} gains"


@dataclass(frozen=True, kw_only=True)
class EvalProgress:
    """How far one model is on one task."""

    model: str
    task: str
    unit: Literal["rows", "tokens"]
    done: int
    total: int


EvalProgressFn: TypeAlias = Callable[[EvalProgress], None]
