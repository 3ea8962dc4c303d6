"""One ability on the page: what was concluded, how sure, and the curves it was concluded from."""

from __future__ import annotations

from ..records import Verdict
from . import numbers
from .curve import Curve, Seed
from .drawing import Drawing, slug
from .fitted import lines
from .kinds import badge, glyph, kind_class
from .law import law
from .markup import Markup, element, join, said, titled
from .names import axis_title, form_title, meaning
from .panel import Foreseen, Onset, panel
from .story import Card
from .tabular import absent, folded, table


def shown(card: Card) -> Markup:
    """The card as HTML."""
    verdict = card.verdict
    return element(
        "article",
        element("header", element("h3", titled(card.title)), badge(verdict.kind)),
        element("p", said(_sentence(verdict.why)), class_="why"),
        element("p", meaning(verdict.kind), class_="meaning"),
        element("div", _facts(card), _figures(card), class_="body"),
        folded(f"All {numbers.many(len(verdict.fits), 'fit')}", _fits(card))
        if verdict.fits
        else None,
        _more(card),
        class_="card",
        id=card.anchor,
    )


def drawings(card: Card) -> list[Drawing]:
    """The figure of every curve of the card, the pair that stands on the card first."""
    pair = [curve for curve in card.pair if curve is not None]
    return [drawing(card, curve) for curve in [*pair, *_rest(card)]]


def drawing(card: Card, curve: Curve) -> Drawing:
    """One curve with the fits, the onset and the forecasts that speak of its metric."""
    verdict = card.verdict_on(curve.metric.name)
    foreseen = [
        Foreseen(at=one.at, value=one.value, low=one.low, high=one.high, actual=one.actual)
        for one in card.forecasts
        if one.metric == curve.metric.name and (one.value is not None or one.actual is not None)
    ]
    svg = panel(
        curve,
        lines=() if verdict is None else lines(verdict.fits, curve),
        onset=None
        if verdict is None or verdict.onset is None
        else Onset(at=verdict.onset, low=verdict.onset_low, high=verdict.onset_high),
        foreseen=foreseen,
    )
    name = slug("ability", card.number, card.title, curve.metric.name)
    return Drawing(name=name, svg=svg, numbers=_numbers(curve), caption=_caption(card, curve))


def _sentence(why: str) -> str:
    """The reason with a capital letter and a full stop, whoever wrote it."""
    text = why.strip()
    text = text[:1].upper() + text[1:]
    return text if not text or text[-1] in ".!?。！？" else f"{text}."


def _facts(card: Card) -> Markup:
    one = card.verdict
    onset = None if one.onset is None else numbers.scale(one.onset, one.axis)
    falls, within = law(one) or (None, None)
    between = numbers.span(one.onset_low, one.onset_high, one.axis)
    pairs: list[tuple[str, object, str | None]] = [
        ("Onset", onset or "none", between and f"interval {between}"),
        ("Power law", falls, within),
        ("Probability of a jump", numbers.chance_of(one.probability), None),
        ("Margin over smooth curves", numbers.known(one.margin, 2), "in units of its noise"),
        ("Smallest jump it could show", numbers.known(one.smallest_jump, 2), None),
        ("Fewest items under a value", _count(one.items), None),
        ("Examples in the prompt", f"{one.shots:,}" if one.shots else None, None),
        (
            "Values",
            f"{one.models:,}",
            f"{one.missing:,} missing" if one.missing else "none missing",
        ),
    ]
    return element(
        "dl",
        [
            element(
                "div",
                element("dt", name),
                element("dd", value, element("small", note) if note else None),
            )
            for name, value, note in pairs
            if value is not None
        ],
        class_="facts",
    )


def _count(number: int | None) -> str:
    return numbers.UNKNOWN if number is None else f"{number:,}"


def _figures(card: Card) -> Markup:
    sharp, steady = card.pair
    if sharp is None and steady is None:
        return element("p", "The table holds no values of this ability.", class_="gap")
    sides = [_side(card, sharp, "sharp"), _side(card, steady, "continuous")]
    return element("div", sides if sharp is not None else reversed(sides), class_="pair")


