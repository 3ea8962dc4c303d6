"""Names are resolved to modules, or refused in one helpful sentence."""

import subprocess
import sys

import pytest

from upwell.errors import MissingDependencyError, SpecError
from upwell.models import load_family
from upwell.plugins import builtin_names, did_you_mean, load_plugin, quoted_list


def test_a_name_without_a_dot_is_ours():
    assert load_family("toy").__name__ == "upwell.models.families.toy"


def test_a_name_with_a_dot_is_a_module_of_the_user(tmp_path, monkeypatch):
    (tmp_path / "mine_families").mkdir()
    (tmp_path / "mine_families" / "tiny.py").write_text("def build(): ...\n")
    (tmp_path / "mine_families" / "empty.py").write_text("")
    (tmp_path / "mine_families" / "hungry.py").write_text("import no_such_library\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert load_family("mine_families.tiny").build
    with pytest.raises(SpecError, match=r"has no build\(\) or build_lm\(\)"):
        load_family("mine_families.empty")
    with pytest.raises(MissingDependencyError, match="needs 'no_such_library'"):
        load_family("mine_families.hungry")
    with pytest.raises(SpecError, match=r"no module 'mine_families.absent'"):
        load_family("mine_families.absent")


def test_an_unknown_name_is_refused_with_all_the_choices():
    with pytest.raises(
        SpecError, match=r"no model family 'toi'; there are .*'toy'.*did you mean 'toy'"
    ):
        load_family("toi")


def test_only_files_with_a_required_function_are_listed():
    assert "toy" in builtin_names("upwell.models.families", ("build_lm",))
    assert "size" not in builtin_names("upwell.models", ("build_lm", "build"))


def test_a_file_of_ours_that_is_no_such_thing_is_not_found():
    with pytest.raises(SpecError, match="no thing 'size'"):
        load_plugin("size", package="upwell.models", kind="thing", required=("build_lm",))


def test_choices_are_quoted_and_suggested():
    assert quoted_list(["b", "a"]) == "'a', 'b'"
    assert quoted_list([]) == "none"
    assert did_you_mean("stpe", ["step", "slope"]) == "; did you mean 'step'?"
    assert did_you_mean("xyz", ["step"]) == ""


def in_a_process(code, cwd):
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=cwd, capture_output=True, text=True
    )
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


LOAD = "from upwell.plugins import *\ntry: print(load_plugin({name!r}, package='upwell.models', \
kind='thing', required=('build',)).__file__)\nexcept Exception as e: print(e)"


def test_a_name_of_the_working_folder_is_found_only_if_the_user_gives_it(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "tiny.py").write_text("from mine.part import build\n")
    (tmp_path / "mine" / "part.py").write_text("def build(): ...\n")
    load = LOAD.format(name="mine.tiny")
    assert "PYTHONPATH" in in_a_process(load, tmp_path)
    trusted = "from upwell.plugins import trust_working_dir\ntrust_working_dir()\n"
    assert in_a_process(trusted + load, tmp_path) == str(tmp_path / "mine" / "tiny.py")
    assert in_a_process(trusted + "import sys; print('' in sys.path)", tmp_path) == "False"
    assert "no module 'absent'" in in_a_process(trusted + LOAD.format(name="absent.x"), tmp_path)


def test_a_trusted_folder_never_shadows_an_installed_package(tmp_path):
    for name in ("polars", "html", "json"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('code of the folder ran')\n")
    code = (
        "from upwell.plugins import trust_working_dir, import_user_module\ntrust_working_dir()\n"
        "import_user_module('html.entities'); import polars, json; print(polars.__file__)"
    )
    assert "site-packages" in in_a_process(code, tmp_path)
