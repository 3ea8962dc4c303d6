"""The sheet of samples, read back by another program."""

import io

import numpy as np
import pytest

from upwell.study.image_sheet import GRID_SIZE, png, sheet

Image = pytest.importorskip("PIL.Image")


@pytest.mark.parametrize("channels", [1, 3])
def test_an_image_is_read_back_as_it_was(channels) -> None:
    image = np.random.default_rng(0).integers(0, 256, (5, 9, channels), dtype=np.uint8)
    read = np.asarray(Image.open(io.BytesIO(png(image)))).reshape(image.shape)
    assert np.array_equal(read, image)


def test_a_sheet_has_the_first_images_in_rows() -> None:
    images = np.arange(50, dtype=np.uint8)[:, None, None, None] * np.ones((1, 4, 4, 1), np.uint8)
    read = np.asarray(Image.open(io.BytesIO(sheet(images))))
    assert read.shape == (5 * GRID_SIZE - 1, 5 * GRID_SIZE - 1)
    assert read[::5, ::5].tolist() == np.arange(GRID_SIZE**2).reshape(GRID_SIZE, GRID_SIZE).tolist()


def test_fewer_images_leave_the_rest_grey() -> None:
    read = np.asarray(Image.open(io.BytesIO(sheet(np.zeros((1, 4, 4, 1), np.uint8)))))
    assert not read[:4, :4].any() and (read[5:, :] == 127).all()
