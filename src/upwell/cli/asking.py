"""Carries `upwell ask` out: which models, which tasks, in which variants, and what to tell."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from .. import __version__
from ..abilities import ask as ask_ability
from ..abilities import named, score
from ..abilities.tasks import Dealing, Heard, Task, Variant, check, load
from ..abilities.tasks.gains import gain
from ..abilities.tasks.hearing import DROPPED
from ..abilities.tasks.kept import Kept, Progress, evaluate
from ..abilities.tasks.results import Asked, write
from ..abilities.tasks.scores import value_of
from ..abilities.tasks.shots import check as check_shots
from ..abilities.tasks.spread import spread
from ..abilities.tasks.variant import Labels
from ..errors import DataError, SpecError
from ..models.huggingface import LocalModel
from ..models.weighing import Cut
from ..records import Answer, ModelRef, ModelSpec
from ..store.lock import locked_file
from . import telling
from .given import model_given
from .telling import short

if TYPE_CHECKING:
    from rich.console import Console

SUFFIXES = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}

FILES = (".yaml", ".yml", ".json")

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the command line asks for."""

    models: tuple[str, ...]
    abilities: tuple[str, ...]
    shots: tuple[int, ...]
    draws: int
    orders: int
    templates: str
    permuted: bool
    own_shots: bool
    harness_shots: bool
    limit: int | None
    cut: Cut
    memory: int
    out: Path
    lm_eval_json: Path | None


def carry_out(wanted: Wanted) -> tuple[list[Row], dict[str, Any]]:
    """A row for every model, ability, shots and metric; and gains from examples.

    Every task file is read before the first model is loaded. Raises UpwellError.
    """
    asked = [(name, load(name) if name.endswith(FILES) else None) for name in wanted.abilities]
    for name, task in asked:
        if task is None:
            named(name)
        else:
            _check(name, task, wanted)
    rows: list[Row] = []
    gains: list[Row] = []
    for given in wanted.models:
        model = model_given(given)
        results: list[Asked] = []
        for name, task in asked:
            if task is None:
                rows += _of_ability(model, name, wanted)
            else:
                found = _answers(model, task, wanted)
                rows += _of_task(model, task, found, wanted)
                gains += _gains(model, task, found, wanted)
                results += _results(task, found, wanted)
        if wanted.lm_eval_json and results:
            _write(wanted.lm_eval_json / model.name.replace("/", "__"), model, given, results)
    return rows, {"gains": gains}


def shots_of(text: str) -> tuple[int, ...]:
    """Numbers of shots, rising, none twice. Raises SpecError."""
    if not re.fullmatch(r"\d+(,\d+)*", text):
        raise SpecError(f"--shots takes numbers with commas, e.g. 0,1,2,4; found {text!r}")
    return tuple(sorted({int(each) for each in text.split(",")}))


def cut_of(text: str) -> Cut:
    """What goes of too long a prompt. Raises SpecError."""
    for cut in get_args(Cut):
        if cut == text:
            return cut
    raise SpecError(f"--cut is one of {', '.join(get_args(Cut))}; found {text!r}")


