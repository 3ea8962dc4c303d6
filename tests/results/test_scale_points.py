"""Scales as people write them at the command line."""

import pytest

from upwell.errors import DataError
from upwell.results import parse_point


@pytest.mark.parametrize(
    ("text", "model", "coordinates"),
    [
        ("70b", None, {"params": 7e10}),
        ("70b,300b", None, {"params": 7e10, "tokens": 3e11}),
        ("my-70b=70b,300b", "my-70b", {"params": 7e10, "tokens": 3e11}),
        ("params=70b,tokens=300b", None, {"params": 7e10, "tokens": 3e11}),
        ("Params=70B, Tokens=300B", None, {"params": 7e10, "tokens": 3e11}),
        ("params=70b,300b", None, {"params": 7e10, "tokens": 3e11}),
        ("tokens=300b,params=70b", None, {"params": 7e10, "tokens": 3e11}),
        ("my:params=70b", "my", {"params": 7e10}),
        ("my=params=70b,tokens=1t", "my", {"params": 7e10, "tokens": 1e12}),
        ("flops=1e24", None, {"flops": 1e24}),
        ("step=1000", None, {"step": 1000}),
        ("llama3:70b=70b,15t", "llama3:70b", {"params": 7e10, "tokens": 1.5e13}),
        ("d=96_l=8=5m", "d=96_l=8", {"params": 5e6}),
        ("m (a=1, b=2)=5m", "m (a=1, b=2)", {"params": 5e6}),
    ],
)
def test_every_form_is_understood(
    text: str, model: str | None, coordinates: dict[str, float]
) -> None:
    point = parse_point(text, ("step",))
    assert (point.model, dict(point.coordinates)) == (model, coordinates)


@pytest.mark.parametrize(
    "text",
    ["", "my", "=70b", "x=", "1,2,3", "params=70b,params=3b", "tokens=-1", "my=0", "a=1b,x=2"],
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(DataError, match="expected a positive number"):
        parse_point(text)


@pytest.mark.parametrize("text", ["parmas=70b", "token=300b", "param=70b,300b"])
def test_a_misspelled_quantity_is_no_model(text: str) -> None:
    with pytest.raises(DataError, match="could mean"):
        parse_point(text)
