"""Training as it went: loss against tokens (or examples), with milestones and incidents."""

from __future__ import annotations

from collections.abc import Sequence

from ..records import Progress
from . import numbers
from .draw import apart, canvas, cross, dot, path, shortened, stroke, words
from .drawing import Drawing, slug
from .learning import Learner, Strand, incidents, learners
from .markup import Markup, element, join, said
from .ran import known_runs
from .scales import Axis, scale_axis, ticks
from .story import Story
from .tabular import folded, table

LEFT, RIGHT = 40.0, 322.0
TOP, BOTTOM = 44.0, 236.0
HEIGHT = 274.0
ALONE = 328.0
"""Width of a single rung's figure, which has no names at its right."""

MOST_NAMES = 14
MOST_OPEN = 9
"""With more rungs than this their figures are folded away."""

EVENTS = {"spike": "loss spike", "nan": "loss not finite"}

TONES = 5
"""Steps of the ramp from the smallest rung to the largest; the style sheet has as many."""


def shown(story: Story) -> Markup:
    """The section's content."""
    if not story.progress:
        return element(
            "p", "No learning curves were handed over for these results.", class_="quiet"
        )
    told = learners(story.progress, known_runs(story.plan, story.table))
    together, *each = _drawings(told, story.unit)
    panels = element("div", [drawing.shown() for drawing in each], class_="panels small")
    title = f"Each of the {numbers.many(len(each), 'rung')} with its seeds"
    return join(
        element(
            "div",
            together.shown(),
            _incidents(story.progress, told, story.unit),
            class_="training",
        ),
        panels if len(each) <= MOST_OPEN else folded(title, panels),
    )


def drawings(story: Story) -> list[Drawing]:
    """All rungs together, then each rung with its seeds; none without progress records."""
    if not story.progress:
        return []
    return _drawings(learners(story.progress, known_runs(story.plan, story.table)), story.unit)


def _drawings(told: list[Learner], unit: str) -> list[Drawing]:
    points = [spot for learner in told for strand in learner.strands for spot in strand.points()]
    if not points:
        empty = canvas("Training loss", 40, words(0, 24, "no finite loss was recorded", "note"))
        return [Drawing(name="training", svg=empty, numbers=_numbers(told, unit))]
    x = scale_axis("tokens", [tokens for tokens, _ in points], LEFT, RIGHT, padding=0.02)
    y = scale_axis("", [loss for _, loss in points], BOTTOM, TOP, padding=0.04, factors=True)
    return [_together(told, x, y, unit), *(_alone(learner, x, y, unit) for learner in told)]


def _together(told: list[Learner], x: Axis, y: Axis, unit: str) -> Drawing:
    tones = [_tone(i, len(told)) for i in range(len(told))]
    svg = canvas(
        "Training loss of every rung",
        HEIGHT,
        words(0, 14, "Every rung: mean of its seeds, milestones as dots", "title"),
        _ground(x, y, unit),
        [
            join(
                path(_spots(_mean(one), x, y), f"strand tone-{tone}"),
                [dot(*spot, 2.6, f"spot tone-{tone}") for spot in _spots(_milestones(one), x, y)],
            )
            for one, tone in zip(told, tones, strict=True)
        ],
        _names(told, tones, x, y),
    )
    return Drawing(name="training", svg=svg, numbers=_numbers(told, unit))


def _alone(learner: Learner, x: Axis, y: Axis, unit: str) -> Drawing:
    svg = canvas(
        f"Training loss of {learner.name}",
        HEIGHT,
        words(0, 14, shortened(learner.name, ALONE, 14), "title"),
        _ground(x, y, unit),
        [_strand(strand, x, y, unit) for strand in learner.strands],
        [
            _incident(one, strand, x, unit)
            for strand in learner.strands
            for one in strand.lines
            if one.event
        ],
        width=ALONE,
    )
    name = slug("training", learner.name)
    return Drawing(name=name, svg=svg, numbers=_numbers([learner], unit))


def _ground(x: Axis, y: Axis, unit: str) -> Markup:
    return join(
        words(0, 31, f"loss (nats/{unit})", "note"),
        [
            join(
                stroke(LEFT, y.place(value), RIGHT, y.place(value), "grid"),
                words(LEFT - 6, y.place(value) + 4.2, text, "tick", "end"),
            )
            for value, text in ticks(y, room=18)
        ],
        stroke(LEFT, BOTTOM, RIGHT, BOTTOM, "axis"),
        [
            join(
                stroke(x.place(value), BOTTOM, x.place(value), BOTTOM + 4, "axis"),
                words(x.place(value), BOTTOM + 16, text, "tick", "middle"),
            )
            for value, text in ticks(x, room=50)
        ],
        words((LEFT + RIGHT) / 2, BOTTOM + 33, f"training {unit}s", "note", "middle"),
    )


def _strand(strand: Strand, x: Axis, y: Axis, unit: str) -> Markup | None:
    spots = _spots(strand.points(), x, y)
    if not spots:
        return None
    if not strand.branch:
        return path(spots, "strand trunk")
    seed = "" if strand.seed is None else f"seed {strand.seed}, "
    told = f"{seed}annealed to {numbers.count(strand.branch)} {unit}s"
    return join(path(spots, "strand branch"), dot(*spots[-1], 3.2, "milestone", told))


