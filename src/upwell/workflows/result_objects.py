"""What the Python API returns: records with a table, a figure, a page and JSON."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from .. import __version__
from ..errors import DataError
from ..plugins import did_you_mean, quoted_list
from .documents import check_suffix, results_document, to_text, write_text

if TYPE_CHECKING:
    import pandas
    import polars

    from ..emergence.comparison.compare import Comparison, ComparisonResult
    from ..records import Forecast, Study, Table, Verdict
    from ..report.plot.figure import Figure
    from ..results import LoadedResults

StatusFn = Callable[[str], AbstractContextManager[None]]
"""Shows a message while something takes a while."""

BACKTEST_SCALE_FACTOR = 4.0
"""A report back-tests the forecasts on the rungs within this factor of the largest."""

MAX_HTML_ROWS = 100
"""Rows of a table in a notebook; the rest is counted."""


def no_status(message: str) -> AbstractContextManager[None]:
    """Shows nothing."""
    return nullcontext()


class ResultSet(ABC):
    """Records of one kind. Behaves as a sequence, and shows itself as a table in a notebook."""

    records: Sequence[Any]
    columns: ClassVar[tuple[str, ...]] = ()
    """Fields that the table in a notebook shows."""

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.records)

    def __getitem__(self, index: int) -> Any:
        return self.records[index]

    @abstractmethod
    def document(self) -> dict[str, Any]:
        """The JSON document, as `--json` writes it."""

    def to_polars(self) -> polars.DataFrame:
        """A row a record; nested fields (fits, controls) are left out."""
        import polars as pl

        rows = [_flat_fields(record) for record in self.records]
        return pl.DataFrame(rows, infer_schema_length=None)

    def to_pandas(self) -> pandas.DataFrame:
        """A row a record. Needs pandas."""
        try:
            import pandas as pd
        except ImportError as error:
            from ..errors import MissingDependencyError

            raise MissingDependencyError("to_pandas needs pandas: pip install pandas") from error
        return pd.DataFrame(self.to_polars().to_dicts())

    def to_json(self, path: str | Path | None = None) -> str:
        """The JSON text, also written to a file where a path is given (it ends in .json)."""
        text = to_text(self.document())
        if path is not None:
            write_text(check_suffix(Path(path), ".json", "JSON"), text)
        return text

    def _repr_html_(self) -> str:
        """The table that a notebook shows."""
        from ..report.html.tables import table

        rows = [_cells(record, self.columns) for record in self.records[:MAX_HTML_ROWS]]
        more = len(self.records) - len(rows)
        note = f"<p>{more} more; .to_pandas() has them all</p>" if more else ""
        titles = [name.replace("_", " ") for name in self.columns]
        return str(table(titles, rows, num_text_columns=2)) + note

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self._summary()}>"

    def _summary(self) -> str:
        return f"{len(self)} records"


@dataclass(frozen=True, repr=False)
class Results(ResultSet):
    """Evaluation results as one table, and what of their files could not be used."""

    loaded: LoadedResults
    axis: str | None
    columns: ClassVar = (
        "family", "model", "params", "tokens", "ability", "shots", "metric", "value", "items",
    )  # fmt: skip

    @property
    def table(self) -> Table:
        """Observations joined with their models."""
        return self.loaded.table

    @property
    def notes(self) -> tuple[str, ...]:
        """What was named, chosen or left out while reading; short sentences."""
        return self.loaded.notes

    @property
    def records(self) -> Sequence[Any]:  # type: ignore[override]
        """A mapping a row."""
        return self.table.frame.to_dicts()

    def __len__(self) -> int:
        return len(self.table)

    def to_polars(self) -> polars.DataFrame:
        """The table itself."""
        return self.table.frame

    def document(self) -> dict[str, Any]:
        """The rows and their source."""
        return results_document("results", self.loaded, rows=self.table.frame.to_dicts())

    def _summary(self) -> str:
        frame = self.table.frame
        return (
            f"{len(self):,} rows of {frame['model'].n_unique():,} models and "
            f"{frame['ability'].n_unique():,} abilities, {len(self.loaded.bad_rows):,} bad rows"
        )


@dataclass(frozen=True, repr=False)
class Verdicts(ResultSet):
    """Of every ability whether it emerges, and where."""

    records: Sequence[Verdict]
    results: Results
    axis: str
    columns: ClassVar = (
        "ability", "kind", "metric", "onset", "onset_low", "onset_high", "probability", "items",
        "family", "explanation",
    )  # fmt: skip

    def document(self) -> dict[str, Any]:
        """The JSON of `upwell judge`."""
        listed = [asdict(verdict) for verdict in self.records]
        return results_document("verdicts", self.results.loaded, axis=self.axis, verdicts=listed)

    def plot(self, ability: str | None = None, metric: str | None = None) -> Figure:
        """The curve of one ability with its onset; by default of the first verdict.

        Raises DataError where no verdict has that ability and metric.
        """
        verdict = _select(self.records, ability, metric)
        return _ability_figure(self.results.table, verdict, self.axis)

    def report(self, path: str | Path, status: StatusFn = no_status) -> Path:
        """Write a page with every verdict, its curve and a back-test; returns its path.

        Nothing is trained: the controls come from the ruler, a family without weights.
        """
        from ..report import overview_page
        from .controls import ruler_verdicts

        target = check_suffix(Path(path), ".html", "a report")
        with status("back-testing forecasts on the largest rungs"):
            forecasts, summary = _backtest_largest(self.results.table, self.axis)
        with status("judging the ruler, as a control"):
            controls = ruler_verdicts()
        with status("drawing the report"):
            page = overview_page(
                self.results.table,
                self.records,
                backtest_summary=summary,
                backtests=forecasts,
                controls=controls,
                study=_study_of(self.results),
                title=_page_title(self.results.loaded.files),
                created_at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
                code_version=__version__,
            )
            write_text(target, page)
        return target

    def _summary(self) -> str:
        from collections import Counter

        kinds = Counter(verdict.kind for verdict in self.records).most_common()
        return ", ".join(f"{number} {kind}" for kind, number in kinds) or "nothing to judge"


@dataclass(frozen=True, repr=False)
class Forecasts(ResultSet):
    """Scores that have not been seen, with intervals; graded where `actual` is known."""

    records: Sequence[Forecast]
    results: Results
    axis: str
    kind: str = "forecasts"
    """Which document it is: "forecasts", "backtest" or "grades"."""

    summary: Mapping[str, Any] = field(default_factory=dict)
    """For a back-test and for grades: by method, errors, coverage and interval score."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    columns: ClassVar = (
        "ability", "model", "metric", "target", "value", "interval_low", "interval_high", "actual",
        "family", "explanation",
    )  # fmt: skip

    def document(self) -> dict[str, Any]:
        """The JSON of `upwell forecast`, `backtest` or `grade`."""
        content: dict[str, Any] = {"axis": self.axis, **self.settings}
        content["forecasts"] = [asdict(forecast) for forecast in self.records]
        if self.kind != "forecasts":
            content["summary"] = dict(self.summary)
        return results_document(self.kind, self.results.loaded, **content)

    def plot(self, ability: str | None = None, metric: str | None = None) -> Figure:
        """The curve of one ability with its forecasts; by default of the first."""
        forecast = _select(self.records, ability, metric)
        same = [f for f in self.records if _record_key(f) == _record_key(forecast)]
        return _ability_figure(self.results.table, forecast, self.axis, same)

    def _summary(self) -> str:
        known = sum(forecast.value is not None for forecast in self.records)
        return f"{known} forecasts, {len(self) - known} that cannot be made"


