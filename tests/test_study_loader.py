"""Studies are found by name or path; what is wrong with one is told in one sentence."""

import sys

import pytest

from upwell.errors import SpecError
from upwell.records import Study
from upwell.study_loader import builtin_studies, load_study

MINE = """
from upwell.records import Study
def {name}(rungs=3):
    return Study(name="mine", question="?", hypothesis="!", ladder=(), seeds=tuple(range(rungs)))
"""


def written(folder, text, name="mine.py"):
    path = folder / name
    path.write_text(text)
    return str(path)


def test_the_ready_made_are_found_by_name():
    assert "ruler" in builtin_studies()
    assert all(isinstance(load_study(name), Study) for name in builtin_studies())


@pytest.mark.parametrize("name", ["study", "mine"])
def test_a_file_is_found_by_its_path(tmp_path, name):
    path = written(tmp_path, MINE.format(name=name))
    assert load_study(path).name == "mine"
    assert load_study(path, rungs=5).seeds == (0, 1, 2, 3, 4)


def test_a_module_is_found_by_its_dotted_path(tmp_path, monkeypatch):
    (tmp_path / "my_studies").mkdir()
    written(tmp_path / "my_studies", MINE.format(name="study"))
    monkeypatch.syspath_prepend(tmp_path)
    assert load_study("my_studies.mine").name == "mine"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def study(:", "does not run: SyntaxError"),
        ("1 / 0", "does not run: ZeroDivisionError"),
        ("def study(): return {}['x']", "does not run: KeyError"),
        ("def study(): return 3", "returned a int, expected a Study"),
        ("x = 1", r"neither a function study\(\) nor mine\(\)"),
    ],
)
def test_what_is_wrong_with_a_file_is_one_sentence(tmp_path, text, words):
    with pytest.raises(SpecError, match=words):
        load_study(written(tmp_path, text))


def test_an_option_that_does_not_exist_is_told_with_the_nearest(tmp_path):
    path = written(tmp_path, MINE.format(name="study"))
    with pytest.raises(SpecError, match="no option 'rung'; it has 'rungs'; did you mean 'rungs'"):
        load_study(path, rung=2)


@pytest.mark.parametrize("name", ["rular", "absent.py", "folder/absent.py"])
def test_what_is_not_there_is_told_with_what_is(name):
    with pytest.raises(SpecError, match="'ruler'"):
        load_study(name)


def test_modules_beside_a_study_are_found_and_shadow_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.path", [*sys.path])
    (tmp_path / "beside_a_study.py").write_text("RUNGS = 4\n")
    (tmp_path / "html.py").write_text("raise SystemExit('code of the folder ran')\n")
    text = "import html.entities\nfrom beside_a_study import RUNGS\n" + MINE.format(name="study")
    path = written(tmp_path, text.replace("rungs=3", "rungs=RUNGS"))
    assert load_study(path).seeds == (0, 1, 2, 3)
    assert sys.path[-1] == str(tmp_path)
