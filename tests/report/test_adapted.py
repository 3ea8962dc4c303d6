"""The page of an adapted model: what it must say, what it must not let in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from upwell.records import (
    Adapt,
    Adapted,
    Calibration,
    ModelRef,
    ModelSpec,
    Progress,
    Round,
    Score,
    Shown,
    Suspect,
    Train,
    Tried,
)  # fmt: skip
from upwell.report import adapted_page

from .browser import absent, driver, window

HOSTILE = "<script>alert(1)</script>"


def adapted(labels: int = 3) -> Adapted:
    names = tuple(f"label {n}" for n in range(labels))
    rows = tuple(
        Shown(
            line=n + 2, text=f"row {n} {HOSTILE}", label=names[n % labels],
            said=names[(n + (n % 10 == 0)) % labels], probability=0.5 + n % 50 / 100,
            of_label=0.05 if n % 10 == 0 else 0.8,
        )
        for n in range(200)
    )  # fmt: skip
    ref = ModelRef(
        id="tiny-classify-full-s0-12345678-t900", run="tiny-classify-full-s0-12345678",
        spec=ModelSpec(family="bert", size={}), made_by="adapt", seed=0, params=1000, tokens=900,
        flops=1e9, bytes=4000, weights="ab" * 32, code="0.1.0+1", parent="tiny@12",
    )  # fmt: skip
    rounds = tuple(Round(number=n, score=0.7 + n / 20, loss=1 / n) for n in range(1, 5))
    tried = (
        Tried(method="head", score=0.8, loss=0.5, params=99, seconds=3.0),
        Tried(method="full", score=0.9, loss=0.3, params=1000, seconds=60.0, rounds=rounds),
    )
    return Adapted(
        ref=ref, adapt=Adapt(task="classify", labels=names), recipe=Train(context=1), given="tiny",
        texts=("text",), label="label", several=None, data="reviews.csv", learnt=400,
        chosen_on=100, scored_on="test.csv",
        scores=(Score(metric="accuracy", value=0.9, low=0.86, high=0.93, rows=200),), tried=tried,
        calibration=Calibration(
            temperature=1.4, before=0.12, after=0.03, aim=0.95, threshold=0.61, abstained=0.2,
            right=0.953, rows=100,
        ),
        problems=("reviews.csv: 1 row without a text, left out (line 7)",),
        suspects=(Suspect(line=9, text=HOSTILE, label="label 0", likelier="label 1",
                          probability=0.004),),
        rows=rows,
    )  # fmt: skip


def curve() -> list[Progress]:
    return [
        Progress(run="r", branch=900, step=n, tokens=16 * n, loss=2 / n, rate=1.0, gradient=1.0,
                 seconds=float(n))
        for n in range(1, 20)
    ]  # fmt: skip


def test_the_page_says_what_was_reached_and_chosen():
    page = adapted_page(adapted(), curve())
    for told in (
        "accuracy 0.900", "0.860 to 0.930", "all weights tuned (shipped)",
        "20 of 200 rows are taken",
        "Calibration error 0.120 as trained, 0.0300", "1 row without a text, left out (line 7)",
        "Labels that may be wrong", "under 0.01", "kept: round 4",
    ):  # fmt: skip
        assert told in page, told


def test_nothing_of_a_row_becomes_markup_and_nothing_is_fetched():
    page = adapted_page(adapted(), curve())
    assert HOSTILE not in page
    assert "default-src &#x27;none&#x27;" in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")


def test_many_labels_are_told_by_their_worst_pairs_and_few_by_a_matrix():
    assert "Confusion of labels" in adapted_page(adapted(3))
    assert "Confusion of labels" not in adapted_page(adapted(40))


def test_what_was_not_measured_has_no_section():
    bare = replace(adapted(), calibration=None, rows=(), suspects=(), problems=())
    page = adapted_page(bare)
    assert "How far to trust it" not in page
    assert "Where it errs" not in page
    assert "Nothing was wrong with the rows." in page


def test_a_model_that_reaches_no_aim_says_so():
    told = adapted().calibration
    assert told is not None
    hopeless = replace(told, threshold=None, abstained=1.0, right=None)
    page = adapted_page(replace(adapted(), calibration=hopeless))
    assert "No threshold makes 95 % of its answers right." in page


@pytest.mark.skipif(absent() is not None, reason=str(absent()))
@pytest.mark.parametrize("width", [1400, 390])
def test_the_page_fits_a_desk_and_a_phone(tmp_path, width):
    path = tmp_path / "report.html"
    path.write_text(adapted_page(adapted(), curve()), encoding="utf-8")
    with driver() as address, window(address, width, tmp_path / "profile") as browser:
        browser.open(path.as_uri())
        assert browser.run("return document.documentElement.scrollWidth") <= width
        assert browser.complaints() == []
        browser.picture(tmp_path / "page.png")
