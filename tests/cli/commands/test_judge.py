"""`upwell judge`."""

from pathlib import Path

import pytest

from ..caller import SIZES, Caller, family, jump, measured, rise

FIELDS = {
    "family", "ability", "metric", "shots", "axis", "kind", "onset", "onset_low", "onset_high",
    "evidence_z", "probability", "explanation", "items", "models", "missing",
}  # fmt: skip


def test_the_planted_jump_is_found_and_the_planted_rise_is_not_one(
    tmp_path: Path, upwell: Caller
) -> None:
    path = family(tmp_path / "t.csv", {"jumps": jump, "rises": rise})
    called = upwell("judge", path, "--json", "-")
    kinds = {v["ability"]: v for v in called.json()["verdicts"]}
    assert kinds["jumps"]["kind"] == "emergent"
    assert kinds["jumps"]["onset_low"] <= 3e8 <= kinds["jumps"]["onset_high"]
    assert kinds["rises"]["kind"] == "smooth"
    assert called.code == 0


def test_the_json_has_its_documented_shape(tmp_path: Path, upwell: Caller) -> None:
    path = family(tmp_path / "t.csv", {"a": rise})
    with path.open("a") as file:
        file.write("planted,m,1e6,,a,0,accuracy,high,10\nplanted,unknown,,,a,0,score,0.5,10\n")
    found = upwell("judge", path, "--json", "-").json()
    assert (found["upwell"], found["version"], found["axis"]) == ("verdicts", 2, "params")
    assert set(found["verdicts"][0]) >= FIELDS
    source = found["source"]
    assert source["files"] == [str(path)]
    assert (source["rows"], source["num_bad_rows"], source["unplaced_models"]) == (
        9,
        1,
        ["unknown"],
    )
    assert source["bad_rows"] == [
        {"file": str(path), "line": 11, "reason": "value must be a number, found high"}
    ]


def test_people_see_verdicts_and_what_was_left_out(tmp_path: Path, upwell: Caller) -> None:
    path = family(tmp_path / "t.csv", {"jumps": jump})
    with path.open("a") as file:
        file.write("planted,nobody,,,jumps,0,accuracy,0.5,10\n")
        file.write("planted,m,1e6,,jumps,0,score,0.5,10\n")
    called = upwell("judge", path)
    assert "left out, params not known: nobody" in called.out
    assert "metric unknown, not used: score" in called.out
    assert any(w.startswith("jumps") and "emergent" in w for w in called.out.splitlines())
    assert "\x1b" not in called.out


def test_text_and_json_file_stand_side_by_side(tmp_path: Path, upwell: Caller) -> None:
    path = family(tmp_path / "t.csv", {"a": rise})
    called = upwell("judge", path, "--json", tmp_path / "deep" / "v.json")
    assert "1 verdict: 1 smooth" in called.out
    assert '"verdicts"' in (tmp_path / "deep" / "v.json").read_text()


def test_the_report_is_one_page_with_the_ability(tmp_path: Path, upwell: Caller) -> None:
    path = family(tmp_path / "t.csv", {"jumps": jump})
    called = upwell("judge", path, "--report", tmp_path / "r.html")
    assert called.code == 0 and "r.html" in called.out
    page = (tmp_path / "r.html").read_text()
    assert page.lower().startswith("<!doctype html>") and "jumps" in page


def test_an_axis_and_a_family_can_be_chosen(tmp_path: Path, upwell: Caller) -> None:
    one = family(tmp_path / "one.csv", {"a": jump}, name="one")
    two = family(tmp_path / "two.csv", {"a": rise}, name="two")
    found = upwell("judge", one, two, "--family", "two", "--axis", "tokens", "--json", "-").json()
    assert {(v["family"], v["axis"]) for v in found["verdicts"]} == {("two", "tokens")}


