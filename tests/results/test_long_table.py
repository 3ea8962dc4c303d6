"""Tables as people publish them: headers, separators, encodings, and wide layouts."""

from pathlib import Path

import polars as pl
import pytest

from upwell.errors import DataError
from upwell.results import LoadedResults, parse_metric_info, read

from .result_files import csv

SIZES = ("70M", "1.4B", "6.9B")
PARAMS = [70e6, 1.4e9, 6.9e9]


def write(folder: Path, text: str, encoding: str = "utf-8", name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def long_table(header: str, row: str, separator: str = ",") -> str:
    names = ("tiny", "small", "large")
    lines = [row.format(model=n, size=s) for n, s in zip(names, SIZES, strict=True)]
    return "\n".join([header, *lines, ""]).replace(";", separator)


def check(results: LoadedResults, value: float = 0.25) -> None:
    frame = results.table.frame
    assert frame["params"].to_list() == pytest.approx(PARAMS)
    assert frame["value"].to_list() == pytest.approx([value] * 3)
    assert set(frame["metric"]) == {"accuracy"} and set(frame["ability"]) == {"arc_easy"}


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("Model,Params,Task,Metric,Value,Items", "{model},{size},arc_easy,acc,0.25,1000"),
        ("MODEL NAME,Num Params,Task Name,METRIC,Score,N", "{model},{size},arc_easy,Acc,0.25,1000"),
        (
            "model_id,parameters,benchmark,metric_name,result,samples",
            "{model},{size},arc_easy,acc,.25,1",
        ),
        ("model,#Params,task,metric,value", '{model},"{size} params",arc_easy,"acc,none",0.25'),
        ("模型,参数量,任务,指标,得分,题数", "{model},{size},arc_easy,准确率,0.25,1000"),
        ("Model,Model Size,Task,Accuracy", "{model},{size},arc_easy,0.25"),
        ("Model,Params,Task,acc,acc_stderr", "{model},{size},arc_easy,0.25,0.01"),
        ("Model,Params,arc_easy_acc", "{model},{size},0.25"),
        ("Model,Params,arc_easy (acc)", "{model},{size},0.25"),
        ("Model,Params,arc_easy/acc,Year", "{model},{size},0.25,2023"),
    ],
)
def test_headers_and_layouts(tmp_path: Path, header: str, row: str) -> None:
    check(read([write(tmp_path, long_table(header, row))]))


@pytest.mark.parametrize(
    ("separator", "encoding", "notes"),
    [
        (";", "utf-8-sig", ["fields parted by semicolons", "decimal commas were read"]),
        ("\t", "utf-16", ["in UTF-16", "fields parted by tabs", "decimal commas were read"]),
        ("\t", "utf-16-le", ["in UTF-16", "fields parted by tabs", "decimal commas were read"]),
        ("|", "utf-8", ["fields parted by bars", "decimal commas were read"]),
    ],
)
def test_tables_of_spreadsheets(
    tmp_path: Path, separator: str, encoding: str, notes: list[str]
) -> None:
    text = long_table(
        "model;params;task;metric;value", "{model};{size};arc_easy;acc;0,25", separator
    )
    results = read([write(tmp_path, text.replace(".", ","), encoding)])
    check(results)
    for note in notes:
        assert any(note in each for each in results.notes)


def test_the_line_that_names_the_separator(tmp_path: Path) -> None:
    text = long_table("model;params;task;metric;value", "{model};{size};arc_easy;acc;0.25")
    results = read([write(tmp_path, f"sep=,\r\n{text}x,1B,arc_easy,acc,nothing\n")])
    check(results)
    assert [bad.line for bad in results.bad_rows] == [6]


def test_chinese_text_and_full_width_commas(tmp_path: Path) -> None:
    text = long_table("model;params;task;metric;value", "{model};{size};成语填空;acc;0.25")
    gbk = read([write(tmp_path, text, "gb18030")])
    assert set(gbk.table.frame["ability"]) == {"成语填空"}
    assert any("in GB18030" in note for note in gbk.notes)
    wide = read([write(tmp_path, text.replace(",", "，"))])
    assert set(wide.table.frame["ability"]) == {"成语填空"}
    assert any("full-width commas" in note for note in wide.notes)


def test_an_encoding_that_is_not_certain_is_refused(tmp_path: Path) -> None:
    text = "model,params,task,metric,value\nGröße,1B,a,acc,0.5\n"
    with pytest.raises(DataError, match=r"not UTF-8 \(byte 33\).*iconv -f WINDOWS-1252"):
        read([write(tmp_path, text, "cp1252")])


def test_thousands_and_decimal_commas(tmp_path: Path) -> None:
    text = 'model,params,task,metric,value,items\nm,"70,000,000",a,acc,0.5,"1,319"\n'
    row = read([write(tmp_path, text)]).table.frame.row(0, named=True)
    assert (row["params"], row["items"]) == (70e6, 1319)
    european = "model;params;task;metric;value;items\nm;70.000.000;a;acc;0,5;1.319\n"
    row = read([write(tmp_path, european)]).table.frame.row(0, named=True)
    assert (row["params"], row["items"], row["value"]) == (70e6, 1319, 0.5)


