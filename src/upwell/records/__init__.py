"""The nouns that travel between rooms: frozen, plain, JSON both ways.

They hold no functions, handles or tensors and compute nothing, so that any room,
any process and any machine can read what another one wrote.
"""

from .adapting import Adapted, Calibration, Round, Score, Shown, Suspect, Tried
from .asking import METRICS, Answer, Metric, Observation, Table, metric_named
from .codec import SCHEMA, fingerprint, from_json, to_json
from .crossing import Cell, Contender, Crossing, Standing, Worth
from .looping import Corrected, Entry, Past, Spoken
from .making import (
    Adapt,
    Cost,
    DataSpec,
    ModelRef,
    ModelSpec,
    Plan,
    Progress,
    Run,
    Study,
    Train,
)
from .reasoning import KINDS, Fit, Forecast, Verdict

__all__ = [
    "KINDS",
    "METRICS",
    "SCHEMA",
    "Adapt",
    "Adapted",
    "Answer",
    "Calibration",
    "Cell",
    "Contender",
    "Corrected",
    "Cost",
    "Crossing",
    "DataSpec",
    "Entry",
    "Fit",
    "Forecast",
    "Metric",
    "ModelRef",
    "ModelSpec",
    "Observation",
    "Past",
    "Plan",
    "Progress",
    "Round",
    "Run",
    "Score",
    "Shown",
    "Spoken",
    "Standing",
    "Study",
    "Suspect",
    "Table",
    "Train",
    "Tried",
    "Verdict",
    "Worth",
    "fingerprint",
    "from_json",
    "metric_named",
    "to_json",
]
