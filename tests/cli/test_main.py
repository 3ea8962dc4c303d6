"""The command line as a user meets it: in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("torch", "scipy", "polars", "transformers", "numpy")


def upwell(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "upwell", *words], capture_output=True, text=True, cwd=cwd
    )


def imported(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_importing_upwell_loads_nothing_heavy():
    assert not imported("import upwell") & set(HEAVY)


def test_help_loads_nothing_heavy():
    code = "from upwell.cli import app\ntry: app(['run', '--help'])\nexcept SystemExit: pass"
    assert not imported(code) & set(HEAVY)


def test_the_check_would_notice():
    assert "numpy" in imported("import upwell.train")


def test_every_verb_has_help_with_an_example_in_80_columns():
    verbs = upwell("--help").stdout.partition("Commands:")[2].split("\n")
    names = [line.split()[0] for line in verbs if line.startswith("  ") and line[2:3].strip()]
    assert {"plan", "run", "judge", "forecast", "report", "export", "demo", "doctor"} <= set(names)
    for name in names:
        text = upwell(name, "--help").stdout
        assert f"upwell {name}" in text.partition("Options:")[0].partition("\n")[2], name
        assert max(map(len, text.splitlines())) <= 80, name


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("run", "dmeo"), "demo"),
        (("run", "nowhere.py"), "nowhere.py"),
        (("plan", "demo", "--set"), "--set"),
        (("run", "demo", "--set", "tokens"), "NAME=VALUE"),
        (("run", "demo", "--set", "colour=3"), "colour"),
        (("report", "nothing-here"), "study folder"),
        (("export", "nothing-here"), "study folder"),
        (("judge", "nothing-here"), "nothing-here"),
        (("plan", "demo", "--hours", "0.001"), "takes about"),
        (("frobnicate",), "frobnicate"),
        (("run", "demo", "--output-dir", "s3://bucket/demo"), "URL"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(words, told, tmp_path):
    done = upwell(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_no_words_show_the_help():
    done = upwell()
    assert "Commands:" in done.stdout + done.stderr


def test_version_is_the_packages():
    from upwell import __version__

    assert upwell("--version").stdout.strip() == __version__


def test_output_has_no_colour_where_there_is_no_terminal():
    assert "\x1b" not in upwell("doctor").stdout


WITHOUT_EXTRAS = """
import sys

EXTRAS = set(
    "torch tokenizers safetensors transformers rapidfuzz sklearn peft PIL soundfile jinja2 yaml "
    "sacrebleu pandas typst".split()
)

class Block:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in EXTRAS:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Block())
from upwell.cli.main import main
"""


@pytest.mark.parametrize(
    "words", [("judge", "t.csv", "--report", "page.html"), ("doctor",), ("--help",)]
)
def test_judging_needs_no_library_of_an_extra(words, tmp_path):
    sizes = [1e7 * 2.5**step for step in range(6)]
    lines = [f"f,f{i},{n},a,accuracy,{0.9 * (i > 3)},400" for i, n in enumerate(sizes)]
    header = "family,model,params,ability,metric,value,items"
    (tmp_path / "t.csv").write_text("\n".join([header, *lines]) + "\n")
    code = WITHOUT_EXTRAS + f"sys.argv = {['upwell', *words]!r}\nmain()"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
