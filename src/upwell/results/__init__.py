"""Results of others as observations: one file per format.

- `lm_eval`: result JSON of lm-eval-harness since 0.4, with its sample logs
- `lm_eval_old`: flat result JSON of lm-eval-harness before 0.4, lighteval and others
- `big_bench`: score JSON of BIG-bench
- `csv_parquet`: CSV, TSV and Parquet, long or wide (`long_table`)
- `item_outcomes`: Parquet with one string of 0 and 1 for each model and ability

`identity` says which rows are the same measurement, and `families` which models are one ladder.

Nothing is guessed without a word. An unknown number is null, a model of unknown scale is listed and
left out, and a row that cannot be read is reported with its file and line.
"""

from .families import family_of, name_families
from .load import LoadedResults, read, select_axis
from .metric_info import parse_metric_info
from .metric_names import canonical_metric
from .model_scale import ModelScale, model_aliases, parse_scale
from .numbers import parse_number
from .scale_points import ScalePoint, parse_point
from .schema import OUTCOME_SCHEMA, BadRow

__all__ = [
    "OUTCOME_SCHEMA",
    "BadRow",
    "LoadedResults",
    "ModelScale",
    "ScalePoint",
    "canonical_metric",
    "family_of",
    "model_aliases",
    "name_families",
    "parse_metric_info",
    "parse_number",
    "parse_point",
    "parse_scale",
    "read",
    "select_axis",
]
