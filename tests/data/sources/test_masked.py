"""Pairs with hidden words: real strangers, honest labels, the same rows for the same dice."""

import numpy as np
import pytest

from upwell.data import Loader, check_overlap, source, tokenizer, train_wordpiece
from upwell.data.corpus import is_test
from upwell.errors import DataError, SpecError
from upwell.records import DataSpec

CONTEXT = 32
NAMES = ["gull", "tern", "swan", "crow", "rook", "wren", "lark", "dove", "kite", "hawk"]


@pytest.fixture(scope="module")
def words():
    return train_wordpiece([_document(n, m) for n in range(10) for m in range(9)], 85)


def _document(bird: int, number: int) -> str:
    """Every sentence names its document's bird, so that a stranger can be told."""
    said = (f"the {NAMES[bird]} number {number} flies {place} times." for place in range(12))
    return " ".join(said)


@pytest.fixture
def folder(tmp_path):
    documents = [_document(n, m) for n in range(10) for m in range(9)]
    (tmp_path / "birds.txt").write_text("\n\n".join(documents))
    return tmp_path


def filled(folder, words, split="train", rows=300, seed=0, context=CONTEXT, **options):
    spec = DataSpec(source="masked", options={"of": "text", "path": str(folder), **options})
    return source(spec).fill(words, split, context, rows, np.random.default_rng(seed))


def unhidden(rows):
    return np.where(rows["truth"] >= 0, rows["truth"], rows["tokens"])


def birds(words, row, tokens):
    """The birds that each text names."""
    length = row["length"]
    texts = (
        words.decode(tokens[:length][row["segments"][:length] == 0]),
        words.decode(tokens[:length][row["segments"][:length] == 1]),
    )
    return [{name for name in NAMES if name in text} for text in texts]


def each(rows):
    return [{name: array[n] for name, array in rows.items()} for n in range(len(rows["length"]))]


def test_a_stranger_comes_from_another_document_and_what_follows_does_not(folder, words) -> None:
    rows = filled(folder, words)
    tokens = unhidden(rows)
    assert rows["stranger"].mean() == pytest.approx(0.5, abs=0.1)
    other = 0
    for row, shown in zip(each(rows), tokens, strict=True):
        first, second = birds(words, row, shown)
        if not row["stranger"]:
            assert first <= second or second <= first
        other += row["stranger"] and first != second
    # A stranger may come from another document about the same bird, one in ten or so.
    assert other > 0.8 * rows["stranger"].sum()


def test_the_second_text_goes_on_where_the_first_ends(folder, words) -> None:
    rows = filled(folder, words)
    written = [words.decode(words.encode(_document(n, m))) for n in range(10) for m in range(9)]
    for row, shown in zip(each(rows), unhidden(rows), strict=True):
        inner = shown[1 : row["length"] - 1]
        text = words.decode(inner[inner != words.sep])
        assert any(text in document for document in written) != bool(row["stranger"])


def test_neither_text_alone_tells_a_stranger(folder, words) -> None:
    rows = filled(folder, words, rows=4000)
    second = rows["segments"].sum(axis=1)
    stranger = rows["stranger"] == 1
    assert second[stranger].mean() == pytest.approx(second[~stranger].mean(), rel=0.03)
    # Planted: a cue that is there would be seen by the same measure.
    assert second[stranger].mean() != pytest.approx(1.1 * second[~stranger].mean(), rel=0.03)


def test_a_row_is_laid_out_as_bert_has_it(folder, words) -> None:
    rows = filled(folder, words)
    for row, shown in zip(each(rows), unhidden(rows), strict=True):
        length = row["length"]
        assert shown[0] == words.bos and shown[length - 1] == words.sep
        assert (shown[:length] == words.sep).sum() == 2
        assert (shown[length:] == words.pad).all() and (row["truth"][length:] == -1).all()
        assert (row["segments"][1:length] >= row["segments"][: length - 1]).all()
    assert rows["length"].max() == CONTEXT


def test_words_are_hidden_whole(folder, words) -> None:
    rows = filled(folder, words)
    tokens, hides = unhidden(rows), rows["truth"] >= 0
    pieces = 0
    for place in range(1, CONTEXT):
        for row in range(len(tokens)):
            if str(words.engine.id_to_token(int(tokens[row, place]))).startswith("##"):
                pieces += 1
                inside = rows["segments"][row, place] == rows["segments"][row, place - 1]
                special = tokens[row, place - 1] in (words.bos, words.sep)
                assert special or not inside or hides[row, place] == hides[row, place - 1]
    assert pieces > 100


def test_test_rows_come_from_held_out_documents_with_all_hidden(folder, words) -> None:
    rows = filled(folder, words, split="test")
    assert (rows["tokens"][rows["truth"] >= 0] == words.mask).all()
    kept = "".join(words.decode(words.encode(_document(n, m)))
                   for n in range(10) for m in range(9) if is_test(_document(n, m)))  # fmt: skip
    for row, shown in zip(each(rows), unhidden(rows), strict=True):
        first = shown[: row["length"]][row["segments"][: row["length"]] == 0]
        assert words.decode(first) in kept


def test_masks_are_drawn_anew_for_every_row_and_alike_for_the_same_one(folder, words) -> None:
    data = [DataSpec(source="masked", options={"of": "text", "path": str(folder)}, limit=None)]
    one, other = (Loader(data, words, CONTEXT, 8, seed=3) for _ in range(2))
    first, second = one.next(), one.next()
    assert not np.array_equal(first["truth"], second["truth"])
    other.seek({"rows": 8})
    again = other.next()
    assert all(np.array_equal(again[name], second[name]) for name in second)


def test_items_that_stand_in_the_texts_are_found(folder, words) -> None:
    data = [DataSpec(source="masked", options={"of": "text", "path": str(folder)})]
    train = next(d for n in range(10) if not is_test(d := _document(n, 0)))
    found = check_overlap([train[:40], "no bird says this"], data, words)
    assert found.found == (0,)


def test_options_of_the_texts_pass_through_and_others_are_told(folder) -> None:
    options = {"of": "text", "path": str(folder), "pattern": "*.txt"}
    assert source(DataSpec(source="masked", options=options)).of.pattern == "*.txt"
    with pytest.raises(SpecError, match="source 'text' has no option 'patern'"):
        source(DataSpec(source="masked", options={**options, "patern": "*"}))
    with pytest.raises(SpecError, match="needs the option 'of'"):
        source(DataSpec(source="masked"))
    with pytest.raises(DataError, match="'sums' has no texts"):
        source(DataSpec(source="masked", options={"of": "sums"}))
    with pytest.raises(SpecError, match="option of is 3, expected"):
        source(DataSpec(source="masked", options={"of": 3}))
    with pytest.raises(SpecError, match=r"share is 1\.5"):
        source(DataSpec(source="masked", options={**options, "share": 1.5}))


def test_what_cannot_be_paired_is_told(tmp_path, folder, words) -> None:
    with pytest.raises(SpecError, match=r"'ascii' has no \[MASK\]"):
        filled(folder, tokenizer("ascii"))
    with pytest.raises(SpecError, match="context of at least 8: 4"):
        filled(folder, words, context=4)
    (tmp_path / "few").mkdir()
    (tmp_path / "few" / "a.txt").write_text("one word\n\nanother\n\nfirst. second.")
    with pytest.raises(DataError, match="two train documents of two sentences"):
        filled(tmp_path / "few", words)
