"""`upwell ask`, on tiny networks and small tasks."""

import json

import pytest
from models import shapes

from upwell.cli import asking
from upwell.errors import SpecError

TASK = """
task: colours
rows: rows.jsonl
prompt: "{{thing}} is"
choices: [red, green, blue]
answer: colour
metrics: [accuracy, log_loss]
templates:
  asked: "What colour is {{thing}}?"
"""
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
    rows = [json.dumps({"thing": thing, "colour": colour}) for thing, colour in THINGS.items()]
    (tmp_path / "rows.jsonl").write_text("\n".join(rows), encoding="utf-8")
    path = tmp_path / "task.yaml"
    path.write_text(TASK, encoding="utf-8")
    return path


def test_a_family_is_asked_in_one_command(models, task, tmp_path, upwell):
    arguments = ("--draws", 2, "--templates", "all", "--permuted", "--out", tmp_path / "kept")
    called = upwell("ask", *models, "--ability", task, "--shots", "0,2", *arguments, "--json", "-")
    assert called.code == 0
    found = called.json()
    rows = {(r["model"], r["ability"], r["shots"], r["metric"]): r for r in found["rows"]}
    assert {key[0] for key in rows} == {"llama", "gpt2"}
    few = rows["llama", "colours", 2, "log_loss"]
    assert few["levels"] == {"items": 6, "draws": 2, "orders": 1, "templates": 2}
    assert set(few["variances"]) == {"items", "draws", "templates", "rest"}
    assert ("llama", "colours, wrong examples", 2, "log_loss") in rows
    kinds = {(g["model"], g["kind"]) for g in found["gains"]}
    assert {("llama", "gain"), ("gpt2", "permuted gain"), ("llama", "labels")} <= kinds


def test_a_second_call_asks_nothing(models, task, tmp_path, upwell, monkeypatch):
    arguments = ("ask", models[0], "--ability", task, "--out", tmp_path / "kept", "--json", "-")
    first = upwell(*arguments)
    monkeypatch.setattr("upwell.models.sharing.SharedReader.read", refuse)
    task.write_text(TASK.replace("[accuracy, log_loss]", "[brier]"), encoding="utf-8")
    assert upwell(*arguments).json()["rows"][0]["metric"] == "brier"
    assert first.code == 0


def refuse(self, rows, report=None):
    assert not rows or len(rows) < 5, "only the trial of a network may be read"
    return READ(self, rows, report)


READ = __import__("upwell.models.sharing", fromlist=["SharedReader"]).SharedReader.read


def test_results_of_the_harness_are_judged(models, task, tmp_path, upwell):
    upwell("ask", *models, "--ability", task, "--out", tmp_path / "kept", "--lm-eval-json",
           tmp_path / "results")  # fmt: skip
    called = upwell("judge", tmp_path / "results", "--json", "-")
    assert called.code == 0
    assert {v["ability"] for v in called.json()["verdicts"]} == {"colours"}


def test_an_ability_of_ours_is_asked(models, upwell, tmp_path):
    called = upwell("ask", models[0], "--ability", "addition2", "--shots", "0", "--out", tmp_path)
    assert called.code == 0
    assert "exact_match" in called.out


def test_people_read_a_table_and_a_sentence(models, task, tmp_path, upwell):
    called = upwell("ask", models[0], "--ability", task, "--shots", "0,1", "--out", tmp_path)
    assert "colours" in called.out
    assert "1 examples gain" in called.out


def test_a_missing_answer_is_told_with_its_reason(models, task, tmp_path, upwell):
    task.write_text(TASK.replace("[red, green, blue]", "[red, green]"), encoding="utf-8")
    arguments = ("ask", models[0], "--ability", task, "--out", tmp_path)
    called = upwell(*arguments)
    assert "2 without an answer: the answer 'blue' is not among the choices" in " ".join(
        called.out.split()
    )
    rows = upwell(*arguments, "--json", "-").json()["rows"]
    assert [list(row["reasons"].values()) for row in rows] == [[2], [2]]


def test_a_question_that_cannot_be_put_is_told_before_a_model_is_loaded(task, tmp_path, upwell):
    task.write_text(TASK.replace("{{thing}} is", "{{thign}} is"), encoding="utf-8")
    called = upwell("ask", tmp_path / "no model", "--ability", task, "--out", tmp_path)
    assert called.code == 2
    assert "task.yaml: template" in called.err
    assert "did you mean 'thing'" in called.err


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("--shots", "many"), "--shots takes numbers"),
        (("--memory", "lots"), "--memory takes a size"),
        (("--cut", "middle"), "--cut is one of"),
        (("--templates", "none"), "no template 'none'"),
        (("--shots", "9"), "9 shots"),
    ],
)
def test_mistakes_are_one_sentence(models, task, tmp_path, upwell, arguments, fault):
    called = upwell("ask", models[0], "--ability", task, "--out", tmp_path, *arguments)
    assert called.code == 2
    assert fault in called.err
    assert called.err.count("\n") == 1


def test_what_is_no_model_is_one_sentence(task, tmp_path, upwell):
    for given, fault in ((tmp_path, "no config.json"), (task, "is a file; give the folder")):
        called = upwell("ask", given, "--ability", task)
        assert called.code == 2
        assert fault in called.err


def test_sizes_are_read():
    assert asking.bytes_of("512M") == 512 << 20
    assert asking.bytes_of("1.5GB") == 3 << 29
    with pytest.raises(SpecError):
        asking.bytes_of("-1")
