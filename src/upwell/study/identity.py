"""Names of runs: readable, and with the hash of everything that could change their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from ..naming import source_version
from ..records import ModelSpec, Study, fingerprint

ROOMS = ("errors.py", "naming.py", "records", "models", "data", "train", "abilities")
"""What makes numbers. A change anywhere here makes new runs; a change elsewhere does not."""


@cache
def code_version(modules: tuple[str, ...] = ()) -> str:
    """Version of the package and of the source that makes numbers, e.g. "0.1.0+3f2a9c1d".

    `modules` are dotted names of the user's own families, abilities and sources.
    """
    return source_version(ROOMS, modules)


def modules_of(study: Study) -> tuple[str, ...]:
    """Dotted names of the user's own modules that a study uses."""
    named = {spec.family for spec in study.ladder} | {spec.source for spec in study.data}
    return tuple(sorted(name for name in named | set(study.abilities) if "." in name))


def rung_names(ladder: Sequence[ModelSpec]) -> list[str]:
    """Short names, unique in the ladder: the family and the dials that differ, "decoder-w64-d2"."""
    dials = sorted({dial for spec in ladder for dial in spec.size}, key=_by_use)
    differ = [d for d in dials if len({spec.size.get(d) for spec in ladder}) > 1]
    letters = [dial[0] for dial in differ]
    short = {dial: dial[0] if letters.count(dial[0]) == 1 else dial for dial in differ}
    names = [_rung_name(spec, short) for spec in ladder]
    return [
        name if names.count(name) == 1 else f"{name}-{chr(97 + names[:place].count(name))}"
        for place, name in enumerate(names)
    ]


def run_id(rung: str, seed: int, *records: object) -> str:
    """The name of a run: rung, seed, and eight digits of the fingerprint of the records."""
    return f"{rung}-s{seed}-{fingerprint(*records)[:8]}"


def rung_of(run: str) -> str:
    """The rung's name out of a run's."""
    return run.rsplit("-", 2)[0]


def _rung_name(spec: ModelSpec, short: dict[str, str]) -> str:
    family = spec.family.rsplit(".", 1)[-1].replace("_", "")
    dials = [f"{short[d]}{_plain(spec.size[d])}" for d in short if d in spec.size]
    return "-".join([family, *dials])


def _plain(value: int | float | str) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return "".join(
        c for c in text.replace("e+0", "e").replace("e+", "e") if c.isalnum() or c in "."
    )


def _by_use(dial: str) -> tuple[int, str]:
    usual = ("width", "depth")
    return (usual.index(dial) if dial in usual else len(usual), dial)
