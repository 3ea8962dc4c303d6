"""`upwell compare`."""

from pathlib import Path

import pytest

from ..caller import Caller, family, measured


def one(folder: Path, name: str, share: float, items: int = 1000) -> Path:
    return family(folder / name, {"a": lambda _: share}, sizes=[1e6], items=items)


def test_the_exit_code_is_the_answer(tmp_path: Path, upwell: Caller) -> None:
    strong, weak = one(tmp_path, "strong.csv", 0.8), one(tmp_path, "weak.csv", 0.6)
    worse = upwell("compare", strong, weak)
    assert worse.code == 1 and "B is worse than A" in worse.out
    better = upwell("compare", weak, strong)
    assert better.code == 0 and "B is not shown to be worse than A" in better.out
    assert upwell("compare", strong, strong).code == 0
    assert upwell("compare", strong, tmp_path / "nothing.csv").code == 2


def test_a_tolerated_loss_passes(tmp_path: Path, upwell: Caller) -> None:
    strong, weak = one(tmp_path, "strong.csv", 0.8), one(tmp_path, "weak.csv", 0.6)
    assert upwell("compare", strong, weak, "--tolerance", "0.3").code == 0


def test_models_can_be_picked_from_one_file(tmp_path: Path, upwell: Caller) -> None:
    path = family(
        tmp_path / "t.csv", {"a": lambda size: 0.8 if size < 5e6 else 0.6}, sizes=[1e6, 1e7]
    )
    worse = upwell("compare", f"{path}::m-1000000", f"{path}::m-10000000")
    assert worse.code == 1
    wrong = upwell("compare", f"{path}::m-1000000", f"{path}::m-7")
    assert wrong.code == 2 and "no model 'm-7'; there are m-1000000, m-10000000" in wrong.err


def test_a_model_may_be_named_without_its_organisation(tmp_path: Path, upwell: Caller) -> None:
    path = tmp_path / "t.csv"
    rows = ["x/m,a,accuracy,0.5,100", "x/n,a,accuracy,0.9,100"]
    path.write_text("\n".join(["model,ability,metric,value,items", *rows]) + "\n")
    assert upwell("compare", f"{path}::n", f"{path}::m").code == 1


def test_models_need_no_scale_to_be_compared(tmp_path: Path, upwell: Caller) -> None:
    path = tmp_path / "t.csv"
    path.write_text("model,ability,metric,value,items\nm,a,accuracy,0.5,100\n")
    assert upwell("compare", path, path).code == 0


def test_the_json_has_its_documented_shape(tmp_path: Path, upwell: Caller) -> None:
    strong, weak = one(tmp_path, "strong.csv", 0.8), one(tmp_path, "weak.csv", 0.6)
    called = upwell("compare", strong, weak, "--json", "-")
    found = called.json()
    assert (found["upwell"], found["version"], found["worse"]) == ("comparison", 2, True)
    [told] = found["comparisons"]
    assert told["verdict"] == "worse" and told["difference"] == pytest.approx(told["b"] - told["a"])
    assert called.code == 1


def test_two_studies_are_compared_item_by_item(tmp_path: Path, upwell: Caller) -> None:
    store = measured(tmp_path / "study")
    called = upwell("compare", store.root, store.root, "--json", "-")
    told = called.json()["comparisons"]
    assert called.code == 0
    assert all("item by item" in c["explanation"] for c in told if c["metric"] == "exact_match")
    assert {c["difference"] for c in told} == {0.0}
