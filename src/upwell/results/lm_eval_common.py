"""The model and the numbers in a result file, the same for both formats of lm-eval-harness."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

STEP_REVISION = re.compile(r"step(\d+)")
"""A revision that names the step of a checkpoint, as in Pythia's repositories."""


def parse_model(document: Mapping[str, Any]) -> dict[str, Any]:
    """The columns model, step and params, as far as the file has them."""
    config = _as_mapping(document.get("config"))
    model_args = _parse_model_args(config.get("model_args"))
    name = next(
        (
            model_args[key]
            for key in ("pretrained", "model", "engine")
            if isinstance(model_args.get(key), str)
        ),
        document.get("model_name", config.get("model")),
    )
    revision = model_args.get("revision", "main")
    step = STEP_REVISION.fullmatch(revision) if isinstance(revision, str) else None
    if isinstance(name, str) and isinstance(model_args.get("peft"), str):
        name = f"{name}+{model_args['peft']}"
    if isinstance(name, str) and step is None and revision != "main":
        name = f"{name}@{revision}"
    return {
        "model": name if isinstance(name, str) else None,
        "step": int(step[1]) if step else None,
        "params": parse_float(config.get("model_num_parameters")),
    }


def parse_float(value: Any) -> float | None:
    """The value as a float; None for text such as "N/A", for a boolean and for None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _as_mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _parse_model_args(model_args: Any) -> Mapping[str, Any]:
    """Model arguments from a mapping or "key=value,key=value"."""
    if not isinstance(model_args, str):
        return _as_mapping(model_args)
    return dict(part.split("=", 1) for part in model_args.split(",") if "=" in part)
