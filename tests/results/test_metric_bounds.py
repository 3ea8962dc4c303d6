"""One value out of bounds tells of the whole group, and percentages are said or refused."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from upwell.errors import DataError
from upwell.results import LoadedResults, parse_metric_info, read

from .result_files import csv, document, old_results

HEADER = "model,params,task,metric,value,items"
PERCENTAGES = (0.0, 0.1, 0.3, 0.5, 0.8, 2.1, 5.4)
SHARES = (0.25, 0.26, 0.25, 0.3, 0.38, 0.52, 0.63)


def rows(
    values: Sequence[object], task: str = "a", metric: str = "acc", items: object = 1319
) -> list[str]:
    return [f"m{i},{i + 1}e8,{task},{metric},{value},{items}" for i, value in enumerate(values)]


def load(folder: Path, *lines: str, header: str = HEADER, **options: Mapping) -> LoadedResults:
    return read([csv(folder, *lines, header=header)], **options)


def values(results: LoadedResults, task: str) -> list[float]:
    return results.table.frame.filter(ability=task)["value"].to_list()


def test_percentages_below_one_are_not_shares(tmp_path: Path) -> None:
    results = load(tmp_path, *rows(PERCENTAGES), *rows(SHARES, "b", "acc_norm"))
    assert values(results, "a") == []
    assert values(results, "b") == list(SHARES)
    assert len(results.bad_rows) == 7
    assert (
        "accuracy of a is not within its bounds of 0 to 1: found 2.1" in results.bad_rows[0].reason
    )
    assert "--metric-info accuracy=higher,0,100" in results.bad_rows[0].reason


def test_another_ability_of_the_same_column_goes_too_unless_it_shows_shares(tmp_path: Path) -> None:
    low = rows((0.0, 0.1, 0.2, 0.4, 0.7), "low")
    shares = rows((0.25, 0.5, 0.75), "shares", items=100)
    results = load(tmp_path, *rows(PERCENTAGES), *low, *shares)
    assert values(results, "low") == []
    assert values(results, "shares") == [0.25, 0.5, 0.75]
    assert any("low may be percentages below 1, as in a" in bad.reason for bad in results.bad_rows)


def test_a_standard_error_shows_a_share(tmp_path: Path) -> None:
    header = "model,params,task,metric,value,items,stderr"
    shares = [f"m{i},{i + 1}e8,b,acc,0.3,1319,0.0126" for i in range(4)]
    percentages = [f"m{i},{i + 1}e8,a,acc,{v},1319," for i, v in enumerate(PERCENTAGES)]
    results = load(tmp_path, *percentages, *shares, header=header)
    assert values(results, "b") == [0.3] * 4
    wrong = [row.replace("0.0126", "0.15") for row in shares]
    assert (
        values(load(tmp_path, *percentages, *wrong, "x,1e9,c,acc,1,9,", header=header), "b") == []
    )


def test_percentages_of_one_file_leave_the_shares_of_another(tmp_path: Path) -> None:
    percent = [f"n{row}" for row in rows([100 * value for value in SHARES])]
    csv(tmp_path, *percent, header=HEADER, name="percent.csv")
    for items, is_said in ((1319, False), ("", True)):
        csv(tmp_path, *rows(SHARES, items=items), header=HEADER, name="shares.csv")
        results = read([tmp_path])
        assert values(results, "a") == list(SHARES)
        assert len(results.bad_rows) == 7
        assert any("kept as shares" in note for note in results.notes) == is_said


def test_percentages_below_one_in_a_file_of_their_own_are_left_out(tmp_path: Path) -> None:
    for i, row in enumerate(rows(PERCENTAGES)):
        csv(tmp_path, row, header=HEADER, name=f"{i}.csv")
    results = read([tmp_path])
    assert values(results, "a") == [0.0]
    assert len(results.bad_rows) == 6
    assert "accuracy of a may be percentages below 1, as in" in results.bad_rows[0].reason


@pytest.mark.parametrize(
    ("header", "mark", "metric"),
    [
        (HEADER, " %", "acc"),
        (HEADER, "%", "acc"),
        (HEADER.replace("value", "value (%)"), "", "acc"),
        (HEADER.replace("value", "Value [%]"), "", "acc"),
        (HEADER, "", "acc_pct"),
        (HEADER, "", "acc (%)"),
    ],
)
def test_marked_percentages_are_divided_and_said(
    tmp_path: Path, header: str, mark: str, metric: str
) -> None:
    percent = [f"{value}{mark}" for value in PERCENTAGES]
    results = load(tmp_path, *rows(percent, metric=metric), header=header)
    assert values(results, "a") == pytest.approx([value / 100 for value in PERCENTAGES])
    [note] = results.notes
    assert "divided by 100: 7 values of accuracy of a in" in note and "(0 % to 5.4 %)" in note


def test_the_user_may_say_that_a_metric_is_in_percent(tmp_path: Path) -> None:
    told = parse_metric_info(["acc=higher,0,100"])
    results = load(tmp_path, *rows(PERCENTAGES), metric_info=told)
    assert values(results, "a") == pytest.approx([value / 100 for value in PERCENTAGES])
    assert results.table.get_metric("accuracy").high == 1


def test_a_column_that_is_marked_in_part_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="only some values of accuracy of a are marked by %"):
        load(tmp_path, *rows(["0%", "25%", 0.3, 0.4]))


def test_a_metric_from_0_to_100_is_not_divided(tmp_path: Path) -> None:
    results = load(tmp_path, *rows(["12.5 %", "30 %"], metric="bleu"))
    assert values(results, "a") == [12.5, 30]


def test_shares_of_a_metric_from_0_to_100_are_said(tmp_path: Path) -> None:
    results = load(tmp_path, *rows([0.1, 0.4], metric="bleu"))
    [note] = results.notes
    assert "no value is above 1" in note and "bleu=higher,0,1 for a" in note
    told = load(
        tmp_path,
        *rows([0.1, 0.4], metric="bleu"),
        metric_info=parse_metric_info(["bleu=higher,0,1"]),
    )
    assert told.notes == () and told.table.get_metric("bleu").high == 1


def test_the_columns_beside_percentages_are_read_alike(tmp_path: Path) -> None:
    header = "model,params,task,metric,value,items,stderr,chance"
    results = load(
        tmp_path, "m,1e8,a,acc,45%,1000,1.57,25", "n,1e9,a,acc,50%,1000,1.58,25", header=header
    )
    row = results.table.frame.row(0, named=True)
    assert (row["value"], row["chance"]) == pytest.approx((0.45, 0.25))
    assert row["stderr"] == pytest.approx(0.0157)


def test_impossible_noise_and_chance_are_ignored_and_said(tmp_path: Path) -> None:
    header = "model,params,task,metric,value,items,stderr,chance"
    results = load(
        tmp_path, "m,1e8,a,acc,0.45,1000,1.57,25", "n,1e9,a,acc,0.5,1000,1.58,25", header=header
    )
    assert (
        results.table.frame["stderr"].to_list()
        == results.table.frame["chance"].to_list()
        == [None, None]
    )
    assert any("standard errors too large" in note for note in results.notes)
    assert any("chance or ceiling outside" in note for note in results.notes)


@pytest.mark.parametrize(
    ("metric", "wrong"),
    [("acc", -0.1), ("perplexity", 0.7), ("log_probability", 0.5), ("bleu", 120), ("mcc", -3)],
)
def test_every_metric_has_its_bounds(tmp_path: Path, metric: str, wrong: float) -> None:
    with pytest.raises(DataError, match="is not within its bounds"):
        load(tmp_path, *rows([wrong, 1], metric=metric))


def test_percent_and_share_of_one_metric_are_not_one_ladder(tmp_path: Path) -> None:
    for i, f1 in enumerate((0.2, 0.3, 45.0, 60.0)):
        document(tmp_path, old_results(f"m{i}", {"qa": {"f1": f1}, "b": {"acc": 0.5}}), f"{i}.json")
    results = read([tmp_path], axis=None)
    assert values(results, "qa") == [45, 60]
    assert "qa is from 0 to 1 here and from 0 to 100 in other files" in results.bad_rows[0].reason


def test_the_harness_gives_squad_in_percent_and_drop_as_a_share(tmp_path: Path) -> None:
    for i, (squad, drop) in enumerate(((0.8, 0.1), (12.0, 0.2), (40.0, 0.3))):
        scores = {"squad2": {"f1": squad, "HasAns_f1": squad, "exact": squad}, "drop": {"f1": drop}}
        document(tmp_path, old_results(f"m{i}", scores), f"{i}.json")
    results = read([tmp_path], axis=None)
    assert results.bad_rows == ()
    frame = results.table.frame.filter(metric="f1")
    assert frame.filter(ability="squad2")["value"].to_list() == [0.8, 12, 40]
    assert frame.filter(ability="drop")["value"].to_list() == [0.1, 0.2, 0.3]
