"""Masked pairs: random second texts, correct labels, the same rows for the same seed."""

import numpy as np
import pytest

from upwell.data import Loader, find_contamination, load_source, load_tokenizer, train_wordpiece
from upwell.data.reading.corpus import is_test
from upwell.errors import DataError, SpecError
from upwell.records import DataSpec

CONTEXT = 32
NAMES = ["gull", "tern", "swan", "crow", "rook", "wren", "lark", "dove", "kite", "hawk"]


@pytest.fixture(scope="module")
def words():
    return train_wordpiece([_document(n, m) for n in range(10) for m in range(9)], 85)


def _document(bird: int, number: int) -> str:
    """Every sentence names its document's bird, so that a random second text is recognized."""
    parts = (f"the {NAMES[bird]} number {number} flies {n} times." for n in range(12))
    return " ".join(parts)


@pytest.fixture
def folder(tmp_path):
    documents = [_document(n, m) for n in range(10) for m in range(9)]
    (tmp_path / "birds.txt").write_text("\n\n".join(documents))
    return tmp_path


def generate(folder, words, split="train", rows=300, seed=0, context=CONTEXT, **options):
    spec = DataSpec(
        source="masked_lm", options={"text_source": "text", "path": str(folder), **options}
    )
    return load_source(spec).generate_rows(words, split, context, rows, np.random.default_rng(seed))


def unmasked(rows):
    return np.where(rows["labels"] >= 0, rows["labels"], rows["tokens"])


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
    rows = generate(folder, words)
    tokens = unmasked(rows)
    assert rows["is_random_next"].mean() == pytest.approx(0.5, abs=0.1)
    other = 0
    for row, inputs in zip(each(rows), tokens, strict=True):
        first, second = birds(words, row, inputs)
        if not row["is_random_next"]:
            assert first <= second or second <= first
        other += row["is_random_next"] and first != second
    # A random second text may come from another document about the same bird, one in ten or so.
    assert other > 0.8 * rows["is_random_next"].sum()


def test_the_second_text_goes_on_where_the_first_ends(folder, words) -> None:
    rows = generate(folder, words)
    written = [words.decode(words.encode(_document(n, m))) for n in range(10) for m in range(9)]
    for row, inputs in zip(each(rows), unmasked(rows), strict=True):
        inner = inputs[1 : row["length"] - 1]
        text = words.decode(inner[inner != words.sep])
        assert any(text in document for document in written) != bool(row["is_random_next"])


def test_neither_text_alone_tells_a_stranger(folder, words) -> None:
    rows = generate(folder, words, rows=4000)
    second = rows["segments"].sum(axis=1)
    is_random = rows["is_random_next"] == 1
    assert second[is_random].mean() == pytest.approx(second[~is_random].mean(), rel=0.03)
    # Planted: a cue that is there would be seen by the same measure.
    assert second[is_random].mean() != pytest.approx(1.1 * second[~is_random].mean(), rel=0.03)


def test_a_row_is_laid_out_as_bert_has_it(folder, words) -> None:
    rows = generate(folder, words)
    for row, inputs in zip(each(rows), unmasked(rows), strict=True):
        length = row["length"]
        assert inputs[0] == words.bos and inputs[length - 1] == words.sep
        assert (inputs[:length] == words.sep).sum() == 2
        assert (inputs[length:] == words.pad).all() and (row["labels"][length:] == -1).all()
        assert (row["segments"][1:length] >= row["segments"][: length - 1]).all()
    assert rows["length"].max() == CONTEXT


def test_words_are_hidden_whole(folder, words) -> None:
    rows = generate(folder, words)
    tokens, is_masked = unmasked(rows), rows["labels"] >= 0
    pieces = 0
    for n in range(1, CONTEXT):
        for row in range(len(tokens)):
            if str(words.engine.id_to_token(int(tokens[row, n]))).startswith("##"):
                pieces += 1
                inside = rows["segments"][row, n] == rows["segments"][row, n - 1]
                special = tokens[row, n - 1] in (words.bos, words.sep)
                assert special or not inside or is_masked[row, n] == is_masked[row, n - 1]
    assert pieces > 100


def test_test_rows_come_from_held_out_documents_with_all_hidden(folder, words) -> None:
    rows = generate(folder, words, split="test")
    assert (rows["tokens"][rows["labels"] >= 0] == words.mask).all()
    kept = "".join(words.decode(words.encode(_document(n, m)))
                   for n in range(10) for m in range(9) if is_test(_document(n, m)))  # fmt: skip
    for row, inputs in zip(each(rows), unmasked(rows), strict=True):
        first = inputs[: row["length"]][row["segments"][: row["length"]] == 0]
        assert words.decode(first) in kept


def test_masks_are_newly_drawn_for_every_row_and_alike_for_the_same_one(folder, words) -> None:
    data = [
        DataSpec(
            source="masked_lm", options={"text_source": "text", "path": str(folder)}, limit=None
        )
    ]
    one, other = (Loader(data, words, CONTEXT, 8, seed=3) for _ in range(2))
    first, second = one.next(), one.next()
    assert not np.array_equal(first["labels"], second["labels"])
    other.load_state_dict({"rows": 8})
    again = other.next()
    assert all(np.array_equal(again[name], second[name]) for name in second)


def test_items_that_stand_in_the_texts_are_found(folder, words) -> None:
    data = [DataSpec(source="masked_lm", options={"text_source": "text", "path": str(folder)})]
    train = next(d for n in range(10) if not is_test(d := _document(n, 0)))
    found = find_contamination([train[:40], "no bird says this"], data, words)
    assert found.item_indices == (0,)


def test_options_of_the_texts_pass_through_and_others_are_reported(folder) -> None:
    options = {"text_source": "text", "path": str(folder), "pattern": "*.txt"}
    assert load_source(DataSpec(source="masked_lm", options=options)).text_source.pattern == "*.txt"
    with pytest.raises(SpecError, match="source 'text' has no option 'patern'"):
        load_source(DataSpec(source="masked_lm", options={**options, "patern": "*"}))
    with pytest.raises(SpecError, match="needs the option 'text_source'"):
        load_source(DataSpec(source="masked_lm"))
    with pytest.raises(DataError, match="'arithmetic' has no texts"):
        load_source(DataSpec(source="masked_lm", options={"text_source": "arithmetic"}))
    with pytest.raises(SpecError, match="option text_source is 3, expected"):
        load_source(DataSpec(source="masked_lm", options={"text_source": 3}))
    with pytest.raises(SpecError, match=r"mlm_probability is 1\.5"):
        load_source(DataSpec(source="masked_lm", options={**options, "mlm_probability": 1.5}))


def test_what_cannot_be_paired_is_reported(tmp_path, folder, words) -> None:
    with pytest.raises(SpecError, match=r"'ascii' has no \[MASK\]"):
        generate(folder, load_tokenizer("ascii"))
    with pytest.raises(SpecError, match="context of at least 8, found 4"):
        generate(folder, words, context=4)
    (tmp_path / "few").mkdir()
    (tmp_path / "few" / "a.txt").write_text("one word\n\nanother\n\nfirst. second.")
    with pytest.raises(DataError, match="two train documents of two sentences"):
        generate(tmp_path / "few", words)
