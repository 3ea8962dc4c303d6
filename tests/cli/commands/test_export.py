"""Models as folders for others: who can be, and what is said of those who cannot."""

from pathlib import Path

import pytest

from upwell.store import Store

from ..caller import Caller, measured


@pytest.fixture
def ruler(tmp_path: Path) -> Store:
    return measured(tmp_path / "ruler")


def test_a_family_without_an_export_is_told_which_have_one(ruler: Store, upwell: Caller) -> None:
    told = upwell("export", ruler.root, next(iter(ruler.runs())).models()[0].id)
    assert told.code == 2
    assert "family 'toy', which transformers has no class for" in told.err
    assert "'decoder'" in told.err
