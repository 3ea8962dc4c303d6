"""The page of a crossover: which way to take, where it cannot tell, what was not measured."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from upwell.crossover import standings, worths
from upwell.records import Cell, Crossing
from upwell.report import crossing_page
from upwell.report.crossing.opening import finding

TESTED = 400
ROWS = (16, 64, 256, 1024)


def cells(way: str, accuracy: tuple[float, ...], flops: float, model: str = "m"):
    dice = np.random.default_rng(sum(map(ord, way)))
    for rows, share in zip(ROWS, accuracy, strict=True):
        for seed in range(3):
            bits = "".join("01"[bit] for bit in (dice.random(TESTED) < share).astype(int))
            yield Cell(
                way=way, model=model, params=1000, rows=rows, seed=seed, right=bits,
                make_flops=flops * rows, answer_flops=2000.0, answer_seconds=0.002,
            )  # fmt: skip


HEAD = tuple(cells("head", (0.75, 0.80, 0.82, 0.83), 1e3))
FULL = tuple(cells("full", (0.55, 0.65, 0.82, 0.93), 1e5))
EMPTY = Cell(way="in_context", model="m", params=1000, rows=4, seed=0, reason="m guesses words")


def crossing(some: tuple[Cell, ...], **more: object) -> Crossing:
    base = Crossing(
        name="intents", data="intents.csv", test="test.csv", tested=TESTED, labels=("a", "b"),
        available=1024, rows=ROWS, shots=(0, 4), seeds=3, models=("m",), cells=some,
    )  # fmt: skip
    return replace(base, **more)


def drawn(found: Crossing) -> str:
    return crossing_page(found, standings(found), worths(found))


def test_the_finding_names_the_way_and_where_it_cannot_tell():
    told = finding(standings(crossing((*HEAD, *FULL))))
    assert told.startswith("From 16 to 64 rows, a linear head on the frozen model wins")
    assert "with 256 labelled rows, several cannot be told from the best" in told
    assert told.endswith("with 1,024 labelled rows, tuning all weights wins.")
    assert finding(standings(crossing(HEAD))).startswith("Only one way could be measured")


def test_the_page_has_verdicts_costs_and_what_was_not_measured():
    page = drawn(crossing((*HEAD, *FULL, EMPTY)))
    assert page.count("cannot tell") >= 1
    assert "wins" in page
    assert "in context, m, 1 measurement: m guesses words" in page
    assert ">2 ms<" in page
    head = re.search(r"<thead>.*?</thead>", page.partition("Which way wins where")[2], re.DOTALL)
    assert head is not None
    assert re.findall(r">([^<>]+)</th>", head.group())[:2] == ["rows", "best"]


def test_what_costs_the_same_still_has_an_axis_to_read():
    same = tuple(replace(cell, way="full", make_flops=HEAD[0].make_flops) for cell in HEAD)
    page = drawn(crossing((*HEAD, *same)))
    figure = page.partition("Accuracy against compute")[2].partition("</svg>")[0]
    ticks = re.findall(r'y="252[^"]*"[^>]*>([^<]+)<', figure)
    assert len(ticks) >= 2


def test_names_from_outside_stay_text():
    bad = tuple(replace(cell, model="<b>x</b>") for cell in HEAD)
    page = drawn(crossing(bad, models=("<b>x</b>",), data="<i>.csv"))
    assert "<b>x" not in page
    assert "<i>.csv" not in page
