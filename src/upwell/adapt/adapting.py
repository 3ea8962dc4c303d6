"""The act: from a model and labelled rows to a folder that does the task, and says how well.

Where the task is of labels, the linear head on frozen features is always tried. Training is tried
beside it, and what the development rows prefer is kept; then all rows are learnt from, where they
are few.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from ..data.labelled import Labelled
from ..errors import SpecError
from ..records import Adapt, Adapted, Calibration, ModelRef, Run, Suspect, Tried
from ..store.atomic import write_bytes
from .calibration import calibration, probabilities
from .light import merged_params
from .linear import Floats, Linear
from .material import Material, material, said_of
from .network import Adapting
from .recipes import FEW, LARGE
from .shipping import ship
from .unlabelled import pool, suggestions, with_pseudo
from .wanted import Tell, Wanted
from .ways import Head, Tuned, Watch, frozen, head, head_run, tune, tune_again

NAMES = {
    "head": "frozen features with a linear head",
    "full": "all weights tuned",
    "lora": "low-rank updates (LoRA)",
    "dora": "low-rank updates of directions (DoRA)",
    "ia3": "factors of outputs (IA3)",
    "prompt": "a prompt that learns",
}

SUGGESTIONS = "suggestions.csv"
MOST_SUSPECTS = 50
DOUBT = 0.2
"""Probability of its own label under which a row is suspected."""


@dataclass(frozen=True)
class Made:
    """What is to be shipped, with the logits that it is known by."""

    run: Run
    network: Adapting
    tried: tuple[Tried, ...]
    unseen: Any
    """What it said of rows that it had not learnt from: logits for the temperature, where the task
    is of labels."""

    of: Floats
    """What was right of these rows, [N, C]; [0, 0] where the task has no labels."""

    learnt: int


def adapt(wanted: Wanted, out: Path, tell: Tell, watch: Watch) -> Adapted:
    """Carry the act out, or go on with it; the folder `out` then does the task.

    Raises DataError, ModelError or SpecError for what cannot be used, RunError where training
    breaks down.
    """
    ready = material(wanted, out, tell, watch)
    if not ready.task.FITTED:
        made = _trained(ready, out, tell, watch)
        return _shipped(ready, None, made, out, tell)
    some = None if wanted.unlabelled is None else pool(ready, wanted.unlabelled)
    first, made = _best_way(ready, out, tell, watch)
    if some is not None and wanted.pseudo:
        made = _with_pseudo(ready, made, some, out, tell, watch)
    adapted = _shipped(ready, first, made, out, tell)
    if some is not None and wanted.suggest:
        _suggest(ready, made, some, adapted, out, tell)
    return adapted


def _best_way(ready: Material, out: Path, tell: Tell, watch: Watch) -> tuple[Head, Made]:
    """The linear head, training beside it, and of the two what the development rows prefer."""
    first = head(ready)
    tell(_told(first.tried))
    method = _method(ready)
    tuned = None if method == "head" else tune(ready, method, first.learn.start, out, watch)
    if tuned is not None:
        tell(_told(tuned.tried))
    return first, _chosen(ready, first, tuned, out, tell, watch)


def _with_pseudo(
    ready: Material, made: Made, some: Labelled, out: Path, tell: Tell, watch: Watch
) -> Made:
    """The act once more with rows that its model is sure of; what the development rows prefer."""
    told = calibration(made.unseen, made.of, several=False)
    more, count = with_pseudo(ready, made.network, told, some, tell)
    if not count:
        return made
    _, again = _best_way(more, out, tell, watch)
    tried = tuple(replace(one, pseudo=count) for one in again.tried)
    both = (*made.tried, *tried)
    if max(map(_order, tried)) <= max(map(_order, made.tried)):
        tell("learning from them does no better, so the model before stays")
        return replace(made, tried=both)
    return replace(_by_people(ready, again), tried=both)


def _by_people(ready: Material, made: Made) -> Made:
    """Known by the rows that people labelled: that a model agrees with itself says nothing."""
    learn, choose = len(ready.learn.targets), len(ready.choose.targets)
    places = np.arange(len(made.of))
    kept = (places < learn) | (places >= len(places) - choose)
    return replace(made, unseen=made.unseen[kept], of=made.of[kept])


def _suggest(
    ready: Material, made: Made, some: Labelled, adapted: Adapted, out: Path, tell: Tell
) -> None:
    """Write down which rows had best be labelled next, as a file that takes their labels."""
    told = adapted.calibration
    heat = 1.0 if told is None else told.temperature
    found = suggestions(ready, made.network, some, ready.wanted.suggest, heat)
    columns = some.columns
    lines = [("line", *columns.texts, columns.label, "said", "probability")]
    lines += [
        (f"{one.row.line}", *one.row.texts, "", one.said, f"{one.probability:.4f}") for one in found
    ]
    text = StringIO(newline="")
    csv.writer(text).writerows(lines)
    write_bytes(out / SUGGESTIONS, text.getvalue().encode())
    tell(f"{len(found)} rows to label next, most telling first: {out / SUGGESTIONS}")


def _trained(ready: Material, out: Path, tell: Tell, watch: Watch) -> Made:
    """By training alone, where no head can be fitted by itself."""
    method = _method(ready)
    if method == "head":
        raise SpecError(
            f"task {ready.wanted.task!r} has no head that is fitted on a frozen model; choose "
            "another method, e.g. --method lora"
        )
    tuned = tune(ready, method, None, out, watch)
    tell(_told(tuned.tried))
    unseen = said_of(ready.task, ready.given, ready.adapt, tuned.network.body, ready.choose.encoded)
    kept, learnt = _again(ready, tuned, lambda: None, out, watch)
    return Made(kept.run, kept.network, (tuned.tried,), unseen, ready.choose.targets, learnt)


def _again(
    ready: Material, tuned: Tuned, start: Callable[[], Linear | None], out: Path, watch: Watch
) -> tuple[Tuned, int]:
    """From all rows where they are few, and how many these are."""
    if not ready.held_back or len(ready.learn.rows) > FEW:
        return tuned, len(ready.learn.rows)
    return tune_again(ready, tuned, start(), out, watch), len(ready.whole.rows)


def _method(ready: Material) -> str:
    """How to train: as told, or low-rank updates where the model is large."""
    if ready.wanted.method != "auto":
        return ready.wanted.method
    params = sum(p.numel() for p in ready.task.body(ready.given, ready.adapt).parameters())
    return "lora" if params >= LARGE else "full"


def _chosen(
    ready: Material, first: Head, tuned: Tuned | None, out: Path, tell: Tell, watch: Watch
) -> Made:
    """The way that the development rows prefer; the way that was asked for, if one was."""
    tried = (first.tried,) if tuned is None else (first.tried, tuned.tried)
    better = tuned is not None and _order(tuned.tried) > _order(first.tried)
    if tuned is not None and not better:
        told = f"({first.tried.score:.3f} against {tuned.tried.score:.3f})"
        tell(
            f"neither way has learnt anything {told}; give more rows, or another model"
            if not first.tried.score
            else f"the frozen model with a linear head does no worse {told}: --method head does"
        )
    if tuned is None or (not better and ready.wanted.method == "auto"):
        return _of_head(ready, first, tried)
    unseen = said_of(ready.task, ready.given, ready.adapt, tuned.network.body, ready.choose.encoded)
    kept, learnt = _again(ready, tuned, lambda: first.whole().start, out, watch)
    return Made(kept.run, kept.network, tried, unseen, ready.choose.targets, learnt)


def _of_head(ready: Material, first: Head, tried: tuple[Tried, ...]) -> Made:
    if not ready.held_back:
        run = head_run(ready, ready.learn, first.penalty)
        network = frozen(ready, first.learn.map)
        count = len(ready.learn.rows)
        return Made(run, network, tried, first.choose, ready.choose.targets, count)
    whole = first.whole()
    targets = np.concatenate([ready.learn.targets, ready.choose.targets])
    run = head_run(ready, ready.whole, first.penalty)
    return Made(run, frozen(ready, whole.map), tried, whole.unseen, targets, len(ready.whole.rows))


def _order(tried: Tried) -> tuple[float, float]:
    return tried.score, -tried.loss


def _shipped(ready: Material, first: Head | None, made: Made, out: Path, tell: Tell) -> Adapted:
    """Measure what was made, write its folder, and say what it is."""
    told = calibration(made.unseen, made.of, several=ready.several) if ready.task.FITTED else None
    network, rows = made.network, ready.score
    if rows is None:
        rows, said = ready.choose, _of_choose(ready, made)
        where = "development rows, which also chose"
    else:
        said = said_of(ready.task, ready.given, ready.adapt, network.body, rows.encoded)
        where = rows.data.name
    assert made.run.adapt is not None
    adapt = _settled(ready, made, made.run.adapt)
    scores = ready.task.scores(said, rows, adapt, ready.several)
    cooled = said if told is None else said / np.float32(told.temperature)
    adapted = Adapted(
        ref=_ref(ready, made),
        adapt=adapt,
        recipe=made.run.recipe,
        given=ready.given.name,
        texts=ready.learn.data.columns.texts,
        label=ready.learn.data.columns.label,
        several=ready.learn.data.columns.several,
        data=ready.learn.data.name,
        learnt=made.learnt,
        chosen_on=len(ready.choose.rows),
        scored_on=where,
        scores=scores,
        tried=made.tried,
        calibration=told,
        problems=ready.problems,
        cut=ready.learn.encoded.cut + ready.choose.encoded.cut,
        suspects=() if first is None else _suspects(ready, first),
        rows=ready.task.shown(cooled, rows, adapt, ready.several),
    )
    _say(adapted, tell)
    shown = ready.task.picture(said, rows, adapt) if hasattr(ready.task, "picture") else None
    return ship(network, ready, adapted, out, shown)


def _settled(ready: Material, made: Made, adapt: Adapt) -> Adapt:
    """The recipe with what a task finds out from rows that were not learnt from."""
    if not hasattr(ready.task, "settled"):
        return adapt
    found: Adapt = ready.task.settled(made.unseen, ready.choose, adapt)
    return found


def _of_choose(ready: Material, made: Made) -> Any:
    """What was said of the rows that were held back by a model that had not learnt from them."""
    if not ready.task.FITTED or len(made.unseen) == len(ready.choose.targets):
        return made.unseen
    return made.unseen[-len(ready.choose.targets) :]


def _suspects(ready: Material, first: Head) -> tuple[Suspect, ...]:
    """Rows whose label models that have not seen them hardly believe (Northcutt et al. 2021,
    arXiv 1911.00068): the label is less probable than it is on rows that have it, another more."""
    if ready.several or not ready.task.ONE_A_ROW:
        return ()
    chances = probabilities(first.learn.unseen, several=False)
    right = ready.learn.targets.argmax(1)
    usual = np.array([
        chances[right == place, place].mean() if (right == place).any() else 1.0
        for place in range(chances.shape[1])
    ])  # fmt: skip
    own = chances[np.arange(len(right)), right]
    other = chances.argmax(1)
    sure = chances.max(1) >= usual[other]
    places = np.flatnonzero((other != right) & sure & (own < DOUBT))
    order = places[np.argsort(own[places], kind="stable")][:MOST_SUSPECTS]
    labels, rows = ready.adapt.labels, ready.learn.rows
    return tuple(
        Suspect(
            line=rows[i].line,
            text=" ⏐ ".join(rows[i].texts),
            label=rows[i].label,
            likelier=labels[other[i]],
            probability=float(own[i]),
        )
        for i in order.tolist()
    )


def _ref(ready: Material, made: Made) -> ModelRef:
    """What was made, before its weights are on the disk."""
    run = made.run
    params = merged_params(made.network)
    tokens = 0 if run.adapt is None or run.adapt.method == "head" else run.milestones[0]
    width = float(ready.learn.encoded.lengths.mean())
    return ModelRef(
        id=f"{run.id}-t{tokens}",
        run=run.id,
        spec=run.model,
        made_by="adapt",
        seed=run.seed,
        params=params,
        tokens=tokens,
        flops=6.0 * params * tokens * width,
        bytes=4 * params,
        weights=None,
        code=run.code,
        parent=run.parent,
    )


def _told(tried: Tried) -> str:
    return (
        f"{NAMES[tried.method]}: {tried.score:.3f} on the development rows "
        f"({tried.params:,} weights learnt, {tried.seconds:.0f} s of processor time)"
    )


def _say(adapted: Adapted, tell: Tell) -> None:
    for score in adapted.scores:
        tell(
            f"{score.metric} {score.value:.3f} ({score.low:.3f} to {score.high:.3f}) "
            f"on {score.rows:,} of {adapted.scored_on}"
        )
    if adapted.cut:
        rows = f"{adapted.cut:,} row{'s' * (adapted.cut != 1)}"
        tell(f"{rows} longer than the {adapted.adapt.length} that are read (--length), and cut")
    told: Calibration | None = adapted.calibration
    if told is None:
        return
    if told.threshold is None:
        rest = f"no threshold makes {told.aim:.0%} of its answers right"
    elif not told.abstained:
        rest = f"{told.right:.0%} of its answers are right, so none need be withheld"
    else:
        rest = (
            f"answers under {told.threshold:.2f} are best withheld: {told.abstained:.0%} of them, "
            f"and {told.right:.0%} of the others are right"
        )
    tell(
        f"calibration error {told.before:.3f}, {told.after:.3f} with the temperature "
        f"{told.temperature:.2f}; {rest}"
    )
