"""Folder of a study: question, plan, runs, verdicts, forecasts, report.

One process writes it at a time; others may read it meanwhile. The folder is local: appending,
renaming and locking make a kill harmless, and object stores have none of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from ..errors import StoreError
from ..records import Forecast, Plan, Study, Verdict, fingerprint
from .atomic import TEMPORARY_SUFFIX, check_filename, write_bytes
from .checksummed import read_checksummed, write_checksummed
from .lock import file_lock
from .run_dir import RunDir
from .run_records import RunResult


@dataclass(frozen=True, kw_only=True)
class VerdictList:
    """Content of verdicts.json."""

    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, kw_only=True)
class ForecastList:
    """Content of forecasts.json."""

    forecasts: tuple[Forecast, ...]


class Store:
    """The folder of one study."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._locked = False

    @classmethod
    def create(cls, root: str | Path, study: Study) -> Store:
        """Create the folder, or update the study in an existing one of the same name.

        Raises StoreError if the folder holds another study or foreign files, or is in use.
        """
        path = _local_path(root)
        path.mkdir(parents=True, exist_ok=True)
        store = cls(path)
        if (path / "study.json").exists():
            _check_same_name(store.study(), study, path)
        elif foreign := [p.name for p in path.iterdir() if not _is_ours_when_empty(p)]:
            raise StoreError(
                f"{path} holds {sorted(foreign)[0]!r} and is no study folder; "
                "choose an empty or new folder"
            )
        with store.lock():
            write_checksummed(path / "study.json", study)
        return store

    @classmethod
    def open(cls, root: str | Path) -> Store:
        """The study folder at `root`. Raises StoreError if there is none."""
        path = _local_path(root)
        if not (path / "study.json").is_file():
            raise StoreError(
                f"{path} is no study folder (it has no study.json); check the path, "
                "or create one with: upwell run"
            )
        return cls(path)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the study for this process. It is reentrant.

        Raises StoreError with the process id of the holder if another process has it.
        """
        if self._locked:
            yield
            return
        with file_lock(self.root / "lock"):
            self._locked = True
            try:
                yield
            finally:
                self._locked = False

    def study(self) -> Study:
        """The study as last created or updated."""
        return read_checksummed(Study, self.root / "study.json")

    # Runs.

    def run(self, run_id: str) -> RunDir:
        """Folder of a run, whether or not it has started."""
        return RunDir(self.root / "runs" / check_filename(run_id))

    def runs(self) -> list[RunDir]:
        """Folders of all runs that have started, sorted by id."""
        paths = sorted((self.root / "runs").glob("*/run.json"))
        return [RunDir(path.parent) for path in paths]

    def results(self) -> list[RunResult]:
        """Results of all finished runs, sorted by run id."""
        results = (folder.result() for folder in self.runs())
        return [result for result in results if result is not None]

    # Plan and conclusions.

    def save_plan(self, plan: Plan) -> None:
        """Replace the plan. Runs of an earlier plan stay on disk."""
        write_checksummed(self.root / "plan.json", plan)

    def plan(self) -> Plan:
        """The plan. Raises StoreError if there is none."""
        return read_checksummed(Plan, self.root / "plan.json")

    def save_verdicts(self, verdicts: Iterable[Verdict]) -> None:
        """Replace the verdicts."""
        write_checksummed(self.root / "verdicts.json", VerdictList(verdicts=tuple(verdicts)))

    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdicts; empty before the first judgment."""
        path = self.root / "verdicts.json"
        return read_checksummed(VerdictList, path).verdicts if path.exists() else ()

    def write_forecasts(self, forecasts: Iterable[Forecast], now: datetime | None = None) -> None:
        """Add forecasts with the current time, before their targets are measured.

        An earlier forecast of the same target from the same values is kept instead. Raises
        ValueError if a forecast already has its actual value.
        """
        created_at = (now or datetime.now(UTC)).isoformat(timespec="seconds")
        forecasts_by_key = {_forecast_key(forecast): forecast for forecast in self.forecasts()}
        for forecast in forecasts:
            if forecast.actual is not None:
                raise ValueError(f"a forecast of a value that is known already: {forecast}")
            forecasts_by_key.setdefault(
                _forecast_key(forecast), replace(forecast, created_at=created_at)
            )
        self._replace_forecasts(forecasts_by_key.values())

    def grade_forecasts(self, truth: Callable[[Forecast], float | None]) -> None:
        """Fill in `actual` where it is unknown and `truth` has a value. Nothing else changes."""
        self._replace_forecasts(
            forecast if forecast.actual is not None else replace(forecast, actual=truth(forecast))
            for forecast in self.forecasts()
        )

    def forecasts(self) -> tuple[Forecast, ...]:
        """The forecasts, oldest first."""
        path = self.root / "forecasts.json"
        return read_checksummed(ForecastList, path).forecasts if path.exists() else ()

    def _replace_forecasts(self, forecasts: Iterable[Forecast]) -> None:
        write_checksummed(self.root / "forecasts.json", ForecastList(forecasts=tuple(forecasts)))

    # Report.

    def write_page(self, name: str, text: str) -> Path:
        """Write a page or a figure ("report.html", "figures/loss.svg"). Returns its path."""
        path = self.root / name
        if not path.resolve().is_relative_to(self.root.resolve()):
            raise StoreError(f"{name!r} points outside of {self.root}; choose a name inside it")
        write_bytes(path, text.encode())
        return path


def _forecast_key(forecast: Forecast) -> str:
    """Target, method and input data of a forecast, without its value."""
    return fingerprint(
        [
            forecast.ability,
            forecast.metric,
            forecast.axis,
            forecast.target,
            forecast.confidence,
            forecast.method,
            forecast.family,
            forecast.model,
            forecast.shots,
            forecast.data_fingerprint,
        ]
    )


def _local_path(root: str | Path) -> Path:
    if re.match(r"[a-zA-Z][\w+.-]+:/", str(root)):
        raise StoreError(
            f"{root} is a URL and studies are kept in local folders; give a path "
            "and copy the finished folder afterwards"
        )
    return Path(root)


def _check_same_name(existing: Study, study: Study, path: Path) -> None:
    if existing.name != study.name:
        raise StoreError(
            f"{path} holds the study {existing.name!r}, not {study.name!r}; choose another folder"
        )


def _is_ours_when_empty(path: Path) -> bool:
    """Whether a file may be left by an interrupted `create`."""
    return path.name == "lock" or path.name.endswith(TEMPORARY_SUFFIX)