def test_scale_can_be_told(tmp_path: Path, upwell: Caller) -> None:
    path = tmp_path / "t.csv"
    rows = [f"m{i},a,accuracy,0.{i},100" for i in range(1, 7)]
    path.write_text("\n".join(["model,ability,metric,value,items", *rows]) + "\n")
    told = [part for i in range(1, 7) for part in ("--scale", f"m{i}={i}m,20m")]
    assert upwell("judge", path, *told, "--json", "-").json()["verdicts"][0]["models"] == 6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["judge", "nothing.csv"], "does not exist"),
        (["judge", "{table}", "--axis", "height"], "choose one of params"),
        (["judge", "{table}", "--scale", "m=big"], "expected a positive number"),
        (
            ["judge", "{table}", "--family", "other"],
            "no family 'other' in the results; there are planted",
        ),
        (["judge", "{table}", "--json", "{table}/v.json"], "cannot be written"),
        (["judge", "{table}", "--json", "v.csv"], "give v.json"),
        (["judge", "{table}", "--report", "page.pdf"], "give page.html"),
        (["judge", "{table}", "--ability", "b"], "no ability 'b' in the results; there are a"),
        (["judge", "{table}", "--num-fewshot", "5"], "no shots 5 in the results; there are 0"),
        (["judge", "{table}", "--metric", "brier"], "nothing to judge"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(
    tmp_path: Path, upwell: Caller, arguments: list[str], message: str
) -> None:
    table = family(tmp_path / "t.csv", {"a": rise})
    called = upwell(*(a.format(table=table) for a in arguments))
    assert called.code == 2
    assert message in called.err and "Traceback" not in called.err


def test_names_of_strangers_cannot_steer_the_terminal(tmp_path: Path, upwell: Caller) -> None:
    path = family(tmp_path / "t.csv", {"\x1b[31mred[bold]": jump})
    called = upwell("judge", path)
    assert "\x1b" not in called.out
    assert "[bold]" in called.out


def test_a_study_of_our_own_is_judged_from_its_folder(tmp_path: Path, upwell: Caller) -> None:
    measured(tmp_path / "study")
    found = upwell("judge", tmp_path / "study", "--metric", "exact_match", "--json", "-").json()
    kinds = {v["ability"]: v["kind"] for v in found["verdicts"]}
    assert kinds["step"] == "emergent"
    assert found["source"]["files"] == [str(tmp_path / "study")]


def test_a_study_and_published_results_are_judged_together(tmp_path: Path, upwell: Caller) -> None:
    path = family(tmp_path / "t.csv", {"jumps": jump})
    store = measured(tmp_path / "study")
    found = upwell("judge", store.root, path, "--json", "-").json()
    assert {"toy", "planted"} <= {v["family"] for v in found["verdicts"]}


def test_an_undecided_verdict_gives_its_reason(tmp_path: Path, upwell: Caller) -> None:
    path = family(tmp_path / "t.csv", {"a": rise}, sizes=SIZES[:3])
    called = upwell("judge", path)
    assert called.code == 0
    (line,) = [line for line in called.out.splitlines() if line.startswith("undecided: a")]
    assert "3 rungs" in line


def test_abilities_and_shots_can_be_selected(tmp_path: Path, upwell: Caller) -> None:
    path = family(tmp_path / "t.csv", {"a": rise, "b": jump})
    found = upwell("judge", path, "--ability", "b", "--num-fewshot", "0", "--json", "-").json()
    assert [v["ability"] for v in found["verdicts"]] == ["b"]


def test_columns_of_chinese_names_are_aligned(tmp_path: Path, upwell: Caller) -> None:
    from rich.cells import cell_len

    path = family(tmp_path / "t.csv", {"两位数加法": jump, "copying": rise})
    lines = upwell("judge", path).out.splitlines()
    rows = [line for line in lines if line.startswith(("ability", "两位数加法", "copying"))]
    assert len({cell_len(row.partition("metric")[0].partition("accuracy")[0]) for row in rows}) == 1
