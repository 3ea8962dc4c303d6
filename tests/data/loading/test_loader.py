import json
import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upwell.data import Loader, load_tokenizer
from upwell.data.reading.corpus import load_corpus
from upwell.errors import DataError, SpecError
from upwell.records import DataSpec

ASCII, BYTES = load_tokenizer("ascii"), load_tokenizer("bytes")
MIXED = (
    DataSpec(source="pydoc", weight=0.25, limit=200),
    DataSpec(source="repeats", weight=0.5),
    DataSpec(source="arithmetic", options={"digits": "2,3"}, weight=0.25),
)

A_SUM = re.compile(r"\d+\+\d+=\d+\n\d+\+")


def loader(data=MIXED, context=32, batch_size=8, seed=0, with_tokenizer=ASCII) -> Loader:
    return Loader(data, with_tokenizer, context, batch_size, seed)


def text_spec(folder, text: str) -> DataSpec:
    path = folder / "text.txt"
    path.write_text(text, encoding="utf-8")
    return DataSpec(source="text", options={"path": str(path)})


def test_batches_have_the_promised_shape() -> None:
    rows = loader().next()
    tokens, weights = rows["tokens"], rows["weights"]
    assert (tokens.shape, tokens.dtype) == ((8, 33), np.int64)
    assert (weights.shape, weights.dtype) == ((8, 32), np.float32)
    assert (tokens[:, 0] == ASCII.bos).all()
    assert tokens[:, 1:].max() < ASCII.bos


@settings(max_examples=20)
@given(before=st.integers(0, 400), after=st.integers(1, 400))
def test_seeking_gives_the_same_bits(before: int, after: int) -> None:
    straight, resumed = loader(), loader()
    for _ in range(before):
        straight.next()
    resumed.load_state_dict(json.loads(json.dumps(straight.state_dict())))
    for _ in range(after):
        before_rows, again = straight.next(), resumed.next()
    assert all(np.array_equal(before_rows[name], again[name]) for name in ("tokens", "weights"))


def test_seeking_back_gives_what_was_given() -> None:
    data_loader = loader()
    first = data_loader.next()["tokens"]
    for _ in range(500):
        data_loader.next()
    data_loader.load_state_dict({"rows": 0})
    assert np.array_equal(data_loader.next()["tokens"], first)


def test_rows_do_not_depend_on_the_size_of_a_batch() -> None:
    wide, narrow = loader(batch_size=12), loader(batch_size=4)
    ours = np.concatenate([wide.next()["tokens"] for _ in range(300)])
    theirs = np.concatenate([narrow.next()["tokens"] for _ in range(900)])
    assert np.array_equal(ours, theirs)


def test_another_seed_gives_other_rows() -> None:
    one, two = loader(seed=0).next()["tokens"], loader(seed=1).next()["tokens"]
    assert not (one == two).all(axis=1).any()


def test_a_batch_can_be_changed_by_its_owner_alone() -> None:
    data_loader = loader()
    data_loader.next()["tokens"][:] = 0
    data_loader.load_state_dict({"rows": 0})
    assert data_loader.next()["tokens"].max() > 0


def test_shares_are_kept() -> None:
    data_loader = loader(batch_size=10)
    batches = [data_loader.next() for _ in range(100)]
    texts = sum(int(rows["weights"].all(axis=1).sum()) for rows in batches)
    sums = sum(bool(A_SUM.match(ASCII.decode(row))) for rows in batches for row in rows["tokens"])
    assert (texts, sums) == (250, 250)


def test_no_window_comes_twice_in_an_epoch_and_nearly_all_come(tmp_path) -> None:
    letters = "".join(chr(0x4E00 + n) for n in range(900))
    spec = text_spec(tmp_path, letters)
    data_loader = loader([spec], context=30, batch_size=1, with_tokenizer=BYTES)
    (tokens,) = (counts.tokens for counts in data_loader.counts)
    epoch = (tokens - 29) // 30
    for _ in range(3):
        rows = [data_loader.next()["tokens"][0, 1:] for _ in range(epoch)]
        seen_counts = Counter(row.tobytes() for row in rows)
        assert max(seen_counts.values()) == 1
        all_tokens = np.concatenate(rows)
        assert len(all_tokens) > tokens - 60
    assert len({data_loader.next()["tokens"].tobytes() for _ in range(2 * epoch)}) > epoch


def test_an_epoch_is_a_walk_over_the_text_and_the_next_one_is_another(tmp_path) -> None:
    spec = text_spec(tmp_path, "".join(chr(0x4E00 + n) for n in range(300)))
    data_loader = loader([spec], context=9, batch_size=1, with_tokenizer=BYTES)
    epoch = (data_loader.counts[0].tokens - 8) // 9
    one = [data_loader.next()["tokens"][0].tobytes() for _ in range(epoch)]
    two = [data_loader.next()["tokens"][0].tobytes() for _ in range(epoch)]
    assert len(set(one)) == len(set(two)) == epoch
    assert one != two


def test_windows_hold_training_text_alone() -> None:
    spec = DataSpec(source="pydoc")
    data_loader = loader([spec], context=100, batch_size=50)
    whole = "".join(load_corpus(spec, ASCII).documents)
    assert all(ASCII.decode(row) in whole for row in data_loader.next()["tokens"])


def test_a_text_of_one_window_can_be_learned(tmp_path) -> None:
    data_loader = loader([text_spec(tmp_path, "x" * 30)], context=32)
    assert ASCII.decode(data_loader.next()["tokens"][0]) == "x" * 30 + "\n\n"


def test_a_text_shorter_than_a_window_is_refused(tmp_path) -> None:
    with pytest.raises(DataError, match="has 12 tokens to train on, fewer than one window of 32"):
        loader([text_spec(tmp_path, "x" * 10)], context=32)


def test_a_limit_makes_the_same_few_rows_come_again() -> None:
    data_loader = loader([DataSpec(source="repeats", limit=10)], batch_size=5)
    rows = np.concatenate([data_loader.next()["tokens"] for _ in range(1000)])
    assert len(np.unique(rows, axis=0)) == 10


def test_test_rows_are_not_training_rows() -> None:
    train = loader([DataSpec(source="repeats")]).next()["tokens"]
    test = loader([DataSpec(source="repeats", split="test")]).next()["tokens"]
    assert not (train == test).all(axis=1).any()


@pytest.mark.parametrize("wrong", [{"context": 0}, {"batch_size": 0}, {"seed": -1}])
def test_impossible_numbers_are_refused(wrong: dict) -> None:
    with pytest.raises(SpecError, match="cannot load"):
        loader(**wrong)


@pytest.mark.parametrize("wrong", [{}, {"rows": -1}, {"rows": "3"}])
def test_a_position_of_somebody_else_is_refused(wrong: dict) -> None:
    with pytest.raises(DataError, match="not a loader's position"):
        loader().load_state_dict(wrong)
