"""Reading by columns is used only where it gives what reading by rows gives."""

import csv
import io

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upwell.results.csv_fast_path import is_regular


@pytest.mark.parametrize(
    ("data", "regular"),
    [
        (b"a,b\n1,2\n", True),
        (b"a,b\r\n1,2\r\n", True),
        (b"a,b\n1,2", True),
        (b'"a","b"\n"1,5",""\n', True),
        (b"a,b\n1\n", False),
        (b"a,b\n1,2,3\n", False),
        (b"a,b\n\n1,2\n", False),
        (b"a,b\n", False),
        (b'a,b\n"1\n",2\n', False),
        (b'a,b\n"1""5",2\n', False),
        (b'a,b\n1"5",2\n', False),
        (b'a,b\n"1"5,2\n', False),
        (b"a,b\r1,2\r", False),
    ],
)
def test_only_one_row_a_line_with_all_fields_is_regular(data: bytes, regular: bool) -> None:
    assert is_regular(data, 2, ",") is regular


@settings(max_examples=400)
@given(st.text(alphabet='ax,"\n\r 1', max_size=40))
def test_a_regular_file_is_the_same_by_columns_and_by_rows(body: str) -> None:
    data = f"a,b\n{body}".encode()
    if not is_regular(data, 2, ","):
        return
    by_rows = list(csv.reader(io.StringIO(data.decode(), newline=""), strict=True))[1:]
    by_columns = pl.read_csv(data, infer_schema=False).fill_null("").rows()
    assert [tuple(row) for row in by_rows] == by_columns