def _incident(one: Progress, strand: Strand, x: Axis, unit: str) -> Markup | None:
    if not x.inside(one.tokens):
        return None
    seed = "" if strand.seed is None else f"seed {strand.seed}, "
    told = f"{_event(one)}: {seed}{numbers.count(one.tokens)} {unit}s"
    return cross(x.place(one.tokens), TOP + 4, 3.4, "missing", told)


def _event(one: Progress) -> str:
    """The incident in words; an event of a later version keeps its name."""
    assert one.event is not None
    return EVENTS.get(one.event, one.event)


def _mean(learner: Learner) -> list[tuple[float, float]]:
    """Mean over the seeds where every trunk has a line at the same tokens."""
    trunks = [dict(strand.points()) for strand in learner.strands if not strand.branch]
    if not trunks:
        return []
    shared = sorted(set(trunks[0]).intersection(*trunks[1:]))
    if len(shared) < 2:
        return sorted(trunks[0].items())
    return [(tokens, sum(trunk[tokens] for trunk in trunks) / len(trunks)) for tokens in shared]


def _milestones(learner: Learner) -> list[tuple[float, float]]:
    """Mean over the seeds of the annealed loss at each budget."""
    ends: dict[int, list[float]] = {}
    for strand in learner.strands:
        if strand.branch and strand.points():
            ends.setdefault(strand.branch, []).append(strand.points()[-1][1])
    return [(float(budget), sum(losses) / len(losses)) for budget, losses in sorted(ends.items())]


def _spots(points: Sequence[tuple[float, float]], x: Axis, y: Axis) -> list[tuple[float, float]]:
    return [(x.place(tokens), y.place(loss)) for tokens, loss in points]


def _tone(place: int, count: int) -> int:
    return TONES - 1 if count == 1 else round(place * (TONES - 1) / (count - 1))


def _names(told: list[Learner], tones: list[int], x: Axis, y: Axis) -> Markup:
    """Names at the ends of the lines; of very many rungs only every so-manieth is named."""
    every = -(-len(told) // MOST_NAMES)
    ends = [
        (_spots(sorted(points)[-1:], x, y)[0], learner.name, tone)
        for i, (learner, tone) in enumerate(zip(told, tones, strict=True))
        if (points := [*_mean(learner), *_milestones(learner)]) and (len(told) - 1 - i) % every == 0
    ]
    places = apart([spot[1] for spot, _, _ in ends], 14, TOP + 2, BOTTOM)
    return join(
        [
            join(
                path([spot, (RIGHT, spot[1]), (RIGHT + 12, place)], f"leader tone-{tone}"),
                words(RIGHT + 15, place + 4.2, shortened(_short(name), 398 - RIGHT - 15)),
            )
            for place, (spot, name, tone) in zip(places, ends, strict=True)
        ]
    )


def _short(name: str) -> str:
    return name.removesuffix(" parameters").removesuffix(" rows")


def _numbers(told: list[Learner], unit: str) -> Markup:
    parts = sorted({name for learner in told for s in learner.strands for name in s.parts()})
    rows = [
        (
            said(learner.name),
            _seed(strand),
            _path(strand),
            len(strand.lines),
            *_ends(strand),
            *(_part(strand, name) for name in parts),
        )
        for learner in told
        for strand in learner.strands
    ]
    head = ["rung", "seed", "path", "lines", f"{unit}s", "first loss", "last loss"]
    return table([*head, *(f"of it {name}" for name in parts)], rows, words=3)


def _part(strand: Strand, name: str) -> str:
    found = strand.parts().get(name)
    return numbers.UNKNOWN if found is None else numbers.exact(found)


def _seed(strand: Strand) -> str:
    return numbers.UNKNOWN if strand.seed is None else str(strand.seed)


def _path(strand: Strand) -> str:
    return "trunk" if not strand.branch else f"annealed to {numbers.count(strand.branch)}"


def _ends(strand: Strand) -> tuple[str, str, str]:
    points = strand.points()
    if not points:
        return numbers.UNKNOWN, numbers.UNKNOWN, numbers.UNKNOWN
    return (numbers.count(points[-1][0]), numbers.exact(points[0][1]), numbers.exact(points[-1][1]))


def _incidents(progress: Sequence[Progress], told: list[Learner], unit: str) -> Markup:
    found = incidents(progress)
    if not found:
        return element("p", "No loss spiked and none became infinite.", class_="lead")
    names = {strand.run: learner.name for learner in told for strand in learner.strands}
    return element(
        "div",
        element(
            "p",
            f"{numbers.many(len(found), 'incident')}: where the loss left its path, kept as data.",
            class_="lead",
        ),
        table(
            ["rung", "run", "what", f"{unit}s", "step", "loss"],
            [
                (
                    said(names.get(one.run, one.run)),
                    said(one.run),
                    said(_event(one)),
                    numbers.count(one.tokens),
                    f"{one.step:,}",
                    "not finite" if one.loss is None else numbers.plain(one.loss),
                )
                for one in found
            ],
            words=3,
        ),
    )
