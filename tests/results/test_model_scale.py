"""Model scale: told, never guessed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upwell.errors import DataError
from upwell.results import ModelScale, parse_number, parse_scale, read

from .result_files import csv, document, old_results


def results(folder: Path, *models: str) -> Path:
    for i, model in enumerate(models):
        document(folder, old_results(model, {"piqa": {"acc": 0.5 + i / 100}}), f"{i}.json")
    return folder


def models(folder: Path, *rows: str, header: str = "model,params,tokens") -> None:
    (folder / "models.csv").write_text("\n".join([header, *rows]) + "\n")


@pytest.mark.parametrize(
    ("text", "number"),
    [("70m", 70e6), ("1.4B", 1.4e9), ("3e11", 3e11), ("300_000", 3e5), ("2T", 2e12), ("5k", 5e3)],
)
def test_numbers_may_be_written_as_people_say_them(text: str, number: float) -> None:
    assert parse_number(text) == pytest.approx(number)


@pytest.mark.parametrize("text", ["", "big", "-1", "0", "nan", "inf", "1e999", "1,4b", "1 b x"])
def test_other_words_are_no_numbers(text: str) -> None:
    with pytest.raises(DataError):
        parse_number(text)


@given(st.text(max_size=20))
def test_any_text_is_a_number_or_a_clear_mistake(text: str) -> None:
    try:
        assert 0 < parse_number(text) < float("inf")
    except DataError as error:
        assert "expected" in str(error)


def test_a_scale_has_a_name_params_and_perhaps_tokens() -> None:
    assert parse_scale("a=b=70m,3e11") == ModelScale(model="a=b", params=70e6, tokens=3e11)
    assert parse_scale("a=70m") == ModelScale(model="a", params=70e6)


@pytest.mark.parametrize("text", ["a", "=1b", "a=", "a=1b,2b,3b", "a=x"])
def test_half_a_scale_is_refused(text: str) -> None:
    with pytest.raises(DataError):
        parse_scale(text)


def test_a_model_of_unknown_scale_is_listed_and_left_out(tmp_path: Path) -> None:
    reading = read([results(tmp_path, "org/known", "org/unknown")], [parse_scale("known=1b")])
    assert reading.unplaced_models == ("org/unknown",)
    assert set(reading.table.frame["model"]) == {"org/known"}


def test_nothing_left_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no params known of a, b \(give it with models.csv"):
        read([results(tmp_path, "a", "b")])


def test_models_csv_tells_scale_family_and_more(tmp_path: Path) -> None:
    models(tmp_path, "s,fam,1m,10m,64", "l,fam,1b,,", header="model,family,params,tokens,width")
    rows = {r["model"]: r for r in read([results(tmp_path, "x/s", "x/l")]).table.frame.to_dicts()}
    assert (rows["x/s"]["params"], rows["x/s"]["tokens"], rows["x/s"]["width"]) == (1e6, 1e7, 64)
    assert rows["x/s"]["flops"] == pytest.approx(6e13)
    assert (rows["x/l"]["tokens"], rows["x/l"]["flops"], rows["x/l"]["family"]) == (
        None,
        None,
        "fam",
    )


def test_a_checkpoint_has_its_own_tokens(tmp_path: Path) -> None:
    models(tmp_path, "s,143000,1m,3e11", "s,,1m,9e9", header="model,step,params,tokens")
    [row] = read([results(tmp_path, "s")]).table.frame.to_dicts()
    assert row["tokens"] == 3e11


def test_the_option_wins_over_models_csv_and_models_csv_over_the_file(tmp_path: Path) -> None:
    models(tmp_path, "m,2m,")
    csv(tmp_path, "f,m,1e6,5e6,a,0,accuracy,0.5,10")
    assert read([tmp_path]).table.frame["params"].to_list() == [2e6]
    [row] = read([tmp_path], [parse_scale("m=3m")]).table.frame.to_dicts()
    assert (row["params"], row["tokens"]) == (3e6, 5e6)


def test_a_nearer_models_csv_speaks_for_its_folder(tmp_path: Path) -> None:
    results(tmp_path / "inner", "m")
    results(tmp_path, "n")
    models(tmp_path, "m,1m,", "n,1m,")
    models(tmp_path / "inner", "m,7m,")
    frame = read([tmp_path]).table.frame
    assert dict(zip(frame["model"], frame["params"], strict=True)) == {"m": 7e6, "n": 1e6}


def test_a_named_models_csv_speaks_for_all_and_is_no_table(tmp_path: Path) -> None:
    results(tmp_path / "results", "m")
    (tmp_path / "other").mkdir()
    models(tmp_path / "other", "m,1m,")
    reading = read([tmp_path / "results" / "0.json", tmp_path / "other" / "models.csv"])
    assert reading.table.frame["params"].to_list() == [1e6]


def test_a_short_name_for_two_models_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="could be 'a/m' or 'b/m'"):
        read([results(tmp_path, "a/m", "b/m")], [parse_scale("m=1m")])


def test_a_name_that_no_model_has_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"names the model 'typo'.*found m"):
        read([results(tmp_path, "m")], [parse_scale("m=1m"), parse_scale("typo=1m")])


@pytest.mark.parametrize(
    ("row", "why"),
    [("m,large,", "line 2, column params"), ("m,1m,\nm,2m,", "'m' twice")],
)
def test_a_wrong_models_csv_is_one_clear_sentence(tmp_path: Path, row: str, why: str) -> None:
    models(tmp_path, row)
    with pytest.raises(DataError, match=why):
        read([results(tmp_path, "m") / "0.json"])
