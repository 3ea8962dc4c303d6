"""The guide docs/data.md, held to what the code does."""

import importlib
import re
from dataclasses import fields
from pathlib import Path

from upwell.data import Loader, check_overlap, held_out_texts, names, tokenizer
from upwell.records import DataSpec

GUIDE = (Path(__file__).parents[2] / "docs" / "data.md").read_text(encoding="utf-8")


def code(number: int) -> str:
    return re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)[number]


def test_the_table_has_every_source_with_its_licence_and_options() -> None:
    rows = re.findall(r"^\| `(\w+)` \|.*\| ([^|]+) \| ([^|]*) ?\|$", GUIDE, re.MULTILINE)
    written = {name: (licence, re.findall(r"`(\w+)`", options)) for name, licence, options in rows}
    modules = {name: importlib.import_module(f"upwell.data.sources.{name}") for name in names()}
    assert written == {
        name: (module.LICENCE, [field.name for field in fields(module.Source)])
        for name, module in modules.items()
    }


def test_the_first_example_runs() -> None:
    room = {"DataSpec": DataSpec, "Loader": Loader, "tokenizer": tokenizer}
    exec(code(0), room)
    assert room["rows"]["tokens"].shape == (16, 65)
    assert room["rows"]["weights"].shape == (16, 64)


def test_the_source_of_your_own_runs(tmp_path, monkeypatch) -> None:
    (tmp_path / "mycompany").mkdir()
    (tmp_path / "mycompany" / "tides.py").write_text(code(1), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    spec = DataSpec(source="mycompany.tides", options={"times": 50})
    made = Loader([spec], tokenizer("bytes"), 64, 4, 0)
    assert made.counts[0].documents + len(held_out_texts(spec, tokenizer("bytes"))) == 50


def test_held_out_paragraphs_of_the_manual_overlap_a_little() -> None:
    spec, ascii_only = DataSpec(source="pydoc"), tokenizer("ascii")
    found = check_overlap(held_out_texts(spec, ascii_only), [spec], ascii_only)
    assert 0 < len(found.found) < 0.2 * found.items
