import xml.etree.ElementTree as ET

import pytest

from upwell.report.html.assets import read_asset
from upwell.report.plot.inline_styles import inline_styles, parse_variables

SVG = '<svg xmlns="http://www.w3.org/2000/svg" class="chart">{}</svg>'


def style(body, css, **variables):
    root = ET.fromstring(inline_styles(SVG.format(body), css, variables))
    return dict(root[0].attrib)


def test_the_more_specific_rule_wins_wherever_it_stands():
    css = ".chart text.big { fill: red } .chart text { fill: blue; stroke: green }"
    assert style('<text class="big"/>', css) == {"class": "big", "fill": "red", "stroke": "green"}


def test_of_two_equal_rules_the_later_one_wins():
    assert style('<path class="a b"/>', ".a { fill: red } .b { fill: blue }")["fill"] == "blue"


def test_a_rule_of_another_ancestor_does_not_match():
    assert style("<text/>", ".sparkline text { fill: red }") == {}


def test_a_part_of_a_class_can_be_matched():
    css = '[class*="tone-"] { stroke-width: 2 }'
    assert style('<path class="tone-3"/>', css)["stroke-width"] == "2"


def test_variables_and_the_current_color_are_resolved():
    css = ".kind { color: var(--ink) } .kind { --own: currentColor; fill: var(--own) }"
    assert style('<path class="kind"/>', css, **{"--ink": "#123456"})["fill"] == "#123456"


def test_what_lays_out_a_page_stays_out_of_the_file():
    assert style("<text/>", ".chart text { display: block; fill: red }") == {"fill": "red"}


def test_a_selector_that_is_not_understood_is_an_error():
    with pytest.raises(ValueError, match="a:hover"):
        inline_styles(SVG.format(""), "a:hover { fill: red }", {})


def test_our_own_style_sheets_are_understood_and_use_only_colors_of_the_light_theme():
    variables = parse_variables(read_asset("light.css"))
    assert {"--ink", "--paper", "--sans"} <= set(variables)
    for name in ("chart.css", "crossover.css"):
        inline_styles(SVG.format("<text/>"), read_asset(name), variables)
