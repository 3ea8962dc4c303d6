"""The guide docs/concepts/abilities.md, held to what the code does."""

import json
import re
from pathlib import Path

from models import shapes

from upwell.evaluation import Ability, ability_names, evaluate, load_ability, score
from upwell.evaluation.task_files import lm_eval_yaml, metric_list
from upwell.metrics import metric_names

from .fake_models import REF, Counting, Uniform, as_lm

GUIDE = (Path(__file__).parents[2] / "docs" / "concepts" / "abilities.md").read_text(
    encoding="utf-8"
)

TASK = """
dataset_path: json
dataset_kwargs: {data_files: {test: rows.jsonl}}
test_split: test
output_type: multiple_choice
doc_to_text: q
doc_to_target: a
doc_to_choice: "{{[a, '0']}}"
"""


def code(number):
    return re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)[number]


def test_the_table_has_every_ability_with_its_items_shots_and_metrics():
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| (\d+) \| .* \| ([^|]+) \|$", GUIDE, re.MULTILINE)
    written = {n: (int(a), int(b), tuple(re.findall(r"`(\w+)`", m))) for n, a, b, m in rows}
    abilities = {name: load_ability(name) for name in ability_names()}
    assert written == {
        name: (ability.num_items, ability.max_shots, ability.metrics)
        for name, ability in abilities.items()
    }


def test_the_table_has_every_metric():
    table = GUIDE.split("## Metrics")[1].split("##")[0]
    firsts = re.findall(r"^\| (`[^|]+`) \|", table, re.MULTILINE)
    written = [name for first in firsts for name in re.findall(r"`(\w+)`", first)]
    assert sorted(written) == metric_names()


def test_the_first_example_runs():
    namespace = {"lm": as_lm(Counting()), "ref": REF}
    exec(code(0), namespace)
    assert [each.metric for each in namespace["observations"]] == list(
        load_ability("addition2").metrics
    )


def test_the_ability_of_your_own_runs(tmp_path, monkeypatch):
    (tmp_path / "mycompany").mkdir()
    (tmp_path / "mycompany" / "yes.py").write_text(code(2), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    answers = evaluate(as_lm(Uniform()), REF, "mycompany.yes")
    # A shorter answer is more probable under a uniform model: " no" always wins.
    assert score(answers, "accuracy").value == score(answers, "accuracy").chance == 0.5


def test_the_table_of_members_has_every_member_of_an_ability():
    table = GUIDE.split("A class has:")[1].split("Questions about")[0]
    members = {name for name in (*vars(Ability), *Ability.__annotations__) if name[0] != "_"}
    assert set(re.findall(r"^\| `(\w+)", table, re.MULTILINE)) == members


def test_the_table_of_task_files_has_every_key():
    table = GUIDE.split("The keys of a YAML file:")[1].split("Rows have the types")[0]
    firsts = re.findall(r"^\| (`[^|]+`) \|", table, re.MULTILINE)
    keys = [name for first in firsts for name in re.findall(r"`(\w+)`", first)]
    assert sorted(keys) == sorted(lm_eval_yaml.KNOWN_KEYS)


def test_the_example_of_task_files_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shapes.folder("gpt2", tmp_path).rename("my-model")
    rows = [json.dumps({"q": f"{n} plus 1 is", "a": str(n + 1)}) for n in range(6)]
    Path("rows.jsonl").write_text("\n".join(rows), encoding="utf-8")
    Path("task.yaml").write_text(TASK, encoding="utf-8")
    namespace = {}
    exec(code(1), namespace)
    assert len(namespace["four_shot"]) == 6
    assert [each.metric for each in namespace["scores"]] == list(
        metric_list.DEFAULT_METRICS["multiple_choice"]
    )
