"""The guide on evaluating a family: its commands are run as they stand, in both languages."""

import re
import shlex
from pathlib import Path

import pytest
from models import shapes

GUIDES = Path(__file__).parents[2] / "docs" / "guides"


def blocks(kind, language=""):
    text = (GUIDES / f"evaluate-a-family{language}.md").read_text(encoding="utf-8")
    return re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("kind", ["sh", "json", "yaml"])
def test_both_languages_show_the_same(kind):
    assert blocks(kind) and blocks(kind) == blocks(kind, ".zh")


def test_the_commands_of_the_guide_run(tmp_path, monkeypatch, upwell):
    monkeypatch.chdir(tmp_path)
    for kind, name in (("gpt2", "small"), ("llama", "large")):
        shapes.folder(kind, tmp_path).rename(name)
    Path("rows.jsonl").write_text(blocks("json")[0], encoding="utf-8")
    Path("colors.yaml").write_text(blocks("yaml")[0], encoding="utf-8")
    output = ""
    for line in "".join(blocks("sh")).splitlines():
        called = upwell(*shlex.split(line)[1:])
        assert called.code == 0, called.err
        output += called.out
    assert "colors, wrong labels" in output
    assert "colors, large: true labels in 4 examples gain" in output
    assert "undecided" in output