def _side(card: Card, curve: Curve | None, what: str) -> Markup:
    if curve is None:
        return element(
            "p",
            f"No {what} metric of this ability was measured"
            + (
                ", so a jump made by the metric cannot be told from a real one."
                if what == "continuous"
                else "."
            ),
            class_="absent",
        )
    return drawing(card, curve).shown()


def _caption(card: Card, curve: Curve) -> Markup | None:
    """What was said of this metric, unless the card says it already, and what is missing."""
    verdict = card.verdict_on(curve.metric.name)
    other = None if verdict is card.verdict or verdict is None else _other(verdict)
    return join(other, _missing(curve)) or None


def _other(verdict: Verdict) -> Markup:
    kind = element("b", glyph(verdict.kind), said(verdict.kind), class_=kind_class(verdict.kind))
    return element("p", kind, " ", said(_sentence(verdict.why)))


def _missing(curve: Curve) -> Markup | None:
    if not curve.missing:
        return None
    reasons = sorted({seed.reason or "no reason given" for seed in _gaps(curve)})
    told = "; ".join(reasons[:3]) + ("; and others" if len(reasons) > 3 else "")
    return element(
        "p", f"{curve.missing} of {numbers.many(curve.rows, 'value')} missing (×): ", said(told)
    )


def _gaps(curve: Curve) -> list[Seed]:
    return [seed for rung in curve.rungs for seed in rung.seeds if seed.value is None]


def _numbers(curve: Curve) -> Markup:
    head = [axis_title(curve.axis), "mean", "90 % interval", "items", "values by seed"]
    return table(
        head,
        [
            (
                numbers.scale(rung.scale, curve.axis),
                absent("no seed has a value") if rung.mean is None else numbers.exact(rung.mean),
                numbers.interval_text(rung.low, rung.high),
                _fewest(rung.seeds),
                join([_by_seed(seed, i) for i, seed in enumerate(rung.seeds)]),
            )
            for rung in curve.rungs
        ],
    )


def _fewest(seeds: tuple[Seed, ...]) -> str:
    known = [seed.items for seed in seeds if seed.items]
    return f"{min(known):,}" if known else numbers.UNKNOWN


def _by_seed(seed: Seed, place: int) -> Markup:
    name = "" if seed.seed is None else f"{seed.seed}: "
    value = absent(seed.reason) if seed.value is None else numbers.exact(seed.value)
    return join(" · " if place else None, name, value)


def _fits(card: Card) -> Markup:
    head = ["form", "parameters with 90 % intervals", "loss", "left-out error", "points"]
    return table(
        head,
        [
            (
                form_title(fit.form),
                ", ".join(
                    _parameter(name, value, fit.interval.get(name))
                    for name, value in fit.params.items()
                )
                or "none",
                numbers.known(fit.loss),
                numbers.known(fit.left_out),
                f"{fit.rows:,}",
            )
            for fit in sorted(
                card.verdict.fits, key=lambda fit: (fit.left_out is None, fit.left_out)
            )
        ],
        words=2,
    )


def _parameter(name: str, value: float, interval: tuple[float, float] | None) -> str:
    text = f"{name} {numbers.plain(value)}"
    return text if interval is None else f"{text} ({numbers.span(*interval)})"


def _rest(card: Card) -> list[Curve]:
    return [curve for curve in card.curves if curve not in card.pair]


def _more(card: Card) -> Markup | None:
    rest = _rest(card)
    if not rest:
        return None
    figures = element("div", [drawing(card, curve).shown() for curve in rest], class_="panels")
    told = ", ".join(_in_short(card, curve) for curve in rest)
    return folded(f"{numbers.many(len(rest), 'other metric')} of the same answers: {told}", figures)


def _in_short(card: Card, curve: Curve) -> str:
    verdict = card.verdict_on(curve.metric.name)
    title = curve.metric.title.lower()
    return title if verdict is None else f"{title} {verdict.kind}"
