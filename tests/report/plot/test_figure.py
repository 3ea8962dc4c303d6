"""A figure as a file: colors inside, three formats, and one clear error for any other."""

import sys
import xml.etree.ElementTree as ET

import pytest

from upwell.errors import DataError, MissingDependencyError
from upwell.report.html.markup import Markup
from upwell.report.plot.figure import Figure
from upwell.report.plot.svg import canvas, dot, line, text


@pytest.fixture
def figure():
    svg = canvas(
        "Accuracy of 涌现",
        60,
        text(10, 14, "涌现", "title"),
        line(10, 30, 390, 30, "fit"),
        dot(200, 45, 4, "marker kind-emergent"),
    )
    return Figure(name="one", svg=svg, data_table=Markup())


def test_colors_are_those_of_the_light_theme(figure):
    root = ET.fromstring(figure.standalone())
    nodes = {node.get("class"): node for node in root.iter()}
    assert nodes["title"].get("fill") == "#1a1d23"
    assert nodes["fit"].get("stroke") == "#0b5fa5"
    assert nodes["marker kind-emergent"].get("fill") == "#b64800"


def test_a_file_has_the_color_of_the_page_behind_it(figure):
    root = ET.fromstring(figure.standalone())
    sheet = next(node for node in root if node.tag.endswith("rect"))
    assert sheet.get("fill") == "#fdfcf9"
    assert (sheet.get("width"), sheet.get("height")) == (root.get("width"), root.get("height"))


def test_an_svg_file_is_the_standalone_figure(figure, tmp_path):
    path = figure.save(tmp_path / "new" / "one.svg")
    assert path.read_text(encoding="utf-8") == figure.standalone()


def test_a_png_is_in_color(figure, tmp_path):
    pytest.importorskip("typst")
    image = pytest.importorskip("PIL.Image").open(figure.save(tmp_path / "one.PNG"))
    assert image.size == (856, 176)
    colors = {pixel[:3] for _, pixel in image.convert("RGB").getcolors(10**6)}
    assert {(0xFD, 0xFC, 0xF9), (0x0B, 0x5F, 0xA5), (0xB6, 0x48, 0x00)} <= colors


def test_a_pdf_is_a_pdf(figure, tmp_path):
    pytest.importorskip("typst")
    assert figure.save(str(tmp_path / "one.pdf")).read_bytes().startswith(b"%PDF-")


def test_another_suffix_is_refused_with_the_right_ones(figure, tmp_path):
    with pytest.raises(DataError, match=r"'one\.jpg'; end the name in \.svg, \.png or \.pdf"):
        figure.save(tmp_path / "one.jpg")


def test_without_the_extra_the_error_says_what_to_install(figure, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'upwell\[figures\]'"):
        figure.save(tmp_path / "one.png")
    assert not (tmp_path / "one.png").exists()
