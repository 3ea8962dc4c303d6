"""`upwell report`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ..caller import Caller, measured

HOLD_LOCK = """
import sys
from pathlib import Path
from upwell.store import Store
with Store.open(Path(sys.argv[1])).lock():
    print("locked", flush=True)
    sys.stdin.read()
"""


def test_a_study_that_is_running_is_drawn_and_its_verdicts_are_not_saved(
    tmp_path: Path, upwell: Caller
) -> None:
    store = measured(tmp_path / "study")
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD_LOCK, str(store.root)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert holder.stdout is not None and holder.stdout.readline() == "locked\n"
    called = upwell("report", store.root)
    holder.communicate()
    assert called.code == 0, called.err
    assert "emergent" in (store.root / "report.html").read_text()
    assert not (store.root / "verdicts.json").exists()


def test_figures_are_written_in_the_formats_that_are_named(tmp_path: Path, upwell: Caller) -> None:
    store = measured(tmp_path / "study")
    assert upwell("report", store.root, "--format", "svg,png").code == 0
    svgs, pngs = (sorted((store.root / "figures").glob(f"*.{name}")) for name in ("svg", "png"))
    assert svgs and [path.stem for path in svgs] == [path.stem for path in pngs]
    assert pngs[0].read_bytes().startswith(b"\x89PNG")
    assert "var(--" not in svgs[0].read_text()
    called = upwell("report", store.root, "--format", "gif")
    assert called.code == 2 and "no figure format 'gif'" in called.err
