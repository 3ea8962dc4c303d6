"""Reading the dials of a ModelSpec: every family's mistakes are told in the same words."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import SpecError
from ..naming import did_you_mean, listed
from ..records import ModelSpec


def check(spec: ModelSpec, needed: Sequence[str], allowed: Sequence[str] = ()) -> None:
    """Raise SpecError for a dial that is missing or unknown."""
    known = [*needed, *allowed]
    for name in spec.size:
        if name not in known:
            raise SpecError(
                f"family {spec.family!r} has no dial {name!r}; it has {listed(known)}"
                + did_you_mean(name, known)
            )
    absent = [name for name in needed if name not in spec.size]
    if absent:
        raise SpecError(f"family {spec.family!r} needs the dial {listed(absent)}")


def whole(spec: ModelSpec, name: str, default: int | None = None) -> int:
    """A dial that is a whole number above 0."""
    value = spec.size.get(name, default)
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    raise SpecError(f"family {spec.family!r}: {name} is a whole number above 0, found {value!r}")


def one_of(spec: ModelSpec, name: str, choices: Sequence[str], default: str) -> str:
    """A dial that is one of a few words."""
    value = spec.size.get(name, default)
    if isinstance(value, str) and value in choices:
        return value
    raise SpecError(f"family {spec.family!r}: {name} is one of {listed(choices)}, found {value!r}")
