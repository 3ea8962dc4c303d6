"""The command line as a user calls it, and small families of models to call it on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from upwell.cli.main import main
from upwell.store import Store
from upwell.studies.ruler import study
from upwell.study import execute_run, plan

SIZES = tuple(10.0**e for e in np.linspace(6, 10, 9))


@dataclass(frozen=True)
class Called:
    """What a call left behind."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


class Caller:
    """Calls `upwell` in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *arguments: object) -> Called:
        self._monkeypatch.setattr("sys.argv", ["upwell", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        heard = self._capsys.readouterr()
        code = stop.value.code
        return Called(code if isinstance(code, int) else 0, heard.out, heard.err)


def jump(size: float) -> float:
    return 0.9 if size > 3e8 else 0.05


def rise(size: float) -> float:
    return float(0.1 + 0.2 * (np.log10(size) - 6))


def family(
    path: Path,
    abilities: dict[str, Callable[[float], float]],
    *,
    sizes: Iterable[float] = SIZES,
    items: int = 400,
    name: str = "planted",
    seed: int = 0,
) -> Path:
    """A long table of one family: binomial scores of planted curves, 20 tokens a parameter."""
    rng = np.random.default_rng(seed)
    lines = ["family,model,params,tokens,ability,shots,metric,value,items"]
    for size in sizes:
        for ability, truth in abilities.items():
            value = rng.binomial(items, truth(size)) / items
            lines.append(
                f"{name},m-{size:.0f},{size},{20 * size},{ability},0,accuracy,{value},{items}"
            )
    path.write_text("\n".join(lines) + "\n")
    return path


def measured(folder: Path) -> Store:
    """The ruler with one seed, carried out in this process."""
    ruler = replace(study(), seeds=(0,), abilities=("step", "slope"))
    store = Store.create(folder, ruler)
    planned = plan(ruler)
    store.save_plan(planned)
    for run in planned.runs:
        execute_run(run, store)
    return store
