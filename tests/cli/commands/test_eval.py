"""`upwell eval`, on tiny networks and small tasks."""

import json

import pytest
from models import shapes

from upwell.cli.commands.eval import parse_bytes
from upwell.errors import SpecError

TASK = """
task: colors
dataset_path: json
dataset_kwargs: {data_files: {test: rows.jsonl}}
test_split: test
fewshot_split: test
output_type: multiple_choice
doc_to_text: "{{thing}} is"
doc_to_choice: [red, green, blue]
doc_to_target: color
metric_list:
  - metric: accuracy
  - metric: log_loss
metadata:
  upwell:
    templates:
      question: "What color is {{thing}}?"
"""
METRICS = "  - metric: accuracy\n  - metric: log_loss\n"
THINGS = {
    "grass": "green",
    "blood": "red",
    "sky": "blue",
    "a leaf": "green",
    "fire": "red",
    "sea": "blue",
}


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    parent = tmp_path_factory.mktemp("models")
    return [shapes.folder(kind, parent) for kind in ("llama", "gpt2")]


@pytest.fixture
def task(tmp_path):
    rows = [json.dumps({"thing": thing, "color": color}) for thing, color in THINGS.items()]
    (tmp_path / "rows.jsonl").write_text("\n".join(rows), encoding="utf-8")
    path = tmp_path / "task.yaml"
    path.write_text(TASK, encoding="utf-8")
    return path


def test_a_family_is_evaluated_in_one_command(models, task, tmp_path, upwell):
    arguments = (
        "--fewshot-draws",
        2,
        "--templates",
        "all",
        "--wrong-labels",
        "--output-dir",
        tmp_path / "cache",
    )
    called = upwell(
        "eval", *models, "--tasks", task, "--num-fewshot", "0,2", *arguments, "--json", "-"
    )
    assert called.code == 0
    document = called.json()
    rows = {(r["model"], r["ability"], r["shots"], r["metric"]): r for r in document["rows"]}
    assert {key[0] for key in rows} == {"llama", "gpt2"}
    few = rows["llama", "colors", 2, "log_loss"]
    assert few["levels"] == {"items": 6, "draws": 2, "orders": 1, "templates": 2}
    assert set(few["variances"]) == {"items", "draws", "templates", "rest"}
    assert ("llama", "colors, wrong labels", 2, "log_loss") in rows
    kinds = {(g["model"], g["kind"]) for g in document["gains"]}
    assert {("llama", "fewshot"), ("gpt2", "wrong_labels"), ("llama", "labels")} <= kinds


def test_a_second_call_reads_the_cache(models, task, tmp_path, upwell, monkeypatch):
    arguments = (
        "eval",
        models[0],
        "--tasks",
        task,
        "--output-dir",
        tmp_path / "cache",
        "--json",
        "-",
    )
    first = upwell(*arguments)
    monkeypatch.setattr("upwell.models.lm.readers.shared.PrefixSharingReader.read", refuse)
    task.write_text(TASK.replace(METRICS, "  - metric: brier\n"), encoding="utf-8")
    assert upwell(*arguments).json()["rows"][0]["metric"] == "brier"
    assert first.code == 0


def refuse(self, rows, report=None):
    assert not rows or len(rows) < 5, "only the trial of a network may be read"
    return READ(self, rows, report)


READ = __import__(
    "upwell.models.lm.readers.shared", fromlist=["PrefixSharingReader"]
).PrefixSharingReader.read


def test_results_for_lm_eval_are_judged(models, task, tmp_path, upwell):
    upwell("eval", *models, "--tasks", task, "--output-dir", tmp_path / "cache", "--lm-eval-json",
           tmp_path / "results")  # fmt: skip
    called = upwell("judge", tmp_path / "results", "--json", "-")
    assert called.code == 0
    assert {v["ability"] for v in called.json()["verdicts"]} == {"colors"}


