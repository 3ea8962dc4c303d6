"""Small files of results, written for a test."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

FIXTURES = Path(__file__).parent / "fixtures"

HEADER = "family,model,params,tokens,ability,shots,metric,value,items"


def csv(folder: Path, *rows: str, header: str = HEADER, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def document(folder: Path, content: Any, name: str = "results.json") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def old_results(model: str, scores: dict[str, Any], shots: int = 0) -> dict[str, Any]:
    arguments = f"pretrained={model},revision=step143000"
    return {
        "results": scores,
        "versions": dict.fromkeys(scores, 0),
        "config": {"model": "hf-causal", "model_args": arguments, "num_fewshot": shots},
    }


def shared_data(*parts: str) -> Path:
    """A shared data set; the test is skipped where it is absent."""
    root = os.environ.get("UPWELL_DATA")
    path = Path(root, *parts) if root else None
    if path is None or not path.exists():
        pytest.skip(f"needs {'/'.join(parts)} in the folder that UPWELL_DATA names")
    return path


def new_results(model: str, scores: dict[str, float], **settings: Any) -> dict[str, Any]:
    """A result file of lm-eval-harness 0.4 with accuracies; `settings` go where they belong."""
    top = {"chat_template", "system_instruction", "fewshot_as_multiturn"}
    items = settings.pop("items", 2000)
    arguments = settings.pop("arguments", "")
    params = settings.pop("params", 1e8)
    shots = settings.pop("shots", 0)
    return {
        "results": {
            task: {"alias": task, "acc,none": value, "acc_stderr,none": 0.01}
            for task, value in scores.items()
        },
        "n-shot": dict.fromkeys(scores, shots),
        "n-samples": {task: {"original": 2000, "effective": items} for task in scores},
        "configs": {task: {"output_type": "multiple_choice"} for task in scores},
        **{name: settings.pop(name) for name in top & set(settings)},
        "config": {
            "model": "hf",
            "model_args": f"pretrained={model}{arguments}" if model else arguments.strip(","),
            "model_num_parameters": params,
            **settings,
        },
    }


def log_samples(path: Path, values: list[float]) -> Path:
    """A sample log of lm-eval-harness with one accuracy for each item."""
    lines = [
        json.dumps({"doc_id": i, "doc_hash": f"h{i}", "filter": "none", "acc": value})
        for i, value in enumerate(values)
    ]
    path.write_text("\n".join(lines) + "\n")
    return path
