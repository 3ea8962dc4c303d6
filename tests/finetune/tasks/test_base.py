"""A task of one's own: loaded by its module path, or refused with what it lacks."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from upwell.errors import SpecError
from upwell.finetune.tasks import Task, load_task, task_names
from upwell.finetune.tasks.base import find_defect

COMPLETE = """
from upwell.finetune.tasks.text_classification import TextClassification

class Sentiment(TextClassification):
    max_dev_rows = 7

TASK = Sentiment
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Write a module and give its dotted path."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "my_tasks").mkdir()

    def write(source: str) -> str:
        (tmp_path / "my_tasks" / "sentiment.py").write_text(source)
        for name in ("my_tasks.sentiment", "my_tasks"):
            sys.modules.pop(name, None)
        return "my_tasks.sentiment"

    return write


@pytest.mark.parametrize("name", task_names())
def test_each_task_of_ours_is_one(name):
    assert isinstance(load_task(name), Task)


def test_base_and_private_modules_are_no_tasks():
    assert "text-classification" in task_names()
    assert not {"base", "classification", "seq2seq", "tag-decoding"} & set(task_names())


def test_a_task_of_your_own_is_loaded_by_its_module_path(module):
    task = load_task(module(COMPLETE))
    assert type(task).__name__ == "Sentiment"
    assert task.max_dev_rows == 7


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("TASK = Sentiment", ""), "has no TASK, which every task has; add it"),
        (("TASK = Sentiment", "TASK = 3"), "TASK is 3; make it a subclass of"),
        (("TASK = Sentiment", "TASK = Sentiment()"), "make it a subclass of"),
        (("max_dev_rows = 7", "modality = 'smell'"), "modality is 'smell'; choose one of"),
        (
            ("max_dev_rows = 7", "def encode(self, rows): ..."),
            r"Sentiment.encode takes \(rows\); expected \(rows, labels, columns, base_model, ",
        ),
        (
            ("max_dev_rows = 7", "def read(self, path, columns): ..."),
            r"Sentiment.read takes \(path, columns\); expected \(path, columns, labeled=\)",
        ),
    ],
)
def test_what_a_task_lacks_is_one_sentence(module, change, message):
    with pytest.raises(SpecError, match=message):
        load_task(module(COMPLETE.replace(*change)))


@pytest.mark.parametrize("missing", sorted(Task.__abstractmethods__))
def test_each_missing_method_is_named(missing):
    methods = {name: getattr(Task, name) for name in Task.__abstractmethods__}
    complete = {name: _concrete(method) for name, method in methods.items()}
    extra = {"predict": _concrete(Task.predict)}
    assert find_defect(type("Mine", (Task,), complete | extra)) is None
    del complete[missing]
    assert find_defect(type("Mine", (Task,), complete | extra)) == (
        f"Mine lacks {missing}; define what upwell.finetune.tasks.Task describes"
    )


def test_outputs_need_predict_or_a_linear_head_with_targets():
    complete = {name: _concrete(getattr(Task, name)) for name in Task.__abstractmethods__}
    assert "Mine lacks predict;" in str(find_defect(type("Mine", (Task,), complete)))
    with_head = complete | {"has_linear_head": True}
    assert "Mine lacks targets;" in str(find_defect(type("Mine", (Task,), with_head)))


def _concrete(method):
    """A function of the same signature that is not abstract."""

    def copy(*args, **kwargs): ...

    copy.__wrapped__ = method
    return copy
