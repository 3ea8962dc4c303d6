"""Study folders on disk: models, answers, observations, conclusions. No other package writes them.

Every write is atomic. Every file carries its sha256, or its sha256 stands in a file that does.
Nothing here reads or writes a pickle.
"""

from .results_journal import AnswerKey, ObservationKey, ResultsJournal, answer_key, observation_key
from .run_dir import RunDir
from .run_records import RunFailure, RunResult, SampleSheet
from .study_dir import Store

__all__ = [
    "AnswerKey",
    "ObservationKey",
    "ResultsJournal",
    "RunDir",
    "RunFailure",
    "RunResult",
    "SampleSheet",
    "Store",
    "answer_key",
    "observation_key",
]
