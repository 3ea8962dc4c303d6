"""Rows have the types that `datasets` 5.2.0 gives them, and are read within limits only.

The values were recorded with `datasets.load_dataset`; random files are compared with it where
`UPWELL_LM_EVAL` names a Python that has it.
"""

import bz2
import datetime
import gzip
import json
import lzma
import os
import random
import subprocess

import polars
import pytest

from upwell.errors import DataError
from upwell.evaluation.task_files import data_files, load_task, tables
from upwell.evaluation.task_files.rows import load_splits, read_rows

PYTHON = os.environ.get("UPWELL_LM_EVAL", "")

TIME = datetime.datetime(2020, 1, 1)
NEXT = datetime.datetime(2020, 1, 2)


def read(tmp_path, name, text, **options):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    reader = "csv" if name.endswith("sv") else "json"
    return [tuple(row.values()) for row in load_splits(reader, {"": [path]}, options)[""]]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1", "", "3"], [1.0, None, 3.0]),
        (["1", "2"], [1, 2]),
        (["NA", "x", "null", "None", "nan", "n/a", ""], [None, "x", None, None, None, None, None]),
        (["True", "False", ""], [True, False, None]),
        (["True", "False"], [True, False]),
        (["yes", "no"], ["yes", "no"]),
        (["2020-01-01", "2020-01-02"], ["2020-01-01", "2020-01-02"]),
        (["01", "02"], [1, 2]),
        (["1.0", "2"], [1.0, 2.0]),
        ([" a", "b "], [" a", "b "]),
        (["1e5", "x"], ["1e5", "x"]),
        (["", ""], [None, None]),
    ],
)
def test_csv(tmp_path, cells, values):
    text = "a,b\n" + "".join(f"{cell},z\n" for cell in cells)
    rows = read(tmp_path, "rows.csv", text)
    assert [row[0] for row in rows] == values
    assert [type(row[0]) for row in rows] == [type(value) for value in values]


@pytest.mark.parametrize(
    ("entries", "values"),
    [
        (["2020-01-01", "2020-01-02"], [TIME, NEXT]),
        (["2020-01-01", None], [TIME, None]),
        (["2020-01-01", "x"], ["2020-01-01", "x"]),
        ([0, 1.5], [0.0, 1.5]),
        ([1, None], [1, None]),
        ([1, "s"], [1, "s"]),
        (["5", 1, "s"], [5, 1, "s"]),
        ([True, None], [True, None]),
        ([[3], [1, 2.5]], [[3.0], [1.0, 2.5]]),
        ([["2020-01-01"], []], [[TIME], []]),
        ([{"a": 1}, {"b": 2}], [{"a": 1}, {"b": 2}]),
        ([{"a": 1, "b": None}, {"a": 2, "b": "x"}], [{"a": 1, "b": None}, {"a": 2, "b": "x"}]),
        (["", "NA"], ["", "NA"]),
    ],
)
def test_json_lines(tmp_path, entries, values):
    text = "\n".join(json.dumps({"a": entry}) for entry in entries)
    rows = read(tmp_path, "rows.jsonl", text)
    assert [row[0] for row in rows] == values
    assert repr([row[0] for row in rows]) == repr(values)


def test_a_list_and_the_field_of_an_object_are_read_as_lines_are(tmp_path):
    rows = [{"q": "a", "n": 1}, {"q": "b", "n": 2}]
    assert read(tmp_path, "rows.json", json.dumps(rows)) == [("a", 1), ("b", 2)]
    wrapped = json.dumps({"version": 1, "data": rows})
    assert read(tmp_path, "rows.json", wrapped, field="data") == [("a", 1), ("b", 2)]
    with pytest.raises(DataError, match="has no field 'rows'; there are version, data"):
        read(tmp_path, "rows.json", wrapped, field="rows")


def test_parquet(tmp_path):
    frame = polars.DataFrame({"d": [TIME, None], "n": [1, None], "l": [["a"], []]})
    frame.write_parquet(tmp_path / "rows.parquet")
    rows = read_rows(tmp_path / "rows.parquet")
    assert rows == [{"d": TIME, "n": 1, "l": ["a"]}, {"d": None, "n": None, "l": []}]


def test_the_first_split_decides_the_types(tmp_path):
    """As in `datasets`: the whole numbers of the second file become numbers with a point."""
    (tmp_path / "a.csv").write_text("n\n1.5\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("n\n1\n2\n", encoding="utf-8")
    splits = load_splits("csv", {"a": [tmp_path / "a.csv"], "b": [tmp_path / "b.csv"]})
    assert [repr(row["n"]) for row in splits["b"]] == ["1.0", "2.0"]
    (tmp_path / "b.csv").write_text("n\nx\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"the column 'n' is .*string here and double in the first"):
        load_splits("csv", {"a": [tmp_path / "a.csv"], "b": [tmp_path / "b.csv"]})


@pytest.mark.parametrize(
    ("name", "data", "fault"),
    [
        ("rows.csv.xz", lzma.compress(b"x" * 120_000), "after decompression"),
        ("rows.csv.gz", gzip.compress(b"x" * 120_000), "after decompression"),
        ("rows.csv.bz2", bz2.compress(b"x" * 120_000), "after decompression"),
        ("rows.csv.gz", gzip.compress(b"a,b\n" * 1000)[:-9], "cannot be decompressed"),
        ("rows.jsonl", b'{"a": ' + b"[" * 500 + b"]" * 500 + b"}", "levels of lists"),
        ("rows.jsonl", b'{"a": ' + b"[" * 90_000, "is not JSON"),
        ("rows.jsonl", b'{"a": 1' + b"0" * 5000 + b"}", "line 1 is not JSON"),
        ("rows.jsonl", b'{"a": "\\ud800"}', "line 1 is not JSON"),
        ("rows.csv", b"a,b\n1,2\n1,2,3,4\n", "line 3"),
        ("rows.csv", b"a,b\n\xff\xfe\n", "cannot be read as csv"),
    ],
)
def test_what_is_damaged_or_too_large_is_one_sentence(tmp_path, monkeypatch, name, data, fault):
    monkeypatch.setattr(data_files, "MAX_DATA_BYTES", 100_000)
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DataError, match=fault) as error:
        read_rows(tmp_path / name)
    assert "\n" not in str(error.value) and len(str(error.value)) < 800


def test_a_table_that_grows_when_it_is_read_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "MAX_BYTES", 100_000)
    path = tmp_path / "rows.parquet"
    polars.DataFrame({"q": ["x" * 1000] * 1000}).write_parquet(path)
    assert path.stat().st_size < 10_000
    with pytest.raises(DataError, match="after decompression"):
        read_rows(path)


