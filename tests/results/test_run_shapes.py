"""Result files in the shapes that harnesses and their relatives write."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from upwell.errors import DataError
from upwell.results import LoadedResults, parse_scale, read

from .result_files import document, log_samples, new_results, old_results

FLAT = {"piqa": {"acc": 0.6, "acc_stderr": 0.01}, "lambada": {"ppl": 5.0, "ppl_stderr": 0.1}}


def models(loaded: LoadedResults) -> list[str]:
    return loaded.table.frame["model"].unique().sort().to_list()


def load(path: Path) -> LoadedResults:
    return read([path], axis=None)


# The model's name.


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ("", "org/m"),
        (",subfolder=checkpoint-500", "org/m (subfolder=checkpoint-500)"),
        (",gguf_file=m.Q2_K.gguf", "org/m (gguf_file=m.Q2_K.gguf)"),
        (",peft=me/lora", "org/m (peft=me/lora)"),
        (",lora_local_path=./lora", "org/m (lora_local_path=./lora)"),
        (",delta=me/delta", "org/m (delta=me/delta)"),
        (",load_in_4bit=True", "org/m (load_in_4bit=True)"),
        (",quantization=awq", "org/m (quantization=awq)"),
        (",path=./weights.nemo", "org/m (path=./weights.nemo)"),
        (",revision=v1.1", "org/m@v1.1"),
        (",peft=me/lora,load_in_8bit=True", "org/m (load_in_8bit=True, peft=me/lora)"),
        (",load_in_4bit=False,revision=main", "org/m"),
        (",dtype=float32,device=cuda,trust_remote_code=True,batch_size=8", "org/m"),
        (",tensor_parallel_size=4,base_url=http://localhost:8000", "org/m"),
        (",max_length=2048", "org/m"),
    ],
)
def test_arguments_that_make_another_model_are_in_its_name(
    tmp_path: Path, arguments: str, name: str
) -> None:
    content = new_results("org/m", {"arc": 0.5}, arguments=arguments)
    assert models(load(document(tmp_path, content, "results_1.json"))) == [name]


def test_arguments_may_be_a_mapping(tmp_path: Path) -> None:
    content = new_results("m", {"arc": 0.5})
    content["config"]["model_args"] = {"pretrained": "m", "peft": "p", "dtype": "float16"}
    assert models(load(document(tmp_path, content))) == ["m (peft=p)"]


def test_another_length_is_another_way_of_asking_the_same_model(tmp_path: Path) -> None:
    for length in (1024, 2048):
        content = new_results("m", {"arc": length / 1e4}, arguments=f",max_length={length}")
        document(tmp_path, content, f"{length}/results_1.json")
    loaded = load(tmp_path)
    assert models(loaded) == ["m"]
    assert set(loaded.table.frame["ability"]) == {"arc/max_length=1024", "arc/max_length=2048"}


def test_the_scale_of_a_model_is_that_of_its_adapters(tmp_path: Path) -> None:
    content = new_results("org/m", {"arc": 0.5}, arguments=",peft=p", params=None)
    path = document(tmp_path, content)
    assert read([path], [parse_scale("m=7b")]).table.frame["params"].to_list() == [7e9]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("size0/results_2025-02-01T10-00-00.000000.json", "size0"),
        ("org__m-1b/results_2025-02-01T10-00-00.json", "org/m-1b"),
        ("out/my-model_2025-02-01T10-00-00.json", "my-model"),
        ("out/tr11-1b3.json", "tr11-1b3"),
        ("m7/eval_results.json", "m7"),
    ],
)
def test_a_model_that_no_document_names_is_named_after_its_file_and_it_is_said(
    tmp_path: Path, path: str, name: str
) -> None:
    content = new_results("", {"arc": 0.5}, arguments=",base_url=http://localhost:8001")
    content["config"]["model"] = "gguf"
    loaded = load(document(tmp_path, content, path))
    assert models(loaded) == [name]
    assert loaded.notes[0].endswith(f"named after its file or folder: {name}")


def test_nameless_files_in_one_folder_are_models_of_their_own(tmp_path: Path) -> None:
    for day in (1, 2, 3):
        content = new_results("", {"arc": day / 10}, arguments=f",base_url=http://x:{day}")
        document(tmp_path, content, f"results_2025-02-0{day}T10-00-00.json")
    assert len(models(load(tmp_path))) == 3


# Checkpoints.


@pytest.mark.parametrize(
    ("revision", "step", "tokens"),
    [
        ("step3000", 3000, None),
        ("step-120000", 120000, None),
        ("global_step500", 500, None),
        ("step1000-tokens4B", 1000, 4e9),
        ("stage1-step140000-tokens588B", 140000, 588e9),
    ],
)
def test_a_revision_that_states_its_step_is_read_and_said(
    tmp_path: Path, revision: str, step: int, tokens: float | None
) -> None:
    content = new_results("org/m", {"arc": 0.5}, arguments=f",revision={revision}")
    loaded = load(document(tmp_path, content))
    [row] = loaded.table.frame.to_dicts()
    assert (row["model"], row["step"], row["tokens"]) == ("org/m", step, tokens)
    assert f"org/m@{revision}" in loaded.notes[0]


@pytest.mark.parametrize(
    "revision", ["ckpt_100", "v2", "stage2-step1000-tokens5B", "step1k", "1000"]
)
def test_another_revision_states_no_step(tmp_path: Path, revision: str) -> None:
    content = new_results("org/m", {"arc": 0.5}, arguments=f",revision={revision}")
    [row] = load(document(tmp_path, content)).table.frame.to_dicts()
    assert (row["model"], row["step"]) == (f"org/m@{revision}", None)


def test_a_models_file_names_a_checkpoint_by_its_revision(tmp_path: Path) -> None:
    content = new_results("org/m", {"arc": 0.5}, arguments=",revision=step1000-tokens4B")
    document(tmp_path, content)
    (tmp_path / "models.csv").write_text("model,tokens\norg/m@step1000-tokens4B,4.2b\n")
    assert load(tmp_path).table.frame["tokens"].to_list() == [4.2e9]


# Shapes.


@pytest.mark.parametrize(
    "beside",
    [
        {},
        {"versions": {"piqa": 0}},
        {"model": "/fsx/RWKV-4-430M", "num_fewshot": 3},
        {"model_name": "org/m", "config": {"num_fewshot": 3}},
    ],
)
def test_flat_results_are_read_whatever_is_beside_them(
    tmp_path: Path, beside: dict[str, Any]
) -> None:
    loaded = load(document(tmp_path, {"results": FLAT, **beside}, "mine.json"))
    expected = beside.get("model") or beside.get("model_name") or "mine"
    assert models(loaded) == [expected]
    assert set(loaded.table.frame["metric"]) == {"accuracy", "perplexity"}
    assert set(loaded.table.frame["shots"]) == {3 if len(beside) == 2 else None}


def test_runs_under_their_dates_are_read_and_the_latest_wins(tmp_path: Path) -> None:
    runs = {
        "2022-07-13-11-29-13": {"acc": 0.3, "task_name": "axb", "prompt_name": "GPT-3 style"},
        "2022-07-12-11-29-13": {"acc": 0.2, "task_name": "axb", "prompt_name": "GPT-3 style"},
    }
    loaded = load(document(tmp_path, {"results": {"axb+GPT-3 style": runs}}, "m.json"))
    [row] = loaded.table.frame.to_dicts()
    assert (row["ability"], row["value"]) == ("axb/GPT-3 style", 0.3)
    assert len(loaded.bad_rows) == 1


def test_results_of_lighteval_are_read_without_their_average(tmp_path: Path) -> None:
    content = {
        "config_general": {"model_name": "org/m", "max_samples": None},
        "results": {
            "harness|arc:challenge|25": {"acc_norm": 0.4, "acc_norm_stderr": 0.01},
            "gsm8k|5": {"qem": 0.1},
            "all": {"acc_norm": 0.4},
        },
    }
    loaded = load(document(tmp_path, content))
    found = loaded.table.frame.select("model", "ability", "shots").rows()
    assert found == [("org/m", "arc:challenge", 25), ("org/m", "gsm8k", 5)]
    assert any("averages over all tasks" in note for note in loaded.notes)


def test_another_document_is_refused_with_what_it_holds(tmp_path: Path) -> None:
    content = {"name": "x", "eval_metrics": {"icl": {"piqa": 0.5}}}
    with pytest.raises(DataError, match=r"found the keys name, eval_metrics \(icl\)"):
        load(document(tmp_path, content))


def test_results_of_something_else_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not a table of results"):
        load(document(tmp_path, {"results": {"first": {"width": 3, "height": 4}}}))


def test_numbers_as_text_are_read_and_other_text_is_missing(tmp_path: Path) -> None:
    content = new_results("m", {"a": 0.5, "b": 0.5})
    content["results"]["a"]["acc,none"] = "0.25"
    content["results"]["b"]["acc,none"] = "N/A"
    assert load(document(tmp_path, content)).table.frame["value"].to_list() == [0.25, None]


# Sample logs.


@pytest.mark.parametrize(
    ("result", "log"),
    [
        ("results_2025-07-20T14-41-47.889420.json", "samples_arc_2025-07-20T14-41-47.889420.jsonl"),
        ("mine_2025-07-20T14-41-47.889420.json", "samples_arc_2025-07-20T14-41-47.889420.jsonl"),
        (
            "results_FLOR:2025-07-21T1441-16_2025-07-21T14-41-47.889425.json",
            "samples_arc_2025-07-21T14-41-47.889425.jsonl",
        ),
        ("mine.json", "mine_arc.jsonl"),
        ("results.json", "pretrained__org__m_arc.jsonl"),
    ],
)
def test_sample_logs_are_found_beside_a_result_of_any_name(
    tmp_path: Path, result: str, log: str
) -> None:
    document(tmp_path, new_results("org/m", {"arc": 0.5}, items=2), result)
    log_samples(tmp_path / log, [0.0, 1.0])
    loaded = load(tmp_path)
    assert loaded.outcomes is not None and len(loaded.outcomes) == 2
    assert loaded.notes == ()


def test_a_sample_log_without_its_result_is_named(tmp_path: Path) -> None:
    document(tmp_path, new_results("m", {"arc": 0.5}), "results_2025-07-20T14-41-47.json")
    log_samples(tmp_path / "samples_arc_2025-07-21T14-41-47.jsonl", [0.0, 1.0])
    [note] = load(tmp_path).notes
    assert "sample logs without the result file" in note and "samples_arc_2025-07-21" in note


def test_old_results_with_an_adapter_are_another_model(tmp_path: Path) -> None:
    content = old_results("m", {"piqa": {"acc": 0.6}})
    content["config"]["model_args"] += ",peft=p"
    [row] = load(document(tmp_path, content)).table.frame.to_dicts()
    assert (row["model"], row["step"]) == ("m (peft=p)", 143000)


def test_a_revision_column_of_a_table_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    rows = ["m,step1000,a,accuracy,.1", "m,step2000,a,accuracy,.2", "m,v2,a,accuracy,.3"]
    path.write_text("\n".join(["model,revision,ability,metric,value", *rows]) + "\n")
    frame = load(path).table.frame.select("model", "step")
    assert frame.rows() == [("m", 1000), ("m", 2000), ("m@v2", None)]
    assert frame.schema["step"] == pl.Int64