def bytes_of(text: str) -> int:
    """A size such as 512M. Raises SpecError."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([KMGT]?)B?", text.upper())
    if not found:
        raise SpecError(f"--memory takes a size such as 512M or 2G; found {text!r}")
    return int(float(found[1]) * SUFFIXES[found[2]])


def tell(console: Console, rows: Sequence[Row], notes: dict[str, Any]) -> None:
    """A table of scores, and what examples gained on the first metric of each task."""
    titles = (
        "ability",
        "model",
        "shots",
        "metric",
        "value",
        "stderr",
        "items",
        "missing",
        "cut off",
    )
    telling.table(console, titles, [_line(row) for row in rows])
    for row in rows:
        if row["reason"]:
            asked = f"{row['ability']}, {row['model']}, {row['metric']}"
            telling.say(console, f"{asked}: {row['reason']}", "yellow")
    for missing in dict.fromkeys(_missing(row) for row in rows if _has_some(row)):
        telling.say(console, missing, "yellow")
    first = {row["ability"]: row["metric"] for row in reversed(rows)}
    for each in notes["gains"]:
        if each["metric"] == first[each["ability"]]:
            telling.say(console, _sentence(each))


def _line(row: Row) -> tuple[str, ...]:
    numbers = (short(row["value"]), short(row["stderr"], 2), str(row["items"]), str(row["missing"]))
    dropped = str(row["cut_off"] or "")
    return (row["ability"], row["model"], str(row["shots"]), row["metric"], *numbers, dropped)


def _missing(row: Row) -> str:
    """Why some answers are missing: the commonest reason, and how many others there are."""
    reason, many = next(iter(row["reasons"].items()))
    missing = sum(row["reasons"].values())
    others = missing - many
    more = f" ({many}), and other reasons ({others})" if others else ""
    asked = f"{row['ability']}, {row['model']}, {row['shots']} shots"
    return f"{asked}: {missing} without an answer: {reason}{more}"


def _has_some(row: Row) -> bool:
    """Whether there is a value, though answers are missing under it."""
    return bool(row["reasons"]) and not row["reason"]


def _sentence(each: Row) -> str:
    known = each["low"] is not None
    interval = f"({each['low']:+.3g} to {each['high']:+.3g})" if known else "(no item differs)"
    interval = f"{round(each['value'], 9):+.3g} {interval}"
    what = {
        "gain": f"{each['shots']} examples gain {interval}",
        "permuted gain": f"{each['shots']} examples with wrong answers gain {interval}",
        "labels": f"right answers in {each['shots']} examples are worth {interval}",
    }[each["kind"]]
    return f"{each['ability']}, {each['model']}: {what} {each['metric']}"


def _variants(task: Task, wanted: Wanted) -> list[Variant]:
    """Every way of asking; without examples there is one draw, one order, one labelling."""
    templates = _templates(task, wanted.templates)
    labels: tuple[Labels, ...] = ("true", "permuted") if wanted.permuted else ("true",)
    return [
        Variant(shots=shots, draw=draw, order=order, template=template, labels=label)
        for shots in wanted.shots
        for draw, order, template, label in product(
            range(wanted.draws), range(wanted.orders), templates, labels
        )
        if shots or (draw, order, label) == (0, 0, "true")
    ]


def _check(name: str, task: Task, wanted: Wanted) -> None:
    """Raises DataError, with the name of the file, for what cannot be asked."""
    variants = [each for each in _variants(task, wanted) if (each.draw, each.order) == (0, 0)]
    try:
        check_shots(task, max(wanted.shots))
        check(task, variants, _dealing(wanted))
    except DataError as error:
        raise DataError(f"{name}: {error}") from error


def _dealing(wanted: Wanted) -> Dealing:
    return Dealing(same=not wanted.own_shots, harness=wanted.harness_shots)


def _templates(task: Task, wanted: str) -> list[str]:
    if not wanted:
        return [""]
    names = ["", *task.templates] if wanted == "all" else wanted.split(",")
    for name in names:
        task.form_named(name)
    return names


def _answers(model: LocalModel, task: Task, wanted: Wanted) -> list[Heard]:
    """Kept answers, and the others asked for now."""
    dealing = _dealing(wanted)
    depends = {
        "weights": model.mark,
        "cut": wanted.cut,
        "dealing": (dealing.same, dealing.harness),
    }
    wanted.out.mkdir(parents=True, exist_ok=True)
    with (
        locked_file(wanted.out / "lock"),
        _bars(f"{model.name}, {task.name}") as (questions, tokens),
    ):
        kept = Kept(wanted.out, model.name, task, **depends)
        answerer = model.answerer(cut=wanted.cut, memory=wanted.memory, report=tokens)
        try:
            return evaluate(
                answerer, model.name, task, _variants(task, wanted), dealing, kept, wanted.limit,
                questions,
            )  # fmt: skip
        finally:
            kept.close()


def _of_task(model: LocalModel, task: Task, found: Sequence[Heard], wanted: Wanted) -> list[Row]:
    rows: list[Row] = []
    labels = ("true", "permuted") if wanted.permuted else ("true",)
    for shots, label in product(wanted.shots, labels):
        heard = _heard(found, shots, label)
        if heard:
            name = task.name if label == "true" else f"{task.name}, wrong examples"
            rows += [
                _row(model, task, name, shots, heard, scored.metric) for scored in task.metrics
            ]
    return rows


def _row(
    model: LocalModel, task: Task, name: str, shots: int, heard: Sequence[Heard], metric: str
) -> Row:
    scored = next(each for each in task.metrics if each.metric == metric)
    answers = [each.answer for each in heard]
    value = value_of(task, answers, scored)
    parts = spread(task, heard, scored)
    ways = len({each.variant for each in heard})
    return {
        "model": model.name,
        "revision": model.revision,
        "params": model.size.params,
        "ability": name,
        "shots": shots,
        "metric": metric,
        "value": value.value,
        "stderr": parts.stderr if parts and ways > 1 else value.stderr,
        "reason": value.reason,
        "items": len({each.answer.item for each in heard if not each.answer.reason}),
        "missing": value.missing,
        "reasons": _reasons(answers),
        "cut_off": sum(DROPPED in answer.notes for answer in answers),
        "variances": dict(parts.variances) if parts and ways > 1 else None,
        "levels": dict(parts.levels) if parts and ways > 1 else None,
    }


def _of_ability(model: LocalModel, name: str, wanted: Wanted) -> list[Row]:
    """An ability that is a file of Python, asked as a study asks it."""
    answerer = model.answerer(cut=wanted.cut, memory=wanted.memory)
    rows: list[Row] = []
    for shots in wanted.shots:
        answers = ask_ability(answerer, _ref(model), name, shots)
        for metric in named(name).METRICS:
            found = asdict(score(answers, metric))
            rows.append({**found, "revision": model.revision, "params": model.size.params,
                         "reasons": _reasons(answers), "cut_off": 0, "variances": None,
                         "levels": None})  # fmt: skip
    return rows


def _reasons(answers: Sequence[Answer]) -> dict[str, int]:
    """Why answers are missing, and how many for each reason, the commonest first."""
    return dict(Counter(each.reason for each in answers if each.reason).most_common())


def _ref(model: LocalModel) -> ModelRef:
    """The model as an answer names it; of how it was made nothing is known."""
    return ModelRef(
        id=model.name,
        run=model.name,
        spec=ModelSpec(family=model.kind, size={"params": model.size.params}),
        made_by="given",
        seed=0,
        params=model.size.params,
        tokens=0,
        flops=0.0,
        bytes=model.size.bytes,
        weights=model.mark,
        code="",
    )


def _heard(found: Sequence[Heard], shots: int, labels: str) -> list[Heard]:
    return [each for each in found if each.variant.shots == shots and each.variant.labels == labels]


def _gains(model: LocalModel, task: Task, found: Sequence[Heard], wanted: Wanted) -> list[Row]:
    """What examples gain over none, with right and with wrong answers."""
    none = _heard(found, 0, "true")
    rows: list[Row] = []
    for shots, scored in product(wanted.shots, task.metrics):
        true, permuted = _heard(found, shots, "true"), _heard(found, shots, "permuted")
        pairs = {
            "gain": (none, true),
            "permuted gain": (none, permuted),
            "labels": (permuted, true),
        }
        for kind, (before, after) in pairs.items():
            value = gain(task, before, after, scored) if shots and before and after else None
            if value:
                named_so = {"model": model.name, "ability": task.name, "metric": scored.metric}
                rows.append({"kind": kind, **named_so, "shots": shots, **asdict(value)})
    return rows


def _results(task: Task, found: Sequence[Heard], wanted: Wanted) -> list[Asked]:
    """What the harness would have asked: the first draw, order and template."""
    first = [
        each
        for each in found
        if (each.variant.draw, each.variant.order, each.variant.template) == (0, 0, "")
    ]
    parts = [(shots, _heard(first, shots, "true")) for shots in wanted.shots]
    return [
        Asked(task=task, shots=shots, answers=[each.answer for each in heard])
        for shots, heard in parts
        if heard
    ]


def _write(folder: Path, model: LocalModel, given: str, results: Sequence[Asked]) -> None:
    """One file of results for each number of shots, as the harness has one a call."""
    for shots in sorted({each.shots for each in results}):
        now = datetime.now(UTC).replace(tzinfo=None)
        write(
            folder,
            [each for each in results if each.shots == shots],
            model=given,
            revision=model.revision,
            params=model.size.params,
            context=model.context,
            stamp=now.isoformat(timespec="microseconds").replace(":", "-"),
            seconds=time.time(),
            version=__version__,
        )


@contextmanager
def _bars(title: str) -> Iterator[tuple[Progress | None, Progress | None]]:
    """Progress bars on a terminal, of questions and of tokens read; nothing elsewhere."""
    from rich.console import Console
    from rich.progress import Progress as Bars

    console = Console(stderr=True)
    if not console.is_terminal:
        yield None, None
        return
    with Bars(console=console, transient=True) as bars:
        lines = [bars.add_task(telling.plain(name), total=None) for name in (title, "tokens")]

        def moving(line: int) -> Progress:
            return lambda done, total: bars.update(lines[line], completed=done, total=total)

        yield moving(0), moving(1)
