"""Results of others as observations: one file per format.

- `lm_eval`: result JSON of lm-eval-harness since 0.4, with its sample logs
- `lm_eval_old`: result JSON of lm-eval-harness before 0.4
- `big_bench`: score JSON of BIG-bench
- `csv_parquet`: CSV, TSV and Parquet with one row for each measurement
- `item_outcomes`: Parquet with one string of 0 and 1 for each model and ability

Nothing is guessed. An unknown number is null, a model of unknown scale is listed and left out, and
a row that cannot be read is reported with its file and line.
"""

from .load import LoadedResults, read, select_axis
from .metric_names import canonical_metric
from .model_scale import ModelScale, parse_number, parse_scale
from .schema import OUTCOME_SCHEMA, BadRow

__all__ = [
    "OUTCOME_SCHEMA",
    "BadRow",
    "LoadedResults",
    "ModelScale",
    "canonical_metric",
    "parse_number",
    "parse_scale",
    "read",
    "select_axis",
]
