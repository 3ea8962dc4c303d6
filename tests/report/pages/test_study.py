import re
from dataclasses import fields, replace
from html.parser import HTMLParser

import polars as pl
import pytest

from upwell.emergence import judge
from upwell.errors import DataError
from upwell.records import Fit, Forecast, Study, Table, Verdict
from upwell.report import study_page
from upwell.report.html.assets import csp_digest

from .. import planted

HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(2)>\u202e\x00'&"
PARAMS = planted.scales(8)


def table(rungs=8, **options):
    params = planted.scales(rungs)
    return planted.table(
        planted.rows("induction", "jump", params, metrics=("accuracy", "choice_probability"))
        + planted.rows("addition", "slope", params, missing=2)
        + planted.rows("text", "slope", params, metrics=("bits_per_byte",))
    )


@pytest.fixture(scope="module")
def page():
    study, results = planted.study(PARAMS), table()
    return study_page(
        study,
        planted.join_runs(results.frame.to_dicts(), study, PARAMS),
        judge(results),
        planted.forecasts(PARAMS[-1]),
        progress=planted.progress(study, PARAMS),
        plan=planted.plan(study, PARAMS),
        seconds=planted.seconds(study, PARAMS),
        created_at="2025-11-23 18:40 UTC",
        code_version="0.1.0",
    )


