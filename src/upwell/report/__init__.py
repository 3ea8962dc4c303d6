"""Reports: self-contained HTML pages and their figures.

This room draws the records that it receives. It computes no verdict, invents no value, and a page
loads nothing from outside.
"""

from .pages.ability import ability_figure
from .pages.crossover import crossover_finding, crossover_page
from .pages.finetune import finetune_page
from .pages.overview import overview_page
from .pages.study import study_figures, study_page
from .plot.figure import save_figure
from .sections.expectations import check_expectations

__all__ = [
    "ability_figure",
    "check_expectations",
    "crossover_finding",
    "crossover_page",
    "finetune_page",
    "overview_page",
    "save_figure",
    "study_figures",
    "study_page",
]  # fmt: skip
