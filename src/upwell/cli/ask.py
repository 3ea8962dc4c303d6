"""`upwell ask`: what any language model can do, with 0 to k examples in the prompt."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import telling
from .options import Json


def ask(
    models: Annotated[
        list[str],
        typer.Argument(
            metavar="MODEL...",
            help="Folders, models of a study (out/demo/MODEL), of the hub (ORG/NAME).",
        ),
    ],
    ability: Annotated[
        list[str],
        typer.Option(
            "--ability", metavar="FILE", help="A task file (YAML, JSON) or an ability. Repeatable."
        ),
    ],
    shots: Annotated[
        str, typer.Option(metavar="N,N,...", help="Examples in the prompt, e.g. 0,1,2,4,8,16.")
    ] = "0",
    draws: Annotated[int, typer.Option(min=1, help="Draws of examples.")] = 1,
    orders: Annotated[int, typer.Option(min=1, help="Orders of the same examples.")] = 1,
    templates: Annotated[
        str, typer.Option(metavar="all|NAME,...", help="Other ways to put a question.")
    ] = "",
    permuted: Annotated[
        bool, typer.Option("--permuted", help="Also show every example with a wrong answer.")
    ] = False,
    own_shots: Annotated[
        bool, typer.Option("--own-shots", help="Draw examples anew for every question.")
    ] = False,
    harness_shots: Annotated[
        bool, typer.Option("--harness-shots", help="Draw the very examples of lm-eval-harness.")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first questions.")] = None,
    cut: Annotated[
        str, typer.Option(metavar="left|right|never", help="What goes of too long a prompt.")
    ] = "left",
    memory: Annotated[
        str, typer.Option(metavar="SIZE", help="Bytes besides the weights, e.g. 512M or 2G.")
    ] = "1G",
    out: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Where answers are kept, to go on from.")
    ] = Path("out/asked"),
    json: Json = None,
    lm_eval_json: Annotated[
        Path | None,
        typer.Option("--lm-eval-json", metavar="FOLDER", help="Also write lm-eval's results."),
    ] = None,
) -> None:
    """Ask language models questions, and show what they learn in context.

    A task file is ours, lm-eval-harness's own YAML, or BIG-bench JSON. Answers are kept:
    a stopped evaluation goes on, and other metrics are scored from the same answers.

    upwell ask my-model --ability task.yaml --shots 0,1,2,4,8,16

    upwell ask out/demo/decoder-w80-d2-s0 --ability addition2

    upwell ask small large --ability task.yaml --shots 0,8 --draws 5 --templates all --permuted
    """
    from . import asking

    wanted = asking.Wanted(
        models=tuple(models),
        abilities=tuple(ability),
        shots=asking.shots_of(shots),
        draws=draws,
        orders=orders,
        templates=templates,
        permuted=permuted,
        own_shots=own_shots,
        harness_shots=harness_shots,
        limit=limit,
        cut=asking.cut_of(cut),
        memory=asking.bytes_of(memory),
        out=out,
        lm_eval_json=lm_eval_json,
    )
    rows, notes = asking.carry_out(wanted)
    telling.write_json(json, {"upwell": "asked", "version": telling.VERSION, **notes, "rows": rows})
    if json != "-":
        asking.tell(telling.out(json), rows, notes)
