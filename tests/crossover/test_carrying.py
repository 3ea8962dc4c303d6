"""A cell is known by all that makes it: what changes a number makes it another one."""

from __future__ import annotations

from upwell.adapt.identity import ROOMS as ADAPTING
from upwell.crossover import carrying
from upwell.naming import source_version


def test_the_source_of_prompts_is_part_of_what_a_cell_is_known_by():
    assert "crossover" in carrying.ROOMS
    assert set(ADAPTING) < set(carrying.ROOMS)
    assert carrying.code_version() == source_version(carrying.ROOMS) != source_version(ADAPTING)
