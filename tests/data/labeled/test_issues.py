"""What is wrong with rows: every finding with a planted one, its line, and clean rows beside it."""

import pytest

from upwell.data.labeled import LabeledDataset, Row, clean, find_issues, find_leaks, train_dev_split
from upwell.data.labeled.columns import Columns
from upwell.data.labeled.splits import stratified_folds
from upwell.errors import DataError

COLUMNS = Columns(text_columns=("text",), label_column="label")
CLEAN = [
    (f"row number {n} is {'fine' if n % 2 else 'dull'}", "pos" if n % 2 else "neg")
    for n in range(40)
]


def dataset(rows, columns=COLUMNS, name="rows.csv"):
    labeled_rows = [
        Row(n, (t,), (name_,) if name_ else ()) for n, (t, name_) in enumerate(rows, start=2)
    ]
    return LabeledDataset(name, columns, tuple(labeled_rows))


def issues_by_kind(rows):
    return {problem.kind: problem for problem in find_issues(dataset(rows))}


def test_clean_rows_have_no_problem():
    assert find_issues(dataset(CLEAN)) == []


@pytest.mark.parametrize(
    ("kind", "planted", "lines"),
    [
        ("empty", [("", "pos")], (42,)),
        ("unlabeled", [("a row without", "")], (42,)),
        ("repeated", [("Row  number 1 is FINE", "pos")], (42,)),
        ("contradictory", [("row number 1 is fine", "neg")], (3, 42)),
        ("misspelled", [("a new row", "Pos")], (42,)),
        ("rare", [("a new row", "other")], (42,)),
        ("garbled", [("cafÃ© is fine", "pos")], (42,)),
    ],
)
def test_each_problem_is_found_with_its_lines(kind, planted, lines):
    assert issues_by_kind([*CLEAN, *planted])[kind].lines == lines


@pytest.mark.parametrize(
    ("rare", "alike"),
    [("card_arival", True), ("Card Arrival", True), ("card_delivery", False), ("topup", False)],
)
def test_a_rare_label_is_held_against_the_frequent_ones(rare, alike):
    rows = [(f"where is card {n}", "card_arrival") for n in range(50)]
    kinds = issues_by_kind([*rows, ("one more", rare)])
    assert ("misspelled" in kinds) == alike


def test_labels_that_are_numbers_are_never_misspelled():
    rows = [(f"row {n}", "1000") for n in range(50)]
    assert "misspelled" not in issues_by_kind([*rows, ("one more", "1001")])


def test_rows_that_stand_in_the_test_file_leave_the_training_rows():
    test = dataset([("ROW number 3 is fine ", "pos")], name="test.csv")
    leak = find_leaks(dataset(CLEAN), test)
    assert leak is not None and leak.lines == (5,)
    left = clean(dataset(CLEAN), (test,)).data
    assert len(left.rows) == 39 and 5 not in {row.line for row in left.rows}
    assert find_leaks(dataset(CLEAN), dataset([("another", "pos")])) is None


def test_one_label_alone_cannot_be_learned():
    with pytest.raises(DataError, match="20 usable rows of 1 label; give rows of at least 2"):
        clean(dataset(CLEAN[1::2]))


def test_a_share_of_each_label_is_held_back_and_no_text_is_on_both_sides():
    rows = [*CLEAN, ("row number 1 is fine", "neg"), ("a lone row", "rare")]
    train, dev = train_dev_split(dataset(rows), seed=0)
    texts = [{row.texts[0] for row in side.rows} for side in (train, dev)]
    assert not texts[0] & texts[1]
    assert dev.counts["pos"] >= 4 and dev.counts["neg"] >= 4
    assert "rare" in train.counts
    back = dataset(rows[::-1])
    again = {row.texts for row in train_dev_split(back, seed=0)[1].rows}
    assert again == {row.texts for row in dev.rows}
    assert {row.texts for row in train_dev_split(dataset(rows), seed=1)[1].rows} != again


def test_folds_spread_every_label():
    folds = stratified_folds([0] * 10 + [1] * 5, 5, seed=0)
    assert [folds[:10].count(f) for f in range(5)] == [2] * 5
    assert sorted(folds[10:]) == [0, 1, 2, 3, 4]