def test_a_comma_that_may_be_both_is_a_bad_row(tmp_path: Path) -> None:
    text = "model;params;task;metric;value\nm;1B;a;loss;1,234\nn;2B;a;loss;2.5\n"
    results = read([write(tmp_path, text)])
    assert results.table.frame["value"].to_list() == [2.5]
    assert (
        "value must be a number, found 1,234 (1,234 may be 1234 or 1.234)"
        in results.bad_rows[0].reason
    )


def test_units_of_the_header_are_said(tmp_path: Path) -> None:
    header = "Model,Model Family,Model Size (B),Pretraining Data Size (T),FLOPs (1E21),task,acc"
    results = read([csv(tmp_path, "a,f,7.0,2.0,84,t,0.5", "b,f,70M,,,t,0.6", header=header)])
    row = results.table.frame.row(0, named=True)
    assert (row["params"], row["tokens"], row["flops"], row["family"]) == (7e9, 2e12, 84e21, "f")
    assert results.table.frame["params"].to_list() == [7e9, 70e6]
    assert any("Model Size (B) is params times 1e+09" in note for note in results.notes)


def test_a_size_without_a_unit_is_no_number_of_parameters(tmp_path: Path) -> None:
    path = csv(tmp_path, "a,512,t,0.5", "b,1024,t,0.6", header="model,size,task,acc")
    with pytest.raises(DataError, match="no params known of a, b"):
        read([path])
    assert read([path], axis="size").table.frame["size"].to_list() == [512, 1024]


def test_a_leaderboard_is_a_row_a_model(tmp_path: Path) -> None:
    header = "Model,#Params (B),MMLU,ARC-C,GSM8K (%),Average,Layers"
    path = csv(tmp_path, "a,7,0.45,0.53,14.5 %,0.4,32", "b,13,0.55,,22.8 %,0.5,40", header=header)
    results = read([path], metric_info=parse_metric_info(["score=higher,0,1"]))
    rows = results.table.frame.select("model", "ability", "metric", "value").sort(
        "model", "ability"
    )
    assert rows.rows() == [
        ("a", "ARC-C", "score", 0.53),
        ("a", "GSM8K", "score", pytest.approx(0.145)),
        ("a", "MMLU", "score", 0.45),
        ("b", "GSM8K", "score", pytest.approx(0.228)),
        ("b", "MMLU", "score", 0.55),
    ]
    assert any(
        "each of these columns as a task: MMLU; ARC-C; GSM8K (%)" in n for n in results.notes
    )
    assert any("kept as further columns: Average; Layers" in note for note in results.notes)
    assert read([path]).unknown_metrics == ("score",)


def test_columns_of_several_metrics(tmp_path: Path) -> None:
    header = "model,params,task,acc,acc_stderr,acc_norm,width"
    results = read(
        [csv(tmp_path, "a,1B,t,0.5,0.01,0.6,512", "b,2B,t,0.7,0.02,,1024", header=header)]
    )
    rows = results.table.frame.select("model", "metric", "value", "stderr", "width").rows()
    assert rows == [
        ("a", "accuracy", 0.5, 0.01, 512),
        ("b", "accuracy", 0.7, 0.02, 1024),
        ("a", "acc_norm", 0.6, None, 512),
    ]


@pytest.mark.parametrize(
    ("header", "row", "why"),
    [
        ("model,params,task,quality", "a,1,t,0.5", "none of its columns is a metric"),
        ("model,params,width", "a,1,512", "no column is clearly the scores of a task"),
        ("task,pythia-70m,pythia-160m", "t,0.1,0.2", "a column for each model is not read"),
        ("model,params,acc", "a,1,0.5", "no column is clearly the scores of a task"),
    ],
)
def test_a_layout_that_is_not_clear_is_refused(
    tmp_path: Path, header: str, row: str, why: str
) -> None:
    with pytest.raises(DataError, match=why):
        read([csv(tmp_path, row, header=header)])


def test_filters_of_the_harness_belong_to_the_ability(tmp_path: Path) -> None:
    rows = ['m,1B,gsm8k,"exact_match,strict-match",0.5', 'm,1B,gsm8k,"exact_match,flexible",0.6']
    frame = read([csv(tmp_path, *rows, header="model,params,task,metric,value")]).table.frame
    assert frame["ability"].to_list() == ["gsm8k/strict-match", "gsm8k/flexible"]
    assert set(frame["metric"]) == {"exact_match"}


def test_parquet_of_any_layout(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"Model": ["a", "b"], "Params (B)": [7, 13], "MMLU_acc": [0.4, 0.5], "tags": [["x"], ["y"]]}
    ).with_columns(pl.col("Model").cast(pl.Categorical))
    frame.write_parquet(tmp_path / "t.parquet")
    results = read([tmp_path / "t.parquet"])
    assert results.table.frame["params"].to_list() == [7e9, 13e9]
    assert any("neither numbers nor text are not read: tags" in note for note in results.notes)


def test_a_parquet_file_that_expands_without_measure_is_refused(tmp_path: Path) -> None:
    text = pl.Series(["x" * 1000]).new_from_index(0, 400_000)
    frame = pl.DataFrame({"model": text, "task": text, "metric": text})
    frame.with_columns(value=0.5).write_parquet(tmp_path / "bomb.parquet")
    with pytest.raises(DataError, match="expands to over"):
        read([tmp_path / "bomb.parquet"])
