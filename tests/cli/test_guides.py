"""Every snippet of the docs is run as it stands, in order, in the folder of its page.

A block is marked in the line before it, for a reader of the source:

    <!-- file: PATH -->       the block is written to this file
    <!-- not run: REASON -->  the block cannot run here; tests/test_docs.py checks its options
"""

from __future__ import annotations

import ast
import json
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .caller import Caller, family, jump, rise

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
CHINESE_PAGES = [ROOT / "README.zh-CN.md", *sorted(DOCS.rglob("*.zh.md"))]
ENGLISH_PAGES = [page for page in PAGES if page not in CHINESE_PAGES]
NOTEBOOK = DOCS / "notebooks" / "judge-pythia.ipynb"

RUN_ELSEWHERE = {
    "docs/guides/evaluate-a-family.md": "tests/cli/test_guide_eval.py",
    "docs/guides/learn-in-context.md": "tests/data/test_guide_in_context.py",
    "docs/concepts/abilities.md": "tests/evaluation/test_guide.py",
    "docs/concepts/data.md": "tests/data/test_guide.py",
    "docs/concepts/fine-tuning.md": "tests/test_docs.py",
}
"""Pages whose snippets need more than an empty folder, and the test that runs them."""

OTHER_PROGRAMS = ("pip", "make")
"""Commands of a block that are not run: they change the environment."""


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    mark: str
    """"file", "not run", or nothing."""

    note: str
    """The path of a file, or the reason why it is not run."""

    kind: str
    text: str


def blocks(page: Path) -> list[Block]:
    fenced = re.compile(
        r"^(?:<!-- (file|not run): ([^\n]+?) -->\n)?```(\w*)\n(.*?)^```", re.M | re.S
    )
    return [Block(*(part or "" for part in found)) for found in fenced.findall(page.read_text())]


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def english_of(page: Path) -> Path:
    return page.with_name(re.sub(r"\.zh(-CN)?\.md$", ".md", page.name))


def skeleton(block: Block) -> tuple[str, ...]:
    """The block without comments and quoted texts, which may be in another language."""
    code = block.text
    if block.kind in ("sh", "python"):
        code = re.sub(r'"[^"]*"', '""', re.sub(r"\s*#.*", "", code))
    return block.mark, block.note, block.kind, code


@pytest.mark.parametrize("page", CHINESE_PAGES, ids=name_of)
def test_both_languages_show_the_same_commands_and_outputs(page: Path) -> None:
    kinds = ("sh", "python", "csv", "json", "yaml", "text")
    shown, expected = (
        [skeleton(block) for block in blocks(each) if block.kind in kinds]
        for each in (page, english_of(page))
    )
    assert shown == expected


@pytest.mark.parametrize("page", [*ENGLISH_PAGES, *CHINESE_PAGES], ids=name_of)
def test_every_mark_belongs_to_a_block(page: Path) -> None:
    marks = re.findall(r"<!-- (?:file|not run): .+? -->", page.read_text())
    assert len(marks) == sum(bool(block.mark) for block in blocks(page))


def needs_a_run(page: Path) -> bool:
    return any(block.kind in ("sh", "python") and block.mark != "not run" for block in blocks(page))


@pytest.mark.parametrize("page", RUN_ELSEWHERE)
def test_pages_that_another_test_runs_are_read_by_it(page: str) -> None:
    assert Path(page).name.removesuffix(".md") in (ROOT / RUN_ELSEWHERE[page]).read_text()


def shape(text: str) -> set[str]:
    """Lines without their numbers and spaces: numbers may move a little from machine to machine."""
    return {re.sub(r"[-+\d.,\s]+", "#", line) for line in text.splitlines() if line != "..."}


class Session:
    """Runs the blocks of one page, and keeps what was printed."""

    def __init__(self, upwell: Caller, capsys: pytest.CaptureFixture[str]) -> None:
        self.upwell, self.capsys, self.printed = upwell, capsys, ""
        self.names: dict[str, Any] = {"frame": _frame()}

    def run(self, block: Block) -> None:
        if block.kind == "sh":
            for line in block.text.splitlines():
                self.run_line(line)
        elif block.kind == "python":
            exec(block.text, self.names)
            self.printed += self.capsys.readouterr().out
        elif block.kind == "text":
            assert shape(block.text) <= shape(self.printed)

    def run_line(self, line: str) -> None:
        command, _, note = line.partition("#")
        words = shlex.split(command)
        if not words or words[0] in OTHER_PROGRAMS:
            return
        assert words[0] == "upwell", line
        called = self.upwell(*words[1:])
        assert called.code == (2 if "exit code 2" in note else 0), called.err
        self.printed += called.out + called.err


def _frame() -> Any:
    """Results as a data frame, for pages that begin with one."""
    import polars

    path = Path("frame.csv")
    family(path, {"arithmetic": jump})
    return polars.read_csv(path)


def _results(_: pytest.FixtureRequest) -> None:
    Path("results").mkdir()
    family(Path("results", "table.csv"), {"arithmetic": jump, "reading": rise})


def _pythia(request: pytest.FixtureRequest) -> None:
    Path("pythia").mkdir()
    for file in request.getfixturevalue("lm_eval_json").glob("*.json"):
        shutil.copyfile(file, Path("pythia", file.name))


PREPARE: dict[str, Callable[[pytest.FixtureRequest], None]] = {
    "README.md": _results,
    "docs/reference/api.md": _results,
    "docs/guides/judge-a-family.md": _pythia,
}
"""What a page takes for granted."""


def pages_to_run() -> Iterator[Any]:
    for page in ENGLISH_PAGES:
        name = name_of(page)
        if name not in RUN_ELSEWHERE and needs_a_run(page):
            needs_data = PREPARE.get(name) is _pythia
            yield pytest.param(page, id=name, marks=[pytest.mark.data] if needs_data else [])


@pytest.mark.parametrize("page", list(pages_to_run()))
def test_the_snippets_of_a_page_run_and_print_what_it_shows(
    page: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    upwell: Caller,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    monkeypatch.chdir(tmp_path)
    PREPARE.get(name_of(page), lambda _: None)(request)
    session, is_run = Session(upwell, capsys), True
    for block in blocks(page):
        if block.mark == "file":
            Path(block.note).write_text(block.text, encoding="utf-8")
            continue
        # What a command prints is known only where it was run.
        is_run = is_run if block.kind == "text" else block.mark != "not run"
        if is_run:
            session.run(block)


@pytest.mark.data
def test_the_notebook_gives_the_outputs_that_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    pytest.importorskip("pandas")
    monkeypatch.chdir(tmp_path)
    _pythia(request)
    names: dict[str, Any] = {}
    cells = [
        cell for cell in json.loads(NOTEBOOK.read_text())["cells"] if cell["cell_type"] == "code"
    ]
    for cell in cells:
        value = run_cell("".join(cell["source"]), names)
        for output in cell["outputs"]:
            if output["output_type"] == "execute_result":
                assert shape("".join(output["data"]["text/plain"])) == shape(repr(value))


def run_cell(source: str, names: dict[str, Any]) -> Any:
    """The value of the last expression of a cell, as a notebook shows it."""
    tree = ast.parse(source)
    last = tree.body[-1]
    exec(compile(ast.Module(tree.body[:-1], []), "cell", "exec"), names)
    if isinstance(last, ast.Expr):
        return eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    return exec(compile(ast.Module([last], []), "cell", "exec"), names)