@dataclass(frozen=True, repr=False)
class Comparisons(ResultSet):
    """Whether B is worse than A, for each ability and overall."""

    result: ComparisonResult
    a: str
    b: str
    results: tuple[Results, Results]
    columns: ClassVar = (
        "ability", "verdict", "metric", "a", "b", "difference", "stderr", "detectable_loss",
        "model",
    )  # fmt: skip

    @property
    def records(self) -> Sequence[Comparison]:  # type: ignore[override]
        """One comparison an ability."""
        return self.result.comparisons

    @property
    def worse(self) -> bool:
        """Whether B is shown to be worse than A."""
        return self.result.worse

    def document(self) -> dict[str, Any]:
        """The JSON of `upwell compare`."""
        from .documents import build_document, source_document

        overall = self.result.overall
        return build_document(
            "comparison",
            a=self.a,
            b=self.b,
            worse=self.worse,
            tolerance=self.result.tolerance,
            overall=None if overall is None else asdict(overall),
            comparisons=[asdict(comparison) for comparison in self.records],
            unmatched=self.result.unmatched,
            source={
                "a": source_document(self.results[0].loaded),
                "b": source_document(self.results[1].loaded),
            },
        )

    def _summary(self) -> str:
        answer = "B is worse than A" if self.worse else "B is not shown to be worse than A"
        return f"{answer}, {len(self)} comparisons"


def _flat_fields(record: Any) -> dict[str, Any]:
    fields = record if isinstance(record, Mapping) else asdict(record)
    return {name: v for name, v in fields.items() if not isinstance(v, dict | list | tuple)}


def _cells(record: Any, columns: Sequence[str]) -> list[str]:
    from ..formatting import format_number

    fields = record if isinstance(record, Mapping) else asdict(record)
    return [
        format_number(value) if isinstance(value, float) else "" if value is None else str(value)
        for value in (fields[name] for name in columns)
    ]


def _record_key(record: Any) -> tuple[Any, ...]:
    return record.family, record.ability, record.shots, record.metric


def _select(records: Sequence[Any], ability: str | None, metric: str | None) -> Any:
    """The first record of an ability and metric. DataError with the choices where there is none."""
    for record in records:
        if ability in (None, record.ability) and metric in (None, record.metric):
            return record
    choices = sorted({record.ability for record in records})
    raise DataError(
        f"there is no {ability or 'ability'}{f' by {metric}' if metric else ''}; there are "
        f"{quoted_list(choices[:12])}{did_you_mean(ability or '', choices)}"
    )


def _ability_figure(
    table: Table, record: Any, axis: str, forecasts: Sequence[Forecast] = ()
) -> Figure:
    from ..report import ability_figure

    return ability_figure(table, record, axis, forecasts)


def _study_of(results: Results) -> Study | None:
    """The study that all results come from; None for results of others."""
    from ..store import Store

    files = [Path(file) for file in results.loaded.files]
    if len(files) != 1 or not (files[0] / "study.json").is_file():
        return None
    return Store.open(files[0]).study()


def _backtest_largest(table: Table, axis: str) -> tuple[list[Forecast], Mapping[str, Any] | None]:
    """Graded forecasts of each family's largest rungs; none where too few rungs are left."""
    from ..emergence import backtest_each_family

    try:
        return backtest_each_family(table, axis, BACKTEST_SCALE_FACTOR)
    except DataError:
        return [], None


def _page_title(files: Sequence[str]) -> str:
    """The file, or the folder that all files share, or else the names of the first three."""
    parents = {Path(file).parent.name for file in files}
    if len(files) > 1 and len(parents) == 1 and (folder := parents.pop()):
        return folder
    return ", ".join(Path(file).name for file in files[:3])