def test_a_builtin_ability_is_evaluated(models, upwell, tmp_path):
    called = upwell(
        "eval", models[0], "--tasks", "addition2", "--num-fewshot", "0", "--output-dir", tmp_path
    )
    assert called.code == 0
    assert "exact_match" in called.out


def test_people_read_a_table_and_a_sentence(models, task, tmp_path, upwell):
    called = upwell(
        "eval", models[0], "--tasks", task, "--num-fewshot", "0,1", "--output-dir", tmp_path
    )
    assert "colors" in called.out
    assert "1 examples gain" in called.out


def test_a_missing_answer_is_printed_with_its_reason(models, task, tmp_path, upwell):
    task.write_text(TASK.replace("[red, green, blue]", "[red, green]"), encoding="utf-8")
    arguments = ("eval", models[0], "--tasks", task, "--output-dir", tmp_path)
    called = upwell(*arguments)
    assert "2 without an answer: the target 'blue' is not among the choices" in " ".join(
        called.out.split()
    )
    rows = upwell(*arguments, "--json", "-").json()["rows"]
    assert [list(row["reasons"].values()) for row in rows] == [[2], [2]]


def test_a_wrong_template_is_an_error_before_a_model_is_loaded(task, tmp_path, upwell):
    task.write_text(TASK.replace("{{thing}} is", "{{thign}} is"), encoding="utf-8")
    called = upwell("eval", tmp_path / "no model", "--tasks", task, "--output-dir", tmp_path)
    assert called.code == 2
    assert "task.yaml: template" in called.err
    assert "did you mean 'thing'" in called.err


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("--num-fewshot", "many"), "--num-fewshot takes numbers"),
        (("--memory", "lots"), "--memory takes a size"),
        (("--truncation", "middle"), "--truncation is one of"),
        (("--device", "cuda"), "it takes cpu; got 'cuda'"),
        (("--templates", "none"), "no template 'none'"),
        (("--num-fewshot", "9"), "9 shots"),
    ],
)
def test_mistakes_are_one_sentence(models, task, tmp_path, upwell, arguments, fault):
    called = upwell("eval", models[0], "--tasks", task, "--output-dir", tmp_path, *arguments)
    assert called.code == 2
    assert fault in called.err
    assert called.err.count("\n") == 1


def test_a_path_that_is_not_a_model_is_one_sentence(task, tmp_path, upwell):
    for path, fault in ((tmp_path, "no config.json"), (task, "is a file; choose the folder")):
        called = upwell("eval", path, "--tasks", task)
        assert called.code == 2
        assert fault in called.err


def test_the_file_says_how_many_examples_unless_the_option_does(models, task, tmp_path, upwell):
    task.write_text(TASK + "num_fewshot: 1\n", encoding="utf-8")
    arguments = ("eval", models[0], "--tasks", task, "--output-dir", tmp_path, "--json", "-")
    for option, expected in (((), {1}), (("--num-fewshot", "0,2"), {0, 2})):
        rows = upwell(*arguments, *option).json()["rows"]
        assert {row["shots"] for row in rows} == expected


def test_tasks_take_commas_and_settings_that_do_not_apply_are_printed(
    models, task, tmp_path, upwell
):
    called = upwell("eval", models[0], "--tasks", f"{task},addition2", "--limit", 2,
                    "--output-dir", tmp_path)  # fmt: skip
    assert called.code == 0
    assert "addition2" in called.out
    assert "--limit: for task files only, not for addition2" in called.out


def test_a_seed_draws_other_examples(models, task, tmp_path, upwell):
    def values(*option):
        arguments = ("eval", models[0], "--tasks", task, "--num-fewshot", 2, "--output-dir")
        rows = upwell(*arguments, tmp_path, *option, "--json", "-").json()["rows"]
        return [row["value"] for row in rows if row["metric"] == "log_loss"]

    assert values("--seed", 1) == values("--seed", 1) != values("--seed", 2)


def test_sizes_are_read():
    assert parse_bytes("512M") == 512 << 20
    assert parse_bytes("1.5GB") == 3 << 29
    with pytest.raises(SpecError):
        parse_bytes("-1")
