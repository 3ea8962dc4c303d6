import html
import re
from dataclasses import replace

import pytest

from upwell.emergence import backtest, judge
from upwell.report import overview_page
from upwell.report.html.assets import csp_digest, read_asset
from upwell.report.pages.overview import SORT_OPTIONS

from .. import planted
from .test_study import HOSTILE, Reader

NAMES = ("乘法进位", "שלום", HOSTILE, "w" * 80, "task")


def table(abilities=30, rungs=8):
    params = planted.scales(rungs, 1e7, 1e10)
    return planted.table(
        [
            row
            for i in range(abilities)
            for row in planted.rows(
                f"{NAMES[i % 5]} {i}", planted.SHAPES[i % 4], params, seeds=1, tokens=(10**9,)
            )
        ]
    )


@pytest.fixture(scope="module")
def page():
    results = table()
    graded, summary = backtest(results, holdout_above=2e9)
    return overview_page(results, judge(results), [], summary, backtests=graded, created_at="today")


def test_every_ability_has_a_small_curve_that_leads_to_its_card(page):
    reader = Reader(page.split("<script>")[0] + "</body></html>")
    cells = [a for tag, a in reader.tags if tag == "a" and a.get("class") == "ability"]
    ids = {a["id"] for _, a in reader.tags if "id" in a}
    assert len(cells) == 30
    assert {cell["href"].removeprefix("#") for cell in cells} <= ids


def test_the_only_script_is_ours_and_named_in_the_policy(page):
    assert re.findall("<script>", page) == ["<script>"]
    assert csp_digest(read_asset("overview.js")) in html.unescape(page)
    assert "unsafe" not in page and "http-equiv" in page
    assert not re.search(
        r"\b(fetch|XMLHttpRequest|import|eval|innerHTML)\b", read_asset("overview.js")
    )


def test_every_order_that_is_offered_has_a_way():
    script = read_asset("overview.js")
    ways = script[script.index("const comparators") : script.index("function update")]
    assert all(f"  {order}:" in ways for order, _ in SORT_OPTIONS)


def test_cells_carry_what_they_are_sorted_by_and_nothing_that_is_unknown(page):
    cells = re.findall('<a href="#ability-[^>]*>', page)
    onsets = [cell for cell in cells if "data-onset" in cell]
    assert 0 < len(onsets) < len(cells)
    assert all("data-surprise" in cell and "None" not in cell for cell in cells)


def test_past_intervals_have_their_coverage(page):
    assert "Calibration of past forecasts" in page
    assert "Position of the actual value" in page and "Width against error" in page


def test_a_table_alone_makes_an_overview_without_back_tests():
    results = table(abilities=3)
    text = overview_page(results, judge(results))
    assert "Calibration of past forecasts" not in text
    assert "data-surprise" not in text


def test_hundreds_of_abilities_stay_under_five_megabytes_and_say_what_is_left_out():
    results = table(abilities=300, rungs=12)
    fits = judge(table(abilities=1, rungs=12))[0].fits
    verdicts = [replace(one, fits=fits) for one in judge(results, with_fits=False)]
    text = overview_page(results, verdicts)
    assert len(text.encode()) < 5_000_000
    assert text.count('class="ability"') == 300
    entries = text.count('class="ability-details"')
    assert entries == 300 or f"{300 - entries} more abilities have only a small curve" in text


def test_the_overview_of_a_study_shows_its_question_and_its_hypothesis():
    study = planted.study(planted.scales(8))
    text = Reader(overview_page(table(abilities=1), [], study=study).split("<script>")[0]).text
    assert study.question in text and study.hypothesis in text
    assert "without a question" not in text


def test_no_ability_at_all_is_a_sentence():
    assert "No ability was judged" in overview_page(table(abilities=1), [])
