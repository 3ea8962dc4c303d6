"""The page as a reader meets it: in Chromium, on a desk and on a phone, in light and dark."""

from __future__ import annotations

from pathlib import Path

import pytest

from upwell.emergence import backtest, judge
from upwell.report import overview_page, study_page

from .. import browser, planted

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(browser.absent() is not None, reason=str(browser.absent())),
]

OPEN = "document.querySelectorAll('details').forEach(one => { one.open = true })"

COLLISIONS = """
const found = [];
const meet = (a, b, slack) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > slack
  && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > slack;
const compare = (boxes, slack) => boxes.forEach(([name, a], i) => boxes.slice(i + 1).forEach(
  ([other, b]) => { if (meet(a, b, slack)) found.push(name + ' / ' + other); }));
for (const figure of document.querySelectorAll('svg.chart')) {
  const frame = figure.getBoundingClientRect();
  const words = [...figure.querySelectorAll('text')]
    .map(one => [one.textContent, one.getBoundingClientRect()]).filter(one => one[1].width > 0);
  compare(words, 1);
  for (const [name, box] of words)
    if (box.left < frame.left - 2 || box.right > frame.right + 2) found.push(name + ' is cut off');
}
for (const family of document.querySelectorAll('main, section, article, .body, .pair, .panels, dl'))
  compare([...family.children].map(
    one => [one.tagName + ' ' + one.textContent.slice(0, 30), one.getBoundingClientRect()]), 1);
return found;
"""

OVERFLOW = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"


def everyday() -> str:
    params = planted.scales(8)
    study = planted.study(params)
    rows = planted.rows("induction", "jump", params, metrics=("accuracy", "choice_probability"))
    more = ("exact_match", "token_edit_distance", "log_probability")
    rows += planted.rows("addition", "slope", params, metrics=more, missing=2)
    rows += planted.rows("text", "slope", params, metrics=("bits_per_byte",))
    results = planted.join_runs(rows, study, params)
    return study_page(
        study, results, judge(results), planted.forecasts(params[-1]),
        progress=planted.progress(study, params), plan=planted.plan(study, params),
        seconds=planted.seconds(study, params), created_at="today", code_version="0.1.0",
    )  # fmt: skip


def crowd_page() -> str:
    names = ["乘法进位与借位", "שלום עולם", "<script>alert(1)</script>", "w" * 90, "task"]
    params = planted.scales(20, 1e6, 3e11)
    rows = [
        row
        for i in range(20)
        for row in planted.rows(
            f"{names[i % 5]} {i}",
            planted.SHAPES[i // 4],
            params,
            tokens=(10**9,),
            shots=i % 3,
            metrics=("accuracy", "choice_probability") if i % 3 else ("accuracy",),
        )
    ]
    results = planted.table(rows)
    return study_page(None, results, judge(results), title="涌现 " + "很长的标题" * 12)


def bare() -> str:
    results = planted.table(
        planted.rows("能力", "flat", planted.scales(3), metrics=("accuracy",), seeds=1, missing=1)
    )
    return study_page(None, results, judge(results))


def many() -> str:
    params = planted.scales(8, 1e7, 1e10)
    names = ["乘法进位与借位", "שלום עולם", "w" * 60, "task"]
    rows = [
        row
        for i in range(24)
        for row in planted.rows(
            f"{names[i % 4]} {i}", planted.SHAPES[i % 4], params, seeds=1, tokens=(10**9,)
        )
    ]
    results = planted.table(rows)
    graded, summary = backtest(results, holdout_above=2e9)
    return overview_page(results, judge(results), [], summary, backtests=graded)


@pytest.fixture(scope="module")
def driver():
    with browser.driver() as address:
        yield address


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    rows = {"everyday": everyday(), "crowded": crowd_page(), "bare": bare(), "many": many()}
    for name, text in rows.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in rows}


@pytest.mark.parametrize(("width", "dark"), [(1400, False), (390, True)])
def test_nothing_complains_overflows_or_overlaps(driver, pages, tmp_path, width, dark):
    with browser.window(driver, width, tmp_path, dark=dark) as window:
        for name, path in pages.items():
            window.open(path.as_uri())
            assert window.run("return innerWidth") == width
            for state in ("closed", "open"):
                assert window.run(OVERFLOW) == 0, f"{name} {state} is wider than {width}"
                assert window.run(COLLISIONS) == [], f"{name} {state} at {width}"
                window.run(OPEN)
            assert window.complaints() == [], name


def test_the_page_follows_the_reader_into_the_dark(driver, pages, tmp_path):
    color = "return getComputedStyle(document.body).backgroundColor"
    with browser.window(driver, 1400, tmp_path, dark=True) as window:
        window.open(pages["bare"].as_uri())
        assert window.run(color) == "rgb(19, 21, 26)"


def test_a_planted_collision_is_detected(driver, tmp_path):
    """The detector itself: two words on one spot, and a card on another."""
    path = tmp_path / "broken.html"
    path.write_text(
        "<main><article>a</article><article style='margin-top:-20px'>b</article>"
        "<svg class=chart viewBox='0 0 400 40'><text x=5 y=20>one</text>"
        "<text x=9 y=22>two</text></svg></main>"
    )
    with browser.window(driver, 1400, tmp_path / "profile") as window:
        window.open(path.as_uri())
        collisions = window.run(COLLISIONS)
    assert "one / two" in collisions
    assert any("ARTICLE" in one for one in collisions)


SORTED = """
const order = document.querySelector('#order');
order.value = arguments[0] ?? 'NAME';
order.dispatchEvent(new Event('input'));
return [...document.querySelectorAll('.ability')].map(one => one.dataset.NAME ?? null);
"""


def test_abilities_are_sorted_searched_and_linked(driver, pages, tmp_path):
    with browser.window(driver, 1400, tmp_path) as window:
        window.open(pages["many"].as_uri())
        onsets = window.run(SORTED.replace("NAME", "onset"))
        known = [float(one) for one in onsets if one is not None]
        assert known and known == sorted(known)
        assert onsets[: len(known)].count(None) == 0, "the unknown stands last"
        surprises = [float(one) for one in window.run(SORTED.replace("NAME", "surprise"))]
        assert surprises == sorted(surprises, reverse=True)
        find = "const find = document.querySelector('#find'); find.value = '乘法'; "
        window.run(find + "find.dispatchEvent(new Event('input'))")
        count_visible = "return document.querySelectorAll('.ability:not([hidden])').length"
        assert window.run(count_visible) == 6
        window.run("document.querySelector('.ability:not([hidden])').click()")
        assert window.run("return document.querySelectorAll('.ability-details[open]').length") == 1
        assert window.complaints() == []
