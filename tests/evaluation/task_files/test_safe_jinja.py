"""Templates give what Jinja gives, cannot leave the sandbox, and end in time."""

import re

import jinja2
import pytest

from upwell.errors import DataError
from upwell.evaluation.task_files.safe_jinja import MAX_TEXT_LENGTH, render
from upwell.evaluation.task_files.safe_regex import check_pattern, find_all

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
        "{{ '{:>8}|{:.2f}|{q}'.format(question, n, q=n) }}",
        "{% set x = namespace(k=0) %}{% for c in choices %}{% set x.k = n %}{% endfor %}{{x.k}}",
        "{{ [1, 2]|sum }}{{ {'b': 1, 'a': 2}|dictsort }}{{ 2.345|round(1) }}{{ choices|tojson }}",
        "{{ 'a' ~ n ~ choices }}{{ choices[::-1] }}{{ 'a' in choices and n == 3 }}",
        "{{ question|replace('W', 'w') }}{{ choices|join(', ') }}{% if n is odd %}odd{% endif %}",
        "{% set x %}{{n}} and {{n}}{% endset %}{{ x|upper }}{% filter lower %}ABC{% endfilter %}",
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
        "{% for a in [[1]] recursive %}{{ loop(a) }}{% endfor %}",
        "{{ '{:>999999999}'.format(1) }}",
        "{{ '{:>29999999999}'.format(1) }}",
        "{{ '{:{w}}'.format(1, w=999999999) }}",
        "{{ '{a:>999999999}'.format_map({'a': 1}) }}",
        "{{ ('a' * 90 ~ '!')|regex_replace('(a|aa)+$', '') }}",
        "{{ (question,)|dictsort }}",
        "{% set l = range(90000)|list %}{% for i in l %}{{ 0.5 in l }}{% endfor %}",
        "{{ range(3000)|select('in', range(3000)|list)|list|length }}",
        "{% set a = 'x' * 900000 %}{{ [a, a, a, a, a, a, a, a]|string|length }}",
        "{% set a = 'x' * 900000 %}{{ (a ~ a ~ a ~ a ~ a ~ a ~ a)|length }}",
        "{% set l = [1, 2] %}" + "{% set l = [l, l] %}" * 60 + "{{ l }}",
        "{% set n = 999999999999999999 %}" + "{% set n = n * n %}" * 40 + "{{ n }}",
        "{% set x %}{% for i in range(400000) %}"
        + "text " * 2000
        + "{% endfor %}{% endset %}{{ x|length }}",
        "{{ 1.5|round(999999999, 'ceil') }}",
        "{{ [1]|tojson(indent=999999999) }}",
        "{{ (5).to_bytes(999999999, 'big') }}",
    ],
)
def test_work_is_bounded(template):
    with pytest.raises(DataError):
        render(template, ROW)


def test_a_long_text_is_fine_up_to_the_bound():
    assert len(render("{{'x' * 900000}}", ROW)) < MAX_TEXT_LENGTH


PLAIN_TEXTS = ("The answer is 5. #### 1,234", "answer is (B)\nYes No\r\n", "", "aab a{b ab")


@pytest.mark.parametrize(
    "pattern",
    [
        r"#### (\-?[0-9\.\,]+)",
        r"(?i)ANSWER is \(?(\w+)",
        r"\d{1,3}(,\d{3})?",
        r"(?<=answer is )(.*)(?=.)",
        r"(?P<x>a|b)+|(?P=x)",
        r"a{b|[{a]",
        r"(a+)+$",
    ],
)
def test_patterns_give_what_re_gives(pattern):
    for text in PLAIN_TEXTS:
        assert find_all(pattern, text) == re.findall(pattern, text)


@pytest.mark.parametrize(
    "pattern",
    [r"(a|a)*$", r"(a|aa)+$", r"(.*a){20}b", r"((a{1,100}){1,100}){1,100}b", r"(a|a){1,60}$"],
)
def test_patterns_end_in_time(pattern):
    with pytest.raises(DataError, match=r"takes more than|repeats too much"):
        find_all(pattern, "a" * 300 + "!")


@pytest.mark.parametrize("pattern", ["(unclosed", "[[:alpha:]]", "a" * 9999])
def test_a_pattern_that_cannot_be_read_is_one_sentence(pattern):
    with pytest.raises(DataError):
        check_pattern(pattern)
