"""The ways of adapting: a linear map on frozen features, or training that starts from it.

A head that is fitted before anything else moves keeps what the model knows (Kumar et al. 2022,
arXiv 2202.10054): every way begins with the same one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..records import Adapt, DataSpec, ModelSpec, Progress, Run, Train, Tried
from ..store import RunFolder
from . import linear
from .batches import ByLength
from .fitting import best, fit
from .hiding import hidden
from .identity import code_version, run_id
from .linear import Floats, Linear
from .material import Material, Rows, in_batches, run_over, said_of
from .network import Adapting, trainable
from .prompts import added
from .recipes import FRESH_BATCH, HEAVIEST, Dials, examples, learning

Watch = Callable[[Progress, int, int], None]
"""Hears how training goes: a moment, the steps in all, the rows of a step."""


STRONGER = 10.0
"""Times the best penalty that the map is fitted with which training starts from: one that has the
rows by heart leaves no loss to learn from."""


@dataclass(frozen=True)
class Fitted:
    """Linear maps of some rows' frozen features."""

    map: Linear
    start: Linear
    """A softer one, for training to start from."""

    unseen: Floats
    """Logits of these rows, each by a map that had not seen it."""


@dataclass(frozen=True)
class Head:
    """What a linear map on frozen features can do."""

    learn: Fitted
    """Of the rows to learn from."""

    whole: Callable[[], Fitted]
    """Of all rows."""

    choose: Floats
    """Logits of the rows to choose by."""

    penalty: float
    tried: Tried


@dataclass(frozen=True)
class Tuned:
    """A network that was trained."""

    run: Run
    network: Adapting
    tried: Tried


def head(material: Material) -> Head:
    """The linear map of the frozen model, its penalty chosen by cross-validation."""
    began = process_time()
    body = _seeded(material, replace(material.adapt, method="head")).body
    features = {name: _features(material, body, rows) for name, rows in _both(material).items()}
    learn, choose = material.learn, material.choose
    counts, several = _counts(learn.targets, material.adapt.weighted), material.several
    bias = body.head is None or body.head.bias is not None
    groups = material.task.groups(learn.encoded)
    penalty, unseen = linear.chosen(
        features["learn"],
        learn.targets,
        counts,
        material.wanted.seed,
        groups,
        several=several,
        bias=bias,
    )

    def whole() -> Fitted:
        both = np.concatenate([features["learn"], features["choose"]])
        more = material.task.groups(choose.encoded) + groups.max() + 1
        targets = np.concatenate([learn.targets, choose.targets])
        return _maps(material, both, targets, penalty, np.concatenate([groups, more]), bias=bias)

    first = _maps(material, features["learn"], learn.targets, penalty, groups, unseen, bias=bias)
    logits = first.map(features["choose"])
    tried = Tried(
        method="head",
        score=_score(material, logits),
        loss=linear.mean_loss(logits, choose.targets, several=several),
        params=first.map.weight.size + first.map.bias.size,
        seconds=process_time() - began,
    )
    return Head(first, whole, logits, penalty, tried)


def _maps(
    material: Material,
    features: Floats,
    targets: Floats,
    penalty: float,
    groups: NDArray[np.int64],
    unseen: Floats | None = None,
    *,
    bias: bool,
) -> Fitted:
    counts = _counts(targets, material.adapt.weighted)
    how: Any = {"several": material.several, "bias": bias}
    if unseen is None:
        seed = material.wanted.seed
        unseen = linear.unseen(features, targets, counts, penalty, seed, groups, **how)
    start = linear.fit(features, targets, counts, STRONGER * penalty, **how)
    map_ = linear.fit(features, targets, counts, penalty, start=start, **how)
    return Fitted(map_, start, unseen)


def tune(material: Material, method: str, start: Linear | None, out: Path, watch: Watch) -> Tuned:
    """Train on the rows to learn from; the round is chosen on the others. `start` is the head that
    training begins with, None where the task has none that is fitted by itself."""
    began = process_time()
    run = _run(material, method, material.learn, keep=None)

    def judge(network: Adapting) -> tuple[float, float]:
        rows, task = material.choose, material.task
        said = said_of(task, material.given, material.adapt, network.body, rows.encoded)
        return _score(material, said), _loss(material, network, said)

    network, rounds = _fitted(material, run, material.learn, start, out, judge, watch)
    assert run.adapt is not None
    one = best(rounds, last=run.adapt.last)
    tried = Tried(
        method=method,
        score=one.score,
        loss=one.loss,
        params=trainable(network),
        seconds=process_time() - began,
        rounds=rounds,
    )
    return Tuned(run, network, tried)


def tune_again(
    material: Material, tuned: Tuned, start: Linear | None, out: Path, watch: Watch
) -> Tuned:
    """The same on all rows, up to the round that was chosen: rows held back are rows missed."""
    assert tuned.run.adapt is not None
    adapt = tuned.run.adapt
    keep = best(tuned.tried.rounds, last=adapt.last).number
    run = _run(material, adapt.method, material.whole, keep=keep)
    network, _ = _fitted(material, run, material.whole, start, out, None, watch)
    return Tuned(run, network, tuned.tried)


