"""Unsafe YAML is refused with the file, the line and the reason."""

import pytest

from upwell.errors import DataError
from upwell.evaluation.task_files import safe_yaml


def read(tmp_path, text):
    path = tmp_path / "task.yaml"
    path.write_text(text, encoding="utf-8")
    return safe_yaml.read_yaml(path)


def test_plain_values_are_read(tmp_path):
    assert read(tmp_path, "a: 1\nb: [x, {c: null}]\n") == {"a": 1, "b": ["x", {"c": None}]}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: &x [1]\nb: *x\n", "line 2 has an alias"),
        ("a: 1\nb: 2\na: 3\n", "line 3 has the key 'a' a second time"),
        ("a: {b: 1, b: 2}\n", "the key 'b' a second time"),
        ("a: !function utils.process\n", "!function utils.process, which would run Python"),
        ("a: !!python/object/apply:os.system [ls]\n", "is not YAML"),
        ("a: " + "[" * 40 + "]" * 40, "levels of nesting"),
        ("- a\n", "expected keys and values"),
        ("a: [\n", "is not YAML"),
        ("1: 2\n", "expected keys and values"),
    ],
)
def test_unsafe_yaml_is_refused(tmp_path, text, fault):
    with pytest.raises(DataError, match=fault.replace("(", r"\(")):
        read(tmp_path, text)


def test_more_than_a_megabyte_is_refused(tmp_path):
    with pytest.raises(DataError, match="over 1,000,000 bytes"):
        read(tmp_path, "a: " + "x" * 1_000_001)


def test_an_absent_file_is_one_sentence(tmp_path):
    with pytest.raises(DataError, match="cannot be read: No such file"):
        safe_yaml.read_yaml(tmp_path / "none.yaml")


def test_an_unknown_key_is_an_error_with_the_nearest():
    with pytest.raises(DataError, match="unknown key 'promt'; did you mean 'prompt'"):
        safe_yaml.check_keys({"promt": 1}, ["prompt", "rows"], "here")
