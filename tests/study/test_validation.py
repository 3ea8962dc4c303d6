"""Unreadable examples are refused before a worker is started."""

from dataclasses import replace

import pytest

from upwell.errors import DataError
from upwell.records import DataSpec
from upwell.studies import random_labels, ruler, scale_images
from upwell.study import check_data_readable


def test_a_file_that_is_no_image_is_refused_before_anything_is_trained(tmp_path):
    pytest.importorskip("PIL")
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.png").write_text("no image")
    data = DataSpec(source="images", options={"path": str(tmp_path)})
    with pytest.raises(DataError, match=r"cat/a\.png is not a JPEG or PNG image"):
        check_data_readable(replace(random_labels.study(), data=(data,)))


def test_a_training_set_smaller_than_a_batch_is_refused_before_anything_is_trained():
    with pytest.raises(DataError, match="20 training examples, fewer than a batch of 40"):
        check_data_readable(replace(scale_images.study(), train_sizes=(20, 40, 80, 160, 320, 640)))


def test_what_can_be_read_and_what_learns_nothing_are_no_trouble():
    check_data_readable(random_labels.study())
    check_data_readable(scale_images.study())
    check_data_readable(ruler.study())
