"""Files from strangers: whatever they hold, the answer is rows or one sentence."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upwell.errors import DataError
from upwell.results import parse_scale, read, strict_json

from .result_files import old_results

PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
TREES = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
SHAPES = st.fixed_dictionaries(
    {"results": TREES, "config": TREES, "model": TREES, "task": TREES, "scores": TREES}
)
SCORES = st.dictionaries(st.sampled_from(["acc", "acc,none", "acc_stderr", "f1,x", "alias"]), TREES)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is not JSON: line 1"),
        (b"{", "is not JSON: line 1"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": ' * 50_000, "nested too deeply"),
        (b'{"results": 1, "results": 2}', "'results' occurs twice"),
        (b'{"results": ' + b"9" * 5000 + b"}", "not JSON that can be used"),
        (b"\xff\xfe{", "not UTF-8"),
        (b"[]", "is not a table of results"),
        (b'{"results": {}, "config": {}}', "is not a table of results"),
    ],
)
def test_hostile_json_is_one_clear_sentence(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "results.json"
    path.write_bytes(content)
    with pytest.raises(DataError, match=why) as error:
        read([path])
    assert "\n" not in str(error.value) and str(path) in str(error.value)


def test_a_document_larger_than_the_limit_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strict_json, "MAX_DOCUMENT_BYTES", 10)
    path = tmp_path / "results.json"
    path.write_text(json.dumps(old_results("m", {"a": {"acc": 0.5}})))
    with pytest.raises(DataError, match="has over 10 bytes"):
        read([path])


def test_a_line_larger_than_the_limit_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strict_json, "MAX_LINE_BYTES", 10)
    path = tmp_path / "log.jsonl"
    path.write_text('{"a": 1}\n{"a": 12345678}\n')
    with pytest.raises(DataError, match="line 2 is longer than 10 bytes"):
        list(strict_json.read_lines(path))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=SHAPES | st.builds(lambda s: old_results("m", {"t": s}), SCORES))
def test_any_json_gives_rows_or_one_sentence(tmp_path: Path, document: object) -> None:
    path = tmp_path / "results_1.json"
    path.write_text(json.dumps(document))
    try:
        reading = read([path], [parse_scale("m=1m")])
        assert len(reading.table) > 0
    except DataError as error:
        assert str(path) in str(error) or "names the model 'm'" in str(error)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.text(alphabet='af,"\n\r\t01.e-é\x00', max_size=80))
def test_any_csv_gives_rows_or_one_sentence(tmp_path: Path, body: str) -> None:
    path = tmp_path / "table.csv"
    header = "model,params,ability,metric,value\n"
    path.write_text(f"{header}m,1e6,a,acc,0.5\n{body}", encoding="utf-8", newline="")
    reading = read([path])
    lines = body.count("\n") + body.count("\r") + 3
    assert all(bad.line is not None and 3 <= bad.line <= lines for bad in reading.bad_rows)
