"""Long tables: what is read, what is refused, and where."""

import random
from pathlib import Path

import polars as pl
import pytest

from upwell.errors import DataError
from upwell.records.evaluation import TABLE_COLUMNS
from upwell.results import csv_parquet, read

from .result_files import csv, shared_data

ROW = "f,m,1e9,2e10,a,0,accuracy,0.5,100"


def one(folder: Path, row: str, **options: str) -> dict[str, object]:
    rows = read([csv(folder, row, **options)]).table.frame
    assert len(rows) == 1
    return rows.row(0, named=True)


def test_a_row_has_every_column_of_a_table(tmp_path: Path) -> None:
    frame = read([csv(tmp_path, ROW)]).table.frame
    assert tuple(frame.columns) == TABLE_COLUMNS
    kinds = frame.schema
    assert kinds["params"] == pl.Float64 and kinds["step"] == kinds["items"] == pl.Int64


def test_unknown_is_null_and_never_zero(tmp_path: Path) -> None:
    row = one(tmp_path, "f,m,1e9,NaN,a,n/a,accuracy,0.5,")
    assert row["tokens"] is None and row["shots"] is None and row["items"] is None
    assert row["stderr"] is None and row["seed"] is None


def test_a_missing_value_is_a_row_with_a_reason(tmp_path: Path) -> None:
    row = one(tmp_path, "f,m,1e9,2e10,a,0,accuracy,NaN,100")
    assert row["value"] is None
    assert row["reason"] == "the file gives no value"


def test_an_infinite_value_is_a_missing_one(tmp_path: Path) -> None:
    row = one(tmp_path, "f,m,1e9,2e10,a,0,ppl,inf,100")
    assert (row["value"], row["reason"]) == (None, "the value is not finite")


def test_flops_are_six_times_params_times_tokens_unless_the_file_has_them(tmp_path: Path) -> None:
    assert one(tmp_path, ROW)["flops"] == pytest.approx(6 * 1e9 * 2e10)
    row = one(tmp_path, f"{ROW},7e20", header="family,model,params,tokens,ability,shots,metric,"
                "value,items,flops")  # fmt: skip
    assert row["flops"] == 7e20


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("f,m,1e9,2e10,a,0,accuracy,high,100", "value must be a number, found high"),
        ("f,m,-5,2e10,a,0,accuracy,.5,100", "params must be above 0, found -5"),
        ("f,m,1e9,2e10,c,0,accuracy,47.3,100", "accuracy of c is not within its bounds"),
        ("f,m,1e9,2e10,a,0,accuracy,.5,1e300", "items is too large a number"),
        ("f,m,1e9,2e10,a,0,accuracy,.5,12.5", "items must be a whole number"),
        ("f,m,1e9,2e10,a,-1,accuracy,.5,100", "shots must not be negative"),
        ("f,m,inf,2e10,a,0,accuracy,.5,100", "params must be finite"),
        ("f,,1e9,2e10,a,0,accuracy,.5,100", "there is no model"),
        ("f,m,1e9,2e10,,0,accuracy,.5,100", "there is no ability"),
        ("f,m,1e9", "expected 9 fields as in the first line, found 3"),
        ('f,"m,1e9,2e10,a,0,accuracy,.5,100', "the row cannot be read"),
    ],
)
def test_a_bad_row_is_reported_with_its_line_and_stops_nothing(
    tmp_path: Path, row: str, why: str
) -> None:
    path = csv(tmp_path, ROW, ROW.replace(",a,", ",b,"), row)
    reading = read([path])
    assert len(reading.table) == 2
    [bad] = reading.bad_rows
    assert (bad.file, bad.line) == (str(path), 4)
    assert why in bad.reason


def test_lines_are_counted_through_quoted_newlines_and_blank_lines(tmp_path: Path) -> None:
    rows = ['f,"two\nlines",1e9,2e10,a,0,accuracy,0.5,100', "", "f,m,1e9,2e10,a,0,accuracy,x,1"]
    reading = read([csv(tmp_path, *rows)])
    assert reading.table.frame["model"].to_list() == ["two\nlines"]
    assert [bad.line for bad in reading.bad_rows] == [5]


def test_the_quick_and_the_careful_way_read_the_same(tmp_path: Path) -> None:
    rows = [f"f,m{i},{i}e6,,a,0,accuracy,0.{i},10" for i in range(1, 9)]
    quick = read([csv(tmp_path, *rows, name="quick.csv")])
    quoted = [row.replace("f,", '"f",', 1) for row in rows]
    careful = read([csv(tmp_path, *quoted, name="careful.csv")])
    windows = csv(tmp_path, *rows, name="windows.csv")
    windows.write_bytes(b"\xef\xbb\xbf" + windows.read_bytes().replace(b"\n", b"\r\n"))
    assert quick.table.frame.equals(careful.table.frame)
    assert quick.table.frame.equals(read([windows]).table.frame)


