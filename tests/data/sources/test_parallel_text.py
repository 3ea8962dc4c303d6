"""Parallel text: what is read, what is left out, and that no test sentence is trained on."""

import gzip
import json
import lzma
from dataclasses import replace

import numpy as np
import pytest

from upwell.data import load_examples, load_pairs, load_tokenizer, source_revision
from upwell.data import load_source as source_of
from upwell.errors import DataError, SpecError
from upwell.records import DataSpec

TEXTS = [(f"the number {n}", f"die Zahl {n}") for n in range(200)]


def spec(split="train", **options) -> DataSpec:
    return DataSpec(source="parallel_text", split=split, options=options)


@pytest.fixture
def aligned(tmp_path):
    """Two files, each with its name as an option."""
    for name, index in (("en", 0), ("de", 1)):
        (tmp_path / name).write_text("".join(pair[index] + "\n" for pair in TEXTS))
    return {"path": str(tmp_path / "en"), "to_path": str(tmp_path / "de")}


def written(path, lines, opened=open):
    with opened(path, "wt", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    return str(path)


def test_two_files_a_table_and_json_lines_hold_the_same_pairs(tmp_path, aligned) -> None:
    tsv = written(tmp_path / "p.tsv.gz", (f"{a}\tx\t{b}" for a, b in TEXTS), gzip.open)
    rows = (json.dumps({"en": a, "de": b}) for a, b in TEXTS)
    jsonl = written(tmp_path / "p.jsonl.xz", rows, lzma.open)
    pairs_read = load_pairs(spec(**aligned))
    assert pairs_read == load_pairs(spec(path=tsv, columns="1,3"))
    assert pairs_read == load_pairs(spec(path=jsonl, columns="en,de"))
    assert set(pairs_read) < set(TEXTS)


def test_the_splits_part_the_pairs_and_no_first_text_is_on_both_sides(tmp_path) -> None:
    doubled = [f"{a}\t{b}{again}" for a, b in TEXTS for again in ("", "!")]
    path = written(tmp_path / "p.tsv", doubled)
    train, test = (load_pairs(spec(split, path=path)) for split in ("train", "test"))
    assert len(train) + len(test) == len(doubled)
    assert test and not {a for a, _ in train} & {a for a, _ in test}


def test_what_stands_in_a_test_file_is_not_trained_on_and_is_counted(tmp_path, aligned) -> None:
    tested = written(tmp_path / "test.tsv", [f"{a}\tganz anders" for a, _ in TEXTS[:7]])
    options = {**aligned, "test_path": tested}
    train = load_examples(spec(**options), load_tokenizer("ascii"), 40)
    assert len(train) == 193
    assert list(train.left_out.values()) == [7]
    assert [b for _, b in load_pairs(spec("test", **options))] == ["ganz anders"] * 7


def test_rows_are_framed_padded_and_measured(aligned) -> None:
    words = load_tokenizer("ascii")
    rows = load_examples(spec(**aligned), words, 40).rows
    source, target = load_pairs(spec(**aligned))[0]
    assert rows["source"].shape[1] == 40 and rows["target"].shape[1] == 41
    there = rows["source"][0, : rows["source_length"][0]].tolist()
    assert there == [words.bos, *words.encode(source)]
    target_ids = rows["target"][0, : rows["target_length"][0] + 1].tolist()
    assert target_ids == [words.bos, *words.encode(target), words.bos]
    assert (rows["source"][0, rows["source_length"][0] :] == words.pad).all()
    assert np.array_equal(rows["source"], load_examples(spec(**aligned), words, 40).rows["source"])


def test_bad_lines_are_counted_with_the_place_of_the_first(tmp_path) -> None:
    lines = [*(f"{a}\t{b}" for a, b in TEXTS), "alone", "\tno source", f"{'w' * 50}\tlong", "a"]
    path = written(tmp_path / "p.tsv", [*lines, "same\tgleich", "same\tgleich"])
    left_out = {}
    for split in ("train", "test"):
        left_out |= load_examples(spec(split, path=path), load_tokenizer("ascii"), 40).left_out
    assert left_out[f"no texts in 1 and 2 (first at {path}:201)"] == 2
    assert left_out[f"a side is empty (first at {path}:202)"] == 1
    assert left_out[f"comes twice (first at {path}:206)"] == 1
    assert left_out["longer than 39 tokens"] == 1


def test_what_cannot_be_read_is_reported_with_file_and_line(tmp_path, aligned) -> None:
    short = written(tmp_path / "short", ["one", "two"])
    with pytest.raises(DataError, match="short ends before line 3"):
        load_pairs(spec(path=aligned["path"], to_path=short))
    (tmp_path / "latin.tsv").write_bytes("ja\tnein\nüber\tover\n".encode("latin-1"))
    with pytest.raises(DataError, match=r"latin\.tsv:2 is not UTF-8"):
        load_pairs(spec(path=str(tmp_path / "latin.tsv")))
    (tmp_path / "torn.tsv.gz").write_bytes(gzip.compress(b"a\tb\n" * 999)[:-20])
    with pytest.raises(DataError, match=r"torn\.tsv\.gz:\d+ cannot be read"):
        load_pairs(spec(path=str(tmp_path / "torn.tsv.gz")))


def test_options_that_cannot_be_are_reported_before_anything_is_read(tmp_path, aligned) -> None:
    with pytest.raises(SpecError, match=r"is not \.tsv or \.jsonl"):
        source_of(spec(path=aligned["path"]))
    with pytest.raises(DataError, match="no file 'nowhere'"):
        source_of(spec(path="nowhere"))
    table = written(tmp_path / "p.tsv", ["a\tb"])
    with pytest.raises(SpecError, match="two numbers from 1 on"):
        source_of(spec(path=table, columns="en,de"))


def test_a_revision_speaks_of_the_texts_and_of_no_tokenizer(aligned) -> None:
    pinned = source_revision(spec(**aligned))
    options = spec(**aligned).options
    good = DataSpec(source="parallel_text", options=options, revision=pinned)
    assert len(load_examples(good, load_tokenizer("bytes"), 40))
    with pytest.raises(DataError, match="pinned"):
        load_examples(replace(good, revision="0" * 64), load_tokenizer("bytes"), 40)
