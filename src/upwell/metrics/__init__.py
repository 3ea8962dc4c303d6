"""Metrics: formulas over answers, and scores of labels, boxes and texts.

`choice`, `generation`, `likelihood`, `mechanistic` and `images` hold the metrics of answers.
A study and a task file name these metrics. Their titles, directions and bounds are in
`records.METRICS`. The other modules score the predictions of fine-tuned models.
"""

from __future__ import annotations

import importlib
from functools import cache
from typing import cast

from ..errors import SpecError
from ..plugins import did_you_mean, load_plugin, quoted_list
from .base import MetricFn, MetricFormula, MetricValue

__all__ = ["MetricFn", "MetricValue", "load_metric", "metric_names"]

FORMULA_MODULES = ("choice", "generation", "likelihood", "mechanistic", "images")


@cache
def load_metric(name: str) -> MetricFn:
    """The function from answers to a `MetricValue`.

    A name with a dot is a module of the user's own that defines `measure(answers)`. Raises
    SpecError with the choices for an unknown name.
    """
    if "." in name:
        module = load_plugin(name, package=__name__, kind="metric", required=("measure",))
        return cast(MetricFn, module.measure)
    formulas = _load_formulas()
    if name not in formulas:
        raise SpecError(
            f"no metric {name!r}; there are {quoted_list(formulas)}, or name a module of your own "
            f"by its dotted path{did_you_mean(name, formulas)}"
        )
    return formulas[name]


def metric_names() -> list[str]:
    """Names of the metrics that Upwell has a formula for, sorted."""
    return sorted(_load_formulas())


@cache
def _load_formulas() -> dict[str, MetricFormula]:
    modules = [importlib.import_module(f"{__name__}.{module}") for module in FORMULA_MODULES]
    formulas = [
        member
        for module in modules
        for member in vars(module).values()
        if isinstance(member, MetricFormula)
    ]
    return {formula.name: formula for formula in formulas}