def test_other_columns_are_numbers_or_text(tmp_path: Path) -> None:
    header = "model,params,task,metric,value,width,split"
    row = one(tmp_path, "m,1e9,a,acc,0.5,512,val", header=header)
    assert (row["width"], row["split"], row["ability"]) == (512.0, "val", "a")


def test_metrics_are_named_as_ours_where_the_facts_are_the_same(tmp_path: Path) -> None:
    rows = [f"f,m,1e9,,a,0,{m},0.5,10" for m in ("acc", "acc_norm", "bpb", "score", "ce_loss")]
    reading = read([csv(tmp_path, *rows)])
    assert reading.table.frame["metric"].to_list() == [
        "accuracy", "acc_norm", "bits_per_byte", "score", "loss",
    ]  # fmt: skip
    assert reading.unknown_metrics == ("score",)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "names no columns"),
        (b"a,b\n1,2\n", "it has no column 'ability', 'metric', 'value'"),
        (b"model,model,ability\n", "names 'model' twice"),
        (b"model,ability,metric,value\n\xff\xfe,a,acc,.5\n", "not UTF-8 (byte 27)"),
        (b"\x00\x01\x02PNG", "not a table of results"),
        (b",".join([b"c%d" % i for i in range(5000)]) + b"\n", "over 1000 columns"),
    ],
)
def test_a_file_that_is_no_table_is_one_clear_sentence(
    tmp_path: Path, content: bytes, why: str
) -> None:
    path = tmp_path / "strange.csv"
    path.write_bytes(content)
    with pytest.raises(DataError) as error:
        read([path])
    assert why in str(error.value) and str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_field_without_end_is_a_bad_row_and_no_endless_one(tmp_path: Path) -> None:
    huge = f'f,"{"x" * 200_000}",1e9,2e10,a,0,accuracy,0.5,100'
    reading = read([csv(tmp_path, ROW, huge, ROW.replace(",a,", ",b,"))])
    assert len(reading.table) == 2
    assert "field larger than field limit" in reading.bad_rows[0].reason


def test_parquet_reads_like_csv(tmp_path: Path) -> None:
    path = csv(tmp_path, ROW, ROW.replace(",a,", ",b,"))
    pl.read_csv(path).write_parquet(tmp_path / "table.parquet")
    assert read([tmp_path / "table.parquet"]).table.frame.equals(read([path]).table.frame)


def test_nan_in_parquet_is_unknown(tmp_path: Path) -> None:
    rows = {"model": ["m"], "params": [1e9], "tokens": [float("nan")], "ability": ["a"]}
    pl.DataFrame(rows | {"metric": ["acc"], "value": [0.5]}).write_parquet(tmp_path / "t.parquet")
    assert read([tmp_path / "t.parquet"]).table.frame["tokens"].to_list() == [None]


def test_a_parquet_file_that_is_none_is_one_clear_sentence(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    path.write_bytes(b"PAR1 and then nothing of use PAR1")
    with pytest.raises(DataError, match=r"not a Parquet file") as error:
        read([path])
    assert "\n" not in str(error.value)


def test_more_cells_than_the_limit_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_parquet, "MAX_CELLS", 8)
    pl.read_csv(csv(tmp_path, ROW)).write_parquet(tmp_path / "t.parquet")
    with pytest.raises(DataError, match=r"has 1 rows and 9 columns.*and 8 cells"):
        read([tmp_path / "t.parquet"])


def test_a_damaged_parquet_file_gives_rows_or_one_sentence(tmp_path: Path) -> None:
    whole = tmp_path / "whole.parquet"
    pl.read_csv(csv(tmp_path, ROW, ROW.replace(",a,", ",b,"))).write_parquet(whole)
    data, rng = whole.read_bytes(), random.Random(0)
    for _ in range(100):
        broken = bytearray(data)
        for _ in range(3):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        path = tmp_path / "broken.parquet"
        path.write_bytes(broken)
        try:
            read([path])
        except DataError as error:
            assert str(path) in str(error) and "\n" not in str(error)


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "rows"),
    [("bigg", 574), ("gadre", 5553), ("olmo_ladder", 80_423), ("pythia_arithmetic", 21_000)],
)
def test_shared_tables_are_read_whole(name: str, rows: int) -> None:
    reading = read([shared_data("tables", f"{name}.parquet")])
    assert (len(reading.table), reading.bad_rows, reading.unplaced_models) == (rows, (), ())
    assert reading.table.frame.select(pl.col(pl.Float64).is_nan().any()).row(0) == (False,) * len(
        reading.table.frame.select(pl.col(pl.Float64)).columns
    )
