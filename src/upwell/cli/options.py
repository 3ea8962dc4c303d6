"""Options that several commands share, described once, and how their values are read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ..errors import SpecError

Paths = Annotated[
    list[Path],
    typer.Argument(metavar="PATH...", help="Result files, folders of them, study folders."),
]
Axis = Annotated[
    str, typer.Option(help="params, tokens, flops, loss, step, shots, or any numeric column.")
]
Scales = Annotated[
    list[str] | None,
    typer.Option(
        "--scale",
        metavar="NAME=PARAMS,TOKENS",
        help="Scale of a model, e.g. pythia-70m=70m,300b. from-names reads parameters off the "
        "models' names and shows them. Repeatable.",
    ),
]
MetricInfos = Annotated[
    list[str] | None,
    typer.Option(
        "--metric-info",
        metavar="NAME=BETTER,LOW,HIGH",
        help="Facts of a metric, e.g. score=higher,0,1; - for no bound. accuracy=higher,0,100 "
        "says that values are percentages. Repeatable.",
    ),
]
Metrics = Annotated[
    list[str] | None, typer.Option("--metric", help="Only this metric. Repeatable.")
]
Families = Annotated[
    list[str] | None, typer.Option("--family", help="Only this family. Repeatable.")
]
Abilities = Annotated[
    list[str] | None, typer.Option("--ability", help="Only this ability. Repeatable.")
]
NumFewshot = Annotated[
    str, typer.Option("--num-fewshot", metavar="K,K", help="Only these few-shot counts, e.g. 0,5.")
]
Json = Annotated[
    str | None, typer.Option("--json", metavar="FILE", help="Write JSON; - for standard output.")
]
ShowAll = Annotated[bool, typer.Option("--all", help="List every line.")]

StudyName = Annotated[
    str,
    typer.Argument(metavar="STUDY", help="A built-in study (demo, ruler) or a Python file."),
]
StudyDir = Annotated[Path, typer.Argument(metavar="FOLDER", help="A study folder, e.g. out/demo.")]
OutputDir = Annotated[
    Path | None,
    typer.Option("--output-dir", metavar="FOLDER", help="Study folder. [default: out/NAME]"),
]
Workers = Annotated[
    int | None, typer.Option(min=1, help="Runs at a time. [default: the number of cores]")
]
Hours = Annotated[float | None, typer.Option(min=0, help="Refuse a study that would take longer.")]
StudyOptions = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="An option of the study. Repeatable."),
]


def parse_settings(assignments: Sequence[str] | None) -> dict[str, int | float | str]:
    """Names and values of `--set NAME=VALUE`; numbers where the value reads as one."""
    return dict(_parse_setting(text) for text in assignments or ())


def parse_counts(text: str, option: str) -> tuple[int, ...]:
    """Numbers with commas, rising, none twice. Raises SpecError."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isdecimal() for part in parts):
        raise SpecError(f"{option} takes numbers with commas, e.g. 0,1,2,4; got {text!r}")
    return tuple(sorted({int(part) for part in parts}))


def _parse_setting(text: str) -> tuple[str, int | float | str]:
    name, equals, value = text.partition("=")
    if not (equals and name.isidentifier() and value):
        raise SpecError(f"--set takes NAME=VALUE, e.g. tokens=2000000; got {text!r}")
    for number in (int, float):
        try:
            return name, number(value)
        except ValueError:
            continue
    return name, value
