"""docs/reference/json.md names every field of every document, and no other."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from upwell.emergence import grade
from upwell.emergence.comparison.compare import Comparison
from upwell.records import Forecast, ModelCard, Verdict
from upwell.results import read
from upwell.workflows.documents import source_document

from .caller import family, rise

TEXT = (Path(__file__).parents[2] / "docs" / "reference" / "json.md").read_text()


def documented(start: str) -> set[str]:
    """The fields of the first table after the mark."""
    table = re.search(r"\n\|.*?(?=\n\n|\Z)", TEXT[TEXT.index(start) :], re.DOTALL)
    assert table is not None
    cells = [line.split("|")[1] for line in table[0].strip().splitlines()[2:]]
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


@pytest.mark.parametrize("record", [Verdict, Forecast, Comparison, ModelCard])
def test_every_field_of_a_record_is_documented(record: type) -> None:
    assert documented(f"fields: {record.__name__} ") == {f.name for f in fields(record)}


def test_every_grade_is_documented() -> None:
    assert documented("fields: grade ") == set(grade([]))


def test_every_field_of_the_source_is_documented(tmp_path: Path) -> None:
    reading = read([family(tmp_path / "t.csv", {"a": rise})])
    assert documented("## `source`") == set(source_document(reading))
