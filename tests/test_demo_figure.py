"""The picture of the demo in the README is what its results give, and the README says the same."""

import re
import runpy
from pathlib import Path

import pytest

from upwell.report import check_expectations
from upwell.study_loader import load_study

ROOT = Path(__file__).parent.parent
STUDY = load_study("demo")


@pytest.fixture(scope="module")
def script():
    return runpy.run_path(str(ROOT / "docs" / "demo_figure.py"))


def test_the_picture_is_drawn_from_the_results(script):
    assert script["draw"]() == script["PICTURE"].read_text(encoding="utf-8"), (
        "run python docs/demo_figure.py"
    )


def test_the_results_are_those_of_the_study(script):
    frame = script["read_results"]().frame
    assert sorted(frame["width"].unique()) == [spec.hparams["width"] for spec in STUDY.ladder]
    assert set(frame["depth"]) == {spec.hparams["depth"] for spec in STUDY.ladder}
    assert set(frame["ability"]) == set(STUDY.abilities)
    assert set(frame["seed"]) == set(STUDY.seeds)
    assert set(frame["tokens"] // 1000) == {STUDY.milestones[-1] // 1000}


def test_every_verdict_is_as_expected(script):
    rows = check_expectations(STUDY, script["judge_results"]())
    assert {row.ability: row.observed for row in rows} == dict(STUDY.expected)


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_the_readme_says_the_same_verdicts(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert "(docs/figures/demo.svg)" in text
    said = re.findall(r"^\| `(\w+)` \|[^|]*\| ([\w-]+)", text, re.MULTILINE)
    assert {name: kind for name, kind in said if name in STUDY.expected} == dict(STUDY.expected)
