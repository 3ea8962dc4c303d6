"""The files of results below some paths, each with its models.csv."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import DataError
from .model_files import date_stamp
from .models_csv import MODELS_FILE
from .remarks import Remark

MAX_FILES = 100_000

LOST_LOG_REMARK = "sample logs without the result file of their run are not read"


@dataclass(frozen=True, kw_only=True)
class ResultFile:
    """One file to read."""

    path: Path
    models: Path | None
    """The models.csv for this file."""

    is_named: bool
    """Whether the file itself is among the paths, and not only its folder."""


def find_files(paths: list[Path], suffixes: Collection[str]) -> Iterator[ResultFile]:
    """Every file to read, once; a models.csv is for the files beside it."""
    for path in paths:
        if not path.exists():
            raise DataError(f"{path} does not exist")
    named_models_files = [path for path in paths if path.name == MODELS_FILE]
    visited: set[Path] = set()
    for path in paths:
        files = _walk(path, suffixes) if path.is_dir() else [(path, _find_models_file(path))]
        for file, models in files:
            if file.resolve() not in visited and file.name != MODELS_FILE:
                visited.add(file.resolve())
                yield ResultFile(
                    path=file,
                    models=models or next(iter(named_models_files), None),
                    is_named=not path.is_dir(),
                )
            if len(visited) > MAX_FILES:
                raise DataError(f"{path} has over {MAX_FILES} files of results; name fewer")


def _find_models_file(path: Path) -> Path | None:
    models = path.with_name(MODELS_FILE)
    return models if models.is_file() else None


def _walk(root: Path, suffixes: Collection[str]) -> Iterator[tuple[Path, Path | None]]:
    """(file, its models.csv) of every file below that may be results, in order of name."""
    known: dict[Path, Path | None] = {}
    for folder, inner, files in os.walk(root):
        inner.sort()
        directory = Path(folder)
        models = directory / MODELS_FILE if MODELS_FILE in files else known.get(directory.parent)
        known[directory] = models
        for name in sorted(files):
            if Path(name).suffix.lower() in suffixes:
                yield directory / name, models


def find_lost_logs(files: list[ResultFile]) -> list[Remark]:
    """Sample logs in the folders of the files whose run has no result file there."""
    stamps: dict[Path, set[str | None]] = {}
    for each in files:
        if each.path.suffix.lower() == ".json":
            stamps.setdefault(each.path.parent, set()).add(date_stamp(each.path.stem))
    return [
        Remark(LOST_LOG_REMARK, str(log))
        for folder, dates in stamps.items()
        for log in sorted(folder.glob("samples_*.jsonl"))
        if date_stamp(log.stem) not in dates
    ]
