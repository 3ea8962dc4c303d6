"""Models that have learnt nothing yet, made to the measure of the rows: one file a kind.

A name such as "bert-small" says the file, `fresh/bert.py`, and one of its SIZES. What is made is a
folder like any other that is given, so all that follows knows no difference. The same rows and seed
make the same weights; a folder that is whole is not made again.

A file has SIZES, READS (what rows it reads: "words", "images", "sounds") and
make(order, folder), which writes config, weights and what reads rows into an empty folder.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from types import ModuleType
from typing import Any

from transformers.utils.logging import disable_progress_bar

from ...data.labelled import Labelled
from ...errors import SpecError
from ...naming import did_you_mean, files_in, listed, module_named
from ...records import Progress, fingerprint
from ..identity import code_version

Watch = Callable[[Progress, int, int], None]
"""Hears how a pretraining goes: a moment, the steps in all, the rows of a step."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be made, and from what."""

    size: Any
    """One of the kind's SIZES."""

    data: Labelled
    """The rows to learn from."""

    task: ModuleType
    texts: tuple[str, ...]
    """What the rows say, a text a piece; empty where they are images or sounds."""

    seed: int
    pretrain: int
    """Tokens of the rows' own texts that it first learns to guess hidden words of; 0 for none."""

    work: Path
    """Where a pretraining keeps its checkpoints."""

    watch: Watch


def names() -> list[str]:
    """Every name that there is, e.g. "bert-small"."""
    kinds = sorted(path.stem for path in files_in(__name__) if not path.stem.startswith("_"))
    return [f"{kind}-{size}" for kind in kinds for size in _kind(kind).SIZES]


def is_fresh(name: str) -> bool:
    """Whether a model's name is of something that is to be made."""
    kind, _, size = name.rpartition("-")
    stems = {path.stem for path in files_in(__name__)} - {"__init__"}
    return bool(size) and kind.replace("-", "_") in stems and not Path(name).exists()


def made(name: str, order: Callable[[Any, Path], Order], reads: str, out: Path) -> Path:
    """The folder of a fresh model. `order` is given the size and where work is kept.

    Raises SpecError for a size that the kind does not have, and for a kind that reads other rows.
    """
    kind_name, _, size = name.rpartition("-")
    kind = _kind(kind_name)
    if size not in kind.SIZES:
        fit = [each for each in names() if reads == _kind(each.rpartition("-")[0]).READS]
        raise SpecError(
            f"there is no {name!r}; fresh models of {reads} are {listed(fit)}"
            + did_you_mean(name, fit)
        )
    if reads != kind.READS:
        raise SpecError(f"{name!r} reads {kind.READS}, and the rows are {reads}; choose another")
    work = out / "work"
    asked = order(kind.SIZES[size], work)
    rows = asked.data.digest, asked.seed, asked.pretrain, code_version()
    folder = work / f"{name}-{fingerprint(name, asked.task.__name__, *rows)[:8]}" / name
    if folder.is_dir():
        return folder
    half = folder.with_name(f"{name}.part")
    rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    # Its bars for weights that are written in an instant would break lines that people read.
    disable_progress_bar()
    kind.make(asked, half)
    return half.replace(folder)


def _kind(name: str) -> ModuleType:
    return module_named(
        name.replace("-", "_"), package=__name__, noun="fresh model", promises=("make",)
    )
