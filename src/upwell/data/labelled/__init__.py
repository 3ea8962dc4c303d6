"""Rows with labels, from the files that people keep them in, and what is wrong with them.

Every row knows the line it stands on, so that a mistake can be found again.
"""

from .columns import Columns
from .conll import read_conll
from .mending import Mended, mended
from .pairs import read_pairs
from .problems import Problem, leaks, problems
from .reading import Labelled, Row, read
from .splitting import divided

__all__ = [
    "Columns",
    "Labelled",
    "Mended",
    "Problem",
    "Row",
    "divided",
    "leaks",
    "mended",
    "problems",
    "read",
    "read_conll",
    "read_pairs",
]
