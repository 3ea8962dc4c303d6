"""What is wrong with rows: every finding with a planted one, its line, and clean rows beside it."""

import pytest

from upwell.data.labelled import Labelled, Row, divided, leaks, mended, problems
from upwell.data.labelled.columns import Columns
from upwell.data.labelled.splitting import folds
from upwell.errors import DataError

COLUMNS = Columns(texts=("text",), label="label")
CLEAN = [
    (f"row number {n} is {'fine' if n % 2 else 'dull'}", "pos" if n % 2 else "neg")
    for n in range(40)
]


def labelled(rows, columns=COLUMNS, name="rows.csv"):
    made = [Row(n, (t,), (name_,) if name_ else ()) for n, (t, name_) in enumerate(rows, start=2)]
    return Labelled(name, columns, tuple(made))


def found(rows):
    return {problem.kind: problem for problem in problems(labelled(rows))}


def test_clean_rows_have_no_problem():
    assert problems(labelled(CLEAN)) == []


@pytest.mark.parametrize(
    ("kind", "planted", "lines"),
    [
        ("empty", [("", "pos")], (42,)),
        ("unlabelled", [("a row without", "")], (42,)),
        ("repeated", [("Row  number 1 is FINE", "pos")], (42,)),
        ("contradictory", [("row number 1 is fine", "neg")], (3, 42)),
        ("misspelt", [("a new row", "Pos")], (42,)),
        ("rare", [("a new row", "other")], (42,)),
        ("garbled", [("cafÃ© is fine", "pos")], (42,)),
    ],
)
def test_each_problem_is_found_with_its_lines(kind, planted, lines):
    assert found([*CLEAN, *planted])[kind].lines == lines


@pytest.mark.parametrize(
    ("rare", "alike"),
    [("card_arival", True), ("Card Arrival", True), ("card_delivery", False), ("topup", False)],
)
def test_a_rare_label_is_held_against_the_frequent_ones(rare, alike):
    rows = [(f"where is card {n}", "card_arrival") for n in range(50)]
    kinds = found([*rows, ("one more", rare)])
    assert ("misspelt" in kinds) == alike


def test_labels_that_are_numbers_are_never_misspelt():
    rows = [(f"row {n}", "1000") for n in range(50)]
    assert "misspelt" not in found([*rows, ("one more", "1001")])


def test_rows_that_stand_in_the_test_file_leave_the_training_rows():
    test = labelled([("ROW number 3 is fine ", "pos")], name="test.csv")
    told = leaks(labelled(CLEAN), test)
    assert told is not None and told.lines == (5,)
    left = mended(labelled(CLEAN), (test,)).data
    assert len(left.rows) == 39 and 5 not in {row.line for row in left.rows}
    assert leaks(labelled(CLEAN), labelled([("another", "pos")])) is None


def test_one_label_alone_cannot_be_learnt():
    with pytest.raises(DataError, match="20 usable rows of 1 label; give rows of at least 2"):
        mended(labelled(CLEAN[1::2]))


def test_a_share_of_each_label_is_held_back_and_no_text_is_on_both_sides():
    rows = [*CLEAN, ("row number 1 is fine", "neg"), ("a lone row", "rare")]
    learn, choose = divided(labelled(rows), seed=0)
    texts = [{row.texts[0] for row in side.rows} for side in (learn, choose)]
    assert not texts[0] & texts[1]
    assert choose.counts["pos"] >= 4 and choose.counts["neg"] >= 4
    assert "rare" in learn.counts
    back = labelled(rows[::-1])
    again = {row.texts for row in divided(back, seed=0)[1].rows}
    assert again == {row.texts for row in choose.rows}
    assert {row.texts for row in divided(labelled(rows), seed=1)[1].rows} != again


def test_folds_spread_every_label():
    found = folds([0] * 10 + [1] * 5, 5, seed=0)
    assert [found[:10].count(f) for f in range(5)] == [2] * 5
    assert sorted(found[10:]) == [0, 1, 2, 3, 4]
