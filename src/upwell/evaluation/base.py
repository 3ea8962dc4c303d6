"""What an ability is, and how one is found by its name."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TypeAlias

from ..errors import SpecError
from ..models.protocols import LM, NoAnswer
from ..plugins import did_you_mean, load_plugin, package_files, quoted_list
from ..records import Answer, DataSpec
from .item import Item

BUILTIN_PACKAGE = "upwell.evaluation.builtin"
BUILTIN_TABLE = "ABILITIES"
"""Name of the dict of abilities in a module of `builtin`."""

CUSTOM_ABILITY = "ABILITY"
"""Name of the ability in a module of the user's own."""

Bounds: TypeAlias = tuple[float | None, float | None]
"""(chance, ceiling) of a metric; None where unknown."""


class Ability:
    """A fixed list of questions: the same for every model, seed and checkpoint.

    A subclass sets `num_items` and `metrics` and defines `items` and `bounds`. The other
    members have defaults.
    """

    num_items: int
    """Most items that `items` returns."""

    metrics: tuple[str, ...]
    """Names of metrics, discrete and continuous ones, or dotted names of the user's own."""

    max_shots: int = 0
    """Most few-shot examples in a prompt."""

    def items(self, shots: int, lm: LM) -> list[Item]:
        """The questions, after `shots` examples. `lm` gives the tokenizer if prompts are ids."""
        raise NotImplementedError

    def bounds(self, metric: str, answers: Sequence[Answer]) -> Bounds:
        """(chance, ceiling): the value of guessing and the best possible one; None if unknown."""
        raise NotImplementedError

    def wrap_model(self, data: Sequence[DataSpec], lm: LM) -> LM:
        """The model that answers, for example a probe on the features of `lm`; default: `lm`."""
        return lm

    def extra_measurements(
        self, items: Sequence[Item], lm: LM
    ) -> Sequence[Mapping[str, float] | NoAnswer]:
        """Numbers of each item for `Answer.extras`, or why there are none; default: none."""
        return [{} for _ in items]


class DataAbility(Ability):
    """Questions about the data that the model learns from.

    A subclass defines `items_from_data` instead of `items`.
    """

    def items(self, shots: int, lm: LM) -> list[Item]:
        """Raises SpecError: there are no questions without data."""
        raise SpecError("this ability asks about the rows of a study, and there are none")

    def items_from_data(self, data: Sequence[DataSpec], shots: int, lm: LM) -> list[Item]:
        """The questions to a model that learns from `data`, after `shots` examples."""
        raise NotImplementedError


def load_ability(name: str) -> Ability:
    """The ability of a name without a dot, or `ABILITY` of the user's own module.

    Raises SpecError with the choices for an unknown name, and with what is missing for an
    incomplete ability.
    """
    module_name = ability_module(name)
    if "." not in name:
        table: Mapping[str, Ability] = vars(_import_module(module_name, BUILTIN_TABLE))[
            BUILTIN_TABLE
        ]
        return table[name]
    return check_ability(name, vars(_import_module(module_name, CUSTOM_ABILITY))[CUSTOM_ABILITY])


def ability_module(name: str) -> str:
    """Dotted name of the module that defines an ability; a dotted name is its own module.

    No module is imported. Raises SpecError with the choices for an unknown name.
    """
    if "." in name:
        return name
    modules = _builtin_modules()
    if name not in modules:
        raise SpecError(
            f"no ability {name!r}; there are {quoted_list(modules)}, or name a module of your own "
            f"by its dotted path{did_you_mean(name, modules)}"
        )
    return modules[name]


def ability_names() -> list[str]:
    """Names of the abilities that come with Upwell, sorted. No module is imported."""
    return sorted(_builtin_modules())


def build_items(name: str, shots: int, lm: LM, data: Sequence[DataSpec]) -> list[Item]:
    """The questions of an ability to a model that learns from `data`.

    Raises SpecError where the ability asks about the data and there are none.
    """
    ability = load_ability(name)
    if not isinstance(ability, DataAbility):
        return ability.items(shots, lm)
    if not data:
        raise SpecError(f"ability {name!r} asks about the rows of a study, and there are none")
    return ability.items_from_data(data, shots, lm)


@cache
def _builtin_modules() -> dict[str, str]:
    """{name of an ability: dotted name of its module}."""
    return {
        ability: f"{BUILTIN_PACKAGE}.{module}"
        for module, path in package_files(BUILTIN_PACKAGE).items()
        for ability in _table_names(path)
    }


def _table_names(path: Path) -> list[str]:
    """Keys of the dict `ABILITIES` of a file, read from its source."""
    return [
        ast.literal_eval(key)
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == BUILTIN_TABLE
        if isinstance(node.value, ast.Dict)
        for key in node.value.keys
        if key is not None
    ]


def _import_module(module: str, member: str) -> ModuleType:
    return load_plugin(module, package=BUILTIN_PACKAGE, kind="ability", required=(member,))


def check_ability(name: str, ability: object) -> Ability:
    """The ability, if it is complete. Raises SpecError with what is missing."""
    if not isinstance(ability, Ability):
        raise SpecError(
            f"{CUSTOM_ABILITY} of {name!r} is a {type(ability).__name__}, expected an instance of "
            "a subclass of upwell.evaluation.Ability"
        )
    base = DataAbility if isinstance(ability, DataAbility) else Ability
    methods = ("bounds", "items_from_data" if base is DataAbility else "items")
    missing = [field for field in ("num_items", "metrics") if not hasattr(ability, field)]
    missing += [
        f"{method}()"
        for method in methods
        if getattr(type(ability), method) is getattr(base, method)
    ]
    if missing:
        raise SpecError(f"ability {name!r} lacks {', '.join(missing)}, which every ability has")
    return ability
