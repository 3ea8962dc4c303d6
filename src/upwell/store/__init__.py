"""The only room that touches our files: study folders, models, answers, observations.

It keeps and checks; it computes nothing. Every write is atomic, every file carries its
sha256 or is named by a file that does, and nothing here reads or writes a pickle.
"""

from .findings import AnswerKey, Findings, ObservationKey, answer_key, observation_key
from .made import Failure, Picture, Result
from .run_folder import RunFolder
from .study_folder import Store

__all__ = [
    "AnswerKey",
    "Failure",
    "Findings",
    "ObservationKey",
    "Picture",
    "Result",
    "RunFolder",
    "Store",
    "answer_key",
    "observation_key",
]
