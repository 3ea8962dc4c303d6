"""Bad examples: told before a worker is started."""

from dataclasses import replace

import pytest

from upwell.errors import DataError
from upwell.records import DataSpec
from upwell.studies import random_labels, ruler, scale_images
from upwell.study import readable


def test_a_file_that_is_no_image_is_told_before_anything_is_trained(tmp_path):
    pytest.importorskip("PIL")
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.png").write_text("no image")
    data = DataSpec(source="images", options={"path": str(tmp_path)})
    with pytest.raises(DataError, match=r"cat/a\.png is no JPEG or PNG image"):
        readable(replace(random_labels.study(), data=(data,)))


def test_a_training_set_smaller_than_a_batch_is_told_before_anything_is_trained():
    with pytest.raises(DataError, match="20 examples to learn from, fewer than a batch of 40"):
        readable(replace(scale_images.study(), rows=(20, 40, 80, 160, 320, 640)))


def test_what_can_be_read_and_what_learns_nothing_are_no_trouble():
    readable(random_labels.study())
    readable(scale_images.study())
    readable(ruler.study())
