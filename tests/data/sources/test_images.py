"""Images of one's own in folders: what is read, what is refused, what is counted."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from upwell.data import Loader, load_examples, load_source
from upwell.errors import DataError, SpecError
from upwell.records import DataSpec

Image = pytest.importorskip("PIL.Image")


def draw(path: Path, seed: int, side: int = 8, width: int | None = None) -> None:
    rng = np.random.default_rng(seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(rng.integers(0, 256, (side, width or side, 3), "uint8")).save(path)


def spec(path: Path, split: str = "train", **options) -> DataSpec:
    return DataSpec(source="images", split=split, options={"path": str(path), **options})


def read(path: Path, split: str = "train", **options):
    return load_examples(spec(path, split, **options), None, 1)


@pytest.fixture
def folder(tmp_path) -> Path:
    """Ten images of each of two classes."""
    for number in range(20):
        draw(tmp_path / "pets" / ("cat", "dog")[number % 2] / f"{number}.png", number)
    return tmp_path / "pets"


@pytest.fixture
def split_folder(tmp_path) -> Path:
    """Two classes in `train` and `test`."""
    for number in range(12):
        part = "test" if number < 4 else "train"
        draw(tmp_path / "split" / part / ("cat", "dog")[number % 2] / f"{number}.png", number)
    return tmp_path / "split"


def test_a_class_is_its_folder_and_a_fifth_of_it_is_held_out(folder) -> None:
    train, test = read(folder), read(folder, "test")
    assert train.classes == ("cat", "dog")
    assert (np.bincount(train.rows["label"]) == 8).all()
    assert (np.bincount(test.rows["label"]) == 2).all()
    train_images = {image.tobytes() for image in train.rows["image"]}
    assert not train_images & {image.tobytes() for image in test.rows["image"]}
    known = {np.asarray(Image.open(p)).tobytes(): p.parent.name for p in folder.rglob("*.png")}
    for image, label in zip(train.rows["image"], train.rows["label"], strict=True):
        assert known[image.tobytes()] == train.classes[label]


def test_folders_train_and_test_are_taken_as_they_are(split_folder) -> None:
    assert len(read(split_folder)) == 8 and len(read(split_folder, "test")) == 4


def test_a_training_image_that_is_tested_too_is_left_out_and_counted(split_folder) -> None:
    copied = next((split_folder / "test" / "cat").iterdir())
    (split_folder / "train" / "cat" / "again.png").write_bytes(copied.read_bytes())
    result = read(split_folder)
    assert len(result) == 8 and result.left_out == {"also in the test part": 1}
    assert Loader([spec(split_folder)], None, 1, 4, 0).counts[0].left_out == 1


def test_gray_and_jpeg_and_another_size_become_alike_where_asked(folder) -> None:
    Image.open(folder / "cat" / "0.png").convert("L").resize((20, 11)).save(
        folder / "cat" / "g.jpg"
    )
    assert read(folder, image_size=8).rows["image"].shape == (17, 8, 8, 3)
    assert read(folder, image_size=6, channels=1).rows["image"].shape[1:] == (6, 6, 1)


def test_other_files_are_left_out_and_counted(folder) -> None:
    (folder / "cat" / "notes.txt").write_text("cats")
    (folder / "dog" / ".hidden.png").write_text("dogs")
    assert read(folder).left_out == {"no file of that kind": 1, "hidden or system file": 1}


def png_that_says(width: int, height: int) -> bytes:
    """A few bytes whose header promises so many pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b""))


BROKEN = {
    "no image at all": (b"GIF89a not for us", "is no image of JPEG, PNG, WEBP, BMP, GIF, TIFF"),
    "cut off": (None, "is a broken image"),
    "a decompression bomb": (png_that_says(60_000, 60_000), "unpacks to more than"),
    "a smaller bomb": (png_that_says(8_000, 8_000), "unpacks to more than"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_no_image_is_refused_by_name_or_left_out_and_counted(folder, kind) -> None:
    body, message = BROKEN[kind]
    wrong = folder / "cat" / "wrong.png"
    wrong.write_bytes(body or (folder / "cat" / "0.png").read_bytes()[:80])
    with pytest.raises(DataError, match=rf"cat/wrong\.png {message}"):
        read(folder)
    result = read(folder, on_error="leave out")
    assert result.left_out == {"no image": 1} and len(result) == 16


def test_mixed_sizes_are_refused_with_both(folder) -> None:
    draw(folder / "dog" / "wide.png", 30, 9)
    with pytest.raises(
        DataError, match=r"wide\.png has 9x9 pixels.*before it 8x8.*option image_size"
    ):
        read(folder)


def test_images_that_are_not_square_are_refused(tmp_path) -> None:
    for name in ("cat", "dog"):
        draw(tmp_path / name / "a.png", 1, 8, 12)
    with pytest.raises(DataError, match="12x8 pixels and networks read square images"):
        read(tmp_path)


def test_parts_of_different_sizes_are_refused(split_folder) -> None:
    for path in (split_folder / "test").rglob("*.png"):
        draw(path, 3, 16)
    with pytest.raises(DataError, match="training images have 8x8 pixels and test images 16x16"):
        read(split_folder)


def test_an_empty_class_is_named(folder) -> None:
    (folder / "fish").mkdir()
    with pytest.raises(DataError, match=r"class 'fish' is empty: .*fish holds no \.jpg"):
        read(folder)


def test_a_class_outside_the_list_is_named(folder, split_folder) -> None:
    with pytest.raises(DataError, match="dog is a class that is not among 'cat', 'cow'"):
        load_source(spec(folder, classes="cat,cow"))
    draw(split_folder / "test" / "fish" / "a.png", 40)
    with pytest.raises(DataError, match="fish is not a class of the training part"):
        read(split_folder)


def test_the_order_of_the_classes_can_be_given(folder) -> None:
    assert read(folder, classes="dog, cat").classes == ("dog", "cat")


def test_a_folder_without_classes_is_refused_before_anything_is_read(tmp_path) -> None:
    with pytest.raises(DataError, match="holds 0 folders of a class, and at least 2"):
        load_source(spec(tmp_path))
    with pytest.raises(DataError, match="no folder"):
        load_source(spec(tmp_path / "nowhere"))


@pytest.mark.parametrize("wrong", [{"channels": 4}, {"image_size": 0}, {"on_error": "ignore"}])
def test_options_that_cannot_be_are_refused(folder, wrong) -> None:
    with pytest.raises(SpecError, match="source 'images'"):
        load_source(spec(folder, **wrong))


def test_fewer_rows_than_a_batch_are_refused_before_training(folder) -> None:
    with pytest.raises(DataError, match="16 training examples, fewer than a batch of 17"):
        Loader([spec(folder)], None, 1, 17, 0)
    Loader([spec(folder)], None, 1, 16, 0)
