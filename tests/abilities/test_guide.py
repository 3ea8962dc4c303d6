"""The guide docs/abilities.md, held to what the code does."""

import json
import re
from pathlib import Path

from models import shapes

from upwell.abilities import ask, named, score
from upwell.abilities.tasks import own
from upwell.naming import ours_in

from .asked import REF, Counting, Ignorant, asked

GUIDE = (Path(__file__).parents[2] / "docs" / "abilities.md").read_text(encoding="utf-8")


def code(number):
    return re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)[number]


def test_the_table_has_every_ability_with_its_items_shots_and_metrics():
    rows = re.findall(r"^\| `(\w+)` \| (\d+) \| (\d+) \| .* \| ([^|]+) \|$", GUIDE, re.MULTILINE)
    written = {n: (int(a), int(b), tuple(re.findall(r"`(\w+)`", m))) for n, a, b, m in rows}
    abilities = {name: named(name) for name in ours_in("upwell.abilities", ("items", "items_of"))}
    assert written == {
        name: (ability.ITEMS, ability.MOST_SHOTS, ability.METRICS)
        for name, ability in abilities.items()
    }


def test_the_table_has_every_metric():
    table = GUIDE.split("## Metrics")[1].split("##")[0]
    firsts = re.findall(r"^\| (`[^|]+`) \|", table, re.MULTILINE)
    written = [name for first in firsts for name in re.findall(r"`(\w+)`", first)]
    assert sorted(written) == ours_in("upwell.abilities.metrics", ("measure",))


def test_the_first_example_runs():
    room = {"answerer": asked(Counting()), "ref": REF}
    exec(code(0), room)
    assert [found.metric for found in room["observations"]] == list(named("addition2").METRICS)


def test_the_ability_of_your_own_runs(tmp_path, monkeypatch):
    (tmp_path / "mycompany").mkdir()
    (tmp_path / "mycompany" / "yes.py").write_text(code(2), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    answers = ask(asked(Ignorant()), REF, "mycompany.yes")
    # A shorter answer is more probable to a model that knows nothing: " no" always wins.
    assert score(answers, "accuracy").value == score(answers, "accuracy").chance == 0.5


def test_the_table_of_task_files_has_every_key():
    table = GUIDE.split("a page of YAML; every key:")[1].split("- **lm-eval")[0]
    firsts = re.findall(r"^\| (`[^|]+`) \|", table, re.MULTILINE)
    keys = [name for first in firsts for name in re.findall(r"`(\w+)`", first)]
    assert sorted(keys) == sorted(own.KEYS)


def test_the_example_of_task_files_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shapes.folder("gpt2", tmp_path).rename("my-model")
    rows = [json.dumps({"q": f"{n} plus 1 is", "a": str(n + 1)}) for n in range(6)]
    Path("rows.jsonl").write_text("\n".join(rows), encoding="utf-8")
    text = "rows: rows.jsonl\nprompt: q\nanswer: a\nchoices: ['{{a}}', '0']\n"
    Path("task.yaml").write_text(text, encoding="utf-8")
    room = {}
    exec(code(1), room)
    assert len(room["few"]) == 6
    assert [each.metric for each in room["found"]] == list(own.METRICS["choose"])
