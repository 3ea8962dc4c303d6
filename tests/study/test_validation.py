"""Unreadable examples are refused before a worker is started."""

from dataclasses import replace

import pytest

from upwell.errors import DataError, SpecError
from upwell.records import DataSpec
from upwell.studies import random_labels, ruler, scale_images
from upwell.study import check_data_readable
from upwell.study.validation import check_study


def test_a_file_that_is_no_image_is_refused_before_anything_is_trained(tmp_path):
    pytest.importorskip("PIL")
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.png").write_text("no image")
    data = DataSpec(source="images", options={"path": str(tmp_path)})
    with pytest.raises(DataError, match=r"cat/a\.png is no image of JPEG, PNG"):
        check_data_readable(replace(random_labels.study(), data=(data,)))


def test_a_training_set_smaller_than_a_batch_is_refused_before_anything_is_trained():
    with pytest.raises(DataError, match="20 training examples, fewer than a batch of 40"):
        check_data_readable(replace(scale_images.study(), train_sizes=(20, 40, 80, 160, 320, 640)))


def test_what_can_be_read_and_what_learns_nothing_are_no_trouble():
    check_data_readable(random_labels.study())
    check_data_readable(scale_images.study())
    check_data_readable(ruler.study())


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        ({"stepp": "flat"}, "'stepp' is expected, which is no ability of the study"),
        ({"step": "sudden"}, "'sudden' is expected of 'step'; there are 'emergent'"),
    ],
)
def test_an_expected_verdict_that_cannot_come_out_is_refused(expected, message):
    with pytest.raises(SpecError, match=message):
        check_study(replace(ruler.study(), expected=expected), workers=1)
