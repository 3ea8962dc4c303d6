"""Model families: what a study can build and evaluate. Importing this package loads no torch."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from ..errors import SpecError
from ..plugins import load_plugin
from ..records import ModelSpec, Train
from .size import ModelSize

__all__ = ["FAMILIES_PACKAGE", "ModelSize", "check_family", "is_trainable", "load_family"]

FAMILIES_PACKAGE = "upwell.models.families"

MAX_CHECKED_PARAMS = 50_000_000
"""Parameters of the largest network that `check_family` builds."""

MODULE_METHODS = ("named_parameters", "state_dict", "load_state_dict", "train", "eval")
"""Methods of `torch.nn.Module` that the training loop calls."""


def load_family(family: str) -> ModuleType:
    """The module of a family, ours by its name or yours by its dotted path.

    Every family has `count(spec, context) -> ModelSize`. A family to train also has
    `build(spec, recipe, seed) -> TrainableModel` and `as_lm(network, tokenizer) -> LM`, and perhaps
    `export(network, tokenizer) -> ExportedModel`. Another one has `build_lm(spec, seed, tokens)
    -> LM`. Raises SpecError with the choices if there is no such family.
    """
    return load_plugin(
        family, package=FAMILIES_PACKAGE, kind="model family", required=("build", "build_lm")
    )


def is_trainable(family: str) -> bool:
    """Whether a study trains models of the family. Raises SpecError as `load_family` does."""
    return hasattr(load_family(family), "build")


def check_family(family: str, spec: ModelSpec | None = None, recipe: Train | None = None) -> None:
    """Raise SpecError with what the family lacks, in one sentence.

    With a spec and a recipe, a network of a family of your own is built and checked as well, unless
    it has more than `MAX_CHECKED_PARAMS` parameters. Our own families are checked by tests.
    """
    module = load_family(family)
    required = ["count", *(("as_lm",) if is_trainable(family) else ())]
    missing = [name for name in required if not callable(getattr(module, name, None))]
    if missing:
        raise SpecError(
            f"model family {family!r} has no {' and no '.join(f'{name}()' for name in missing)}; "
            "add what upwell.models.load_family describes"
        )
    if spec is None or recipe is None or "." not in family or not is_trainable(family):
        return
    if module.count(spec, recipe.context_length).params <= MAX_CHECKED_PARAMS:
        _check_network(family, _build_network(module, family, spec, recipe))


def _build_network(module: ModuleType, family: str, spec: ModelSpec, recipe: Train) -> Any:
    try:
        return module.build(spec, recipe, 0)
    # A subclass of TrainableModel that lacks a method cannot be instantiated.
    except TypeError as error:
        raise SpecError(f"model family {family!r} cannot build a network: {error}") from error


def _check_network(family: str, network: Any) -> None:
    from .protocols import TrainableModel

    kinds = {
        "upwell.models.protocols.TrainableModel": TrainableModel.NETWORK_METHODS,
        "torch.nn.Module": MODULE_METHODS,
    }
    for base, methods in kinds.items():
        missing = [name for name in methods if not callable(getattr(network, name, None))]
        if missing:
            raise SpecError(
                f"the network that model family {family!r} builds has no method {missing[0]}(); "
                f"derive it from {base}"
            )
    trainable = {name for name, p in network.named_parameters() if p.requires_grad}
    unknown = sorted(trainable - set(network.param_roles()))
    if unknown:
        raise SpecError(
            f"param_roles() of model family {family!r} has no role for the parameter "
            f"{unknown[0]!r}; add one"
        )
