"""Rows with labels, from the files that people keep them in, and what is wrong with them.

Every row knows the line it stands on, so that a mistake can be found again.
"""

from .cleaning import CleanedDataset, clean
from .columns import Columns
from .conll import read_conll
from .dataset import LabeledDataset, Row, read_labeled
from .issues import DataIssue, find_issues, find_leaks
from .seq2seq_pairs import read_pairs
from .splits import train_dev_split

__all__ = [
    "CleanedDataset",
    "Columns",
    "DataIssue",
    "LabeledDataset",
    "Row",
    "clean",
    "find_issues",
    "find_leaks",
    "read_conll",
    "read_labeled",
    "read_pairs",
    "train_dev_split",
]
