"""Samples on the page: as the policy allows, in the order of training, and only where there are."""

import base64
import re

import numpy as np
import pytest

from upwell.emergence import judge
from upwell.records import ModelRef, ModelSpec
from upwell.report import study_page
from upwell.store import SampleSheet
from upwell.study.image_sheet import png

from .. import planted

PARAMS = planted.scales(3)


def sample_sheet(tokens, run="gan-w4-s0", params=10):
    ref = ModelRef(
        id=f"{run}-t{tokens}",
        run=run,
        spec=ModelSpec(family="gan", hparams={}),
        created_by="train",
        seed=0,
        params=params,
        tokens=tokens,
        flops=0.0,
        bytes=0,
        weights_sha256=None,
        code_version="c",
    )
    return SampleSheet(model=ref, png=png(np.full((3, 3, 1), tokens % 251, dtype=np.uint8)))


def page_with(sheets):
    results = planted.table(planted.rows("induction", "jump", PARAMS))
    return study_page(planted.study(PARAMS), results, judge(results), sample_sheets=sheets)


def policy(text):
    return re.search('http-equiv="Content-Security-Policy" content="(.*?)"', text)[1]


def test_samples_stand_in_the_page_in_the_order_of_training() -> None:
    sheets = [sample_sheet(2000), sample_sheet(0), sample_sheet(500)]
    text = page_with(sheets)
    images = re.findall('src="data:image/png;base64,(.*?)"', text)
    expected = [sheets[1], sheets[2], sheets[0]]
    assert [base64.b64decode(each) for each in images] == [each.png for each in expected]
    assert text.index("untrained") < text.index("after 500 tokens") < text.index("2,000 tokens")


def test_the_policy_allows_images_of_the_page_itself_and_only_where_there_are_some() -> None:
    with_some, without = page_with([sample_sheet(0)]), page_with([])
    assert "img-src data:;" in policy(with_some)
    assert "img-src" not in policy(without) and "<img" not in without
    assert re.findall(r'src="(?!data:image/png;base64,)', with_some) == []


@pytest.mark.parametrize(("runs", "words"), [(6, None), (8, "2 runs more are not shown")])
def test_a_page_stays_small_and_says_what_is_left_out(runs, words) -> None:
    text = page_with([sample_sheet(0, run=f"gan-s{seed}") for seed in range(runs)])
    assert text.count("<img") == 6
    assert ("not shown" in text) == (words is not None)
    assert words is None or words in text
