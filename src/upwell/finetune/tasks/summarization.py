"""Summarization: a short text for a long one, by an encoder-decoder; selected by ROUGE-L."""

from __future__ import annotations

from collections.abc import Sequence

from ...data.labeled import Row
from ...metrics.bootstrap import mean_score
from ...metrics.text_overlap import rouge_l
from ...records import FinetuneSpec, Score
from ..inputs.encoded import EncodedSplit
from ._seq2seq import Seq2Seq


class Summarization(Seq2Seq):
    """A summary of each text."""

    def compute_metrics(
        self, outputs: Sequence[str], rows: EncodedSplit, spec: FinetuneSpec, multilabel: bool
    ) -> tuple[Score, ...]:
        """ROUGE-L: the mean of its F-measure over rows, with an interval."""
        return (mean_score("rouge_l", self.row_scores(outputs, rows.rows)),)

    def selection_metric(
        self, outputs: Sequence[str], rows: EncodedSplit, spec: FinetuneSpec, multilabel: bool
    ) -> float:
        """The mean of ROUGE-L over rows."""
        scores = self.row_scores(outputs, rows.rows)
        return sum(scores) / len(scores)

    def row_scores(self, outputs: Sequence[str], rows: Sequence[Row]) -> list[float]:
        """F-measure of ROUGE-L of each row."""
        return [rouge_l(text, str(row.target)) for text, row in zip(outputs, rows, strict=True)]


TASK = Summarization
