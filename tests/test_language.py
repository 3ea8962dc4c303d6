"""The project speaks the field's language: names, messages, and a glossary that has every word."""

from __future__ import annotations

import ast
import re
from dataclasses import fields, is_dataclass
from pathlib import Path

import language
import pytest
from typer.main import get_command

import upwell.records
from upwell.cli import app
from upwell.emergence import grade
from upwell.emergence.comparison.compare import Comparison
from upwell.evaluation.task_files import lm_eval_yaml

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text()
SAME_NAME_ON_PURPOSE = {"Source"}
"""The class that every file of data/sources/ has."""


def terms() -> set[str]:
    cells = re.findall(r"^\| (.*?) \|", GLOSSARY, flags=re.MULTILINE)
    return {term.strip("` ") for cell in cells for term in cell.split(",")}


def test_every_name_and_message_is_standard() -> None:
    wrong = [line for path in SOURCES for line in language.wrong_in(path)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "text",
    [
        "found = 1",
        "def f(dice): pass",
        "class Wanted: pass",
        "self.said = 2",
        "import x as places",
        "MOST_ROWS = 3",
        "def fitted(): pass",
        "def shown(): pass",
        "raise ValueError('the model is told what is right')",
        f"'''{'word ' * 31}'''",
    ],
)
def test_a_planted_word_of_the_old_dialect_is_found(text: str, tmp_path: Path) -> None:
    path = tmp_path / "planted.py"
    path.write_text(text)
    assert language.wrong_in(path)


@pytest.mark.parametrize(
    "text",
    [
        "founder = index = 1",
        "def embed(rng): pass",
        "def observed_value(x): pass",
        "class A:\n    @property\n    def fitted(self): pass",
        "raise ValueError('expected a number, got x; give one')",
    ],
)
def test_a_standard_name_is_not_called_wrong(text: str, tmp_path: Path) -> None:
    path = tmp_path / "planted.py"
    path.write_text(text)
    assert not language.wrong_in(path)


def test_a_public_class_name_means_one_thing() -> None:
    where: dict[str, list[str]] = {}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                where.setdefault(node.name, []).append(str(path.relative_to(ROOT)))
    twice = {name: files for name, files in where.items() if len(files) > 1}
    assert set(twice) <= SAME_NAME_ON_PURPOSE, twice


def test_the_glossary_has_every_option() -> None:
    options = {
        name
        for command in get_command(app).commands.values()
        for parameter in command.params
        for name in parameter.opts
        if name.startswith("--")
    }
    assert options <= terms(), options - terms()


def test_the_glossary_has_every_field_of_a_json_document() -> None:
    records = [getattr(upwell.records, name) for name in upwell.records.__all__]
    names = {
        f.name for record in (*records, Comparison) if is_dataclass(record) for f in fields(record)
    }
    assert names | set(grade([])) <= terms(), (names | set(grade([]))) - terms()


def test_the_glossary_has_every_key_of_a_task_file() -> None:
    assert set(lm_eval_yaml.KNOWN_KEYS) <= terms(), set(lm_eval_yaml.KNOWN_KEYS) - terms()
