"""The models.csv as people save it: what it says is used, and what it says in vain is named."""

from pathlib import Path

import pytest

from upwell.errors import DataError
from upwell.results import LoadedResults, read

from .result_files import csv, document, old_results

HEADER = "model,task,metric,value"


def results(folder: Path, *models: str) -> None:
    csv(folder, *(f"{model},a,acc,0.5" for model in models), header=HEADER, name="results.csv")


def models(folder: Path, text: str, encoding: str = "utf-8") -> None:
    (folder / "models.csv").write_bytes(text.encode(encoding))


def params(loaded: LoadedResults) -> dict[str, float]:
    frame = loaded.table.frame
    return dict(zip(frame["model"], frame["params"], strict=True))


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("model;family;params;tokens\r\nopt-125m;opt;125239296;180b\r\n", "utf-8-sig"),
        ("Model,Params (B)\nopt-125m,0.125239296\n", "utf-8"),
        ("Model;Params (B)\nopt-125m;0,125239296\n", "utf-8"),
        ("MODEL\tNum Params\nopt-125m\t125,239,296\n", "utf-16"),
        ("model,params\nopt-125m,125.239296M params\n", "utf-8"),
        ("sep=;\nmodel;params\nopt-125m;125239296\n", "utf-8"),
        ("模型,参数量（亿）\nopt-125m,1.25239296\n", "gb18030"),
    ],
)
def test_a_models_csv_of_a_spreadsheet(tmp_path: Path, text: str, encoding: str) -> None:
    results(tmp_path, "facebook/opt-125m")
    models(tmp_path, text, encoding)
    assert params(read([tmp_path])) == {"facebook/opt-125m": pytest.approx(125239296)}


def test_lines_that_fit_no_model_are_named(tmp_path: Path) -> None:
    results(tmp_path, "facebook/opt-125m", "facebook/opt-1.3b")
    models(tmp_path, "model,params\nopt-125m,125m\nOPT-1.3B,1.3b\nbert,1m\n")
    loaded = read([tmp_path])
    assert params(loaded) == {"facebook/opt-125m": 125e6}
    [note] = loaded.notes
    assert "lines that fit no model" in note and "models.csv" in note
    assert "line 3 'OPT-1.3B', did you mean 'opt-1.3b'?" in note and "line 4 'bert'" in note


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("model,params\na,12q\n", "models.csv, line 2, column params: expected a number"),
        ("model,params\na,1b\na,2b\n", "models.csv, line 3 has the model 'a' twice"),
        ("model,params\na\n", "models.csv, line 2: expected 2 fields, found 1"),
        ("name,params\na,1b\n", "models.csv must have a column 'model'"),
        ("", "models.csv is not a table"),
        ("model,params\na,-5\n", "models.csv, line 2, column params"),
    ],
)
def test_a_fault_of_a_models_csv_is_its_own(tmp_path: Path, text: str, why: str) -> None:
    results(tmp_path, "a")
    models(tmp_path, text)
    with pytest.raises(DataError, match=why) as error:
        read([tmp_path])
    assert "there are no results" not in str(error.value)


def checkpoints(folder: Path, *revisions: str) -> None:
    for revision in revisions:
        scores = old_results("org/m", {"a": {"acc": 0.5}})
        scores["config"]["model_args"] = f"pretrained=org/m,revision={revision}"
        document(folder, scores, f"{revision}.json")


def test_steps_are_told_by_revision(tmp_path: Path) -> None:
    checkpoints(tmp_path, "ckpt_100", "ckpt_200")
    models(tmp_path, "model,revision,step,tokens\nm,ckpt_100,1000,4b\norg/m,ckpt_200,2000,8b\n")
    frame = read([tmp_path], axis="step").table.frame.sort("step")
    assert frame["step"].to_list() == [1000, 2000]
    assert frame["tokens"].to_list() == [4e9, 8e9]


def test_steps_are_told_by_the_whole_name(tmp_path: Path) -> None:
    checkpoints(tmp_path, "v1", "v2")
    models(tmp_path, "model,step\norg/m@v1,10\nm@v2,20\n")
    assert sorted(read([tmp_path], axis="step").table.frame["step"]) == [10, 20]


def test_tokens_are_told_by_step_or_by_revision(tmp_path: Path) -> None:
    checkpoints(tmp_path, "step1000-tokens4B", "step2000-tokens8B")
    models(tmp_path, "model,step,tokens\norg/m,1000,5b\norg/m@step2000-tokens8B,,9b\n")
    loaded = read([tmp_path], axis="tokens")
    assert sorted(loaded.table.frame["tokens"]) == [5e9, 9e9]
    models(tmp_path, "model,tokens\norg/m@step1000-tokens4B,5b\norg/m@step2000-tokens7B,7b\n")
    loaded = read([tmp_path], axis="tokens")
    assert sorted(loaded.table.frame["tokens"]) == [5e9, 8e9]
    assert any("line 3 'org/m@step2000-tokens7B'" in note for note in loaded.notes)


def test_a_line_about_another_revision_is_not_about_the_model(tmp_path: Path) -> None:
    results(tmp_path, "a", "b")
    models(tmp_path, "model,revision,params\na,main,1b\nb,v2,2b\n")
    loaded = read([tmp_path])
    assert params(loaded) == {"a": 1e9}
    assert any("line 3 'b'" in note for note in loaded.notes)


def test_two_steps_of_a_model_without_steps_are_refused(tmp_path: Path) -> None:
    results(tmp_path, "a")
    models(tmp_path, "model,step\na,1\na,2\n")
    with pytest.raises(DataError, match="lines 2 and 3 are both about 'a'"):
        read([tmp_path])
