from pathlib import Path

import pytest

from .tiny_models import encoder


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny BERT."""
    return encoder(tmp_path_factory.mktemp("tiny") / "tiny-bert")
