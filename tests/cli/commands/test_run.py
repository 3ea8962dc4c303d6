"""A study from its plan to its page, by the verbs, with real training."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from upwell.store import Store

pytestmark = pytest.mark.xdist_group("small")
"""One worker carries the study out, for all tests of this file."""

STUDY = '''
"""A ladder small enough for a test."""
from upwell.records import DataSpec, ModelSpec, Study, Train

def study(tokens: int = 20_000) -> Study:
    return Study(
        name="small",
        question="涌现 <script>alert(1)</script>?",
        hypothesis="nothing much",
        ladder=tuple(
            ModelSpec(
                family="decoder",
                hparams={"width": 16, "depth": depth, "vocab_size": 98},
                tokenizer="ascii",
            )
            for depth in (1, 2, 3, 4, 5, 6)
        ),
        data=(DataSpec(source="repeats"), DataSpec(source="pydoc", weight=0.5)),
        recipe=Train(context_length=64, batch_size=8),
        abilities=("induction", "language_modeling"),
        seeds=(0,),
        milestones=(tokens // 2, tokens),
    )
'''


def upwell(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "upwell", *words], capture_output=True, text=True, cwd=cwd
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    where = tmp_path_factory.mktemp("study")
    (where / "small.py").write_text(STUDY)
    upwell("run", "small.py", "--json", "found.json", cwd=where)
    return where


def test_every_run_finishes_and_every_model_was_asked(folder):
    store = Store.open(folder / "out" / "small")
    results = store.results()
    assert len(results) == 6
    assert all(len(result.models) == 3 and not result.missing for result in results)


def test_the_largest_rung_is_forecast_before_it_runs_and_graded_after(folder):
    store = Store.open(folder / "out" / "small")
    forecasts = store.forecasts()
    largest = max(ref.params for result in store.results() for ref in result.models)
    assert forecasts and all(one.target == largest for one in forecasts)
    assert all(one.actual is not None for one in forecasts)
    began = min(path.stat().st_mtime_ns for path in store.root.glob("runs/decoder-d6-*/run.json"))
    assert began > max(
        path.stat().st_mtime_ns for path in store.root.glob("runs/decoder-d5-*/result.json")
    )


def test_the_page_and_its_figures_are_written_and_hostile_text_is_escaped(folder):
    root = folder / "out" / "small"
    page = (root / "report.html").read_text()
    assert "涌现 &lt;script&gt;" in page and "<script>" not in page
    assert list((root / "figures").glob("*.svg"))


def test_json_holds_verdicts_and_forecasts(folder):
    found = json.loads((folder / "found.json").read_text())
    assert {one["ability"] for one in found["verdicts"]} == {"induction", "language_modeling"}
    assert all(one["actual"] is not None for one in found["forecasts"])


def test_running_again_does_nothing_again(folder):
    root = folder / "out" / "small"
    before = {p: p.stat().st_mtime_ns for p in root.glob("runs/*/result.json")}
    forecasts = (root / "forecasts.json").read_bytes()
    upwell("run", "small.py", cwd=folder)
    assert before == {p: p.stat().st_mtime_ns for p in root.glob("runs/*/result.json")}
    assert forecasts == (root / "forecasts.json").read_bytes()


def test_the_study_can_be_judged_and_drawn_again(folder):
    assert "verdicts" in upwell("judge", "out/small", cwd=folder).stdout
    assert "report.html" in upwell("report", "out/small", "--judge", cwd=folder).stdout


def test_an_exported_model_loads_with_equal_logits_and_equal_ids(folder):
    transformers = pytest.importorskip("transformers")
    import torch

    from upwell.data import load_tokenizer
    from upwell.models.families.decoder import build

    store = Store.open(folder / "out" / "small")
    upwell("export", "out/small", "decoder-d2-s0", "--output-dir", "llama", cwd=folder)
    (run,) = [run for run in store.runs() if run.path.name.startswith("decoder-d2-s0")]
    ref = run.models()[-1]
    ours = build(ref.spec, run.run().recipe, 0)
    ours.load_state_dict(run.load_model(ref.id)[1])
    theirs = transformers.AutoModelForCausalLM.from_pretrained(folder / "llama")
    words = transformers.AutoTokenizer.from_pretrained(folder / "llama")
    text = "12+34=46\nThe quick brown fox."
    ids = load_tokenizer("ascii").encode(text)
    assert words.encode(text, add_special_tokens=False) == ids
    tokens = torch.tensor([ids])
    with torch.inference_mode():
        torch.testing.assert_close(theirs(tokens).logits, ours(tokens), atol=1e-5, rtol=0)
