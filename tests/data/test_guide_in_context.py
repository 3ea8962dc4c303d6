"""The guide docs/guides/learn-in-context.md: the same in both languages, and its code runs."""

import re
from pathlib import Path

import numpy as np

from upwell.data import Loader
from upwell.models import load_family
from upwell.records import DataSpec

GUIDES = Path(__file__).parents[2] / "docs" / "guides"


def blocks(kind, language=""):
    text = (GUIDES / f"learn-in-context{language}.md").read_text(encoding="utf-8")
    return re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)


def test_both_languages_show_the_same_code_and_numbers() -> None:
    assert blocks("sh") == blocks("sh", ".zh") and blocks("python") == blocks("python", ".zh")
    numbers = [
        re.findall(r"^\|.*\d\.\d.*$|^\| [\d,]+ \|.*$", text, re.MULTILINE)
        for text in ((GUIDES / f"learn-in-context{x}.md").read_text() for x in ("", ".zh"))
    ]
    assert numbers[0] and numbers[0] == numbers[1]


def test_the_regressor_of_the_guide_can_be_made() -> None:
    namespace: dict = {}
    exec(blocks("python")[0], namespace)
    network = load_family("in_context_regressor").build(
        namespace["run"].model, namespace["run"].recipe, 0
    )
    assert namespace["params"] == sum(p.numel() for p in network.parameters())


def test_the_tasks_of_your_own_are_tasks(tmp_path, monkeypatch) -> None:
    (tmp_path / "mycompany_in_context").mkdir()
    (tmp_path / "mycompany_in_context" / "halves.py").write_text(blocks("python")[1])
    monkeypatch.syspath_prepend(str(tmp_path))
    rows = Loader([DataSpec(source="mycompany_in_context.halves", limit=1)], None, 30, 64, 0).next()
    point, label = rows["query"].reshape(-1, 8), rows["label"].ravel()
    way = np.linalg.lstsq(point, 2.0 * label - 1, rcond=None)[0]
    assert np.mean((point @ way > 0) == label) > 0.95
