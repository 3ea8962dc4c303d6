"""The guide docs/concepts/data.md, held to what the code does."""

import importlib
import re
from dataclasses import fields
from pathlib import Path

from upwell.data import Loader, find_contamination, held_out_texts, load_tokenizer, source_names
from upwell.records import DataSpec

GUIDE = (Path(__file__).parents[2] / "docs" / "concepts" / "data.md").read_text(encoding="utf-8")


def code(number: int) -> str:
    return re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)[number]


def test_the_table_has_every_source_with_its_license_and_options() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \|.*\| ([^|]+) \| ([^|]*) ?\|$", GUIDE, re.MULTILINE)
    documented = {
        name: (license, re.findall(r"`(\w+)`", options)) for name, license, options in rows
    }
    modules = {
        name: importlib.import_module(f"upwell.data.sources.{name}") for name in source_names()
    }
    assert documented == {
        name: (module.LICENSE, [field.name for field in fields(module.Source)])
        for name, module in modules.items()
    }


def test_the_first_example_runs() -> None:
    namespace = {"DataSpec": DataSpec, "Loader": Loader, "load_tokenizer": load_tokenizer}
    exec(code(0), namespace)
    assert namespace["rows"]["tokens"].shape == (16, 65)
    assert namespace["rows"]["weights"].shape == (16, 64)


def test_the_source_of_your_own_runs(tmp_path, monkeypatch) -> None:
    (tmp_path / "mycompany").mkdir()
    (tmp_path / "mycompany" / "tides.py").write_text(code(1), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    spec = DataSpec(source="mycompany.tides", options={"times": 50})
    loader = Loader([spec], load_tokenizer("bytes"), 64, 4, 0)
    assert loader.counts[0].documents + len(held_out_texts(spec, load_tokenizer("bytes"))) == 50


def test_held_out_paragraphs_of_the_manual_overlap_a_little() -> None:
    spec, ascii_only = DataSpec(source="pydoc"), load_tokenizer("ascii")
    contamination = find_contamination(held_out_texts(spec, ascii_only), [spec], ascii_only)
    assert 0 < len(contamination.item_indices) < 0.2 * contamination.items
