import re
import xml.etree.ElementTree as ET

import pytest

from upwell.emergence import judge
from upwell.report import study_figures
from upwell.report.html.assets import read_asset

from .. import planted

PARAMS = planted.scales(8)
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def figures():
    study = planted.study(PARAMS)
    rows = planted.rows("归纳 <b>&</b>\x00", "jump", PARAMS) + planted.rows(
        "addition", "slope", PARAMS
    )
    results = planted.join_runs(rows, study, PARAMS)
    return study_figures(
        results,
        judge(results),
        planted.forecasts(PARAMS[-1]),
        progress=planted.progress(study, PARAMS),
        plan=planted.plan(study, PARAMS),
    )


def test_every_figure_of_the_page_is_there(figures):
    kinds = {name.split("-")[0] for name in figures}
    assert kinds == {"onsets", "ability", "forecast", "training"}
    assert sum(name.startswith("ability-") for name in figures) == 4


def test_every_figure_is_well_formed_and_stands_alone(figures):
    for text in figures.values():
        root = ET.fromstring(text.encode())
        assert root.tag == f"{SVG}svg"
        assert root.find(f"{SVG}title").text
        assert float(root.get("width")) > 0 and float(root.get("height")) > 0
        assert "href" not in text and "url(" not in text and "<script" not in text


def test_every_shape_of_a_file_has_its_color_in_it(figures):
    for name, text in figures.items():
        assert "<style" not in text and "var(" not in text and "currentColor" not in text
        for shape, colors in shapes(ET.fromstring(text.encode())):
            assert colors - {"none"}, f"{shape} of {name} has no color"
            assert all(re.fullmatch("none|#[0-9a-f]{6}", color) for color in colors)


def shapes(node, inherited=frozenset()):
    """Every shape with its fill and stroke, its own or inherited."""
    names = [name for name in ("fill", "stroke") if node.get(name)]
    colors = {node.get(name) for name in names} or inherited
    tag = node.tag.removeprefix(SVG)
    if tag in ("text", "path", "line", "circle", "rect"):
        yield f"{tag} {node.get('class')}", colors
    for child in node:
        yield from shapes(child, colors)


def test_every_class_of_a_figure_has_a_style(figures):
    style = read_asset("chart.css")
    plain = {"chart", "glyph", "result", "series", "marker", "actual", "hit", "tick", "note"}
    for name, text in figures.items():
        classes = {one for each in re.findall('class="([^"]+)"', text) for one in each.split()}
        for one in classes - plain:
            assert f".{one}" in style, f"{one} of {name} has no style"


def test_names_are_good_file_names(figures):
    for name in figures:
        assert re.fullmatch(r"[\w-]+", name) and len(name) <= 84


def test_every_number_of_a_figure_is_finite(figures):
    for text in figures.values():
        assert not re.search(r'"[^"]*\b(nan|inf|None)\b[^"]*"', text)
