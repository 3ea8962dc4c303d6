"""Documentation that cannot drift: maps, links, commands, options, generated pages."""

from __future__ import annotations

import re
import runpy
import shlex
from collections.abc import Iterator
from pathlib import Path

import language
import pytest
import yaml
from typer.main import get_command

from upwell.cli import app

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(
    path
    for folder in (ROOT, DOCS, ROOT / "design", ROOT / "benchmarks")
    for path in (folder.glob("*.md") if folder == ROOT else folder.rglob("*.md"))
)
HELP_PAGE = DOCS / "reference" / "cli.md"
"""The generated page of helps, whose lines are wrapped within commands."""

PROSE = [ROOT / "CONTRIBUTING.md", *(p for p in PAGES if DOCS in p.parents)]
"""Pages that are read as a book."""

COMMANDS = get_command(app).commands
FINE_TUNING_PAGE = DOCS / "concepts" / "fine-tuning.md"


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def options_of(command: str) -> set[str]:
    params = COMMANDS[command].params
    return {name for param in params for name in (*param.opts, *param.secondary_opts)} | {"--help"}


def commands_in(text: str) -> list[str]:
    """Every command of ours, in code blocks and between back quotes."""
    return re.findall(r"(?:^|`)\s*(?:\$ )?upwell ([a-z][^`\n]*)", text, flags=re.MULTILINE)


def commands_in_blocks(text: str) -> Iterator[list[str]]:
    """The words of every command of ours in a block of commands, whether or not a test runs it."""
    for block in re.findall(r"^```sh\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            words = shlex.split(line, comments=True)
            if words and words[0] == "upwell":
                yield words[1:]


def test_the_map_shows_the_rooms_that_there_are():
    text = (ROOT / "ARCHITECTURE.md").read_text()
    block = text.partition("<!-- map")[2].partition("```\n")[2].partition("```")[0]
    # The rooms of the map, without the package's own two files.
    mapped = {line.split()[0].rstrip("/") for line in block.splitlines()[1:] if line[2:3].strip()}
    rooms = {
        path.name
        for path in (ROOT / "src" / "upwell").iterdir()
        if not path.name.startswith("__") and path.suffix in ("", ".py")
    }
    assert mapped == rooms


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_point_at_files_that_exist(page):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", [page for page in PAGES if DOCS in page.parents], ids=name_of)
def test_links_of_the_site_stay_inside_the_site(page):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        assert "://" in target or DOCS in (page.parent / target).resolve().parents, target


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_paths_of_source_files_and_tests_exist(page):
    for path in re.findall(r"`((?:src|tests|docs|benchmarks|design)/[\w./-]+)`", page.read_text()):
        assert (ROOT / path).exists(), path


def test_the_navigation_has_every_page_of_the_site():
    nav = yaml.safe_load((ROOT / "mkdocs.yml").read_text())["nav"]
    pages = {
        path.relative_to(DOCS).as_posix()
        for path in (*DOCS.rglob("*.md"), *DOCS.rglob("*.ipynb"))
        if not path.name.endswith(".zh.md")
    }
    assert set(pages_of(nav)) == pages


def pages_of(nav: object) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    for entry in nav.values() if isinstance(nav, dict) else nav if isinstance(nav, list) else ():
        yield from pages_of(entry)


@pytest.mark.parametrize("page", [page for page in PAGES if page != HELP_PAGE], ids=name_of)
def test_commands_exist_with_their_options(page):
    for command in commands_in(page.read_text()):
        words = command.split()
        assert words[0] in COMMANDS, command
        options = {word.partition("=")[0] for word in words if re.match(r"--[a-z]", word)}
        assert options <= options_of(words[0]), command


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_in_blocks_are_parsed_even_if_they_are_not_run(page):
    for name, *arguments in commands_in_blocks(page.read_text()):
        command = COMMANDS[name]
        context = command.context_class(command, info_name=name)
        command.make_parser(context).parse_args(arguments)


@pytest.mark.parametrize("page", PROSE, ids=name_of)
def test_pages_are_plain_and_their_sentences_are_short(page):
    assert not wrong_sentences(page.read_text())


@pytest.mark.parametrize("text", ["| cell | the model is told |", f"Short. {'word ' * 31}"])
def test_a_planted_archaism_or_long_sentence_is_reported(text):
    assert wrong_sentences(text)


def wrong_sentences(text: str) -> list[str]:
    archaism = re.compile("|".join(language.ARCHAISMS), re.IGNORECASE)
    return [
        sentence
        for sentence in sentences_of(text)
        if len(sentence.split()) > language.MAX_SENTENCE_WORDS or archaism.search(sentence)
    ]


def sentences_of(text: str) -> Iterator[str]:
    """Sentences, list items and cells of tables; no code and no comments."""
    text = re.sub(r"^```.*?^```|<!--.*?-->", "", text, flags=re.MULTILINE | re.DOTALL)
    for paragraph in re.split(r"\n\s*\n|\n\s*[-*>] |\n\s*\d+\. |\| ", text):
        yield from re.split(r"(?<=[.;:!?])\s+", paragraph)


def test_the_readme_lists_every_command_in_both_languages():
    for name in ("README.md", "README.zh-CN.md"):
        listed = {command.split()[0] for command in commands_in((ROOT / name).read_text())}
        assert listed >= set(COMMANDS), name


def test_the_api_page_has_every_public_name():
    import upwell

    documented = re.findall(
        r"^::: upwell\.[\w.]*?(\w+)$", (DOCS / "reference/api.md").read_text(), re.M
    )
    assert set(documented) == set(upwell.__all__) - {"__version__"}


def test_every_make_target_of_the_docs_is_in_the_makefile():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    for page in PAGES:
        used = set(re.findall(r"(?:^|`)make ([a-z]+)", page.read_text(), flags=re.MULTILINE))
        assert used <= targets, page


def test_the_first_lines_of_a_study_say_how_to_run_it():
    for path in (ROOT / "src" / "upwell" / "studies").glob("[a-z]*.py"):
        docstring = path.read_text().partition('"""')[2].partition('"""')[0]
        assert f"upwell run {path.stem}" in docstring


@pytest.mark.parametrize("name", ["cli.md", "metrics.md"])
def test_generated_pages_are_what_the_code_says(name):
    generate = runpy.run_path(str(DOCS / "generate.py"))
    assert set(generate["PAGES"]) == {"cli.md", "metrics.md"}
    page = DOCS / "reference" / name
    assert page.read_text() == generate["PAGES"][name](), "run: python docs/generate.py"


def test_the_page_on_fine_tuning_has_every_task_and_every_scratch_model():
    from upwell.finetune.scratch import scratch_model_names
    from upwell.finetune.tasks import task_names

    text = FINE_TUNING_PAGE.read_text()
    tasks = text.partition("<!-- tasks")[2].partition("\n\n")[0]
    scratch = text.partition("<!-- scratch")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `([\w-]+)`", tasks, flags=re.MULTILINE)) == set(task_names())
    assert set(re.findall(r"`([\w-]+-\w+)`", scratch)) == set(scratch_model_names())


def test_the_example_task_on_the_page_on_fine_tuning_is_complete():
    from upwell.finetune.tasks.base import find_defect

    [code] = re.findall(r"^```python\n(.*?)^```", FINE_TUNING_PAGE.read_text(), re.M | re.S)
    names: dict[str, object] = {}
    exec(code, names)
    assert find_defect(names["TASK"]) is None