def frozen(material: Material, map_: Linear) -> Adapting:
    """The network of a linear map."""
    network = _seeded(material, replace(material.adapt, method="head"))
    _begin(network, map_)
    return network.eval()


def head_run(material: Material, rows: Rows, penalty: float) -> Run:
    """The run of a linear map."""
    return _named(
        material, Train(context=1), replace(material.adapt, method="head", penalty=penalty), rows
    )


def _fitted(
    material: Material,
    run: Run,
    rows: Rows,
    start: Linear | None,
    out: Path,
    judge: Any,
    watch: Watch,
) -> tuple[Adapting, Any]:
    assert run.adapt is not None
    network = _seeded(material, run.adapt, rows)
    if start is not None:
        _begin(network, start)
    folder = RunFolder(out / "work" / run.id)
    shown = hidden(rows.encoded, material.given.words, run.adapt)
    batches = ByLength(shown, run.recipe.batch, run.seed, varied=run.adapt.augment)
    steps = round(run.milestones[0] / run.recipe.batch)
    with folder.writing(run):
        rounds = fit(
            run,
            folder,
            network,
            batches,
            judge,
            lambda moment: watch(moment, steps, run.recipe.batch),
        )
    return network, rounds


def _seeded(material: Material, adapt: Adapt, rows: Rows | None = None) -> Adapting:
    """The network before it learns, the same to the bit for the same seed."""
    torch.manual_seed(material.wanted.seed)
    weights = None
    if adapt.weighted and rows is not None:
        weights = torch.from_numpy(_weights(rows.targets))
    body = material.task.body(material.given, adapt)
    own = added(material.given.words)
    return Adapting(body, adapt, material.task.loss, weights, own).eval()


def _begin(network: Adapting, map_: Linear) -> None:
    """Put a fitted map where the head is."""
    head = network.body.head
    assert head is not None
    with torch.no_grad():
        head.weight.copy_(torch.from_numpy(map_.weight))
        if head.bias is not None:
            head.bias.copy_(torch.from_numpy(map_.bias))


def _features(material: Material, body: Any, rows: Rows) -> Floats:
    found: Floats = material.task.flat(run_over(body.features, rows.encoded), rows.encoded)
    return found


def _both(material: Material) -> dict[str, Rows]:
    return {"learn": material.learn, "choose": material.choose}


def _score(material: Material, said: Any) -> float:
    rows = material.choose
    found: float = material.task.main_score(said, rows, material.adapt, material.several)
    return found


def _loss(material: Material, network: Adapting, said: Any) -> float:
    """Mean loss of the rows to choose by."""
    rows = material.choose
    if material.task.FITTED:
        return linear.mean_loss(said, rows.targets, several=material.several)
    total = 0.0
    with torch.inference_mode():
        for places, arrays in in_batches(rows.encoded):
            batch = {name: torch.from_numpy(array) for name, array in arrays.items()}
            total += len(places) * float(sum(network.losses(batch, batch).values()))
    return total / len(rows.encoded)


def _weights(targets_NC: Floats) -> Floats:
    """[C]: how much each label counts, so that all count about alike, and a row one in the mean."""
    share_C = targets_NC.mean(0)
    weight_C = 1 / np.maximum(share_C, share_C.max() / HEAVIEST)
    return (weight_C / (weight_C * share_C).sum()).astype(np.float32)


def _counts(targets_NC: Floats, weighted: bool) -> Floats:
    """How much each row counts."""
    if not weighted:
        return np.ones(len(targets_NC), dtype=np.float32)
    return _weights(targets_NC)[targets_NC.argmax(1)]


def _run(material: Material, method: str, rows: Rows, keep: int | None) -> Run:
    dials: Dials = material.wanted.dials
    # As many rounds as the rows that were first learnt from suggest, also where all are used.
    count = len(material.learn.rows)
    asked = replace(material.adapt, method=method, keep=keep)
    some = getattr(material.task, "FRESH_BATCH", FRESH_BATCH)
    fresh = material.given.fresh
    recipe, adapt = learning(asked, count, dials, fresh=fresh, fresh_batch=some)
    return _named(material, recipe, adapt, rows)


def _named(material: Material, recipe: Train, adapt: Adapt, rows: Rows) -> Run:
    wanted, given = material.wanted, material.given
    columns = rows.data.columns
    # Where a round is chosen, the rows that it is chosen on are part of what comes out.
    chosen_on = material.choose.data.digest if adapt.keep is None else ""
    data = DataSpec(
        source="labelled",
        options={"path": str(wanted.data), "text": columns.texts[0], "label": columns.label},
        revision=rows.data.digest,
    )
    parent = given.ref or f"{given.name}@{given.mark[:16]}"
    name = run_id(
        given.name,
        wanted.task,
        adapt.method,
        wanted.seed,
        recipe,
        adapt,
        data.revision,
        chosen_on,
        columns.several,
        given.mark,
        code_version(),
    )
    return Run(
        id=name,
        study="adapt",
        recipe=recipe,
        model=ModelSpec(family="pretrained", size={"path": str(given.path.resolve())}),
        data=(data,),
        seed=wanted.seed,
        milestones=(examples(recipe, adapt, len(rows.encoded)),),
        abilities=(),
        shots=(),
        code=code_version(),
        parent=parent,
        adapt=adapt,
    )
