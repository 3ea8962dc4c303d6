"""The guides' commands are run as they stand, and the Chinese ones are the English ones."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from .calling import Caller

GUIDES = Path(__file__).parents[2] / "docs" / "guides"
GUIDE = "judge-a-family"


def blocks(name: str, kind: str) -> list[str]:
    text = (GUIDES / name).read_text(encoding="utf-8")
    return re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("kind", ["sh", "csv", "text"])
def test_both_languages_show_the_same_commands_and_answers(kind: str) -> None:
    english = blocks(f"{GUIDE}.md", kind)
    assert english and english == blocks(f"{GUIDE}.zh-CN.md", kind)


@pytest.mark.parametrize("kind", ["sh", "python", "text"])
def test_the_guide_to_a_classifier_is_the_same_in_both_languages(kind: str) -> None:
    english = blocks("your-own-classifier.md", kind)
    assert english and english == blocks("your-own-classifier.zh-CN.md", kind)


@pytest.mark.parametrize("kind", ["sh", "python", "text"])
@pytest.mark.parametrize("name", ["chinese-names", "when-in-context"])
def test_guides_to_adapting_are_the_same_in_both_languages(name: str, kind: str) -> None:
    assert blocks(f"{name}.md", kind) == blocks(f"{name}.zh-CN.md", kind)


def shape(text: str) -> set[str]:
    """Lines without their numbers and spaces: numbers may move a little from machine to machine."""
    return {re.sub(r"[-+\d.,\s]+", "#", line) for line in text.splitlines() if line != "..."}


@pytest.mark.data
def test_the_commands_of_the_guide_give_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, upwell: Caller, lm_eval_json: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("pythia").mkdir()
    for file in lm_eval_json.glob("*.json"):
        shutil.copyfile(file, Path("pythia", file.name))
    [models] = blocks(f"{GUIDE}.md", "csv")
    heard = ""
    for line in "".join(blocks(f"{GUIDE}.md", "sh")).splitlines():
        command, _, note = line.partition("#")
        if "needs those results" in note:
            continue
        called = upwell(*shlex.split(command)[1:])
        assert called.code == (2 if "exit code 2" in note else 0), called.err
        heard += called.out + called.err
        Path("pythia", "models.csv").write_text(models)
    assert shape("".join(blocks(f"{GUIDE}.md", "text"))) <= shape(heard)
    assert Path("judged.html").is_file() and Path("forecasts.json").is_file()
