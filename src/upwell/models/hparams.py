"""Reading the hyperparameters of a ModelSpec, with the same error messages for every family."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import SpecError
from ..plugins import did_you_mean, quoted_list
from ..records import ModelSpec


def check_hparams(spec: ModelSpec, required: Sequence[str], optional: Sequence[str] = ()) -> None:
    """Raise SpecError for a missing or unknown hyperparameter."""
    known = [*required, *optional]
    for name in spec.hparams:
        if name not in known:
            raise SpecError(
                f"family {spec.family!r} has no hyperparameter {name!r}; it has "
                f"{quoted_list(known)}{did_you_mean(name, known)}"
            )
    missing = [name for name in required if name not in spec.hparams]
    if missing:
        raise SpecError(f"family {spec.family!r} needs the hyperparameter {quoted_list(missing)}")


def positive_int(spec: ModelSpec, name: str, default: int | None = None) -> int:
    """A hyperparameter that is an integer above 0. Raises SpecError for another value."""
    value = spec.hparams.get(name, default)
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    raise SpecError(f"family {spec.family!r}: {name} is a whole number above 0, found {value!r}")


def choice(spec: ModelSpec, name: str, choices: Sequence[str], default: str) -> str:
    """A hyperparameter that is one of `choices`. Raises SpecError for another value."""
    value = spec.hparams.get(name, default)
    if isinstance(value, str) and value in choices:
        return value
    raise SpecError(
        f"family {spec.family!r}: {name} is one of {quoted_list(choices)}, found {value!r}"
    )
