"""The models of a study, by their ids, and as folders that transformers loads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ModelError

if TYPE_CHECKING:
    from ..models.exporting import Exported
    from ..store import RunFolder, Store

NAMED = 6
"""Runs that a sentence names; the list has them all."""


def member_of(path: Path) -> tuple[Path, str] | None:
    """The study folder that a path points into, and which model; None where it is no such path.

    The model is "" for the study folder itself. FOLDER/MODEL need not exist as a path, and the
    folder of a run stands for its models.
    """
    if (path / "config.json").is_file():
        return None
    if (path / "study.json").is_file():
        return path, ""
    for parent in path.parents if path.exists() else [path.parent]:
        if (parent / "study.json").is_file():
            return parent, path.name
    return None


def chosen(store: Store, wanted: str) -> tuple[RunFolder, str]:
    """The one model of that id, or the longest trained of the one run whose models begin so.

    Raises ModelError with the choices where several runs, or none, have such models.
    """
    refs = [(ref, run) for run in store.runs() for ref in run.models()]
    if not refs:
        raise ModelError(f"{store.root} holds no model yet; run the study first")
    found = [(ref, run) for ref, run in refs if ref.id.startswith(wanted)]
    exact = [(ref, run) for ref, run in found if ref.id == wanted]
    runs = sorted({ref.run for ref, _ in exact or found})
    if len(runs) != 1:
        choices = runs or sorted({ref.run for ref, _ in refs})
        more = f" and {len(choices) - NAMED} more" if len(choices) > NAMED else ""
        begin = f" that begin with {wanted!r}" if wanted else ""
        raise ModelError(
            f"{store.root} has models of {len(runs)} runs{begin}; name one run or model of "
            f"{', '.join(choices[:NAMED])}{more}, as `upwell export {store.root}` lists them"
        )
    ref, run = max(exact or found, key=lambda each: each[0].tokens)
    return run, ref.id


def exported(run: RunFolder, name: str) -> Exported:
    """The folder of a model for transformers. Raises ModelError where its family has none."""
    from .. import models
    from ..data import tokenizer
    from ..naming import listed, ours_in

    ref, tensors = run.load_model(name)
    family = models.named(ref.spec.family)
    if not hasattr(family, "export"):
        raise ModelError(
            f"{name} is of family {ref.spec.family!r}, which transformers has no class for; "
            f"what can be exported: {listed(ours_in(models.__name__, ('export',)))}"
        )
    network = family.build(ref.spec, run.run().recipe, seed=0)
    network.load_state_dict(tensors)
    words = None if ref.spec.tokenizer is None else tokenizer(ref.spec.tokenizer)
    found: Exported = family.export(network.eval(), words)
    return found


def write(exported: Exported, target: Path) -> None:
    """Its files, each whole or not at all."""
    from ..store.atomic import write_bytes

    target.mkdir(parents=True, exist_ok=True)
    for file, data in exported.files.items():
        write_bytes(target / file, data)
