"""`upwell export`: a model of a study as a folder that transformers loads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .. import console
from ..options import StudyDir


def export(
    folder: StudyDir,
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="Id of a model, or the start of one.")
    ] = "",
    output_dir: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Where it goes. [default: FOLDER/export/MODEL]"),
    ] = None,
) -> None:
    """Write a model as a folder that transformers loads, with the same outputs.

    A decoder becomes a LlamaForCausalLM with its tokenizer; other families have
    their own class, and those that have none are refused.
    Without MODEL, the models of the study are listed.

    upwell export out/demo

    upwell export out/demo decoder-w80-d2-s0 --output-dir my-model
    """
    from ...workflows.export_model import export as export_model

    if not model:
        _print_models(folder)
        return
    target = export_model(folder, model, output_dir)
    console.print_line(console.get_console(), f"model: {target}", "bold")


def _print_models(folder: Path) -> None:
    from ...workflows.export_model import list_models

    rows = [
        (ref.id, f"{ref.params:,}", f"{ref.tokens:,}", ref.created_by)
        for ref in list_models(folder)
    ]
    console.print_table(console.get_console(), ("model", "params", "tokens", "created by"), rows)
