"""Steps and tokens that the name of a checkpoint states, where it can be read in one way only.

Revisions such as "step3000" (Pythia), "step1000-tokens4B" (OLMo), "stage1-step140000-tokens588B",
"step-120000" (SmolLM2), "global_step5000" and "iter_0010000" name a training step. A number without
such a word ("ckpt_100", "v2") may count anything and is not read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from .remarks import Remark

STEP_PATTERN = re.compile(
    r"(?:stage1-)?(?:global_?)?(?:step|iter)[-_]?(?P<step>\d{1,12})"
    r"(?:-tokens(?P<tokens>\d+(?:\.\d+)?)(?P<unit>[MBT]))?"
)
"""A second stage of a training counts its steps anew, so only the first is read."""

TOKEN_UNITS = {"M": 1e6, "B": 1e9, "T": 1e12}


STEP_REMARK = "steps were read from the names of revisions"
TOKENS_REMARK = "steps and tokens were read from the names of revisions"


@dataclass(frozen=True)
class CheckpointName:
    """What the name of a checkpoint states."""

    step: int
    tokens: float | None


def parse_checkpoint(revision: str) -> CheckpointName | None:
    """The step, and the tokens if they are named; None where the name does not state a step."""
    parsed = STEP_PATTERN.fullmatch(revision)
    if parsed is None:
        return None
    tokens = parsed["tokens"]
    return CheckpointName(
        step=int(parsed["step"]),
        tokens=None if tokens is None else float(tokens) * TOKEN_UNITS[parsed["unit"]],
    )


def split_checkpoint(model: str) -> tuple[str, int] | None:
    """(model, step) of a name "model@revision" whose revision states the step; else None."""
    name, _, revision = model.rpartition("@")
    checkpoint = parse_checkpoint(revision) if name else None
    return None if checkpoint is None else (name, checkpoint.step)


def checkpoint_remark(model: str, revision: str, checkpoint: CheckpointName) -> Remark:
    """What to say of a step that was read off a revision."""
    text = STEP_REMARK if checkpoint.tokens is None else TOKENS_REMARK
    return Remark(text, f"{model}@{revision}")


def read_revisions(frame: pl.DataFrame) -> tuple[pl.DataFrame, tuple[Remark, ...]]:
    """Steps and tokens from a column "revision", in rows without a step.

    A revision that states no step becomes part of the model's name, as in "model@revision".
    """
    if frame.schema.get("revision") != pl.String:
        return frame, ()
    revision = pl.col("revision")
    is_open = (
        revision.is_not_null()
        & (revision != "main")
        & pl.col("step").is_null()
        & ~pl.col("model").str.ends_with(pl.format("@{}", "revision"))
    )
    pairs = frame.filter(is_open).select("model", "revision").unique(maintain_order=True).rows()
    parsed = {text: parse_checkpoint(text) for _, text in pairs}
    known = {text: checkpoint for text, checkpoint in parsed.items() if checkpoint is not None}
    steps = {text: checkpoint.step for text, checkpoint in known.items()}
    tokens = {text: checkpoint.tokens for text, checkpoint in known.items()}
    is_named = is_open & ~revision.is_in(list(known))
    name = pl.when(is_named).then(pl.format("{}@{}", "model", "revision")).otherwise("model")
    step = revision.replace_strict(steps, default=None, return_dtype=pl.Int64)
    token = revision.replace_strict(tokens, default=None, return_dtype=pl.Float64)
    return frame.with_columns(
        step=pl.when(is_open).then(step).otherwise("step"),
        tokens=pl.coalesce("tokens", pl.when(is_open).then(token)),
        model=name,
    ), tuple(checkpoint_remark(m, text, known[text]) for m, text in pairs if text in known)
