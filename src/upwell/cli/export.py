"""`upwell export`: a model of ours as a folder that transformers loads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import ModelError
from . import members, telling
from .options import StudyFolder

if TYPE_CHECKING:
    from ..store import Store


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
    run, name = members.chosen(store, model)
    target = to or folder / "export" / name
    found = members.exported(run, name)
    members.write(found, target)
    telling.say(telling.out(), f"{name}, which {found.loads_as} loads: {target}", "bold")


def _list(store: Store) -> None:
    rows = [
        (ref.id, f"{ref.params:,}", f"{ref.tokens:,}", ref.made_by)
        for run in store.runs()
        for ref in run.models()
    ]
    if not rows:
        raise ModelError(f"{store.root} holds no model yet; run the study first")
    telling.table(telling.out(), ("model", "params", "tokens", "made by"), rows)
