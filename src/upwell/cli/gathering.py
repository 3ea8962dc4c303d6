"""From the paths that a user named to one table: study folders and other people's results alike."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from .scored import CARD, of_folder

if TYPE_CHECKING:
    from ..tables import Reading


def gather(
    paths: Sequence[Path], scale: Sequence[str] = (), axis: str | None = "params"
) -> Reading:
    """Everything in the paths; a folder with a study.json is a study of ours, one with an
    upwell.json an adapted model.

    Without an axis no model is left out. DataError where a path or a scale cannot be
    understood, or nothing is left.
    """
    from ..tables import parse_scale, read

    scales = [parse_scale(text) for text in scale]
    studies = [path for path in paths if (path / "study.json").is_file()]
    adapted = [path for path in paths if (path / CARD).is_file()]
    others = [path for path in paths if path not in studies and path not in adapted]
    if not (studies or adapted):
        return read(others, scales, axis)
    if scales and not others:
        raise DataError("--scale is for other people's results; a study knows its own models")
    readings = [*(_study(path, axis) for path in studies), *map(of_folder, adapted)]
    return _joined([*readings, read(others, scales, axis)] if others else readings)


def family_only(reading: Reading, families: Sequence[str]) -> Reading:
    """The rows of the named families; DataError for a name that none has."""
    from dataclasses import replace

    import polars as pl

    from ..records import Table

    frame = reading.table.frame
    there = frame["family"].unique().drop_nulls().sort().to_list()
    strange = [name for name in families if name not in there]
    if strange:
        raise DataError(f"no family is called {strange[0]!r}; found {', '.join(there) or 'none'}")
    if not families:
        return reading
    return replace(reading, table=Table(frame.filter(pl.col("family").is_in(list(families)))))


def _study(path: Path, axis: str | None) -> Reading:
    from ..store import Store
    from ..study import table
    from ..tables import Reading, place
    from .items import outcomes_of

    store = Store.open(path)
    placed, left_out = place(table(store), axis)
    # Scoring every item anew takes a while, and only what is not placed is compared by item.
    items = outcomes_of(store, placed) if axis is None else None
    return Reading(table=placed, left_out=left_out, bad=(), files=(str(path),), outcomes=items)


def _joined(readings: Sequence[Reading]) -> Reading:
    import polars as pl

    from ..records import Table
    from ..tables import Reading

    outcomes = [r.outcomes for r in readings if r.outcomes is not None]
    frames = [r.table.frame for r in readings]
    return Reading(
        table=Table(pl.concat(frames, how="diagonal_relaxed")),
        left_out=tuple(name for r in readings for name in r.left_out),
        bad=tuple(row for r in readings for row in r.bad),
        files=tuple(file for r in readings for file in r.files),
        repeated=sum(r.repeated for r in readings),
        unknown_metrics=tuple(sorted({m for r in readings for m in r.unknown_metrics})),
        outcomes=pl.concat(outcomes) if outcomes else None,
    )
