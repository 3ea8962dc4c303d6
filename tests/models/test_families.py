"""Every family of ours keeps the contract, and `plan` tells what one of your own lacks."""

import subprocess
import sys
from types import ModuleType

import pytest
import torch
from torch import nn

from upwell import models
from upwell.data import load_tokenizer
from upwell.errors import SpecError
from upwell.models.protocols import LM, ParamRole, TrainableModel
from upwell.models.size import ModelSize
from upwell.plugins import builtin_names
from upwell.records import DataSpec, ModelSpec, Study, Train
from upwell.study import plan

TRAINABLE = {
    "bert": {"width": 16, "depth": 1, "vocab_size": 98},
    "cnn": {"image_size": 8, "channels": 1, "num_classes": 3, "width": 2},
    "decoder": {"width": 16, "depth": 1, "vocab_size": 98},
    "encoder_decoder": {"width": 16, "depth": 1, "vocab_size": 98},
    "gan": {"image_size": 8, "channels": 1, "width": 2},
    "in_context_learner": {"inputs": 4, "num_classes": 2, "width": 16},
    "in_context_regressor": {"inputs": 4, "width": 16, "depth": 1},
    "mlp": {"inputs": 4, "num_classes": 2, "width": 4},
    "modernbert": {"width": 16, "depth": 1, "vocab_size": 98},
    "resnet": {"image_size": 8, "channels": 1, "num_classes": 3, "width": 2},
}
"""Hyperparameters of a small model of every family that can be trained."""

RECIPE = Train(context_length=16)


class Network(nn.Module, TrainableModel):
    """As small as a network can be."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def losses(self, micro_batch, batch):
        return {"loss": self.weight.sum()}

    def param_roles(self):
        return {"weight": ParamRole(kind="vector")}


class SilentLM(LM):
    """Answers nothing."""

    def token_logprobs(self, pairs):
        return [[0.0] for _ in pairs]

    def generate(self, prompts, max_new_tokens, stop):
        return ["" for _ in prompts]


class WithoutRoles(nn.Module, TrainableModel):
    """Lacks an abstract method."""

    def losses(self, micro_batch, batch):
        return {}


class Undeclared(nn.Module):
    """Is no TrainableModel and has no losses."""

    def param_roles(self):
        return {}


class NoModule(TrainableModel):
    """Is no nn.Module."""

    def losses(self, micro_batch, batch):
        return {}

    def param_roles(self):
        return {}


class OneRoleShort(Network):
    """Forgets its weight."""

    def param_roles(self):
        return {}


def count(spec, context):
    return ModelSize(params=spec.hparams["width"], flops_per_token=1, bytes=4)


FACE = {
    "count": count,
    "build": lambda spec, recipe, seed: Network(),
    "as_lm": lambda network, tokenizer: SilentLM(),
}


@pytest.fixture
def family(monkeypatch):
    """Plants a module with some functions; returns its dotted name."""

    def plant(**face):
        module = ModuleType("planted.family")
        vars(module).update(face)
        monkeypatch.setitem(sys.modules, "planted", ModuleType("planted"))
        monkeypatch.setitem(sys.modules, "planted.family", module)
        return "planted.family"

    return plant


def spec(name, **hparams) -> ModelSpec:
    return ModelSpec(family=name, hparams={"width": 1, **hparams})


@pytest.mark.parametrize("name", TRAINABLE)
def test_every_family_of_ours_keeps_the_contract(name) -> None:
    module, spec = models.load_family(name), ModelSpec(family=name, hparams=TRAINABLE[name])
    models.check_family(name)
    network = module.build(spec, RECIPE, 0)
    models._check_network(name, network)
    assert isinstance(network, TrainableModel)
    assert isinstance(module.as_lm(network, load_tokenizer("ascii")), LM)
    assert not any(part.training for part in network.modules()) or name == "gan"


def test_no_family_of_ours_is_left_out() -> None:
    names = builtin_names(models.FAMILIES_PACKAGE, ("build", "build_lm"))
    assert names == sorted([*TRAINABLE, "pretrained", "toy"])
    assert [name for name in names if not models.is_trainable(name)] == ["pretrained", "toy"]


def test_a_whole_family_of_your_own_passes(family) -> None:
    name = family(**FACE)
    models.check_family(name, spec(name), RECIPE)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"count": None}, r"has no count\(\)"),
        ({"as_lm": None}, r"has no as_lm\(\)"),
        ({"count": None, "as_lm": None}, r"has no count\(\) and no as_lm\(\)"),
        ({"build": None}, r"has no build\(\) or build_lm\(\)"),
        ({"build": lambda *_: WithoutRoles()}, "abstract method '?param_roles"),
        ({"build": lambda *_: Undeclared()}, r"no method losses\(\); derive it from .*Trainable"),
        ({"build": lambda *_: NoModule()}, r"no method named_parameters\(\); .*torch.nn.Module"),
        ({"build": lambda *_: OneRoleShort()}, "no role for the parameter 'weight'"),
    ],
)
def test_plan_refuses_a_family_that_lacks_something_and_names_it(family, change, message) -> None:
    face = {name: value for name, value in {**FACE, **change}.items() if value is not None}
    name = family(**face)
    study = Study(
        name="planted", question="?", hypothesis="!",
        ladder=tuple(spec(name, width=width) for width in range(1, 7)),
        data=(DataSpec(source="digits"),), recipe=RECIPE, abilities=("step",), seeds=(0,),
        milestones=(100,),
    )  # fmt: skip
    with pytest.raises(SpecError, match=message):
        plan(study, workers=1)
    with pytest.raises(SpecError, match=message):
        models.check_family(name, study.ladder[0], RECIPE)


def test_a_family_without_training_needs_count_and_build_lm_alone(family) -> None:
    name = family(count=count, build_lm=lambda spec, seed, tokens=None: SilentLM())
    models.check_family(name, spec(name), RECIPE)
    with pytest.raises(SpecError, match=r"has no count\(\)"):
        models.check_family(family(build_lm=lambda *_: SilentLM()))


def test_a_large_network_is_not_built_while_planning(family) -> None:
    def build(*_):
        raise AssertionError("built")

    name = family(**{**FACE, "build": build})
    models.check_family(name, spec(name, width=models.MAX_CHECKED_PARAMS + 1), RECIPE)


def test_defaults_of_a_language_model_name_what_it_cannot_do() -> None:
    lm = SilentLM()
    assert lm.tokenizer is None
    assert lm.loglikelihood([("a", "b")])[0].logprobs == (0.0,)
    assert lm.loglikelihood_rolling(["a"])[0].is_greedy == ()
    assert lm.generate_until(["a"], 3, ["\n"])[0].text == ""
    assert "probable tokens" in lm.argmax_tokens([("a", "b")]).reason
    assert "features" in lm.features(["a"]).reason
    assert "attention" in lm.attention(torch.zeros(1, 1).numpy()).reason
    assert "images" in lm.samples(1, 0).reason


def test_planning_a_family_of_ours_loads_no_torch() -> None:
    text = (
        "import sys; from upwell import models; from upwell.records import ModelSpec, Train\n"
        f"for name, hparams in {TRAINABLE!r}.items():\n"
        "    spec = ModelSpec(family=name, hparams=hparams)\n"
        "    models.check_family(name, spec, Train())\n"
        "    models.load_family(name).count(spec, 16)\n"
        "import upwell.models.protocols\n"
        "print({'torch', 'transformers', 'scipy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
