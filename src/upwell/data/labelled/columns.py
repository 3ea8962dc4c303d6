"""Which columns hold the texts and the labels: as they were given, or found and shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from ...errors import DataError
from ...naming import did_you_mean, listed
from .files import File
from .heads import LABELS, PAIRS, TEXTS

SEVERAL = 0.5
"""Share of rows that a label column may have different values of, to be taken for one."""


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Where texts and labels stand."""

    texts: tuple[str, ...] = ()
    """One column, or two for pairs of sentences."""

    label: str = ""
    several: str | None = None
    """What parts the labels of a row that may have several; None where each has one."""


def found(file: File, path: Path, wanted: Columns) -> Columns:
    """The columns of a file: those that are wanted, and those that were not told found.

    Raises DataError for one that is not there, and where none can be told to be it.
    """
    for name in (*wanted.texts, *([wanted.label] if wanted.label else [])):
        if name not in file.names:
            # A column of labels is not what a text was meant to be.
            near = [each for each in file.names if name == wanted.label or each not in LABELS]
            raise DataError(
                f"{path.name} has no column {name!r}; it has {listed(file.names)}"
                + did_you_mean(name, near)
            )
    label = wanted.label or _label(file, wanted.texts)
    rest = [name for name in file.names if name != label]
    texts = wanted.texts or _texts(file, rest)
    if not label or not texts:
        raise DataError(
            f"{path.name} has the columns {listed(file.names)}, and it cannot be told which of "
            "them are text and label; name them with --text and --label"
        )
    return Columns(texts=texts, label=label, several=wanted.several)


def _label(file: File, texts: Sequence[str]) -> str:
    lowered = {name.lower(): name for name in file.names if name not in texts}
    known = [lowered[name] for name in LABELS if name in lowered]
    if known:
        return known[0]
    # Of columns without a telling name, labels are those that say few things again and again.
    counts = {
        name: len({str(line.values.get(name)) for line in file.lines}) for name in lowered.values()
    }
    few = [name for name, count in counts.items() if 1 < count <= SEVERAL * len(file.lines)]
    return min(few, key=lambda name: counts[name], default="")


def _texts(file: File, names: Sequence[str]) -> tuple[str, ...]:
    lowered = {name.lower(): name for name in names}
    for pair in PAIRS:
        if set(pair) <= set(lowered):
            return lowered[pair[0]], lowered[pair[1]]
    known = [lowered[name] for name in TEXTS if name in lowered]
    if known:
        return (known[0],)
    worded = [name for name in names if isinstance(file.lines[0].values.get(name), str)]
    longest = max(worded, key=lambda name: _length(file, name), default=None)
    return () if longest is None else (longest,)


def _length(file: File, name: str) -> float:
    return fmean(len(_string(line.values.get(name))) for line in file.lines)


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""
