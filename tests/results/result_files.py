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
