"""Templates give what Jinja gives, cannot leave the sandbox, and end in time."""

import jinja2
import pytest

from upwell.errors import DataError
from upwell.evaluation.task_files.safe_jinja import MAX_TEXT_LENGTH, render, safe_pattern

ROW = {"question": "Why? ", "choices": ["a", "b"], "n": 3}


@pytest.mark.parametrize(
    "template",
    [
        "{{question.strip()}}\nA:",
        "{% for c in choices %}{{loop.index}}. {{c}}\n{% endfor %}",
        "{{choices|join(', ')}} {{n + 1}} {{'x' * n}}",
        "{% set x = choices[0] ~ 'z' %}{{x}}{{'yes' if n > 2 else 'no'}}",
        "{{['A', 'B'].index('B')}}{{choices|map('upper')|list}}",
        "{% for i in range(3) %}{{i}}{% endfor %}\n",
        "{{question.replace('W', 'w').split(' ')|last}}",
    ],
)
def test_templates_give_what_jinja_gives(template):
    plain = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    assert render(template, ROW) == plain.from_string(template).render(**ROW)


def test_regex_replace_is_there():
    assert render("{{question|regex_replace('W[a-z]+', 'How')}}", ROW) == "How? "


def test_a_missing_column_is_named_with_the_nearest():
    with pytest.raises(DataError, match=r"names the column 'quesiton'.*did you mean 'question'"):
        render("{{quesiton}}", ROW)


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ self.__init__.__globals__ }}",
        "{{ question.__class__ }}",
        "{% include 'other' %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{{ range.__globals__ }}",
        "{{ namespace() }}",
        "{{ lipsum(n=1000000) }}",
        "{{ cycler }}",
    ],
)
def test_the_sandbox_holds(template):
    with pytest.raises(DataError):
        render(template, ROW)


@pytest.mark.parametrize(
    "template",
    [
        "{% for i in range(999999) %}{% for j in range(999999) %}{% endfor %}{% endfor %}",
        "{% for i in range(99999) %}{{question * 999}}{% endfor %}",
        "{{ 'x' * 10**9 }}",
        "{{ 'x' * 1000000000 }}",
        "{{ [0] * 1000000000 }}",
        "{{ 1000000000 * 'x' }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ '{:1000000000}'.format(1) }}",
        "{{ 'x'.center(1000000000) }}",
        "{{ 'x'.zfill(1000000000) }}",
        "{{ 'x'|center(1000000000) }}",
        "{% set a = 'x' * 900000 %}{{ a.replace('x', a) }}",
        "{% set a = 'x' * 900000 %}{{ a.join(a) }}",
        "{% set a = 'x' * 900000 %}{{ [a, a]|join(a) }}",
        "{% set a = 'x' * 900000 %}{% set a = a ~ a %}{% set a = a ~ a %}{{ a }}",
        "{{ range(10**9)|list }}",
        "{{ question|regex_replace('(a+)+$', '') }}",
        "{% for a in [[1]] recursive %}{{ loop(a) }}{% endfor %}",
    ],
)
def test_work_is_bounded(template):
    with pytest.raises(DataError):
        render(template, ROW)


def test_a_long_text_is_fine_up_to_the_bound():
    assert len(render("{{'x' * 900000}}", ROW)) < MAX_TEXT_LENGTH


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"(a|b*)*c", r"([a-z]+)*", r"(.*)*x", "(unclosed"])
def test_patterns_that_may_not_end_are_refused(pattern):
    with pytest.raises(DataError):
        safe_pattern(pattern)


@pytest.mark.parametrize(
    "pattern", [r"#### (\-?[0-9\.\,]+)", r"(?i)answer is (\w+)", r"\d{1,3}(,\d{3})?"]
)
def test_ordinary_patterns_are_taken(pattern):
    assert safe_pattern(pattern)
