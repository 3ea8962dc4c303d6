"""The page of a crossover: the finding, where the data cannot tell, and what is missing."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from upwell.crossover import marginal_label_value, rank_methods
from upwell.records import Cell, CrossoverResult
from upwell.report import crossover_finding, crossover_page

TEST_ROWS = 400
TRAIN_SIZES = (16, 64, 256, 1024)


def cells(method: str, accuracy: tuple[float, ...], flops: float, model: str = "m"):
    rng = np.random.default_rng(sum(map(ord, method)))
    for rows, share in zip(TRAIN_SIZES, accuracy, strict=True):
        for seed in range(3):
            bits = "".join("01"[bit] for bit in (rng.random(TEST_ROWS) < share).astype(int))
            yield Cell(
                method=method, model=model, params=1000, train_rows=rows, seed=seed, correct=bits,
                train_flops=flops * rows, inference_flops=2000.0, inference_seconds=0.002,
            )  # fmt: skip


HEAD = tuple(cells("linear", (0.75, 0.80, 0.82, 0.83), 1e3))
FULL = tuple(cells("full", (0.55, 0.65, 0.82, 0.93), 1e5))
EMPTY = Cell(
    method="in_context", model="m", params=1000, train_rows=4, seed=0, reason="m guesses words"
)


def crossover_result(some: tuple[Cell, ...], **more: object) -> CrossoverResult:
    base = CrossoverResult(
        name="intents",
        data="intents.csv",
        eval_set="test.csv",
        test_rows=TEST_ROWS,
        labels=("a", "b"),
        available_rows=1024,
        train_sizes=TRAIN_SIZES,
        shots=(0, 4),
        seeds=3,
        models=("m",),
        cells=some,
    )
    return replace(base, **more)


def render(result: CrossoverResult) -> str:
    return crossover_page(result, rank_methods(result), marginal_label_value(result))


def test_the_finding_names_the_method_and_where_methods_are_tied():
    text = crossover_finding(rank_methods(crossover_result((*HEAD, *FULL))))
    assert text.startswith("From 16 to 64 train rows, a linear head on the frozen model wins")
    assert "with 256 train rows, several methods are tied" in text
    assert text.endswith("with 1,024 train rows, full fine-tuning wins.")
    assert crossover_finding(rank_methods(crossover_result(HEAD))).startswith(
        "Only one method could be measured"
    )


def test_the_page_has_verdicts_costs_and_what_was_not_measured():
    page = render(crossover_result((*HEAD, *FULL, EMPTY)))
    assert page.count("cannot tell") >= 1
    assert "wins" in page
    assert "in context, m, 1 measurement: m guesses words" in page
    assert ">2 ms<" in page
    head = re.search(
        r"<thead>.*?</thead>", page.partition("Best method by train rows")[2], re.DOTALL
    )
    assert head is not None
    assert re.findall(r">([^<>]+)</th>", head.group())[:2] == ["train rows", "best"]


def test_what_costs_the_same_still_has_an_axis_to_read():
    same = tuple(replace(cell, method="full", train_flops=HEAD[0].train_flops) for cell in HEAD)
    page = render(crossover_result((*HEAD, *same)))
    figure = page.partition("Accuracy against compute")[2].partition("</svg>")[0]
    ticks = re.findall(r'y="252[^"]*"[^>]*>([^<]+)<', figure)
    assert len(ticks) >= 2


def test_names_from_outside_stay_text():
    bad = tuple(replace(cell, model="<b>x</b>") for cell in HEAD)
    page = render(crossover_result(bad, models=("<b>x</b>",), data="<i>.csv"))
    assert "<b>x" not in page
    assert "<i>.csv" not in page
