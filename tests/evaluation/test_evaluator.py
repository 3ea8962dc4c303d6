"""Evaluation: everything is kept, nothing is asked twice, a failure has a reason."""

import hashlib
import importlib
import math
import subprocess
import sys

import pytest

from upwell.errors import SpecError
from upwell.evaluation import (
    Item,
    ability_module,
    ability_names,
    evaluate,
    load_ability,
    score,
)
from upwell.evaluation.base import check_ability
from upwell.models.families import toy
from upwell.models.protocols import LM, NoAnswer
from upwell.records import Answer, ModelSpec, from_json, to_json

from .fake_models import REF, Counting, as_lm

RULER = toy.build_lm(ModelSpec(family="toy", hparams={"params": 1e8}), 0)


def test_an_answer_keeps_what_every_metric_needs():
    answers = evaluate(RULER, REF, "step")
    item = load_ability("step").items(0, RULER)[0]
    first = answers[0]
    assert len(answers) == load_ability("step").num_items
    assert (first.model, first.ability, first.item, first.shots) == ("model", "step", "000", 0)
    assert first.prompt == hashlib.sha256(item.prompt.encode()).hexdigest()
    assert first.completion == first.target == item.target
    assert first.correct
    assert first.choices[0] == first.target
    assert first.logprobs[0] == pytest.approx(sum(first.token_logprobs), abs=1e-5)
    assert first.logprobs[0] == max(first.logprobs)


def test_answers_survive_the_disk():
    for answer in evaluate(as_lm(Counting()), REF, "addition2")[:5]:
        assert from_json(Answer, to_json(answer)) == answer


def test_skipped_items_have_no_answer():
    everything = evaluate(RULER, REF, "step")
    skip = {answer.item for answer in everything[:60]}
    assert evaluate(RULER, REF, "step", skip=skip) == everything[60:]
    assert evaluate(RULER, REF, "step", skip={answer.item for answer in everything}) == []


class Failing(LM):
    """The ruler, except that it fails at some items."""

    def token_logprobs(self, pairs):
        logprobs = RULER.token_logprobs(pairs)
        fail = {"flat 3, ": NoAnswer("out of ink"), "flat 4, ": [math.nan] * 5}
        return [
            fail.get(prompt[:8], entry) for (prompt, _), entry in zip(pairs, logprobs, strict=True)
        ]

    def generate(self, prompts, max_new_tokens, stop):
        completions = RULER.generate(prompts, max_new_tokens, stop)
        return [
            NoAnswer("hoarse") if prompt.startswith("flat 5,") else text
            for prompt, text in zip(prompts, completions, strict=True)
        ]


def test_a_failure_has_a_reason_and_the_other_items_an_answer():
    answers = evaluate(Failing(), REF, "flat")
    reasons = [answer.reason for answer in answers]
    assert reasons[3:6] == ["out of ink", "the model's numbers are not finite", "hoarse"]
    assert [reason for reason in reasons if reason] == reasons[3:6]
    assert all(not answer.logprobs and answer.completion is None for answer in answers[3:6])
    partial = score(answers, "log_probability")
    complete = score(evaluate(RULER, REF, "flat"), "log_probability")
    assert (partial.missing, partial.items) == (3, complete.items - 3)
    assert partial.value == pytest.approx(complete.value, abs=0.1)


def test_a_score_names_model_ability_and_metric():
    scored = score(evaluate(RULER, REF, "step"), "exact_match")
    assert (scored.model, scored.ability, scored.shots) == ("model", "step", 0)
    assert (scored.value, scored.chance, scored.ceiling, scored.missing) == (1, 0, 1, 0)


def test_an_unknown_ability_raises_with_the_nearest_name():
    with pytest.raises(
        SpecError, match=r"no ability 'inducton'.*'addition2'.*did you mean 'induction'"
    ):
        load_ability("inducton")


@pytest.mark.parametrize("module", ["generated", "arithmetic", "base"])
def test_a_module_of_abilities_is_no_ability(module):
    with pytest.raises(SpecError, match=f"no ability '{module}'"):
        load_ability(module)


def test_every_ability_of_every_table_is_listed_and_complete():
    modules = {ability_module(name) for name in ability_names()}
    tables = [importlib.import_module(module).ABILITIES for module in modules]
    assert sorted(name for table in tables for name in table) == ability_names()
    for name in ability_names():
        check_ability(name, load_ability(name))


def test_names_are_listed_without_importing_the_abilities():
    text = (
        "import sys; from upwell.evaluation import ability_names, ability_module; ability_names(); "
        "print(ability_module('addition2'), 'upwell.evaluation.builtin' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout == "upwell.evaluation.builtin.arithmetic False\n"


@pytest.mark.parametrize("shots", [-1, 1])
def test_more_shots_than_an_ability_takes_are_refused(shots):
    with pytest.raises(SpecError, match=f"takes 0 to 0 shots, found {shots}"):
        evaluate(RULER, REF, "step", shots=shots)


MINE = """
from upwell.evaluation import Ability, Item

class Mine(Ability):
    num_items, metrics = 1, ("log_probability",)
    def items(self, shots, lm): return [Item(id="0", prompt="a", target="b")]
    def bounds(self, metric, answers): return None, 0.0

class Half(Ability):
    metrics = ("log_probability",)

ABILITY = Mine()
"""


@pytest.fixture
def company(tmp_path, monkeypatch):
    """A package of the user's own with complete, incomplete and wrong abilities."""
    package = tmp_path / "company"
    package.mkdir()
    (package / "mine.py").write_text(MINE)
    (package / "half.py").write_text("from .mine import Half\nABILITY = Half()\n")
    (package / "data.py").write_text(
        "from upwell.evaluation import DataAbility\n"
        "class Rows(DataAbility):\n    num_items, metrics = 1, ()\nABILITY = Rows()\n"
    )
    (package / "uninstantiated.py").write_text("from .mine import Mine\nABILITY = Mine\n")
    (package / "empty.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in [name for name in sys.modules if name.split(".")[0] == "company"]:
        del sys.modules[name]


def test_an_ability_of_your_own_is_a_module(company):
    (answer,) = evaluate(RULER, REF, "company.mine")
    assert answer.token_logprobs == pytest.approx((-math.log(256),), abs=1e-6)
    assert ability_module("company.mine") == "company.mine"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "half",
            r"'company\.half' lacks num_items, bounds\(\), items\(\), which every ability has",
        ),
        ("data", r"'company\.data' lacks bounds\(\), items_from_data\(\)"),
        ("uninstantiated", r"ABILITY of 'company\.uninstantiated' is a type, expected an instance"),
        ("empty", r"'company\.empty' has no ABILITY, which every ability has"),
        ("absent", "Python finds no module 'company.absent'"),
    ],
)
def test_an_incomplete_ability_raises_with_what_is_missing(company, name, message):
    with pytest.raises(SpecError, match=message):
        load_ability(f"company.{name}")


def test_a_target_outside_its_choices_is_refused():
    with pytest.raises(SpecError, match="'c' is not among its choices"):
        Item(id="0", prompt="a", target="c", choices=("a", "b"))


def test_evaluation_loads_no_torch():
    text = "import sys, upwell.evaluation; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
