"""Documentation that cannot drift: maps, links, commands and numbers of verbs are checked."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest
from typer.main import get_command

from upwell.cli import app

ROOT = Path(__file__).parent.parent
PAGES = sorted(
    path
    for folder in (ROOT, ROOT / "docs", ROOT / "design", ROOT / "benchmarks")
    for path in (folder.glob("*.md") if folder == ROOT else folder.rglob("*.md"))
)
VERBS = set(get_command(app).commands)


def options_of(verb: str) -> set[str]:
    command = get_command(app).commands[verb]
    return {name for p in command.params for name in (*p.opts, *p.secondary_opts)} | {"--help"}


def commands_in(text: str) -> list[str]:
    """Every command of ours, in code blocks and between back quotes."""
    return re.findall(r"(?:^|`)\s*(?:\$ )?upwell ([a-z][^`\n]*)", text, flags=re.MULTILINE)


def test_the_map_shows_the_rooms_that_there_are():
    text = (ROOT / "ARCHITECTURE.md").read_text()
    block = text.partition("<!-- map")[2].partition("```\n")[2].partition("```")[0]
    # The rooms of the map, without the package's own two files.
    shown = {line.split()[0].rstrip("/") for line in block.splitlines()[1:] if line[2:3].strip()}
    rooms = {
        path.name
        for path in (ROOT / "src" / "upwell").iterdir()
        if not path.name.startswith("__") and path.suffix in ("", ".py")
    }
    assert shown == rooms


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_point_at_what_is_there(page):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_exist_with_their_options(page):
    for command in commands_in(page.read_text()):
        words = command.split()
        assert words[0] in VERBS, command
        options = {word.partition("=")[0] for word in words if re.match(r"--[a-z]", word)}
        assert options <= options_of(words[0]), command


def test_the_readme_lists_every_verb_in_both_languages():
    for name in ("README.md", "README.zh-CN.md"):
        told = {command.split()[0] for command in commands_in((ROOT / name).read_text())}
        assert told >= VERBS, name


def test_every_make_target_of_the_docs_is_in_the_makefile():
    made = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    for page in PAGES:
        told = set(re.findall(r"(?:^|`)make ([a-z]+)", page.read_text(), flags=re.MULTILINE))
        assert told <= made, page


def test_the_help_in_a_studys_first_lines_names_it():
    for path in (ROOT / "src" / "upwell" / "studies").glob("[a-z]*.py"):
        assert f"upwell run {path.stem}" in path.read_text().partition('"""')[2].partition('"""')[0]


def test_the_reference_of_the_verbs_is_what_their_help_says():
    generate = runpy.run_path(str(ROOT / "docs" / "generate.py"))
    assert (ROOT / "docs" / "cli.md").read_text() == generate["reference"](), "run: make docs"


def test_the_page_on_adapting_has_every_task_and_every_fresh_model():
    from upwell.adapt.fresh import names
    from upwell.naming import ours_in

    text = (ROOT / "docs" / "adapt.md").read_text()
    tasks = text.partition("<!-- tasks")[2].partition("\n\n")[0]
    fresh = text.partition("<!-- fresh")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)`", tasks, flags=re.MULTILINE)) == set(
        ours_in("upwell.adapt.tasks", ("read", "predictions"))
    )
    assert set(re.findall(r"`(\w+-\w+)`", fresh)) == set(names())
