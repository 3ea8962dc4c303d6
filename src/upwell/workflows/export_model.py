"""The models of a study, by their ids, and as folders that transformers loads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ModelError

if TYPE_CHECKING:
    from ..models.hub.export import ExportedModel
    from ..records import ModelRef
    from ..store import RunDir, Store

MAX_LISTED_RUNS = 6
"""Runs that a sentence names; the list has them all."""


def export(folder: str | Path, model: str, output_dir: str | Path | None = None) -> Path:
    """Write a model of a study as a folder that transformers loads, with the same outputs.

    `model` is an id or the start of one. Returns the folder, by default FOLDER/export/MODEL.
    Raises ModelError where transformers has no class for the family.
    """
    from ..store import Store

    run, name = select_model(Store.open(Path(folder)), model)
    target = Path(output_dir) if output_dir else Path(folder) / "export" / name
    write_export(build_export(run, name), target)
    return target


def list_models(folder: str | Path) -> list[ModelRef]:
    """The models that a study has; ModelError where it has none yet."""
    from ..store import Store

    store = Store.open(Path(folder))
    refs = [ref for run in store.runs() for ref in run.models()]
    if not refs:
        raise ModelError(f"{store.root} holds no model yet; run the study first")
    return refs


def parse_study_path(path: Path) -> tuple[Path, str] | None:
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


def select_model(store: Store, prefix: str) -> tuple[RunDir, str]:
    """The one model of that id, or the longest trained of the one run whose models begin so.

    Raises ModelError with the choices where several runs, or none, have such models.
    """
    refs = [(ref, run) for run in store.runs() for ref in run.models()]
    if not refs:
        raise ModelError(f"{store.root} holds no model yet; run the study first")
    matches = [(ref, run) for ref, run in refs if ref.id.startswith(prefix)]
    exact = [(ref, run) for ref, run in matches if ref.id == prefix]
    runs = sorted({ref.run for ref, _ in exact or matches})
    if len(runs) != 1:
        choices = runs or sorted({ref.run for ref, _ in refs})
        more = (
            f" and {len(choices) - MAX_LISTED_RUNS} more" if len(choices) > MAX_LISTED_RUNS else ""
        )
        begin = f" that begin with {prefix!r}" if prefix else ""
        raise ModelError(
            f"{store.root} has models of {len(runs)} runs{begin}; name one run or model of "
            f"{', '.join(choices[:MAX_LISTED_RUNS])}{more}; "
            f"`upwell export {store.root}` lists them"
        )
    ref, run = max(exact or matches, key=lambda match: match[0].tokens)
    return run, ref.id


def build_export(run: RunDir, name: str) -> ExportedModel:
    """The folder of a model for transformers. Raises ModelError where its family has none."""
    from .. import models
    from ..data import load_tokenizer
    from ..plugins import builtin_names, quoted_list

    ref, tensors = run.load_model(name)
    family = models.load_family(ref.spec.family)
    if not hasattr(family, "export"):
        exportable = builtin_names(models.FAMILIES_PACKAGE, ("export",))
        raise ModelError(
            f"{name} is of family {ref.spec.family!r}, which transformers has no class for; "
            f"families that can be exported: {quoted_list(exportable)}"
        )
    network = family.build(ref.spec, run.run().recipe, seed=0)
    network.load_state_dict(tensors)
    text_tokenizer = None if ref.spec.tokenizer is None else load_tokenizer(ref.spec.tokenizer)
    exported_model: ExportedModel = family.export(network.eval(), text_tokenizer)
    return exported_model


def write_export(exported_model: ExportedModel, target: Path) -> None:
    """Its files, each whole or not at all, and their seal."""
    from ..store.atomic import write_bytes
    from ..store.lock import claim_dir
    from ..store.seal import remove_sealed_files, seal

    with claim_dir(target):
        remove_sealed_files(target)
        for file, data in exported_model.files.items():
            write_bytes(target / file, data)
        seal(target)
