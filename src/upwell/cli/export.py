"""`upwell export`: a model of ours as a folder that transformers loads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ModelError
from . import telling
from .options import StudyFolder

if TYPE_CHECKING:
    from ..store import RunFolder, Store


def export(
    folder: StudyFolder,
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="Id of a model, or the start of one.")
    ] = "",
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FOLDER", help="Where it goes; FOLDER/export/MODEL."),
    ] = None,
) -> None:
    """Write a model as a folder that transformers loads, with the same outputs.

    A decoder becomes a LlamaForCausalLM with its tokenizer; other families have
    their own class, and those that have none are refused.
    Without MODEL, the models of the study are listed.

    upwell export out/demo

    upwell export out/demo decoder-w80-d2-s0 --to my-model
    """
    from ..store import Store

    store = Store.open(folder)
    if not model:
        _list(store)
        return
    run, name = _chosen(store, model)
    target = to or folder / "export" / name
    kind = _written(run, name, target)
    telling.say(telling.out(), f"{name}, which {kind} loads: {target}", "bold")


def _list(store: Store) -> None:
    rows = [
        (ref.id, f"{ref.params:,}", f"{ref.tokens:,}", ref.made_by)
        for run in store.runs()
        for ref in run.models()
    ]
    if not rows:
        raise ModelError(f"{store.root} holds no model yet; run the study first")
    telling.table(telling.out(), ("model", "params", "tokens", "made by"), rows)


def _chosen(store: Store, wanted: str) -> tuple[RunFolder, str]:
    """The one model of that id, or the longest trained of those whose id begins so."""
    found = [
        (ref.tokens, run, ref)
        for run in store.runs()
        for ref in run.models()
        if ref.id == wanted or ref.id.startswith(wanted)
    ]
    runs = {ref.run for _, _, ref in found}
    if len(runs) != 1:
        some = ", ".join(sorted(runs)[:4]) or "none"
        raise ModelError(
            f"{store.root} has {len(runs)} runs whose models begin with {wanted!r} ({some}); "
            f"list them with: upwell export {store.root}"
        )
    _, run, ref = max(found, key=lambda each: each[0])
    return run, ref.id


def _written(run: RunFolder, name: str, target: Path) -> str:
    """Write the folder; the class of transformers that loads it."""
    from .. import models
    from ..data import tokenizer
    from ..naming import listed, ours_in
    from ..store.atomic import write_bytes

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
    exported = family.export(network.eval(), words)
    target.mkdir(parents=True, exist_ok=True)
    for file, data in exported.files.items():
        write_bytes(target / file, data)
    return str(exported.loads_as)
