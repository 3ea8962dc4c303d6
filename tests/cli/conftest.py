import os
from pathlib import Path

import pytest

from .caller import Caller


@pytest.fixture
def upwell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Caller:
    return Caller(monkeypatch, capsys)


@pytest.fixture
def lm_eval_json() -> Path:
    """Pythia's published result files; the test is skipped where they are absent."""
    root = os.environ.get("UPWELL_DATA")
    folder = Path(root, "lm_eval_json") if root else None
    if folder is None or not folder.is_dir():
        pytest.skip("needs lm_eval_json in the folder that UPWELL_DATA names")
    return folder
