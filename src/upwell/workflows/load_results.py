"""Evaluation results from anywhere as one table: files, folders, studies and data frames."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ..errors import DataError
from ..plugins import did_you_mean
from .finetuned_results import MODEL_CARD_FILE, finetuned_results
from .result_objects import Results

if TYPE_CHECKING:
    import polars

    from ..records import Metric
    from ..results import LoadedResults as LoadedResults
    from ..results import ModelScale
    from ..store import Store

Source: TypeAlias = Any
"""A path, several paths, an open `Store`, a data frame (pandas, polars, pyarrow) or `Results`."""

Scale: TypeAlias = Mapping[str, Any] | Sequence[str]
"""{"pythia-70m": ("70m", "300b")}, or ["pythia-70m=70m,300b"]: parameters and tokens.

"from-names", alone or among them, reads the parameters of other models off their names."""

MetricInfo: TypeAlias = Mapping[str, str] | Sequence[str]
"""{"score": "higher,0,1"} or ["score=higher,0,1"]: better values and bounds of a metric."""

FROM_NAMES = "from-names"

DATA_FRAME_NAME = "data frame"


def read_results(
    source: Source,
    *,
    axis: str | None = "params",
    scale: Scale = (),
    metric_info: MetricInfo = (),
    family: str | Sequence[str] | None = None,
    ability: str | Sequence[str] | None = None,
    metric: str | Sequence[str] | None = None,
    num_fewshot: int | Sequence[int] | None = None,
) -> Results:
    """Read results of any model family into one table.

    Parameters
    ----------
    source
        JSON of lm-evaluation-harness or BIG-bench, CSV, TSV or Parquet with one row a
        measurement, a folder of such files, a study folder, a fine-tuned model's folder, an open
        study, or a data frame with the columns of such a table (`model`, `ability`, `metric`,
        `value`, ...). Several of them in a list.
    axis
        Models whose scale on this axis is not known are listed and left out; None keeps all.
    scale
        Parameters and training tokens of models that the files do not tell. "from-names" reads
        the parameters off the models' names, and `notes` say what was read.
    metric_info
        Facts of metrics that Upwell does not know: {"score": "higher,0,1"} says that higher values
        are better and lie from 0 to 1. {"accuracy": "higher,0,100"} says that they are percentages.
    family, ability, metric, num_fewshot
        Keep only these. DataError for a name that the results do not have.

    Examples
    --------
    >>> import polars
    >>> rows = polars.DataFrame({
    ...     "model": ["s", "m", "l"], "params": [1e7, 1e8, 1e9],
    ...     "ability": "copying", "metric": "accuracy", "value": [0.2, 0.5, 0.9],
    ... })
    >>> len(read_results(rows))
    3
    """
    if isinstance(source, Results):
        loaded = source.loaded
    else:
        loaded = _load(source, scale, axis, _parse_metric_info(metric_info))
    loaded = loaded if axis is None else _name_families(loaded, axis)
    filters = {"family": family, "ability": ability, "metric": metric, "shots": num_fewshot}
    for column, values in filters.items():
        loaded = _keep(loaded, column, values)
    return Results(loaded, axis)


def _load(
    source: Source, scale: Scale, axis: str | None, metric_info: Mapping[str, Metric]
) -> LoadedResults:
    from ..results import read

    scales, from_names = _parse_scales(scale)
    options: dict[str, Any] = {"metric_info": metric_info, "sizes_from_names": from_names}
    sources = [source] if _is_one(source) else list(source)
    paths = [Path(each) for each in sources if isinstance(each, str | Path)]
    study_dirs = [path for path in paths if (path / "study.json").is_file()]
    model_dirs = [path for path in paths if (path / MODEL_CARD_FILE).is_file()]
    other_paths = [path for path in paths if path not in (*study_dirs, *model_dirs)]
    frames = [each for each in sources if not isinstance(each, str | Path) and not _is_store(each)]
    if (scales or from_names) and not (other_paths or frames):
        raise DataError("scale is for results of others; a study knows its own models")
    loaded = [
        *(_load_study_results(each, axis) for each in (*study_dirs, *filter(_is_store, sources))),
        *map(finetuned_results, model_dirs),
        *(_load_frame(frame, scales, axis, options) for frame in frames),
    ]
    if other_paths or not loaded:
        loaded.append(read(other_paths, scales, axis, **options))
    return loaded[0] if len(loaded) == 1 else _concat_results(loaded)


def _is_one(source: Source) -> bool:
    return isinstance(source, str | Path) or not isinstance(source, list | tuple)


def _is_store(source: Source) -> bool:
    from ..store import Store

    return isinstance(source, Store)


def _parse_scales(scale: Scale) -> tuple[list[ModelScale], bool]:
    """The scales, and whether the names of models may tell the others."""
    from ..results import parse_scale

    if isinstance(scale, Mapping):
        return [
            parse_scale(f"{model}={','.join(map(str, sizes)) if _is_pair(sizes) else sizes}")
            for model, sizes in scale.items()
        ], False
    texts = [scale] if isinstance(scale, str) else list(scale)
    return [parse_scale(text) for text in texts if text != FROM_NAMES], FROM_NAMES in texts


def _parse_metric_info(metric_info: MetricInfo) -> dict[str, Metric]:
    from ..results import parse_metric_info

    if isinstance(metric_info, str):
        return parse_metric_info([metric_info])
    if isinstance(metric_info, Mapping):
        return parse_metric_info(f"{name}={facts}" for name, facts in metric_info.items())
    return parse_metric_info(metric_info)


def _is_pair(sizes: Any) -> bool:
    return isinstance(sizes, Iterable) and not isinstance(sizes, str)


def _load_frame(
    frame: Any, scales: list[ModelScale], axis: str | None, options: Mapping[str, Any]
) -> LoadedResults:
    """A data frame, read and checked as the Parquet file that holds the same rows."""
    import narwhals

    from ..results import read

    try:
        table = narwhals.from_native(frame, eager_only=True).to_polars()
    except TypeError as error:
        raise DataError(
            f"cannot read results from a {type(frame).__name__}; give a path, or a data frame of "
            "pandas, polars or pyarrow"
        ) from error
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "frame.parquet")
        table.write_parquet(path)
        try:
            loaded = read([path], scales, axis, **options)
        except DataError as error:
            raise DataError(str(error).replace(str(path), DATA_FRAME_NAME)) from None
    bad_rows = tuple(
        replace(row, file=DATA_FRAME_NAME, reason=row.reason.replace(str(path), DATA_FRAME_NAME))
        for row in loaded.bad_rows
    )
    notes = tuple(note.replace(str(path), DATA_FRAME_NAME) for note in loaded.notes)
    return replace(loaded, files=(DATA_FRAME_NAME,), bad_rows=bad_rows, notes=notes)


def _name_families(loaded: LoadedResults, axis: str) -> LoadedResults:
    """The results with families from the names of models, where no file tells them."""
    from ..results import name_families

    named = name_families(loaded.table.frame, axis)
    notes = tuple(dict.fromkeys((*loaded.notes, *named.notes)))
    return replace(loaded, table=loaded.table.with_frame(named.frame), notes=notes)


def _keep(loaded: LoadedResults, column: str, values: Any) -> LoadedResults:
    """The rows with these values in a column. DataError for a value that no row has."""
    if values is None:
        return loaded
    import polars as pl

    names = [values] if isinstance(values, str | int) else list(values)
    if not names:
        return loaded
    frame = loaded.table.frame
    if column == "metric":
        names = [*our_metric_names(list(map(str, names)), frame)]
    available = frame[column].unique().drop_nulls().sort().to_list()
    for name in names:
        if name not in available:
            listed = ", ".join(map(str, available[:20])) or "none"
            raise DataError(
                f"no {column} {name!r} in the results; there are {listed}"
                f"{did_you_mean(str(name), map(str, available))}"
            )
    return replace(loaded, table=loaded.table.with_frame(frame.filter(pl.col(column).is_in(names))))


def our_metric_names(names: Sequence[str], frame: polars.DataFrame) -> list[str]:
    """The metrics as the results name them: "acc" means "accuracy" if no row has "acc"."""
    from ..results import canonical_metric

    present = set(frame["metric"].unique())
    return [name if name in present else canonical_metric(name) for name in names]


def _load_study_results(study: Path | Store, axis: str | None) -> LoadedResults:
    from ..results import LoadedResults, select_axis
    from ..store import Store
    from ..study import table
    from .item_outcomes import item_outcomes

    store = study if isinstance(study, Store) else Store.open(study)
    selected, unplaced = select_axis(table(store), axis)
    # Scoring every item again takes a while; only a comparison, which has no axis, needs it.
    items = item_outcomes(store, selected) if axis is None else None
    return LoadedResults(
        table=selected,
        unplaced_models=unplaced,
        bad_rows=(),
        files=(str(store.root),),
        outcomes=items,
    )


def _concat_results(loaded: Sequence[LoadedResults]) -> LoadedResults:
    import polars as pl

    from ..records import Table
    from ..results import LoadedResults

    outcomes = [r.outcomes for r in loaded if r.outcomes is not None]
    frames = [r.table.frame for r in loaded]
    return LoadedResults(
        table=Table(
            pl.concat(frames, how="diagonal_relaxed"),
            {name: metric for r in loaded for name, metric in r.table.metrics.items()},
        ),
        unplaced_models=tuple(name for r in loaded for name in r.unplaced_models),
        bad_rows=tuple(row for r in loaded for row in r.bad_rows),
        files=tuple(file for r in loaded for file in r.files),
        duplicates=sum(r.duplicates for r in loaded),
        unknown_metrics=tuple(sorted({m for r in loaded for m in r.unknown_metrics})),
        outcomes=pl.concat(outcomes) if outcomes else None,
        notes=tuple(dict.fromkeys(note for r in loaded for note in r.notes)),
    )