class Reader(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in ("meta", "br", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"{tag} closes something else"

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self):
        return " ".join(self.words)


def test_every_element_is_closed(page):
    assert Reader(page).open == []


def test_the_page_reaches_for_nothing_and_runs_nothing(page):
    for tag, attributes in Reader(page).tags:
        assert tag not in ("script", "link", "img", "iframe", "object", "base", "form")
        assert not {"src", "srcset", "style"} & set(attributes)
        assert not any(name.startswith("on") for name in attributes)
        assert attributes.get("href", "#").startswith("#")
    assert "url(" not in page and "@import" not in page


def test_the_policy_allows_its_own_style_sheet_only(page):
    style = re.search("<style>(.*?)</style>", page, re.DOTALL)[1]
    policy = next(
        attributes["content"]
        for tag, attributes in Reader(page).tags
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; ")
    assert csp_digest(style) in policy
    assert "script-src" not in policy and "unsafe" not in policy


def test_the_sections_come_in_order(page):
    text = Reader(page).text
    heads = [
        "Which abilities well up", "Induction jumps at the first rung", "3 abilities were judged",
        "Created 2025-11-23 18:40 UTC", "Findings", "Ability by ability",
        "Forecasts", "Training", "Controls", "Cost",
        "This page does not claim",
    ]  # fmt: skip
    positions = [text.index(head) for head in heads]
    assert positions == sorted(positions)


def test_every_figure_has_its_numbers_beneath(page):
    figures = re.findall("<figure>.*?</figure>", page, re.DOTALL)
    assert figures
    assert all("<details>" in figure and "<table>" in figure for figure in figures)


def test_missing_values_are_counted_and_explained(page):
    text = Reader(page).text
    assert "1 of 24 values missing (×)" in text
    assert "the run ended early: loss was not finite" in text
    assert "2 without a value" in text


def test_no_value_of_python_leaks_onto_the_page(page):
    words = Reader(page).text.split()
    assert not {"None", "nan", "NaN", "inf", "True", "False"} & set(words)


def test_the_onset_of_the_planted_jump_has_a_line_and_its_interval(page):
    card = re.search('<article class="card" id="ability-1">.*?</article>', page, re.DOTALL)[0]
    assert "induction" in card and 'class="onset-band"' in card and 'class="onset"' in card


def test_a_smooth_ability_has_no_onset():
    params = planted.scales(8)
    smooth = planted.table(planted.rows("addition", "slope", params))
    text = study_page(None, smooth, judge(smooth))
    assert ">onset " not in text and "Onsets of abilities" not in text


def hostile(record):
    """The record with every word of it replaced."""
    changes = {
        field.name: HOSTILE
        for field in fields(record)
        if isinstance(getattr(record, field.name), str) and field.name not in ("axis", "metric")
    }
    return replace(record, **changes)


def test_hostile_words_stay_words():
    results = table()
    frame = results.frame.with_columns(pl.lit(HOSTILE).alias("ability"), family=pl.lit(HOSTILE))
    frame = frame.unique(["params", "seed", "tokens", "metric"], maintain_order=True)
    frame = frame.with_columns(
        reason=pl.when(pl.col("value").is_null()).then(pl.lit(HOSTILE)).otherwise(None)
    )
    verdicts = [
        replace(hostile(one), ability=HOSTILE, controls={HOSTILE: HOSTILE})
        for one in judge(Table(frame))
    ]
    study = planted.study(PARAMS, name=HOSTILE, question=HOSTILE, hypothesis=HOSTILE)
    progress = [replace(one, event=HOSTILE, run=HOSTILE) for one in planted.progress(study, PARAMS)]
    text = study_page(
        study, Table(frame), verdicts, [hostile(one) for one in planted.forecasts(1e6)],
        progress=progress[:40], plan=planted.plan(study, PARAMS), title=HOSTILE, created_at=HOSTILE,
        code_version=HOSTILE,
    )  # fmt: skip
    reader = Reader(text)
    assert reader.open == []
    assert not {"script", "img"} & {tag for tag, _ in reader.tags}
    assert "\u202e" not in text and "\x00" not in text
    assert "alert(1)" in reader.text


def test_everything_that_may_be_unknown_may_be_unknown():
    frame = table().frame
    unknown = [
        name
        for name in frame.columns
        if name not in ("model", "params", "ability", "metric", "shots", "reason")
    ]
    empty = frame.with_columns(pl.lit(None, frame.schema[name]).alias(name) for name in unknown)
    verdict = Verdict(
        ability="addition", metric="exact_match", axis="params", kind="undecided", explanation=""
    )
    forecast = Forecast(
        ability="addition",
        metric="exact_match",
        axis="params",
        target=1e6,
        value=None,
        interval_low=None,
        interval_high=None,
        forecastable=False,
    )
    reader = Reader(study_page(None, Table(empty), [verdict], [forecast]))
    assert reader.open == []
    assert "missing" in reader.text and "unknown" in reader.text
    assert "None" not in reader.text.split()


def test_an_empty_table_makes_a_page():
    empty = Table(table().frame.clear())
    text = Reader(study_page(None, empty, [])).text
    assert "No ability was judged" in text


def test_a_verdict_without_rows_says_that_there_are_none():
    verdict = Verdict(
        ability="gone", metric="accuracy", axis="params", kind="flat", explanation="no rows"
    )
    assert "holds no values of this ability" in study_page(None, table(), [verdict])


def test_an_axis_that_the_table_does_not_have_is_one_clear_error():
    verdict = Verdict(ability="text", metric="accuracy", axis="height", kind="flat", explanation="")
    with pytest.raises(DataError, match="height"):
        study_page(None, table(), [verdict])


@pytest.mark.parametrize("rungs", [3, 20])
def test_short_and_long_ladders_make_a_page(rungs):
    results = table(rungs)
    text = study_page(None, results, judge(results))
    assert text.count('<article class="card"') == 3


def test_forty_abilities_in_many_scripts_make_a_light_page():
    names = ["乘法进位", "反义词", "שלום", "naïve", "🤖"]
    rows = [
        row
        for i in range(40)
        for row in planted.rows(
            f"{names[i % 5]} {i}", planted.SHAPES[i % 5], planted.scales(20), tokens=(10**9,)
        )
    ]
    results = planted.table(rows)
    text = study_page(None, results, judge(results, with_fits=False))
    assert text.count('<article class="card"') == 40
    assert "乘法进位 0" in text
    assert len(text.encode()) < 2_500_000


def test_the_same_study_makes_the_same_bytes():
    results = table()
    verdicts = judge(results)
    assert study_page(None, results, verdicts) == study_page(None, results, verdicts)


def test_an_axis_of_shots_has_its_title():
    rows = [
        row
        for shots in (0, 1, 2, 4, 8, 16)
        for row in planted.rows(
            "recall",
            "jump" if shots > 2 else "flat",
            [10**8],
            seeds=3,
            shots=shots,
            tokens=(10**9,),
        )
    ]
    results = planted.table(rows)
    text = study_page(None, results, judge(results, axis="shots"))
    assert "examples in the prompt" in text


def test_a_study_keeps_its_name_without_a_title():
    study: Study = planted.study(PARAMS, name="乘法的涌现")
    assert "<h1><bdi>乘法的涌现</bdi></h1>" in study_page(study, table(), [])


def test_a_study_shows_its_question_and_its_hypothesis():
    study = planted.study(PARAMS)
    text = Reader(study_page(study, table(), [])).text
    assert study.question in text and study.hypothesis in text
    assert "without a question" not in text


def test_a_table_of_results_came_without_a_question():
    assert "came without a question and a hypothesis" in study_page(None, table(), [])


def test_a_fit_without_a_formula_is_still_in_the_table():
    unknown_fit = Fit(curve="spline", params={"knots": 3.0}, loss=0.1, loo_mse=0.05, n_points=8)
    verdict = Verdict(
        ability="text",
        metric="bits_per_byte",
        axis="params",
        kind="smooth",
        explanation="",
        fits=(unknown_fit,),
    )
    assert "spline" in study_page(None, table(), [verdict])
