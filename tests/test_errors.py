"""Exceptions of the system and of libraries are sentences; anything else is a bug."""

import errno
import json
from pathlib import Path

import polars
import pytest

from upwell.errors import DataError, SpecError, convert_errors, describe_error, explain_error


def raised(function):
    try:
        function()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def deep():
    return deep()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (SpecError("say what you mean"), "say what you mean"),
        (MemoryError(), "memory"),
        (raised(deep), "nested too deeply"),
        (raised(lambda: "\ud800".encode()), "half a character"),
        (raised(Path("/nowhere/x").read_bytes), "/nowhere/x: No such file or directory; check"),
        (OSError(errno.ENOSPC, "No space left on device", "out.json"), "free some space"),
        (OSError(errno.EROFS, "Read-only file system", "out.json"), "can be written"),
        (OSError(errno.ENAMETOOLONG, "File name too long", "x"), "shorter name"),
        (raised(lambda: json.loads("{")), "Python refuses an input: JSONDecodeError"),
        (raised(lambda: polars.read_csv(b"")), "polars refuses an input: NoDataError"),
    ],
)
def test_a_cause_outside_of_upwell_is_one_sentence(error, words):
    sentence = explain_error(error)
    assert words in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize("error", [KeyError("x"), AssertionError(), raised(lambda: {}["x"])])
def test_an_error_of_our_own_code_is_a_bug(error):
    assert explain_error(error) is None


def test_what_a_block_raises_is_converted_with_its_cause():
    with (
        pytest.raises(DataError, match=r"^rows\.csv: KeyError: 'x'; give another$") as caught,
        convert_errors(DataError, "rows.csv", "give another"),
    ):
        {}["x"]
    assert isinstance(caught.value.__cause__, KeyError)
    with pytest.raises(SpecError, match=r"^mine$"), convert_errors(DataError, "rows.csv", "no"):
        raise SpecError("mine")
    with pytest.raises(KeyboardInterrupt), convert_errors(DataError, "rows.csv", "no"):
        raise KeyboardInterrupt


def test_a_description_is_one_short_line():
    assert describe_error(ValueError("first\nsecond")) == "ValueError: first"
    assert describe_error(ValueError()) == "ValueError"
    assert len(describe_error(ValueError("x" * 10_000))) < 400
