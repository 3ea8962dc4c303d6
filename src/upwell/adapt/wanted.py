"""What is asked of one act of adapting, and what is told while it goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ..data.labelled import Columns
from ..errors import SpecError
from ..naming import did_you_mean, listed
from .fresh import is_fresh
from .light import LIGHT
from .recipes import Dials

METHODS = ("auto", "full", *LIGHT, "head")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A model, rows, and what is to become of them."""

    model: str
    """A folder that transformers loads, the name of a package that carries one, or a fresh model
    such as "bert-small"."""

    data: Path
    task: str = "classify"
    method: str = "auto"
    """"auto" tries the head and full tuning, and takes what the development rows prefer."""

    columns: Columns = field(default_factory=Columns)
    dev: Path | None = None
    """Development rows; a share of the data where none are given."""

    test: Path | None = None
    """Rows to score on, which nothing is chosen by."""

    seed: int = 0
    pretrain: int = 0
    """Tokens of the rows' own texts that a fresh model learns to guess hidden words of first."""

    feedback: Path | None = None
    """A journal of what the model said and what was right, to learn from too."""

    unlabelled: Path | None = None
    """Rows that nobody has labelled."""

    pseudo: bool = False
    """Learn from those of them that the model is sure of."""

    suggest: int = 0
    """How many of them to name that had best be labelled next."""

    dials: Dials = field(default_factory=Dials)

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise SpecError(
                f"no method {self.method!r}; there are {listed(METHODS)}"
                + did_you_mean(self.method, METHODS)
            )
        if self.unlabelled is None and (self.pseudo or self.suggest):
            raise SpecError("--pseudo and --suggest need rows to choose from: --unlabelled FILE")
        if self.pretrain and not is_fresh(self.model):
            raise SpecError(
                f"{self.model} has learnt already; what is pretrained first is a fresh model, such "
                "as bert-small"
            )


Tell = Callable[[str], None]
"""Hears one line about what is being done."""
