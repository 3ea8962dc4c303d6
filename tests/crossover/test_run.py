"""The key of a cell covers all source that can change its numbers."""

from __future__ import annotations

from upwell.crossover import run
from upwell.finetune.run_id import HASHED_PACKAGES as FINETUNE_PACKAGES
from upwell.plugins import code_version


def test_the_source_of_prompts_is_part_of_the_cell_key():
    assert "crossover" in run.HASHED_PACKAGES
    assert set(FINETUNE_PACKAGES) < set(run.HASHED_PACKAGES)
    assert code_version(run.HASHED_PACKAGES) != code_version(FINETUNE_PACKAGES)