TASK = """
task: t
dataset_path: csv
dataset_kwargs: {data_files: {test: NAME}}
test_split: test
output_type: multiple_choice
doc_to_text: "{{q}}"
doc_to_choice: [x, y]
doc_to_target: 0
"""


@pytest.fixture
def folders(tmp_path):
    """A folder for task files beside a file with rows that it may not read."""
    (tmp_path / "tasks").mkdir()
    (tmp_path / "secret.csv").write_text("q\nsecret\n", encoding="utf-8")
    (tmp_path / "tasks" / "link.csv").symlink_to(tmp_path / "secret.csv")
    (tmp_path / "tasks" / "loop.csv").symlink_to(tmp_path / "tasks" / "loop.csv")
    os.mkfifo(tmp_path / "tasks" / "pipe.csv")
    for name in ("a-1.csv", "a-2.csv"):
        (tmp_path / "tasks" / name).write_text(f"q\n{name}\n", encoding="utf-8")
    return tmp_path


def load(folder, name, **options):
    path = folder / "tasks" / "task.yaml"
    path.write_text(TASK.replace("NAME", name), encoding="utf-8")
    return [row["q"] for row in load_task(path, **options).rows]


@pytest.mark.parametrize("name", ["../secret.csv", "link.csv", "'[a-1.csv, ../secret.csv]'"])
def test_rows_outside_of_the_folder_are_not_read(folders, name):
    name = name.strip("'")
    with pytest.raises(DataError, match=r"outside of the folder of the task file.*--data-dir"):
        load(folders, name)
    assert "secret" in load(folders, name, data_dir=folders)


def test_an_absolute_path_is_not_read_either(folders):
    with pytest.raises(DataError, match="outside of the folder"):
        load(folders, str(folders / "secret.csv"))


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("pipe.csv", "named pipe"),
        ("loop.csv", "there is no file"),
        ("x" * 5000, "there is no file"),
        ('"a\\0b"', "there is no file"),
    ],
)
def test_what_is_no_file_is_one_sentence(folders, name, fault):
    with pytest.raises(DataError, match=fault):
        load(folders, name)


def test_shards_are_read_in_the_order_of_their_names(folders):
    assert load(folders, '"a-*.csv"') == ["a-1.csv", "a-2.csv"]


SCRIPT = """
import json, os, sys
os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1")
import datasets
datasets.disable_progress_bars()
datasets.logging.set_verbosity(60)
folder, out = sys.argv[1:], {}
for path in sys.argv[2:]:
    try:
        rows = datasets.load_dataset("csv" if path.endswith("csv") else "json", data_files=path,
                                     cache_dir=sys.argv[1] + "/cache")["train"]
        out[path] = repr([list(row.values()) for row in rows])
    except Exception:
        out[path] = None
print("@" + json.dumps(out))
"""


@pytest.mark.skipif(not PYTHON, reason="UPWELL_LM_EVAL names no Python that has datasets")
def test_random_files_have_the_rows_of_datasets(tmp_path):
    rng = random.Random(0)
    cells = [
        "1",
        "",
        "2.5",
        "NA",
        "x",
        "True",
        "2020-01-01",
        "01",
        "1e5",
        '"a,b"',
        "99999999999999999999",
    ]
    entries = [1, None, 2.5, "x", "2020-01-01", True, [1], [1.5, None], {"a": 1}, {"b": "x"}, ""]
    paths = []
    for number in range(40):
        path = tmp_path / f"{number}.{'csv' if number % 2 else 'jsonl'}"
        pool = rng.sample(cells if number % 2 else entries, 2)
        drawn = rng.choices(pool, k=4)
        lines = ["a,b", *(f"{cell},z" for cell in drawn)] if number % 2 else [
            json.dumps({"a": entry}) for entry in drawn
        ]  # fmt: skip
        path.write_text("\n".join(lines), encoding="utf-8")
        paths.append(path)
    done = subprocess.run(
        [PYTHON, "-c", SCRIPT, tmp_path, *paths], capture_output=True, text=True, check=True
    )
    theirs = json.loads(done.stdout.split("@", 1)[1])
    for path in paths:
        if theirs[str(path)] is not None:
            assert repr([list(row.values()) for row in read_rows(path)]) == theirs[str(path)], path
