"""Ids of runs: readable, with a hash of everything that could change their numbers."""

from __future__ import annotations

from collections.abc import Sequence

from ..records import ModelSpec, Study, fingerprint

HASHED_PACKAGES = (
    "errors.py",
    "plugins.py",
    "records",
    "models",
    "data",
    "metrics",
    "train",
    "evaluation",
)
"""Code that makes numbers. A change in it makes new runs; a change elsewhere does not."""


def custom_modules(study: Study) -> tuple[str, ...]:
    """Dotted names of the custom modules of a study."""
    names = {spec.family for spec in study.ladder} | {spec.source for spec in study.data}
    return tuple(sorted(name for name in names | set(study.abilities) if "." in name))


def rung_names(ladder: Sequence[ModelSpec]) -> list[str]:
    """Short unique names: family and hyperparameters that differ, e.g. "decoder-w64-d2"."""
    hparams = sorted({hparam for spec in ladder for hparam in spec.hparams}, key=_hparam_sort_key)
    varying = [d for d in hparams if len({spec.hparams.get(d) for spec in ladder}) > 1]
    letters = [hparam[0] for hparam in varying]
    short_names = {
        hparam: hparam[0] if letters.count(hparam[0]) == 1 else hparam for hparam in varying
    }
    names = [_format_rung(spec, short_names) for spec in ladder]
    return [
        name if names.count(name) == 1 else f"{name}-{chr(97 + names[:index].count(name))}"
        for index, name in enumerate(names)
    ]


def run_id(rung: str, seed: int, *records: object) -> str:
    """Id of a run: rung, seed, and eight digits of the fingerprint of the records."""
    return f"{rung}-s{seed}-{fingerprint(*records)[:8]}"


def parse_rung(run: str) -> str:
    """Name of the rung from the id of a run."""
    return run.rsplit("-", 2)[0]


def _format_rung(spec: ModelSpec, short_names: dict[str, str]) -> str:
    family = spec.family.rsplit(".", 1)[-1].replace("_", "")
    hparams = [
        f"{short_names[d]}{_format_value(spec.hparams[d])}"
        for d in short_names
        if d in spec.hparams
    ]
    return "-".join([family, *hparams])


def _format_value(value: int | float | str) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return "".join(
        c for c in text.replace("e+0", "e").replace("e+", "e") if c.isalnum() or c in "."
    )


def _hparam_sort_key(hparam: str) -> tuple[int, str]:
    leading = ("width", "depth")
    return (leading.index(hparam) if hparam in leading else len(leading), hparam)
